// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/told_cards.h"

#include <algorithm>

namespace millpond::terminal {

void ToldCards::remember(std::string_view code, base::MemberId member, std::optional<store::ReplicaMember> row,
                         std::int64_t now_ms) {
  const std::lock_guard lock{mutex_};
  std::erase_if(told_, [&](const auto& each) { return !each.second.counts(now_ms); });
  if (told_.size() >= cards_max) told_.clear();
  told_.insert_or_assign(std::string{code}, Told{member, std::move(row), now_ms});
}

bool ToldCards::knows(std::string_view code, std::int64_t now_ms) const {
  const std::lock_guard lock{mutex_};
  const auto found = told_.find(code);
  return found != told_.end() && found->second.counts(now_ms);
}

std::optional<store::ReplicaMember> ToldCards::row_of(base::MemberId member, std::int64_t now_ms) const {
  const std::lock_guard lock{mutex_};
  const auto of_member = [&](const auto& each) {
    const auto& told = each.second;
    const bool theirs = told.member == member || (told.row && told.row->row.member == member);
    return theirs && told.row && told.counts(now_ms);
  };
  const auto found = std::ranges::find_if(told_, of_member);
  return found == told_.end() ? std::nullopt : found->second.row;
}

}  // namespace millpond::terminal
