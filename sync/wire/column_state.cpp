// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/column_state.h"

#include <algorithm>
#include <charconv>

namespace millpond::wire {
namespace {

constexpr std::size_t digits_max = 18;
constexpr std::uint64_t number_max = 1'000'000'000'000'000'000;

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// Where the digits at the end begin.
std::size_t digits_at(const std::string& text) {
  auto at = text.size();
  while (at > 0 && is_digit(text[at - 1])) --at;
  return at;
}

std::uint64_t number_from(const std::string& text, std::size_t at) {
  std::uint64_t number = 0;
  for (; at < text.size(); ++at) number = 10 * number + static_cast<std::uint64_t>(text[at] - '0');
  return number;
}

}  // namespace

std::optional<std::string> number_after(const std::string& text, std::uint64_t step) {
  const auto at = digits_at(text);
  const auto width = text.size() - at;
  if (width == 0 || width > digits_max || step > number_max) return std::nullopt;
  const auto digits = std::to_string(number_from(text, at) + step);
  auto next = text.substr(0, at);
  if (digits.size() < width) next.append(width - digits.size(), '0');
  return next + digits;
}

std::optional<std::uint64_t> step_between(const std::string& from, const std::string& to) {
  const auto at = digits_at(from);
  const auto there = digits_at(to);
  const auto fits = [](std::size_t width) { return width > 0 && width <= digits_max; };
  if (!fits(from.size() - at) || !fits(to.size() - there)) return std::nullopt;
  const auto first = number_from(from, at);
  const auto second = number_from(to, there);
  if (second <= first || number_after(from, second - first) != to) return std::nullopt;
  return second - first;
}

std::uint64_t whole_quantity(const std::string& text) {
  if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, is_digit)) return 1;
  return std::max<std::uint64_t>(number_from(text, 0), 1);
}

base::LocalDate promised_date(std::int64_t occurred_at_ms, std::int32_t utc_offset_min) {
  constexpr std::int64_t day_min = 24 * 60;
  const auto local_min = occurred_at_ms / 60'000 - (occurred_at_ms % 60'000 < 0 ? 1 : 0) + utc_offset_min;
  return {static_cast<std::int32_t>(local_min / day_min - (local_min % day_min < 0 ? 1 : 0))};
}

std::int64_t promised_base(const model::SaleRecorded& sale) {
  auto left = std::max<std::int64_t>(sale.eligible_minor, 0);
  for (const auto& tender : sale.tenders) {
    const bool bought_before = tender.type == model::TenderType::points || tender.type == model::TenderType::coupon ||
                               tender.type == model::TenderType::gift_card;
    if (bought_before && tender.amount_minor > 0) left = std::max<std::int64_t>(left - tender.amount_minor, 0);
  }
  return left;
}

}  // namespace millpond::wire
