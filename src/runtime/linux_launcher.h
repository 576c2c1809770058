#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <sys/types.h>

namespace smyth::runtime {

// The launcher starts all programs that are no Python of ours: `bootstrap` files, official runtime
// clients, Node, extensions. It is to them what the zygote is to Python (frame.h), and speaks the
// same messages on its SOCK_SEQPACKET socket: it reaps them and tells of their end, kills what they
// leave behind, and kills everything when the server is gone.
//
// It is a fork of the server itself, made while that is small: no second program to be found, and
// it needs nothing but system calls.
//
// `fork` carries these descriptors: the output, a memory file with the packed Launch, and for
// Role::framed the program's end of the frame socket, which it gets as descriptor `spawned_fd`.
// `forked` with pid 0 says why the program does not start: "fork/exec FILE: no such file or
// directory", "chdir FOLDER: ..." or, where this system is at its limits, "fork FILE: ...".

// Forks the launcher; its own messages go to `output`.
Result<pid_t> fork_launcher(int socket, int output);

}  // namespace smyth::runtime
