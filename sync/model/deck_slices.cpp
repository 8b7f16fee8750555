// SPDX-License-Identifier: Apache-2.0
#include "sync/model/deck_slices.h"

#include "sync/base/check.h"

#include <algorithm>

namespace millpond::model {

DeckSlices::DeckSlices(const DeckTerms& terms) {
  MILLPOND_CHECK(!why_no_deck(terms));
  for (std::uint32_t slice = 1; slice < slice_count(terms); ++slice) free_.push_back(slice_range(terms, slice));
}

std::optional<CardRange> DeckSlices::lease(base::LeaseId lease, base::TerminalId terminal, base::Epoch epoch) {
  if (free_.empty() || shares_.contains(lease)) return std::nullopt;
  const auto range = free_.front();
  free_.erase(free_.begin());
  shares_[lease] = {terminal, epoch, range, range.first, State::live};
  return range;
}

IndexTold DeckSlices::drawn(base::TerminalId terminal, base::Epoch epoch, std::uint32_t index) {
  // Of several leases that had this index the live one counts: what it had given back before may be its own again.
  Share* found = nullptr;
  for (auto& [id, share] : shares_) {
    if (share.terminal != terminal || share.epoch != epoch || !share.range.holds(index)) continue;
    if (found == nullptr || found->state != State::live) found = &share;
  }
  if (found == nullptr) return {IndexWord::outside, 0};
  if (index < found->next) return {IndexWord::repeated, 0};
  if (found->state == State::given_back) return {IndexWord::outside, 0};
  const auto skipped = index - found->next;
  found->next = index + 1;
  drawn_ += 1;
  if (found->state == State::lost) {
    lost_ -= 1;  // it was counted with the rest of its lease
  } else {
    lost_ += skipped;
  }
  return {skipped == 0 ? IndexWord::in_order : IndexWord::gap, skipped};
}

void DeckSlices::give_back(base::LeaseId lease) {
  const auto found = shares_.find(lease);
  if (found == shares_.end() || found->second.state != State::live) return;
  auto& share = found->second;
  share.state = State::given_back;
  const CardRange rest{share.next, share.range.end() - share.next};
  if (rest.cards == 0) return;
  const auto before = [](const CardRange& a, const CardRange& b) { return a.first < b.first; };
  free_.insert(std::upper_bound(free_.begin(), free_.end(), rest, before), rest);
}

void DeckSlices::write_off(base::LeaseId lease) {
  const auto found = shares_.find(lease);
  if (found == shares_.end() || found->second.state != State::live) return;
  found->second.state = State::lost;
  lost_ += found->second.range.end() - found->second.next;
}

void DeckSlices::begin_epoch(base::TerminalId terminal, base::Epoch live) {
  for (const auto& [id, share] : shares_) {
    if (share.terminal == terminal && share.epoch != live) write_off(id);
  }
}

DeckSlices::Counts DeckSlices::counts() const {
  Counts counts{0, 0, drawn_, lost_};
  for (const auto& range : free_) counts.free += range.cards;
  for (const auto& [id, share] : shares_) {
    counts.leased += share.state == State::live ? share.range.end() - share.next : 0;
  }
  return counts;
}

const DeckSlices::Share* DeckSlices::share(base::LeaseId lease) const {
  const auto found = shares_.find(lease);
  return found == shares_.end() ? nullptr : &found->second;
}

}  // namespace millpond::model
