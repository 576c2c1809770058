#include "runtime_api/extended_environment.h"

#include "runtime/linux_memory.h"
#include "runtime/processes.h"
#include "runtime_api/extended_runtime.h"
#include "runtime_api/program_launch.h"
#include "runtime_api/program_runtime.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace smyth::runtime_api {
namespace {

using front::ExchangeId;
using front::HttpRequest;

// An extension that has told of its error ends by itself; one that does not is not waited for.
constexpr std::chrono::milliseconds error_exit_wait{500};

std::string name_of(const std::string& program) { return program.substr(program.rfind('/') + 1); }

}  // namespace

ExtendedEnvironment::HeldReport::HeldReport(const runtime::Report& report)
    : max_rss_kib(report.max_rss_kib), modules(report.modules) {
  paths.reserve(modules.size());  // Views of them stay valid.
  for (runtime::LoadedModule& module : modules) {
    paths.emplace_back(module.path);
    module.path = paths.back();
  }
}

runtime::Report ExtendedEnvironment::HeldReport::report() const {
  return {.max_rss_kib = max_rss_kib, .modules = modules, .document = {}};
}

ExtendedEnvironment::ExtendedEnvironment(ExtendedRuntime& owner, EnvironmentId id,
                                         runtime::StartSpec spec)
    : owner_(owner),
      id_(id),
      spec_(std::move(spec)),
      address_(std::make_shared<ApiAddress>(owner.parts().loop)),
      api_(*this, *address_, owner.parts().make_uuid),
      timer_(owner.parts().loop) {
  api_.describe({.name = spec_.function,
                 .version = spec_.version,
                 .handler = spec_.handler,
                 .account_id = owner.parts().account_id});
}

// --- Init ---

void ExtendedEnvironment::start_after(ExtendedEnvironment& predecessor) {
  predecessor.successor_ = weak_from_this();
}

void ExtendedEnvironment::start() {
  if (phase_ != Phase::waiting) return;
  phase_ = Phase::init;
  if (const auto listening = address_->listen(); !listening) {
    return boost::asio::post(owner_.parts().loop,
                             [self = shared_from_this(), error = listening.error()] {
                               if (!self->lives()) return;
                               self->close();
                               self->owner_.events().on_spawn_failed(self->id_, error);
                             });
  }
  for (const std::string_view path : {extensions_path, telemetry_path, logs_path}) {
    address_->route(path, this);
  }
  for (const std::string& program : spec_.extensions) {
    if (!launch(program)) return;
  }
  if (spec_.extensions.empty()) start_runtime();
}

bool ExtendedEnvironment::launch(const std::string& program) {
  std::string name = name_of(program);
  if (!api_.expect(name)) {
    api_.mark(name, Extension::State::launch_error);
    post_failure("Extension.LaunchError", "ErrTooManyExtensions");
    return false;
  }
  auto process =
      launch_extension(owner_.parts().processes, id_, spec_, program, address_->text(), *this);
  externals_.push_back({.name = std::move(name), .process = std::move(process)});
  return true;
}

// Nothing is told from within a call of the driver.
void ExtendedEnvironment::post_failure(std::string type, std::string words) {
  boost::asio::post(owner_.parts().loop, [self = shared_from_this(), type = std::move(type),
                                          words = std::move(words)] {
    self->fail({.signalled = false, .code = 1, .error_type = type, .reason = words});
  });
}

void ExtendedEnvironment::start_runtime() {
  has_runtime_ = true;
  runtime::StartSpec spec = spec_;
  if (spec.kind == runtime::Kind::program) {
    owner_.parts().programs.set_address(address_);
  } else {
    spec.environ["AWS_LAMBDA_RUNTIME_API"] = address_->text();
  }
  owner_.parts().inner.start(id_, spec);
}

void ExtendedEnvironment::on_extension_registered() {
  if (phase_ != Phase::init || has_runtime_ || !api_.are_registered()) return;
  drain();
  if (phase_ == Phase::init) start_runtime();
}

void ExtendedEnvironment::runtime_ready(const runtime::Report& report) {
  if (phase_ != Phase::init) return;
  api_.close_registration();
  if (api_.are_ready()) return end_init(report);
  ready_.emplace(report);
  stay_awake();
  owner_.events().on_runtime_done(id_);
}

void ExtendedEnvironment::end_init(const runtime::Report& report) {
  drain();
  if (phase_ != Phase::init) return;
  phase_ = Phase::idle;
  rest();
  tell_extensions();
  owner_.events().on_ready(id_, report);
}

void ExtendedEnvironment::tell_extensions() {
  for (const Extension& each : api_.all()) {
    const std::string events = each.events();
    owner_.events().on_extension(id_, {.name = each.name,
                                       .state = state_name(each.state),
                                       .events = events,
                                       .error_type = each.error_type});
  }
}

// --- Invocations ---

TelemetryHost* ExtendedEnvironment::telemetry() const { return owner_.parts().telemetry; }

void ExtendedEnvironment::deliver(const runtime::Delivery& delivery) {
  if (phase_ != Phase::idle) return;
  phase_ = Phase::busy;
  if (telemetry() && api_.is_any()) telemetry()->wake(id_);
  is_runtime_done_ = false;
  for (const External& each : externals_) {
    if (!each.process) continue;
    owner_.parts().processes.freezer().wake(*each.process);
    each.process->touch();
  }
  runtime::Delivery facts = delivery;
  facts.event = {};
  if (api_.is_any()) api_.invoke(invocation_of(facts));
  owner_.parts().inner.deliver(id_, delivery);
}

void ExtendedEnvironment::runtime_finished(const runtime::Report& report, bool is_error) {
  if (phase_ != Phase::busy) return;
  is_runtime_done_ = true;
  if (!api_.are_ready()) {
    const auto self = shared_from_this();
    stay_awake();
    owner_.events().on_answered(id_, report, is_error);
    return owner_.events().on_runtime_done(id_);
  }
  phase_ = Phase::idle;
  rest();
  is_error ? owner_.events().on_error(id_, report) : owner_.events().on_result(id_, report);
}

void ExtendedEnvironment::runtime_done() {
  if (phase_ != Phase::busy) return;
  is_runtime_done_ = true;
  if (!api_.are_ready()) {
    stay_awake();
    return owner_.events().on_runtime_done(id_);
  }
  phase_ = Phase::idle;
  rest();
  owner_.events().on_invocation_done(id_);
}

void ExtendedEnvironment::on_extension_ready() {
  if (!api_.are_ready()) return;
  if (phase_ == Phase::init && ready_) {
    const HeldReport held = std::move(*ready_);
    ready_.reset();
    return end_init(held.report());
  }
  if (phase_ != Phase::busy || !is_runtime_done_) return;
  drain();
  if (phase_ == Phase::busy) runtime_done();
}

// The runtime is frozen with its extensions, not before.
void ExtendedEnvironment::stay_awake() {
  is_held_awake_ = true;
  if (const auto process = owner_.parts().inner.process(id_)) {
    owner_.parts().processes.freezer().wake(*process);
  }
}

void ExtendedEnvironment::rest() {
  if (!spec_.freeze) return;
  if (telemetry() && api_.is_any()) telemetry()->rest(id_);
  runtime::Freezer& freezer = owner_.parts().processes.freezer();
  for (const External& each : externals_) {
    if (each.process) freezer.rest(each.process);
  }
  if (!std::exchange(is_held_awake_, false)) return;  // Its own runtime has seen to it.
  if (const auto process = owner_.parts().inner.process(id_)) freezer.rest(process);
}

std::uint32_t ExtendedEnvironment::peak_memory_kib() const {
  std::uint32_t kib = 0;
  for (const External& each : externals_) {
    if (each.process) kib += runtime::peak_memory_kib(each.process->pid());
  }
  return kib;
}

// --- Requests ---

void ExtendedEnvironment::on_api_request(ExchangeId exchange, const HttpRequest& request) {
  if (request.path.starts_with(extensions_path)) return api_.on_request(exchange, request);
  subscribe(exchange, request);
}

void ExtendedEnvironment::subscribe(ExchangeId exchange, const HttpRequest& request) {
  if (request.method != "PUT") return address_->respond(exchange, text_response(405, ""));
  const Extension* extension = api_.identify(exchange, request);
  if (!extension) return;
  if (TelemetryHost* host = telemetry()) {
    return address_->respond(exchange, host->on_request(id_, extension->name, request));
  }
  const bool is_new = request.path == telemetry_path;
  address_->respond(
      exchange,
      is_new ? error_response(202, "Telemetry.NotSupported", "Telemetry API is not supported")
             : error_response(202, "Logs.NotSupported", "Logs API is not supported"));
}

// --- Output ---

ExtendedEnvironment::External* ExtendedEnvironment::of(const runtime::Process& process) {
  const auto found = std::ranges::find_if(
      externals_, [&](const External& each) { return each.process.get() == &process; });
  return found == externals_.end() ? nullptr : &*found;
}

void ExtendedEnvironment::on_line(runtime::Process& process, std::string_view line) {
  if (const External* from = of(process)) {
    owner_.events().on_extension_output(id_, from->name, line);
  } else {
    owner_.events().on_output(id_, line);
  }
}

// Output that an extension wrote before what it has just said is told first.
void ExtendedEnvironment::drain() {
  const auto externals = externals_;
  for (const External& each : externals) {
    if (each.process) each.process->drain_output();
  }
}

// --- Failure ---

void ExtendedEnvironment::on_extension_error(std::string_view type, std::string_view words) {
  if (!lives() || !fatal_type_.empty()) return;
  fatal_type_ = type;
  fatal_words_ = words;
  timer_.expires_after(error_exit_wait);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || !self->lives()) return;
    const std::string told = self->fatal_type_;
    self->fail({.signalled = false, .code = 1, .error_type = told, .reason = self->fatal_words_});
  });
}

void ExtendedEnvironment::runtime_exited(const runtime::ExitStatus& status) {
  has_runtime_ = false;
  if (!lives()) return;
  fail(status);
}

void ExtendedEnvironment::on_end(runtime::Process& process, runtime::ExitStatus status) {
  if (&process == runtime_.get()) {
    runtime_.reset();
    return end_runtime();
  }
  External* ended = of(process);
  if (!ended) return;
  ended->process.reset();
  const bool is_well = !status.signalled && status.code == 0;
  if (phase_ == Phase::leaving) {
    api_.mark(ended->name, is_well ? Extension::State::exited : Extension::State::shutdown_failed);
    return leave_if_empty();
  }
  if (!lives()) return;
  if (fatal_type_.empty()) fatal_type_ = "Extension.Crash";
  fail(status);
}

void ExtendedEnvironment::on_spawn_failed(runtime::Process& process, const Error& error) {
  External* failed = of(process);
  if (!failed) return;
  failed->process.reset();
  api_.mark(failed->name, Extension::State::launch_error);
  if (phase_ == Phase::leaving) return leave_if_empty();
  const std::string why = error.message;
  fail({.signalled = false, .code = 1, .error_type = "Extension.LaunchError", .reason = why});
}

// One of its processes has ended: so does the environment, by the first error that was told.
void ExtendedEnvironment::fail(const runtime::ExitStatus& status) {
  if (!lives()) return;
  const auto self = shared_from_this();
  const std::string type = fatal_type_.empty() ? std::string(status.error_type) : fatal_type_;
  const std::string reason(status.reason);
  runtime::ExitStatus told = status;
  told.error_type = type;
  told.reason = reason;
  if (phase_ == Phase::init) tell_extensions();
  if (end(ShutdownReason::failure, Tmp::kept, owner_.latest_end())) owner_.leaves(*this);
  owner_.events().on_exit(id_, told);
}

}  // namespace smyth::runtime_api
