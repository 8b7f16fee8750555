// SPDX-License-Identifier: Apache-2.0
// An observer at the screen, at the till and at the command line types a number. Everything that comes out is written
// down, for a number that nobody knows, one that this terminal enrolled and one that the hub told of, and must be the
// same but for identities of the same form.
#include "tests/unit/service/counter.h"

using namespace millpond;
using nlohmann::json;
using tests::Before;
using tests::cashier_pin;
using tests::Counter;
using tests::manager_pin;
using tests::phone;

namespace {

std::string observe(Before before) {
  Counter counter{before};
  counter.type_number();
  counter.sell("1001", "");  // of whoever stands at the screen
  counter.see("the sale", counter.wait_for("issued", [](const flow::ViewModel& view) {
    return !std::get<flow::IssuedView>(view.screen).points.empty();
  }));
  counter.tap(flow::Target::done);
  counter.post("/v1/members", {{"phone", phone}});
  counter.sell("1002", phone);
  counter.sell("1002", phone);
  counter.get("/v1/members/" + std::string{phone});
  counter.command("member", {{"whom", phone}});
  counter.command("card", {{"whom", phone}});
  counter.command("consent", {{"code", phone}, {"purpose", "marketing"}, {"granted", false}});
  counter.hear("queued", counter.ask("journal", {{"queued_only", true}}).at("entries").size() > 0
                             ? std::to_string(counter.ask("journal", {{"queued_only", true}}).at("entries").size())
                             : "none");
  counter.read_slips();
  CHECK(counter.slips() == 2);
  // What was compared is there at all.
  CHECK(counter.count("\"points_earned\":42") == 3);
  CHECK(counter.count("identity_too_weak") == 4);
  CHECK(counter.count("balance") == 0);
  CHECK(counter.count(phone) == counter.count("/v1/members/" + std::string{phone}));
  return counter.heard;
}

}  // namespace

TEST_CASE("Whoever types a number at the kiosk, the till or the command line cannot tell a known one from a new one") {
  const auto nobody = observe(Before::nobody);
  CHECK(observe(Before::enrolled_here) == nobody);
  CHECK(observe(Before::told_by_the_hub) == nobody);
}

TEST_CASE("With a cashier's word the card of a new and of a known number is printed, and without it none") {
  std::vector<std::string> cards;
  for (const auto before : {Before::nobody, Before::told_by_the_hub}) {
    Counter counter{before};
    counter.post("/v1/members", {{"phone", phone}, {"approval", {{"staff", 3}, {"pin", "111222"}}}});
    CHECK(counter.count("403") == 1);
    CHECK(counter.count("pin_wrong") == 1);
    counter.read_slips();
    CHECK(counter.slips() == 0);
    counter.post("/v1/members", {{"phone", phone}, {"approval", {{"staff", 3}, {"pin", cashier_pin}}}});
    CHECK(counter.count("\"card\":\"printing\"") == 1);
    counter.read_slips();
    CHECK(counter.slips() == 1);
    cards.push_back(counter.heard);
  }
  CHECK(cards[0] == cards[1]);
}

TEST_CASE("A look-up by hand takes a cashier's PIN at the till and at the command line") {
  Counter counter{Before::told_by_the_hub};
  const json approval{{"staff", 3}, {"pin", cashier_pin}};
  counter.post("/v1/lookups", {{"whom", phone}, {"approval", {{"staff", 9}, {"pin", cashier_pin}}}});
  CHECK(counter.count("person_unknown") == 1);
  counter.post("/v1/lookups", {{"whom", phone}, {"approval", approval}});
  CHECK(counter.count("\"points\":2490") == 1);
  counter.post("/v1/lookups", {{"whom", "13700137000"}, {"approval", approval}});
  CHECK(counter.count("404") == 1);
  CHECK(counter.ask("member", {{"whom", phone}, {"staff", 3}, {"pin", "000111"}}).at("error") == "pin_wrong");
  CHECK(counter.ask("member", {{"whom", phone}, {"staff", 3}, {"pin", cashier_pin}}).at("points") == 2'490);
  CHECK(counter.ask("card", {{"whom", phone}, {"staff", 3}, {"pin", cashier_pin}}).at("card") == "printing");
  const auto code = counter.service->shop()->terminal().member_code(base::MemberId{88});
  CHECK(counter.ask("member", {{"whom", code}}).at("settled") == 2'490);
}

TEST_CASE("A till and the command line hear which points are not good yet and which end next") {
  Counter counter{Before::told_by_the_hub};
  const json approval{{"staff", 3}, {"pin", cashier_pin}};
  counter.post("/v1/lookups", {{"whom", phone}, {"approval", approval}});
  CHECK(counter.count("not_active") == 0);
  CHECK(counter.count("expiring") == 0);
  wire::MemberRow row{base::MemberId{88}, 2'490, 249'000, 2};
  row.pending = {{60'000, 90}};
  row.expires_day = base::parse_date("2099-12-31")->days;
  row.expiring_points = 120;
  counter.hub_says({tests::row_of(wire::RowKind::member, 88, wire::encode(row))});
  counter.post("/v1/lookups", {{"whom", phone}, {"approval", approval}});
  CHECK(counter.count(R"("not_active":90)") == 1);
  CHECK(counter.count(R"("expiring":{"points":120,"until":"2099-12-31"})") == 1);
  const auto shown = counter.ask("member", {{"whom", phone}, {"staff", 3}, {"pin", cashier_pin}});
  CHECK(shown.at("not_active") == 90);
  CHECK(shown.at("expiring").at("until") == "2099-12-31");
}

TEST_CASE("A manager's word in a sale is checked, and a sale is recorded whether it counts or not") {
  Counter counter{Before::nobody};
  const auto with = [](int staff, const char* pin) {
    return json{{"redemptions", {"K1:NOTHING"}}, {"approval", {{"staff", staff}, {"pin", pin}}}};
  };
  counter.sell("1", "", with(3, cashier_pin));
  CHECK(counter.count("\"approval_problem\":\"role_missing\"") == 1);
  counter.sell("1", "", with(3, cashier_pin));  // told again: the answer is there, nobody is asked
  CHECK(counter.count("\"approval_problem\":\"role_missing\"") == 2);
  counter.sell("2", "", with(3, "000111"));
  CHECK(counter.count("\"approval_problem\":\"pin_wrong\"") == 1);
  counter.sell("3", "", with(4, manager_pin));
  CHECK(counter.count("approval_problem") == 3);
  CHECK(counter.count("\"recorded\":true") == 4);
  const auto entries = counter.ask("journal", {{"queued_only", true}}).at("entries");
  CHECK(std::ranges::count_if(entries, [](const json& entry) { return entry.at("kind") == "staff_checked"; }) == 3);
}

TEST_CASE("Whoever typed a number and pressed done is paid for at the till, once, and the screen forgets them") {
  Counter counter{Before::nobody};
  counter.type_number();
  counter.tap(flow::Target::done);
  const auto view = counter.wait_for("attract");
  CHECK_FALSE(view.personal);
  counter.sell("1001", "");
  CHECK(counter.count("\"points_earned\":42") == 1);
  counter.sell("1002", "");
  CHECK(counter.count("\"points_earned\":42") == 1);
}

TEST_CASE("A number typed at the kiosk and again at the till answers for that sale and for no other") {
  Counter counter{Before::nobody};
  counter.type_number();
  counter.sell("1001", phone);
  CHECK(counter.count("\"points_earned\":42") == 1);
  counter.sell("1002", "");
  CHECK(counter.count("\"points_earned\":42") == 1);
}
