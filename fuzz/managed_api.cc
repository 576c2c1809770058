// What the workers of a runtime send that serves several invocations at once, and what its
// environment does meanwhile. First byte: how many workers there may be, and whether an invocation
// comes from within news, as the scheduler gives one; then steps, apart by the byte 0xFE: a letter
// and its text.
//
//   r  a request: "METHOD PATH", lines of "Name: value", an empty line, the body
//   g  the worker of the oldest `next` that is held is gone
//   t  a body that is too large, of a request to this path    w  one that is not whole
//   d  an invocation with this event    f  the one with this request id is forgotten
//
// Request ids are 1, 2, 3 and so on. What must hold: each request is answered once, but for those
// `next` that are held, which are no more than workers; nothing waits for a worker while one is
// held; invocations are given once, in order, and never when they were forgotten; an answer is told
// once, of one that was given and not forgotten, as it was sent; a late one gets 410, once.
#include "base/check.h"
#include "request.h"
#include "runtime_api/managed_api.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace smyth;
using namespace smyth::front;
using namespace smyth::runtime_api;

namespace {

constexpr std::size_t late_count_max = 1'000;  // More are forgotten for good.

class Model final : private ManagedNews, private Responder {
 public:
  Model(std::size_t workers, bool is_eager)
      : api_(*this, *this, workers), worker_count_max_(workers), is_eager_(is_eager) {}

  void step(char what, std::string_view text) {
    if (what == 'r') send(text);
    if (what == 'g' && !held_.empty()) {
      api_.on_gone({.connection = held_.front(), .generation = 1});
      held_.pop_front();
    }
    if (what == 't') refuse(413, text);
    if (what == 'w') refuse(400, text);
    if (what == 'd') deliver(text);
    if (what == 'f') forget(std::string(text));
    SMYTH_CHECK(held_.size() == api_.waiting_count() && held_.size() <= worker_count_max_);
    SMYTH_CHECK(held_.empty() || kept_.empty());
    const auto late = std::ranges::count(phases_, Phase::late, &Phases::value_type::second);
    SMYTH_CHECK(api_.is_late() == (late > 0));
  }

 private:
  enum class Phase : unsigned char { kept, given, late, over };
  using Phases = std::map<std::string, Phase, std::less<>>;

  Phase phase_of(std::string_view id) const {
    const auto found = phases_.find(id);
    return found == phases_.end() ? Phase::over : found->second;
  }

  void send(std::string_view text) {
    const FuzzedRequest read(text);
    const bool is_next = read.request.method == "GET" && read.request.path == next_path;
    const ExchangeId exchange{.connection = ++sent_, .generation = 1};
    path_ = read.request.path;
    body_ = read.request.body;
    current_ = exchange.connection;
    if (is_next) held_.push_back(exchange.connection);
    api_.on_request(exchange, read.request);
    SMYTH_CHECK(is_next || !current_.has_value());
    current_.reset();
    body_.reset();
  }

  void refuse(unsigned status, std::string_view path) {
    const auto answer = answer_path(path);
    const Phase before = answer ? phase_of(answer->request_id) : Phase::over;
    path_ = path;
    const auto response = api_.on_refused(status, path);
    SMYTH_CHECK(response.has_value() == (before == Phase::given || before == Phase::late));
    if (!response) return;
    SMYTH_CHECK(response->status == (before == Phase::late ? 410 : status));
    phases_[std::string(answer->request_id)] = Phase::over;
  }

  void deliver(std::string_view event) {
    if (has_failed_) return;
    std::string id = std::to_string(++invocation_count_);
    phases_[id] = Phase::kept;
    kept_.emplace_back(id, event);
    api_.deliver({.deadline_unix_ms = 1,
                  .request_id = std::move(id),
                  .invoked_arn = "arn",
                  .trace_id = std::string(event),
                  .client_context = {},
                  .identity = {},
                  .event = std::string(event)});
  }

  void forget(const std::string& id) {
    const Phase before = phase_of(id);
    api_.forget(id);
    if (before == Phase::kept) {
      std::erase_if(kept_, [&](const auto& kept) { return kept.first == id; });
      phases_[id] = Phase::over;
    }
    if (before != Phase::given) return;
    phases_[id] = Phase::late;
    SMYTH_CHECK(phases_.size() < late_count_max);
  }

  void deliver_eagerly() {
    if (is_eager_ && invocation_count_ < eager_count_max) deliver("{}");
  }

  void on_worker_waits() override { deliver_eagerly(); }
  void on_init_error(std::string_view document) override {
    SMYTH_CHECK(body_ == document && path_ == init_error_path);
    SMYTH_CHECK(!std::exchange(has_failed_, true) && !has_asked_);
  }
  void on_answer(std::string_view id, std::string_view document, bool is_error) override {
    const auto answer = answer_path(path_);
    SMYTH_CHECK(answer && answer->request_id == id);
    Phase& phase = phases_.at(std::string(id));
    SMYTH_CHECK(std::exchange(phase, Phase::over) == Phase::given);
    const bool is_as_sent = body_ == document && is_error == answer->is_error;
    SMYTH_CHECK(is_as_sent || (is_error && document.starts_with(R"({"errorType":")")));
    deliver_eagerly();
  }

  void respond(ExchangeId exchange, HttpResponse response) override {
    const bool is_current = current_ == exchange.connection;
    if (is_current) current_.reset();
    const auto held = std::ranges::find(held_, exchange.connection);
    SMYTH_CHECK(is_current || held != held_.end());
    if (held == held_.end()) return check_answer(response);
    held_.erase(held);
    if (response.status != 200) {
      SMYTH_CHECK(is_current && response.status == (has_failed_ ? 403 : 500));
      SMYTH_CHECK(has_failed_ || held_.size() == worker_count_max_);
      return;
    }
    has_asked_ = true;
    SMYTH_CHECK(!kept_.empty());
    const auto [id, event] = std::move(kept_.front());
    kept_.pop_front();
    SMYTH_CHECK(response.body == event &&
                std::exchange(phases_.at(id), Phase::given) == Phase::kept);
    const bool is_named = std::ranges::any_of(response.headers, [&](const auto& header) {
      return header.first == "Lambda-Runtime-Aws-Request-Id" && header.second == id;
    });
    SMYTH_CHECK(is_named);
  }

  // Of a request that is no `next`.
  void check_answer(const HttpResponse& response) {
    const auto answer = answer_path(path_);
    const Phase before = answer ? phase_of(answer->request_id) : Phase::over;
    SMYTH_CHECK((response.status == 410) == (before == Phase::late && response.status != 405));
    if (response.status == 410) phases_.at(std::string(answer->request_id)) = Phase::over;
    if (response.status == 202 && answer) SMYTH_CHECK(before == Phase::given);
  }

  static constexpr int eager_count_max = 500;

  ManagedApi api_;
  const std::size_t worker_count_max_;
  const bool is_eager_;
  Phases phases_;                                         // By request id.
  std::deque<std::pair<std::string, std::string>> kept_;  // Id and event of those not given yet.
  std::deque<std::uint32_t> held_;                        // Exchanges whose `next` waits.
  std::uint32_t sent_ = 0;
  int invocation_count_ = 0;
  bool has_failed_ = false;
  bool has_asked_ = false;  // A worker was given something.
  std::optional<std::uint32_t>
      current_;                      // The request that is being handed up, until it is answered,
  std::optional<std::string> body_;  // its body
  std::string path_;                 // and its path.
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Model model(data[0] % 4 + 1, data[0] >= 128);
  for (int steps = 0; !rest.empty() && steps < 400; ++steps) {
    const std::string_view part = rest.substr(0, rest.find('\xfe'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (!part.empty()) model.step(part[0], part.substr(1));
  }
  return 0;
}
