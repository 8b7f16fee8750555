// SPDX-License-Identifier: Apache-2.0
#include "sync/model/programme.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace millpond::model {
namespace {

using Json = nlohmann::json;

constexpr std::size_t document_bytes_max = 256U << 10;
constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t notice_bytes_max = 20'000;
constexpr std::size_t list_items_max = 400;
constexpr std::int64_t amount_minor_max = 1'000'000'000'000'000;  // keeps every sum of a rule far from overflow
constexpr std::int64_t value_minor_max = std::numeric_limits<std::uint32_t>::max();  // a coupon code has 4 bytes for it
constexpr std::int64_t valid_days_max = 3'660;                                       // ten years
constexpr std::int64_t offset_min_max = 14 * 60;                    // Kiribati, the farthest zone there is
constexpr int day_max = std::numeric_limits<std::uint16_t>::max();  // a coupon code has 2 bytes for a day

// The first thing wrong with a document; later ones are often its echo.
class Problem {
 public:
  void report(std::string_view pointer, std::string_view what) {
    if (!detail_.empty()) return;
    detail_ = std::string{pointer.empty() ? "/" : pointer} + ": " + std::string{what};
  }
  [[nodiscard]] bool found() const { return !detail_.empty(); }
  [[nodiscard]] base::Error error() const { return {base::Code::programme_invalid, "read programme", detail_}; }

 private:
  std::string detail_;
};

// One JSON object being read. Every getter reports what is wrong and returns an empty value, so that reading goes on
// to its end without a branch for each member.
class Object {
 public:
  Object(const Json& value, std::string pointer, Problem& problem)
      : value_{value}, pointer_{std::move(pointer)}, problem_{problem} {
    if (!value_.is_object()) problem_.report(pointer_, "must be an object");
  }

  std::int64_t integer(const char* key, std::int64_t least, std::int64_t most) {
    const auto* member = find(key);
    if (member == nullptr) return least;
    const bool fits =
        member->is_number_integer() &&
        (!member->is_number_unsigned() ||
         member->get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    const auto number = fits ? member->get<std::int64_t>() : 0;
    if (fits && number >= least && number <= most) return number;
    report(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return least;
  }

  std::string text(const char* key, std::size_t bytes_max) {
    const auto* member = find(key);
    if (member == nullptr) return {};
    if (member->is_string()) {
      const auto& text = member->get_ref<const std::string&>();
      if (!text.empty() && text.size() <= bytes_max) return text;
    }
    report(key, "must be a text of 1 to " + std::to_string(bytes_max) + " bytes");
    return {};
  }

  base::LocalDate date(const char* key) {
    const auto date = base::parse_date(text(key, 10));
    if (!date || date->days < 0 || date->days > day_max) report(key, "must be a date like 2026-11-21");
    return date.value_or(base::LocalDate{});
  }

  LocalizedText localized(const char* key, std::size_t bytes_max) {
    auto both = object(key);
    LocalizedText words{both.text("zh-CN", bytes_max), both.text("en", bytes_max)};
    both.finish();
    return words;
  }

  Object object(const char* key) {
    static const Json nothing = Json::object();
    const auto* member = find(key);
    return {member == nullptr ? nothing : *member, pointer_ + "/" + key, problem_};
  }

  // Calls read(Object&) for each element and refuses what it left unread.
  template <class Read>
  void each(const char* key, Read read) {
    const auto* member = find(key);
    if (member == nullptr) return;
    if (!member->is_array() || member->size() > list_items_max) {
      return report(key, "must be a list of at most " + std::to_string(list_items_max));
    }
    for (std::size_t i = 0; i < member->size(); ++i) {
      Object element{(*member)[i], pointer_ + "/" + key + "/" + std::to_string(i), problem_};
      read(element);
      element.finish();
    }
  }

  // Refuses members that nobody asked for: a misspelt rule must not silently be no rule.
  void finish() {
    if (!value_.is_object()) return;
    for (const auto& [key, ignored] : value_.items()) {
      if (!asked_.contains(key)) report(key, "is not known");
    }
  }

  void report(std::string_view key, std::string_view what) { problem_.report(pointer_ + "/" + std::string{key}, what); }

 private:
  const Json* find(const char* key) {
    asked_.insert(key);
    if (!value_.is_object()) return nullptr;
    const auto at = value_.find(key);
    if (at != value_.end()) return &*at;
    report(key, "is missing");
    return nullptr;
  }

  const Json& value_;
  std::string pointer_;
  Problem& problem_;
  std::set<std::string, std::less<>> asked_;
};

EarnRule read_earn(Object object) {
  const EarnRule earn{object.integer("points", 0, 1'000'000), object.integer("per_minor", 1, amount_minor_max)};
  object.finish();
  return earn;
}

void read_zone(Object& document, std::vector<ZoneTransition>& zone) {
  document.each("zone", [&](Object& object) {
    const auto from = base::parse_rfc3339(object.text("from", 40));
    if (!from) object.report("from", "must be a moment like 2026-01-01T00:00:00+08:00");
    const auto offset = object.integer("offset_min", -offset_min_max, offset_min_max);
    if (!zone.empty() && from.value_or(0) <= zone.back().from_ms)
      object.report("from", "must be later than the one before");
    zone.push_back({from.value_or(0), static_cast<std::int32_t>(offset)});
  });
  if (zone.empty()) document.report("zone", "must name at least one offset");
}

void read_tiers(Object& document, std::vector<Tier>& tiers) {
  document.each("tiers", [&](Object& object) {
    Tier tier{object.localized("name", name_bytes_max), object.integer("threshold_minor", 0, amount_minor_max)};
    if (tiers.empty() && tier.threshold_minor != 0) object.report("threshold_minor", "must be 0 for the first tier");
    if (!tiers.empty() && tier.threshold_minor <= tiers.back().threshold_minor) {
      object.report("threshold_minor", "must be above the one before");
    }
    tiers.push_back(std::move(tier));
  });
}

void read_coupon(Object object, Campaign& campaign) {
  campaign.coupon_value_minor = object.integer("value_minor", 1, value_minor_max);
  campaign.coupon_threshold_minor = object.integer("threshold_minor", 1, amount_minor_max);
  campaign.coupon_valid_days = static_cast<std::int32_t>(object.integer("valid_days", 1, valid_days_max));
  campaign.coupon_starts_after_days = static_cast<std::int32_t>(object.integer("starts_after_days", 0, valid_days_max));
  object.finish();
  if (campaign.coupon_value_minor > campaign.coupon_threshold_minor) {
    object.report("value_minor", "must not be more than threshold_minor: the coupon would pay for the whole sale");
  }
  if (campaign.coupon_starts_after_days > campaign.coupon_valid_days) {
    object.report("starts_after_days", "must not be after the last good day");
  }
  // The last coupon's last day still fits a code.
  if (campaign.ends.days > day_max - campaign.coupon_valid_days)
    object.report("valid_days", "ends too far in the future");
}

void read_campaigns(Object& document, std::vector<Campaign>& campaigns) {
  document.each("campaigns", [&](Object& object) {
    Campaign campaign;
    campaign.id.value = static_cast<std::uint32_t>(object.integer("id", 1, std::numeric_limits<std::uint32_t>::max()));
    campaign.name = object.localized("name", name_bytes_max);
    campaign.starts = object.date("starts");
    campaign.ends = object.date("ends");
    campaign.threshold_minor = object.integer("threshold_minor", 0, amount_minor_max);
    read_coupon(object.object("coupon"), campaign);
    if (campaign.ends < campaign.starts) object.report("ends", "must not be before starts");
    const auto same_id = [&](const Campaign& other) { return other.id == campaign.id; };
    if (std::any_of(campaigns.begin(), campaigns.end(), same_id)) object.report("id", "is used twice");
    campaigns.push_back(std::move(campaign));
  });
}

base::Currency read_currency(Object& document) {
  const auto currency = base::parse_currency(document.text("currency", 3));
  if (!currency) document.report("currency", "is not a currency that Millpond knows");
  return currency.value_or(base::Currency{});
}

// Parses JSON and notes a member that occurs twice, of which the library would silently keep the last.
Json parse_json(base::ByteView bytes, Problem& problem) {
  std::vector<std::set<std::string>> open_objects;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == Json::parse_event_t::object_end) open_objects.pop_back();
    if (event == Json::parse_event_t::key && !open_objects.back().insert(parsed.get<std::string>()).second) {
      problem.report({}, "\"" + parsed.get<std::string>() + "\" occurs twice in one object");
    }
    return true;
  };
  auto document = Json::parse(bytes.begin(), bytes.end(), watch, /*allow_exceptions=*/false);
  if (document.is_discarded()) problem.report({}, "is not JSON");
  return document;
}

}  // namespace

base::Result<Programme> parse_programme(base::ByteView json) {
  Problem problem;
  if (json.size() > document_bytes_max) problem.report({}, "is larger than 256 KiB");
  const Json parsed = problem.found() ? Json{} : parse_json(json, problem);
  if (problem.found()) return problem.error();

  Programme programme;
  Object document{parsed, "", problem};
  programme.version =
      static_cast<std::uint32_t>(document.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  programme.brand_name = document.localized("brand_name", name_bytes_max);
  programme.currency = read_currency(document);
  programme.earn = read_earn(document.object("earn"));
  read_zone(document, programme.zone);
  read_tiers(document, programme.tiers);
  read_campaigns(document, programme.campaigns);
  auto notices = document.object("notices");
  programme.membership_notice = notices.localized("membership", notice_bytes_max);
  programme.marketing_notice = notices.localized("marketing", notice_bytes_max);
  notices.finish();
  document.finish();
  if (problem.found()) return problem.error();
  return programme;
}

std::int32_t offset_at(const Programme& programme, std::int64_t wall_ms) {
  std::int32_t offset = programme.zone.empty() ? 0 : programme.zone.front().offset_min;
  for (const auto& transition : programme.zone) {
    if (transition.from_ms <= wall_ms) offset = transition.offset_min;
  }
  return offset;
}

}  // namespace millpond::model
