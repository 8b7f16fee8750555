// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/terminal.h"
#include "sync/terminal/whole_number.h"

#include <nlohmann/json.hpp>

namespace millpond::terminal {
namespace {

using Json = nlohmann::json;

constexpr int slip_version = 1;  // a slip may be printed by a later release than the one that queued it

Json to_json(const MemberCoupon& coupon) {
  return {{"id", coupon.coupon.value},
          {"campaign", coupon.campaign.value},
          {"value_minor", coupon.value_minor},
          {"threshold_minor", coupon.threshold_minor},
          {"not_before", coupon.not_before.days},
          {"expires", coupon.expires.days},
          {"issued_here", coupon.issued_here},
          {"discount_minor", coupon.discount_minor}};
}

std::int64_t amount_if(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() ? 0 : whole<std::int64_t>(*found);
}

MemberCoupon coupon_from(const Json& json) {
  return {base::CouponId{whole<std::uint64_t>(json.at("id"))},
          base::CampaignId{whole<std::uint32_t>(json.at("campaign"))},
          whole<std::int64_t>(json.at("value_minor")),
          whole<std::int64_t>(json.at("threshold_minor")),
          base::LocalDate{whole<std::int32_t>(json.at("not_before"))},
          base::LocalDate{whole<std::int32_t>(json.at("expires"))},
          json.at("issued_here").get<bool>(),
          amount_if(json, "discount_minor")};
}

// A row is an array, because slips wait in the journal beside what a sale costs anyway.
Json to_json(const SlipLines& lines) {
  Json rows = Json::array();
  for (const auto& line : lines.shown) rows.push_back({line.name, line.quantity, line.net_minor, line.excluded});
  return {{"shown", std::move(rows)}, {"more", lines.more}, {"more_minor", lines.more_minor}};
}

SlipLines lines_from(const Json& json) {
  SlipLines lines;
  for (const auto& row : json.at("shown")) {
    lines.shown.push_back({row.at(0).get<std::string>(), row.at(1).get<std::string>(), whole<std::int64_t>(row.at(2)),
                           row.at(3).get<bool>()});
  }
  lines.more = whole<std::uint32_t>(json.at("more"));
  lines.more_minor = whole<std::int64_t>(json.at("more_minor"));
  return lines;
}

constexpr std::string_view name_of(Slip::Kind kind) {
  if (kind == Slip::Kind::refund) return "refund";
  return kind == Slip::Kind::card ? "card" : "sale";
}

Slip::Kind kind_from(std::string_view name) {
  for (const auto kind : {Slip::Kind::card, Slip::Kind::refund}) {
    if (name == name_of(kind)) return kind;
  }
  return Slip::Kind::sale;
}

Slip slip_from(const Json& json) {
  Slip slip;
  slip.kind = kind_from(json.at("kind").get<std::string>());
  slip.total_minor = whole<std::int64_t>(json.at("total_minor"));
  slip.at_ms = whole<std::int64_t>(json.at("at_ms"));
  slip.seq.value = whole<std::uint64_t>(json.at("seq"));
  slip.member.value = whole<std::uint64_t>(json.at("member"));
  slip.strength = static_cast<model::Strength>(whole<std::uint8_t>(json.at("strength")));
  slip.points_earned = whole<std::int64_t>(json.at("points_earned"));
  slip.balance = whole<std::int64_t>(json.at("balance"));
  for (const auto& coupon : json.at("redeemed")) slip.redeemed.push_back(coupon_from(coupon));
  for (const auto& issued : json.at("issued")) {
    slip.issued.push_back({coupon_from(issued.at("coupon")), issued.at("code").get<std::string>()});
  }
  slip.member_code_text = json.at("member_code").get<std::string>();
  slip.points_spent = amount_if(json, "points_spent");
  slip.points_given = amount_if(json, "points_given");
  slip.invoice_code = json.value("invoice_code", std::string{});
  for (const auto& campaign : json.value("promised", Json::array())) {
    slip.promised.push_back({whole<std::uint32_t>(campaign)});
  }
  if (const auto lines = json.find("lines"); lines != json.end()) slip.lines = lines_from(*lines);
  slip.of_transaction = json.value("of_transaction", std::string{});
  slip.points_taken = amount_if(json, "points_taken");
  slip.points_returned = amount_if(json, "points_returned");
  slip.sale_known = json.value("sale_known", false);
  if (const auto voided = json.find("voided"); voided != json.end()) slip.voided = whole<std::uint32_t>(*voided);
  return slip;
}

}  // namespace

base::Bytes encode_slip(const Slip& slip) {
  Json redeemed = Json::array();
  for (const auto& coupon : slip.redeemed) redeemed.push_back(to_json(coupon));
  Json json{{"version", slip_version},
            {"kind", name_of(slip.kind)},
            {"total_minor", slip.total_minor},
            {"at_ms", slip.at_ms},
            {"seq", slip.seq.value},
            {"member", slip.member.value},
            {"strength", slip.strength},
            {"points_earned", slip.points_earned},
            {"balance", slip.balance},
            {"redeemed", std::move(redeemed)},
            {"member_code", slip.member_code_text}};
  if (slip.points_spent > 0) json["points_spent"] = slip.points_spent;
  if (slip.points_given > 0) json["points_given"] = slip.points_given;
  if (!slip.invoice_code.empty()) json["invoice_code"] = slip.invoice_code;
  for (const auto campaign : slip.promised) json["promised"].push_back(campaign.value);
  if (!slip.lines.shown.empty()) json["lines"] = to_json(slip.lines);
  if (slip.kind == Slip::Kind::refund) {
    json["of_transaction"] = slip.of_transaction;
    json["points_taken"] = slip.points_taken;
    json["points_returned"] = slip.points_returned;
    json["sale_known"] = slip.sale_known;
    json["voided"] = slip.voided;
  }
  json["issued"] = Json::array();
  for (const auto& issued : slip.issued) {
    json["issued"].push_back({{"coupon", to_json(issued.coupon)}, {"code", issued.code_text}});
  }
  const auto text = json.dump();
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

base::Result<Slip> decode_slip(base::ByteView bytes) {
  const auto json = Json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return base::Error{base::Code::bad_input, "read slip", "not a JSON object"};
  if (json.value("version", Json{}) != slip_version) {
    return base::Error{base::Code::newer_release, "read slip", "another version"};
  }
  try {
    return slip_from(json);
  } catch (const std::exception& problem) { return base::Error{base::Code::bad_input, "read slip", problem.what()}; }
}

}  // namespace millpond::terminal
