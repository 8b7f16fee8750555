// SPDX-License-Identifier: Apache-2.0
// Pattern: what a line of a receipt looks like, with slots for what is read from it. A small language of its own, so
// that whoever sets up a till can read it and no line can make it slow: every step is tried once for every place of
// the line.
//
//   Total: *{amount}      literal text; a blank is one blank or more, ~ is none or more, * is any text, \ takes the
//                         next character as it is
//
// Slots: {amount} {price} money; {quantity}; {date} {time}; {receipt} {till} {sku} {reference} one word of letters,
// digits and - _ / . inside; {member} one word of anything; {name} any text. A number is always read whole: never the
// end of a longer one. Full-width letters, digits and signs are read as their narrow forms. A pattern covers the whole
// line, but for blanks at its ends. Pure; any thread.
#pragma once

#include "sync/base/clock.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::capture {

inline constexpr std::size_t pattern_bytes_max = 256;
inline constexpr std::size_t matched_bytes_max = 512;  // a longer line matches nothing

enum class Slot : std::uint8_t { amount, price, quantity, date, time, receipt, till, sku, reference, member, name };
inline constexpr std::size_t slots = 11;

enum class DateOrder : std::uint8_t { ymd, dmy, mdy };

// How a till writes numbers and days.
struct Notation {
  int exponent{2};         // digits behind the point of an amount
  char point{'.'};         // the other one of . and , groups thousands
  bool short_fractions{};  // 5 and 5.5 stand for 5.00 and 5.50
  DateOrder order{DateOrder::ymd};
};

struct Captured {
  std::optional<std::int64_t> amount_minor{};
  std::optional<std::int64_t> price_minor{};
  std::string quantity{};  // "2", "0.350"
  std::optional<base::LocalDate> date{};
  std::optional<int> minute{};  // of the day
  std::array<std::string, slots> texts{};
  [[nodiscard]] const std::string& text(Slot slot) const { return texts[static_cast<std::size_t>(slot)]; }
};

class Pattern {
 public:
  // Nothing and why, for people, when the text is no pattern.
  [[nodiscard]] static std::optional<Pattern> parse(std::string_view text, std::string& why);

  [[nodiscard]] std::optional<Captured> match(std::string_view folded_line, const Notation& notation) const;
  [[nodiscard]] bool has(Slot slot) const;
  // Characters that a line must have literally: how much the pattern says.
  [[nodiscard]] std::size_t literal_bytes() const;

 private:
  friend class Match;
  enum class Kind : std::uint8_t { literal, blank, maybe_blank, any, slot };
  struct Part {
    Kind kind{};
    std::string literal{};
    Slot slot{};
  };
  std::vector<Part> parts_{};
};

// Full-width forms narrow, blanks at the ends gone: how a line is before it is matched.
[[nodiscard]] std::string folded(std::string_view line);
// A whole text as an amount; nothing when it is none.
[[nodiscard]] std::optional<std::int64_t> parse_amount(std::string_view text, const Notation& notation);
[[nodiscard]] std::string_view slot_name(Slot slot);

}  // namespace millpond::capture
