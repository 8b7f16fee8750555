// SPDX-License-Identifier: Apache-2.0
// What is bought on a day, how it is paid, and what follows from it.
#include "tests/chain/year.h"

#include <algorithm>
#include <cstdio>

namespace millpond::chain {
namespace {

constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t referral_minimum_minor = 1'500;
constexpr std::int32_t referral_hold_days = 3;
constexpr std::string_view gift_cards = "gift-card";
constexpr std::string_view tins = "tin-";

std::string transaction_of(base::StoreId store, base::LocalDate date, std::uint32_t number) {
  const auto civil = base::to_civil(date);
  std::array<char, 48> text{};
  const auto written = std::snprintf(text.data(), text.size(), "%02u-%02d%02d%02d-%04u", store.value, civil.year % 100,
                                     civil.month, civil.day, number);
  return {text.data(), static_cast<std::size_t>(written)};
}

}  // namespace

void Year::sell(const Draft& draft, std::vector<model::PastEvent>& events) {
  const auto& store = stores_.stores[draft.store];
  model::PastEvent sale;
  sale.at_ms = draft.at_ms;
  sale.basket.store = store.id;
  sale.transaction = transaction_of(store.id, days_.date(), ++numbers_[draft.store]);
  sale.terminal =
      store.id.value * 10 + 1 + static_cast<std::uint32_t>(rng_.below(static_cast<std::uint64_t>(store.terminals)));
  const bool evening = draft.at_ms - days_.midnight_ms() >= 15 * 60 * minute_ms;
  sale.cashier.value = draft.cashier != 0
                           ? draft.cashier
                           : store.id.value * 100 + 1 + static_cast<std::uint32_t>(rng_.below(3)) + (evening ? 3 : 0);
  sale.label = draft.label;
  if (draft.person != 0) sale.shopper = shopper_of(draft.person - 1);
  fill_basket(draft, sale);
  pay(sale);
  after_sale(draft, sale, events);
  events.push_back(std::move(sale));
}

// A member takes a favourite of the season more often than not.
void Year::fill_basket(const Draft& draft, model::PastEvent& sale) {
  const auto dice = rng_.below(100);
  const std::size_t lines = dice < 62 ? 1 : dice < 86 ? 2 : dice < 95 ? 3 : 4;
  std::int64_t sum = 0;
  while (sale.basket.lines.size() < lines || (sum < draft.at_least_minor && sale.basket.lines.size() < 20)) {
    const auto like = rng_.below(100);
    const Item* item = nullptr;
    if (draft.person != 0 && like < 55) {
      const auto place = people_.at(draft.person - 1).likes.at(like < 33 ? 0 : like < 47 ? 1 : 2);
      item = &menu_.items[place];
      if (!days_.in_season(*item) || menu_.categories[item->category].id == gift_cards) item = nullptr;
    }
    add_line(item == nullptr ? days_.any_item(rng_) : *item, sale);
    sum += sale.basket.lines.back().net_minor;
  }
}

void Year::add_line(const Item& item, model::PastEvent& sale) {
  auto price_minor = item.price_minor;
  std::vector<std::string> chosen;
  for (const auto place : item.options) {
    const auto& option = menu_.options[place];
    std::int64_t sum = 0;
    for (const auto& choice : option.choices) sum += choice.weight;
    auto left = static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(sum)));
    for (const auto& choice : option.choices) {
      left -= choice.weight;
      if (left >= 0) continue;
      price_minor += choice.add_minor;
      chosen.push_back(option.id + ":" + choice.id);
      break;
    }
  }
  const std::int64_t quantity = rng_.chance(8, 100) ? 2 : 1;
  auto net_minor = price_minor * quantity;
  if (rng_.chance(7, 100)) net_minor = net_minor * 9 / 10;
  sale.basket.lines.push_back({item.sku, menu_.categories[item.category].id, quantity * 1'000, net_minor});
  sale.options.push_back(std::move(chosen));
}

// Gift cards earn nothing, and what is paid with one or in points does not either.
void Year::pay(model::PastEvent& sale) {
  for (const auto& line : sale.basket.lines) {
    if (line.category != gift_cards) sale.eligible_minor += line.net_minor;
  }
  const auto how = rng_.below(100);
  auto tender = model::TenderType::wechat_pay;
  if (how >= 58) tender = model::TenderType::alipay;
  if (how >= 85) tender = model::TenderType::cash;
  if (how >= 92) tender = model::TenderType::card;
  if (how >= 97) tender = model::TenderType::gift_card;
  sale.paid_with = {tender};
  if (tender == model::TenderType::gift_card) sale.eligible_minor = 0;
  if (!sale.shopper.member || tender == model::TenderType::gift_card || !rng_.chance(15, 1'000)) return;
  sale.paid_with.push_back(model::TenderType::points);
  std::ranges::sort(sale.paid_with);
  sale.eligible_minor -= std::min<std::int64_t>(sale.eligible_minor, 500);
}

void Year::after_sale(const Draft& draft, const model::PastEvent& sale, std::vector<model::PastEvent>& events) {
  take_back(draft, sale, events);
  if (draft.person == 0) return;
  auto& person = people_.at(draft.person - 1);
  if (!person.qualified && sale.eligible_minor >= referral_minimum_minor) {
    person.qualified = true;
    if (person.referrer != 0) referrals_[day_ + referral_hold_days].push_back({person.referrer, sale.transaction});
  }
  ++person.visits;
  person.last_visit = day_;
  person.spend_minor += draft.voided ? 0 : sale.eligible_minor;
  by_the_way(sale, events);
  const auto tier = static_cast<std::uint32_t>(tier_of(person.spend_minor));
  if (tier <= person.tier) return;
  person.tier = tier;
  auto event = about(draft.person - 1, model::Trigger::tier_entered, sale.at_ms + second_ms, sale.basket.store);
  event.transaction = sale.transaction + "-T";
  event.number = tier;
  events.push_back(std::move(event));
}

// Somebody checks in, scans the code on a tin at home, or has waited too long.
void Year::by_the_way(const model::PastEvent& sale, std::vector<model::PastEvent>& events) {
  const auto person = static_cast<std::uint32_t>(sale.shopper.member.value - member_first);
  const auto add = [&](model::Trigger trigger, std::int64_t minutes, const char* suffix) -> model::PastEvent& {
    events.push_back(about(person, trigger, sale.at_ms + minutes * minute_ms, sale.basket.store));
    events.back().transaction = sale.transaction + suffix;
    return events.back();
  };
  if (rng_.chance(4, 100)) add(model::Trigger::check_in, 2, "-C");
  const bool tin = std::ranges::any_of(sale.basket.lines, [](const auto& line) { return line.sku.starts_with(tins); });
  if (tin && rng_.chance(1, 2)) add(model::Trigger::code_scanned, 0, "-K").word = "item_code";
  if (!rng_.chance(6, 1'000)) return;
  const auto minutes = 15 + static_cast<std::int64_t>(rng_.below(30));
  add(model::Trigger::service_late, minutes, "-W").number = minutes;
}

// A till that takes the sale back at once, or goods that come back within three days.
void Year::take_back(const Draft& draft, const model::PastEvent& sale, std::vector<model::PastEvent>& events) {
  model::PastEvent back;
  back.shopper.member = sale.shopper.member;
  back.basket.store = sale.basket.store;
  back.of = sale.transaction;
  back.eligible_minor = sale.eligible_minor;
  if (draft.voided) {
    back.kind = model::PastKind::voided;
    back.at_ms = sale.at_ms + static_cast<std::int64_t>(5 + rng_.below(36)) * minute_ms;
    back.transaction = sale.transaction + "-V";
    back.whole = true;
    back.cashier = sale.cashier;
    back.label = draft.label;
    events.push_back(std::move(back));
    return;
  }
  if (!rng_.chance(8, 1'000)) return;
  const bool whole = sale.basket.lines.size() == 1 || rng_.chance(6, 10);
  if (whole && rng_.chance(1, 2)) {
    const auto later = 1 + static_cast<std::int32_t>(rng_.below(3));
    refunds_[day_ + later].push_back({sale.basket.store, sale.transaction, draft.person, sale.eligible_minor});
    return;
  }
  back.kind = model::PastKind::refund;
  back.at_ms = sale.at_ms + static_cast<std::int64_t>(3 + rng_.below(20)) * minute_ms;
  back.transaction = sale.transaction + "-R";
  back.whole = whole;
  if (!whole) back.eligible_minor = std::min(sale.eligible_minor, sale.basket.lines.front().net_minor);
  if (draft.person != 0) people_.at(draft.person - 1).spend_minor -= back.eligible_minor;
  events.push_back(std::move(back));
}

}  // namespace millpond::chain
