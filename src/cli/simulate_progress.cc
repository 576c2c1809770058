#include "cli/simulate_progress.h"

#include "simulate/words.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace smyth::cli {
namespace {

constexpr auto first_after = std::chrono::milliseconds(500);
constexpr auto renewed_after = std::chrono::milliseconds(200);

}  // namespace

ProgressLine::ProgressLine(const simulate::Progress& progress, double whole)
    : progress_(progress), whole_(whole) {
  if (isatty(STDERR_FILENO) == 1) thread_ = std::jthread([this] { show(); });
}

ProgressLine::~ProgressLine() {
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  over_.notify_all();
}

// Who waits for less than half a second is told nothing.
void ProgressLine::show() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begun = Clock::now();
  std::unique_lock lock(mutex_);
  if (over_.wait_for(lock, first_after, [this] { return is_over_; })) return;
  do {
    const double share = whole_ > 0 ? static_cast<double>(progress_.simulated) / whole_ : 0;
    fmt::print(stderr, "\r\x1b[K{}", progress_text(share, progress_.calls, Clock::now() - begun));
    std::fflush(stderr);
  } while (!over_.wait_for(lock, renewed_after, [this] { return is_over_; }));
  fmt::print(stderr, "\r\x1b[K");
}

std::string progress_text(double share, std::uint64_t calls, Duration elapsed) {
  std::string text = fmt::format("{} calls", calls);
  if (share <= 0) return text;
  const double whole = std::min(share, 1.0);
  const double left = static_cast<double>(elapsed.count()) * (1 - whole) / whole;
  // Of the first moments nothing follows.
  const bool is_known = whole >= 0.01 && left < 1e17;
  text = fmt::format("{:.0f} %  {}", whole * 100, text);
  if (!is_known) return text;
  const auto seconds = std::chrono::seconds(std::llround(left / 1e9));
  return text + fmt::format("  about {} left", simulate::length_text(seconds));
}

}  // namespace smyth::cli
