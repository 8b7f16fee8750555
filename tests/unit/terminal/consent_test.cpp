// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/consent.h"

#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using model::Purpose;
using model::Strength;
using tests::Brand;
using tests::Shop;

namespace {

base::Result<> ask(Shop& shop, const terminal::ConsentAsk& ask) {
  const auto programme = model::parse_programme(base::view_of(tests::programme_json()));
  REQUIRE(programme);
  return terminal::change_consent(*shop.journal, *shop.replica, *shop.time, &*programme, ask);
}

}  // namespace

TEST_CASE("A consent names the words, the language and the version that was seen", "[consent]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  REQUIRE(
      ask(shop, {member, Strength::member_code, Purpose::marketing, true, "en", model::AgeAnswer::guardian_agrees}));
  wire::ProfileRow profile{member, ""};
  profile.consents = {{static_cast<std::uint32_t>(Purpose::marketing), 1, true}};
  shop.hub_says({tests::row_of(wire::RowKind::profile, member.value, wire::encode(profile))});
  REQUIRE(ask(shop, {member, Strength::rotating_code, Purpose::marketing, false, "zh-CN"}));

  const auto changes = shop.facts_of<model::ConsentChanged>();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].base_version == 0);
  CHECK(changes[0].consent == model::Consent{Purpose::marketing, true, crypto::blake2b(base::view_of("News")), "en",
                                             model::AgeAnswer::guardian_agrees});
  CHECK(changes[1].base_version == 1);
  CHECK(changes[1].consent ==
        model::Consent{Purpose::marketing, false, crypto::blake2b(base::view_of("消息")), "zh-CN"});
}

TEST_CASE("Only the member changes a consent, and only to words that there are", "[consent]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  struct Row {
    Strength strength;
    Purpose purpose;
    bool granted;
    std::optional<Code> refusal;
  };
  for (const auto& row : {Row{Strength::nobody, Purpose::marketing, false, Code::identity_too_weak},
                          Row{Strength::phone_typed, Purpose::marketing, true, Code::identity_too_weak},
                          Row{Strength::phone_typed, Purpose::marketing, false, Code::identity_too_weak},
                          Row{Strength::member_code, Purpose::membership, false, Code::bad_input},
                          Row{Strength::member_code, Purpose::partners, true, Code::bad_input},
                          Row{Strength::member_code, Purpose::partners, false, std::nullopt},
                          Row{Strength::vouched, Purpose::marketing, true, Code::identity_too_weak},
                          Row{Strength::vouched, Purpose::marketing, false, std::nullopt},
                          Row{Strength::member_code, Purpose::marketing, true, std::nullopt}}) {
    CAPTURE(static_cast<int>(row.strength), static_cast<int>(row.purpose), row.granted);
    const auto before = shop.facts().size();
    const auto changed =
        ask(shop, {member, row.strength, row.purpose, row.granted, "en", model::AgeAnswer::old_enough});
    CHECK(changed.has_value() == !row.refusal.has_value());
    if (row.refusal) CHECK(changed.error().code == *row.refusal);
    CHECK(shop.facts().size() == before + (row.refusal ? 0 : 1));
  }
}

TEST_CASE("Profiling and partners are agreed to one by one, by words that the programme has", "[consent]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  const auto programme = model::parse_programme(base::view_of(tests::programme_json(1, tests::strict_country)));
  REQUIRE(programme);
  const auto agree = [&](Purpose purpose, model::AgeAnswer age) {
    const auto changed = terminal::change_consent(*shop.journal, *shop.replica, *shop.time, &*programme,
                                                  {member, Strength::member_code, purpose, true, "zh-CN", age});
    return changed ? std::string{} : std::string{base::code_name(changed.error().code)};
  };
  using model::AgeAnswer;
  CHECK(agree(Purpose::profiling, AgeAnswer::not_asked) == "age_not_told");
  CHECK(agree(Purpose::profiling, AgeAnswer::guardian_agrees) == "too_young");  // by the country of this programme
  CHECK(agree(Purpose::profiling, AgeAnswer::old_enough).empty());
  CHECK(agree(Purpose::partners, AgeAnswer::old_enough).empty());
  const auto changes = shop.facts_of<model::ConsentChanged>();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].consent == model::Consent{Purpose::profiling, true, crypto::blake2b(base::view_of("推荐")), "zh-CN",
                                             AgeAnswer::old_enough});
  CHECK(changes[1].consent.text_hash == crypto::blake2b(base::view_of("合作方")));
}
