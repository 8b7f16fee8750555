// SPDX-License-Identifier: Apache-2.0
#include "sync/model/tier_benefits.h"

#include "sync/crypto/hash.h"
#include "sync/model/calendar.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace millpond::model {
namespace {

constexpr int months_a_year = 12;

// BLAKE2b-256 over brand, member, kind, tier (entries only) and the number of the occasion. Persisted in facts: never
// change.
base::Hash benefit_cause(const BenefitCase& of, BenefitKind kind, std::uint32_t tier, std::uint64_t occasion) {
  base::Bytes cause;
  base::append(cause, base::view_of("MILLPOND-BENEFIT1"));
  base::append(cause, of.brand.bytes);
  base::append_big_endian(cause, of.member.value, 8);
  base::append_big_endian(cause, static_cast<std::uint64_t>(kind), 1);
  base::append_big_endian(cause, tier, 4);
  base::append_big_endian(cause, occasion, 8);
  return crypto::blake2b(cause);
}

class Listing {
 public:
  Listing(const TierRules& rules, const TierState& state, const BenefitCase& of, base::LocalDate from,
          base::LocalDate to)
      : rules_{rules}, state_{state}, of_{of}, from_{std::max(from, state.history.front().from)}, to_{to} {}

  std::vector<DueBenefit> list() && {
    if (from_ < to_) {
      entries();
      months();
      birthdays();
    }
    std::ranges::sort(due_, {}, [](const DueBenefit& benefit) {
      return std::tuple{benefit.due, benefit.kind, benefit.cause};
    });
    return std::move(due_);
  }

 private:
  void add(base::LocalDate due, BenefitKind kind, base::CampaignId TierBenefits::*pack, std::size_t level,
           std::uint32_t tier, std::uint64_t occasion) {
    const auto campaign = rules_.levels[level].benefits.*pack;
    if (!campaign || due < from_ || due >= to_) return;
    due_.push_back({due, kind, level, campaign, benefit_cause(of_, kind, tier, occasion)});
  }

  void entries() {
    std::map<std::size_t, std::uint64_t> times;
    for (const auto& span : state_.history) {
      if (!span.risen) continue;
      const auto tier = rules_.levels[span.level].id;
      add(span.from, BenefitKind::entry_pack, &TierBenefits::entry_pack, span.level, tier, ++times[span.level]);
    }
  }

  void months() {
    for (auto day = first_of_month(from_); day < to_;) {
      const auto civil = base::to_civil(day);
      const auto month =
          static_cast<std::uint64_t>(civil.year) * months_a_year + static_cast<std::uint64_t>(civil.month);
      const auto level = level_on(state_, day);
      const auto entered = [&](const TierSpan& span) {
        return span.from == day && (span.risen || day == state_.history.front().from);
      };
      if (level && std::ranges::none_of(state_.history, entered)) {
        add(day, BenefitKind::monthly_pack, &TierBenefits::monthly_pack, *level, 0, month);
      }
      const auto next = add_months(day, 1);
      if (next <= day) return;  // the end of all years
      day = next;
    }
  }

  void birthdays() {
    if (!of_.birthday) return;
    const auto last = base::to_civil(add_days(to_, rules_.birthday_lead_days)).year;
    for (auto year = base::to_civil(from_).year; year <= last; ++year) {
      const auto day = yearly_day(year, of_.birthday->month, of_.birthday->day);
      const auto joined = state_.history.front().from;
      if (day < joined) continue;
      const auto due = std::max(add_days(day, -rules_.birthday_lead_days), joined);
      const auto level = level_on(state_, due);
      if (!level) continue;
      add(due, BenefitKind::birthday_gift, &TierBenefits::birthday_gift, *level, 0, static_cast<std::uint64_t>(year));
    }
  }

  const TierRules& rules_;
  const TierState& state_;
  const BenefitCase& of_;
  base::LocalDate from_;
  base::LocalDate to_;
  std::vector<DueBenefit> due_;
};

}  // namespace

std::vector<DueBenefit> due_benefits(const TierRules& rules, const TierState& state, const BenefitCase& of,
                                     base::LocalDate from, base::LocalDate to) {
  return Listing{rules, state, of, from, to}.list();
}

bool is_open_to(const TierRules& rules, std::size_t level, base::CampaignId offer) {
  const auto lists = [&](const TierLevel& of) {
    return std::ranges::find(of.benefits.exclusive_offers, offer) != of.benefits.exclusive_offers.end();
  };
  return std::ranges::none_of(rules.levels, lists) || (level < rules.levels.size() && lists(rules.levels[level]));
}

}  // namespace millpond::model
