// SPDX-License-Identifier: Apache-2.0
#include "tests/schema/documents.h"

#include "sync/model/check_in.h"
#include "sync/model/contact_policy.h"
#include "sync/model/country.h"
#include "sync/model/distributors.h"
#include "sync/model/figures_members.h"
#include "sync/model/game_check.h"
#include "sync/model/gestures.h"
#include "sync/model/gift_catalogue.h"
#include "sync/model/item_code.h"
#include "sync/model/past_event.h"
#include "sync/model/points_rules.h"
#include "sync/model/programme.h"
#include "sync/model/rating.h"
#include "sync/model/referral.h"
#include "sync/model/staff_goals.h"
#include "sync/model/tier_rules.h"

#include <algorithm>
#include <array>

namespace millpond::tests {
namespace {

template <auto Parse>
std::string refusal(base::ByteView json) {
  const auto parsed = Parse(json);
  return parsed ? std::string{} : parsed.error().detail;
}

base::Result<model::PastEvent> parse_past_event(base::ByteView json) {
  constexpr std::size_t tiers = 4;
  return model::parse_past_event(json, tiers);
}

base::Result<model::Game> parse_game(base::ByteView json) { return model::parse_game(json, model::china()); }

constexpr std::array kinds{
    DocumentKind{"check_in", refusal<model::parse_check_in>},
    DocumentKind{"commission", refusal<model::parse_commission_rules>},
    DocumentKind{"contact_policy", refusal<model::parse_contact_policy>},
    DocumentKind{"country", refusal<model::parse_country>},
    DocumentKind{"distributors", refusal<model::parse_distributors>},
    DocumentKind{"game", refusal<parse_game>},
    DocumentKind{"gestures", refusal<model::parse_gesture_policy>},
    DocumentKind{"gifts", refusal<model::parse_gifts>},
    DocumentKind{"item_codes", refusal<model::parse_items>},
    DocumentKind{"past_event", refusal<parse_past_event>},
    DocumentKind{"points", refusal<model::parse_points_rules>},
    DocumentKind{"programme", refusal<model::parse_programme>},
    DocumentKind{"ratings", refusal<model::parse_rating_policy>},
    DocumentKind{"referral", refusal<model::parse_referral_rules>},
    DocumentKind{"rfm_bands", refusal<model::parse_rfm_bands>},
    DocumentKind{"tiers", refusal<model::parse_tier_rules>},
};

}  // namespace

std::span<const DocumentKind> document_kinds() { return kinds; }

const DocumentKind* document_kind(std::string_view name) {
  const auto* const found = std::ranges::find(kinds, name, &DocumentKind::name);
  return found == kinds.end() ? nullptr : found;
}

}  // namespace millpond::tests
