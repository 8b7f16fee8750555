// SPDX-License-Identifier: Apache-2.0
#include "sync/model/fraud_watch.h"
#include "sync/base/rng.h"
#include "sync/model/typed_phone.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace millpond;
using model::Raised;
using model::Signal;

namespace {

constexpr model::UsualRate usual{1'000, 250};  // one sale in four brings a coupon
constexpr std::int64_t minute_ms = 60'000;

struct Watch {
  model::FraudWatch watch;
  base::LocalDate day{20'800};    // when the hub hears
  base::LocalDate dated{20'800};  // by the terminal

  std::vector<Raised> tell(std::int64_t at_ms, model::FactBody body, base::MemberId staff_member = {}) {
    model::Fact fact;
    fact.stamp.occurred_at_ms = at_ms;
    fact.stamp.local_date = dated;
    fact.body = std::move(body);
    return watch.on(fact, day, usual, staff_member);
  }
  std::vector<Raised> sell(std::int64_t at_ms, std::uint64_t member, base::MemberId staff_member = {}) {
    model::SaleRecorded sale;
    sale.member = {member};
    return tell(at_ms, sale, staff_member);
  }
  std::vector<Raised> enrol(std::int64_t at_ms, std::uint64_t member) {
    model::MemberEnrolled fact;
    fact.member = {member};
    return tell(at_ms, fact);
  }
};

}  // namespace

TEST_CASE("The fourth enrolment in ten minutes without a sale is a signal", "[fraud_watch]") {
  Watch shop;
  CHECK(shop.enrol(0, 1).empty());
  CHECK(shop.enrol(minute_ms, 2).empty());
  CHECK(shop.enrol(2 * minute_ms, 3).empty());
  CHECK(shop.enrol(3 * minute_ms, 4) == std::vector<Raised>{{Signal::enrolments_without_sale, {}, {}, 4, 3}});
  CHECK(shop.enrol(3 * minute_ms + 1, 5).empty());  // and begins anew
}

TEST_CASE("Numbers that somebody tries count, known or not, until a sale names them") {
  Watch shop;
  const auto known = [&](std::int64_t at_ms, std::uint64_t member) {
    return shop.tell(at_ms, model::ActApproved{model::act_phone_typed, {}, {}, {member}, 0, {}});
  };
  CHECK(known(0, 1).empty());
  CHECK(shop.enrol(minute_ms, 2).empty());
  CHECK(known(2 * minute_ms, 3).empty());
  CHECK(known(3 * minute_ms, 4) == std::vector<Raised>{{Signal::enrolments_without_sale, {}, {}, 4, 3}});
}

TEST_CASE("Enrolments with a sale, or far apart, are business", "[fraud_watch]") {
  Watch shop;
  for (std::uint64_t member = 1; member <= 20; ++member) {
    const auto at_ms = static_cast<std::int64_t>(member) * minute_ms;
    CHECK(shop.enrol(at_ms, member).empty());
    CHECK(shop.sell(at_ms + 1'000, member).empty());
  }
  for (std::uint64_t member = 100; member <= 120; ++member) {
    CHECK(shop.enrol(static_cast<std::int64_t>(member) * 4 * minute_ms, member).empty());
  }
}

TEST_CASE("One member twice within five minutes is a signal each time", "[fraud_watch]") {
  Watch shop;
  CHECK(shop.sell(0, 7).empty());
  CHECK(shop.sell(minute_ms, 8).empty());
  CHECK(shop.sell(2 * minute_ms, 7) ==
        std::vector<Raised>{{Signal::member_twice, {7}, {}, 2 * minute_ms, 5 * minute_ms}});
  CHECK(shop.sell(7 * minute_ms, 7).size() == 1);
  CHECK(shop.sell(13 * minute_ms, 7).empty());
  CHECK(shop.sell(13 * minute_ms, 0).empty());
  CHECK(shop.sell(13 * minute_ms, 0).empty());  // nobody twice
}

TEST_CASE("A cashier's own card is a signal", "[fraud_watch]") {
  Watch shop;
  CHECK(shop.sell(0, 7, {7}) == std::vector<Raised>{{Signal::own_card, {7}, {}, 1, 0}});
  CHECK(shop.sell(0, 8, {7}).empty());
}

TEST_CASE("A rate is odd when chance does not explain it", "[fraud_watch]") {
  struct Row {
    std::uint64_t sales;
    std::uint64_t coupons;
    model::UsualRate usual;
    bool odd;
  };
  for (const auto& row : std::vector<Row>{{15, 14, usual, false},  // of 30: 7.5 + 3 * 2.37 = 14.6
                                          {15, 15, usual, true},
                                          {0, 14, usual, false},
                                          {0, 10'000, usual, true},
                                          {5, 10'000, usual, true},
                                          {5, 60, {1'000, 1'000}, false},  // one a sale is usual: twice that of 30
                                          {5, 61, {1'000, 1'000}, true},
                                          {100, 600, {1'000, 3'000}, false},
                                          {100, 601, {1'000, 3'000}, true},
                                          {5, 10'000, {29, 0}, false},
                                          {100, 25, usual, false},
                                          {100, 37, usual, false},  // 25 + 3 * 4.33 = 37.99
                                          {100, 38, usual, true},
                                          {10'000, 2'629, usual, false},  // 2,500 + 3 * 43.3 = 2,629.9
                                          {10'000, 2'630, usual, true},
                                          {100, 0, usual, false},
                                          {100, 100, {0, 0}, false},
                                          {100, 100, {1'000, 1'000}, false},
                                          {100, 1, {1'000, 0}, true},
                                          {UINT32_MAX, UINT32_MAX, {UINT32_MAX, 1'000'000}, true}}) {
    CAPTURE(row.sales, row.coupons);
    CHECK(model::rate_is_odd(row.sales, row.coupons, row.usual) == row.odd);
  }
}

TEST_CASE("Coupons above the usual rate are told once a day", "[fraud_watch]") {
  Watch shop;
  std::size_t told = 0;
  for (int day = 0; day < 2; ++day) {
    shop.day = {20'800 + day};
    for (int i = 0; i < 60; ++i) {
      const auto at_ms = (day * 60 + i) * 10 * minute_ms;
      CHECK(shop.sell(at_ms, 0).empty());
      for (const auto& raised : shop.tell(at_ms, model::CouponIssued{})) {
        CHECK(raised.signal == Signal::coupon_rate);
        ++told;
      }
    }
  }
  CHECK(told == 2);
}

TEST_CASE("Coupons used above the usual rate are told once a day, by whichever right, and the first few are not") {
  const std::vector<model::FactBody> uses{model::CouponRedeemed{}, model::CouponConfirmed{},
                                          model::CouponProvisional{}};
  struct Row {
    int sales;
    int uses;
    std::uint64_t usual;   // of 1,000 sales
    std::int64_t told_at;  // uses by then; 0: never
  };
  for (const auto& row : std::vector<Row>{{0, 100, 250, 20},
                                          {0, 19, 0, 0},
                                          {0, 20, 0, 20},
                                          {100, 37, 250, 0},
                                          {100, 38, 250, 38},
                                          {400, 100, 250, 0}}) {
    CAPTURE(row.sales, row.uses);
    Watch shop;
    const auto day = [&](const model::UsualRate& by) {
      std::vector<Raised> told;
      for (int i = 0; i < row.sales; ++i) CHECK(shop.sell(i * 10 * minute_ms, 0).empty());
      for (int i = 0; i < row.uses; ++i) {
        model::Fact fact;
        fact.body = uses[static_cast<std::size_t>(i) % uses.size()];
        for (const auto& raised : shop.watch.on(fact, shop.day, by)) told.push_back(raised);
      }
      return told;
    };
    for (int i = 0; i < 2; ++i) {
      shop.day = {20'800 + i};
      const auto told = day({1'000, 0, row.usual});
      CHECK(told.size() == (row.told_at > 0 ? 1 : 0));
      for (const auto& raised : told) {
        CHECK(raised == Raised{Signal::uses_rate,
                               {},
                               {},
                               row.told_at,
                               static_cast<std::int64_t>(static_cast<std::uint64_t>(row.sales) * row.usual / 1'000)});
      }
    }
    shop.day = {20'900};
    CHECK(day({29, 0, 0}).empty());  // a brand that sold less than 30 times has no usual rate
  }
}

TEST_CASE("Who gives by an older version than on a day before is told once a life, and what was under way is not") {
  struct Row {
    const char* what;
    std::vector<std::tuple<std::int32_t, std::uint32_t, std::uint32_t>> gifts;  // day, epoch, version
    std::vector<std::pair<std::int64_t, std::int64_t>> told;                    // version, newest
  };
  for (const auto& row :
       std::vector<Row>{{"versions only grow", {{1, 5, 1}, {2, 5, 2}, {9, 5, 2}, {9, 5, 4}}, {}},
                        {"under way when the newer came", {{1, 5, 2}, {1, 5, 1}, {1, 5, 2}, {2, 5, 2}}, {}},
                        {"the day after", {{1, 5, 2}, {2, 5, 1}, {3, 5, 1}, {4, 5, 1}}, {{1, 2}}},
                        {"before there was a programme", {{1, 5, 2}, {2, 5, 0}}, {}},
                        {"a disk that went back", {{1, 5, 2}, {2, 6, 1}, {3, 6, 1}}, {}},
                        {"in each life", {{1, 5, 3}, {2, 5, 1}, {3, 6, 3}, {4, 6, 2}}, {{1, 3}, {2, 3}}}}) {
    CAPTURE(row.what);
    model::FraudWatch watch;
    std::vector<std::pair<std::int64_t, std::int64_t>> told;
    for (const auto& [day, epoch, version] : row.gifts) {
      model::Fact fact;
      fact.stamp.epoch = {epoch};
      fact.stamp.programme_version = version;
      model::PointsEarned earned;
      earned.points = 5;
      fact.body = earned;
      watch = model::FraudWatch::of_state(watch.state());
      for (const auto& raised : watch.on(fact, {day}, usual)) {
        CHECK(raised.signal == Signal::programme_old);
        told.emplace_back(raised.value, raised.limit);
      }
    }
    CHECK(told == row.told);
  }
}

TEST_CASE("More than a fifth of a day by hand is a signal, with the name of who did it", "[fraud_watch]") {
  Watch shop;
  std::vector<Raised> told;
  for (int i = 0; i < 40; ++i) { CHECK(shop.sell(i * 10 * minute_ms, 1'000 + static_cast<std::uint64_t>(i)).empty()); }
  for (int i = 0; i < 12; ++i) {
    for (const auto& raised :
         shop.tell(500 * minute_ms, model::ActApproved{model::Act::manual_lookup, {501}, {}, {}, 0, {}})) {
      told.push_back(raised);
    }
  }
  CHECK(told == std::vector<Raised>{{Signal::manual_lookups, {}, {501}, 10, 8}});
  CHECK(shop.tell(0, model::ActApproved{model::Act::pin_set, {501}, {}, {}, 0, {}}).empty());
}

TEST_CASE("Days are those of the hub: whatever dates a terminal gives its facts, it begins no count anew") {
  Watch shop;
  std::size_t rates = 0;
  std::size_t lookups = 0;
  for (int i = 0; i < 60; ++i) {
    shop.dated = {20'800 - i % 3};  // a file of yesterday between sales of today, or somebody who hides
    CHECK(shop.sell(i * 10 * minute_ms, 0).empty());
    rates += shop.tell(i * 10 * minute_ms, model::CouponIssued{}).size();
    lookups +=
        shop.tell(i * 10 * minute_ms, model::ActApproved{model::Act::manual_lookup, {501}, {}, {}, 0, {}}).size();
  }
  CHECK(rates == 1);
  CHECK(lookups == 1);
}

TEST_CASE("A locked PIN is a signal, a missed one is not", "[fraud_watch]") {
  Watch shop;
  CHECK(shop.tell(0, model::StaffChecked{{501}, model::StaffCheck::missed}).empty());
  CHECK(shop.tell(0, model::StaffChecked{{501}, model::StaffCheck::locked}) ==
        std::vector<Raised>{{Signal::pin_guessing, {}, {501}, 1, 0}});
}

TEST_CASE("A sale that is told otherwise after it brought something is a signal", "[fraud_watch]") {
  struct Row {
    const char* what;
    model::FactBody fact;
    std::optional<model::Brought> brought;
    bool raises;
  };
  const model::Brought points{{7}, false, true};
  const model::Brought coupon{{7}, true, true};
  for (const auto& row : {
           Row{"another body, points", model::SaleDisputed{}, points, true},
           Row{"another body, a coupon", model::SaleDisputed{}, coupon, true},
           Row{"another body of a sale that brought nothing", model::SaleDisputed{}, std::nullopt, false},
           Row{"goods came back, and only points were given", model::SaleRefunded{}, points, false},
           Row{"goods came back, and the coupon was out", model::SaleRefunded{}, coupon, true},
           Row{"any other fact", model::PrintFinished{}, coupon, false},
       }) {
    CAPTURE(row.what);
    model::FraudWatch watch;
    model::Fact fact;
    fact.body = row.fact;
    const auto raised = watch.on(fact, {}, {}, {}, row.brought);
    CHECK(raised ==
          (row.raises ? std::vector<Raised>{{Signal::void_after_issue, {7}, {}, 1, 0}} : std::vector<Raised>{}));
    if (row.raises) CHECK(watch.on(fact, {}, {}, {}, row.brought).front().value == 2);
  }
}

TEST_CASE("A watch that is put away and taken up again tells the same signals", "[fraud_watch]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    model::FraudWatch through;
    model::FraudWatch cut;
    std::int64_t at_ms = 0;
    std::size_t signals = 0;
    for (int i = 0; i < 400; ++i) {
      model::Fact fact;
      at_ms += static_cast<std::int64_t>(rng.below(120'000));
      fact.stamp.occurred_at_ms = at_ms - static_cast<std::int64_t>(rng.below(60'000));  // clocks are set back
      fact.stamp.local_date = {20'700 + static_cast<std::int32_t>(at_ms / 6'000'000)};
      const base::MemberId member{1 + rng.below(12)};
      model::SaleRecorded sale;
      sale.member = rng.below(3) == 0 ? base::MemberId{} : member;
      const std::vector<model::FactBody> bodies{sale,
                                                sale,
                                                model::MemberEnrolled{member, {1}, {}, {}, {}},
                                                model::CouponIssued{},
                                                model::CouponConfirmed{},
                                                model::ActApproved{model::Act::manual_lookup, {3}, {}, member, 0, {}},
                                                model::StaffChecked{{3}, model::StaffCheck::locked},
                                                model::SaleDisputed{}};
      fact.body = bodies[rng.below(bodies.size())];
      const auto brought = std::optional{model::Brought{member, true, true}};
      const model::UsualRate usual{1'000, 50, 50};
      const auto expected = through.on(fact, fact.stamp.local_date, usual, {5}, brought);
      if (rng.below(3) == 0) cut = model::FraudWatch::of_state(cut.state());
      CHECK(cut.on(fact, fact.stamp.local_date, usual, {5}, brought) == expected);
      CHECK(cut.state() == through.state());
      signals += expected.size();
    }
    CHECK(signals > 10);
  }
}

TEST_CASE("What is half seen stays small, and bytes that are no state begin anew", "[fraud_watch]") {
  model::FraudWatch watch;
  for (std::uint64_t member = 1; member <= 5'000; ++member) {
    model::Fact fact;
    fact.stamp.occurred_at_ms = 1'000;
    model::SaleRecorded sale;
    sale.member = {member};
    fact.body = sale;
    CHECK(watch.on(fact, {}, {}).empty());
  }
  const auto state = watch.state();
  CHECK(state.size() <= model::FraudWatch::state_bytes_max);
  CHECK(model::FraudWatch::of_state(state).state() == state);
  const auto fresh = model::FraudWatch{}.state();
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, state.size() - 1}) {
    CHECK(model::FraudWatch::of_state(base::ByteView{state}.first(size)).state() == fresh);
  }
  auto later = state;
  later.front() = 9;
  CHECK(model::FraudWatch::of_state(later).state() == fresh);
}
