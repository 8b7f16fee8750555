// SPDX-License-Identifier: Apache-2.0
#include "sync/model/gestures.h"

#include "sync/model/document.h"
#include "sync/model/figures_base.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 16U << 10;
constexpr std::size_t reason_bytes_max = 40;
constexpr std::int64_t cap_days_max = 366;

bool is_listed(const GesturePolicy& policy, const GestureCase& of) {
  if (std::ranges::find(policy.reasons, of.reason) == policy.reasons.end()) return false;
  if (of.cost_minor <= 0) return false;
  return of.kind != GestureKind::round_down || of.cost_minor <= rounding_of(policy, of.total_minor);
}

std::int64_t given_to_member(const GesturePolicy& policy, const GestureCase& of) {
  std::int64_t sum = 0;
  for (const auto& gesture : of.made) {
    const auto age_days = std::int64_t{of.today.days} - gesture.date.days;
    if (gesture.member == of.member && age_days < policy.a_member_days) {
      sum = add_within_bounds(sum, std::max<std::int64_t>(gesture.cost_minor, 0));
    }
  }
  return sum;
}

}  // namespace

base::Result<GesturePolicy> parse_gesture_policy(base::ByteView json) {
  Document document{json, document_bytes_max, "read gesture policy"};
  auto root = document.root();
  GesturePolicy policy;
  policy.version = static_cast<std::uint32_t>(root.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  policy.reasons = root.texts("reasons", reason_bytes_max);
  if (policy.reasons.empty()) root.report("reasons", "must name a reason");
  policy.round_step_minor = root.integer("round_step_minor", 1, amount_minor_max);
  auto member = root.object("a_member");
  policy.a_member_max_minor = member.integer("max_minor", 0, amount_minor_max);
  policy.a_member_days = static_cast<std::int32_t>(member.integer("days", 1, cap_days_max));
  member.finish();
  root.finish();
  if (auto problem = document.problem()) return std::move(*problem);
  return policy;
}

std::int64_t rounding_of(const GesturePolicy& policy, std::int64_t total_minor) {
  return total_minor > 0 ? total_minor % policy.round_step_minor : 0;
}

GestureDecision decide_gesture(const GesturePolicy& policy, const GestureCase& of) {
  if (!is_listed(policy, of)) return {base::Code::bad_input, false, false, 0};
  if (of.budget && of.budget->value_suspended) return {base::Code::value_suspended, false, false, 0};
  auto budget = of.budget;
  if (budget) budget->wanted = of.cost_minor;
  const auto short_of_budget = of.cost_minor - (budget ? usable(*budget) : 0);
  std::int64_t short_of_cap = 0;
  if (of.member) {
    const auto left = std::max<std::int64_t>(policy.a_member_max_minor - given_to_member(policy, of), 0);
    short_of_cap = std::max<std::int64_t>(of.cost_minor - left, 0);
  }
  GestureDecision decision;
  decision.missing_minor = std::max(short_of_budget, short_of_cap);
  decision.needed_approval = decision.missing_minor > 0;
  const bool approved = of.approved_by && of.approved_by != of.cashier;
  if (decision.needed_approval && !approved) {
    decision.refused = base::Code::approval_required;
    return decision;
  }
  decision.from_budget = short_of_budget == 0;
  return decision;
}

}  // namespace millpond::model
