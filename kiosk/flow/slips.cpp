// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/flow.h"
#include "kiosk/flow/words.h"

namespace millpond::flow {
namespace {

using ports::Align;
using ports::ReceiptBlock;
using ports::TextSize;
using text::Key;

class Slip {
 public:
  Slip(const model::Programme& programme, Locale locale, std::int64_t wall_ms)
      : words_{locale, &programme, 0, wall_ms} {}

  [[nodiscard]] const Words& words() const { return words_; }
  void add(ReceiptBlock block) { receipt_.blocks.push_back(std::move(block)); }
  void row(Key left, std::string right) { add(ports::KeyValue{words_.get(left), std::move(right)}); }
  void small(std::string text) { add(ports::Text{std::move(text), Align::center, TextSize::small}); }

  void head(Key title) {
    add(ports::Logo{words_.brand(), words_.full_date_and_time()});
    add(ports::Title{words_.get(title)});
    small(words_.get(Key::slip_not_invoice));
    add(ports::Rule{true});
  }

  [[nodiscard]] ports::Receipt finish() {
    add(ports::Rule{});
    add(ports::Text{words_.get(Key::slip_thanks), Align::center});
    add(ports::Feed{2});
    return std::move(receipt_);
  }

 private:
  Words words_;
  ports::Receipt receipt_;
};

void add_lines(Slip& slip, const SoldLines& lines, bool earns) {
  if (lines.shown.empty()) return;
  const auto& words = slip.words();
  const auto money = [&](std::int64_t minor) { return words.money(minor, text::Fraction::always); };
  bool marked = false;
  for (const auto& line : lines.shown) {
    auto name = line.name;
    if (!line.quantity.empty()) name += " × " + line.quantity;
    if (line.excluded && earns) {
      name += " *";
      marked = true;
    }
    slip.add(ports::KeyValue{std::move(name), money(line.net_minor), TextSize::small});
  }
  if (lines.more > 0) {
    slip.add(ports::KeyValue{words(Key::slip_more_lines, text::count(lines.more)), money(lines.more_minor),
                             TextSize::small});
  }
  if (marked) slip.add(ports::Text{words.get(Key::slip_earns_nothing), Align::left, TextSize::small});
  slip.add(ports::Rule{});
}

void add_coupon(Slip& slip, const SaleResult::Issued& issued, Key how = Key::slip_coupon) {
  const auto& coupon = issued.coupon;
  const auto item = slip.words().coupon(coupon);
  slip.add(ports::Rule{true});
  const auto said = slip.words().said_of(coupon);
  slip.add(ports::Highlight{slip.words()(how, said.noun), item.campaign});
  slip.add(ports::Text{item.condition, Align::center, TextSize::normal, true});
  slip.add(ports::Text{item.validity, Align::center});
  for (const auto& term : said.terms) slip.small(term);
  if (issued.code.is_sound()) {
    slip.add(ports::Qr{issued.code, slip.words().get(Key::slip_scan_coupon), issued.text});
  }
  slip.small(base::format_id('C', coupon.coupon.value));
  slip.small(slip.words().get(Key::slip_coupon_once));
}

}  // namespace

ports::Receipt sale_slip(const SaleResult& sale, const model::Programme& programme, Locale locale,
                         std::int64_t wall_ms) {
  Slip slip{programme, locale, wall_ms};
  const auto& words = slip.words();
  slip.head(Key::slip_title);
  const auto shown = model::shown(sale.strength, model::Surface::sale_slip);
  add_lines(slip, sale.lines, sale.member && shown.points_of_sale);
  // With coupons or points in it the total is not what was paid in money, which the till alone knows.
  const bool paid = sale.redeemed.empty() && sale.points_spent == 0;
  slip.add(ports::KeyValue{words.get(paid ? Key::slip_total : Key::slip_goods),
                           words.money(sale.total_minor, text::Fraction::always), TextSize::normal, true});
  for (const auto& coupon : sale.redeemed) {
    const auto name = coupon.offer ? words.of(coupon.offer->name) : words.get(Key::slip_redeemed);
    slip.add(ports::KeyValue{name, words.money(-coupon.discount_minor, text::Fraction::always)});
  }
  for (const auto code : sale.refused) slip.add(ports::Text{words(Key::slip_refused, words.sentence(code).what)});
  if (sale.member && sale.points_spent > 0) slip.row(Key::slip_points_spent, text::count(-sale.points_spent));
  if (sale.member && shown.points_of_sale) slip.row(Key::slip_points, "+" + text::count(sale.points_earned));
  if (sale.member && shown.balance) {
    slip.add(ports::KeyValue{words(Key::slip_balance, words.moment(wall_ms)), text::count(sale.balance)});
  }
  if (sale.member && shown.number) slip.row(Key::slip_member, base::format_id('M', sale.member.value));
  slip.row(Key::slip_event, text::count(static_cast<std::int64_t>(sale.event_seq)));
  for (const auto& name : sale.promised) {
    slip.add(ports::Text{words(Key::slip_to_be_confirmed, words.of(name)), Align::center});
  }
  for (const auto& issued : sale.issued) add_coupon(slip, issued);
  if (sale.invoice.is_sound()) {
    slip.add(ports::Rule{true});
    slip.add(ports::Qr{sale.invoice, words.get(Key::slip_invoice_code), sale.invoice_text});
  }
  return slip.finish();
}

ports::Receipt refund_slip(const RefundResult& refund, const model::Programme& programme, Locale locale,
                           std::int64_t wall_ms) {
  Slip slip{programme, locale, wall_ms};
  const auto& words = slip.words();
  slip.head(Key::slip_refund_title);
  slip.row(Key::slip_refund_of, refund.of_transaction);
  slip.add(ports::KeyValue{words.get(Key::slip_refund_total), words.money(refund.total_minor, text::Fraction::always),
                           TextSize::normal, true});
  if (refund.points_taken > 0) slip.row(Key::slip_points_taken, text::count(-refund.points_taken));
  if (refund.points_returned > 0) slip.row(Key::slip_points_returned, "+" + text::count(refund.points_returned));
  if (refund.voided > 0) slip.row(Key::slip_coupons_void, text::count(refund.voided));
  slip.row(Key::slip_event, text::count(static_cast<std::int64_t>(refund.event_seq)));
  if (!refund.sale_known) slip.add(ports::Text{words.get(Key::slip_refund_later), Align::center});
  for (const auto& coupon : refund.returned) add_coupon(slip, coupon, Key::slip_coupon_back);
  return slip.finish();
}

ports::Receipt card_slip(const MemberCard& card, const model::Programme& programme, Locale locale,
                         std::int64_t wall_ms) {
  Slip slip{programme, locale, wall_ms};
  const auto& words = slip.words();
  slip.head(Key::slip_card_title);
  if (!card.shown_name.empty()) slip.row(Key::slip_member, card.shown_name);
  if (card.code.is_sound()) slip.add(ports::Qr{card.code, base::format_id('M', card.member.value), card.code_text});
  slip.add(ports::Text{words.get(Key::slip_card_how), Align::center});
  return slip.finish();
}

}  // namespace millpond::flow
