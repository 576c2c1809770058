// What extensions send, and what their environment does meanwhile. Steps, apart by the byte 0xFE: a
// letter and its text.
//
//   r  a request: "METHOD PATH", lines of "Name: value", an empty line, the body
//   e  an external extension of this name is started
//   i  an invocation with this trace, if all are ready    c  registration is over    s  shutdown
//
// Identifiers are 00000000-0000-4000-8000-00000000000N, in order. What must hold: each request is
// answered once, but for one `next` of each extension that is ready, or was until it told of an
// error; errors and events are JSON; who wants no INVOKE gets none.
#include "base/check.h"
#include "request.h"
#include "strict_json.h"
#include "runtime_api/extensions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

using namespace smyth;
using namespace smyth::front;
using namespace smyth::runtime_api;

namespace {

class Model final : private ExtensionNews, private Responder {
 public:
  Model() { api_.describe({.name = "f", .version = "1", .handler = "h", .account_id = "1"}); }

  void step(char what, std::string_view text) {
    if (what == 'r') send(text);
    if (what == 'e' && api_.is_open() && api_.all().size() < extension_count_max) {
      api_.expect(std::string(text));
    }
    if (what == 'c') api_.close_registration();
    if (what == 's' && !std::exchange(is_ending_, true)) {
      api_.shut_down(ShutdownReason::failure, 1);
    }
    if (what == 'i' && api_.are_ready() && !is_ending_) invoke(text);
    std::size_t waiting = 0;
    for (const Extension& each : api_.all()) {
      if (each.waiting) ++waiting;
      if (each.waiting) SMYTH_CHECK(held_.contains(each.waiting->connection));
      const bool is_ready = each.state == Extension::State::ready;
      SMYTH_CHECK(is_ready ? each.waiting.has_value()
                           : !each.waiting || each.state == Extension::State::exit_error);
    }
    SMYTH_CHECK(waiting == held_.size());
    SMYTH_CHECK(api_.all().size() <= extension_count_max);
  }

 private:
  void send(std::string_view text) {
    const FuzzedRequest read(text);
    if (!read.request.path.starts_with(extensions_path)) return;
    const ExchangeId exchange{++sent_, 1};
    held_.insert(exchange.connection);
    api_.on_request(exchange, read.request);
    if (!held_.contains(exchange.connection)) return;
    SMYTH_CHECK(read.request.method == "GET");
    SMYTH_CHECK(read.request.path.ends_with("/event/next"));
  }

  void invoke(std::string_view trace) {
    const auto wanting = std::ranges::count(api_.all(), true, &Extension::wants_invoke);
    const auto before = std::ssize(held_);
    api_.invoke({.deadline_unix_ms = 1,
                 .request_id = "id",
                 .invoked_arn = "arn",
                 .trace_id = std::string(trace)});
    SMYTH_CHECK(std::ssize(held_) == before - wanting);
  }

  void respond(ExchangeId exchange, HttpResponse response) override {
    SMYTH_CHECK(held_.erase(exchange.connection) == 1);
    for (const auto& [name, value] : response.headers) {
      for (const char c : name + value) {
        SMYTH_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
      }
    }
    const bool is_plain = response.status == 404 || response.status == 405;
    if (is_plain) return;
    SMYTH_CHECK(response.status == 200 || response.status == 202 || response.status == 403);
    const auto judged = strict_json(response.body);
    SMYTH_CHECK(!judged || judged->is_valid);
  }

  void on_extension_registered() override { ++registered_; }
  void on_extension_ready() override {
    SMYTH_CHECK(std::ranges::count(api_.all(), Extension::State::ready, &Extension::state) > 0);
  }
  void on_extension_error(std::string_view type, std::string_view words) override {
    SMYTH_CHECK(type == "Extension.InitError" || type == "Extension.ExitError");
    SMYTH_CHECK(!words.empty());
  }

  std::uint32_t sent_ = 0;
  std::uint32_t registered_ = 0;
  std::uint32_t uuids_ = 0;
  bool is_ending_ = false;
  std::set<std::uint32_t> held_;  // Requests without an answer.
  ExtensionsApi api_{*this, *this,
                     [this] { return fmt::format("00000000-0000-4000-8000-{:012}", ++uuids_); }};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Model model;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('\xfe'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (!part.empty()) model.step(part[0], part.substr(1));
  }
  return 0;
}
