// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/campaign.h"

#include "kiosk/cli/output.h"
#include "kiosk/flow/coupon_words.h"
#include "sync/base/file.h"
#include "sync/model/replay.h"
#include "sync/text/text.h"

#include <fstream>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

namespace millpond::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t document_bytes_max = 4U << 20;

base::Result<model::Programme> read_programme(const std::string& file) {
  MILLPOND_TRY(const auto bytes, base::read_file(file, document_bytes_max));
  return model::parse_programme(bytes);
}

std::string name_of(const model::Programme& programme, base::CampaignId id) {
  for (const auto& campaign : programme.campaigns) {
    if (campaign.id == id) return campaign.name.en;
  }
  return {};
}

// What customers read on the coupons, in both languages.
Json coupon_rows(const model::Programme& programme) {
  auto rows = Json::array();
  for (const auto& offer : programme.coupons) {
    Json row{{"coupon", offer.id.value}};
    for (const auto language : text::languages) {
      const auto words = flow::coupon_words(offer, programme, language);
      auto line = words.value;
      line = text::format(text::Key::coupon_join, language, line, words.condition);
      for (const auto& term : words.terms) line = text::format(text::Key::coupon_join, language, line, term);
      row[std::string{text::tag(language)}] = line;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json number_or_null(const std::optional<std::int64_t>& number) { return number ? Json(*number) : Json(nullptr); }

Json exposure_rows(const model::Programme& programme) {
  auto rows = Json::array();
  for (const auto& exposure : model::exposures(programme)) {
    rows.push_back({{"campaign", exposure.campaign.value},
                    {"name", name_of(programme, exposure.campaign)},
                    {"each_minor", exposure.each_minor},
                    {"points_each", exposure.points_each},
                    {"count_max", number_or_null(exposure.count_max)},
                    {"money_max_minor", number_or_null(exposure.money_max_minor)}});
  }
  return rows;
}

void print_table(const Json& rows) {
  if (rows.empty()) return;
  for (const auto& [key, value] : rows.front().items())
    std::cout << std::left << std::setw(key == "name" ? 34 : 16) << key;
  std::cout << '\n';
  for (const auto& row : rows) {
    for (const auto& [key, value] : row.items()) {
      const auto text = value.is_null()     ? std::string{"no limit"}
                        : value.is_string() ? value.get<std::string>()
                                            : value.dump();
      std::cout << std::left << std::setw(key == "name" ? 34 : 16) << text;
    }
    std::cout << '\n';
  }
}

Json outage_json(const model::OutageBound& bound) {
  const auto numbers = [](const std::vector<base::CampaignId>& ids) {
    auto list = Json::array();
    for (const auto id : ids) list.push_back(id.value);
    return list;
  };
  return {{"coupons_minor", bound.coupons_minor},
          {"these_coupons_minor", bound.these_coupons_minor},
          {"asked_for", numbers(bound.asked_for)},
          {"points", bound.points},
          {"past_limits", numbers(bound.past_limits)}};
}

void print_outage(const model::Programme& programme, const model::OutageLimits& limits) {
  if (limits.terminals == 0) return;
  const auto bound = model::outage_bound(programme, limits);
  const auto list = [](const std::vector<base::CampaignId>& ids) {
    std::string text;
    for (const auto id : ids) text += (text.empty() ? "" : ", ") + std::to_string(id.value);
    return text.empty() ? std::string{"none"} : text;
  };
  std::cout << "\nOne outage of " << limits.terminals << " terminals loses at the most (minor units):\n"
            << "  coupons honoured without asking: " << bound.coupons_minor << ", of this programme alone "
            << bound.these_coupons_minor << "\n  points spent twice: " << bound.points
            << " (what is leased out)\n  coupons that are never honoured without asking: " << list(bound.asked_for)
            << "\n  campaigns that go on giving past their limits for one member: " << list(bound.past_limits) << '\n';
}

}  // namespace

int check_campaigns(const CampaignOptions& options) {
  const auto programme = read_programme(options.file);
  if (!programme) return fail(programme.error());
  const auto findings = model::check_campaigns(*programme);
  const bool refused =
      std::any_of(findings.begin(), findings.end(), [](const auto& each) { return refuses(each.fault); });
  const auto rows = exposure_rows(*programme);
  if (options.json) {
    Json answer{{"version", programme->version},
                {"publishable", !refused},
                {"findings", Json::array()},
                {"cost", rows},
                {"coupons", coupon_rows(*programme)}};
    for (const auto& each : findings) {
      answer["findings"].push_back(
          {{"pointer", each.pointer}, {"refused", refuses(each.fault)}, {"what", words_of(each.fault)}});
    }
    if (options.outage.terminals > 0) answer["outage"] = outage_json(model::outage_bound(*programme, options.outage));
    std::cout << answer.dump() << '\n';
    return refused ? 2 : 0;
  }
  std::cout << "version " << programme->version << ": " << programme->campaigns.size() << " campaigns, "
            << programme->coupons.size() << " coupons, " << programme->packs.size() << " packs\n";
  for (const auto& each : findings) {
    std::cout << (refuses(each.fault) ? "MUST CHANGE  " : "look at      ") << each.pointer << ": "
              << words_of(each.fault) << '\n';
  }
  std::cout << "\nWhat customers read:\n";
  for (const auto& row : coupon_rows(*programme)) {
    std::cout << std::left << std::setw(12) << row["coupon"].dump() << row["zh-CN"].get<std::string>() << '\n'
              << std::setw(12) << "" << row["en"].get<std::string>() << '\n';
  }
  std::cout << "\nWhat each may give at most (minor units; face value, as if every coupon were used):\n";
  print_table(rows);
  print_outage(*programme, options.outage);
  std::cout << (refused ? "\nThis programme is not published as it stands.\n" : "\nThis programme may be published.\n");
  return refused ? 2 : 0;
}

namespace {

struct Days {
  std::optional<base::LocalDate> from;
  std::optional<base::LocalDate> through;
};

base::Result<std::optional<base::LocalDate>> day_or_none(const char* option, const std::string& text) {
  if (text.empty()) return std::optional<base::LocalDate>{};
  const auto date = base::parse_date(text);
  if (!date) return base::Error{base::Code::bad_input, option, "\"" + text + "\" is not a date like 2026-10-01"};
  return date;
}

// Every event of the days, in the order of the file.
base::Result<> replay_file(const CampaignOptions& options, const Days& days, const model::Programme& programme,
                           model::Replay& replay) {
  constexpr std::int64_t day_ms = 86'400'000;
  std::ifstream events{options.against, std::ios::binary};
  if (!events) return base::Error{base::Code::not_found, "read events", options.against};
  std::string line;
  for (std::uint64_t number = 1; std::getline(events, line); ++number) {
    if (line.empty()) continue;
    auto event = model::parse_past_event(base::view_of(line), programme.tiers.size());
    if (!event) {
      auto error = event.error();
      error.detail = "line " + std::to_string(number) + ", " + error.detail;
      return error;
    }
    const auto day = base::local_date_at(event->at_ms, model::offset_at(programme, event->at_ms));
    if ((days.from && day < *days.from) || (days.through && *days.through < day)) continue;
    event->at_ms += options.days_later * day_ms;
    if (event->shopper.last_visit) { event->shopper.last_visit->days += static_cast<std::int32_t>(options.days_later); }
    replay.on(*event);
  }
  return {};
}

Json replay_rows(const model::Programme& programme, const model::Replay& replay) {
  auto rows = Json::array();
  for (const auto& [id, campaign] : replay.campaigns()) {
    rows.push_back({{"campaign", id.value},
                    {"name", name_of(programme, id)},
                    {"gave", campaign.gave},
                    {"members", campaign.members},
                    {"held_out", campaign.held_out},
                    {"deferred", campaign.deferred},
                    {"coupons", campaign.coupons},
                    {"face_minor", campaign.face_minor},
                    {"points", campaign.points},
                    {"undone", campaign.undone},
                    {"undone_minor", campaign.undone_minor},
                    {"blind_gave", campaign.blind_gave},
                    {"blind_minor", campaign.blind_minor},
                    {"blind_points", campaign.blind_points}});
  }
  return rows;
}

}  // namespace

int replay_campaigns(const CampaignOptions& options) {
  const auto programme = read_programme(options.file);
  if (!programme) return fail(programme.error());
  const auto from = day_or_none("--from", options.from);
  if (!from) return fail(from.error());
  const auto through = day_or_none("--through", options.through);
  if (!through) return fail(through.error());
  // Who is held out depends on the brand; any one divides members as well as another.
  model::Replay replay{{}, *programme};
  const auto read = replay_file(options, {*from, *through}, *programme, replay);
  if (!read) return fail(read.error());
  const auto rows = replay_rows(*programme, replay);
  if (options.json) {
    Json answer{{"events", replay.events()},
                {"sales", replay.sales()},
                {"eligible_minor", replay.eligible_minor()},
                {"late", replay.late()},
                {"campaigns", rows}};
    if (options.outage.terminals > 0) answer["outage"] = outage_json(model::outage_bound(*programme, options.outage));
    std::cout << answer.dump() << '\n';
    return 0;
  }
  std::cout << replay.events() << " events, of them " << replay.sales() << " sales of " << replay.eligible_minor()
            << " minor units in all; " << replay.late() << " heard late\n\n";
  print_table(rows);
  std::cout << "\nundone: sales that came back whole. blind: what it had been with every line cut all the time.\n";
  print_outage(*programme, options.outage);
  return 0;
}

}  // namespace millpond::cli
