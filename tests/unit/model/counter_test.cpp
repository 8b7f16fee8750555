// SPDX-License-Identifier: Apache-2.0
// Receipt claims, "undo last" and ratings.
#include "sync/base/rng.h"
#include "sync/model/rating.h"
#include "sync/model/receipt_claim.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <set>
#include <string>

using namespace millpond;
using model::ClaimVerdict;
using model::RatingVerdict;
using model::UndoVerdict;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr base::LocalDate sold{20'780};

}  // namespace

TEST_CASE("Points are claimed once, by one member, within seven days", "[receipt_claim]") {
  struct Row {
    std::string what;
    std::int32_t days_later;
    std::optional<model::ClaimedSale> sale;
    bool hub_heard;
    ClaimVerdict verdict;
  };
  const model::ClaimedSale open{sold, {}, {}, false, false};
  for (const auto& row : std::vector<Row>{
           {"the same day", 0, open, true, ClaimVerdict::granted},
           {"the seventh day", 7, open, true, ClaimVerdict::granted},
           {"the eighth", 8, open, true, ClaimVerdict::too_late},
           {"a receipt of tomorrow", -1, open, true, ClaimVerdict::in_future},
           {"sold here, and no hub", 1, open, false, ClaimVerdict::pending},
           {"nobody here knows it", 1, std::nullopt, false, ClaimVerdict::pending},
           {"nobody here knows it, and too late", 8, std::nullopt, false, ClaimVerdict::too_late},
           {"the hub knows none", 1, std::nullopt, true, ClaimVerdict::unknown},
           {"identified as somebody else", 1, model::ClaimedSale{sold, {8}, {}, false, false}, true,
            ClaimVerdict::other_member},
           {"identified as the same", 1, model::ClaimedSale{sold, {9}, {}, false, false}, false,
            ClaimVerdict::repeated},
           {"claimed by the same", 30, model::ClaimedSale{sold, {}, {9}, false, false}, true, ClaimVerdict::repeated},
           {"claimed by somebody else", 30, model::ClaimedSale{sold, {}, {8}, false, false}, true,
            ClaimVerdict::other_member},
           {"training", 1, model::ClaimedSale{sold, {}, {}, true, false}, true, ClaimVerdict::nothing},
           {"refunded", 1, model::ClaimedSale{sold, {}, {}, false, true}, true, ClaimVerdict::nothing}}) {
    CAPTURE(row.what);
    CHECK(model::decide_claim({{9}, {sold.days + row.days_later}, sold, row.sale, row.hub_heard}) == row.verdict);
  }
}

TEST_CASE("However many claim one receipt, one gets its points", "[receipt_claim]") {
  base::SeededRng rng{20261127};
  for (int round = 0; round < 2'000; ++round) {
    model::ClaimedSale sale{sold, {rng.chance(1, 6) ? 1 + rng.below(4) : 0}, {}, rng.chance(1, 10), rng.chance(1, 10)};
    std::set<std::uint64_t> paid;
    int granted = 0;
    for (int i = 0; i < 8; ++i) {
      const base::MemberId member{1 + rng.below(4)};
      const base::LocalDate today{sold.days + static_cast<std::int32_t>(rng.below(12))};
      const auto verdict = model::decide_claim({member, today, sold, sale, rng.chance(4, 5)});
      if (verdict != ClaimVerdict::granted) continue;
      CHECK(today.days - sold.days <= 7);
      CHECK_FALSE(sale.member);
      ++granted;
      sale.claimed_by = member;
    }
    CHECK(granted <= 1);
  }
}

TEST_CASE("The last deed can be undone for half a minute", "[receipt_claim]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  struct Row {
    model::UndoCase of;
    UndoVerdict verdict;
  };
  for (const auto& row : std::vector<Row>{{{1'000, 31'000, true, true, false, false}, UndoVerdict::undone},
                                          {{1'000, 31'001, true, true, false, false}, UndoVerdict::too_late},
                                          {{1'000, 999, true, true, false, false}, UndoVerdict::too_late},
                                          {{1'000, 2'000, false, true, false, false}, UndoVerdict::too_late},
                                          {{1'000, 2'000, true, false, false, false}, UndoVerdict::not_last},
                                          {{1'000, 2'000, true, true, true, false}, UndoVerdict::used},
                                          {{1'000, 99'000, false, false, true, true}, UndoVerdict::undone_before},
                                          {{-most, most, true, true, false, false}, UndoVerdict::too_late},
                                          {{most - 1, most, true, true, false, false}, UndoVerdict::undone}}) {
    CHECK(model::decide_undo(row.of) == row.verdict);
  }
}

namespace {

const model::RatingPolicy policy{1, 2, 48 * hour_ms, 14 * 24 * hour_ms, "shift_lead", "manager", 24 * hour_ms};
constexpr std::int64_t visit_ms = 1'800'000'000'000;

model::Rating rating(std::int32_t score, std::int64_t at_ms, std::uint64_t subject = 5) {
  return {{model::RatedAbout::visit, {3}, {7}, subject}, {9}, {2}, score, at_ms};
}

}  // namespace

TEST_CASE("A member is asked about something fresh, and not all the time", "[rating]") {
  struct Row {
    std::int64_t now_ms;
    bool rated;
    std::optional<std::int64_t> last_asked_ms;
    bool ask;
  };
  for (const auto& row : std::vector<Row>{{visit_ms, false, {}, true},
                                          {visit_ms + 48 * hour_ms, false, {}, true},
                                          {visit_ms + 48 * hour_ms + 1, false, {}, false},
                                          {visit_ms - 1, false, {}, false},
                                          {visit_ms, true, {}, false},
                                          {visit_ms, false, visit_ms - 14 * 24 * hour_ms, true},
                                          {visit_ms, false, visit_ms - 14 * 24 * hour_ms + 1, false}}) {
    CHECK(model::may_ask(policy, visit_ms, row.now_ms, row.rated, row.last_asked_ms) == row.ask);
  }
}

TEST_CASE("The first rating counts, and a low one is somebody's task", "[rating]") {
  struct Row {
    model::Rating of;
    RatingVerdict verdict;
    bool task;
  };
  const std::vector<model::RatedSubject> known{rating(1, 0, 6).of};
  for (const auto& row : std::vector<Row>{{rating(3, visit_ms), RatingVerdict::counted, false},
                                          {rating(2, visit_ms), RatingVerdict::counted, true},
                                          {rating(1, visit_ms + 48 * hour_ms), RatingVerdict::counted, true},
                                          {rating(1, visit_ms + 48 * hour_ms + 1), RatingVerdict::too_late, false},
                                          {rating(1, visit_ms, 6), RatingVerdict::repeated, false},
                                          {rating(0, visit_ms), RatingVerdict::malformed, false},
                                          {rating(6, visit_ms), RatingVerdict::malformed, false}}) {
    CAPTURE(row.of.score, row.of.at_ms);
    const auto outcome = model::take_rating(policy, row.of, visit_ms, known);
    CHECK(outcome.verdict == row.verdict);
    CHECK(outcome.task.has_value() == row.task);
  }
  const auto task = *model::take_rating(policy, rating(1, visit_ms), visit_ms, {}).task;
  CHECK(task.store == base::StoreId{2});
  CHECK(task.member == base::MemberId{9});
  CHECK(task.post == "shift_lead");
  CHECK(task.successor == "manager");
  CHECK(task.due_ms == visit_ms + 24 * hour_ms);
  CHECK(task.escalates_ms == visit_ms + 48 * hour_ms);
  // One cause for one visit, whoever posts it; another visit is another one.
  CHECK(task.cause == model::take_rating(policy, rating(2, visit_ms + 5), visit_ms, {}).task->cause);
  CHECK(task.cause != model::take_rating(policy, rating(1, visit_ms, 8), visit_ms, {}).task->cause);
}

TEST_CASE("A rating policy is read strictly", "[rating]") {
  const std::string good = R"({"version": 1, "low_score_max": 2, "answer_hours": 48, "ask_again_days": 14,)"
                           R"( "task": {"post": "shift_lead", "successor": "manager", "due_hours": 24}})";
  const auto read = model::parse_rating_policy(base::view_of(good));
  REQUIRE(read);
  CHECK(*read == policy);
  auto json = good;
  json.replace(json.find("\"low_score_max\": 2"), 18, "\"low_score_max\": 5");
  const auto refused = model::parse_rating_policy(base::view_of(json));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "/low_score_max: must be a whole number from 1 to 4");
}
