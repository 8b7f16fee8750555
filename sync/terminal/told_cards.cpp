// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/told_cards.h"

#include <algorithm>

namespace millpond::terminal {

void ToldCards::remember(std::string_view code, Word word, std::int64_t now_ms) {
  const std::lock_guard lock{mutex_};
  std::erase_if(told_, [&](const auto& each) { return !each.second.counts(now_ms); });
  if (told_.size() >= cards_max) told_.clear();
  told_.insert_or_assign(std::string{code}, Told{std::move(word), now_ms});
}

std::optional<bool> ToldCards::issuer_revoked(std::string_view code, std::int64_t now_ms) const {
  const std::lock_guard lock{mutex_};
  const auto found = told_.find(code);
  if (found == told_.end() || !found->second.counts(now_ms)) return std::nullopt;
  return found->second.word.issuer_revoked;
}

std::optional<store::ReplicaMember> ToldCards::row_of(base::MemberId member, std::int64_t now_ms) const {
  const std::lock_guard lock{mutex_};
  const auto of_member = [&](const auto& each) {
    const auto& word = each.second.word;
    const bool theirs = word.member == member || (word.row && word.row->row.member == member);
    return theirs && word.row && each.second.counts(now_ms);
  };
  const auto found = std::ranges::find_if(told_, of_member);
  return found == told_.end() ? std::nullopt : found->second.word.row;
}

}  // namespace millpond::terminal
