#include "runtime/process.h"

#include "runtime/linux_process.h"
#include "runtime/linux_socket.h"
#include "runtime/processes.h"

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace smyth::runtime {
namespace {

using boost::asio::local::stream_protocol;

// What a pipe holds at most, unless its process is root: more than that was not written before.
constexpr std::size_t pipe_bytes_max = 1u << 20;
// Output of one process that is read before others have their turn.
constexpr std::size_t output_turn_bytes_max = 256u << 10;

}  // namespace

Process::Process(Processes& owner, ForkId id, Role role, ProcessEvents& events)
    : owner_(owner),
      id_(id),
      role_(role),
      events_(&events),
      socket_(owner.loop()),
      lines_([this](std::string_view line) { events_->on_line(*this, line); }) {}

Process::~Process() = default;

Result<void> Process::ask(std::string_view start_frame) {
  std::vector<UniqueFd> theirs;
  auto output = make_output_pipe();
  if (!output) return std::unexpected(output.error());
  theirs.push_back(std::move(output->theirs));
  if (is_launched(role_)) {
    auto launch = make_memory_file(launch_);
    if (!launch) return std::unexpected(launch.error());
    theirs.push_back(std::move(*launch));
  }
  if (speaks_frames(role_)) {
    auto frames = make_stream_pair();
    if (!frames) return std::unexpected(frames.error());
    theirs.push_back(std::move(frames->theirs));
    if (auto watched = watch_frames(std::move(frames->ours)); !watched) return watched;
  }
  if (role_ == Role::snapshot) {
    auto forks = make_message_pair();
    if (!forks) return std::unexpected(forks.error());
    theirs.push_back(std::move(forks->theirs));
    owner_.snapshots_[id_].zygote =
        Zygote::of_snapshot(owner_.loop(), owner_, std::move(forks->ours));
  }
  output_ = std::move(output->ours);
  owner_.output_poll_.add(*this, output_.get());
  owner_.zygote_of(*this)->fork(id_, role_, std::move(theirs));
  if (!speaks_frames(role_)) return {};
  send(start_frame);
  receive();
  return {};
}

Result<void> Process::watch_frames(UniqueFd socket) {
  boost::system::error_code error;
  socket_.assign(stream_protocol(), socket.get(), error);
  if (error) return fail("cannot watch a socket: " + error.message());
  socket.release();
  return {};
}

bool Process::ask_again() {
  if (attempt_ > 0) return false;
  close();
  ++attempt_;
  reader_ = FrameReader();
  is_receiving_ = is_sending_ = false;
  unsent_ = {};
  unsent_begin_ = 0;
  rounds_after_stream_ = 0;
  const std::string early = std::exchange(early_, {});
  return ask(early).has_value();
}

// --- There and back ---

void Process::send(std::string_view head, std::string_view rest) {
  if (!socket_.is_open()) return;
  touch();
  if (state_ == State::asked) early_.append(head).append(rest);
  if (is_sending_) {
    unsent_.append(head).append(rest);
    return;
  }
  const IoResult sent = send_some(socket_.native_handle(), head, rest);
  if (sent.state == Io::ended) return;                  // Its end is told by the zygote.
  if (sent.bytes == head.size() + rest.size()) return;  // Nearly always.
  const std::size_t of_head = std::min(sent.bytes, head.size());
  unsent_.append(head.substr(of_head)).append(rest.substr(sent.bytes - of_head));
  wait_to_send();
}

void Process::wait_to_send() {
  is_sending_ = true;
  socket_.async_wait(
      stream_protocol::socket::wait_write,
      [self = shared_from_this(), attempt = attempt_](const boost::system::error_code& error) {
        if (attempt != self->attempt_) return;
        self->is_sending_ = false;
        if (!error && self->is_told()) self->send_unsent();
      });
}

void Process::send_unsent() {
  while (unsent_begin_ < unsent_.size()) {
    const auto left = std::string_view(unsent_).substr(unsent_begin_);
    const IoResult sent = send_some(socket_.native_handle(), left, {});
    if (sent.state == Io::would_block) return wait_to_send();
    if (sent.state == Io::ended) break;
    unsent_begin_ += sent.bytes;
  }
  unsent_ = {};
  unsent_begin_ = 0;
}

void Process::receive() {
  const auto space = reader_.space();
  is_receiving_ = true;
  socket_.async_receive(boost::asio::buffer(space.data(), space.size()),
                        [self = shared_from_this(), attempt = attempt_](
                            const boost::system::error_code& error, std::size_t count) {
                          if (attempt != self->attempt_) return;
                          self->is_receiving_ = false;
                          self->received(error, count);
                        });
}

void Process::received(const boost::system::error_code& error, std::size_t count) {
  if (!is_told()) return;
  if (!error) reader_.filled(count);
  if (exit_) return finish();
  if (state_ == State::broken) return;
  if (error) {
    // It has died and is reaped in a moment, or it has closed the socket and is of no use.
    rounds_after_stream_ = 1;
    return owner_.expect_word();
  }
  take_frames();
  if (is_told() && state_ != State::broken) receive();
}

void Process::take_frames() {
  bool is_drained = false;
  while (const auto frame = reader_.next()) {
    if (!std::exchange(is_drained, true)) {
      drain_output();
      lines_.flush();
    }
    if (!is_told()) return;
    events_->on_frame(*this, *frame);
    if (!is_told() || state_ == State::broken) return;
  }
  if (reader_.is_broken()) break_off();
}

// --- Output ---

bool Process::read_output(std::size_t bytes_max) {
  for (std::size_t bytes = 0; bytes < bytes_max && output_;) {
    const IoResult part = read_some(output_.get(), owner_.scratch_);
    if (part.state == Io::ended) {  // It has closed both, or it is dead.
      owner_.output_poll_.remove(*this);
      output_.reset();
      return false;
    }
    if (part.state == Io::would_block) return true;
    lines_.add({owner_.scratch_.data(), part.bytes});
    if (part.bytes < owner_.scratch_.size())
      return true;  // That was all; asking again costs a call.
    bytes += part.bytes;
  }
  return static_cast<bool>(output_);
}

void Process::drain_output() {
  read_output(pipe_bytes_max);
  touch();
}

bool Process::on_output() {
  const auto self = shared_from_this();
  return read_output(output_turn_bytes_max);
}

// --- Its end ---

void Process::forked(pid_t pid) {
  pid_ = pid;
  pidfd_ = open_pidfd(pid);
  early_ = {};
  if (state_ == State::asked) {
    state_ = State::running;
  } else {
    signal_death();  // It was killed before it was there.
  }
}

// Stopped first, so that it starts nothing new and reaps nothing: the numbers below it stay valid.
void Process::signal_death() {
  if (pid_ == 0 || !send_signal(pidfd_, SIGSTOP)) return;
  kill_below(pid_);
  ::kill(-pid_, SIGKILL);
  send_signal(pidfd_, SIGKILL);
}

// The group first, since that is nearly always all: what it starts meanwhile is in the group.
bool Process::freeze() {
  if (pid_ == 0) return state_ != State::asked;
  if (!frozen_.empty() || !is_told()) return true;
  ::kill(-pid_, SIGSTOP);
  frozen_.push_back(pid_);
  for (const pid_t process : stop_below(pid_)) frozen_.push_back(process);
  return true;
}

void Process::thaw() {
  if (frozen_.empty()) return;
  // Those that are not in its group go on before it can wait for them.
  for (auto process = frozen_.rbegin(); process != frozen_.rend(); ++process) {
    if (*process != pid_) ::kill(*process, SIGCONT);
  }
  if (pid_ != 0) ::kill(-pid_, SIGCONT);
  frozen_.clear();
  if (memory_) owner_.memory_.look_soon();
  if (cpu_) owner_.cpu_.look_soon();
}

void Process::kill() {
  if (!is_told()) return;
  const auto self = shared_from_this();
  signal_death();
  drain_output();
  lines_.flush();
  state_ = State::killed;
  close();
  owner_.expect_word();
}

void Process::break_off() {
  if (state_ != State::asked && state_ != State::running) return;
  state_ = State::broken;
  signal_death();
  owner_.expect_word();
}

// A frozen one starts nothing new while those are looked up that are to be told.
void Process::terminate() {
  if (pid_ != 0 && is_told()) terminate_group(pid_);
  thaw();
}

void Process::exited(ExitStatus status) {
  pidfd_.reset();
  pid_ = 0;
  frozen_.clear();
  if (cpu_ && cpu_->group) owner_.memory_.release(std::move(cpu_->group));
  if (memory_ && memory_->group) {
    memory_->is_passed = memory_->is_passed || memory_->group->has_killed();
    owner_.memory_.release(std::move(memory_->group));
  }
  status.has_passed_memory = memory_ && memory_->is_passed;
  if (!is_told()) {
    state_ = State::gone;
    return;
  }
  exit_ = status;
  if (!is_receiving_) return finish();
  // What it said at last may be on its way into the buffer: finish() follows the receive.
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Process::finish() {
  const auto self = shared_from_this();
  while (state_ != State::broken && socket_.is_open()) {
    const auto space = reader_.space();
    const IoResult part = receive_some(socket_.native_handle(), space);
    if (part.state != Io::done) break;
    reader_.filled(part.bytes);
    take_frames();
    if (!is_told()) return;
  }
  drain_output();
  lines_.flush();
  if (!is_told()) return;
  if (memory_ && memory_->is_passed) {
    events_->on_line(*this,
                     fmt::format("smyth: killed, since its memory passed `memory_size` ({} MB)",
                                 memory_->bytes >> 20));
    if (!is_told()) return;
  }
  state_ = State::gone;
  close();
  events_->on_end(*this, exit_.value_or(ExitStatus{}));
}

void Process::spawn_failed(const Error& error) {
  const bool was_told = is_told();
  state_ = State::gone;
  close();
  if (was_told) events_->on_spawn_failed(*this, error);
}

void Process::close() {
  owner_.output_poll_.remove(*this);
  output_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace smyth::runtime
