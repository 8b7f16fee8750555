// SPDX-License-Identifier: Apache-2.0
// The chain's campaigns against a month that was made up, small enough to be counted by hand.
#include "sync/base/file.h"
#include "sync/model/replay.h"
#include "tests/chain/year.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace millpond;

namespace {

base::Bytes bytes_of(const char* name) {
  const auto bytes = base::read_file((tests::source_dir() / "assets/chain" / name).string(), 1U << 20);
  REQUIRE(bytes);
  return *bytes;
}

struct Chain {
  chain::Menu menu = chain::parse_menu(bytes_of("menu.json")).value();
  chain::Stores stores = chain::parse_stores(bytes_of("stores.json")).value();
  model::Programme programme = model::parse_programme(bytes_of("programme.json")).value();
};

// Ten members in October.
std::vector<model::PastEvent> october(const Chain& of) {
  chain::YearOptions options;
  options.seed = 7;
  options.members = 10;
  options.days = 31;
  options.from = *base::parse_date("2026-10-01");
  options.strangers_per_mille = 100;
  options.fraud_per_million = 50'000;
  chain::Year year{of.menu, of.stores, of.programme, options};
  std::vector<model::PastEvent> month;
  std::vector<model::PastEvent> today;
  while (year.next_day(today)) month.insert(month.end(), today.begin(), today.end());
  return month;
}

}  // namespace

TEST_CASE("A month of ten members brings what one counts by hand", "[chain]") {
  const Chain of;
  model::Replay replay{{}, of.programme};
  const auto month = october(of);
  for (const auto& event : month) {
    // Through text, as the program reads it.
    const auto read = model::parse_past_event(base::view_of(chain::to_json(event, 480)), of.programme.tiers.size());
    REQUIRE(read);
    replay.on(*read);
  }
  CHECK(replay.events() == 48);
  CHECK(replay.sales() == 35);
  const auto& campaigns = replay.campaigns();

  // 1: members 10, 5, 6, 2, 1 and 4 join; two coupons of 5.00 and one of 6.00 each.
  CHECK(campaigns.at({1}) == model::ReplayedCampaign{.looked_at = 6,
                                                     .gave = 6,
                                                     .members = 6,
                                                     .coupons = 18,
                                                     .face_minor = 6 * 1'600,
                                                     .blind_gave = 6,
                                                     .blind_minor = 6 * 1'600});

  // 2: member 3 on 7 October (188.00 of tea), 21 (exactly 45.00) and 30 (49.40), 5 on the 15th (61.00), 7 on the 25th
  // (58.70); 9 on the 14th and 8 on the 16th got that of campaign 3, which comes first in their group. The coupon takes
  // off 6.00 three times at the most. The sale of the 15th was voided. Blind it is the same: caps were never reached.
  const auto& thanks = campaigns.at({2});
  CHECK(thanks.gave == 5);
  CHECK(thanks.members == 3);
  CHECK(thanks.face_minor == 5 * 1'800);
  CHECK(thanks.undone == 1);
  CHECK(thanks.undone_minor == 1'800);
  CHECK(thanks.blind_gave == 5);
  CHECK(thanks.blind_minor == 5 * 1'800);

  // 3: a drink and no pastry on a weekday from 13 to 18 o'clock: 10 on the 1st, 3 and 5 on the 8th, 3 on the 12th, 9 on
  // the 14th, 3 on the 15th at 17:59, 8 on the 16th, 3 on the 26th and 28th.
  const auto& pastry = campaigns.at({3});
  CHECK(pastry.gave + pastry.held_out == 9);
  CHECK(pastry.coupons == static_cast<std::int64_t>(pastry.gave));
  std::int64_t face_minor = 0;
  std::uint64_t held_out = 0;
  const auto& experiment = of.programme.campaigns[2];
  for (const auto member : {10U, 3U, 5U, 3U, 9U, 3U, 8U, 3U, 3U}) {
    const auto variant = model::variant_of({}, experiment, base::MemberId{chain::member_first - 1 + member});
    if (!variant) ++held_out;
    if (variant) face_minor += *variant == 0 ? 600 : 1'200;
  }
  CHECK(pastry.held_out == held_out);
  CHECK(pastry.face_minor == face_minor);
  CHECK(pastry.blind_gave == 0);  // its limits need the hub, so without a line all of it waits

  // 4: member 3 reaches Gold on the 12th and buys on no weekend. 5: first orders of 10, 5, 2 and 1.
  CHECK(campaigns.at({4}).gave == 0);
  CHECK(campaigns.at({5}).gave == 4);
  CHECK(campaigns.at({5}).blind_gave == 0);
  // 6 and 7: member 3 checks in once and scans one tin. 8: the birthday of member 8. 9: Gold leaf brings tea bags of
  // 39.00, 10.00 at the cinema and twice free delivery of 6.00.
  CHECK(campaigns.at({6}).points == 2);
  CHECK(campaigns.at({7}).gave == 1);
  CHECK(campaigns.at({8}).face_minor == 2'000);
  CHECK(campaigns.at({9}).coupons == 4);
  CHECK(campaigns.at({9}).face_minor == 3'900 + 1'000 + 2 * 600);
  // 10: member 7 was away for 45 days and had come once; three times were asked for.
  CHECK(campaigns.at({10}).looked_at == 1);
  CHECK(campaigns.at({10}).gave == 0);
}

TEST_CASE("Of ten thousand events no campaign gives more than its limits, and a fold by hand says the same",
          "[chain]") {
  const Chain of;
  chain::YearOptions options;
  options.members = 1'500;
  options.days = 60;
  options.from = *base::parse_date("2026-09-01");
  options.fraud_per_million = 10'000;
  chain::Year year{of.menu, of.stores, of.programme, options};
  model::Replay replay{{}, of.programme};
  std::vector<model::PastEvent> today;
  // Campaign 2 by itself, as its document reads, where campaign 3 leaves it the turn.
  std::set<std::pair<std::uint64_t, base::LocalDate>> thanked;
  std::set<std::uint64_t> welcomed;
  std::int64_t checked_in = 0;
  std::set<std::string> voided_after_thanks;
  std::set<std::string> thanked_sales;
  while (year.next_day(today)) {
    std::set<std::uint64_t> checked_today;
    for (const auto& event : today) {
      replay.on(event);
      const auto moment = model::store_moment(event.at_ms, 480);
      if (event.kind == model::PastKind::voided && thanked_sales.contains(event.of))
        voided_after_thanks.insert(event.of);
      if (event.kind != model::PastKind::happened) continue;
      if (event.trigger == model::Trigger::enrolment) welcomed.insert(event.shopper.member.value);
      if (event.trigger == model::Trigger::check_in && checked_today.insert(event.shopper.member.value).second)
        checked_in += 2;
      if (event.trigger != model::Trigger::sale_paid || !event.shopper.member || event.eligible_minor < 4'500) continue;
      // Campaign 3 is a matter of weekdays from 13 to 18 o'clock.
      const bool of_three = model::weekday_of(moment.date) < 5 && moment.minute >= 13 * 60 && moment.minute < 18 * 60;
      if (of_three) continue;
      if (thanked.insert({event.shopper.member.value, moment.date}).second) thanked_sales.insert(event.transaction);
    }
  }
  const auto& campaigns = replay.campaigns();
  CHECK(campaigns.at({1}).gave == welcomed.size());
  CHECK(campaigns.at({6}).points == checked_in);
  CHECK(campaigns.at({2}).gave >= thanked.size());
  CHECK(campaigns.at({2}).undone >= voided_after_thanks.size());
  CHECK_FALSE(voided_after_thanks.empty());
  // What decides by itself and shares its turn with nobody gives no less when nobody can be asked; what defers or
  // denies, and has limits, gives nothing then.
  for (const auto decides : {1U, 6U, 12U})
    CHECK(campaigns.at({decides}).blind_gave >= campaigns.at({decides}).gave);
  for (const auto waits : {3U, 4U, 5U, 7U, 8U, 9U, 10U, 11U}) CHECK(campaigns.at({waits}).blind_gave == 0);
  for (const auto& [id, campaign] : campaigns) {
    CAPTURE(id.value);
    CHECK(campaign.gave >= campaign.members);
    CHECK(campaign.undone <= campaign.gave);
    CHECK(campaign.undone_minor <= campaign.face_minor);
  }
}
