// SPDX-License-Identifier: Apache-2.0
#include "sync/model/leases.h"

#include "sync/model/spending.h"

#include <algorithm>
#include <utility>

namespace millpond::model {

std::int64_t usable(const LeaseCase& of) {
  if (of.value_suspended || of.live_epoch != of.lease.epoch) return 0;
  if (!of.hub_now_ms || *of.hub_now_ms >= of.lease.expires_ms) return 0;
  auto left = of.lease.amount - of.use.used;
  if (of.lease.a_member_max > 0) left = std::min(left, of.lease.a_member_max - of.use.used_by_member);
  return std::clamp<std::int64_t>(left, 0, std::max<std::int64_t>(of.wanted, 0));
}

std::optional<base::Code> why_not_spend(const SpendCase& of) {
  if (of.lease && of.lease->value_suspended) return base::Code::value_suspended;
  if (const auto weak = too_weak(of.strength, spending(of.points, of.floor_points))) return weak;
  if (of.points > of.balance) return base::Code::points_short;
  if (!of.lease) return base::Code::points_cap;
  auto lease = *of.lease;
  lease.wanted = of.points;
  if (usable(lease) < of.points) return base::Code::points_cap;
  return std::nullopt;
}

const LeasePool::Share* LeasePool::share(base::LeaseId lease) const {
  const auto found = shares_.find(lease);
  return found == shares_.end() ? nullptr : &found->second;
}

std::int64_t LeasePool::outstanding() const {
  std::int64_t sum = 0;
  for (const auto& [id, share] : shares_) sum += share.left;
  return sum;
}

std::int64_t LeasePool::free() const { return std::max<std::int64_t>(cap_ - used_ - outstanding(), 0); }

std::optional<Lease> LeasePool::cut(Lease wanted, base::TerminalId terminal) {
  wanted.amount = std::min(wanted.amount, free());
  if (wanted.amount <= 0 || shares_.contains(wanted.id)) return std::nullopt;
  shares_[wanted.id] = {terminal, wanted.epoch, wanted.amount, 0, false};
  return wanted;
}

void LeasePool::use_unleased(std::int64_t amount) {
  if (refill_ == Refill::never) used_ += amount;
}

std::int64_t LeasePool::use(base::LeaseId lease, std::int64_t amount) {
  const auto found = shares_.find(lease);
  if (found == shares_.end()) {
    use_unleased(amount);
    return amount;
  }
  auto& share = found->second;
  const auto counted_before = std::min(amount, share.written_off);
  share.written_off -= counted_before;
  if (refill_ == Refill::when_told && !share.given_up) used_ -= counted_before;
  const auto fresh = amount - counted_before;
  use_unleased(fresh);
  const auto covered = std::min(fresh, share.left);
  share.left -= covered;
  return fresh - covered;
}

void LeasePool::give_back(base::LeaseId lease) {
  const auto found = shares_.find(lease);
  if (found != shares_.end()) found->second.left = 0;
}

void LeasePool::write_off(base::LeaseId lease) {
  const auto found = shares_.find(lease);
  if (found == shares_.end()) return;
  auto& share = found->second;
  used_ += share.left;
  share.written_off += std::exchange(share.left, 0);
}

void LeasePool::give_up(base::LeaseId lease) {
  const auto found = shares_.find(lease);
  if (found == shares_.end() || found->second.given_up) return;
  write_off(lease);
  found->second.given_up = true;
  if (refill_ == Refill::when_told) used_ -= found->second.written_off;
}

void LeasePool::begin_epoch(base::TerminalId terminal, base::Epoch live) {
  for (const auto& [id, share] : shares_) {
    if (share.terminal == terminal && share.epoch != live) write_off(id);
  }
}

}  // namespace millpond::model
