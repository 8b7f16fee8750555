// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/tokens.h"

#include <algorithm>

namespace millpond::capture {
namespace {

constexpr std::size_t digits_max = 12;  // of an amount's whole part

constexpr std::array<std::string_view, 8> currency_signs{"¥", "$", "€", "£", "RMB", "CNY", "USD", "EUR"};

char char_at(std::string_view line, std::size_t at) { return at < line.size() ? line[at] : '\0'; }

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (char_at(line, at) == ' ') ++at;
  return at;
}

std::size_t digits_at(std::string_view line, std::size_t at) {
  std::size_t count = 0;
  while (is_digit(char_at(line, at + count))) ++count;
  return count;
}

std::size_t currency_at(std::string_view line, std::size_t at) {
  for (const auto sign : currency_signs) {
    if (line.substr(std::min(at, line.size())).starts_with(sign)) return sign.size();
  }
  return 0;
}

// Whether a number that ends here is whole: nothing follows that would make it another one.
bool may_end_number(std::string_view line, std::size_t end) {
  const char next = char_at(line, end);
  if (is_digit(next) || next == '%') return false;
  return !((next == '.' || next == ',') && is_digit(char_at(line, end + 1)));
}

struct Whole {
  std::string digits{};
  std::size_t end{};
};

// Digits, grouped in threes or not at all.
std::optional<Whole> whole_at(std::string_view line, std::size_t at, char group) {
  const auto first = digits_at(line, at);
  if (first == 0) return std::nullopt;
  Whole whole{std::string{line.substr(at, first)}, at + first};
  while (first <= 3 && char_at(line, whole.end) == group && digits_at(line, whole.end + 1) == 3) {
    whole.digits.append(line.substr(whole.end + 1, 3));
    whole.end += 4;
  }
  return whole;
}

// Digits behind the point, as many as the currency has.
std::optional<Whole> fraction_at(std::string_view line, std::size_t at, const Notation& notation) {
  const auto wanted = static_cast<std::size_t>(notation.exponent);
  const bool has_point = char_at(line, at) == notation.point && is_digit(char_at(line, at + 1));
  const auto count = has_point ? digits_at(line, at + 1) : 0;
  const bool fits = count == wanted || (notation.short_fractions && count < wanted);
  if (!fits) return std::nullopt;
  std::string digits{line.substr(has_point ? at + 1 : at, count)};
  digits.append(wanted - count, '0');
  return Whole{std::move(digits), has_point ? at + 1 + count : at};
}

struct Sign {
  bool minus{};
  bool bracket{};
  std::size_t at{};
};

Sign sign_at(std::string_view line, std::size_t at) {
  Sign sign{false, false, at};
  const auto take_sign = [&] {
    const char c = char_at(line, sign.at);
    if (c != '-' && c != '+') return false;
    sign.minus = c == '-';
    ++sign.at;
    return true;
  };
  if (char_at(line, sign.at) == '(') {
    sign.bracket = true;
    ++sign.at;
  }
  const bool signed_before = take_sign();
  const auto currency = currency_at(line, sign.at);
  if (currency > 0) sign.at = skip_blanks(line, sign.at + currency);
  if (!signed_before) take_sign();
  return sign;
}

constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};

struct Number {
  int value{};
  std::size_t digits{};
  std::size_t end{};
};

std::optional<Number> number_at(std::string_view line, std::size_t at) {
  const auto count = digits_at(line, at);
  if (count == 0 || count > 8) return std::nullopt;
  int value = 0;
  for (const char c : line.substr(at, count)) value = value * 10 + (c - '0');
  return Number{value, count, at + count};
}

std::optional<Number> month_name_at(std::string_view line, std::size_t at) {
  std::string word;
  while (is_letter(char_at(line, at + word.size()))) word += static_cast<char>(line[at + word.size()] | 0x20);
  for (std::size_t i = 0; word.size() >= 3 && i < months.size(); ++i) {
    if (word.starts_with(months[i])) return Number{static_cast<int>(i) + 1, 2, at + word.size()};
  }
  return std::nullopt;
}

std::size_t skip_separator(std::string_view line, std::size_t at) {
  for (const std::string_view separator : {"年", "月", ", ", "-", "/", ".", " "}) {
    if (line.substr(std::min(at, line.size())).starts_with(separator)) return at + separator.size();
  }
  return at;
}

std::optional<base::LocalDate> day_of(int year, int month, int day) {
  if (year < 100) year += 2000;
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return base::parse_date(std::to_string(year) + "-" + two(month) + "-" + two(day));
}

// 20261121 in one piece.
std::optional<Token<base::LocalDate>> compact_date_at(std::string_view line, std::size_t at) {
  const auto all = number_at(line, at);
  if (!all || all->digits != 8) return std::nullopt;
  const auto date = day_of(all->value / 10'000, all->value / 100 % 100, all->value % 100);
  if (!date) return std::nullopt;
  return Token<base::LocalDate>{*date, all->end};
}

bool is_year(const Number& number) { return number.digits == 4 || number.digits == 2; }

}  // namespace

bool may_begin_number(std::string_view line, std::size_t at) {
  if (at == 0) return true;
  const char before = line[at - 1];
  return !is_digit(before) && !is_letter(before) && before != '.' && before != ',' && before != '-' && before != '+';
}

std::optional<Token<std::int64_t>> amount_at(std::string_view line, std::size_t at, const Notation& notation) {
  auto sign = sign_at(line, at);
  const auto whole = whole_at(line, sign.at, notation.point == '.' ? ',' : '.');
  if (!whole || whole->digits.size() > digits_max) return std::nullopt;
  // A leading nought of more digits is a number of something else.
  if (whole->digits.size() > 1 && whole->digits.front() == '0') return std::nullopt;
  const auto fraction = fraction_at(line, whole->end, notation);
  if (!fraction) return std::nullopt;
  auto end = fraction->end;
  if (sign.bracket) {
    if (char_at(line, end) != ')' || sign.minus) return std::nullopt;
    sign.minus = true;
    ++end;
  } else if (char_at(line, end) == '-' && !is_digit(char_at(line, end + 1)) && !sign.minus) {
    sign.minus = true;
    ++end;
  }
  if (!may_end_number(line, end)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : whole->digits + fraction->digits) value = value * 10 + (c - '0');
  return Token<std::int64_t>{sign.minus ? -value : value, end};
}

std::optional<Token<std::string>> quantity_at(std::string_view line, std::size_t at, char point) {
  auto end = at;
  if (char_at(line, end) == '-') ++end;
  const auto whole = digits_at(line, end);
  if (whole == 0 || whole > 6) return std::nullopt;
  end += whole;
  const auto fraction = char_at(line, end) == point ? digits_at(line, end + 1) : 0;
  if (fraction > 4) return std::nullopt;
  if (fraction > 0) end += 1 + fraction;
  if (!may_end_number(line, end)) return std::nullopt;
  std::string text{line.substr(at, end - at)};
  std::replace(text.begin(), text.end(), ',', '.');
  return Token<std::string>{std::move(text), end};
}

std::optional<Token<base::LocalDate>> date_at(std::string_view line, std::size_t at, DateOrder order) {
  if (order == DateOrder::ymd) {
    if (const auto compact = compact_date_at(line, at)) return compact;
  }
  std::array<Number, 3> parts{};
  auto end = at;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      const auto after = skip_separator(line, end);
      if (after == end) return std::nullopt;
      end = after;
    }
    const auto month_place = order == DateOrder::mdy ? std::size_t{0} : std::size_t{1};
    auto number = number_at(line, end);
    if (!number && i == month_place) number = month_name_at(line, end);
    if (!number) return std::nullopt;
    parts[i] = *number;
    end = number->end;
  }
  if (line.substr(end).starts_with("日")) end += std::string_view{"日"}.size();
  if (is_digit(char_at(line, end))) return std::nullopt;
  const auto year = order == DateOrder::ymd ? parts[0] : parts[2];
  const auto month = order == DateOrder::mdy ? parts[0] : parts[1];
  const auto day = order == DateOrder::ymd ? parts[2] : order == DateOrder::dmy ? parts[0] : parts[1];
  if (!is_year(year) || month.digits > 2 || day.digits > 2) return std::nullopt;
  const auto date = day_of(year.value, month.value, day.value);
  if (!date) return std::nullopt;
  return Token<base::LocalDate>{*date, end};
}

std::optional<Token<int>> time_at(std::string_view line, std::size_t at) {
  const auto hour = number_at(line, at);
  if (!hour || hour->digits > 2 || char_at(line, hour->end) != ':') return std::nullopt;
  const auto minute = number_at(line, hour->end + 1);
  if (!minute || minute->digits != 2 || minute->value > 59) return std::nullopt;
  auto end = minute->end;
  if (char_at(line, end) == ':') {
    const auto second = number_at(line, end + 1);
    if (!second || second->digits != 2 || second->value > 60) return std::nullopt;
    end = second->end;
  }
  int of_day = hour->value;
  const auto half_at = skip_blanks(line, end);
  const char half = static_cast<char>(char_at(line, half_at) | 0x20);
  if ((half == 'a' || half == 'p') && (char_at(line, half_at + 1) | 0x20) == 'm') {
    if (of_day < 1 || of_day > 12) return std::nullopt;
    of_day = of_day % 12 + (half == 'p' ? 12 : 0);
    end = half_at + 2;
  }
  if (of_day > 23 || is_digit(char_at(line, end))) return std::nullopt;
  return Token<int>{of_day * 60 + minute->value, end};
}

std::optional<Token<std::string>> word_at(std::string_view line, std::size_t at) {
  const auto is_inner = [](char c) { return c == '-' || c == '_' || c == '/' || c == '.'; };
  auto end = at;
  while (true) {
    const char c = char_at(line, end);
    const char next = char_at(line, end + 1);
    if (is_digit(c) || is_letter(c)) {
      ++end;
    } else if (end > at && is_inner(c) && (is_digit(next) || is_letter(next))) {
      ++end;
    } else {
      break;
    }
  }
  constexpr std::size_t word_max = 48;
  if (end == at || end - at > word_max) return std::nullopt;
  return Token<std::string>{std::string{line.substr(at, end - at)}, end};
}

}  // namespace millpond::capture
