#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The frames between the server and its Python processes, over a stream socket. All integers are
// little-endian.
//
// How processes live and die. The server posix_spawns one zygote; the zygote forks environments and
// the hooks process, each with its own process group, reaps them and tells of their end. The
// server, the zygote and every environment are child subreapers: whatever a handler leaves behind
// (setsid, a double fork) stays below its environment, and the server kills that whole tree; when
// an environment has died by itself, its orphans become children of the zygote, which knows its own
// and kills all others at once. When the server is gone, however it went, the zygote reads the end
// of its socket, kills everything below it, puts the terminal back if a debugger had it, and exits.
// Environments have the zygote's death as their parent-death signal (SIGKILL); orphans of a killed
// zygote become children of the server, which kills what it does not know and starts a new zygote.
// An environment that a snapshot is taken of (SnapStart) becomes a zygote itself once its init is
// done: it forks others, reaps them and tells of them on a socket of its own, and its death is
// theirs.
// A zygote that tells nothing although it has something to tell is sent SIGCONT: somebody may have
// stopped it.
//
// The zygote is started as `PYTHON -c zygote_program FOLDER FD`: FOLDER holds the packages
// smyth_runtime and smyth, FD is its end of the zygote's socket. It leads a process group of its
// own in the server's session; descriptor 0 is /dev/null, 1 and 2 are a pipe whose last lines the
// server shows if the zygote dies; its variables and its working directory are the server's. No
// other descriptor is open in it.
//
//   u32 size      bytes after this field, at most frame_bytes_max
//   u8  version   1
//   u8  type      one of FrameType
//   u16 zero
//   ...           body by type, below
//
// A "text" in a body is u32 length and so many bytes. `rest` is what remains of the frame.
namespace smyth::runtime {

inline constexpr std::uint8_t frame_version = 1;
// Events and results are at most 6 MiB + 100; a result that is larger is reported as such, not
// sent.
inline constexpr std::uint32_t frame_bytes_max = 64u << 20;

// clang-format off: a table
// Understood by every Python, so that one that is too old can say so. What PYTHONPATH names is the
// user's: a `json.py` there is for handlers, not for the zygote.
inline constexpr const char* zygote_program =
    "import os\n"
    "import sys\n"
    "if sys.version_info < (3, 9):\n"
    "    sys.stderr.write('Python %s.%s.%s is older than 3.9\\n' % sys.version_info[:3])\n"
    "    sys.exit(3)\n"
    "own = [os.path.abspath(path) for path in os.environ.get('PYTHONPATH', '').split(os.pathsep)]\n"
    "sys.path[:] = [sys.argv[1]] + [path for path in sys.path if path and path not in own]\n"
    "from smyth_runtime.zygote import main\n"
    "main(int(sys.argv[2]))\n";

enum class FrameType : std::uint8_t {
  // server -> environment
  start = 'S',   // rest: JSON object, see StartSpec in runtime.h; always the first frame
  invoke = 'I',  // i64 deadline_unix_ms (0: none), u64 task_counter, f64 last_used_unix_s,
                 // texts: request_id, invoked_arn, client_context (JSON or ""), identity (JSON or ""),
                 // trace_id, context (JSON object of a user's context function, or ""); rest: event
  config = 'N',  // rest: JSON object, what the start frame's member `config` says by now
  resume = 'C',  // the terminal is granted (the answer to `pause`); rest: "1" granted, "0" refused
  // environment -> server
  ready = 'Y',   // u32 max_rss_kib, text modules; init succeeded
  failed = 'F',  // u32 max_rss_kib, text modules; rest: error document (JSON); the process exits then
  result = 'R',  // u32 max_rss_kib, text modules; rest: result (JSON)
  error = 'E',   // u32 max_rss_kib, text modules; rest: error document (JSON): the handler raised
  last = 'L',    // the same: an error after which the process ends by itself; it is given nothing any more
  left = 'W',    // u32 0, text ""; rest: text, what still runs at the end of the invocation; before its answer.
                 // Of a snapshot, before `ready`: what it holds that environments must not share
  pause = 'P',   // empty: a debugger wants the terminal; the process waits for `resume`
  proceed = 'p', // empty: the debugger is done, the terminal is given back
  // hooks process, both ways; JSON head, binary rest
  prepare = 'H',   // -> text head, rest: request body
  prepared = 'h',  // <- text head
  choose = 'G',    // -> text head
  chosen = 'g',    // <- text head
  alive = 'A',     // both ways, empty: whether anything runs there still; it comes back as it went
  // zygote, on its own socket (SOCK_SEQPACKET, one frame a message), and snapshot, once it is ready
  fork = 'K',      // -> u32 index, u32 generation, u8 role ('e' environment, 'h' hooks, 's' snapshot; of a
                   // snapshot 'r' restored); with it descriptors (SCM_RIGHTS): the write end of the child's
                   // output, its end of its frame socket, and for 's' its end of the socket to fork by
  forked = 'Z',    // <- u32 index, u32 generation, u32 pid; pid 0: it failed, rest: why
  exited = 'X',    // <- u32 index, u32 generation, u32 wait status, u32 max_rss_kib (as wait4 gives both)
  // The zygote's first message is `ready` with text modules = "" and rest: JSON {"executable", "version"}.
};
// clang-format on

// `modules`: lines "mtime_ns size path\n", those loaded from below the project since the last
// report.

}  // namespace smyth::runtime
