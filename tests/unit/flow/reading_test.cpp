// SPDX-License-Identifier: Apache-2.0
// Notices that have no room beside their choice are read to their last word before anybody can agree.
#include "kiosk/flow/reading.h"
#include "tests/unit/flow/places.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

std::string sentences(int count, const char* sentence) {
  std::string words;
  for (int i = 0; i < count; ++i) words += sentence;
  return words;
}

std::string joined(const std::vector<TextPage>& pages, const std::string& heading) {
  std::string words;
  for (const auto& page : pages) {
    for (const auto& block : page) {
      if (block.heading == heading) words += block.text;
    }
  }
  return words;
}

std::size_t weight_of_page(const TextPage& page) {
  std::size_t weight = 0;
  for (const auto& block : page) weight += weight_of(block.text);
  return weight;
}

Model with_notices(Model model, const std::string& membership, const std::string& marketing) {
  auto programme = *model.programme;
  programme.membership_notice = {membership, membership};
  programme.marketing_notice = {marketing, marketing};
  feed(model, ProgrammeChanged{programme, {}}, start_ms);
  return model;
}

const std::string long_notice = sentences(60, "本店为您保存积分和优惠券，您可以随时退出。");

bool offers(const Model& model, Target target) {
  const auto offered = offered_targets(present(model, start_ms, noon_ms));
  return std::ranges::find(offered, target) != offered.end();
}

Model tapped(Model model, Target target) {
  feed(model, Tapped{target}, start_ms);
  return model;
}

}  // namespace

TEST_CASE("pages hold every character in order, and none more than it has room for") {
  struct Row {
    const char* what;
    std::string words;
  };
  const Row rows[]{{"nothing", ""},
                   {"one word", "Tea"},
                   {"hanzi without a stop", sentences(900, "茶")},
                   {"letters without a space", sentences(3000, "x")},
                   {"a text", sentences(80, "We keep your points; you may leave at any time. ")},
                   {"lines", sentences(120, "积分\n")},
                   {"as long as a notice may be", sentences(320, "本店为您保存积分和优惠券，您可以随时退出。")}};
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto pages = pages_of({{"first", row.words}, {"second", row.words}});
    REQUIRE_FALSE(pages.empty());
    CHECK(joined(pages, "first") == row.words);
    CHECK(joined(pages, "second") == row.words);
    for (const auto& page : pages) CHECK(weight_of_page(page) <= page_weight_max);
  }
}

TEST_CASE("a page ends with a sentence where it can, and never within a word or a hanzi") {
  const auto text = sentences(60, "We keep your points, and you may leave at any time. ");
  const auto pages = pages_of({{"h", text}});
  REQUIRE(pages.size() > 2);
  for (std::size_t i = 0; i + 1 < pages.size(); ++i) CHECK(pages[i].back().text.ends_with(". "));
  const auto words = pages_of({{"h", sentences(400, "points ")}});
  for (const auto& page : words) CHECK(page.back().text.ends_with(" "));
  for (const auto& page : pages_of({{"h", sentences(900, "茶")}})) CHECK(page.back().text.size() % 3 == 0);
}

TEST_CASE("the longest notice gives way first, and only when there is no room for all") {
  CHECK(long_ones({"short", "short"}) == std::vector<bool>{false, false});
  CHECK(long_ones({std::string(700, 'a'), std::string(150, 'a')}) == std::vector<bool>{false, false});
  CHECK(long_ones({std::string(700, 'a'), std::string(200, 'a')}) == std::vector<bool>{true, false});
  CHECK(long_ones({std::string(300, 'a'), std::string(900, 'a'), std::string(500, 'a')}) ==
        std::vector<bool>{false, true, true});
  CHECK(long_ones({}) == std::vector<bool>{});
}

TEST_CASE("Whoever joins under a long notice turns every page before there is anything to tick") {
  auto model = with_notices(at(Place::age), long_notice, "短");
  feed(model, Tapped{Target::age_enough}, start_ms);
  REQUIRE(model.place == Place::consent);
  std::string seen;
  int pages = 0;
  while (offers(model, Target::page_next)) {
    CHECK_FALSE(offers(model, Target::consent_membership));
    CHECK_FALSE(offers(model, Target::submit));
    seen += std::get<TextView>(present(model, start_ms, noon_ms).screen).blocks.front().text;
    feed(model, Tapped{Target::page_next}, start_ms);
    REQUIRE(++pages < 20);
  }
  seen += std::get<TextView>(present(model, start_ms, noon_ms).screen).blocks.front().text;
  CHECK(seen == long_notice);
  CHECK(pages > 1);
  feed(model, Tapped{Target::submit}, start_ms);
  CHECK(offers(model, Target::consent_membership));
  const auto view = std::get<ConsentView>(present(model, start_ms, noon_ms).screen);
  CHECK(view.choices[0].detail.find(std::to_string(pages + 1)) != std::string::npos);
  CHECK(view.choices[1].detail == "短");

  SECTION("what is recorded is about the whole notice") {
    feed(model, Tapped{Target::consent_membership}, start_ms);
    const auto cmds = update(model, Tapped{Target::submit}, start_ms);
    REQUIRE(cmds.size() == 1);
    CHECK(std::get<Enrol>(cmds.front()).notices.front() == long_notice);
  }
  SECTION("back leads through the pages again") {
    feed(model, Tapped{Target::back}, start_ms);
    REQUIRE(model.reading);
    CHECK(model.reading->page == static_cast<std::size_t>(pages));
    feed(model, Tapped{Target::page_back}, start_ms);
    CHECK(model.reading->page + 1 == static_cast<std::size_t>(pages));
    feed(model, Tapped{Target::back}, start_ms);
    CHECK(model.place == Place::age);
    CHECK_FALSE(model.reading);
  }
  SECTION("in another language it is read anew") {
    feed(model, Tapped{Target::consent_membership}, start_ms);
    feed(model, Tapped{Target::language}, start_ms);
    REQUIRE(model.reading);
    CHECK(model.reading->page == 0);
    CHECK_FALSE(model.consent_membership);
  }
  SECTION("so are other words that come meanwhile") {
    model = with_notices(model, long_notice + "新的一句。", "短");
    REQUIRE(model.reading);
    CHECK(model.reading->page == 0);
    CHECK_FALSE(with_notices(model, "短", "短").reading);
  }
  SECTION("nothing of it is left afterwards") {
    CHECK_FALSE(holds_member_data(tapped(tapped(model, Target::back), Target::exit)));
  }
}

TEST_CASE("A member agrees to a long notice at its last page, and takes it back with one touch") {
  auto model = with_notices(at(Place::my_consents), "短", long_notice);
  REQUIRE(model.card->consents.front().granted);
  const auto taken = update(model, Tapped{Target::consent_marketing}, start_ms);
  REQUIRE(taken.size() == 1);
  CHECK_FALSE(std::get<ChangeConsent>(taken.front()).granted);
  feed(model, ConsentSaved{model::Purpose::marketing, false, model.ticket}, start_ms);

  CHECK(update(model, Tapped{Target::consent_marketing}, start_ms).empty());
  REQUIRE(model.reading);
  CHECK_FALSE(offers(model, Target::submit));
  CHECK(tapped(model, Target::back).place == Place::my_consents);
  for (int turns = 0; offers(model, Target::page_next); ++turns) {
    feed(model, Tapped{Target::page_next}, start_ms);
    REQUIRE(turns < 20);
  }
  model.card->told_age_min = 14;
  const auto given = update(model, Tapped{Target::submit}, start_ms);
  REQUIRE(given.size() == 1);
  CHECK(std::get<ChangeConsent>(given.front()).granted);
  CHECK_FALSE(model.reading);
}

TEST_CASE("A code that nobody knows does not carry anybody past what they are reading") {
  auto model = with_notices(at(Place::consent), long_notice, "短");
  REQUIRE(model.reading);
  feed(model, CodeRead{"K1:X"}, start_ms);
  feed(model, IdentifyFailed{base::Code::code_forged, model.ticket}, start_ms);
  CHECK(model.reading);
  CHECK_FALSE(offers(model, Target::consent_membership));
}

TEST_CASE("Rules and notices are one touch away on every screen, whole, and lead back to where one was") {
  const auto programme = demo_programme();
  for (const auto place : {Place::attract, Place::scan, Place::phone, Place::age, Place::too_young, Place::consent,
                           Place::card, Place::issued, Place::my_consents}) {
    CAPTURE(name_of(place));
    auto model = at(place);
    REQUIRE(offers(model, Target::rules));
    CHECK(update(model, Tapped{Target::rules}, start_ms).empty());
    std::string all;
    for (int pages = 0; model.reading; ++pages) {
      REQUIRE(pages < 30);
      const auto view = std::get<TextView>(present(model, start_ms, noon_ms).screen);
      for (const auto& block : view.blocks) all += block.text;
      CHECK(update(model, Tapped{view.onward.target}, start_ms).empty());
    }
    CHECK(model.place == place);
    for (const auto* const words : {&programme.membership_notice.zh_cn, &programme.marketing_notice.zh_cn,
                                    &programme.profiling_notice.zh_cn, &programme.partners_notice.zh_cn}) {
      CHECK(all.find(*words) != std::string::npos);
    }
    for (const auto& tier : programme.tiers) CHECK(all.find(tier.name.zh_cn) != std::string::npos);
    CHECK(all.find(programme.campaigns.front().name.zh_cn) != std::string::npos);
    feed(model, Tapped{Target::rules}, start_ms);
    feed(model, Tapped{Target::back}, start_ms);
    CHECK(model.place == place);
    CHECK_FALSE(model.reading);
  }
  auto silent = at(Place::attract);
  feed(silent, Tapped{Target::rules}, start_ms);
  feed(silent, Ticked{}, start_ms + idle_ms);
  CHECK_FALSE(silent.reading);
  auto without = at(Place::attract);
  feed(without, ProgrammeChanged{}, start_ms);
  CHECK_FALSE(offers(without, Target::rules));
}

TEST_CASE("Looking at the rules in another language does not carry anybody past the notice in that language") {
  auto model = with_notices(at(Place::consent), long_notice, "短");
  while (offers(model, Target::page_next)) feed(model, Tapped{Target::page_next}, start_ms);
  feed(model, Tapped{Target::submit}, start_ms);
  REQUIRE(offers(model, Target::consent_membership));
  feed(model, Tapped{Target::rules}, start_ms);
  feed(model, Tapped{Target::language}, start_ms);
  REQUIRE(model.reading);
  feed(model, Tapped{Target::back}, start_ms);
  CHECK_FALSE(offers(model, Target::consent_membership));
  REQUIRE(model.reading);
  CHECK(model.reading->what == Reading::What::joining);
}

TEST_CASE("Every coupon of a card can be looked at, with its words and why it cannot be used") {
  auto model = at(Place::card);
  auto card = card_of(lin);
  card.coupons.clear();
  for (std::uint64_t i = 1; i <= 8; ++i) {
    card.coupons.push_back(coupon(i, static_cast<std::int64_t>(i) * 100, day(12, static_cast<int>(i)), i != 3));
  }
  feed(model, CardChanged{card}, start_ms);
  REQUIRE(offers(model, Target::all_coupons));
  feed(model, Tapped{Target::all_coupons}, start_ms);
  std::string all;
  int pages = 0;
  for (; model.reading; ++pages) {
    REQUIRE(pages < 9);
    const auto view = std::get<TextView>(present(model, start_ms, noon_ms).screen);
    for (const auto& block : view.blocks) all += block.heading + "|" + block.text + "|";
    feed(model, Tapped{view.onward.target}, start_ms);
  }
  CHECK(pages == 3);
  CHECK(model.place == Place::card);
  for (int i = 1; i <= 8; ++i) CHECK(all.find("¥" + std::to_string(i) + " ·") != std::string::npos);
  CHECK(all.find("已使用") != std::string::npos);

  card.coupons.resize(2);
  feed(model, CardChanged{card}, start_ms);
  CHECK_FALSE(offers(model, Target::all_coupons));
}
