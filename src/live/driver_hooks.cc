// What the hooks process says becomes inputs.
#include "live/driver.h"
#include "runtime/file_stamp.h"

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

}  // namespace smyth::live
