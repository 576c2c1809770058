#include "runtime_api/program_leftovers.h"

#include "runtime/linux_leftovers.h"
#include "runtime/linux_process.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace smyth::runtime_api {
namespace {

// As for our own Python: python/smyth_runtime/leftovers.py.
constexpr int looks_max = 20;  // At short ones.
constexpr auto short_max = std::chrono::milliseconds(5);
constexpr std::size_t named_max = 5;  // Of each kind.

bool holds(const std::vector<pid_t>& processes, pid_t process) {
  return std::ranges::find(processes, process) != processes.end();
}

void append_some(std::vector<std::string> texts, std::string_view kind,
                 std::vector<std::string>& all) {
  if (texts.size() > named_max) {
    const std::size_t more = texts.size() - named_max;
    texts.resize(named_max);
    texts.push_back(fmt::format("{} more {}", more, kind));
  }
  std::ranges::move(texts, std::back_inserter(all));
}

}  // namespace

void ProgramLeftovers::init_done(pid_t program) {
  if (program > 0) own_ = runtime::tree_of(program);
}

void ProgramLeftovers::answered(pid_t program) {
  if (is_done_ || program <= 0) return;
  if (Steady::now() - began_ < short_max && ++looks_ > looks_max) return;
  at_answer_ = runtime::tree_of(program);
}

std::string ProgramLeftovers::frozen(std::span<const pid_t> processes, std::string_view except) {
  const std::vector<pid_t> at_answer = std::exchange(at_answer_, {});
  if (at_answer.empty()) return {};
  std::vector<std::string> children;
  std::vector<std::string> sockets;
  for (const pid_t process : processes) {
    std::ranges::move(runtime::pending_sockets(process, except), std::back_inserter(sockets));
    const bool is_own = process == processes.front() || holds(own_, process);
    if (is_own || !holds(at_answer, process)) continue;
    if (std::string child = runtime::described(process); !child.empty()) {
      children.push_back(std::move(child));
    }
  }
  std::vector<std::string> all;
  append_some(std::move(children), "child processes", all);
  append_some(std::move(sockets), "sockets", all);
  is_done_ = !all.empty();
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace smyth::runtime_api
