#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

// What of a stopped process is cut short, as a user is told of it.
namespace smyth::runtime {

// "child process 4711 `sleep 60`"; empty: it has ended.
std::string described(pid_t pid);

// "socket to 10.0.0.1:5432 with 12 bytes unread": its connections with bytes that it has not read,
// or that are not sent, but for those to `except`, as "127.0.0.1:80". Empty, too, where it may not
// be looked into.
std::vector<std::string> pending_sockets(pid_t pid, std::string_view except);

}  // namespace smyth::runtime
