// Functions come, change and go.
#include "live/driver.h"

#include <fmt/format.h>

#include <string>
#include <tuple>
#include <utility>

namespace smyth::live {
namespace {

// Whether an environment that was started with one need not start anew for the other: limits are
// the scheduler's, and the text of the configuration is only for show.
bool starts_alike(const runtime::StartSpec& one, const runtime::StartSpec& other) {
  const auto tied = [](const runtime::StartSpec& spec) {
    return std::tie(spec.kind, spec.capacity, spec.command, spec.freeze, spec.handler,
                    spec.log_level, spec.memory, spec.memory_limit, spec.cpu_limit, spec.own_tmp,
                    spec.tmp_limit, spec.read_only, spec.opt, spec.layers, spec.extensions,
                    spec.packed, spec.cwd, spec.project, spec.sys_path, spec.environ);
  };
  return tied(one) == tied(other);
}

}  // namespace

std::string LiveFunction::snapshot_name() const {
  const bool has_one = config.snap_start && config.capacity == 1 &&
                       start.kind == runtime::Kind::python && start.extensions.empty();
  return has_one ? fmt::format("{}/{}", id.index, changes) : std::string{};
}

std::uint32_t Driver::add(const config::Function& function, std::string arn,
                          runtime::StartSpec start) {
  auto added = std::make_unique<LiveFunction>();
  added->arn = std::move(arn);
  added->id = scheduler_.next_function();
  const auto index = added->id.index;
  if (functions_.size() <= index) functions_.resize(index + 1);
  functions_[index] = std::move(added);
  change(index, function, std::move(start));
  return index;
}

void Driver::change(std::uint32_t index, const config::Function& changed,
                    runtime::StartSpec start) {
  LiveFunction& function = *functions_[index];
  const bool is_new = function.config.name.empty();
  // Environments hold the old handler path, variables and so on: the next arrival meets new ones.
  const bool is_stale = !is_new && !starts_alike(function.start, start);
  if (function.start.config_json != start.config_json) ++function.config_changes;
  function.config = changed;
  function.start = std::move(start);
  function.hook = hook_function(changed);
  function.log_format = log_format(changed);
  submit(core::Input::configure(function.id, function.config.spec));
  if (is_stale) code_changed(function);
}

void Driver::code_changed(LiveFunction& function) {
  parts_.runtime.forget_snapshot(function.snapshot_name());
  ++function.changes;
  submit(core::Input::code_changed(function.id));
}

void Driver::remove(std::uint32_t index) {
  functions_[index]->removed = true;
  parts_.runtime.forget_snapshot(functions_[index]->snapshot_name());
  submit(core::Input::remove(functions_[index]->id));
}

void Driver::release(std::uint32_t index) {
  LiveFunction& function = *functions_[index];
  if (function.holds == 0) return;  // A shutdown has released all.
  if (--function.holds > 0) return;
  for (auto& request : std::exchange(function.held, {})) arrive(index, std::move(request));
}

void Driver::limit_account(const core::AccountSpec& account) {
  submit(core::Input::limit_account(account));
}

core::SlotView Driver::slot(std::uint32_t function, Slot slot) const {
  return scheduler_.slot(functions_[function]->id, slot);
}

}  // namespace smyth::live
