#include "runtime/zygote.h"

#include "runtime/frame_codec.h"
#include "runtime/linux_launcher.h"
#include "runtime/linux_process.h"
#include "runtime/linux_socket.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace smyth::runtime {
namespace {

using boost::asio::posix::stream_descriptor;

constexpr std::size_t message_bytes_max = 16u << 10;
constexpr std::size_t last_output_bytes_max = 4u << 10;

}  // namespace

Zygote::Zygote(boost::asio::io_context& loop, ZygoteEvents& events)
    : events_(events), socket_(loop), death_(loop) {}

Result<std::unique_ptr<Zygote>> Zygote::start(boost::asio::io_context& loop, const Program& program,
                                              ZygoteEvents& events) {
  const std::vector<std::string> words{program.python.string(), "-c", zygote_program,
                                       program.package.string(), std::to_string(spawned_fd)};
  return start(loop, events, [&](int socket, int output) { return spawn(words, socket, output); });
}

Result<std::unique_ptr<Zygote>> Zygote::start_launcher(boost::asio::io_context& loop,
                                                       ZygoteEvents& events) {
  auto launcher = start(loop, events, fork_launcher);
  if (launcher) (*launcher)->is_ready_ = true;
  return launcher;
}

Result<std::unique_ptr<Zygote>> Zygote::start(boost::asio::io_context& loop, ZygoteEvents& events,
                                              const Begin& begin) {
  auto messages = make_message_pair();
  if (!messages) return std::unexpected(messages.error());
  auto output = make_output_pipe();
  if (!output) return std::unexpected(output.error());
  auto pid = begin(messages->theirs.get(), output->theirs.get());
  if (!pid) return std::unexpected(pid.error());
  limit_descriptors(*pid);

  std::unique_ptr<Zygote> zygote(new Zygote(loop, events));
  zygote->pid_ = *pid;
  zygote->output_ = std::move(output->ours);
  zygote->socket_.assign(messages->ours.release());
  UniqueFd pidfd = open_pidfd(*pid);
  if (!pidfd) return fail("this kernel has no pidfds; Linux 5.3 or newer is needed");
  zygote->death_.assign(pidfd.release());
  zygote->watch_messages();
  zygote->watch_death();
  return zygote;
}

std::unique_ptr<Zygote> Zygote::of_snapshot(boost::asio::io_context& loop, ZygoteEvents& events,
                                            UniqueFd socket) {
  std::unique_ptr<Zygote> zygote(new Zygote(loop, events));
  zygote->socket_.assign(socket.release());
  zygote->is_ready_ = true;
  zygote->watch_messages();
  return zygote;
}

Zygote::~Zygote() {
  if (is_reaped_ || pid_ == 0) return;
  // By itself it would end at the end of its socket; nobody waits for that.
  kill_tree(pid_);
  reap_killed(pid_);
}

void Zygote::watch_messages() {
  socket_.async_wait(stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error || is_reaped_) return;
    take_messages();
    if (socket_.is_open()) watch_messages();
  });
}

void Zygote::watch_death() {
  death_.async_wait(stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error || is_reaped_) return;
    // A wait may end early: a descriptor that was closed in this turn of the loop leaves its
    // readiness to the one that is opened next.
    if (reap(pid_)) {
      lost();
    } else {
      watch_death();
    }
  });
}

void Zygote::take_messages() {
  std::array<char, message_bytes_max> space;
  for (;;) {
    const IoResult received = receive_some(socket_.native_handle(), space);
    if (received.state == Io::would_block) return;
    if (received.state == Io::ended) {
      // It closed its socket: it is dead, or of no use.
      socket_.close();
      if (!is_reaped_ && pid_ != 0) ::kill(pid_, SIGKILL);
      return;
    }
    take({space.data(), received.bytes});
  }
}

void Zygote::take(std::string_view message) {
  if (message.size() < frame_head_bytes) return;
  const auto type = static_cast<FrameType>(message[5]);
  FrameBody body(message.substr(frame_head_bytes));
  if (type == FrameType::ready) {
    body.u32();
    body.text();
    boost::system::error_code error;
    const boost::json::value about = boost::json::parse(body.rest(), error);
    const auto* executable =
        about.is_object() ? about.as_object().if_contains("executable") : nullptr;
    if (executable && executable->is_string()) executable_ = executable->as_string();
    is_ready_ = true;
    return;
  }
  ForkId id;
  id.index = body.u32();
  id.generation = body.u32();
  const std::uint32_t number = body.u32();
  if (!body.is_ok()) return;
  if (type == FrameType::exited) {
    events_.on_exited(id, static_cast<int>(number), body.u32());
  } else if (type == FrameType::forked && number != 0) {
    events_.on_forked(id, static_cast<pid_t>(number));
  } else if (type == FrameType::forked) {
    events_.on_fork_failed(id, body.rest());
  }
}

void Zygote::fork(ForkId id, Role role, std::vector<UniqueFd> descriptors) {
  Wanted wanted{.message = {}, .descriptors = std::move(descriptors)};
  FrameWriter(wanted.message, FrameType::fork)
      .u32(id.index)
      .u32(id.generation)
      .u8(static_cast<std::uint8_t>(role))
      .seal();
  wanted_.push_back(std::move(wanted));
  if (!is_waiting_to_send_) send_wanted();
}

void Zygote::wake() const {
  if (!is_reaped_ && pid_ != 0) ::kill(pid_, SIGCONT);
}

void Zygote::send_wanted() {
  while (!wanted_.empty() && socket_.is_open()) {
    const Wanted& next = wanted_.front();
    std::vector<int> descriptors;
    descriptors.reserve(next.descriptors.size());
    for (const UniqueFd& descriptor : next.descriptors) descriptors.push_back(descriptor.get());
    const Io sent = send_message(socket_.native_handle(), next.message, descriptors);
    if (sent == Io::ended) return;  // Its death is noticed elsewhere.
    if (sent == Io::would_block) {
      is_waiting_to_send_ = true;
      socket_.async_wait(stream_descriptor::wait_write,
                         [this](const boost::system::error_code& error) {
                           if (error) return;
                           is_waiting_to_send_ = false;
                           send_wanted();
                         });
      return;
    }
    wanted_.pop_front();
  }
}

void Zygote::read_output() {
  std::array<char, 4096> space;
  for (IoResult part; (part = read_some(output_.get(), space)).state == Io::done;) {
    last_output_.append(space.data(), part.bytes);
    if (last_output_.size() > last_output_bytes_max) {
      last_output_.erase(0, last_output_.size() - last_output_bytes_max);
    }
  }
}

// What it told before it died is true.
void Zygote::hear_last() {
  is_reaped_ = true;
  if (socket_.is_open()) take_messages();
  boost::system::error_code ignored;
  socket_.close(ignored);
  death_.close(ignored);
  wanted_.clear();
}

void Zygote::lost() {
  hear_last();
  read_output();
  while (last_output_.ends_with('\n')) last_output_.pop_back();
  events_.on_zygote_lost(*this, last_output_);
}

}  // namespace smyth::runtime
