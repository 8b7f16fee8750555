// SPDX-License-Identifier: Apache-2.0
#include "sync/model/country.h"
#include "sync/base/file.h"
#include "sync/model/game_check.h"
#include "sync/model/game_draw.h"
#include "sync/model/identities.h"
#include "sync/model/programme.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace millpond;
using model::AgeVerdict;

namespace {

model::Country country_of(const char* file) {
  const auto bytes = base::read_file(tests::source_dir() / "assets/countries" / file);
  REQUIRE(bytes);
  const auto country = model::parse_country(*bytes);
  if (!country) FAIL(country.error().detail);
  return *country;
}

std::string refusal(const std::string& json) {
  const auto country = model::parse_country(base::view_of(json));
  if (country) return "";
  CHECK(country.error().code == base::Code::programme_invalid);
  return country.error().detail.substr(0, country.error().detail.find(':'));
}

// A whole document with one member in another form.
std::string with(const std::string& from, const std::string& to) {
  std::string json = R"({"code":"DE","joining":{"age_min":16,"guardians_agree":true},"phone":{"calling_code":"49",)"
                     R"("trunk":"0","digits_min":10,"digits_max":11,"leads":["15"]},"profile_days":14,)"
                     R"("breach_told_hours":72,"games":{"currency":"EUR","age_min":18,"register_years":3}})";
  const auto at = json.find(from);
  REQUIRE(at != std::string::npos);
  return json.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("China is what is built in, and what its document says", "[country]") {
  CHECK(country_of("cn.json") == model::china());
  CHECK(*model::game_law(model::china(), "CN") == *model::china().games);
  CHECK(model::china().games->register_years == model::register_years);
}

TEST_CASE("Another country has an age, phones and games of its own", "[country]") {
  const auto germany = country_of("de.json");
  CHECK(germany != model::china());
  const auto date = [](const char* text) { return *base::parse_date(text); };
  const auto born = date("2011-05-01");  // 15 on the day
  const auto today = date("2026-11-22");
  CHECK(model::age_verdict(born, today, model::china().joining) == AgeVerdict::may_join);
  CHECK(model::age_verdict(born, today, germany.joining) == AgeVerdict::needs_guardian);
  CHECK(model::age_verdict(born, today, {16, false}) == AgeVerdict::refused);
  // 16 years after a leap day there is one.
  CHECK(model::age_verdict(date("2008-02-29"), date("2024-02-29"), germany.joining) == AgeVerdict::needs_guardian);
  CHECK(model::age_verdict(date("2008-02-29"), date("2024-03-01"), germany.joining) == AgeVerdict::may_join);
  REQUIRE(germany.games);
  CHECK(germany.games->country == "DE");
  CHECK(germany.games->top_prize_minor_max == model::amount_minor_max);  // no cap
}

TEST_CASE("A number that is typed is a mobile number of the country, or none", "[country]") {
  struct Row {
    const char* digits;
    const char* in_china;
    const char* in_germany;
  };
  const auto germany = country_of("de.json");
  for (const Row& row : {Row{"13800138000", "+8613800138000", ""}, Row{"12800138000", "", ""},
                         Row{"1380013800", "", ""}, Row{"015112345678", "", "+4915112345678"},
                         Row{"01511234567", "", "+491511234567"}, Row{"15112345678", "+8615112345678", ""},
                         Row{"03012345678", "", ""}, Row{"0151a2345678", "", ""}, Row{"", "", ""}}) {
    CAPTURE(row.digits);
    CHECK(model::e164_of(model::china().phone, row.digits).value_or("") == row.in_china);
    CHECK(model::e164_of(germany.phone, row.digits).value_or("") == row.in_germany);
  }
  CHECK(model::may_be_dialled(model::china().phone, "4915112345678"));
  CHECK(model::may_be_dialled(model::china().phone, "8613800138000"));
  CHECK_FALSE(model::may_be_dialled(model::china().phone, "8612800138000"));
  CHECK_FALSE(model::may_be_dialled(germany.phone, "493012345678"));
}

TEST_CASE("The country of a programme is whose law holds for its chain, and China's where it says nothing",
          "[country]") {
  const auto bytes = base::read_file(tests::source_dir() / "assets/shop/programme.json");
  REQUIRE(bytes);
  const std::string silent{base::text_of(*bytes)};
  CHECK(model::parse_programme(base::view_of(silent))->country == model::china());
  const auto german = base::read_file(tests::source_dir() / "assets/countries/de.json");
  REQUIRE(german);
  const auto with_country = [&](std::string_view country) {
    return silent.substr(0, silent.rfind('}')) + R"(, "country": )" + std::string{country} + "}";
  };
  const auto programme = model::parse_programme(base::view_of(with_country(base::text_of(*german))));
  REQUIRE(programme);
  CHECK(programme->country == country_of("de.json"));
  const auto broken = model::parse_programme(base::view_of(with_country(R"({"code": "de"})")));
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == base::Code::programme_invalid);
  CHECK(broken.error().detail.starts_with("/country/"));

  // A game is published under the law of the chain's country, and of no other one.
  CHECK(model::game_law(programme->country, "DE") == programme->country.games);
  CHECK_FALSE(model::game_law(programme->country, "CN"));
  auto without_games = programme->country;
  without_games.games.reset();
  CHECK_FALSE(model::game_law(without_games, "DE"));
}

TEST_CASE("Numbers are typed with the digit that the country leaves out", "[country]") {
  CHECK(model::typed_digits_min(model::china().phone) == 11);
  CHECK(model::typed_digits_max(model::china().phone) == 11);
  const auto germany = country_of("de.json");
  CHECK(model::typed_digits_min(germany.phone) == 11);
  CHECK(model::typed_digits_max(germany.phone) == 12);
}

TEST_CASE("What a country's document does not say rightly is refused by its place", "[country]") {
  CHECK(refusal(with("", "")).empty());
  CHECK(refusal(with(R"(,"games":{"currency":"EUR","age_min":18,"register_years":3})", "")).empty());
  struct Row {
    const char* from;
    const char* to;
    const char* place;
  };
  for (const Row& row : {Row{R"("DE")", R"("de")", "/code"},
                         {R"("DE")", R"("D")", "/code"},
                         {R"("age_min":16)", R"("age_min":-1)", "/joining/age_min"},
                         {R"("guardians_agree":true)", R"("guardians_agree":"yes")", "/joining/guardians_agree"},
                         {R"("49")", R"("049")", "/phone/calling_code"},
                         {R"("49")", R"("+49")", "/phone/calling_code"},
                         {R"("trunk":"0")", R"("trunk":"x")", "/phone/trunk"},
                         {R"("digits_max":11)", R"("digits_max":9)", "/phone/digits_max"},
                         {R"(["15"])", R"(["1x"])", "/phone/leads"},
                         {R"("profile_days":14)", R"("profile_days":31)", "/profile_days"},
                         {R"("breach_told_hours":72)", R"("breach_told_hours":-1)", "/breach_told_hours"},
                         {R"("EUR")", R"("EURO")", "/games/currency"},
                         {R"("register_years":3)", R"("register_years":3,"age_max":99)", "/games/age_max"},
                         {R"("profile_days":14,)", "", "/profile_days"},
                         {R"("code":"DE")", R"("code":"DE","law":1)", "/law"}}) {
    CAPTURE(row.from, row.to);
    CHECK(refusal(with(row.from, row.to)) == row.place);
  }
}
