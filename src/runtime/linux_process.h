#pragma once

#include "base/result.h"
#include "base/time.h"
#include "base/unique_fd.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Processes as Linux has them: started without a fork of the server, told from their successors by
// pidfd, killed with everything below them.
namespace smyth::runtime {

// From here on whatever is left behind below this process becomes its child, instead of init's.
void become_subreaper();

// Starts words[0] in a process group of its own, with the server's variables: standard input is
// empty, output and error go to `output`, `kept` is descriptor `spawned_fd`; no other descriptor is
// open in it.
inline constexpr int spawned_fd = 3;
Result<pid_t> spawn(const std::vector<std::string>& words, int kept, int output);

// Gives a child, and all that it forks from now on, as many descriptors as Lambda gives
// (docs/reference/lambda-environments.md), not the server's many; it may raise that again.
void limit_descriptors(pid_t child);

// Stands for this very process, whoever has its number later; empty if it has ended and is reaped.
UniqueFd open_pidfd(pid_t pid);
// Whether the process is still there (a dead one that is not reaped counts).
bool send_signal(const UniqueFd& pidfd, int signal);

// The wait status of a child that has ended, which is reaped by this; none: it runs. A child that
// is not (no longer) ours has ended by SIGKILL as far as can be known.
std::optional<int> reap(pid_t child);
// The same, after having waited for it.
int reap_killed(pid_t child);

// Children that are there at this moment, dead ones that are not reaped among them.
std::vector<pid_t> children_of(pid_t pid);

// SIGKILL for everything below `pid`, whichever session or group it went to. `pid` should be
// stopped, so that it starts nothing new, and a subreaper, so that nothing has left it.
void kill_below(pid_t pid);

// SIGSTOP for everything below `pid`, which is stopped itself: all that was found.
std::vector<pid_t> stop_below(pid_t pid);

// SIGTERM for a process group, of which all are `leader` and below it.
void terminate_group(pid_t leader);

// Memory of a process and all below it that is resident, each page once if that matters: where the
// sum is no more than `enough`, it may be of pages that they share.
std::uint64_t resident_bytes(pid_t pid, std::uint64_t enough);

// A process and everything below it.
std::vector<pid_t> tree_of(pid_t pid);

// Time on processors of a process and all below it, and of what has ended below those and was
// waited for.
Duration cpu_time(pid_t pid);

// SIGKILL for a child that is unknown, and everything below it.
void kill_tree(pid_t pid);

}  // namespace smyth::runtime
