// What a runtime sends, over three connections, and what its environment does meanwhile. First
// byte: how bytes are cut into pieces; then steps, apart by the byte 0xFE: a letter and its text.
//
//   a b c  bytes from a client, A B C  its end, d  an invocation with this event, if one may come
//
// What must hold: each request is answered once, but for one `next` that is held while nothing
// runs; what is told comes in a legal order, and documents are those that were sent.
#include "base/check.h"
#include "front/request_reader.h"
#include "runtime_api/runtime_api.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace smyth;
using namespace smyth::front;
using namespace smyth::runtime_api;

namespace {

const HttpLimits limits{.header_bytes_max = 600, .body_bytes_max = 500, .invoke_path = "/"};

struct Client {
  RequestReader reader{limits};
  std::uint32_t generation = 0;
  bool is_waiting = false;  // A request was handed up and is not answered.
  bool is_over = false;
};

class Model final : private RuntimeNews, private Responder {
 public:
  explicit Model(std::size_t piece) : piece_(piece) {}

  void step(char what, std::string_view text) {
    if (what >= 'a' && what <= 'c') receive(static_cast<std::size_t>(what - 'a'), text);
    if (what >= 'A' && what <= 'C') end(static_cast<std::size_t>(what - 'A'));
    if (what == 'd' && phase_ == Phase::idle) deliver(text);
    const auto held = std::ranges::count_if(clients_, &Client::is_waiting);
    SMYTH_CHECK(held == (phase_ == Phase::idle ? 1 : 0));
  }

 private:
  enum class Phase : unsigned char { init, failed, idle, running, answered };

  void receive(std::size_t number, std::string_view bytes) {
    Client& client = clients_[number];
    while (!bytes.empty() && !client.is_over) {
      const std::span<char> room = client.reader.room();
      if (room.empty()) return;  // A request is held, and the client has sent too much.
      const std::size_t count = std::min({piece_, room.size(), bytes.size()});
      std::memcpy(room.data(), bytes.data(), count);
      client.reader.received(count);
      bytes.remove_prefix(count);
      read(number);
    }
  }

  void read(std::size_t number) {
    Client& client = clients_[number];
    while (!client.is_over && !client.is_waiting) {
      switch (client.reader.advance()) {
        case RequestReader::State::incomplete:
          return;
        case RequestReader::State::refused: {
          const auto& refusal = client.reader.refusal();
          if (!refusal.path.empty()) refuse(refusal.status, refusal.path);
          client.is_over = true;
          return;
        }
        case RequestReader::State::whole:
          hand_up(number);
      }
    }
  }

  void hand_up(std::size_t number) {
    Client& client = clients_[number];
    client.is_waiting = true;
    const ExchangeId exchange{static_cast<std::uint32_t>(number), ++client.generation};
    const HttpRequest& request = client.reader.request();
    body_ = request.body;
    path_ = request.path;
    api_.on_request(exchange, request);
    body_.reset();
    if (client.is_waiting) SMYTH_CHECK(request.path == "/2018-06-01/runtime/invocation/next");
    // One that was held may have been refused: its client's next request may be there.
    for (std::size_t other = 0; other < clients_.size(); ++other) {
      if (other != number) resume(other);
    }
  }

  void resume(std::size_t number) {
    if (std::exchange(is_resuming_, true)) return;
    read(number);
    is_resuming_ = false;
  }

  void refuse(unsigned status, const std::string& path) {
    const Phase before = phase_;
    path_ = path;
    const auto response = api_.on_refused(status, path);
    SMYTH_CHECK(response.has_value() == (before == Phase::running && phase_ == Phase::answered));
    if (response) check(*response);
    if (response) SMYTH_CHECK(response->status == status);
  }

  void end(std::size_t number) {
    Client& client = clients_[number];
    if (std::exchange(client.is_over, true)) return;
    if (client.is_waiting) return;
    if (const std::string path = client.reader.unfinished_path(); !path.empty()) refuse(400, path);
  }

  void deliver(std::string_view text) {
    phase_ = Phase::running;
    event_ = text;
    api_.deliver({.deadline_unix_ms = 1,
                  .request_id = std::to_string(++invocation_count_),
                  .invoked_arn = "arn",
                  .trace_id = event_,
                  .client_context = event_,
                  .identity = {},
                  .event = event_});
    for (std::size_t number = 0; number < clients_.size(); ++number) resume(number);
  }

  std::string path_of_invocation() const {
    return "/2018-06-01/runtime/invocation/" + std::to_string(invocation_count_) + "/";
  }

  void move(Phase from, Phase to) {
    SMYTH_CHECK(phase_ == from);
    phase_ = to;
  }
  void on_init_done() override { move(Phase::init, Phase::idle); }
  void on_init_error(std::string_view document) override {
    SMYTH_CHECK(body_ == document);
    move(Phase::init, Phase::failed);
  }
  void on_response(std::string_view document) override {
    SMYTH_CHECK(body_ == document && path_ == path_of_invocation() + "response");
    move(Phase::running, Phase::answered);
  }
  void on_error(std::string_view document) override {
    SMYTH_CHECK(body_ == document || document.starts_with(R"({"errorType":")"));
    SMYTH_CHECK(path_.starts_with(path_of_invocation()));
    move(Phase::running, Phase::answered);
  }
  void on_invocation_done() override { move(Phase::answered, Phase::idle); }

  void respond(ExchangeId exchange, HttpResponse response) override {
    Client& client = clients_.at(exchange.connection);
    SMYTH_CHECK(client.is_waiting && client.generation == exchange.generation);
    check(response);
    const std::string_view path = client.reader.request().path;
    if (path.ends_with("/invocation/next") && response.status == 200) {
      SMYTH_CHECK(phase_ == Phase::running && response.body == event_);
    }
    client.is_waiting = false;
    client.reader.next();
  }

  static void check(const HttpResponse& response) {
    for (const auto& [name, value] : response.headers) {
      for (const char c : name + value) {
        SMYTH_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
      }
    }
  }

  const std::size_t piece_;
  RuntimeApi api_{*this, *this};
  std::array<Client, 3> clients_;
  Phase phase_ = Phase::init;
  int invocation_count_ = 0;
  std::string event_;
  std::optional<std::string> body_;  // Of the request that is being handed up.
  std::string path_;
  bool is_resuming_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Model model(data[0] % 64 + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('\xfe'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (!part.empty()) model.step(part[0], part.substr(1));
  }
  return 0;
}
