// SPDX-License-Identifier: Apache-2.0
// DeckSlices: which cards of a deck lie with whom, as the hub knows it. Every card is in one place: free, leased to one
// terminal in one life of it, drawn, or lost. A fold over what terminals tell, in the order of each terminal, so that a
// rebuild gives the same. Not the cards themselves: see deck.h. Not thread-safe; one owner. Pure: no clock, no I/O.
#pragma once

#include "sync/base/ids.h"
#include "sync/model/deck.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace millpond::model {

// What an index that a terminal drew says about it.
enum class IndexWord : std::uint8_t {
  in_order,
  gap,       // indexes before it were skipped: an alarm, the cards are lost
  repeated,  // it was drawn or skipped before: two copies of a terminal, or a dishonest one
  outside,   // of no lease of this terminal and life
};

struct IndexTold {
  IndexWord word{};
  std::uint32_t skipped{};  // of a gap
  friend bool operator==(const IndexTold&, const IndexTold&) = default;
};

class DeckSlices {
 public:
  enum class State : std::uint8_t {  // persisted
    live = 1,
    given_back = 2,  // `next` to the end is free, or leased anew
    lost = 3,        // `next` to the end may have been drawn; late facts still say so
  };
  struct Share {
    base::TerminalId terminal;
    base::Epoch epoch;  // the life it was leased to; another one may not draw from it
    CardRange range;
    std::uint32_t next{};  // the lowest index that is neither drawn nor skipped
    State state{State::live};
    friend bool operator==(const Share&, const Share&) = default;
  };

  // All slices but the online one are free.
  explicit DeckSlices(const DeckTerms& terms);

  // Leases the lowest free range, at most one slice long. Nothing when none is free, or the lease has one already. A
  // range that was given back is leased again although its former holder has had the keys: it may know those cards, and
  // cannot draw them any more.
  [[nodiscard]] std::optional<CardRange> lease(base::LeaseId lease, base::TerminalId terminal, base::Epoch epoch);

  // A fact of this terminal and life drew this index. Facts of a lost lease still arrive, and are lost no more. The
  // same fact is told once only: that is the projector's promise.
  [[nodiscard]] IndexTold drawn(base::TerminalId terminal, base::Epoch epoch, std::uint32_t index);

  // The terminal will not draw from it any more; the facts before said how far it came. Repeating changes nothing.
  void give_back(base::LeaseId lease);
  // An operator's word, or a new life of the terminal: nobody knows which of the rest were drawn, so they are lost.
  void write_off(base::LeaseId lease);
  void begin_epoch(base::TerminalId terminal, base::Epoch live);

  struct Counts {
    std::uint32_t free{};
    std::uint32_t leased{};
    std::uint32_t drawn{};  // of leases; the online slice is the caller's own
    std::uint32_t lost{};   // skipped or written off
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  // Sums to the cards outside the online slice.
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] const Share* share(base::LeaseId lease) const;  // null without one

 private:
  std::vector<CardRange> free_;  // ascending
  std::map<base::LeaseId, Share> shares_;
  std::uint32_t drawn_{};
  std::uint32_t lost_{};
};

}  // namespace millpond::model
