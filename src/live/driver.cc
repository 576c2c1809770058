#include "live/driver.h"

#include "base/check.h"
#include "core/record.h"
#include "live/environment.h"
#include "runtime/file_stamp.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace smyth::live {
namespace {

// Environments that are no more, whose processes may still have something to say.
constexpr std::size_t former_count_max = 64;

template <class T>
void grow_to(std::vector<T>& entries, std::size_t index) {
  if (entries.size() <= index) entries.resize(index + 1);
}

std::string_view initialization_type(const config::Function& function, core::Start why) {
  if (function.capacity > 1) return "lambda-managed-instances";
  if (function.snap_start) return "snap-start";
  return why == core::Start::provisioned ? "provisioned-concurrency" : "on-demand";
}

// Whether an invocation that ends so ends by what an adapter told. Deadlines that fire in the same
// step end others, and those have no part in what came along with the news.
bool ends_by_news(core::Verdict verdict) {
  switch (verdict) {
    case core::Verdict::success:
    case core::Verdict::function_error:
    case core::Verdict::crash:
    case core::Verdict::init_error:
    case core::Verdict::init_crash:
    case core::Verdict::spawn_failed:
    case core::Verdict::hook_failed:
      return true;
    case core::Verdict::timeout:
    case core::Verdict::throttled:
    case core::Verdict::abandoned:
    case core::Verdict::shutdown:
      return false;
  }
  return false;
}

}  // namespace

Driver::Driver(Parts parts) : parts_(std::move(parts)), function_log_(parts_.timer, parts_.log) {}
Driver::~Driver() = default;

// --- Invocations ---

std::unique_ptr<Request> Driver::make_request() {
  std::unique_ptr<Request> request;
  if (spare_.empty()) {
    request = std::make_unique<Request>();
  } else {
    request = std::move(spare_.back());
    spare_.pop_back();
  }
  request->request_id = parts_.make_uuid();
  return request;
}

void Driver::arrive(std::uint32_t function, std::unique_ptr<Request> request) {
  if (is_performing_) {  // An answer freed a connection whose next request stood there already.
    queued_.emplace_back(function, std::move(request));
    return;
  }
  if (functions_[function]->holds > 0) [[unlikely]] {
    functions_[function]->held.push_back(std::move(request));
    return;
  }
  request->arrived = parts_.timer.now();
  const InvocationId id = scheduler_.next_invocation();
  const auto arrival =
      request->caller == Caller::event ? core::Arrival::event : core::Arrival::request_response;
  if (request->caller != Caller::event) {
    grow_to(exchanges_, request->exchange.connection);
    exchanges_[request->exchange.connection] = {request->exchange.generation, id};
  }
  request->function = function;
  request->id = id;
  grow_to(requests_, id.index);
  requests_[id.index] = std::move(request);
  submit(core::Input::arrive(functions_[function]->id, arrival));
  if (arrival == core::Arrival::event) {
    if (Request* kept = this->request(id)) parts_.front.accepted(*kept);
  }
}

void Driver::take_queued() {
  if (is_taking_queued_) return;  // Each would lie on the stack of the one before.
  is_taking_queued_ = true;
  while (!queued_.empty()) {
    auto [function, request] = std::move(queued_.front());
    queued_.pop_front();
    arrive(function, std::move(request));
  }
  is_taking_queued_ = false;
}

void Driver::gone(front::ExchangeId exchange) {
  if (exchange.connection >= exchanges_.size()) return;
  const auto [generation, id] = exchanges_[exchange.connection];
  if (generation != exchange.generation) return;
  if (request(id)) {
    // One that runs already runs on, and a client that only half closed still reads the answer.
    submit(core::Input::abandon(id));
  }
}

void Driver::tick() {
  armed_ = TimePoint::max();
  look_again();
  submit(core::Input::tick());
}

void Driver::shutdown(Duration grace) {
  for (std::uint32_t index = 0; index < functions_.size(); ++index) {
    functions_[index]->holds = std::min(functions_[index]->holds, 1u);
    release(index);
  }
  submit(core::Input::shutdown(parts_.timer.now() + grace));
}

bool Driver::is_quiet() const { return scheduler_.environment_count() == 0; }

// --- The scheduler ---

void Driver::submit(const core::Input& input) { submit(input, Detail{}); }

void Driver::submit(const core::Input& input, const Detail& detail) {
  SMYTH_CHECK(!is_performing_);
  is_performing_ = true;
  const TimePoint now = parts_.timer.now();
  const auto actions = scheduler_.handle(input, now);
  if (parts_.recorder) parts_.recorder->write(input, now, actions);
  for (const core::Action& action : actions) perform(action, detail);
  is_performing_ = false;
  arm();
  next_debugger();
  take_queued();
}

void Driver::arm() {
  auto next = scheduler_.next_deadline();
  if (!doubts_.empty() && (!next || doubts_.front().until < *next)) next = doubts_.front().until;
  // The deadline is a lower bound and mostly moves away: an early wake-up is cheaper than a new
  // timer.
  if (!next || *next >= armed_) return;
  armed_ = *next;
  parts_.timer.wake_at(armed_);
}

void Driver::perform(const core::Action& action, const Detail& detail) {
  switch (action.kind) {
    case core::ActionKind::choose:
      return choose(action);
    case core::ActionKind::start:
      return start(action);
    case core::ActionKind::prepare:
      return prepare(action);
    case core::ActionKind::deliver:
      return deliver(action);
    case core::ActionKind::kill:
      return kill(action.environment);
    case core::ActionKind::stop:
      parts_.runtime.stop(action.environment);
      return end(action.environment);
    case core::ActionKind::answer:
      return answer(action, detail);
  }
}

void Driver::kill(EnvironmentId id) {
  measure_memory(id);
  const LogOutcome why = why_killed(id);
  parts_.runtime.reset(id, why.status == observe::LogStatus::timeout
                               ? runtime::ShutdownReason::timeout
                               : runtime::ShutdownReason::spindown);
  note_slow_init(id);
  end(id, why);
}

void Driver::start(const core::Action& action) {
  LiveFunction& function = *functions_[action.function];
  ++function.initialising;
  grow_to(environments_, action.environment.index);
  auto& place = environments_[action.environment.index];
  // A reset environment keeps its log stream; a new one in the same record gets its own.
  const bool is_known =
      place && place->function == action.function && place->serial == action.serial;
  if (!is_known) {
    if (place) former_.push_back(std::move(place));
    if (former_.size() > former_count_max) former_.pop_front();
    place = std::make_unique<Environment>();
    place->log_stream = make_log_stream(parts_.timer.unix_ms(), parts_.make_uuid());
  }
  Environment& started = *place;
  started.before = is_known ? started.id : EnvironmentId{};
  started.id = action.environment;
  started.function = action.function;
  started.serial = action.serial;
  started.slot = action.slot;
  started.why = action.why();
  started.initialization = initialization_type(function.config, started.why);
  started.name = fmt::format("{}:{}", function.config.name, action.slot);
  started.source = std::make_shared<const observe::LogSource>(
      observe::LogSource{.function = function.config.name,
                         .environment = started.name,
                         .stream = started.log_stream,
                         .format = function.log_format});
  started.bound = started.current = action.invocation;
  started.state = Environment::State::initialising;
  started.started = parts_.timer.now();
  started.is_fresh = true;
  started.max_rss_kib = 0;
  started.memory_looked_up = {};
  started.changes = function.changes;
  started.config_changes = function.config_changes;
  if (Request* waiting = request(action.invocation)) {
    waiting->environment = action.environment;
    waiting->cold = true;
  }
  runtime::StartSpec spec = function.start;
  spec.name = started.name;
  // Changed code is another program.
  spec.shared =
      fmt::format("{}/{}/{}", action.function, action.slot / spec.capacity, function.changes);
  spec.log_stream = started.log_stream;
  if (!function.config.snap_start) {
    spec.environ["AWS_LAMBDA_LOG_STREAM_NAME"] = started.log_stream;
  }
  spec.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = started.initialization;
  if (!spec.command.empty() && spec.command[0].starts_with('/')) {
    function.files.insert(spec.command[0]);
    on_loaded_(spec.command[0]);
  }
  spec.snapshot = function.snapshot_name();
  started.has_snapshot = !spec.snapshot.empty();
  started.phase = Environment::Phase::none;
  started.restore.reset();
  if (!started.has_snapshot) enter(started, Environment::Phase::init);
  parts_.runtime.start(action.environment, spec);
}

void Driver::enter(Environment& environment, Environment::Phase phase) {
  const LiveFunction& function = *functions_[environment.function];
  environment.phase = phase;
  environment.phase_began = parts_.timer.now();
  function_log_.phase_began(environment, function.config.memory_mib, function.start.version_name,
                            function.start.version_arn);
}

void Driver::choose(const core::Action& action) {
  const LiveFunction& function = *functions_[action.function];
  std::vector<runtime::HookProcess> processes;
  const std::uint32_t count = scheduler_.slot_count(function.id);
  processes.reserve(count);
  for (Slot slot = 0; slot < count; ++slot)
    processes.push_back(hook_process(action.function, slot));
  ++hook_calls_;
  parts_.hooks.choose(action.invocation, function.hook, processes);
}

void Driver::prepare(const core::Action& action) {
  static const runtime::HookRequest direct;
  Request* preparing = request(action.invocation);
  Environment* at = environment(action.environment);
  SMYTH_CHECK(preparing && at);
  preparing->environment = action.environment;
  at->current = action.invocation;
  const runtime::HookRequest& http = preparing->http ? *preparing->http : direct;
  ++hook_calls_;
  parts_.hooks.prepare(action.invocation, functions_[preparing->function]->hook, http,
                       process_before(*at));
}

void Driver::deliver(const core::Action& action) {
  Request* delivered = request(action.invocation);
  Environment* to = environment(action.environment);
  SMYTH_CHECK(delivered && to);
  const TimePoint now = parts_.timer.now();
  const std::int64_t unix_ms = parts_.timer.unix_ms();
  LiveFunction& function = *functions_[to->function];
  auto& last_used = function.last_used;
  grow_to(last_used, to->slot);
  to->state = Environment::State::busy;
  to->current = action.invocation;
  delivered->environment = action.environment;
  delivered->delivered = now;
  delivered->is_delivered = true;
  delivered->cold = std::exchange(to->is_fresh, false);
  if (delivered->log_tail) delivered->tail = std::make_unique<observe::Tail>();
  function_log_.began(*to, *delivered);
  runtime::Delivery delivery;
  if (action.deadline != TimePoint::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(action.deadline - now);
    delivery.deadline_unix_ms = unix_ms + left.count();
  }
  delivery.task_counter = given_before(*to);
  delivery.last_used_unix_s =
      std::exchange(last_used[to->slot], static_cast<double>(unix_ms) / 1e3);
  delivery.request_id = delivered->request_id;
  delivery.invoked_arn =
      delivered->invoked_arn.empty() ? std::string_view(function.arn) : delivered->invoked_arn;
  delivery.client_context = delivered->client_context;
  delivery.trace_id = delivered->trace_id;
  delivery.context = delivered->context;
  delivery.event = delivered->event;
  if (std::exchange(to->config_changes, function.config_changes) != function.config_changes) {
    delivery.config_json = function.start.config_json;
  }
  parts_.runtime.deliver(action.environment, delivery);
}

void Driver::end(EnvironmentId id, const LogOutcome& outcome) {
  Environment* ended = environment(id);
  if (!ended) return;
  if (ended->state == Environment::State::initialising) {
    --functions_[ended->function]->initialising;
    function_log_.phase_ended(*ended, outcome);
  }
  ended->state = Environment::State::gone;
  leave_debugger(id);
  // One that has not answered has its end with the answer that the scheduler gives.
  if (!ended->running.answered) return;
  function_log_.ended(*ended, memory_of(*ended), outcome);
  release(std::move(ended->held));
}

void Driver::answer(const core::Action& action, const Detail& detail) {
  Request* answered = request(action.invocation);
  SMYTH_CHECK(answered);
  LiveFunction& function = *functions_[answered->function];
  const EnvironmentId id = action.environment ? action.environment : answered->environment;
  Environment* at = id.index < environments_.size() ? environments_[id.index].get() : nullptr;
  if (at && at->id != id) at = nullptr;
  const bool is_early = at && at->running.is_on && at->running.answered;
  if (is_early && answered->tail) return hold_answer(action, detail, *at);
  if (!is_early) log_end(*answered, action.verdict(), at, detail.exit.error_type);
  const Detail own = ends_by_news(action.verdict()) ? detail : Detail{};
  Answer outcome{.request = *answered,
                 .verdict = action.verdict(),
                 .reason = action.reason,
                 .environment = at ? std::string_view(at->name) : std::string_view{},
                 .document = own.document,
                 .detail = own.text,
                 .reload_error = function.reload_error,
                 .exit = own.exit,
                 .elapsed = parts_.timer.now() - answered->arrived};
  if (outcome.verdict == core::Verdict::init_error && outcome.document.empty() && at) {
    outcome.document = at->init_error;
  }
  parts_.front.answer(outcome);
  spare(std::move(requests_[action.invocation.index]));
}

void Driver::spare(std::unique_ptr<Request> finished) {
  finished->clear();
  if (spare_.size() < spare_count_max && finished->event.capacity() <= spare_bytes_max) {
    spare_.push_back(std::move(finished));
  }
}

// --- Look-ups ---

Environment* Driver::environment(EnvironmentId id) {
  if (id.index >= environments_.size()) return nullptr;
  Environment* found = environments_[id.index].get();
  return found && found->id == id && found->state != Environment::State::gone ? found : nullptr;
}

// One that is gone may still write something, in its shutdown phase.
const Environment* Driver::record_of(EnvironmentId id) const {
  if (id.index < environments_.size()) {
    const Environment* found = environments_[id.index].get();
    if (found && (found->id == id || found->before == id)) return found;
  }
  const auto former =
      std::ranges::find_if(former_, [&](const auto& each) { return each->id == id; });
  return former == former_.end() ? nullptr : former->get();
}

Request* Driver::request(InvocationId id) {
  if (id.index >= requests_.size()) return nullptr;
  Request* found = requests_[id.index].get();
  return found && found->id == id ? found : nullptr;
}

}  // namespace smyth::live
