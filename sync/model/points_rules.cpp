// SPDX-License-Identifier: Apache-2.0
#include "sync/model/points_rules.h"

#include "sync/model/document.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 64U << 10;
constexpr std::size_t word_bytes_max = 64;
constexpr std::size_t rules_max = 50;
constexpr std::int64_t id_max = std::numeric_limits<std::uint32_t>::max();

std::vector<std::string> words(ObjectReader& object, const char* key) {
  auto list = object.texts(key, word_bytes_max);
  std::ranges::sort(list);
  return list;
}

std::vector<std::string> words_or_none(ObjectReader& object, const char* key) {
  return object.has(key) ? words(object, key) : std::vector<std::string>{};
}

template <class Rules>
void refuse_repeated_id(ObjectReader& object, const Rules& rules, std::uint32_t id) {
  if (std::ranges::any_of(rules, [&](const auto& other) { return other.id == id; }))
    object.report("id", "is used twice");
}

BaseRule read_base(ObjectReader& object) {
  BaseRule rule;
  rule.id = static_cast<std::uint32_t>(object.integer("id", 1, id_max));
  rule.points = object.integer("points", 1, earn_points_max);
  rule.per_minor = object.integer("per_minor", 1, amount_minor_max);
  rule.categories = words_or_none(object, "categories");
  if (object.has("stores")) {
    for (const auto store : object.integers("stores", 1, id_max))
      rule.stores.push_back(static_cast<std::uint32_t>(store));
    std::ranges::sort(rule.stores);
  }
  return rule;
}

BonusRule read_bonus(ObjectReader& object) {
  BonusRule rule;
  rule.id = static_cast<std::uint32_t>(object.integer("id", 1, id_max));
  rule.kind = static_cast<BonusKind>(object.choice("kind", {"tier", "birthday", "first_purchase", "channel"}));
  rule.additive = object.boolean("additive");
  rule.extra_basis_points = object.integer_or("extra_basis_points", 0, 0, bonus_basis_points_max);
  rule.extra_points = object.integer_or("extra_points", 0, 0, earn_points_max);
  if (rule.kind == BonusKind::channel) rule.channel = object.text("channel", word_bytes_max);
  const bool of_tier = rule.kind == BonusKind::tier;
  if (of_tier && rule.extra_basis_points != 0) object.report("extra_basis_points", "comes with the tier");
  if (of_tier && rule.extra_points != 0) object.report("extra_points", "is not for tiers, which multiply");
  if (!of_tier && rule.extra_basis_points == 0 && rule.extra_points == 0) {
    object.report("extra_basis_points", "or extra_points must be more than 0");
  }
  return rule;
}

void read_bonuses(ObjectReader& document, std::vector<BonusRule>& bonuses) {
  document.each(
      "bonuses",
      [&](ObjectReader& object) {
        auto rule = read_bonus(object);
        refuse_repeated_id(object, bonuses, rule.id);
        const bool second_of_tiers = rule.kind == BonusKind::tier &&
                                     std::ranges::find(bonuses, BonusKind::tier, &BonusRule::kind) != bonuses.end();
        if (second_of_tiers) object.report("kind", "must not be tier twice");
        bonuses.push_back(std::move(rule));
      },
      bonuses_max);
}

}  // namespace

base::Result<PointsRules> parse_points_rules(base::ByteView json) {
  Document file{json, document_bytes_max, "read points rules"};
  auto document = file.root();
  PointsRules rules;
  rules.version = static_cast<std::uint32_t>(document.integer("version", 1, id_max));
  rules.before_tax = document.boolean_or("before_tax", true);
  rules.gift_card_categories = words(document, "gift_card_categories");
  rules.excluded_categories = words_or_none(document, "excluded_categories");
  document.each(
      "base",
      [&](ObjectReader& object) {
        auto rule = read_base(object);
        refuse_repeated_id(object, rules.base, rule.id);
        rules.base.push_back(std::move(rule));
      },
      rules_max);
  if (rules.base.empty()) document.report("base", "must have at least one rule");
  read_bonuses(document, rules.bonuses);
  rules.lots = read_lot_terms(document.object("lots"));
  document.finish();
  if (const auto problem = file.problem()) return *problem;
  return rules;
}

}  // namespace millpond::model
