// SPDX-License-Identifier: Apache-2.0
#include "sync/model/gift_catalogue.h"

#include "sync/base/rng.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <map>

using namespace millpond;
using model::Exchanged;
using model::GiftCase;
using model::GiftRefusal;
using model::GiftRefused;
using model::GiftState;

namespace {

const auto today = *base::parse_date("2026-11-21");
constexpr auto huge = std::numeric_limits<std::int64_t>::max();

const std::string good = R"({"version": 4, "currency": "CNY", "gifts": [
  {"number": 1, "name": {"zh-CN": "杯子", "en": "Cup"}, "points": 500, "value_minor": 3900, "quantity": 20,
   "a_member_max": 2, "tier_min": 1, "starts": "2026-11-01", "ends": "2026-11-30",
   "tax": {"class": "other", "rate_bp": 1000}},
  {"number": 2, "name": {"zh-CN": "贴纸", "en": "Sticker"}, "points": 30, "value_minor": 100,
   "starts": "2026-11-21", "ends": "2026-11-21"}]})";

model::GiftCatalogue catalogue() { return *model::parse_gifts(base::view_of(good)); }

GiftCase case_of(std::uint32_t gift, std::uint32_t pieces) { return {{1}, {5}, 1, gift, pieces, today}; }

}  // namespace

TEST_CASE("A catalogue is read as it stands there", "[gifts]") {
  const auto gifts = catalogue();
  CHECK(gifts.version == 4);
  CHECK(gifts.currency == base::parse_currency("CNY"));
  REQUIRE(gifts.gifts.size() == 2);
  CHECK(gifts.gifts[0] == model::Gift{1,
                                      {"杯子", "Cup"},
                                      500,
                                      3'900,
                                      20,
                                      2,
                                      1,
                                      *base::parse_date("2026-11-01"),
                                      *base::parse_date("2026-11-30"),
                                      {model::TaxClass::other, 1'000, 0}});
  CHECK_FALSE(gifts.gifts[1].quantity);
  struct Row {
    std::string from, to, detail;
  };
  for (const auto& row : std::vector<Row>{
           {R"("points": 500)", R"("points": 0)", "/gifts/0/points: must be a whole number from 1 to 1000000000"},
           {R"("points": 30)", R"("points": 30, "price_minor": 1)", "/gifts/1/price_minor: is not known"},
           {R"("value_minor": 100)", R"("value_minor": 0)",
            "/gifts/1/value_minor: must be a whole number from 1 to 1000000000000000"},
           {R"("number": 2)", R"("number": 1)", "/gifts/1/number: is used twice"},
           {R"("ends": "2026-11-21")", R"("ends": "2026-11-20")", "/gifts/1/ends: must not be before starts"},
           {R"("CNY")", R"("YUAN")", "/currency: must be a text of 1 to 3 bytes"},
           {R"("quantity": 20)", R"("quantity": -1)", "/gifts/0/quantity: must be a whole number from 0 to 1000000000"},
       }) {
    CAPTURE(row.to);
    auto json = good;
    json.replace(json.find(row.from), row.from.size(), row.to);
    const auto refused = model::parse_gifts(base::view_of(json));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::programme_invalid);
    CHECK(refused.error().detail == row.detail);
  }
}

TEST_CASE("An exchange spends the points and takes the pieces together, once", "[gifts]") {
  const auto gifts = catalogue();
  const GiftState state{1'200, 20, 0, {}};
  const auto result = model::exchange(gifts, state, case_of(1, 2));
  REQUIRE(std::holds_alternative<Exchanged>(result));
  const auto done = std::get<Exchanged>(result);
  CHECK(done.record == model::GiftExchanged{{1}, {5}, 1, 2, 1'000, 7'800, 780, model::TaxClass::other, 4, today});
  CHECK(done.after == GiftState{200, 18, 2, done.record});
  CHECK_FALSE(done.again);

  // The same request again, a month later and without a point left.
  auto later = case_of(1, 2);
  later.today = *base::parse_date("2026-12-21");
  const auto again = model::exchange(gifts, done.after, later);
  REQUIRE(std::holds_alternative<Exchanged>(again));
  CHECK(std::get<Exchanged>(again) == Exchanged{done.after, done.record, true});
  for (const auto& other : {GiftCase{{1}, {6}, 1, 1, 2, today}, case_of(2, 2), case_of(1, 1)}) {
    const auto changed = model::exchange(gifts, done.after, other);
    REQUIRE(std::holds_alternative<GiftRefused>(changed));
    CHECK(std::get<GiftRefused>(changed).why == GiftRefusal::request_changed);
  }
  // What is not limited leaves the stock alone.
  const auto sticker = model::exchange(gifts, {60, 0, 9, {}}, case_of(2, 2));
  REQUIRE(std::holds_alternative<Exchanged>(sticker));
  CHECK(std::get<Exchanged>(sticker).after.left == 0);
  CHECK(std::get<Exchanged>(sticker).after.taken_by_member == 11);
  CHECK(std::get<Exchanged>(sticker).after.balance == 0);
}

TEST_CASE("An exchange that may not be is refused with what is missing", "[gifts]") {
  const auto date = [](const char* text) { return *base::parse_date(text); };
  struct Row {
    GiftState state;
    GiftCase of;
    GiftRefused refused;
  };
  auto nobody = case_of(1, 1);
  nobody.member = {};
  auto no_time = case_of(1, 1);
  no_time.today.reset();
  auto early = case_of(1, 1);
  early.today = date("2026-10-31");
  auto late = case_of(1, 1);
  late.today = date("2026-12-01");
  auto base_tier = case_of(1, 1);
  base_tier.tier = 0;
  const GiftState rich{100'000, 20, 0, {}};
  for (const auto& row : std::vector<Row>{
           {rich, nobody, {GiftRefusal::nobody, 0, {}}},
           {rich, case_of(9, 1), {GiftRefusal::no_such_gift, 0, {}}},
           {rich, case_of(1, 0), {GiftRefusal::pieces_out_of_range, 0, {}}},
           {rich, case_of(2, 1'001), {GiftRefusal::pieces_out_of_range, 0, {}}},
           {rich, no_time, {GiftRefusal::time_unknown, 0, {}}},
           {rich, early, {GiftRefusal::not_begun, 0, date("2026-11-01")}},
           {rich, late, {GiftRefusal::over, 0, date("2026-11-30")}},
           {rich, base_tier, {GiftRefusal::tier_too_low, 1, {}}},
           {rich, case_of(1, 3), {GiftRefusal::member_cap, 1, {}}},
           {{100'000, 20, 2, {}}, case_of(1, 2), {GiftRefusal::member_cap, 2, {}}},
           {{100'000, 1, 0, {}}, case_of(1, 2), {GiftRefusal::out_of_stock, 1, {}}},
           {{100'000, -3, 0, {}}, case_of(1, 2), {GiftRefusal::out_of_stock, 2, {}}},
           {{999, 20, 0, {}}, case_of(1, 2), {GiftRefusal::points_short, 1, {}}},
           {{-50, 20, 0, {}}, case_of(1, 1), {GiftRefusal::points_short, 500, {}}},
           {{std::numeric_limits<std::int64_t>::min(), 20, 0, {}}, case_of(1, 1), {GiftRefusal::points_short, 500, {}}},
       }) {
    CAPTURE(static_cast<int>(row.refused.why));
    const auto result = model::exchange(catalogue(), row.state, row.of);
    REQUIRE(std::holds_alternative<GiftRefused>(result));
    CHECK(std::get<GiftRefused>(result) == row.refused);
  }
}

TEST_CASE("The dearest gifts that a document can name do not overflow", "[gifts]") {
  auto gifts = catalogue();
  gifts.gifts[1].points = 1'000'000'000;
  gifts.gifts[1].value_minor = model::amount_minor_max;
  gifts.gifts[1].tax = {model::TaxClass::other, 10'000, 0};
  const auto result = model::exchange(gifts, {huge, 0, huge - 1'000, {}}, case_of(2, 1'000));
  REQUIRE(std::holds_alternative<Exchanged>(result));
  CHECK(std::get<Exchanged>(result).record.value_minor == 1'000'000'000'000'000'000);
  CHECK(std::get<Exchanged>(result).record.withheld_minor == 1'000'000'000'000'000'000);
  CHECK(std::get<Exchanged>(result).after.balance == huge - 1'000'000'000'000);
  CHECK(std::get<Exchanged>(result).after.taken_by_member == huge);
}

TEST_CASE("However often members ask, no more is given than there is, and points and pieces agree", "[gifts]") {
  const auto gifts = catalogue();
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    base::SeededRng rng{seed};
    struct Member {
      std::int64_t balance{};
      std::int64_t taken{};
      std::int64_t spent{};
    };
    std::array<Member, 15> members;
    for (auto& member : members) member.balance = static_cast<std::int64_t>(rng.below(2'000));
    std::map<base::Hash, model::GiftExchanged> known;
    std::int64_t left = 20;
    for (int step = 0; step < 200; ++step) {
      const auto m = rng.below(members.size());
      auto& member = members[m];
      base::Hash request{};
      request[0] = static_cast<std::uint8_t>(rng.below(120));
      GiftState state{member.balance, left, member.taken, {}};
      if (known.contains(request)) state.known = known[request];
      const GiftCase of{request, {m + 1}, 1, 1, static_cast<std::uint32_t>(1 + rng.below(3)), today};
      const auto result = model::exchange(gifts, state, of);
      if (const auto* const done = std::get_if<Exchanged>(&result)) {
        if (!done->again) member.spent += done->record.points;
        known[request] = done->record;
        member.balance = done->after.balance;
        member.taken = done->after.taken_by_member;
        left = done->after.left;
      }
      CHECK(member.balance >= 0);
      CHECK(member.taken <= 2);
      CHECK(left >= 0);
    }
    std::int64_t pieces = 0;
    std::int64_t points = 0;
    for (const auto& [request, record] : known) {
      pieces += record.pieces;
      points += record.points;
    }
    std::int64_t spent = 0;
    for (const auto& member : members) spent += member.spent;
    CHECK(pieces == 20 - left);
    CHECK(points == spent);
    CHECK(pieces > 5);
  }
}
