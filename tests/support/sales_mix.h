// SPDX-License-Identifier: Apache-2.0
// SalesMix: what one terminal of a busy shop writes, day after day, from a seed. Figures about bytes and times on the
// wire are of this mix, so that anybody can repeat them; it is not a model of any real shop's sales.
//
// The proportions, of 100 sales (about 275 facts):
//   - 60 have a member; members are drawn log-uniformly by rank (like Zipf's law) out of 100,000, of whom 40,000 were
//     brought in by the hub and the others enrolled at 40 terminals that start anew once a week;
//   - sales of a member earn one point for each 100 minor units, floor; 43 reach 5,000 and bring a coupon of 500; 9 use
//     one of the 256 coupons given last as a tender, of which 1 in 50 is booked as over-redeemed;
//   - sales of a member print a slip that is done 2.5 to 9 seconds later: 90 % confirmed, 9 % sent, 1 % uncertain;
//   - two tills, 70 and 30; consecutive transaction numbers that begin anew every day; sales follow each other in
//     exponential gaps with a half-life of 45 seconds from 9 to 22 o'clock, UTC+8; the terminal restarts every night;
//   - 1 to 4 goods of a menu of 60 prices, every fourth sale less an amount to the cent; 6 % tax within; 5 % have goods
//     that earn nothing; tenders 60 % WeChat, 25 % Alipay, 8 % card, 7 % cash, 3 % with a part by gift card;
//   - every sale has 8 random bytes of its posted body's hash, which nothing makes smaller;
//   - `lines` 3: 3 lines out of 300 goods, log-uniform, 85 % one piece, 12 % two, 3 % by weight, every tenth
//   discounted;
//   - `enrolments_of_1000`: so many visits enrol somebody instead, with 78 bytes of payload beside the fact.
#pragma once

#include "sync/base/rng.h"
#include "sync/model/facts.h"

#include <array>
#include <deque>
#include <map>
#include <vector>

namespace millpond::tests {

struct MixOptions {
  std::uint64_t seed{1};
  base::BrandId brand{{7, 7, 7}};
  base::TerminalId terminal{70'001};
  base::StoreId store{12};
  base::Seq first_seq{1};                        // of the first fact; facts name their sale by it
  std::uint64_t lines{};                         // of each sale: 0 or any number
  std::uint64_t enrolments_of_1000{};            // visits that enrol somebody, with a payload beside the fact
  std::int64_t first_day_ms{1'795'046'400'000};  // midnight UTC
};

struct MixedFact {
  model::FactBody body;
  std::int64_t occurred_at_ms{};
  std::int32_t utc_offset_min{480};
  std::uint32_t programme_version{3};
  base::Bytes payload_salt{};
  base::Bytes payload{};
};

// One thread; the same facts for the same options on every machine.
class SalesMix {
 public:
  explicit SalesMix(const MixOptions& options = {});
  // The next fact, of the seq after the last one's.
  [[nodiscard]] MixedFact next();

 private:
  struct Good {
    std::string sku;
    std::string category;
    std::int64_t price_minor{};
  };
  struct Slip {
    base::Seq of;
    std::int64_t done_at_ms{};
  };

  void visit();
  void enrol();
  void sell();
  void fill_goods(model::SaleRecorded& sale);
  void pay(model::SaleRecorded& sale, std::int64_t coupon_minor);
  void earn(const model::SaleRecorded& sale, base::Seq seq);
  void print_due();  // slips that are done before now
  void begin_day();
  base::Seq emit(model::FactBody body, std::int64_t at_ms);
  std::uint64_t rank_below(std::uint64_t count);  // log-uniform
  base::MemberId member();
  std::uint64_t own_id();
  std::int64_t gap_ms();

  MixOptions options_;
  base::SeededRng rng_;
  std::int64_t day_ms_;  // midnight at the shop
  std::int64_t now_ms_{};
  base::Seq next_seq_;
  std::uint32_t counter_{20'000};
  std::uint16_t incarnation_{};
  std::array<std::uint64_t, 2> transactions_{};
  std::vector<std::int64_t> menu_;
  std::vector<Good> goods_;
  std::deque<model::CouponIssued> coupons_;
  std::vector<Slip> slips_;
  std::deque<MixedFact> ready_;
};

}  // namespace millpond::tests
