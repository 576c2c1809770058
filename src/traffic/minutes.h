#pragma once

#include "base/time.h"
#include "traffic/call.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace smyth::traffic {

// Calls per minute of many functions, and the calls that they stand for.
//
// k calls in a minute come at the middles of its k equal parts: the minute's start and
// (2i + 1) * 60e9 / (2k) ns, i = 0 .. k - 1. Zero counts take no memory, others two or three bytes.
class Minutes {
 public:
  static constexpr std::uint32_t count_max = 100'000'000;  // Of one function in one minute.
  static constexpr Duration minute = std::chrono::minutes(1);

  // A further function, which has the next number. Its minutes follow, in order.
  void add_function(Duration duration);
  void add_count(std::uint32_t at, std::uint32_t calls);  // More than zero.

  // To be called after the last count.
  void rewind();

  // The next calls in order of time, at equal times by function: those of one minute, or of a part
  // of it where there are many. Empty at the end; valid until the next call.
  std::span<const Call> next_batch();

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  // Calls in a batch, about: they stay in the cache of the core that reads them.
  static constexpr std::uint64_t batch_calls = 1'024;

  struct Function {
    std::size_t next;  // Where its next pair of (gap of minutes, calls) is.
    std::size_t end;
    std::uint32_t minute = none;  // Of the count that was read last.
    std::uint32_t calls = 0;
    Duration duration{0};
  };
  // The calls of one function in the present minute: the next one's offset is `whole` and
  // `part` of `twice` ns.
  struct Active {
    std::uint32_t function;
    std::uint32_t left;
    std::uint64_t whole;
    std::uint64_t part;
    std::uint64_t step;
    std::uint64_t step_part;
    std::uint64_t twice;
    Duration duration;
  };
  struct Moment {
    std::uint64_t offset;
    std::uint32_t active;
  };

  std::uint64_t take_number(std::size_t& at) const;
  void put_number(std::uint64_t number);
  void advance(Function& function);
  bool begin_minute();
  void collect(std::uint64_t until);
  void sort_into_batch(std::uint64_t from, std::uint64_t until);

  std::vector<std::uint8_t> counts_;
  std::vector<Function> functions_;
  std::uint32_t written_minute_ = none;

  std::uint32_t minute_ = none;
  std::uint64_t slices_ = 0;  // Of the present minute.
  std::uint64_t slice_ = 0;
  std::vector<Active> active_;
  std::vector<Moment> moments_;         // Of the present slice, by function.
  std::vector<std::uint32_t> buckets_;  // Where each part of the slice begins in the batch.
  std::vector<Moment> sorted_;
  std::vector<Call> batch_;
};

}  // namespace smyth::traffic
