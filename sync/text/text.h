// SPDX-License-Identifier: Apache-2.0
// Text: every sentence that reaches a person, in each of the product's languages, and how money, points, dates and
// phones are written. Not a place for sentences: those are in assets/strings/*.json, from which the build generates
// the tables, refusing a key that one language lacks, unequal placeholders and an error code without its sentences.
// Pure; any thread; nothing here blocks or fails.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/error.h"
#include "sync/base/money.h"
#include "sync/text/keys.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millpond::text {

enum class Language : std::uint8_t { zh_cn, en };
inline constexpr Language languages[]{Language::zh_cn, Language::en};

// BCP 47, as consents and settings name a language: "zh-CN".
[[nodiscard]] std::string_view tag(Language language);
[[nodiscard]] std::optional<Language> language_of_tag(std::string_view tag);

// The text as it stands in the file; lives for the whole program. Key `error_disk_full_what` is "error.disk_full.what".
[[nodiscard]] std::string_view get(Key key, Language language);

// The same with {0}, {1}, ... replaced. As many arguments as the text has placeholders: anything else is our mistake.
[[nodiscard]] std::string format_list(Key key, Language language, std::span<const std::string_view> arguments);
template <class... Arguments>
[[nodiscard]] std::string format(Key key, Language language, const Arguments&... arguments) {
  const std::string_view list[sizeof...(arguments) + 1]{std::string_view{arguments}..., std::string_view{}};
  return format_list(key, language, {list, sizeof...(arguments)});
}

// What happened, why, and what to do next; three complete sentences.
struct Sentence {
  std::string_view what;
  std::string_view why;
  std::string_view next;
};
[[nodiscard]] Sentence sentence(base::Code code, Language language);
// The three in one paragraph, followed by the hint of this installation where there is one.
[[nodiscard]] std::string explain(const base::Error& error, Language language);

// whole_short drops ".00" from a whole amount: a coupon is worth "¥8", a sale "¥8.00".
enum class Fraction : std::uint8_t { always, whole_short };
// "¥68.50"; "-¥8.00"; a currency without a symbol in the tables is named: "CHF 12.00".
[[nodiscard]] std::string money(base::Money amount, Language language, Fraction fraction = Fraction::always);
[[nodiscard]] std::string count(std::int64_t number);  // "2,490", "-12"

[[nodiscard]] std::string date(base::LocalDate day, Language language);       // "12月21日", "21 Dec"
[[nodiscard]] std::string full_date(base::LocalDate day, Language language);  // "2026年12月21日", "21 Dec 2026"
[[nodiscard]] std::string time_of_day(std::int64_t wall_ms, std::int64_t utc_offset_min);  // "10:42"
// The time, with the date before it unless it is the day of now_ms: "10:42", "11月20日 10:42".
[[nodiscard]] std::string moment(std::int64_t wall_ms, std::int64_t now_ms, std::int64_t utc_offset_min,
                                 Language language);

// "138****8000": the first three and last four of a number of mainland China with or without +86; of any other number
// the last two. At least four characters are always hidden.
[[nodiscard]] std::string masked_phone(std::string_view phone);
// "138 0013 8000" for as many digits as there are.
[[nodiscard]] std::string grouped_phone(std::string_view digits);

}  // namespace millpond::text
