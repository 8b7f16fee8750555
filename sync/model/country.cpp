// SPDX-License-Identifier: Apache-2.0
#include "sync/model/country.h"

#include "sync/base/check.h"
#include "sync/model/document.h"

#include <algorithm>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 16U << 10;
constexpr std::int64_t phone_digits_max = 15;  // ITU-T E.164, calling code and all
constexpr std::int64_t age_most = 25;
constexpr std::int64_t years_most = 20;
constexpr std::int64_t hours_most = 24 * 30;

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char each) { return each >= '0' && each <= '9'; });
}

std::int32_t small(ObjectReader& reader, const char* key, std::int64_t least, std::int64_t most) {
  return static_cast<std::int32_t>(reader.integer(key, least, most));
}

std::string digits_in(ObjectReader& reader, const char* key, std::size_t most) {
  auto text = reader.text(key, most);
  if (!is_digits(text)) reader.report(key, "must be digits");
  return text;
}

JoiningRule read_joining(ObjectReader reader) {
  JoiningRule rule;
  rule.age_min = small(reader, "age_min", 0, age_most);
  rule.guardians_agree = reader.boolean("guardians_agree");
  reader.finish();
  return rule;
}

PhoneShape read_phone(ObjectReader reader) {
  PhoneShape shape;
  shape.calling_code = digits_in(reader, "calling_code", 3);
  if (shape.calling_code.starts_with('0')) reader.report("calling_code", "begins with 0");
  if (reader.has("trunk")) shape.trunk = digits_in(reader, "trunk", 2);
  shape.digits_min = static_cast<std::size_t>(reader.integer("digits_min", 4, phone_digits_max - 1));
  shape.digits_max = static_cast<std::size_t>(reader.integer("digits_max", 4, phone_digits_max - 1));
  if (shape.digits_max < shape.digits_min) reader.report("digits_max", "is below digits_min");
  if (reader.has("leads")) shape.leads = reader.texts("leads", 6);
  if (!std::ranges::all_of(shape.leads, is_digits)) reader.report("leads", "must be digits");
  reader.finish();
  return shape;
}

GameLaw read_games(ObjectReader reader, const std::string& country) {
  GameLaw law;
  law.country = country;
  const auto name = reader.text("currency", 3);
  const auto currency = base::parse_currency(name);
  if (currency) law.currency = *currency;
  if (!currency) reader.report("currency", "is no currency");
  law.top_prize_minor_max = reader.integer_or("top_prize_minor_max", amount_minor_max, 1, amount_minor_max);
  law.age_min = small(reader, "age_min", 0, age_most);
  law.winners_shown_above_minor_max =
      reader.integer_or("winners_shown_above_minor_max", amount_minor_max, 0, amount_minor_max);
  law.register_years = small(reader, "register_years", 0, years_most);
  reader.finish();
  return law;
}

// 个人信息保护法 art. 31 (14 years), 规范促销行为暂行规定 art. 13 to 18 (games); mobile numbers are 13 to 19.
Country make_china() {
  const auto currency = base::parse_currency("CNY");
  MILLPOND_CHECK(currency.has_value());
  Country country;
  country.code = "CN";
  country.joining = {14, true};
  country.phone = {"86", "", 11, 11, {"13", "14", "15", "16", "17", "18", "19"}};
  country.profile_days = profile_days_limit;
  country.games = GameLaw{"CN", *currency, 5'000'000, 18, 50'000, 2};
  return country;
}

bool is_mobile(const PhoneShape& shape, std::string_view national) {
  if (national.size() < shape.digits_min || national.size() > shape.digits_max || !is_digits(national)) return false;
  return shape.leads.empty() ||
         std::ranges::any_of(shape.leads, [&](const auto& lead) { return national.starts_with(lead); });
}

}  // namespace

const Country& china() {
  static const auto country = make_china();
  return country;
}

base::Result<Country> parse_country(base::ByteView json) {
  Document file{json, document_bytes_max, "read country"};
  auto country = read_country(file.root());
  if (const auto problem = file.problem()) return *problem;
  return country;
}

Country read_country(ObjectReader document) {
  Country country;
  country.code = document.text("code", 2);
  const auto is_letter = [](char each) { return each >= 'A' && each <= 'Z'; };
  if (country.code.size() != 2 || !std::ranges::all_of(country.code, is_letter)) {
    document.report("code", "must be two capital letters");
  }
  country.joining = read_joining(document.object("joining"));
  country.phone = read_phone(document.object("phone"));
  country.profile_days = small(document, "profile_days", 1, profile_days_limit);
  country.breach_told_hours = small(document, "breach_told_hours", 0, hours_most);
  if (document.has("games")) country.games = read_games(document.object("games"), country.code);
  document.finish();
  return country;
}

std::optional<std::string> e164_of(const PhoneShape& shape, std::string_view digits) {
  auto national = digits;
  if (!shape.trunk.empty()) {
    if (!digits.starts_with(shape.trunk)) return std::nullopt;
    national.remove_prefix(shape.trunk.size());
  }
  if (!is_mobile(shape, national)) return std::nullopt;
  return "+" + shape.calling_code + std::string{national};
}

std::size_t typed_digits_min(const PhoneShape& shape) { return shape.trunk.size() + shape.digits_min; }
std::size_t typed_digits_max(const PhoneShape& shape) { return shape.trunk.size() + shape.digits_max; }

bool may_be_dialled(const PhoneShape& shape, std::string_view digits) {
  if (!digits.starts_with(shape.calling_code)) return true;
  return is_mobile(shape, digits.substr(shape.calling_code.size()));
}

}  // namespace millpond::model
