// SPDX-License-Identifier: Apache-2.0
// What the till is answered: who spends more than a picture of a card is good for, with somebody's word and without;
// why a sale brought no coupon.
#include "kiosk/service/till_health.h"
#include "tests/unit/service/counter.h"

using namespace millpond;
using nlohmann::json;
using tests::Before;
using tests::cashier_pin;
using tests::Counter;

namespace {

// A member with 2,490 points, and a lease that has them.
struct Till : Counter {
  std::string card = service->shop()->terminal().member_code({88});

  Till() : Counter{Before::told_by_the_hub} {
    auto& journal = service->shop()->journal();
    base::Epoch live;
    REQUIRE(journal.with([&](store::Journal& open) { live = open.outbox()->live_epoch; }));
    const model::Lease lease{{100}, model::LeaseKind::points, 0, live, 2'000, 0, tests::noon_ms + 7'000'000'000};
    REQUIRE(journal.commit([&](store::Transaction& transaction) { return transaction.put_lease(lease); }));
  }
  // What the till is answered when somebody pays 600 points.
  json pay(const std::string& transaction, const std::string& member_code, const json& more = json::object()) {
    json body{
        {"tenders",
         {{{"type", "cash"}, {"amount_minor", 3'600}}, {{"type", "points"}, {"amount_minor", 600}, {"points", 600}}}}};
    body.update(more);
    sell(transaction, member_code, body);
    const auto at = heard.rfind(" {") + 1;
    return json::parse(heard.substr(at, heard.find('\n', at) - at));
  }
  [[nodiscard]] long words() const {
    const auto entries = ask("journal", {{"queued_only", true}}).at("entries");
    return std::ranges::count_if(entries, [](const json& entry) { return entry.at("kind") == "act_approved"; });
  }
};

json word_of(int staff, const std::string& pin) { return {{"approval", {{"staff", staff}, {"pin", pin}}}}; }

}  // namespace

TEST_CASE("A cashier's PIN in the sale lets one sale of a card spend above the floor") {
  Till till;
  CHECK(till.pay("1", till.card).at("points_refused").at("code") == "identity_too_weak");

  const auto paid = till.pay("2", till.card, word_of(3, cashier_pin));
  CHECK(paid.at("recorded") == true);
  CHECK(paid.value("points_spent", 0) == 600);
  CHECK_FALSE(paid.contains("approval_problem"));
  CHECK(till.words() == 1);
  CHECK(till.pay("2", till.card, word_of(3, cashier_pin)) == paid);  // told again: nobody is asked, nothing is spent

  CHECK(till.pay("3", till.card).at("points_refused").at("code") == "identity_too_weak");
  CHECK(till.words() == 1);
}

TEST_CASE("A word given before the sale lets one sale of that member spend") {
  Till till;
  const auto number = base::format_id('M', 88);
  CHECK(till.ask("staff", {{"do", "vouch"}, {"staff", 3}, {"pin", cashier_pin}, {"member", number}}).at("done") ==
        "vouch");
  CHECK(till.pay("1", till.card).value("points_spent", 0) == 600);
  CHECK(till.pay("2", till.card).at("points_refused").at("code") == "identity_too_weak");
  CHECK(till.words() == 1);
}

TEST_CASE("A word that is not somebody's, or not for this, spends nothing, and the sale stands") {
  struct Row {
    const char* what;
    json word;
    bool typed;
    const char* problem;  // of the word; empty: it is whole and of no use here
  };
  Till till;
  int transaction = 0;
  for (const Row& row : {
           Row{"a wrong PIN", word_of(3, "111222"), false, "pin_wrong"},
           Row{"nobody's number", word_of(9, cashier_pin), false, "person_unknown"},
           Row{"a number that was typed", word_of(3, cashier_pin), true, ""},
       }) {
    CAPTURE(row.what);
    const auto paid = till.pay(std::to_string(++transaction), row.typed ? tests::phone : till.card, row.word);
    CHECK(paid.at("recorded") == true);
    CHECK(paid.at("points_refused").at("code") == "identity_too_weak");
    CHECK(paid.value("approval_problem", "") == row.problem);
  }
  for (int i = 0; i < 5; ++i) till.pay(std::to_string(++transaction), till.card, word_of(3, "111222"));
  const auto locked = till.pay(std::to_string(++transaction), till.card, word_of(3, cashier_pin));
  CHECK(locked.value("approval_problem", "") == "pin_locked");
  CHECK(locked.at("points_refused").at("code") == "identity_too_weak");
  CHECK(till.count("points_spent") == 0);
}

TEST_CASE("A sale that would have brought a coupon says why it brought none") {
  Till till;
  CHECK(till.pay("1", till.card).contains("coupon"));
  till.clock.set_wall_ms(tests::noon_ms + 200LL * 86'400'000);  // a clock that nobody vouches for
  const auto paid = till.pay("2", till.card);
  CHECK(paid.value("coupon_problem", "") == "time_unknown");
  CHECK_FALSE(paid.contains("coupon"));
  CHECK(paid.value("points_earned", 0) == 36);
}

TEST_CASE("A terminal's health says what would be refused, and why") {
  using service::TillHealth;
  const TillHealth good{store::JournalHealth{},       {}, false, true, 3, 200, engine::Line::offline,
                        ports::DeviceState::paper_out};
  const auto told = json::parse(service::health_json(good));
  CHECK(
      told ==
      json::parse(R"({"ok":true,"programme":3,"refuses":{},"line":"offline","printer":"paper_out","holds_left":200})"));

  struct Row {
    const char* name;
    std::function<void(TillHealth&)> change;
    bool ok;
    json refuses;
  };
  const auto budget = [](store::BudgetLevel level) { return [level](TillHealth& of) { of.journal->budget = level; }; };
  const std::vector<Row> rows{
      {"little space is left", budget(store::BudgetLevel::tight), true, {{"members", "disk_full"}}},
      {"no space is left",
       budget(store::BudgetLevel::full),
       false,
       {{"sales", "disk_full"}, {"members", "disk_full"}, {"coupons", "disk_full"}, {"holds", "disk_full"}}},
      {"the journal cannot be asked",
       [](TillHealth& of) {
         of.journal.reset();
         of.journal_error = base::Code::disk_error;
       },
       false,
       {{"sales", "disk_error"}, {"members", "disk_error"}, {"coupons", "disk_error"}, {"holds", "disk_error"}}},
      {"the hub has seen a copy",
       [](TillHealth& of) { of.suspended = true; },
       true,
       {{"coupons", "value_suspended"}, {"holds", "value_suspended"}}},
      {"nobody knows the day",
       [](TillHealth& of) { of.day_known = false; },
       true,
       {{"coupons", "time_unknown"}, {"holds", "time_unknown"}}},
      {"no programme has come",
       [](TillHealth& of) { of.programme = 0; },
       true,
       {{"coupons", "no_programme"}, {"holds", "no_programme"}}},
      {"every place for a basket is taken", [](TillHealth& of) { of.holds_left = 0; }, true, {{"holds", "overloaded"}}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    auto health = good;
    row.change(health);
    const auto answer = json::parse(service::health_json(health));
    CHECK(answer.at("ok") == row.ok);
    CHECK(answer.at("refuses") == row.refuses);
  }
}

TEST_CASE("A till that asks hears how its terminal is") {
  Till till;
  auto& counter = *till.service->counter();
  const auto ask = [&] {
    const auto answer = counter.health();
    CHECK(answer.status == 200);
    return json::parse(answer.json);
  };
  auto told = ask();
  CHECK(told.at("ok") == true);
  CHECK(told.at("refuses") == json::object());
  CHECK(told.at("holds_left") == 200);
  CHECK(told.at("printer") == "not_configured");
  base::Result<> kept;
  REQUIRE(till.service->shop()->journal().with(
      [&](store::Journal& journal) { kept = client::keep_standing(true, journal); }));
  REQUIRE(kept);
  told = ask();
  CHECK(told.at("ok") == true);
  CHECK(told.at("refuses").at("coupons") == "value_suspended");
}
