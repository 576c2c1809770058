// What the hooks process says becomes inputs; how slots look to the hooks.
#include "live/driver.h"
#include "runtime/file_stamp.h"

#include <fmt/format.h>

#include <chrono>

namespace smyth::live {

void Driver::on_prepared(InvocationId id, const runtime::Prepared& prepared) {
  hook_has_answered();
  Request* ready = request(id);
  if (!ready) return;
  if (!prepared.event.empty()) ready->event = prepared.event;
  ready->context = prepared.context;
  submit(core::Input::prepared(id));
}

void Driver::on_prepare_failed(InvocationId id, std::string_view traceback) {
  hook_has_answered();
  if (request(id))
    submit(core::Input::prepare_failed(id), {.document = {}, .text = traceback, .exit = {}});
}

void Driver::on_chosen(InvocationId id, std::uint32_t slot) {
  hook_has_answered();
  if (request(id)) submit(core::Input::chosen(id, slot));
}

void Driver::on_choice_failed(InvocationId id, std::string_view traceback) {
  hook_has_answered();
  if (request(id))
    submit(core::Input::choice_failed(id), {.document = {}, .text = traceback, .exit = {}});
}

void Driver::on_hook_output(std::string_view line) { parts_.log.output("hooks", {}, line); }

void Driver::hook_has_answered() {
  if (hook_calls_ > 0) --hook_calls_;
}

// One that differs from the disk was saved while it was being loaded.
void Driver::on_hook_modules(const std::vector<runtime::LoadedModule>& modules) {
  bool is_stale = false;
  for (const runtime::LoadedModule& module : modules) {
    on_loaded_(module.path);
    if (!hook_files_.contains(module.path)) hook_files_.emplace(module.path);
    is_stale = is_stale || !runtime::is_as_loaded(module);
  }
  if (is_stale) parts_.hooks.restart();
}

runtime::HookProcess Driver::hook_process(std::uint32_t function, Slot slot) const {
  const LiveFunction& of = *functions_[function];
  const core::SlotView view = scheduler_.slot(of.id, slot);
  return {.name = fmt::format("{}:{}", of.config.name, slot),
          .state = slot_word(view.state),
          .task_counter = view.given,
          .last_used_timestamp = slot < of.last_used.size() ? of.last_used[slot] : 0,
          .idle_since = std::chrono::duration<double>(view.idle_since.time_since_epoch()).count()};
}

// Nothing is known any more of a slot that the function has lost.
std::uint64_t Driver::given_before(const Environment& given) const {
  const std::uint64_t count = scheduler_.slot(functions_[given.function]->id, given.slot).given;
  return count > 0 ? count - 1 : 0;
}

// Users look at the state to tell a cold start, as they could with the original.
runtime::HookProcess Driver::process_before(const Environment& given) const {
  runtime::HookProcess process = hook_process(given.function, given.slot);
  process.state =
      slot_word(given.is_fresh ? core::SlotView::State::cold : core::SlotView::State::idle);
  process.task_counter = given_before(given);
  return process;
}

}  // namespace smyth::live
