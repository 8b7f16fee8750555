// SPDX-License-Identifier: Apache-2.0
// Year: what happens in the demo chain day after day, out of a seed: members who join, come by habit and stay away,
// strangers, weekdays, seasons, holidays and weather, refunds, orders nobody fetches, lines that are cut, and three
// patterns of fraud in the share that was asked for. It is believable and no model of any real chain: every number in
// year_*.cpp is ours. Whole numbers only, and no order that a machine could choose, so that one seed gives the same
// bytes everywhere. One thread. Memory is about 100 bytes a member and one day of events.
//
// Members are numbered from member_first in the order of their index; people joined before the first day, or on a day
// of the year. A member's visits, spending and tier count from then on, with a past for those who were members before.
#pragma once

#include "sync/base/rng.h"
#include "sync/model/past_event.h"
#include "sync/model/programme.h"
#include "tests/chain/shop.h"
#include "tests/chain/year_days.h"
#include "tests/chain/year_people.h"
#include "tests/chain/year_summary.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millpond::chain {

struct YearOptions {
  std::uint64_t seed{1};
  std::uint32_t members{1'000};
  std::int32_t days{365};
  base::LocalDate from{};                 // first day
  std::int64_t strangers_per_mille{380};  // of sales: nobody is identified
  std::int64_t fraud_per_million{500};    // of sales: labelled, over the three patterns
};

inline constexpr std::uint64_t member_first = 1'000'001;

class Year {
 public:
  // All three outlive it. The programme says which tiers there are.
  Year(const Menu& menu, const Stores& stores, const model::Programme& programme, const YearOptions& options);

  // The events of the next day in the order in which they happened; false when the last one was given.
  [[nodiscard]] bool next_day(std::vector<model::PastEvent>& events);
  [[nodiscard]] const YearSummary& summary() const { return summary_; }

 private:
  // A sale that will be one of the day, before anybody knows its number.
  struct Draft {
    std::int64_t at_ms{};
    std::uint32_t person{};  // index + 1; 0: a stranger
    std::size_t store{};
    std::uint32_t cashier{};  // 0: whoever is there
    std::int64_t at_least_minor{};
    const char* label{""};
    bool voided{};
  };
  struct PendingRefund {
    base::StoreId store;
    std::string transaction;
    std::uint32_t person{};
    std::int64_t eligible_minor{};
  };
  struct PendingReferral {
    std::uint32_t referrer{};  // index + 1
    std::string transaction;
  };

  void visits_of_members(std::vector<model::PastEvent>& events, std::vector<Draft>& drafts);
  void visit(std::uint32_t person, std::vector<Draft>& drafts);
  void strangers(std::vector<Draft>& drafts);
  void fraud(std::vector<Draft>& drafts);
  void add_fraud(int pattern, std::vector<Draft>& drafts);
  void sell(const Draft& draft, std::vector<model::PastEvent>& events);
  void fill_basket(const Draft& draft, model::PastEvent& sale);
  void add_line(const Item& item, model::PastEvent& sale);
  void pay(model::PastEvent& sale);
  void after_sale(const Draft& draft, const model::PastEvent& sale, std::vector<model::PastEvent>& events);
  void by_the_way(const model::PastEvent& sale, std::vector<model::PastEvent>& events);
  void take_back(const Draft& draft, const model::PastEvent& sale, std::vector<model::PastEvent>& events);
  void enrol(std::uint32_t person, std::vector<model::PastEvent>& events, std::vector<Draft>& drafts);
  void due_today(std::vector<model::PastEvent>& events);
  void remind(std::uint32_t person, std::vector<model::PastEvent>& events);
  [[nodiscard]] model::PastEvent about(std::uint32_t person, model::Trigger trigger, std::int64_t at_ms,
                                       base::StoreId store) const;
  [[nodiscard]] model::Shopper shopper_of(std::uint32_t person) const;
  [[nodiscard]] std::size_t tier_of(std::int64_t spend_minor) const;
  [[nodiscard]] std::int64_t moment_in(std::size_t store);  // of today, in its opening hours
  void mark_late(model::PastEvent& event) const;

  const Menu& menu_;
  const Stores& stores_;
  const model::Programme& programme_;
  YearOptions options_;
  YearDays days_;
  YearPeople people_;
  YearSummary summary_;
  std::int32_t day_{};   // of the year, from 0
  base::SeededRng rng_;  // of today
  std::int64_t stranger_debt_{};
  std::int64_t fraud_debt_{};                                       // millionths of a sale
  int fraud_next_{};                                                // pattern: waits until enough is owed for it
  std::map<std::int32_t, std::vector<PendingRefund>> refunds_;      // by day
  std::map<std::int32_t, std::vector<PendingReferral>> referrals_;  // by day
  std::vector<std::uint32_t> numbers_;                              // of today's last transaction, by store
};

// One line of a file for `millpond campaign replay`, without its end.
[[nodiscard]] std::string to_json(const model::PastEvent& event, std::int32_t utc_offset_min);

}  // namespace millpond::chain
