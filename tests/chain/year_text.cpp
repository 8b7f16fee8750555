// SPDX-License-Identifier: Apache-2.0
// An event as a line of text. By hand, because a year of a large chain has millions of them, and member by member in
// one order, so that equal events are equal bytes.
#include "sync/base/check.h"
#include "tests/chain/year.h"

#include <array>

namespace millpond::chain {
namespace {

constexpr std::array<std::string_view, 9> tenders{"",       "cash",   "card",      "wechat_pay", "alipay",
                                                  "points", "coupon", "gift_card", "other"};
constexpr std::array<std::string_view, 4> channels{"", "kiosk", "cashier", "gateway"};

class Line {
 public:
  explicit Line(std::int32_t utc_offset_min) : offset_min_{utc_offset_min} { text_ = "{"; }

  void key(std::string_view name) {
    if (text_.back() != '{' && text_.back() != '[') text_ += ',';
    quoted(name);
    text_ += ':';
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    quoted(value);
  }
  void number(std::string_view name, std::int64_t value) {
    key(name);
    text_ += std::to_string(value);
  }
  void moment(std::string_view name, std::int64_t at_ms) {
    MILLPOND_CHECK(at_ms % 1'000 == 0);
    auto local = base::format_utc(at_ms + std::int64_t{offset_min_} * minute_ms).substr(0, 19);
    const auto minutes = offset_min_ < 0 ? -offset_min_ : offset_min_;
    local += offset_min_ < 0 ? '-' : '+';
    for (const auto digit : {minutes / 600, minutes / 60 % 10, -1, minutes % 60 / 10, minutes % 10})
      local += digit < 0 ? ':' : static_cast<char>('0' + digit);
    text(name, local);
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    key(name);
    text_ += '[';
    for (const auto& value : values) {
      if (text_.back() != '[') text_ += ',';
      quoted(value);
    }
    text_ += ']';
  }
  void raw(std::string_view text) { text_ += text; }
  [[nodiscard]] std::string take() {
    text_ += '}';
    return std::move(text_);
  }

 private:
  // Everything that is written is our own and needs no escapes.
  void quoted(std::string_view value) {
    text_ += '"';
    for (const char each : value) {
      MILLPOND_CHECK(each >= ' ' && each != '"' && each != '\\');
      text_ += each;
    }
    text_ += '"';
  }

  std::string text_;
  std::int32_t offset_min_;
};

std::string two_digits(std::int32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

void write_shopper(Line& line, const model::Shopper& shopper) {
  if (shopper.tier) line.number("tier", static_cast<std::int64_t>(*shopper.tier));
  if (shopper.visits) line.number("visits", *shopper.visits);
  if (shopper.spend_minor) line.number("spend_minor", *shopper.spend_minor);
  if (shopper.tags) line.texts("tags", *shopper.tags);
  if (shopper.origin) line.text("origin", channels.at(static_cast<std::size_t>(*shopper.origin)));
  if (shopper.last_visit) line.text("last_visit", base::format_date(*shopper.last_visit));
  if (shopper.birthday)
    line.text("birthday", two_digits(shopper.birthday->month) + "-" + two_digits(shopper.birthday->day));
}

void write_sale(Line& line, const model::PastEvent& event) {
  std::vector<std::string> paid_with;
  for (const auto type : event.paid_with) paid_with.emplace_back(tenders.at(static_cast<std::size_t>(type)));
  line.texts("paid_with", paid_with);
  line.key("lines");
  line.raw("[");
  for (std::size_t i = 0; i < event.basket.lines.size(); ++i) {
    const auto& good = event.basket.lines[i];
    MILLPOND_CHECK(good.quantity_milli % 1'000 == 0);
    line.raw(i == 0 ? "{" : ",{");
    line.text("sku", good.sku);
    line.text("category", good.category);
    line.text("quantity", std::to_string(good.quantity_milli / 1'000));
    line.number("net_minor", good.net_minor);
    if (!event.options[i].empty()) line.texts("options", event.options[i]);
    line.raw("}");
  }
  line.raw("]");
}

void write_what(Line& line, const model::PastEvent& event) {
  if (event.kind != model::PastKind::happened) {
    line.number("eligible_minor", event.eligible_minor);
    if (event.kind != model::PastKind::no_show) line.text("of", event.of);
    if (event.kind != model::PastKind::refund) return;
    line.key("whole");
    return line.raw(event.whole ? "true" : "false");
  }
  if (event.trigger == model::Trigger::sale_paid) {
    line.number("eligible_minor", event.eligible_minor);
    write_sale(line, event);
  }
  if (event.trigger == model::Trigger::lapsed) line.number("days", event.number);
  if (event.trigger == model::Trigger::service_late) line.number("minutes", event.number);
  if (event.trigger == model::Trigger::tier_entered) line.number("entered", event.number);
  if (!event.word.empty()) line.text("which", event.word);
  write_shopper(line, event.shopper);
}

}  // namespace

std::string to_json(const model::PastEvent& event, std::int32_t utc_offset_min) {
  Line line{utc_offset_min};
  line.text("event", event_name(event));
  line.moment("at", event.at_ms);
  if (event.heard_ms) line.moment("heard_at", *event.heard_ms);
  line.text("transaction", event.transaction);
  line.number("store", event.basket.store.value);
  line.number("member", static_cast<std::int64_t>(event.shopper.member.value));
  if (event.terminal != 0) line.number("terminal", event.terminal);
  if (event.cashier) line.number("cashier", event.cashier.value);
  if (!event.label.empty()) line.text("label", event.label);
  write_what(line, event);
  return line.take();
}

}  // namespace millpond::chain
