#include "front/request_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace smyth::front {
namespace {

using namespace std::string_literals;

// "METHOD target|path|query|host|body|keep" for each request of the bytes, "incomplete" or the
// status of the refusal at the end, one a line.
class Reading {
 public:
  explicit Reading(HttpLimits limits = {}) : limits_(std::move(limits)), reader_(limits_) {}

  Reading& feed(std::string_view bytes) {
    while (!bytes.empty() && !is_refused_) {
      const std::span<char> room = reader_.room();
      const std::size_t count = std::min(room.size(), bytes.size());
      std::memcpy(room.data(), bytes.data(), count);
      reader_.received(count);
      bytes.remove_prefix(count);
      read();
    }
    return *this;
  }

  std::string text() const {
    return text_ + (is_refused_ || reader_.is_empty() ? "" : "incomplete\n");
  }
  RequestReader& reader() { return reader_; }

 private:
  void read() {
    RequestReader::State state;
    while ((state = reader_.advance()) == RequestReader::State::whole) {
      EXPECT_EQ(reader_.advance(), RequestReader::State::whole) << "reading on changes nothing";
      const HttpRequest& request = reader_.request();
      text_.append(request.method).append(" ").append(request.target).append("|");
      text_.append(request.path).append("|").append(request.query).append("|");
      text_.append(request.header("host")).append("|").append(request.body).append("|");
      text_.append(reader_.keeps_alive() ? "keep\n" : "close\n");
      reader_.next();
    }
    if (state != RequestReader::State::refused) return;
    text_ += std::to_string(reader_.refusal().status) + "\n";
    is_refused_ = true;
  }

  HttpLimits limits_;
  RequestReader reader_;
  std::string text_;
  bool is_refused_ = false;
};

// What is read must not depend on how the bytes arrive.
std::string read(std::string_view bytes, const HttpLimits& limits = {}) {
  const std::string at_once = Reading(limits).feed(bytes).text();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    Reading reading(limits);
    for (std::size_t i = 0; i < bytes.size(); i += piece) reading.feed(bytes.substr(i, piece));
    EXPECT_EQ(reading.text(), at_once) << bytes << "\nin pieces of " << piece;
  }
  return at_once;
}

std::string get(std::string_view target, std::string_view fields = "Host: a\r\n") {
  return std::string("GET ").append(target).append(" HTTP/1.1\r\n").append(fields) + "\r\n";
}
std::string post(std::string_view fields, std::string_view body) {
  return std::string("POST / HTTP/1.1\r\nHost: a\r\n").append(fields).append("\r\n").append(body);
}

constexpr std::string_view root = "GET /|/||a||keep\n";

TEST(RequestReader, ReadsTargets) {
  EXPECT_EQ(read(get("/")), root);
  EXPECT_EQ(read(get("/a/b%20c?d=e&f?g")), "GET /a/b%20c?d=e&f?g|/a/b%20c|d=e&f?g|a||keep\n");
  EXPECT_EQ(read(get("/?")), "GET /?|/||a||keep\n");
  EXPECT_EQ(read(get("//x//")), "GET //x//|//x//||a||keep\n");
  EXPECT_EQ(read("M-SEARCH /{}[]^`|\\ HTTP/1.1\r\nHost: a\r\n\r\n"),
            "M-SEARCH /{}[]^`|\\|/{}[]^`|\\||a||keep\n");
}

// RFC 9112, 3.2.2: the authority of an absolute target takes the place of Host.
TEST(RequestReader, ReadsAbsoluteTargets) {
  EXPECT_EQ(read(get("http://example.com:80/x?y")), "GET /x?y|/x|y|example.com:80||keep\n");
  EXPECT_EQ(read(get("HTTPS://b")), "GET /|/||b||keep\n");
  EXPECT_EQ(read(get("http://b?q")), "GET ?q|/|q|b||keep\n");
  for (const char* bad :
       {"http:///x", "http://", "ftp://b/", "http:b", "http://u@b/", "x", "*", "?"}) {
    EXPECT_EQ(read(get(bad)), "400\n") << bad;
  }
}

TEST(RequestReader, RefusesTargetsOfNoUri) {
  EXPECT_EQ(read(get("/a b")), "400\n");
  EXPECT_EQ(read(get("/a#b")), "400\n");
  EXPECT_EQ(read(get("/\xc3\xa4")), "400\n");
  EXPECT_EQ(read(get("/\x01")), "400\n");
  EXPECT_EQ(read(get("/\0"s)), "400\n");
  EXPECT_EQ(read(get("/\x7f")), "400\n");
  EXPECT_EQ(read(get("")), "400\n");
  EXPECT_EQ(read("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "400\n");
  EXPECT_EQ(read("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), "405\n");
}

TEST(RequestReader, WantsOneHost) {
  EXPECT_EQ(read(get("/", "")), "400\n");
  EXPECT_EQ(read(get("/", "Host: a\r\nHOST: a\r\n")), "400\n");
  EXPECT_EQ(read(get("/", "Host:\r\n")), "GET /|/||||keep\n");
  EXPECT_EQ(read(get("/", "Host: a b\r\n")), "400\n");
  EXPECT_EQ(read(get("/", "Host: a/b\r\n")), "400\n");
  EXPECT_EQ(read(get("/", "Host: u@b\r\n")), "400\n");
  EXPECT_EQ(read("GET / HTTP/1.0\r\n\r\n"), "GET /|/||||close\n");
  EXPECT_EQ(read("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), "400\n");
}

TEST(RequestReader, KnowsVersions) {
  EXPECT_EQ(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "GET /|/||||keep\n");
  EXPECT_EQ(read(get("/", "Host: a\r\nConnection: x, Close\r\n")), "GET /|/||a||close\n");
  EXPECT_EQ(read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505\n");
  EXPECT_EQ(read("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), "505\n");
  EXPECT_EQ(read("GET / HTTP/0.9\r\nHost: a\r\n\r\n"), "505\n");
  for (const char* bad :
       {"GET / http/1.1", "GET / HTTP/11", "GET /", "GET", "GET / HTTP/1.1 ", "GET  / HTTP/1.1",
        "GET\t/ HTTP/1.1", "GET /  HTTP/1.1", "G(T / HTTP/1.1", " GET / HTTP/1.1"}) {
    EXPECT_EQ(read(bad + "\r\nHost: a\r\n\r\n"s), "400\n") << bad;
  }
}

// What two servers could read in two ways.
TEST(RequestReader, RefusesWhatCouldSmuggle) {
  for (const char* fields : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                             "Content-Length: 3\r\nContent-Length: 3\r\n",
                             "Content-Length: 3\r\nContent-Length: 4\r\n",
                             "Content-Length: 3, 3\r\n",
                             "Content-Length: 3,\r\n",
                             "Content-Length: +3\r\n",
                             "Content-Length: -3\r\n",
                             "Content-Length: 0x3\r\n",
                             "Content-Length: 3 3\r\n",
                             "Content-Length: \r\n",
                             "Content-Length: 3a\r\n",
                             "Content-Length: 99999999999999999999999\r\n",
                             "Content-Length : 3\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding : chunked\r\n",
                             "X: 1\r\n Transfer-Encoding: chunked\r\n",
                             " X: 1\r\n",
                             "X\r\n",
                             "X: 1\n",
                             "\tX: 1\r\n",
                             ": 1\r\n",
                             "X Y: 1\r\n",
                             "X: \x01\r\n",
                             "X: 1\rY: 2\r\n",
                             "X: \x7f\r\n"}) {
    EXPECT_EQ(read(post(fields, "abc")), "400\n") << fields;
  }
  EXPECT_EQ(read(post("X: a\0b\r\n"s, "")), "400\n");
  EXPECT_EQ(read(post("X\0: b\r\n"s, "")), "400\n");
  EXPECT_EQ(read("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "400\n");
  for (const char* coding :
       {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "\"chunked\""}) {
    EXPECT_EQ(read(post("Transfer-Encoding: "s + coding + "\r\n", "0\r\n\r\n")), "501\n") << coding;
  }
}

TEST(RequestReader, RefusesBareLineFeedsBeforeTheHeadEnds) {
  EXPECT_EQ(Reading().feed("GET / HTTP/1.1\n").text(), "400\n");
  EXPECT_EQ(Reading().feed("GET / HTTP/1.1\r\nHost: a\n").text(), "400\n");
  EXPECT_EQ(Reading().feed("GET / HTTP/1.1\r\nX: a\r\n b\r\n").text(), "400\n");
  EXPECT_EQ(Reading().feed("\n").text(), "400\n");
}

TEST(RequestReader, RefusesOtherProtocolsByTheirFirstByte) {
  EXPECT_EQ(Reading().feed("\x16\x03\x01\x02").text(), "400\n") << "TLS";
  EXPECT_EQ(Reading().feed("\0"s).text(), "400\n");
  EXPECT_EQ(Reading().feed("{\"a\": 1}").text(), "400\n");
}

// RFC 9112, 2.2: some clients send an empty line after a body.
TEST(RequestReader, PassesOverEmptyLinesBetweenRequests) {
  EXPECT_EQ(read("\r\n" + get("/")), root);
  EXPECT_EQ(read(get("/") + "\r\n\r\n" + get("/") + "\r\n"), std::string(root) + std::string(root));
  EXPECT_EQ(read("\r\r\n" + get("/")), "400\n");
}

TEST(RequestReader, ReadsBodies) {
  EXPECT_EQ(read(post("Content-Length: 0\r\n", "")), "POST /|/||a||keep\n");
  EXPECT_EQ(read(post("Content-Length: 3\r\n", "abc") + get("/")),
            "POST /|/||a|abc|keep\n" + std::string(root));
  EXPECT_EQ(read(post("Content-Length: 4\r\n", "abc")), "incomplete\n");
  EXPECT_EQ(read(post("Content-Length: 003\r\n", "a\0c"s)), "POST /|/||a|a\0c|keep\n"s);
  EXPECT_EQ(read(get("/", "Host: a\r\nContent-Length: 3\r\n") + "abc"), "GET /|/||a|abc|keep\n");
}

TEST(RequestReader, PutsChunksTogether) {
  const std::string chunked = "Transfer-Encoding: Chunked\r\n";
  EXPECT_EQ(read(post(chunked, "0\r\n\r\n")), "POST /|/||a||keep\n");
  EXPECT_EQ(read(post(chunked, "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n") + get("/")),
            "POST /|/||a|abc0123456789|keep\n" + std::string(root));
  EXPECT_EQ(
      read(post(chunked, "3;q=\"a b\"\r\nabc\r\n000\r\nHost: b\r\nContent-Length: 9\r\n\r\n") +
           get("/")),
      "POST /|/||a|abc|keep\n" + std::string(root))
      << "a trailer changes nothing";
  EXPECT_EQ(read(post(chunked, "3\r\nabc\r\n0\r\n")), "incomplete\n");
  for (const char* bad :
       {"3\nabc\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "\r\n\r\n",
        "x\r\nabc\r\n", "-1\r\n\r\n", "0x3\r\nabc\r\n", "3 \r\nabc\r\n0\r\n\r\n",
        "3;a\rb\r\nabc\r\n0\r\n\r\n", "3x\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\nX\r\n\r\n",
        "3\r\nabc\r\n0\r\nX : y\r\n\r\n", "3\r\nabc\r\n0\r\n X: y\r\n\r\n",
        "3;\x01\r\nabc\r\n0\r\n\r\n"}) {
    const std::string got = read(post(chunked, bad + get("/smuggled")));
    EXPECT_EQ(got, "400\n") << bad;
  }
}

TEST(RequestReader, PutsManyChunksTogether) {
  std::string bytes;
  std::string body;
  for (int i = 0; i < 20'000; ++i) {
    const std::string piece(static_cast<std::size_t>(1 + i % 15), static_cast<char>('a' + i % 26));
    bytes += "0123456789abcdef"[piece.size()] + "\r\n"s + piece + "\r\n";
    body += piece;
  }
  EXPECT_EQ(read(post("Transfer-Encoding: chunked\r\n", bytes + "0\r\n\r\n") + get("/")),
            "POST /|/||a|" + body + "|keep\n" + std::string(root));
}

TEST(RequestReader, LimitsHeads) {
  const auto of_size = [](std::string_view path, std::size_t size) {
    std::string head = get(path, "Host: a\r\nX: \r\n");
    head.insert(head.size() - 4, size - head.size(), 'x');
    return head;
  };
  EXPECT_EQ(read(of_size("/", 10'240)), root);
  EXPECT_EQ(read(of_size("/", 10'241)), "431\n");
  EXPECT_EQ(Reading().feed(of_size("/", 1'000'000).substr(0, 10'241)).text(), "431\n");
  const std::string invoke = "/2015-03-31/functions/f/invocations";
  EXPECT_EQ(read(of_size(invoke, 100'000)), "GET " + invoke + "|" + invoke + "||a||keep\n");
  const HttpLimits limits{.invoke_header_bytes_max = 20'000};
  EXPECT_EQ(read(of_size(invoke, 20'000), limits), "GET " + invoke + "|" + invoke + "||a||keep\n");
  EXPECT_EQ(read(of_size(invoke, 20'001), limits), "431\n");
  EXPECT_EQ(read("GET /" + std::string(20'000, 'x')), "431\n");
  EXPECT_EQ(read(std::string(20'000, 'G')), "431\n");
}

TEST(RequestReader, LimitsBodies) {
  const HttpLimits limits{.body_bytes_max = 5};
  EXPECT_EQ(read(post("Content-Length: 5\r\n", "12345"), limits), "POST /|/||a|12345|keep\n");
  EXPECT_EQ(read(post("Content-Length: 6\r\n", ""), limits), "413\n");
  EXPECT_EQ(read(post("Content-Length: 18446744073709551615\r\n", ""), limits), "413\n");
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(read(post(chunked, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), limits),
            "POST /|/||a|abcde|keep\n");
  EXPECT_EQ(read(post(chunked, "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"), limits), "413\n");
  for (const char* size : {"10000000000000000", "ffffffffffffffff", "fffffffffffffffff"}) {
    EXPECT_EQ(read(post(chunked, std::string(size) + "\r\nabc")), "413\n") << size;
  }
  EXPECT_EQ(read(post(chunked, "1;" + std::string(11'000, 'x'))), "431\n");
  EXPECT_EQ(read(post(chunked, "0\r\nX: " + std::string(11'000, 'x'))), "431\n");
  std::string trailer;
  for (int i = 0; i < 2'000; ++i) trailer += "X: y\r\n";
  EXPECT_EQ(read(post(chunked, "0\r\n" + trailer + "\r\n")), "431\n") << "many short lines";
}

TEST(RequestReader, KnowsWhoWaitsToContinue) {
  const std::string expect = "Expect: 100-Continue\r\n";
  Reading waiting;
  waiting.feed(post(expect + "Content-Length: 3\r\n", ""));
  EXPECT_TRUE(waiting.reader().take_expectation());
  EXPECT_FALSE(waiting.reader().take_expectation()) << "once a request";
  EXPECT_EQ(waiting.feed("abc").text(), "POST /|/||a|abc|keep\n");

  Reading incomplete;
  incomplete.feed(post(expect, "").substr(0, 50));
  EXPECT_FALSE(incomplete.reader().take_expectation());
  Reading old;
  old.feed("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_FALSE(old.reader().take_expectation());
  EXPECT_EQ(read(post("Expect: tea\r\n", "")), "417\n");
  EXPECT_EQ(read(post(expect + "Content-Length: 3\r\n", ""), {.body_bytes_max = 2}), "413\n");
}

TEST(RequestReader, KeepsViewsStillWhileARequestIsWhole) {
  const HttpLimits limits;
  RequestReader reader(limits);
  const std::string bytes = post("Content-Length: 3\r\n", "abc");
  std::memcpy(reader.room().data(), bytes.data(), bytes.size());
  reader.received(bytes.size());
  ASSERT_EQ(reader.advance(), RequestReader::State::whole);
  const std::string_view body = reader.request().body;
  std::size_t ahead = 0;
  while (!reader.room().empty()) {
    std::memset(reader.room().data(), 'x', reader.room().size());
    ahead += reader.room().size();
    reader.received(reader.room().size());
  }
  EXPECT_GT(ahead, 0u);
  EXPECT_LT(ahead, 65'536u);
  EXPECT_EQ(body, "abc");
  EXPECT_EQ(reader.request().body.data(), body.data());
}

}  // namespace
}  // namespace smyth::front
