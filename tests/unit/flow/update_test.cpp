// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/flow/places.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>
#include <utility>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

TEST_CASE("A press or a message at a place leads to a place and to commands") {
  struct Row {
    const char* name;
    Model model;
    Msg msg;
    Place place;
    const char* cmds;
  };
  const Row rows[]{
      {"a passer-by starts to scan", at(Place::attract), Tapped{Target::start_scan}, Place::scan, ""},
      {"a passer-by joins", at(Place::attract), Tapped{Target::join}, Place::phone, ""},
      {"a code in front of the attract screen", at(Place::attract), CodeRead{"K1:A"}, Place::scan, "Identify"},
      {"a payment code in front of the attract screen", at(Place::attract), PaymentCodeSeen{}, Place::scan, ""},
      {"a code", at(Place::scan), CodeRead{"K1:A"}, Place::scan, "Identify"},
      {"a second code while the first is looked up", identifying(Place::scan), CodeRead{"K1:B"}, Place::scan, ""},
      {"its member", identifying(Place::scan), MemberFound{card_of(lin)}, Place::card, "StartSession"},
      {"nobody", identifying(Place::scan), IdentifyFailed{base::Code::member_unknown}, Place::scan, ""},
      {"a member that nobody asked for", at(Place::scan), MemberFound{card_of(lin)}, Place::scan, ""},
      {"no code at hand", at(Place::scan), Tapped{Target::use_phone}, Place::phone, ""},
      {"back from the scan", at(Place::scan), Tapped{Target::back}, Place::attract, "EndSession"},
      {"back from the phone", at(Place::phone), Tapped{Target::back}, Place::attract, "EndSession"},
      {"an unfinished number", at(Place::phone), Tapped{Target::submit}, Place::phone, ""},
      {"back from the age", at(Place::age), Tapped{Target::back}, Place::phone, ""},
      {"old enough", at(Place::age), Tapped{Target::age_enough}, Place::consent, ""},
      {"with a guardian", at(Place::age), Tapped{Target::age_guardian}, Place::consent, ""},
      {"too young and alone", at(Place::age), Tapped{Target::age_younger}, Place::too_young, ""},
      {"leaving too young", at(Place::too_young), Tapped{Target::done}, Place::attract, "EndSession"},
      {"a member's age is not asked for a withdrawal", at(Place::my_consents), Tapped{Target::age_enough},
       Place::my_consents, ""},
      {"back from the consents", at(Place::consent), Tapped{Target::back}, Place::age, ""},
      {"no consent", at(Place::consent), Tapped{Target::submit}, Place::consent, ""},
      {"leaving instead of consenting", at(Place::consent), Tapped{Target::exit}, Place::attract, "EndSession"},
      {"a member's code during an enrolment", identifying(Place::consent), MemberFound{card_of(lin)}, Place::card,
       "StartSession"},
      {"an enrolment", enrolling(), Enrolled{base::MemberId{lin}}, Place::issued, "StartSession"},
      {"an enrolment that could not be saved", enrolling(), EnrolFailed{base::Code::disk_full}, Place::phone, ""},
      {"an enrolment nobody waits for", at(Place::attract), Enrolled{base::MemberId{lin}}, Place::attract, ""},
      {"done after a number was typed", enrolled(), Tapped{Target::done}, Place::attract, "LeaveSession"},
      {"leaving after a number was typed", enrolled(), Tapped{Target::exit}, Place::attract, "EndSession"},
      {"the sale of whoever typed a number", enrolled(), SaleCommitted{weak_sale_of(lin), {}}, Place::issued, ""},
      {"their sale when they have gone", at(Place::attract), SaleCommitted{weak_sale_of(lin), {}}, Place::attract, ""},
      {"the sale of whoever typed a number before", enrolled(), SaleCommitted{weak_sale_of(wang), {}}, Place::issued,
       ""},
      {"their sale in front of another's card", at(Place::card), SaleCommitted{weak_sale_of(wang), {}}, Place::card,
       ""},
      {"printing the card", at(Place::card), Tapped{Target::print_card}, Place::card, "PrintCard"},
      {"done with the card", at(Place::card), Tapped{Target::done}, Place::attract, "EndSession"},
      {"leaving the card", at(Place::card), Tapped{Target::exit}, Place::attract, "EndSession"},
      {"the same member's code again", identifying(Place::card), MemberFound{card_of(lin)}, Place::card, ""},
      {"the same member's code again while their sale is shown", identifying(Place::issued), MemberFound{card_of(lin)},
       Place::issued, ""},
      {"the same member's code again while they choose", identifying(Place::my_consents), MemberFound{card_of(lin)},
       Place::my_consents, ""},
      {"another member's code while a sale is shown", identifying(Place::issued), MemberFound{card_of(wang)},
       Place::card, "EndSession StartSession"},
      {"another member's code", identifying(Place::card), MemberFound{card_of(wang)}, Place::card,
       "EndSession StartSession"},
      {"a bad code in front of a card", identifying(Place::card), IdentifyFailed{base::Code::code_forged}, Place::card,
       ""},
      {"the member's own sale", at(Place::card), SaleCommitted{sale_of(lin), card_of(lin)}, Place::issued, ""},
      {"the sale of whoever stood here before", at(Place::card), SaleCommitted{sale_of(wang), card_of(wang)},
       Place::card, ""},
      {"the sale of whoever has gone", at(Place::attract), SaleCommitted{sale_of(lin), card_of(lin)}, Place::attract,
       ""},
      {"a sale of nobody", at(Place::card), SaleCommitted{sale_of(0), {}}, Place::card, ""},
      {"from the sale to the card", at(Place::issued), Tapped{Target::done}, Place::card, ""},
      {"from the card to what was agreed to", at(Place::card), Tapped{Target::my_consents}, Place::my_consents, ""},
      {"one touch takes a consent back", at(Place::my_consents), Tapped{Target::consent_marketing}, Place::my_consents,
       "ChangeConsent"},
      {"a purpose that is not on the list", at(Place::my_consents), Tapped{Target::consent_partners},
       Place::my_consents, ""},
      {"back from what was agreed to", at(Place::my_consents), Tapped{Target::back}, Place::card, ""},
      {"done with what was agreed to", at(Place::my_consents), Tapped{Target::done}, Place::card, ""},
      {"leaving what was agreed to", at(Place::my_consents), Tapped{Target::exit}, Place::attract, "EndSession"},
      {"another member's code meanwhile", identifying(Place::my_consents), MemberFound{card_of(wang)}, Place::card,
       "EndSession StartSession"},
      {"a consent that nobody waits for", at(Place::attract), ConsentSaved{model::Purpose::marketing, false},
       Place::attract, ""},
      {"a target that this screen does not have", at(Place::attract), Tapped{Target::print_card}, Place::attract, ""},
  };
  for (auto row : rows) {
    CAPTURE(row.name);
    const auto cmds = update(row.model, row.msg, start_ms);
    CHECK(name_of(row.model.place) == name_of(row.place));
    CHECK(names_of(cmds) == row.cmds);
    if (row.model.place == Place::attract) CHECK_FALSE(holds_member_data(row.model));
  }
}

TEST_CASE("Enrolling sends the number, each purpose with its answer, and the words that were shown") {
  auto model = at(Place::consent);
  CHECK_FALSE(model.consent_membership);
  CHECK_FALSE(model.consent_marketing);
  feed(model, Tapped{Target::consent_membership}, start_ms);
  const auto cmds = update(model, Tapped{Target::submit}, start_ms);
  REQUIRE(cmds.size() == 1);
  const auto& enrol = std::get<Enrol>(cmds[0]);
  CHECK(enrol.phone_e164 == "+8613800138000");
  REQUIRE(enrol.consents.size() == 2);
  CHECK(enrol.consents[0].purpose == model::Purpose::membership);
  CHECK(enrol.consents[0].granted);
  CHECK(enrol.consents[1].purpose == model::Purpose::marketing);
  CHECK_FALSE(enrol.consents[1].granted);
  for (const auto& consent : enrol.consents) CHECK(consent.language == "zh-CN");
  REQUIRE(enrol.notices.size() == 2);
  CHECK(enrol.notices[0] == model.programme->membership_notice.zh_cn);
  CHECK(enrol.notices[1] == model.programme->marketing_notice.zh_cn);
}

TEST_CASE("The answer about age goes with each consent, and whoever is too young leaves no number behind") {
  for (const auto& [target, age] : {std::pair{Target::age_enough, model::AgeAnswer::old_enough},
                                    std::pair{Target::age_guardian, model::AgeAnswer::guardian_agrees}}) {
    auto model = at(Place::age);
    const auto asked = std::get<ConsentView>(present(model, start_ms, noon_ms).screen);
    CHECK(asked.choices.size() == 3);
    CHECK(std::ranges::none_of(asked.choices, &ConsentChoice::checked));
    feed(model, Tapped{target}, start_ms);
    feed(model, Tapped{Target::consent_membership}, start_ms);
    const auto cmds = update(model, Tapped{Target::submit}, start_ms);
    REQUIRE(cmds.size() == 1);
    for (const auto& consent : std::get<Enrol>(cmds[0]).consents) CHECK(consent.age == age);
  }
  const auto refused = at(Place::too_young);
  CHECK(refused.phone.empty());
  CHECK_FALSE(present(refused, start_ms, noon_ms).personal);
}

TEST_CASE("What is asked about age is what the country of the programme asks") {
  struct Row {
    std::int32_t age_min;
    bool guardians_agree;
    std::size_t choices;  // 0: nobody is asked
  };
  for (const Row& row : {Row{14, true, 3}, Row{16, false, 2}, Row{0, true, 0}}) {
    CAPTURE(row.age_min);
    auto model = at(Place::phone);
    auto programme = demo_programme();
    programme.country.joining = {row.age_min, row.guardians_agree};
    feed(model, ProgrammeChanged{programme}, start_ms);
    type_phone(model, "13800138000");
    feed(model, Tapped{Target::submit}, start_ms);
    CHECK(name_of(model.place) == (row.choices == 0 ? "consent" : "age"));
    const auto view = std::get<ConsentView>(present(model, start_ms, noon_ms).screen);
    if (row.choices > 0) {
      CHECK(view.choices.size() == row.choices);
      CHECK(view.one_of);
      CHECK(view.choices[0].label.find(std::to_string(row.age_min)) != std::string::npos);
      // Nobody is alone where nobody may come along.
      CHECK((view.choices.back().label.find("独自") != std::string::npos) == row.guardians_agree);
      feed(model, Tapped{Target::age_guardian}, start_ms);
      CHECK(name_of(model.place) == (row.guardians_agree ? "consent" : "age"));
      feed(model, Tapped{Target::age_enough}, start_ms);
    }
    feed(model, Tapped{Target::consent_membership}, start_ms);
    const auto cmds = update(model, Tapped{Target::submit}, start_ms);
    REQUIRE(cmds.size() == 1);
    CHECK(std::get<Enrol>(cmds[0]).consents.front().age ==
          (row.guardians_agree && row.choices > 0 ? model::AgeAnswer::guardian_agrees : model::AgeAnswer::old_enough));
  }
}

TEST_CASE("An answer for another country's question is asked for again") {
  auto model = at(Place::consent);
  feed(model, Tapped{Target::consent_membership}, start_ms);
  auto programme = demo_programme();
  programme.country.joining.age_min = 16;
  feed(model, ProgrammeChanged{programme}, start_ms);
  CHECK(name_of(model.place) == "age");
  CHECK(model.age == model::AgeAnswer::not_asked);
}

TEST_CASE("A member who has told how old they are is asked again only where more is asked") {
  struct Row {
    std::int32_t told;
    std::int32_t asked;
    bool again;
  };
  for (const Row& row :
       {Row{0, 14, true}, Row{14, 14, false}, Row{18, 14, false}, Row{14, 16, true}, Row{14, 0, false}}) {
    CAPTURE(row.told, row.asked);
    auto model = at(Place::my_consents);
    auto programme = demo_programme();
    programme.country.joining.age_min = row.asked;
    feed(model, ProgrammeChanged{programme}, start_ms);
    model.card->consents = {{model::Purpose::marketing, false}};
    model.card->told_age_min = row.told;
    const auto cmds = update(model, Tapped{Target::consent_marketing}, start_ms);
    CHECK(name_of(model.place) == (row.again ? "age" : "my_consents"));
    REQUIRE(cmds.size() == (row.again ? 0 : 1));
    if (!row.again) CHECK(std::get<ChangeConsent>(cmds[0]).age == model::AgeAnswer::old_enough);
  }
}

TEST_CASE("Digits are typed and read as the country of the programme has them") {
  auto model = at(Place::phone);
  auto programme = demo_programme();
  programme.country.phone = {"49", "0", 10, 11, {"15", "16", "17"}};
  feed(model, ProgrammeChanged{programme}, start_ms);
  type_phone(model, "0151123456");
  const auto shown = [&] { return std::get<PhoneView>(present(model, start_ms, noon_ms).screen); };
  CHECK_FALSE(shown().submit.enabled);
  CHECK(shown().hint.find("11–12") != std::string::npos);
  type_phone(model, "7899");
  CHECK(model.phone == "015112345678");  // and no digit more
  CHECK(shown().submit.enabled);
  feed(model, Tapped{Target::submit}, start_ms);
  CHECK(name_of(model.place) == "age");
  feed(model, Tapped{Target::age_enough}, start_ms);
  feed(model, Tapped{Target::consent_membership}, start_ms);
  const auto cmds = update(model, Tapped{Target::submit}, start_ms);
  REQUIRE(cmds.size() == 1);
  CHECK(std::get<Enrol>(cmds[0]).phone_e164 == "+4915112345678");
}

TEST_CASE("A member who gives a consent is asked once how old they are, and for taking one back never") {
  auto model = at(Place::my_consents);
  model.card->consents = {{model::Purpose::marketing, false}, {model::Purpose::profiling, false}};
  CHECK(update(model, Tapped{Target::consent_profiling}, start_ms).empty());
  CHECK(name_of(model.place) == "age");

  SECTION("answered") {
    const auto first = update(model, Tapped{Target::age_enough}, start_ms);
    CHECK(name_of(model.place) == "my_consents");
    REQUIRE(first.size() == 1);
    const auto& change = std::get<ChangeConsent>(first[0]);
    CHECK(change.purpose == model::Purpose::profiling);
    CHECK(change.granted);
    CHECK(change.age == model::AgeAnswer::old_enough);
    feed(model, ConsentSaved{model::Purpose::profiling, true, change.ticket}, start_ms);
    const auto second = update(model, Tapped{Target::consent_marketing}, start_ms);
    REQUIRE(second.size() == 1);
    CHECK(std::get<ChangeConsent>(second[0]).age == model::AgeAnswer::old_enough);
    feed(model, ConsentSaved{model::Purpose::marketing, true, std::get<ChangeConsent>(second[0]).ticket}, start_ms);
    const auto back = update(model, Tapped{Target::consent_profiling}, start_ms);
    REQUIRE(back.size() == 1);
    CHECK_FALSE(std::get<ChangeConsent>(back[0]).granted);
    CHECK(std::get<ChangeConsent>(back[0]).age == model::AgeAnswer::not_asked);
  }
  SECTION("not answered") {
    feed(model, Tapped{Target::back}, start_ms);
    CHECK(name_of(model.place) == "my_consents");
    CHECK_FALSE(model.agreeing);
  }
  SECTION("too young") {
    CHECK(update(model, Tapped{Target::age_younger}, start_ms).empty());
    CHECK(name_of(model.place) == "too_young");
    feed(model, Tapped{Target::done}, start_ms);
    CHECK(name_of(model.place) == "my_consents");
    CHECK_FALSE(model.agreeing);
    CHECK(model.card);
  }
}

TEST_CASE("A tick does not survive other words") {
  auto model = at(Place::consent);
  const auto tick = [&] { feed(model, Tapped{Target::consent_membership}, start_ms); };
  tick();
  feed(model, Tapped{Target::language}, start_ms);
  CHECK_FALSE(model.consent_membership);
  tick();
  auto programme = demo_programme();
  programme.version = 2;
  feed(model, ProgrammeChanged{programme}, start_ms);
  CHECK(model.consent_membership);  // the same words under a new version
  programme.membership_notice.en += " And more.";
  feed(model, ProgrammeChanged{programme}, start_ms);
  CHECK_FALSE(model.consent_membership);
  CHECK(names_of(update(model, ProgrammeChanged{std::nullopt}, start_ms)) == "EndSession");
  CHECK(model.place == Place::attract);
}

TEST_CASE("A member takes a consent back and gives it again, one touch each, and sees what was saved") {
  auto model = at(Place::my_consents);
  const auto shown = [&] {
    return std::get<ConsentView>(present(model, start_ms, noon_ms).screen).choices.at(0).checked;
  };
  CHECK(shown());
  const auto asked = update(model, Tapped{Target::consent_marketing}, start_ms);
  REQUIRE(asked.size() == 1);
  const auto& change = std::get<ChangeConsent>(asked[0]);
  CHECK(change.member == base::MemberId{lin});
  CHECK(change.purpose == model::Purpose::marketing);
  CHECK_FALSE(change.granted);
  CHECK(change.language == "zh-CN");
  CHECK(shown());                                                             // nothing is shown before it is saved
  CHECK(update(model, Tapped{Target::consent_marketing}, start_ms).empty());  // an impatient second touch

  SECTION("it is saved") {
    feed(model, ConsentSaved{model::Purpose::marketing, false, change.ticket}, start_ms);
    CHECK_FALSE(shown());
    CHECK(present(model, start_ms, noon_ms).toast);
    CHECK(update(model, Tapped{Target::consent_marketing}, start_ms).empty());  // first how old they are
    const auto again = update(model, Tapped{Target::age_enough}, start_ms);
    REQUIRE(again.size() == 1);
    CHECK(std::get<ChangeConsent>(again[0]).granted);
  }
  SECTION("it cannot be saved") {
    feed(model, ConsentFailed{base::Code::disk_full, change.ticket}, start_ms);
    CHECK(shown());
    CHECK(model.problem == base::Code::disk_full);
    CHECK_FALSE(model.busy);
  }
  SECTION("they have left") {
    feed(model, Tapped{Target::exit}, start_ms);
    feed(model, ConsentSaved{model::Purpose::marketing, false, change.ticket}, start_ms);
    CHECK(model.place == Place::attract);
    CHECK_FALSE(holds_member_data(model));
  }
}

TEST_CASE("Phone numbers are checked before consent is asked for") {
  struct Row {
    const char* typed;
    Place place;
    bool problem;
  };
  const Row rows[]{{"13800138000", Place::age, false},
                   {"138001380001234", Place::age, false},
                   {"23800138000", Place::phone, true},
                   {"12800138000", Place::phone, true},
                   {"1380013800", Place::phone, false}};
  for (const auto& row : rows) {
    CAPTURE(row.typed);
    auto model = at(Place::phone);
    type_phone(model, row.typed);
    feed(model, Tapped{Target::submit}, start_ms);
    CHECK(name_of(model.place) == name_of(row.place));
    CHECK(model.problem.has_value() == row.problem);
  }
  auto model = at(Place::phone);
  type_phone(model, "139");
  feed(model, Tapped{Target::backspace}, start_ms);
  CHECK(model.phone == "13");
}

TEST_CASE("A quiet screen warns for twenty seconds and then forgets") {
  for (const auto place : {Place::scan, Place::phone, Place::age, Place::too_young, Place::consent, Place::card,
                           Place::issued, Place::my_consents}) {
    CAPTURE(name_of(place));
    auto model = at(place);
    CHECK(model.idle_at_ms == start_ms + idle_ms);
    feed(model, Ticked{}, start_ms + idle_ms - idle_warning_ms);
    CHECK(model.place == place);
    CHECK(present(model, start_ms + idle_ms - idle_warning_ms, noon_ms).chrome.countdown.has_value());
    CHECK(names_of(update(model, Ticked{}, start_ms + idle_ms)) == "EndSession");
    CHECK(model.place == Place::attract);
    CHECK_FALSE(holds_member_data(model));
    CHECK(model.idle_at_ms == 0);
  }
}

TEST_CASE("One touch gives more time, and a touch that comes too late gives none") {
  auto model = at(Place::card);
  const auto warning_ms = start_ms + idle_ms - 5'000;
  feed(model, Ticked{}, warning_ms);
  feed(model, Tapped{Target::more_time}, warning_ms);
  CHECK(model.idle_at_ms == warning_ms + idle_ms);
  CHECK(names_of(update(model, Tapped{Target::print_card}, warning_ms + idle_ms + 1)) == "EndSession");
  CHECK(model.place == Place::attract);
}

TEST_CASE("The countdown ticks every second and only while it shows") {
  auto model = at(Place::card);
  CHECK(model.next_tick_ms == model.idle_at_ms - idle_warning_ms);
  std::vector<std::int64_t> left;
  for (auto now = model.next_tick_ms; model.place == Place::card; now = model.next_tick_ms) {
    feed(model, Ticked{}, now);
    left.push_back((start_ms + idle_ms - now) / 1000);
    REQUIRE(left.size() < 30);
  }
  REQUIRE(left.size() == 21);
  for (std::size_t i = 0; i < left.size(); ++i) CHECK(left[i] == 20 - static_cast<std::int64_t>(i));
}

TEST_CASE("A shown card follows its member's changes without another scan") {
  auto model = at(Place::card);
  auto richer = card_of(lin);
  richer.points = 3000;
  richer.strength = model::Strength::nobody;  // nobody shows it now; it was shown before
  CHECK(update(model, CardChanged{richer}, start_ms).empty());
  CHECK(model.card->points == 3000);
  CHECK(model.card->strength == model::Strength::member_code);
  const auto revision = model.revision;
  feed(model, CardChanged{richer}, start_ms);
  CHECK(model.revision == revision);
  feed(model, CardChanged{card_of(wang)}, start_ms);
  CHECK(model.card->member.value == lin);
  // No choice goes from under the finger.
  auto choosing = at(Place::my_consents);
  richer.consents.clear();
  feed(choosing, CardChanged{richer}, start_ms);
  CHECK(choosing.card->points == 3000);
  CHECK(choosing.card->consents.size() == 1);
  // It is no answer to whoever waits for one.
  auto waiting = identifying(Place::scan);
  feed(waiting, CardChanged{card_of(lin)}, start_ms);
  CHECK(waiting.busy);
  CHECK_FALSE(waiting.card);
}

TEST_CASE("What changes nothing leaves the revision alone, so that nothing is sent or drawn") {
  auto model = at(Place::card);
  feed(model, LineChanged{true, 0}, start_ms);
  const auto revision = model.revision;
  for (const Msg& msg :
       {Msg{LineChanged{true, 0}}, Msg{CameraChanged{ports::DeviceState::ok}}, Msg{CardChanged{card_of(wang)}},
        Msg{PrinterChanged{ports::DeviceState::ok}}, Msg{Tapped{Target::retry}},
        Msg{PrintDone{true, ports::DeviceState::ok}}, Msg{EnrolFailed{base::Code::timeout}}}) {
    CAPTURE(msg.index());
    feed(model, msg, start_ms);
    CHECK(model.revision == revision);
  }
  feed(model, LineChanged{false, 1}, start_ms);
  CHECK(model.revision == revision + 1);
}

TEST_CASE("Language goes back to the house's with the session") {
  auto model = at(Place::attract);
  feed(model, Tapped{Target::language}, start_ms);
  CHECK(model.locale == Locale::en);
  CHECK(model.idle_at_ms > 0);
  feed(model, Ticked{}, start_ms + idle_ms);
  CHECK(model.locale == Locale::zh_cn);
}

TEST_CASE("The line's return is told until the queue is empty") {
  auto model = kiosk();
  const auto banner = [&] { return present(model, start_ms, noon_ms).chrome.banner; };
  feed(model, LineChanged{true, 3}, start_ms);
  CHECK_FALSE(banner().has_value());  // every sale queues for a moment
  feed(model, LineChanged{false, 0}, start_ms);
  REQUIRE(banner().has_value());
  CHECK(banner()->text == "断网");  // nothing waits yet
  feed(model, LineChanged{false, 7}, start_ms);
  REQUIRE(banner().has_value());
  CHECK(banner()->text == "断网 · 7 条待同步");
  CHECK(banner()->detail == "断网也能积分，网络恢复后自动同步");
  feed(model, LineChanged{true, 4}, start_ms);
  REQUIRE(banner().has_value());
  CHECK(banner()->tone == Tone::positive);
  feed(model, LineChanged{true, 0}, start_ms);
  CHECK_FALSE(banner().has_value());
}
