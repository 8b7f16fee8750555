// SPDX-License-Identifier: Apache-2.0
// What people write: programme documents and settings.
#include "kiosk/screen/look_file.h"
#include "kiosk/service/settings.h"
#include "sync/base/check.h"
#include "sync/base/file.h"
#include "sync/hub/server/config.h"
#include "sync/model/campaign_check.h"
#include "sync/model/combination.h"
#include "sync/model/programme.h"
#include "sync/model/replay.h"
#include "sync/model/rule_book.h"
#include "sync/model/rules.h"
#include "tests/fuzz/target.h"
#include "tests/support/paths.h"

#include <algorithm>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<Bytes> programme_seeds() {
  return {base::read_file(tests::source_dir() / "assets/shop/programme.json").value(),
          base::read_file(tests::source_dir() / "tests/fuzz/programme_of_everything.json").value()};
}

constexpr std::int64_t total_minor_max = 1'000'000'000'000;  // of a till's sale

// Every coupon of the programme in the hands of somebody who buys something: no line below zero, nothing twice.
void combine(const model::Programme& programme, const model::Basket& basket) {
  std::vector<model::HeldCoupon> held;
  for (std::size_t i = 0; i < std::min<std::size_t>(programme.coupons.size(), 7); ++i) {
    held.push_back({{i + 1}, &programme.coupons[i], {}, {{20'000}, {21'000}}, {}});
  }
  const auto combination = model::best_combination(basket, held, {}, {{20'775}, 870});
  MILLPOND_CHECK(combination.taken.size() + combination.refused.size() == held.size());
  auto left = basket.lines;
  for (const auto& taken : combination.taken) {
    for (std::size_t i = 0; i < left.size(); ++i) {
      left[i].net_minor -= taken.by_line[i];
      MILLPOND_CHECK(left[i].net_minor >= 0);
    }
  }
}

// No programme that was accepted makes any sale overflow, earn less than nothing, or bring what the programme lacks.
Result<> run_programme(ByteView input) {
  MILLPOND_TRY(const auto programme, model::parse_programme(input));
  const model::RuleBook book{programme};
  for (const auto& finding : model::check_campaigns(programme)) MILLPOND_CHECK(!words_of(finding.fault).empty());
  for (const std::int64_t total : {std::int64_t{0}, std::int64_t{1}, std::int64_t{6'850}, total_minor_max}) {
    model::SaleRecorded sale;
    sale.member = {7};
    sale.currency = programme.currency;
    sale.total_minor = sale.eligible_minor = total;
    const auto earning = model::earning_of(programme, sale);
    MILLPOND_CHECK(!earning || (earning->points >= 0 && earning->base_minor <= total));
    sale.lines = {{"1", "oolong", "2", "tea", total / 2, 0}, {"2", "cake", "1", "food", total - total / 2, 0}};
    const auto basket = model::basket_of(sale);
    const auto key = model::event_key(sale.key);
    model::Shopper shopper;
    shopper.member = sale.member;
    const auto evaluation = book.evaluate({}, {model::Trigger::sale_paid, {}, 0, key}, shopper,
                                          {{{20'775}, 870}, &basket, total, {}}, {}, /*explain=*/true);
    for (const auto& award : evaluation.awards) {
      MILLPOND_CHECK(book.find_campaign(award.campaign) != nullptr);
      MILLPOND_CHECK(award.action.kind != model::ActionKind::coupon || book.find_offer({award.number}) != nullptr);
    }
    combine(programme, basket);
  }
  return {};
}

std::vector<Bytes> past_event_seeds() {
  std::vector<Bytes> seeds;
  for (const auto* const name : {"past_event", "past_event_of_refund", "past_event_of_lapsed", "past_event_of_void"}) {
    const auto path = tests::source_dir() / "tests/schema/everything" / (std::string{name} + ".json");
    seeds.push_back(base::read_file(path).value());
  }
  return seeds;
}

// Whatever a file of past events says, sums stay where they belong and nothing is undone that was not given.
Result<> run_past_event(ByteView input) {
  static const auto programme =
      model::parse_programme(base::read_file(tests::source_dir() / "assets/chain/programme.json").value()).value();
  MILLPOND_TRY(const auto event, model::parse_past_event(input, programme.tiers.size()));
  model::Replay replay{{}, programme};
  replay.on(event);
  replay.on(event);
  for (const auto& [id, campaign] : replay.campaigns()) {
    MILLPOND_CHECK(campaign.face_minor >= 0 && campaign.points >= 0 && campaign.blind_minor >= 0);
    MILLPOND_CHECK(campaign.undone <= campaign.gave && campaign.undone_minor <= campaign.face_minor);
  }
  return {};
}

std::vector<Bytes> settings_seeds() {
  return {
      bytes_of("[gateway]\nport = 8461\n[printer]\nkind = \"tcp\"\ntarget = \"printer:9100\"\nwidth_dots = 384\n"
               "[screen]\nlanguage = \"en\"\n[line]\nbulk_hours = \"22:00-06:00\"\nup_bytes_per_s = 2000\n")};
}

Result<> run_settings(ByteView input) {
  MILLPOND_TRY(const auto settings, service::parse_settings(base::text_of(input), "terminal.toml"));
  MILLPOND_CHECK(settings.printer_width_dots >= 384 && settings.poll_ms >= 200);
  return {};
}

std::vector<Bytes> hub_config_seeds() { return {bytes_of(hub::initial_config("Tea \"and\" more"))}; }

Result<> run_hub_config(ByteView input) {
  MILLPOND_TRY(const auto config, hub::parse_config(base::text_of(input), "hub.toml"));
  MILLPOND_CHECK(config.workers >= 1 && config.requests_per_s >= 1);
  return {};
}

std::vector<Bytes> look_seeds() {
  return {
      bytes_of("[screen]\ntheme = \"dark\"\nmotion = \"reduced\"\n[brand]\nname = \"茶\"\nname_en = \"Tea\"\n"
               "color = \"#FFE14D\"\n")};
}

// Every look that is accepted can be read on a screen. A logo is left out: its name opens a file of this machine.
Result<> run_look(ByteView input) {
  const auto text = base::text_of(input);
  if (text.find("logo") != std::string_view::npos || text.find('\\') != std::string_view::npos) {
    return base::Error{base::Code::unsupported, "read look", "names a file"};
  }
  MILLPOND_TRY(const auto look, screen::parse_look(text, "look.toml"));
  MILLPOND_CHECK(!look.logo && look.asked.has_value() == look.corrected.has_value());
  return {};
}

}  // namespace

std::vector<Target> document_targets() {
  return {
      {"hub_config", hub_config_seeds, run_hub_config}, {"look", look_seeds, run_look},
      {"past_event", past_event_seeds, run_past_event}, {"programme", programme_seeds, run_programme},
      {"settings", settings_seeds, run_settings},
  };
}

}  // namespace millpond::fuzz
