// SPDX-License-Identifier: Apache-2.0
// RuleBook: a programme's campaigns, indexed so that what happens is answered by looking only at those that may apply,
// and their evaluation: what is given, what waits for the hub, and of the others why not. Terminal and hub run it with
// the same documents and inputs and get the same answer, byte for byte. Pure: no clock, no I/O. Any thread; the
// programme outlives the book.
//
// Order of evaluation: campaigns by priority (higher first), then by number; the actions of each as they stand. Of one
// group only the first that gives or waits does so; one that does not apply leaves its turn to the next.
#pragma once

#include "sync/model/campaign.h"
#include "sync/model/causes.h"
#include "sync/model/programme.h"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace millpond::model {

// What happened, and what makes it once only.
struct Happening {
  Trigger trigger{};
  std::string_view word;  // which code, channel or message
  std::int64_t number{};  // days, minutes over, tier
  base::ByteView key;     // event_key(): the same key never gives twice, wherever and however often it is told
};

// Of what is not a payment: its trigger and what makes it this one (a date, a number, a message's id). Persisted in
// causes: never change.
[[nodiscard]] base::Bytes event_key(Trigger trigger, base::ByteView which);

// What a campaign gave so far; absent where it is not known.
struct CampaignUse {
  std::optional<std::int64_t> by_member{};  // merged members count as one
  std::optional<std::int64_t> by_member_today{};
  // Of caps.count and caps.money_minor: what may still be given here. Absent where no share of them was let to whoever
  // asks: then nothing is given out of them, and at best it is promised.
  std::optional<std::int64_t> left{};
  std::optional<std::int64_t> left_minor{};
};
// Asked only about campaigns whose condition holds and that have caps.
using CampaignUses = std::function<CampaignUse(const Campaign&)>;

enum class Obstacle : std::uint8_t {
  condition = 1,   // is false; missing_minor when more in the basket would be enough
  unknown = 2,     // cannot be decided without the line, and the campaign then does not give
  member_cap = 3,  // the member had it as often as one may
  member_day_cap = 4,
  used_up = 5,   // the whole campaign gave what it may
  held_out = 6,  // the member is among those that a campaign is compared with
  group = 7,     // another of its group gave; other: which
};

struct Award {
  base::CampaignId campaign;
  std::size_t variant{};    // 0 without an experiment
  CampaignAction action;    // count is 1, packs are opened
  std::uint32_t number{};   // of the cause: a coupon's offer, else the campaign
  std::uint32_t ordinal{};  // of the cause: which one of that number for this event; others than coupons are apart
  base::Hash cause{};       // cause_of() of these for the shopper
  bool deferred{};          // the hub decides
  std::int64_t least_paid_minor{};  // what must be left of the sale for it to stand, by the campaign's condition
  friend bool operator==(const Award&, const Award&) = default;
};

struct NotGiven {
  base::CampaignId campaign;
  Obstacle why{};
  std::int64_t missing_minor{};
  base::CampaignId other;
  friend bool operator==(const NotGiven&, const NotGiven&) = default;
};

struct Evaluation {
  std::vector<Award> awards;
  std::vector<NotGiven> not_given;  // of the campaigns that were looked at, in the order of evaluation
  std::size_t looked_at{};
  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

class RuleBook {
 public:
  explicit RuleBook(const Programme& programme);

  [[nodiscard]] const Programme& programme() const { return programme_; }
  // Nothing for nobody: campaigns give to members. Looks at the campaigns of the trigger that name this store or none,
  // and whose least amount the sale reaches; `explain` looks at those of a higher amount too, for "4.20 more and ...".
  [[nodiscard]] Evaluation evaluate(const base::BrandId& brand, const Happening& happened, const Shopper& shopper,
                                    const Circumstance& circumstance, const CampaignUses& uses,
                                    bool explain = false) const;
  // By its number; nullptr for one that this version does not have.
  [[nodiscard]] const Campaign* find_campaign(base::CampaignId id) const;
  [[nodiscard]] const CouponOffer* find_offer(base::CampaignId id) const;
  [[nodiscard]] const BenefitPack* find_pack(std::uint32_t id) const;
  // What one coupon of an offer takes of a campaign's money; 0 for one that this version does not have.
  [[nodiscard]] std::int64_t face_of(base::CampaignId offer) const;
  // The most that a campaign gives at once.
  [[nodiscard]] std::int64_t most_face_of(const Campaign& campaign) const;

 private:
  using Places = std::vector<std::uint32_t>;  // of campaigns, by least amount
  struct OfTrigger {
    Places anywhere;
    std::map<std::uint32_t, Places> by_store;
  };
  struct Turn;

  void collect(const Places& places, std::int64_t paid_minor, bool explain, Places& found) const;
  [[nodiscard]] Places candidates(const Happening& happened, const Circumstance& circumstance, bool explain) const;
  void consider(const Campaign& campaign, Turn& turn) const;
  void give(const Campaign& campaign, const std::vector<CampaignAction>& actions, bool deferred, std::size_t variant,
            Turn& turn) const;
  [[nodiscard]] std::int64_t face_value(const std::vector<CampaignAction>& actions) const;

  const Programme& programme_;
  std::array<OfTrigger, triggers> index_;
  std::map<base::CampaignId, std::uint32_t> campaigns_;
  std::map<base::CampaignId, std::uint32_t> offers_;
};

}  // namespace millpond::model
