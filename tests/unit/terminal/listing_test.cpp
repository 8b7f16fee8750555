// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/listing.h"

#include "tests/unit/terminal/shop.h"

#include <nlohmann/json.hpp>

using namespace millpond;
using tests::Brand;
using tests::Shop;

TEST_CASE("A listing tells every fact in order, without a phone number", "[listing]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.post(shop.sale_of("T-1", 4200, member));
  std::string listing;
  std::string health;
  REQUIRE(shop.journal->with([&](store::Journal& journal) {
    listing = terminal::journal_listing(journal, 100, true).value_or("");
    health = terminal::verify_listing(journal).value_or("");
  }));
  const auto entries = nlohmann::json::parse(listing).at("entries");
  std::vector<std::string> kinds;
  for (const auto& entry : entries) kinds.push_back(entry.at("kind"));
  CHECK(kinds ==
        std::vector<std::string>{"epoch_begun", "member_enrolled", "sale_recorded", "points_earned", "coupon_issued"});
  CHECK(entries[1].at("member") == base::format_id('M', member.value));
  CHECK(entries[3].at("points") == 42);
  CHECK(listing.find("13800138000") == std::string::npos);
  CHECK(nlohmann::json::parse(health).at("holds") == true);
  CHECK(nlohmann::json::parse(health).at("facts") == 5);
}

TEST_CASE("a journal's health is told in stable words") {
  store::JournalHealth health;
  CHECK(terminal::health_words(health) == "holds");
  health.budget = store::BudgetLevel::tight;
  CHECK(terminal::health_words(health) == "budget_tight");
  health.budget = store::BudgetLevel::full;
  health.ring_cut_through = {9};
  health.damaged = {{1}};
  health.quarantined = 3;
  health.set_aside = {"journal.db.damaged-1"};
  health.salvaged = 12;
  CHECK(terminal::health_words(health) == "budget_full, ring_cut, damaged, quarantined 3, set_aside 1, salvaged 12");
}
