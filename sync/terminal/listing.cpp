// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/listing.h"

#include "sync/wire/canonical.h"

#include <nlohmann/json.hpp>

namespace millpond::terminal {
namespace {

using Json = nlohmann::ordered_json;

std::string coupon_text(base::CouponId coupon) { return base::format_id('C', coupon.value); }

// What each kind adds to a line; nothing for kinds whose envelope says it all.
struct Details {
  Json& row;

  void operator()(const model::EpochBegun& fact) const {
    row["reason"] = static_cast<int>(fact.reason);
    row["previous_epoch"] = fact.previous.value;
  }
  void operator()(const model::MemberEnrolled& fact) const { row["store"] = fact.store.value; }
  void operator()(const model::SaleRecorded& fact) const {
    row["till"] = fact.key.till;
    row["transaction"] = fact.key.transaction;
    row["business_date"] = base::format_date(fact.key.business_date);
    row["total_minor"] = fact.total_minor;
    row["currency"] = fact.currency.view();
  }
  void operator()(const model::PointsEarned& fact) const {
    row["points"] = fact.points;
    row["sale"] = fact.sale.value;
  }
  void operator()(const model::CouponIssued& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["value_minor"] = fact.value_minor;
    row["expires"] = base::format_date(fact.expires);
  }
  void operator()(const model::CouponRedeemed& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["value_minor"] = fact.value_minor;
  }
  void operator()(const model::CouponOverRedeemed& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["value_minor"] = fact.value_minor;
    row["reason"] = fact.reason;
  }
  void operator()(const model::PrintFinished& fact) const {
    row["of"] = fact.intent.value;
    row["outcome"] = static_cast<int>(fact.outcome);
  }
  void operator()(const model::SaleRefunded& fact) const {
    row["till"] = fact.key.till;
    row["transaction"] = fact.key.transaction;
    row["of"] = fact.of.transaction;
    row["total_minor"] = fact.total_minor;
    row["points"] = fact.points_returned - fact.points_taken;
    if (fact.whole) row["whole"] = true;
    if (!fact.sale_known) row["sale_known"] = false;
  }
  void operator()(const model::CouponVoided& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["value_minor"] = fact.value_minor;
    if (fact.used) row["used"] = true;
  }
  void operator()(const model::CouponReturned& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    if (fact.instead) row["instead"] = coupon_text(fact.instead);
  }
  void operator()(const model::ProfileChanged& fact) const {
    row["field"] = static_cast<int>(fact.field);
    row["base_version"] = fact.base_version;
  }
  void operator()(const model::ConsentChanged& fact) const {
    row["purpose"] = static_cast<int>(fact.consent.purpose);
    row["granted"] = fact.consent.granted;
    row["base_version"] = fact.base_version;
  }
  void operator()(const model::SaleDisputed& fact) const {
    row["till"] = fact.key.till;
    row["transaction"] = fact.key.transaction;
  }
  void operator()(const model::RightsReleased& fact) const { row["receiver"] = fact.receiver.value; }
  void operator()(const model::CouponConfirmed& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["value_minor"] = fact.value_minor;
    row["redemption"] = fact.redemption;
  }
  void operator()(const model::CouponProvisional& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["value_minor"] = fact.value_minor;
    row["redemption"] = fact.redemption;
    if (fact.approved_by) row["approved_by"] = fact.approved_by.value;
  }
  void operator()(const model::RedemptionCancelled& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["redemption"] = fact.redemption;
  }
  void operator()(const model::PointsSpent& fact) const {
    row["points"] = fact.points;
    row["sale"] = fact.sale.value;
    row["lease"] = fact.lease.value;
  }
  void operator()(const model::AwardGiven& fact) const {
    row["campaign"] = fact.campaign.value;
    row["gives"] = model::action_name(fact.kind);
    if (fact.number != 0) row["number"] = fact.number;
    if (!fact.word.empty()) row["word"] = fact.word;
    if (fact.deferred) row["deferred"] = true;
    if (fact.sale) row["sale"] = fact.sale.value;
  }
  void operator()(const model::CouponApplied& fact) const {
    row["coupon"] = coupon_text(fact.coupon);
    row["lines"] = Json::array();
    for (const auto& each : fact.lines) row["lines"].push_back({{"line", each.line}, {"minor", each.discount_minor}});
    row["sale"] = fact.sale.value;
  }
  void operator()(const model::LeaseReturned& fact) const {
    row["lease"] = fact.lease.value;
    row["used"] = fact.used;
  }
  void operator()(const model::CampaignDrawn& fact) const {
    row["campaign"] = fact.campaign.value;
    row["kind"] = static_cast<int>(fact.kind);
    row["lease"] = fact.lease.value;
    row["amount"] = fact.amount;
  }
  void operator()(const model::ActApproved& fact) const {
    row["act"] = static_cast<int>(fact.act);
    row["by"] = fact.by.value;
    if (fact.asked_by) row["asked_by"] = fact.asked_by.value;
    row["subject"] = fact.subject;
  }
  void operator()(const model::StaffChecked& fact) const {
    row["staff"] = fact.staff.value;
    row["outcome"] = static_cast<int>(fact.outcome);
  }
};

Json row_of(const store::JournalEntry& entry) {
  const auto& stamp = entry.fact.stamp;
  Json row{{"epoch", stamp.epoch.value},
           {"seq", stamp.seq.value},
           {"kind", model::kind_name(model::kind_of(entry.fact.body))},
           {"at", base::format_utc(stamp.occurred_at_ms)}};
  if (const auto member = model::member_of(entry.fact.body)) row["member"] = base::format_id('M', member.value);
  std::visit(Details{row}, entry.fact.body);
  row["acked"] = entry.acked;
  row["chain"] = base::to_hex(base::ByteView{entry.chain}.first(8));
  return row;
}

}  // namespace

base::Result<std::string> journal_listing(store::Journal& journal, std::size_t limit, bool queued_only) {
  MILLPOND_TRY(const auto entries, journal.entries(limit, queued_only));
  auto rows = Json::array();
  for (const auto& entry : entries) rows.push_back(row_of(entry));
  return Json{{"entries", std::move(rows)}}.dump();
}

base::Result<std::string> verify_listing(store::Journal& journal) {
  MILLPOND_TRY(const auto verification, journal.verify());
  Json row{{"facts", verification.facts},
           {"head", base::to_hex(verification.head)},
           {"sqlite_ok", verification.sqlite_ok},
           {"changed_rows", verification.changed_rows},
           {"holds", verification.sqlite_ok && !verification.broken_at && verification.changed_rows == 0},
           {"broken_at", nullptr}};
  if (verification.broken_at) row["broken_at"] = verification.broken_at->value;
  return row.dump();
}

base::Result<std::string> quarantine_listing(store::Journal& journal) {
  MILLPOND_TRY(const auto kept, journal.quarantine());
  auto rows = Json::array();
  for (const auto& each : kept) {
    Json row{{"kind", each.kind},     {"epoch", each.epoch.value},
             {"seq", each.seq.value}, {"bytes", each.content.size()},
             {"closed", each.closed}, {"reads_as", nullptr}};
    if (const auto fact = wire::decode_fact(each.content); fact && each.kind == "fact") {
      row["reads_as"] = row_of({.fact = *fact});
      row["reads_as"].erase("chain");
    }
    rows.push_back(std::move(row));
  }
  return Json{{"kept", std::move(rows)}}.dump();
}

std::string health_words(const store::JournalHealth& health) {
  std::string words;
  const auto say = [&words](bool so, const std::string& word) {
    if (so) words += (words.empty() ? "" : ", ") + word;
  };
  say(health.budget == store::BudgetLevel::tight, "budget_tight");
  say(health.budget == store::BudgetLevel::full, "budget_full");
  say(static_cast<bool>(health.ring_cut_through), "ring_cut");
  say(!health.damaged.empty(), "damaged");
  say(health.quarantined > 0, "quarantined " + std::to_string(health.quarantined));
  say(!health.set_aside.empty(), "set_aside " + std::to_string(health.set_aside.size()));
  say(health.salvaged.has_value(), "salvaged " + std::to_string(health.salvaged.value_or(0)));
  return words.empty() ? "holds" : words;
}

}  // namespace millpond::terminal
