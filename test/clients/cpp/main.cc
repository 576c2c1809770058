// A function in C++ that speaks Lambda's Runtime API by plain sockets, a new connection for each
// request: it does what its event asks for.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

struct Response {
  std::string head;
  std::string body;

  std::string header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

const std::string address = std::getenv("AWS_LAMBDA_RUNTIME_API");

Response request(const std::string& method, const std::string& path, const std::string& headers,
                 const std::string& body) {
  const std::size_t colon = address.find(':');
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &server.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0) std::exit(1);
  const std::string text = method + " /2018-06-01/runtime/" + path +
                           " HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n" + headers +
                           "\r\n" + body;
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count < 0) std::exit(1);
    sent += static_cast<std::size_t>(count);
  }
  std::string answer;
  char part[65'536];
  for (ssize_t count; (count = ::recv(fd, part, sizeof part, 0)) > 0;) {
    answer.append(part, static_cast<std::size_t>(count));
  }
  ::close(fd);
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) std::exit(1);
  return {answer.substr(0, end + 2), answer.substr(end + 4)};
}

void post(const std::string& path, const std::string& body) {
  request("POST", path, "Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

// The text of a member, for events as simple as the tests'.
std::string member(const std::string& json, const std::string& name) {
  const std::size_t at = json.find('"' + name + "\": \"");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 5;
  return json.substr(begin, json.find('"', begin) - begin);
}

std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void stream(const std::string& path) {
  std::string body = "186a0\r\n" + std::string(100'000, 'x') + "\r\n3\r\nend\r\n0\r\n";
  body += "Lambda-Runtime-Function-Error-Type: \r\n\r\n";
  request("POST", path,
          "Transfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
          "Trailer: Lambda-Runtime-Function-Error-Type\r\n",
          body);
}

}  // namespace

int main() {
  const char* init = std::getenv("INIT");
  if (init != nullptr && std::string(init) == "exit") return 5;
  if (init != nullptr && std::string(init) == "error") {
    post("init/error", R"({"errorType":"Cpp.Init","errorMessage":"as asked"})");
    return 1;
  }
  for (int count = 1;; ++count) {
    const Response next = request("GET", "invocation/next", "", "");
    const std::string id = next.header("Lambda-Runtime-Aws-Request-Id");
    const std::string wanted = member(next.body, "do");
    const std::string text = member(next.body, "text");
    if (wanted == "error" || wanted == "panic") {
      post("invocation/" + id + "/error", R"({"errorType":"Cpp.Error","errorMessage":"as asked"})");
      continue;
    }
    if (wanted == "exit") return 3;
    if (wanted == "sleep") std::this_thread::sleep_for(std::chrono::seconds(30));
    if (wanted == "pause") std::this_thread::sleep_for(std::chrono::milliseconds(300));
    if (wanted == "print") {
      std::printf("printed: %s\n", text.c_str());
      std::fflush(stdout);
    }
    if (wanted == "stream") {
      stream("invocation/" + id + "/response");
      continue;
    }
    const std::string context = next.header("Lambda-Runtime-Client-Context");
    const std::string custom = member(context, "a");
    const std::int64_t left = std::stoll(next.header("Lambda-Runtime-Deadline-Ms")) - unix_ms();
    post("invocation/" + id + "/response",
         "{\"text\": \"" + text + "\", \"count\": " + std::to_string(count) +
             ", \"pid\": " + std::to_string(::getpid()) + ", \"id\": \"" + id + "\", \"arn\": \"" +
             next.header("Lambda-Runtime-Invoked-Function-Arn") + "\", \"function\": \"" +
             std::getenv("AWS_LAMBDA_FUNCTION_NAME") + "\", \"left_ms\": " + std::to_string(left) +
             ", \"custom\": {\"a\": \"" + custom + "\"}}");
  }
}
