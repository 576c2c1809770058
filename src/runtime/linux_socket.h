#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <cstddef>
#include <span>
#include <string_view>

// Sockets and pipes to processes. Ours never block; all are closed at exec.
namespace smyth::runtime {

struct FdPair {
  UniqueFd ours;
  UniqueFd theirs;  // Blocks.
};

Result<FdPair> make_stream_pair();
Result<FdPair> make_message_pair();  // SOCK_SEQPACKET
Result<FdPair> make_output_pipe();   // Ours is the end to read.

// A file without a name that holds `text`.
Result<UniqueFd> make_memory_file(std::string_view text);

enum class Io : unsigned char { done, would_block, ended };

struct IoResult {
  Io state = Io::done;
  std::size_t bytes = 0;
};

// `ended` stands for the end of the stream and for every error: nothing more will come.
IoResult read_some(int fd, std::span<char> space);
IoResult receive_some(int fd, std::span<char> space);

// Sends what the socket takes of `head`, then of `rest`.
IoResult send_some(int fd, std::string_view head, std::string_view rest);

// One message with up to three descriptors.
Io send_message(int fd, std::string_view message, std::span<const int> descriptors);

}  // namespace smyth::runtime
