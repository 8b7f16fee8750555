// SPDX-License-Identifier: Apache-2.0
// Country: what the law of the country that a brand opens in asks of a loyalty programme, as settings: from which age
// somebody joins, what a phone number looks like there, how long personal data may stay on a machine without its hub,
// and what games have to keep. China's are the default; every other country's are a document that counsel has looked
// at (docs/privacy.md). No law book: what is the same everywhere (separate choices that nobody has ticked beforehand, a
// withdrawal that always wins) is code and no setting. Immutable values; pure; no clock, no I/O.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/money.h"
#include "sync/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::model {

class ObjectReader;  // document.h

struct JoiningRule {
  std::int32_t age_min{};  // years; the birthday itself is still below
  bool guardians_agree{};  // for somebody younger; otherwise they are refused
  friend bool operator==(const JoiningRule&, const JoiningRule&) = default;
};

// Mobile numbers as people of the country type them.
struct PhoneShape {
  std::string calling_code;  // "86"
  std::string trunk;         // "0": typed inside the country, left out after the calling code; may be empty
  std::size_t digits_min{};  // without the trunk
  std::size_t digits_max{};
  std::vector<std::string> leads;  // what they begin with, without the trunk; empty: with anything
  friend bool operator==(const PhoneShape&, const PhoneShape&) = default;
};

struct GameLaw {
  std::string country;  // ISO 3166, two letters
  base::Currency currency;
  std::int64_t top_prize_minor_max{};  // inclusive, at market value
  std::int32_t age_min{};              // years
  std::int64_t winners_shown_above_minor_max{};
  std::int32_t register_years{};  // that the register of winners is kept after the last day of redeeming
  friend bool operator==(const GameLaw&, const GameLaw&) = default;
};

inline constexpr std::int32_t profile_days_limit = 30;  // a machine keeps nobody's data longer, whatever a country says

struct Country {
  std::string code;  // ISO 3166, two letters
  JoiningRule joining;
  PhoneShape phone;
  std::int32_t profile_days{};       // personal data on a machine that does not hear its hub
  std::int32_t breach_told_hours{};  // within which the authority hears of a breach; 0: at once
  std::optional<GameLaw> games;      // none: games are not published there
  friend bool operator==(const Country&, const Country&) = default;
};

// What holds where nothing else is said: assets/countries/cn.json, built in.
[[nodiscard]] const Country& china();

// Reads {code, joining{age_min, guardians_agree}, phone{calling_code, trunk?, digits_min, digits_max, leads?},
// profile_days, breach_told_hours, games?{currency, top_prize_minor_max?, age_min, winners_shown_above_minor_max?,
// register_years}}; a limit that is left out is none. assets/schema/country.json says it to an editor. Error:
// programme_invalid with the JSON pointer of the offending place as detail.
[[nodiscard]] base::Result<Country> parse_country(base::ByteView json);
// The same of a member of another document.
[[nodiscard]] Country read_country(ObjectReader object);

// The number in E.164 ("+8613800138000"), of digits as they are typed in the country; nothing for what is no mobile
// number there.
[[nodiscard]] std::optional<std::string> e164_of(const PhoneShape& shape, std::string_view digits);
// How many digits somebody types there: with the trunk, which numbers are typed with.
[[nodiscard]] std::size_t typed_digits_min(const PhoneShape& shape);
[[nodiscard]] std::size_t typed_digits_max(const PhoneShape& shape);
// Whether the digits after the plus sign are of another country, or a mobile number of this one.
[[nodiscard]] bool may_be_dialled(const PhoneShape& shape, std::string_view digits);

}  // namespace millpond::model
