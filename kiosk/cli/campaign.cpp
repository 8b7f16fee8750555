// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/campaign.h"

#include "kiosk/cli/output.h"
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

}  // namespace

int check_campaigns(const CampaignOptions& options) {
  const auto programme = read_programme(options.file);
  if (!programme) return fail(programme.error());
  const auto findings = model::check_campaigns(*programme);
  const bool refused =
      std::any_of(findings.begin(), findings.end(), [](const auto& each) { return refuses(each.fault); });
  const auto rows = exposure_rows(*programme);
  if (options.json) {
    Json answer{
        {"version", programme->version}, {"publishable", !refused}, {"findings", Json::array()}, {"cost", rows}};
    for (const auto& each : findings) {
      answer["findings"].push_back(
          {{"pointer", each.pointer}, {"refused", refuses(each.fault)}, {"what", words_of(each.fault)}});
    }
    std::cout << answer.dump() << '\n';
    return refused ? 2 : 0;
  }
  std::cout << "version " << programme->version << ": " << programme->campaigns.size() << " campaigns, "
            << programme->coupons.size() << " coupons, " << programme->packs.size() << " packs\n";
  for (const auto& each : findings) {
    std::cout << (refuses(each.fault) ? "MUST CHANGE  " : "look at      ") << each.pointer << ": "
              << words_of(each.fault) << '\n';
  }
  std::cout << "\nWhat each may give at most (minor units; face value, as if every coupon were used):\n";
  print_table(rows);
  std::cout << (refused ? "\nThis programme is not published as it stands.\n" : "\nThis programme may be published.\n");
  return refused ? 2 : 0;
}

int replay_campaigns(const CampaignOptions& options) {
  const auto programme = read_programme(options.file);
  if (!programme) return fail(programme.error());
  std::ifstream sales{options.against, std::ios::binary};
  if (!sales) return fail({base::Code::not_found, "read sales", options.against});
  // Who is held out depends on the brand; any one divides members as well as another.
  model::Replay replay{{}, *programme};
  std::string line;
  for (std::uint64_t number = 1; std::getline(sales, line); ++number) {
    if (line.empty()) continue;
    const auto sale = model::parse_past_sale(base::view_of(line), programme->tiers.size());
    if (!sale) {
      auto error = sale.error();
      error.detail = "line " + std::to_string(number) + ", " + error.detail;
      return fail(error);
    }
    replay.on(*sale);
  }
  auto rows = Json::array();
  for (const auto& [id, campaign] : replay.campaigns()) {
    rows.push_back({{"campaign", id.value},
                    {"name", name_of(*programme, id)},
                    {"gave", campaign.gave},
                    {"members", campaign.members},
                    {"held_out", campaign.held_out},
                    {"deferred", campaign.deferred},
                    {"coupons", campaign.coupons},
                    {"face_minor", campaign.face_minor},
                    {"points", campaign.points}});
  }
  if (options.json) {
    std::cout
        << Json{{"sales", replay.sales()}, {"eligible_minor", replay.eligible_minor()}, {"campaigns", rows}}.dump()
        << '\n';
    return 0;
  }
  std::cout << replay.sales() << " sales of " << replay.eligible_minor() << " minor units in all\n\n";
  print_table(rows);
  return 0;
}

}  // namespace millpond::cli
