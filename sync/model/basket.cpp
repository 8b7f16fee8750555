// SPDX-License-Identifier: Apache-2.0
#include "sync/model/basket.h"

#include "sync/model/allocate.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t minutes_a_day = 24 * 60;
constexpr std::int64_t quantity_max = 1'000'000;
constexpr std::size_t decimals = 3;

bool is_digit(char each) { return each >= '0' && each <= '9'; }

}  // namespace

StoreMoment store_moment(std::int64_t wall_ms, std::int32_t utc_offset_min) {
  const auto minutes = (wall_ms >= 0 ? wall_ms : wall_ms - (minute_ms - 1)) / minute_ms + utc_offset_min;
  const auto days = (minutes >= 0 ? minutes : minutes - (minutes_a_day - 1)) / minutes_a_day;
  return {base::LocalDate{static_cast<std::int32_t>(days)}, static_cast<std::int32_t>(minutes - days * minutes_a_day)};
}

// 1970-01-01 was a Thursday.
int weekday_of(base::LocalDate date) { return static_cast<int>(((date.days + 3LL) % 7 + 7) % 7); }

WeekHours read_week_hours(ObjectReader& object) {
  WeekHours hours;
  if (object.has("weekdays")) {
    hours.weekdays = 0;
    for (const auto day : object.choices("weekdays", {"mon", "tue", "wed", "thu", "fri", "sat", "sun"})) {
      hours.weekdays = static_cast<std::uint8_t>(hours.weekdays | 1U << day);
    }
    if (hours.weekdays == 0) object.report("weekdays", "must name at least one");
  }
  if (object.has("hours")) {
    auto window = object.object("hours");
    hours.from_min = window.minute_of_day("from");
    hours.to_min = window.minute_of_day("to");
    if (hours.from_min == hours.to_min) window.report("to", "must differ from from");
    window.finish();
  }
  return hours;
}

bool on_weekday(const WeekHours& hours, const StoreMoment& now) {
  return (hours.weekdays >> weekday_of(now.date) & 1) != 0;
}

bool within_hours(const WeekHours& hours, const StoreMoment& now) {
  if (hours.from_min <= hours.to_min) return hours.from_min <= now.minute && now.minute < hours.to_min;
  return now.minute >= hours.from_min || now.minute < hours.to_min;
}

std::optional<std::int64_t> quantity_milli_of(std::string_view text) {
  std::int64_t whole = 0;
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at]) && whole <= quantity_max) whole = whole * 10 + (text[at++] - '0');
  if (at == 0 || whole > quantity_max) return std::nullopt;
  std::int64_t milli = whole * 1'000;
  if (at == text.size()) return milli;
  if (text[at++] != '.' || at == text.size()) return std::nullopt;
  std::int64_t unit = 100;
  for (std::size_t digit = 0; at < text.size(); ++at, ++digit) {
    if (!is_digit(text[at]) || (digit >= decimals && text[at] != '0')) return std::nullopt;
    milli += (text[at] - '0') * unit;
    unit /= 10;
  }
  return milli;
}

std::vector<std::int64_t> nets_of(const SaleRecorded& sale) {
  std::vector<std::int64_t> nets;
  nets.reserve(sale.lines.size());
  std::int64_t off = 0;
  for (const auto& line : sale.lines) {
    nets.push_back(std::max<std::int64_t>(line.net_minor, 0));
    off = add_held(off, -std::clamp<std::int64_t>(line.net_minor, -std::numeric_limits<std::int64_t>::max(), 0));
  }
  for (const bool delivery : {false, true}) {
    if (off == 0) break;
    std::vector<std::int64_t> weights;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < nets.size(); ++i) {
      const bool counts = (sale.lines[i].category == delivery_category) == delivery;
      weights.push_back(counts ? nets[i] : 0);
      sum = add_held(sum, weights.back());
    }
    const auto part = std::min(off, sum);
    const auto parts = allocate(part, weights);
    for (std::size_t i = 0; i < parts.size(); ++i) nets[i] -= parts[i];
    off -= part;
  }
  return nets;
}

Basket basket_of(const SaleRecorded& sale) {
  Basket basket;
  basket.store = sale.key.store;
  basket.lines.reserve(sale.lines.size());
  const auto nets = nets_of(sale);
  for (std::size_t i = 0; i < sale.lines.size(); ++i) {
    const auto& line = sale.lines[i];
    const auto net_minor = nets[i];
    const bool delivery = line.category == delivery_category;
    if (delivery) basket.delivery_minor = add_held(basket.delivery_minor, net_minor);
    basket.lines.push_back({line.sku, line.category, quantity_milli_of(line.quantity).value_or(1'000),
                            delivery ? 0 : net_minor, line.excluded});
  }
  return basket;
}

std::int64_t eligible_of(const std::vector<SaleLine>& lines) {
  std::int64_t all = 0;
  std::int64_t eligible = 0;
  for (const auto& line : lines) {
    all = add_held(all, line.net_minor);
    if (!line.excluded) eligible = add_held(eligible, line.net_minor);
  }
  return std::max<std::int64_t>(std::min(eligible, all), 0);
}

}  // namespace millpond::model
