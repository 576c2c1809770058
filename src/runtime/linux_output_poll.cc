#include "runtime/linux_output_poll.h"

#include "base/check.h"

#include <sys/epoll.h>

#include <algorithm>
#include <chrono>

namespace smyth::runtime {
namespace {

constexpr std::chrono::milliseconds tick_length{5};
constexpr int ready_max = 64;

}  // namespace

OutputPoll::OutputPoll(boost::asio::io_context& loop) : set_(loop), timer_(loop) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  SMYTH_CHECK(set >= 0);
  set_.assign(set);
  wait();
}

void OutputPoll::add(PolledOutput& output, int fd) {
  output.fd_ = fd;
  output.is_added_ = false;
  arm_later(output);
}

void OutputPoll::remove(PolledOutput& output) {
  if (output.fd_ < 0) return;
  if (output.is_added_) ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, output.fd_, nullptr);
  if (output.is_listed_) std::erase(unarmed_, &output);
  output.is_listed_ = output.is_added_ = false;
  output.fd_ = -1;
  std::ranges::replace(ready_, &output, nullptr);
}

void OutputPoll::wait() {
  set_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [this](const boost::system::error_code& error) {
                    if (error) return;
                    take_ready();
                    wait();
                  });
}

void OutputPoll::take_ready() {
  epoll_event events[ready_max];
  const int count = ::epoll_wait(set_.native_handle(), events, ready_max, 0);
  ready_.clear();
  for (int i = 0; i < count; ++i) ready_.push_back(static_cast<PolledOutput*>(events[i].data.ptr));
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (ready_[i] == nullptr) continue;
    const bool goes_on = ready_[i]->on_output();
    PolledOutput* output = ready_[i];  // Removed by what it told?
    if (output == nullptr || !goes_on) continue;
    if (output->touched_ == output->touched_then_) {
      arm(*output);
    } else {
      arm_later(*output);
    }
  }
  ready_.clear();
}

void OutputPoll::arm(PolledOutput& output) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.ptr = &output;
  const int operation = output.is_added_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  ::epoll_ctl(set_.native_handle(), operation, output.fd_, &event);
  output.is_added_ = true;
  output.touched_then_ = output.touched_;
}

void OutputPoll::arm_later(PolledOutput& output) {
  output.touched_then_ = output.touched_;
  output.is_listed_ = true;
  unarmed_.push_back(&output);
  start_tick();
}

void OutputPoll::start_tick() {
  if (is_ticking_) return;
  is_ticking_ = true;
  timer_.expires_after(tick_length);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    is_ticking_ = false;
    tick();
  });
}

void OutputPoll::tick() {
  std::erase_if(unarmed_, [this](PolledOutput* output) {
    const bool is_left_alone = output->touched_ == output->touched_then_;
    output->touched_then_ = output->touched_;
    if (!is_left_alone) return false;
    output->is_listed_ = false;
    arm(*output);
    return true;
  });
  if (!unarmed_.empty()) start_tick();
}

}  // namespace smyth::runtime
