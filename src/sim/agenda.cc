#include "sim/agenda.h"

#include <algorithm>
#include <tuple>

namespace smyth::sim {
namespace {

bool later(const Agenda::Entry& left, const Agenda::Entry& right) {
  return std::tie(left.at, left.rank, left.sequence) >
         std::tie(right.at, right.rank, right.sequence);
}

}  // namespace

Rank rank_of(core::InputKind kind) {
  using enum core::InputKind;
  switch (kind) {
    case chosen:
    case choice_failed:
    case ready:
    case failed:
    case prepared:
    case prepare_failed:
    case answered:
    case completed:
    case exited:
    case paused:
    case resumed:
      return Rank::completion;
    case tick:
      return Rank::timer;
    case configure:
    case remove:
    case account:
    case arrive:
    case abandon:
    case code_changed:
    case shutdown:
      return Rank::arrival;
  }
  return Rank::arrival;
}

void Agenda::add(const core::Input& input, TimePoint at) {
  heap_.push_back({at, rank_of(input.kind), ++sequence_, input});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

Agenda::Entry Agenda::take() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Entry entry = heap_.back();
  heap_.pop_back();
  return entry;
}

}  // namespace smyth::sim
