// SPDX-License-Identifier: Apache-2.0
#include "sync/text/text.h"

#include "sync/base/check.h"
#include "sync/text/tables.h"

#include <array>

namespace millpond::text {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_min = 24 * 60;

struct Symbol {
  std::string_view letters;
  Key key;
};
constexpr std::array symbols{
    Symbol{"CNY", Key::currency_cny}, Symbol{"EUR", Key::currency_eur}, Symbol{"GBP", Key::currency_gbp},
    Symbol{"HKD", Key::currency_hkd}, Symbol{"JPY", Key::currency_jpy}, Symbol{"KRW", Key::currency_krw},
    Symbol{"MOP", Key::currency_mop}, Symbol{"MYR", Key::currency_myr}, Symbol{"SGD", Key::currency_sgd},
    Symbol{"THB", Key::currency_thb}, Symbol{"TWD", Key::currency_twd}, Symbol{"USD", Key::currency_usd},
    Symbol{"VND", Key::currency_vnd},
};

constexpr std::array months{
    Key::date_month_01, Key::date_month_02, Key::date_month_03, Key::date_month_04,
    Key::date_month_05, Key::date_month_06, Key::date_month_07, Key::date_month_08,
    Key::date_month_09, Key::date_month_10, Key::date_month_11, Key::date_month_12,
};

std::string grouped(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

// The magnitude of any 64-bit number, the smallest included.
std::uint64_t magnitude(std::int64_t number) {
  return number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
}

std::string symbol(base::Currency currency, Language language) {
  for (const auto& row : symbols) {
    if (row.letters == currency.view()) return std::string{get(row.key, language)};
  }
  return std::string{currency.view()} + ' ';
}

std::string_view month_name(int month, Language language) {
  return get(months.at(static_cast<std::size_t>(month - 1)), language);
}

}  // namespace

std::string_view tag(Language language) { return language == Language::zh_cn ? "zh-CN" : "en"; }

std::optional<Language> language_of_tag(std::string_view wanted) {
  for (const auto language : languages) {
    if (tag(language) == wanted) return language;
  }
  return std::nullopt;
}

std::string_view get(Key key, Language language) {
  const auto all = tables();
  const auto& table = language == Language::zh_cn ? all.zh_cn : all.en;
  const auto at = static_cast<std::size_t>(key);
  MILLPOND_CHECK(at < table.size());
  return table[at];
}

std::string format_list(Key key, Language language, std::span<const std::string_view> arguments) {
  const auto pattern = get(key, language);
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      out += pattern[i];
      continue;
    }
    const auto number = static_cast<std::size_t>(pattern[i + 1] - '0');  // the generator let only {digit} through
    MILLPOND_CHECK(number < arguments.size());
    used |= std::size_t{1} << number;
    out += arguments[number];
    i += 2;
  }
  MILLPOND_CHECK(used == (std::size_t{1} << arguments.size()) - 1);
  return out;
}

Sentence sentence(base::Code code, Language language) {
  const auto all = tables();
  const auto at = static_cast<std::size_t>(code);
  MILLPOND_CHECK(at < all.errors.size());
  const auto& keys = all.errors[at];
  return {get(keys.what, language), get(keys.why, language), get(keys.next, language)};
}

std::string explain(const base::Error& error, Language language) {
  const auto words = sentence(error.code, language);
  const std::string_view gap = language == Language::zh_cn ? "" : " ";
  std::string out{words.what};
  for (const auto part : {words.why, words.next}) {
    out += gap;
    out += part;
  }
  if (!error.hint.empty()) out += " (" + error.hint + ")";
  return out;
}

std::string money(base::Money amount, Language language, Fraction fraction) {
  const auto digits = base::exponent(amount.currency);
  std::uint64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  const auto minor = magnitude(amount.minor);
  std::string out = amount.minor < 0 ? "-" : "";
  out += symbol(amount.currency, language) + grouped(minor / unit);
  if (digits == 0 || (fraction == Fraction::whole_short && minor % unit == 0)) return out;
  const auto rest = std::to_string(minor % unit);
  return out + '.' + std::string(static_cast<std::size_t>(digits) - rest.size(), '0') + rest;
}

std::string count(std::int64_t number) { return (number < 0 ? "-" : "") + grouped(magnitude(number)); }

std::string date(base::LocalDate day, Language language) {
  const auto civil = base::to_civil(day);
  return format(Key::date_day_month, language, std::to_string(civil.day), month_name(civil.month, language));
}

std::string full_date(base::LocalDate day, Language language) {
  const auto civil = base::to_civil(day);
  return format(Key::date_day_month_year, language, std::to_string(civil.day), month_name(civil.month, language),
                std::to_string(civil.year));
}

std::string time_of_day(std::int64_t wall_ms, std::int64_t utc_offset_min) {
  const auto since_epoch_min = (wall_ms - (wall_ms % minute_ms + minute_ms) % minute_ms) / minute_ms + utc_offset_min;
  const auto of_day = (since_epoch_min % day_min + day_min) % day_min;
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(of_day / 60) + ':' + two(of_day % 60);
}

std::string moment(std::int64_t wall_ms, std::int64_t now_ms, std::int64_t utc_offset_min, Language language) {
  const auto offset = static_cast<int>(utc_offset_min);
  const auto day = base::local_date_at(wall_ms, offset);
  const auto time = time_of_day(wall_ms, utc_offset_min);
  if (day == base::local_date_at(now_ms, offset)) return time;
  return format(Key::date_day_time, language, date(day, language), time);
}

std::string masked_phone(std::string_view phone) {
  if (phone.starts_with("+86")) phone.remove_prefix(3);
  const bool mainland = phone.size() == 11 && phone.front() == '1';
  if (mainland) return std::string{phone.substr(0, 3)} + "****" + std::string{phone.substr(7)};
  const auto shown = phone.size() >= 6 ? phone.substr(phone.size() - 2) : std::string_view{};
  return "****" + std::string{shown};
}

std::string grouped_phone(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i == 3 || i == 7) out += ' ';
    out += digits[i];
  }
  return out;
}

}  // namespace millpond::text
