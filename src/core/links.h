#pragma once

#include "base/ids.h"
#include "base/time.h"

#include <cstdint>

namespace smyth::core {

// The place of a record in its array.
using Index = std::uint32_t;
inline constexpr Index nothing = Id<void>::none;

// Intrusive lists over arrays of records: 32-bit indices instead of pointers, no allocation ever.
struct Link {
  Index prev = nothing;
  Index next = nothing;
};

struct List {
  Index head = nothing;
  Index tail = nothing;

  bool empty() const { return head == nothing; }
};

// The operations on lists that run through the member `link` of the records.
template <class Record, Link Record::* link>
struct Chain {
  static void push_back(List& list, Record* records, Index added) {
    insert_after(list, records, list.tail, added);
  }

  // Behind `place`; at the front if `place` is nothing.
  static void insert_after(List& list, Record* records, Index place, Index added) {
    const Index next = place == nothing ? list.head : (records[place].*link).next;
    records[added].*link = {place, next};
    (place == nothing ? list.head : (records[place].*link).next) = added;
    (next == nothing ? list.tail : (records[next].*link).prev) = added;
  }

  // Behind the last record that does not come after `added`: O(1) where it is the latest.
  template <class Before>
  static void insert_sorted(List& list, Record* records, Index added, Before before) {
    Index place = list.tail;
    while (place != nothing && before(records[added], records[place])) {
      place = (records[place].*link).prev;
    }
    insert_after(list, records, place, added);
  }

  static void remove(List& list, Record* records, Index removed) {
    const Link at = records[removed].*link;
    (at.prev == nothing ? list.head : (records[at.prev].*link).next) = at.next;
    (at.next == nothing ? list.tail : (records[at.next].*link).prev) = at.prev;
  }
};

}  // namespace smyth::core
