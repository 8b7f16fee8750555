// SPDX-License-Identifier: Apache-2.0
#include "sync/model/tiers.h"

#include "sync/base/check.h"
#include "sync/model/calendar.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace millpond::model {
namespace {

__extension__ using Wide = __int128;

struct Days {
  base::LocalDate first;
  base::LocalDate last;
};

// The calendar's period of so many months that a date is in.
Days calendar_period(base::LocalDate date, std::int32_t months) {
  const auto month = base::to_civil(date).month - 1;
  const auto first = add_months(first_of_month(date), -(month % months));
  return {first, add_days(add_months(first, months), -1)};
}

class Fold {
 public:
  Fold(const TierRules& rules, base::LocalDate joined) : rules_{rules}, date_{joined} {
    MILLPOND_CHECK(!rules.levels.empty() && rules.months > 0);
    MILLPOND_CHECK(rules.window == TierWindow::calendar || rules.hold_months > 0);
    state_.history.push_back({0, joined, std::nullopt, false});
  }

  void apply(const QualifyingEvent& event) {
    advance(std::max(event.happened, date_));
    days_[event.counts_on] += rules_.measure == TierMeasure::visits ? event.visits : event.amount_minor;
    const auto reached = level_for(rules_, sum(window(date_)));
    if (reached <= state_.level) return;
    move_to(reached, date_, true);
    period_end_ = end_of_period(date_);
  }

  TierState finish(base::LocalDate today) && {
    advance(std::max(today, date_));
    state_.qualifying = sum(window(date_));
    if (state_.level > 0) state_.holds_through = period_end_;
    if (state_.level + 1 < rules_.levels.size()) {
      state_.next = state_.level + 1;
      const Wide missing = Wide{rules_.levels[*state_.next].threshold} - state_.qualifying;
      state_.missing = held(std::max<Wide>(missing, 0));
    }
    return std::move(state_);
  }

 private:
  static std::int64_t held(Wide number) {
    using Limits = std::numeric_limits<std::int64_t>;
    return static_cast<std::int64_t>(std::clamp<Wide>(number, Limits::min(), Limits::max()));
  }

  // Of the period that begins with a tier reached or kept on this date.
  [[nodiscard]] base::LocalDate end_of_period(base::LocalDate from) const {
    const auto end = rules_.window == TierWindow::calendar ? calendar_period(from, rules_.months).last
                                                           : add_days(add_months(from, rules_.hold_months), -1);
    return std::max(end, from);  // at the end of all years
  }

  // What counts on a date.
  [[nodiscard]] Days window(base::LocalDate date) const {
    if (rules_.window == TierWindow::rolling) return {add_days(add_months(date, -rules_.months), 1), date};
    return {calendar_period(date, rules_.months).first, date};
  }

  [[nodiscard]] std::int64_t sum(Days window) const {
    Wide sum = 0;
    const auto end = days_.upper_bound(window.last);
    for (auto day = days_.lower_bound(window.first); day != end; ++day) sum += day->second;
    return held(sum);
  }

  void move_to(std::size_t level, base::LocalDate date, bool risen) {
    // Two steps up on one day are one entry, into the higher tier.
    if (state_.history.back().from == date && state_.history.back().risen && risen) {
      state_.history.pop_back();
    } else {
      state_.history.back().until = date;
    }
    state_.history.push_back({level, date, std::nullopt, risen});
    state_.level = level;
  }

  // Passes the ends of periods before a date.
  void advance(base::LocalDate date) {
    while (state_.level > 0 && period_end_ < date) {
      const auto next_day = add_days(period_end_, 1);
      const auto keeps = std::min(level_for(rules_, sum(window(period_end_))), state_.level);
      if (keeps < state_.level) move_to(keeps, next_day, false);
      period_end_ = end_of_period(next_day);
    }
    date_ = date;
  }

  const TierRules& rules_;
  base::LocalDate date_;
  base::LocalDate period_end_;
  std::map<base::LocalDate, Wide> days_;
  TierState state_;
};

}  // namespace

TierState tier_state(const TierRules& rules, std::span<const QualifyingEvent> events, base::LocalDate joined,
                     base::LocalDate today) {
  std::vector<QualifyingEvent> sorted(events.begin(), events.end());
  std::ranges::sort(sorted, {}, [](const QualifyingEvent& event) {
    return std::tuple{event.occurred_ms, event.key, event.happened, event.counts_on, event.amount_minor, event.visits};
  });
  Fold fold{rules, joined};
  std::set<EventKey> seen;
  for (const auto& event : sorted) {
    if (event.happened <= today && seen.insert(event.key).second) fold.apply(event);
  }
  return std::move(fold).finish(today);
}

std::size_t level_for(const TierRules& rules, std::int64_t qualifying) {
  std::size_t level = 0;
  for (std::size_t i = 1; i < rules.levels.size() && rules.levels[i].threshold <= qualifying; ++i) level = i;
  return level;
}

std::optional<std::size_t> level_on(const TierState& state, base::LocalDate date) {
  for (const auto& span : state.history) {
    if (span.from <= date && (!span.until || date < *span.until)) return span.level;
  }
  return std::nullopt;
}

}  // namespace millpond::model
