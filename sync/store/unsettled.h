// SPDX-License-Identifier: Apache-2.0
// Unsettled: what the newest facts mean to sales, balances, coupons, members and slips while the tables do not hold it
// yet. A commit writes outbox rows only; their effects stay in this memory and go into the tables many facts at once.
// Whoever reads those tables looks here as well. Notes are what such a row says beside the fact, so that the memory can
// be made again from the file. Values without a clock; the journal's thread. Inside `store` only.
#pragma once

#include "sync/base/bytes.h"
#include "sync/model/facts.h"
#include "sync/store/rows.h"

#include <optional>
#include <string>
#include <vector>

namespace millpond::store {

struct UnsettledSale {
  std::uint64_t position{};
  model::SaleKey key;
  base::Hash body_hash{};
  base::Bytes answer;
};

struct UnsettledPoints {
  std::uint64_t position{};
  base::MemberId member;
  std::int64_t points{};  // 0: a paid sale, which is a visit
};

struct UnsettledGift {  // of a campaign
  std::uint64_t position{};
  GivenBy gift;
};

struct UnsettledMember {
  std::uint64_t position{};
  base::MemberId member;
};

struct UnsettledCoupon {
  std::uint64_t position{};
  std::uint64_t sale_position{};
  model::CouponIssued issued;
};

struct UnsettledUse {  // of a coupon, of any kind
  std::uint64_t position{};
  std::uint64_t sale_position{};
  CouponUse use;
  bool voided{};  // nobody used it, and nobody will
};

struct UnsettledLeaseUse {
  std::uint64_t position{};
  LeaseUsed used;
};

struct UnsettledPrint {  // queued; the table knows better once it has a row
  std::uint64_t position{};
  std::uint32_t template_version{};
  std::string locale;
  base::Bytes content;
};

// What a fact adds to its member's points or takes from them, or that it is a visit; nothing for any other.
[[nodiscard]] std::optional<UnsettledPoints> points_of(std::uint64_t position, const model::FactBody& body);

// Which campaign a fact gave something of, to whom and for which sale; nothing for what nobody may hold, and for what
// the hub has to decide yet.
struct CampaignGift {
  base::MemberId member;
  base::CampaignId campaign;
  base::Epoch sale_epoch;
  base::Seq sale;
};
[[nodiscard]] std::optional<CampaignGift> gift_of(const model::FactBody& body);

// How a fact used a coupon up, on a day at the store; nothing for one that used none.
struct CouponUsed {
  CouponUse use;
  base::Epoch sale_epoch;
  base::Seq sale;
  bool voided{};
};
[[nodiscard]] std::optional<CouponUsed> use_of(const model::FactBody& body, base::LocalDate day);

// The key under which a till told what the fact records, a sale or a refund; null for any other.
[[nodiscard]] const model::SaleKey* till_key_of(const model::FactBody& body);

// What a fact used of a lease, or that it gave one back; nothing for one that did neither.
[[nodiscard]] std::optional<LeaseUsed> lease_used_by(const model::FactBody& body);

// What one outbox row says beside its fact: of a sale and of a slip.
struct Notes {
  std::optional<UnsettledSale> sale;    // body_hash and answer only
  std::optional<UnsettledPrint> print;  // all but the position
  [[nodiscard]] bool empty() const { return !sale && !print; }
};

// Bound to their row by its `sum`: notes that changed, or came from another row, decode to nothing.
[[nodiscard]] base::Bytes encode_notes(const Notes& notes, std::uint64_t row_sum);
[[nodiscard]] std::optional<Notes> decode_notes(base::ByteView stored, std::uint64_t row_sum);

// Each list grows at its end only, so that a failed action is undone by cutting them.
struct Unsettled {
  std::vector<UnsettledSale> sales;
  std::vector<UnsettledPoints> points;
  std::vector<UnsettledGift> gifts;
  std::vector<UnsettledMember> members;
  std::vector<UnsettledCoupon> coupons;
  std::vector<UnsettledUse> uses;
  std::vector<UnsettledLeaseUse> lease_uses;
  std::vector<UnsettledPrint> prints;
  std::vector<std::uint64_t> releases;  // positions of RightsReleased

  struct Sizes {
    std::size_t sales{}, points{}, gifts{}, members{}, coupons{}, uses{}, lease_uses{}, prints{}, releases{};
  };
  [[nodiscard]] Sizes sizes() const;
  void cut(const Sizes& to);
  void clear() { cut({}); }
  // What facts up to a position mean, taken out of here.
  [[nodiscard]] Unsettled take_through(std::uint64_t position);
  [[nodiscard]] std::size_t count() const;

  [[nodiscard]] const UnsettledSale* find_sale(const model::SaleKey& key) const;
  [[nodiscard]] std::int64_t points_since(base::MemberId member, std::uint64_t position) const;
  [[nodiscard]] std::int64_t points_taken_since(base::MemberId member, std::uint64_t position) const;
  [[nodiscard]] std::int64_t visits_since(base::MemberId member, std::uint64_t position) const;
  [[nodiscard]] bool has_member(base::MemberId member) const;
  [[nodiscard]] const UnsettledCoupon* find_coupon(base::CouponId coupon) const;
  [[nodiscard]] const UnsettledCoupon* find_cause(const base::Hash& cause) const;
  [[nodiscard]] const UnsettledUse* find_use(base::CouponId coupon) const;
  [[nodiscard]] const UnsettledPrint* find_print(std::uint64_t position) const;
};

}  // namespace millpond::store
