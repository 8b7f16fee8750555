// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/coupon_words.h"

#include <algorithm>
#include <array>

namespace millpond::flow {
namespace {

using model::CouponType;
using model::Hurdle;
using text::Key;

constexpr base::Currency default_currency{{'C', 'N', 'Y'}};  // until the first programme arrives, whose it is to say
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int32_t minutes_a_day = 24 * 60;
constexpr std::size_t days_a_week = 7;
constexpr std::size_t shops_named_max = 3;
constexpr std::int64_t whole_price = 10'000;  // basis points

constexpr std::array weekday_keys{Key::weekday_mon, Key::weekday_tue, Key::weekday_wed, Key::weekday_thu,
                                  Key::weekday_fri, Key::weekday_sat, Key::weekday_sun};

// A number of so many decimals, without zeros at its end: 875 of 2 is "8.75", 800 is "8".
std::string decimal(std::int64_t number, int decimals) {
  std::int64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  auto rest = std::to_string(unit + number % unit).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return std::to_string(number / unit) + (rest.empty() ? "" : "." + rest);
}

class Speaker {
 public:
  Speaker(const model::Programme* programme, text::Language language)
      : programme_{programme},
        currency_{programme != nullptr ? programme->currency : default_currency},
        language_{language} {}

  template <class... Arguments>
  [[nodiscard]] std::string operator()(Key key, const Arguments&... arguments) const {
    return text::format(key, language_, arguments...);
  }
  [[nodiscard]] std::string get(Key key) const { return std::string{text::get(key, language_)}; }
  [[nodiscard]] std::string of(const model::LocalizedText& both) const {
    return language_ == text::Language::zh_cn ? both.zh_cn : both.en;
  }
  [[nodiscard]] std::string money(std::int64_t minor) const {
    return text::money({minor, currency_}, language_, text::Fraction::whole_short);
  }
  [[nodiscard]] std::string date(base::LocalDate day) const { return text::date(day, language_); }
  [[nodiscard]] std::string minute(std::int32_t of_day) const {
    return of_day == minutes_a_day ? "24:00" : text::time_of_day(of_day * minute_ms, 0);
  }
  [[nodiscard]] std::string listed(const std::vector<std::string>& parts, Key join) const {
    std::string line;
    for (const auto& part : parts) line = line.empty() ? part : (*this)(join, line, part);
    return line;
  }
  [[nodiscard]] std::string named(const model::LocalizedText& goods) const {
    return goods.zh_cn.empty() ? get(Key::coupon_goods_unnamed) : of(goods);
  }
  [[nodiscard]] std::string tiers(const std::vector<std::uint32_t>& indices) const {
    std::vector<std::string> names;
    for (const auto index : indices) {
      if (programme_ != nullptr && index < programme_->tiers.size()) names.push_back(of(programme_->tiers[index].name));
    }
    return listed(names, Key::list_join);
  }

  // "周一至周五、周日": days that follow each other as one run from three on.
  [[nodiscard]] std::string weekdays(std::uint8_t days) const {
    const auto is_good = [&](std::size_t day) { return day < days_a_week && (days >> day & 1) != 0; };
    std::vector<std::string> parts;
    for (std::size_t day = 0; day < days_a_week; ++day) {
      if (!is_good(day)) continue;
      auto last = day;
      while (is_good(last + 1)) ++last;
      if (last < day + 2) last = day;
      const auto first = get(weekday_keys[day]);
      parts.push_back(last == day ? first : (*this)(Key::list_run, first, get(weekday_keys[last])));
      day = last;
    }
    return listed(parts, Key::list_join);
  }

 private:
  const model::Programme* programme_;
  base::Currency currency_;
  text::Language language_;
};

// What a coupon bears itself; value_minor of an amount is taken off, of everything else it is the most.
struct Borne {
  std::int64_t value_minor{};
  std::int64_t threshold_minor{};
};

void say_amount(CouponWords& words, const model::CouponOffer& offer, const Borne& borne, const Speaker& say) {
  words.value = say.money(borne.value_minor);
  words.noun = say(Key::coupon_noun_amount, words.value);
  if (offer.times_max <= 1 || borne.threshold_minor == 0) return;
  const auto each = say.money(borne.threshold_minor);
  words.noun = say(Key::coupon_noun_each, each, words.value);
  words.condition = say(Key::coupon_condition_each, each, words.value, say.money(borne.value_minor * offer.times_max));
}

void say_percent(CouponWords& words, const model::CouponOffer& offer, const Borne& borne, const Speaker& say,
                 text::Language language) {
  if (offer.basis_points >= whole_price) {
    words.value = say.get(Key::coupon_value_free);
    words.noun = say.get(Key::coupon_noun_free);
  } else {
    // 2,000 basis points off are "8 折" and "20% off".
    const bool pays = language == text::Language::zh_cn;
    const auto number = pays ? decimal(whole_price - offer.basis_points, 3) : decimal(offer.basis_points, 2);
    words.value = say(Key::coupon_value_percent, number);
    words.noun = pays ? say(Key::coupon_noun_percent, number) : words.value;
  }
  words.condition = say(Key::coupon_condition_capped, say.money(borne.value_minor));
}

CouponWords say_benefit(const model::CouponOffer& offer, const Borne& borne, const Speaker& say,
                        text::Language language) {
  CouponWords words;
  const auto most = say.money(borne.value_minor);
  switch (offer.type) {
    case CouponType::amount_off:
      say_amount(words, offer, borne, say);
      break;
    case CouponType::percent_off:
      say_percent(words, offer, borne, say, language);
      break;
    case CouponType::gift:
      words.value = say.get(Key::coupon_value_gift);
      words.noun = say.get(Key::coupon_noun_gift);
      words.condition = say(Key::coupon_condition_gift, say.named(offer.reward), most);
      break;
    case CouponType::exchange:
      words.value = say(Key::coupon_value_exchange, say.money(offer.exchange_minor));
      words.noun = say(Key::coupon_noun_exchange, say.money(offer.exchange_minor));
      words.condition =
          say(Key::coupon_condition_exchange, say.money(offer.exchange_minor), say.named(offer.reward), most);
      break;
    case CouponType::free_delivery:
      words.value = say.get(Key::coupon_value_delivery);
      words.noun = say.get(Key::coupon_noun_delivery);
      words.condition = say(Key::coupon_condition_delivery, most);
      break;
  }
  return words;
}

std::string threshold_words(std::int64_t threshold_minor, const Speaker& say) {
  return threshold_minor > 0 ? say(Key::coupon_condition, say.money(threshold_minor))
                             : say.get(Key::coupon_condition_any);
}

std::vector<std::string> say_terms(const model::CouponOffer& offer, const Speaker& say) {
  std::vector<std::string> terms;
  const auto& scope = offer.scope;
  const auto& hours = offer.hours;
  std::string when;
  if ((hours.weekdays & 0x7f) != 0x7f) when = say.weekdays(hours.weekdays);
  if (hours.from_min != 0 || hours.to_min != minutes_a_day) {
    if (!when.empty()) when += ' ';
    when += say(Key::coupon_term_hours, say.minute(hours.from_min), say.minute(hours.to_min));
  }
  if (!when.empty()) terms.push_back(when);
  if (!scope.items.empty() || !scope.categories.empty() || !scope.not_items.empty()) {
    terms.push_back(say(Key::coupon_term_goods, say.named(offer.goods)));
  }
  if (scope.stores.size() > shops_named_max) {
    terms.push_back(say(Key::coupon_term_shops_some, text::count(static_cast<std::int64_t>(scope.stores.size()))));
  } else if (!scope.stores.empty()) {
    std::vector<std::string> shops;
    for (const auto store : scope.stores) shops.push_back(std::to_string(store));
    terms.push_back(say(Key::coupon_term_shops, say.listed(shops, Key::list_join)));
  }
  if (!scope.tiers.empty()) terms.push_back(say(Key::coupon_term_tiers, say.tiers(scope.tiers)));
  if (!scope.tags.empty()) terms.push_back(say.get(Key::coupon_term_tags));
  if (offer.exclusive) {
    terms.push_back(say.get(Key::coupon_term_exclusive));
  } else if (!offer.stack_group.empty()) {
    terms.push_back(say.get(Key::coupon_term_group));
  }
  const auto& caps = offer.caps;
  const auto cap = [&](std::int64_t most, Key key) {
    if (most > 0) terms.push_back(say(key, text::count(most)));
  };
  if (!offer.exclusive) cap(caps.per_sale, Key::coupon_term_per_sale);
  cap(caps.per_member_day, Key::coupon_term_per_day);
  cap(caps.per_member, Key::coupon_term_per_member);
  return terms;
}

CouponWords words_of(const model::CouponOffer& offer, const Borne& borne, const Speaker& say, text::Language language) {
  auto words = say_benefit(offer, borne, say, language);
  const bool each = offer.type == CouponType::amount_off && !words.condition.empty();
  if (!each) {
    const auto threshold = threshold_words(borne.threshold_minor, say);
    words.condition = words.condition.empty() ? threshold : say(Key::coupon_join, threshold, words.condition);
  }
  words.terms = say_terms(offer, say);
  return words;
}

}  // namespace

CouponWords coupon_words(const CouponCard& card, const model::Programme* programme, text::Language language) {
  const Speaker say{programme, language};
  if (card.offer) return words_of(*card.offer, {card.value_minor, card.threshold_minor}, say, language);
  return {say(Key::coupon_value_up_to, say.money(card.value_minor)),
          say.get(Key::coupon_noun_any),
          threshold_words(card.threshold_minor, say),
          {say.get(Key::coupon_term_unknown)}};
}

CouponWords coupon_words(const model::CouponOffer& offer, const model::Programme& programme, text::Language language) {
  return words_of(offer, {offer.value_minor, offer.threshold_minor}, Speaker{&programme, language}, language);
}

std::string hurdle_words(const model::CouponRefused& refused, const model::CouponOffer& offer,
                         const model::Programme& programme, text::Language language) {
  const Speaker say{&programme, language};
  switch (refused.why) {
    case Hurdle::expired:
      return say(Key::hurdle_expired, say.date(refused.date));
    case Hurdle::other_member:
      return say.get(Key::hurdle_other_member);
    case Hurdle::store:
      return say.get(Key::hurdle_store);
    case Hurdle::tier:
      return say(Key::hurdle_tier, say.tiers(offer.scope.tiers));
    case Hurdle::tag:
      return say.get(Key::hurdle_tag);
    case Hurdle::used_up:
      return say.get(Key::hurdle_used_up);
    case Hurdle::not_yet:
      return say(Key::hurdle_not_yet, say.date(refused.date));
    case Hurdle::weekday:
      return refused.date.days == 0 ? say.get(Key::hurdle_weekday_never)
                                    : say(Key::hurdle_weekday, say.date(refused.date));
    case Hurdle::hours:
      return say(Key::hurdle_hours, say.minute(offer.hours.from_min), say.minute(offer.hours.to_min));
    case Hurdle::no_goods:
      return say.get(Key::hurdle_no_goods);
    case Hurdle::no_reward:
      return say(Key::hurdle_no_reward, say.named(offer.reward));
    case Hurdle::threshold:
      return say(Key::hurdle_threshold, say.money(refused.missing));
    case Hurdle::per_sale:
      return say(Key::hurdle_per_sale, text::count(refused.missing));
    case Hurdle::stack_group:
      return say.get(Key::hurdle_stack_group);
    case Hurdle::exclusive:
      return say.get(Key::hurdle_exclusive);
    case Hurdle::worth_less:
      return say.get(Key::hurdle_worth_less);
    case Hurdle::no_rest:
      return say.get(Key::hurdle_no_rest);
    case Hurdle::too_many:
      return say.get(Key::hurdle_too_many);
  }
  return say.get(Key::hurdle_worth_less);
}

}  // namespace millpond::flow
