// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/listing.h"

#include "sync/sqlite/connection.h"
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

TEST_CASE("What changed on the disk is listed with what it reads as, until somebody has looked", "[listing]") {
  const Brand brand;
  Shop shop{brand};
  shop.post(shop.sale_of("T-1", 4200, shop.enrol("13800138000")));
  const auto listed = [&] {
    std::string listing;
    REQUIRE(shop.journal->with(
        [&](store::Journal& journal) { listing = terminal::quarantine_listing(journal).value_or(""); }));
    return nlohmann::json::parse(listing).at("kept");
  };
  CHECK(listed().empty());
  shop.close();
  {
    auto db = sqlite::Connection::open({.path = shop.folder / "journal.db"});
    REQUIRE(db);
    REQUIRE((*db)->execute("UPDATE outbox SET canonical = zeroblob(40) WHERE position = 5;"
                           "UPDATE outbox SET canonical = (SELECT canonical FROM outbox WHERE position = 3) "
                           "WHERE position = 4"));
  }
  shop.open();
  REQUIRE(shop.journal->with([&](store::Journal& journal) {
    const auto health = journal.health();
    REQUIRE(health);
    for (const auto epoch : health->damaged) REQUIRE(journal.quarantine_damage(epoch, {0}));
  }));
  auto kept = listed();
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].at("kind") == "fact");
  CHECK(kept[0].at("seq") == 4);
  CHECK(kept[0].at("closed") == false);
  CHECK(kept[0].at("reads_as").at("kind") == "sale_recorded");
  CHECK(kept[1].at("seq") == 5);
  CHECK(kept[1].at("bytes") == 40);
  CHECK(kept[1].at("reads_as").is_null());
  REQUIRE(shop.journal->with([&](store::Journal& journal) { REQUIRE(journal.close_quarantine()); }));
  kept = listed();
  REQUIRE(kept.size() == 2);
  CHECK(kept[1].at("closed") == true);
}
