// SPDX-License-Identifier: Apache-2.0
// What the service looks up and hands to flow: a member's card, a sale, a basket's coupons. Values only.
#pragma once

#include "hardware/ports/qr_modules.h"
#include "sync/base/error.h"
#include "sync/base/ids.h"
#include "sync/model/combination.h"
#include "sync/model/facts.h"
#include "sync/model/programme.h"
#include "sync/model/strength.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millpond::flow {

struct CouponCard {
  base::CouponId coupon;
  std::int64_t value_minor{};
  std::int64_t threshold_minor{};
  base::LocalDate expires;
  std::optional<model::CouponOffer> offer;  // of the programme in force; nothing when that does not have it
  bool usable{true};
  base::LocalDate not_before{};
  std::int64_t discount_minor{};  // of a redeemed one: what it took off
};

// What a member has said about a purpose, as far as this terminal knows; nothing said is not agreed.
struct ConsentStanding {
  model::Purpose purpose{};
  bool granted{};
};

struct MemberCard {
  base::MemberId member;
  std::string shown_name;         // masked by whoever knew it: "138****8000"; may be empty
  std::int64_t points{};          // settled with the hub
  std::int64_t points_pending{};  // earned here since
  std::int64_t qualifying_minor{};
  std::int64_t as_of_ms{};                                 // hub's word; 0: never heard
  model::Strength strength{model::Strength::member_code};  // of whoever stands here; nobody weaker is shown a card
  std::string code_text;                                   // the signed member code
  ports::QrModules code;
  std::vector<CouponCard> coupons;
  std::vector<ConsentStanding> consents;  // that can be given or taken back here
  std::int32_t told_age_min{};            // years that they have said to be at least; 0: not told
  base::StoreId store{};                  // where the card is shown; 0: not told
  std::int64_t points_not_active{};       // of `points`, good only from a later day on
  base::LocalDate expires{};              // the last day of expiring_points; 0: none will expire
  std::int64_t expiring_points{};
};

// The goods of a sale as its slip names them.
struct SoldLines {
  struct Line {
    std::string name;
    std::string quantity;  // "2", "0.350 kg"; empty for one piece
    std::int64_t net_minor{};
    bool excluded{};  // earns nothing
  };
  std::vector<Line> shown;
  std::uint32_t more{};  // that are not among them
  std::int64_t more_minor{};
};

struct SaleResult {
  std::int64_t total_minor{};
  std::int64_t points_earned{};
  std::int64_t balance{};
  base::MemberId member;
  model::Strength strength{};  // what of it may be told: model::shown()
  std::vector<CouponCard> redeemed;
  struct Issued {
    CouponCard coupon;
    std::string text;  // the signed code
    ports::QrModules code;
  };
  std::vector<Issued> issued;  // what the sale brought; the first is shown large
  std::uint64_t event_seq{};
  std::vector<base::Code> refused;  // why a presented coupon was not honoured
  std::int64_t points_spent{};
  ports::QrModules invoice{};  // of the till, for its e-invoice; none: it gave none
  std::string invoice_text{};  // what is in it
  std::vector<model::LocalizedText> promised{};  // campaigns that the hub decides about
  SoldLines lines{};           // none: the till told none that people can read
};

// Goods of a sale came back.
struct RefundResult {
  std::string of_transaction;  // the till's number of the sale
  std::int64_t total_minor{};
  bool sale_known{};  // otherwise points and coupons wait for the hub
  std::int64_t points_taken{};
  std::int64_t points_returned{};
  std::uint32_t voided{};  // coupons that the sale had brought
  std::vector<SaleResult::Issued> returned;
  std::uint64_t event_seq{};
};

// A coupon beside a basket: taken, or why not.
struct WeighedCoupon {
  CouponCard card;
  bool taken{};                                // card.discount_minor is what it takes off
  std::optional<model::CouponRefused> hurdle;  // the rule that is against it, where it is one
  base::Code code{};                           // of a refused one
};

// What a basket costs with the coupons that suit it best.
struct Weighed {
  std::int64_t total_minor{};
  std::int64_t discount_minor{};
  std::vector<WeighedCoupon> coupons;
  std::optional<base::Code> approval_problem{};  // why somebody's PIN that came with the question did not count
};

}  // namespace millpond::flow
