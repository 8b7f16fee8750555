// SPDX-License-Identifier: Apache-2.0
#include "sync/model/campaign.h"

#include "sync/crypto/hash.h"
#include "sync/model/allocate.h"

#include <algorithm>
#include <array>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t word_bytes_max = 64;
constexpr std::int64_t number_max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t count_max = 1'000'000'000;
constexpr std::int64_t points_max = 100'000'000;
constexpr std::int64_t actions_max = 20;

constexpr std::array<std::string_view, triggers> trigger_names{
    "enrolment",          "sale_paid",   "check_in",         "code_scanned", "birthday", "tier_entered", "lapsed",
    "referral_qualified", "first_visit", "basket_abandoned", "service_late", "external", "manual"};

constexpr std::array<std::string_view, 7> action_names{"points", "coupon",  "chance",    "tag",
                                                       "pack",   "message", "staff_task"};

CampaignAction read_action(ObjectReader& object) {
  struct Form {
    const char* name;
    ActionKind kind;
    std::int64_t number_max;  // 0: takes a word
    bool several;
  };
  static constexpr std::array<Form, 7> forms{{{"points", ActionKind::points, points_max, false},
                                              {"coupon", ActionKind::coupon, number_max, true},
                                              {"chance", ActionKind::chance, number_max, true},
                                              {"tag", ActionKind::tag, 0, false},
                                              {"pack", ActionKind::pack, number_max, false},
                                              {"message", ActionKind::message, number_max, false},
                                              {"staff_task", ActionKind::staff_task, 0, false}}};
  CampaignAction action;
  for (const auto& form : forms) {
    if (!object.has(form.name)) continue;
    action.kind = form.kind;
    if (form.number_max == 0) action.word = object.text(form.name, word_bytes_max);
    if (form.number_max != 0) action.number = object.integer(form.name, 1, form.number_max);
    if (form.several) action.count = object.integer_or("count", 1, 1, actions_max);
    return action;
  }
  object.report(object.first_unasked(), "must be one of points, coupon, chance, tag, pack, message, staff_task");
  return action;
}

std::vector<CampaignAction> read_actions(ObjectReader& object) {
  std::vector<CampaignAction> actions;
  object.each(
      "actions", [&](ObjectReader& each) { actions.push_back(read_action(each)); }, actions_max);
  if (actions.empty()) object.report("actions", "must name at least one");
  return actions;
}

Experiment read_experiment(ObjectReader object) {
  Experiment experiment;
  experiment.holdout_bp = object.integer_or("holdout_basis_points", holdout_bp_default, 1, basis_points_whole - 1);
  auto sum = experiment.holdout_bp;
  object.each("variants", [&](ObjectReader& each) {
    Variant variant{each.text("name", word_bytes_max), each.integer("basis_points", 1, basis_points_whole),
                    read_actions(each)};
    const auto same = [&](const Variant& other) { return other.name == variant.name; };
    if (std::any_of(experiment.variants.begin(), experiment.variants.end(), same)) each.report("name", "occurs twice");
    sum += variant.basis_points;
    experiment.variants.push_back(std::move(variant));
  });
  if (sum != basis_points_whole) object.report("variants", "must sum to 10,000 basis points with the holdout");
  object.finish();
  return experiment;
}

void read_trigger(ObjectReader object, Campaign& campaign, std::size_t tiers) {
  campaign.trigger =
      static_cast<Trigger>(object.choice("on", {"enrolment", "sale_paid", "check_in", "code_scanned", "birthday",
                                                "tier_entered", "lapsed", "referral_qualified", "first_visit",
                                                "basket_abandoned", "service_late", "external", "manual"}) +
                           1);
  switch (campaign.trigger) {
    case Trigger::lapsed:
      campaign.trigger_number = object.integer("days", 1, 3'650);
      break;
    case Trigger::service_late:
      campaign.trigger_number = object.integer("minutes", 0, 24 * 60);
      break;
    case Trigger::tier_entered:
      if (tiers < 2) object.report("tier", "the programme has no tier to enter");
      campaign.trigger_number = object.integer("tier", 1, tiers < 2 ? 1 : static_cast<std::int64_t>(tiers) - 1);
      break;
    case Trigger::code_scanned:
    case Trigger::first_visit:
    case Trigger::external:
      campaign.trigger_word = object.text("which", word_bytes_max);
      break;
    default:
      break;
  }
  object.finish();
}

CampaignCaps read_caps(ObjectReader object) {
  CampaignCaps caps;
  caps.per_member = object.integer_or("per_member", 0, 1, count_max);
  caps.per_member_day = object.integer_or("per_member_day", 0, 1, count_max);
  caps.count = object.integer_or("count", 0, 1, count_max);
  caps.money_minor = object.integer_or("money_minor", 0, 1, amount_minor_max);
  object.finish();
  return caps;
}

}  // namespace

std::string_view action_name(ActionKind kind) {
  const auto at = static_cast<std::size_t>(kind) - 1;
  return at < action_names.size() ? action_names[at] : "unknown";
}

std::string_view trigger_name(Trigger trigger) { return trigger_names.at(static_cast<std::size_t>(trigger) - 1); }

Campaign read_campaign(ObjectReader& object, std::size_t tiers) {
  Campaign campaign;
  campaign.id.value = static_cast<std::uint32_t>(object.integer("id", 1, number_max));
  campaign.name = object.localized("name");
  read_trigger(object.object("trigger"), campaign, tiers);
  campaign.starts = object.date("starts");
  campaign.ends = object.date("ends");
  if (campaign.ends < campaign.starts) object.report("ends", "must not be before starts");
  if (object.has("when")) campaign.when = read_condition(object.object("when"), tiers);
  campaign.only_stores = campaign.when.needed_stores();
  campaign.least_paid_minor = campaign.when.needed_paid_minor();
  campaign.offline = static_cast<OfflinePolicy>(object.choice("offline", {"decide", "defer", "deny"}) + 1);
  campaign.group = object.text_or("group", {}, word_bytes_max);
  campaign.priority = object.integer_or("priority", 0, -1'000, 1'000);
  campaign.stopped = object.boolean_or("stopped", false);
  if (object.has("caps")) campaign.caps = read_caps(object.object("caps"));
  if (object.has("experiment")) {
    campaign.experiment = read_experiment(object.object("experiment"));
  } else {
    campaign.actions = read_actions(object);
  }
  return campaign;
}

std::optional<std::size_t> variant_of(const base::BrandId& brand, const Campaign& campaign, base::MemberId member) {
  if (!campaign.experiment) return 0;
  base::Bytes key;
  base::append(key, base::view_of("MILLPOND-VARIANT1"));
  base::append(key, brand.bytes);
  base::append_big_endian(key, campaign.id.value, 4);
  base::append_big_endian(key, member.value, 8);
  // 64 bits over 10,000: the bias is below 10^-15.
  const auto number = base::read_big_endian(base::ByteView{crypto::blake2b(key)}.first(8));
  auto place = static_cast<std::int64_t>(number % static_cast<std::uint64_t>(basis_points_whole));
  place -= campaign.experiment->holdout_bp;
  if (place < 0) return std::nullopt;
  for (std::size_t i = 0; i < campaign.experiment->variants.size(); ++i) {
    place -= campaign.experiment->variants[i].basis_points;
    if (place < 0) return i;
  }
  return std::nullopt;
}

}  // namespace millpond::model
