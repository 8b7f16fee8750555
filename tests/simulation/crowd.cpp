// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/crowd.h"

#include "sync/wire/canonical.h"
#include "sync/wire/messages.h"

#include <algorithm>

namespace millpond::simulation {
namespace {

constexpr std::size_t pictures_max = 400;
constexpr std::uint64_t newest = 12;

}  // namespace

void Crowd::photographs(Picture picture) {
  if (pictures_.size() == pictures_max) pictures_.erase(pictures_.begin());
  pictures_.push_back(std::move(picture));
}

const Crowd::Picture* Crowd::shows(std::uint32_t shop, base::Rng& rng) {
  if (pictures_.empty()) return nullptr;
  if (!isolated_.empty() && rng.chance(4, 5)) {
    for (auto picture = pictures_.rbegin(); picture != pictures_.rend(); ++picture) {
      if (isolated_.contains(picture->issuer) && picture->shown_at.insert(shop).second) return &*picture;
    }
  }
  auto index = pictures_.size() - 1 - rng.below(std::min<std::uint64_t>(pictures_.size(), newest));
  const bool again = rng.chance(1, 8);
  while (index > 0 && !again && pictures_[index].shown_at.contains(shop)) --index;
  pictures_[index].shown_at.insert(shop);
  return &pictures_[index];
}

const Crowd::Spender* Crowd::spender(base::Rng& rng) const {
  return spenders_.empty() ? nullptr : &spenders_[rng.below(spenders_.size())];
}

base::Result<> Crowd::read(hub::HubStore& store) {
  for (;;) {
    MILLPOND_TRY(const auto batch, store.batch_after(position_));
    if (!batch) return {};
    MILLPOND_TRY(const auto request, wire::decode_up_request(batch->raw));
    for (std::size_t i = 0; i < request.rows.size(); ++i) {
      const base::Seq seq{request.first_seq.value + i};
      if (seq < batch->from_seq || seq > batch->last_seq) continue;  // held by an earlier batch
      MILLPOND_TRY(const auto fact, wire::decode_fact(request.rows[i].canonical));
      read_fact(fact);
    }
  }
}

void Crowd::read_fact(const model::Fact& fact) {
  const auto note = [&](const auto& use, std::string_view how) -> Uses& {
    auto& uses = uses_[use.coupon];
    uses.value_minor = use.value_minor;
    uses.told += " " + std::string{how} + " at terminal " + std::to_string(fact.stamp.terminal.value) + " epoch " +
                 std::to_string(fact.stamp.epoch.value) + " seq " + std::to_string(fact.stamp.seq.value) + ";";
    return uses;
  };
  if (const auto* own = std::get_if<model::CouponRedeemed>(&fact.body)) ++note(*own, "by its own right").certain;
  if (const auto* asked = std::get_if<model::CouponConfirmed>(&fact.body)) ++note(*asked, "by the hub's word").certain;
  if (const auto* risked = std::get_if<model::CouponProvisional>(&fact.body))
    note(*risked, "provisional").provisional.push_back(fact.stamp.terminal);
  if (const auto* back = std::get_if<model::RedemptionCancelled>(&fact.body)) uses_[back->coupon].taken_back = true;
  if (const auto* refused = std::get_if<model::CouponOverRedeemed>(&fact.body)) ++note(*refused, "refused").refused;
}

Crowd::Takings Crowd::takings(base::TerminalId cloned) const {
  Takings sum;
  for (const auto& [coupon, uses] : uses_) {
    const auto risked = uses.provisional.size();
    const auto honoured = uses.certain + risked;
    if (honoured > 0) ++sum.coupons;
    sum.provisional += risked;
    const bool of_clone = cloned && base::id_origin(coupon.value) == cloned;
    if (of_clone && uses.certain == 2) {
      ++sum.held_twice;
    } else if (uses.certain > 1 && ++sum.confirmed_twice == 1) {
      sum.first_confirmed_twice = "coupon " + std::to_string(coupon.value) + ":" + uses.told;
    }
    const auto beyond = honoured > 0 ? honoured - 1 : 0;
    const auto lost = std::min(beyond, risked);
    sum.losses += beyond + uses.refused;
    sum.loss_minor += uses.value_minor * static_cast<std::int64_t>(beyond + uses.refused);
    if (uses.taken_back && risked > 0) {
      ++sum.taken_back;
      sum.taken_back_minor += uses.value_minor;
    }
    // Of provisional ones the first stands, unless somebody was certain.
    for (auto i = risked - lost; i < risked; ++i) {
      sum.provisional_minor += uses.value_minor;
      sum.provisional_minor_at[uses.provisional[i]] += uses.value_minor;
    }
  }
  return sum;
}

}  // namespace millpond::simulation
