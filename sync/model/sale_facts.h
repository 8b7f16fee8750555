// SPDX-License-Identifier: Apache-2.0
// What was sold, and the points that it brought and took. Part of facts.h, which has the rules for all of them.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/money.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace millpond::model {

// Unique at the hub. Tills restart their numbers daily, so the business date belongs to the key.
struct SaleKey {
  base::StoreId store;
  std::string till;
  base::LocalDate business_date;
  std::string transaction;
  friend auto operator<=>(const SaleKey&, const SaleKey&) = default;
};

struct SaleLine {
  std::string id;
  std::string sku;
  std::string quantity;  // decimal as the till wrote it: "1", "0.350"
  std::string category;
  std::int64_t net_minor{};
  std::int64_t discount_minor{};
  std::vector<std::string> modifiers{};  // "less ice", in the till's words and order; none is empty
  bool excluded{};                       // by the till: earns nothing, and counts for no coupon and no campaign
  friend bool operator==(const SaleLine&, const SaleLine&) = default;
};

enum class TenderType : std::uint8_t {
  cash = 1,
  card = 2,
  wechat_pay = 3,
  alipay = 4,
  points = 5,
  coupon = 6,
  gift_card = 7,
  other = 8
};

struct Tender {
  TenderType type{};
  std::int64_t amount_minor{};
  // Of a payment provider, which the type names: the same payment told by another till, an import or the provider is
  // the same sale. Empty where the till does not say.
  std::string provider_transaction{};
  std::string merchant{};  // the account that was paid into, as the provider numbers it
  friend bool operator==(const Tender&, const Tender&) = default;
};

// The first bytes of the SHA-256 of what the till posted. It tells two sales of one key apart that differ by accident;
// whoever holds a till's key can post what they like anyway. The whole hash stays in the journal.
using BodyTag = std::array<std::uint8_t, 8>;
[[nodiscard]] inline BodyTag body_tag_of(const base::Hash& body_hash) {
  BodyTag tag;
  std::copy_n(body_hash.begin(), tag.size(), tag.begin());
  return tag;
}

struct SaleRecorded {
  SaleKey key;
  base::MemberId member;  // 0: nobody identified
  base::Currency currency;
  std::int64_t total_minor{};
  std::int64_t tax_minor{};
  std::int64_t eligible_minor{};  // what earns, after discounts
  std::vector<SaleLine> lines;
  std::vector<Tender> tenders;
  BodyTag body_tag{};  // the same key with another tag is a dispute
  bool training{};
  std::string operator_id{};  // who stood at the till, as the till names them; empty: it does not say
  friend bool operator==(const SaleRecorded&, const SaleRecorded&) = default;
};

struct PointsEarned {
  base::MemberId member;
  base::Seq sale;  // of this terminal
  std::int64_t points{};
  std::int64_t base_minor{};
  base::Epoch sale_epoch{};  // 0: the epoch of this fact; another one only after a fork split an action
  friend bool operator==(const PointsEarned&, const PointsEarned&) = default;
};

// The same sale key arrived with another body. The first stands; this one waits for a person.
struct SaleDisputed {
  SaleKey key;
  base::Hash body_hash{};  // SHA-256 of what the till posted
  friend bool operator==(const SaleDisputed&, const SaleDisputed&) = default;
};

// Of a line that came back, by SaleLine::id: how much of its net.
struct RefundedLine {
  std::string id;
  std::int64_t net_minor{};
  friend bool operator==(const RefundedLine&, const RefundedLine&) = default;
};

// Goods of a sale came back, some or all. It says what came back and not what follows: that is a sum over all refunds
// of the sale (refund.h), whoever told them and in whatever order, so the hub computes it and two terminals need not
// know of each other. Points here are what this terminal told the customer. The only way in which a ledger goes down
// without a purchase: what was booked stays.
struct SaleRefunded {
  SaleKey key;            // the refund's own
  SaleKey of;             // the sale's
  base::MemberId member;  // whose sale it was; 0: nobody's, or the sale is not known here
  base::Currency currency;
  std::int64_t total_minor{};       // of the sale's total, whatever had paid for it
  bool whole{};                     // nothing is left of the sale
  std::vector<RefundedLine> lines;  // may be empty: the till does not say
  BodyTag body_tag{};
  bool training{};
  bool sale_known{};               // here; otherwise it is a claim until the hub knows the sale
  std::int64_t points_taken{};     // of what the sale had earned and campaigns had given
  std::int64_t points_returned{};  // of what it had cost
  std::string operator_id{};       // as in SaleRecorded
  friend bool operator==(const SaleRefunded&, const SaleRefunded&) = default;
};

struct PointsSpent {
  base::MemberId member;
  base::Seq sale;
  std::int64_t points{};     // positive
  base::LeaseId lease;       // what allowed it offline; 0: the hub said yes
  base::Epoch sale_epoch{};  // as in PointsEarned
  friend bool operator==(const PointsSpent&, const PointsSpent&) = default;
};

// The terminal will not use a lease any more; what it used is in facts before this one.
struct LeaseReturned {
  base::LeaseId lease;
  std::int64_t used{};  // in the lease's unit
  friend bool operator==(const LeaseReturned&, const LeaseReturned&) = default;
};

}  // namespace millpond::model
