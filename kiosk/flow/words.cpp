// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/words.h"

#include <array>

namespace millpond::flow {
namespace {

using text::Key;

constexpr base::Currency default_currency{{'C', 'N', 'Y'}};  // until the first programme arrives, whose it is to say
constexpr std::int32_t same_year_days = 300;

constexpr std::array device_keys{
#define MILLPOND_KEY(name, retryable) Key::device_##name,
    MILLPOND_DEVICE_STATES(MILLPOND_KEY)
#undef MILLPOND_KEY
};

}  // namespace

text::Language language_of(Locale locale) {
  return locale == Locale::zh_cn ? text::Language::zh_cn : text::Language::en;
}

Words::Words(Locale locale, const model::Programme* programme, std::int64_t utc_offset_min, std::int64_t wall_ms)
    : language_{language_of(locale)},
      programme_{programme},
      currency_{programme != nullptr ? programme->currency : default_currency},
      wall_ms_{wall_ms},
      utc_offset_min_{programme != nullptr ? model::offset_at(*programme, wall_ms) : utc_offset_min} {}

std::string Words::of(const model::LocalizedText& both) const {
  return language_ == text::Language::zh_cn ? both.zh_cn : both.en;
}

std::string Words::money(std::int64_t minor, text::Fraction fraction) const {
  return text::money({minor, currency_}, language_, fraction);
}

std::string Words::date(base::LocalDate day) const {
  const auto today = base::local_date_at(wall_ms_, static_cast<int>(utc_offset_min_));
  const auto ahead = day.days - today.days;
  return ahead > -same_year_days && ahead < same_year_days ? text::date(day, language_)
                                                           : text::full_date(day, language_);
}

bool Words::is_soon(base::LocalDate day, std::int32_t days) const {
  const auto left = day.days - base::local_date_at(wall_ms_, static_cast<int>(utc_offset_min_)).days;
  return left >= 0 && left <= days;
}

std::string Words::full_date_and_time() const {
  const auto day = base::local_date_at(wall_ms_, static_cast<int>(utc_offset_min_));
  return (*this)(Key::date_day_time, text::full_date(day, language_), text::time_of_day(wall_ms_, utc_offset_min_));
}

std::string Words::moment(std::int64_t at_ms) const {
  return text::moment(at_ms, wall_ms_, utc_offset_min_, language_);
}

std::string Words::as_of(std::int64_t as_of_ms) const {
  if (as_of_ms == 0) return get(Key::card_as_of_never);
  return (*this)(Key::card_as_of, moment(as_of_ms));
}

std::string Words::device(ports::DeviceState state) const {
  return get(device_keys.at(static_cast<std::size_t>(state)));
}

CouponItem Words::coupon(const CouponCard& card) const {
  const auto said = coupon_words(card, programme_, language_);
  const auto today = base::local_date_at(wall_ms_, static_cast<int>(utc_offset_min_));
  CouponItem item;
  item.value = said.value;
  item.condition = said.condition;
  item.terms = terms(said);
  item.validity = card.not_before > today
                      ? (*this)(Key::coupon_validity_between, date(card.not_before), date(card.expires))
                      : (*this)(Key::coupon_validity, date(card.expires));
  if (card.offer) item.campaign = of(card.offer->name);
  item.usable = card.usable;
  item.tone = card.usable ? Tone::brand : Tone::neutral;
  if (!card.usable) item.state = get(Key::coupon_used);
  return item;
}

std::string Words::terms(const CouponWords& said) const {
  std::string line;
  for (const auto& term : said.terms) line = line.empty() ? term : (*this)(Key::issued_join, line, term);
  return line;
}

std::string Words::brand() const {
  return programme_ != nullptr ? of(programme_->brand_name) : get(Key::brand_unknown);
}

std::string notice_words(const Model& model, model::Purpose purpose) {
  if (!model.programme) return {};
  const auto& both = model::notice_of(*model.programme, purpose);
  return model.locale == Locale::zh_cn ? both.zh_cn : both.en;
}

}  // namespace millpond::flow
