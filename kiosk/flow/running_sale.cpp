// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/running_sale.h"

#include "kiosk/flow/coupon_words.h"

#include <algorithm>

namespace millpond::flow {
namespace {

using text::Key;

constexpr std::size_t lines_max = 8;    // a screen that lies has room for them
constexpr std::size_t coupons_max = 3;  // with the one that is not taken

std::string money(const Words& words, std::int64_t minor) { return words.money(minor, text::Fraction::always); }

DeskCoupon taken(const WeighedCoupon& each, const Words& words) {
  return {words.coupon(each.card), true, words(Key::desk_coupon_taken, money(words, each.card.discount_minor))};
}

DeskCoupon refused(const WeighedCoupon& each, const Model& model, const Words& words) {
  const bool by_rule = each.hurdle && each.card.offer && model.programme;
  return {words.coupon(each.card), false,
          by_rule ? hurdle_words(*each.hurdle, *each.card.offer, *model.programme, words.language())
                  : std::string{words.sentence(each.code).what}};
}

// Those that are taken, and of the others the one that would have been worth most.
std::vector<DeskCoupon> coupons_of(const Weighed& weighed, const Model& model, const Words& words) {
  std::vector<DeskCoupon> shown;
  const WeighedCoupon* dearest = nullptr;
  for (const auto& each : weighed.coupons) {
    if (each.taken && shown.size() < coupons_max) shown.push_back(taken(each, words));
    if (!each.taken && (dearest == nullptr || each.card.value_minor > dearest->card.value_minor)) dearest = &each;
  }
  if (dearest != nullptr && shown.size() < coupons_max) shown.push_back(refused(*dearest, model, words));
  return shown;
}

}  // namespace

bool shows_bill(const Model& model) {
  return model.basket.has_value() && model.place == Place::attract && !model.reading;
}

BillView running_sale(const BasketTold& told, const Model& model, const Words& words) {
  BillView view;
  view.title = words.get(Key::bill_title);
  const auto shown = told.lines.size() <= lines_max ? told.lines.size() : lines_max - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& line = told.lines[i];
    view.lines.push_back({line.sku.empty() ? line.id : line.sku, "×" + line.quantity, money(words, line.net_minor)});
  }
  if (shown < told.lines.size()) {
    view.more = words(Key::desk_bill_more, text::count(static_cast<std::int64_t>(told.lines.size() - shown)));
  }
  const auto& weighed = told.weighed;
  view.sums = {{words.get(Key::desk_goods), money(words, weighed.total_minor), {}, Tone::neutral}};
  if (weighed.discount_minor > 0) {
    view.sums.push_back(
        {words.get(Key::desk_discount), "−" + money(words, weighed.discount_minor), {}, Tone::positive});
  }
  view.total = {
      words.get(Key::bill_to_pay), money(words, weighed.total_minor - weighed.discount_minor), {}, Tone::brand};
  view.please = words.get(Key::bill_please);
  view.coupons = coupons_of(weighed, model, words);
  const bool may_show = !told.member && model.programme && model.camera == ports::DeviceState::ok;
  view.note = words.get(told.member ? Key::bill_named : Key::bill_nobody);
  if (may_show) view.start = Button{Target::start_scan, words.get(Key::bill_start), Icon::scan, true, {}};
  return view;
}

}  // namespace millpond::flow
