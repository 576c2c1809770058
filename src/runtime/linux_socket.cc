#include "runtime/linux_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace smyth::runtime {
namespace {

constexpr std::size_t descriptors_max = 3;

Error descriptor_error(const char* what) {
  const bool is_full = errno == EMFILE || errno == ENFILE;
  return {ErrorCode::failed, fmt::format("cannot make a {}: {}", what, std::strerror(errno)),
          is_full ? "raise the limit of open files: `ulimit -n 65536`" : ""};
}

Result<FdPair> make_socket_pair(int type) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    return std::unexpected(descriptor_error("socket"));
  }
  FdPair pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
  ::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

IoResult result_of(ssize_t count) {
  if (count > 0) return {Io::done, static_cast<std::size_t>(count)};
  const bool can_wait = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {can_wait ? Io::would_block : Io::ended, 0};
}

iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

Result<FdPair> make_stream_pair() { return make_socket_pair(SOCK_STREAM); }
Result<FdPair> make_message_pair() { return make_socket_pair(SOCK_SEQPACKET); }

Result<FdPair> make_output_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(descriptor_error("pipe"));
  FdPair pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
  ::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

IoResult read_some(int fd, std::span<char> space) {
  return result_of(::read(fd, space.data(), space.size()));
}

IoResult receive_some(int fd, std::span<char> space) {
  return result_of(::recv(fd, space.data(), space.size(), MSG_DONTWAIT));
}

IoResult send_some(int fd, std::string_view head, std::string_view rest) {
  std::array<iovec, 2> parts{part(head), part(rest)};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = rest.empty() ? 1 : 2;
  return result_of(::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

Io send_message(int fd, std::string_view bytes, std::span<const int> descriptors) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * descriptors_max)]{};
  iovec body = part(bytes);
  msghdr message{};
  message.msg_iov = &body;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
  return result_of(::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT)).state;
}

Result<UniqueFd> make_memory_file(std::string_view text) {
  UniqueFd file(::memfd_create("smyth", MFD_CLOEXEC));
  if (!file) return std::unexpected(descriptor_error("memory file"));
  while (!text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count <= 0) return std::unexpected(descriptor_error("memory file"));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return file;
}

}  // namespace smyth::runtime
