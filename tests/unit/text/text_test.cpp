// SPDX-License-Identifier: Apache-2.0
#include "sync/text/text.h"

#include <catch2/catch_test_macros.hpp>

#include <limits>

using namespace millpond;
using text::Fraction;
using text::Language;

namespace {
base::Money in(const char* currency, std::int64_t minor) { return {minor, base::parse_currency(currency).value()}; }
base::LocalDate day(int year, int month, int of_month) { return base::to_local_date({year, month, of_month}); }
constexpr std::int64_t at_0242_utc = 1'795'228'920'000;  // 2026-11-21T02:42:00Z
}  // namespace

TEST_CASE("Money is written with its symbol, separators and the currency's own number of digits") {
  struct Row {
    const char* currency;
    std::int64_t minor;
    Fraction fraction;
    const char* zh;
  };
  constexpr auto whole = Fraction::whole_short;
  const Row rows[]{
      {"CNY", 6850, Fraction::always, "¥68.50"},
      {"CNY", 800, Fraction::always, "¥8.00"},
      {"CNY", 800, whole, "¥8"},
      {"CNY", 805, whole, "¥8.05"},
      {"CNY", 0, whole, "¥0"},
      {"CNY", 7, Fraction::always, "¥0.07"},
      {"CNY", -800, Fraction::always, "-¥8.00"},
      {"CNY", 123'456'789, Fraction::always, "¥1,234,567.89"},
      {"JPY", 1500, Fraction::always, "JP¥1,500"},
      {"BHD", 1500, Fraction::always, "BHD 1.500"},
      {"CHF", 1200, whole, "CHF 12"},
      {"CNY", std::numeric_limits<std::int64_t>::min(), Fraction::always, "-¥92,233,720,368,547,758.08"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.currency, row.minor);
    CHECK(text::money(in(row.currency, row.minor), Language::zh_cn, row.fraction) == row.zh);
  }
}

TEST_CASE("Counts have separators") {
  struct Row {
    std::int64_t number;
    const char* written;
  };
  const Row rows[]{{0, "0"},         {999, "999"}, {1000, "1,000"}, {2490, "2,490"}, {1'000'000, "1,000,000"},
                   {-1234, "-1,234"}};
  for (const auto& row : rows) CHECK(text::count(row.number) == row.written);
}

TEST_CASE("Dates and times read naturally in both languages") {
  CHECK(text::date(day(2026, 12, 21), Language::zh_cn) == "12月21日");
  CHECK(text::date(day(2026, 12, 21), Language::en) == "21 Dec");
  CHECK(text::full_date(day(2026, 1, 2), Language::zh_cn) == "2026年1月2日");
  CHECK(text::full_date(day(2026, 1, 2), Language::en) == "2 Jan 2026");
  CHECK(text::time_of_day(at_0242_utc, 480) == "10:42");
  CHECK(text::time_of_day(at_0242_utc, -300) == "21:42");
  CHECK(text::time_of_day(-1, 0) == "23:59");
  const auto next_day = at_0242_utc + 24LL * 3'600'000;
  CHECK(text::moment(at_0242_utc, at_0242_utc + 1, 480, Language::zh_cn) == "10:42");
  CHECK(text::moment(at_0242_utc, next_day, 480, Language::zh_cn) == "11月21日 10:42");
  CHECK(text::moment(at_0242_utc, next_day, 480, Language::en) == "21 Nov, 10:42");
}

TEST_CASE("A phone is masked however it was written, and always by four characters at least") {
  struct Row {
    const char* phone;
    const char* shown;
  };
  const Row rows[]{{"13800138000", "138****8000"},
                   {"+8613800138000", "138****8000"},
                   {"+85251234567", "****67"},
                   {"12345", "****"},
                   {"", "****"}};
  for (const auto& row : rows) CHECK(text::masked_phone(row.phone) == row.shown);
  CHECK(text::grouped_phone("13800138000") == "138 0013 8000");
  CHECK(text::grouped_phone("138") == "138");
  CHECK(text::grouped_phone("1380") == "138 0");
}

TEST_CASE("Placeholders take their arguments by number, in the order of each language") {
  CHECK(text::format(text::Key::card_progress, Language::zh_cn, "¥510", "铂金") == "再消费 ¥510 升铂金");
  CHECK(text::format(text::Key::card_progress, Language::en, "¥510", std::string{"Platinum"}) ==
        "Spend ¥510 more for Platinum");
  CHECK(text::format(text::Key::coupon_validity, Language::zh_cn, text::date(day(2026, 12, 21), Language::zh_cn)) ==
        "有效期至 12月21日");
}

TEST_CASE("Languages have the tags that consents record") {
  for (const auto language : text::languages) CHECK(text::language_of_tag(text::tag(language)) == language);
  CHECK_FALSE(text::language_of_tag("fr").has_value());
}

TEST_CASE("An explained error ends with this installation's hint") {
  const base::Error error{base::Code::port_taken, "listen", "in use", "127.0.0.1:8791"};
  CHECK(text::explain(error, Language::en) ==
        "The port is in use. Another program is using this address. Stop that program or choose another port in the "
        "settings. (127.0.0.1:8791)");
}
