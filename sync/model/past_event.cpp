// SPDX-License-Identifier: Apache-2.0
#include "sync/model/past_event.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t event_bytes_max = 64U << 10;
constexpr std::size_t word_bytes_max = 64;
constexpr std::int64_t visits_max = 1'000'000;
constexpr std::int64_t number_max = std::numeric_limits<std::uint32_t>::max();

// Before the names of triggers, in the order of PastKind.
constexpr std::size_t plain_kinds = 3;

std::optional<MonthDay> month_day_of(std::string_view text) {
  // A leap year, so that 29 February is a birthday.
  const auto date = base::parse_date("2024-" + std::string{text});
  if (!date) return std::nullopt;
  const auto civil = base::to_civil(*date);
  return MonthDay{civil.month, civil.day};
}

void read_shopper(ObjectReader& object, Shopper& shopper, std::size_t tiers) {
  if (object.has("tier")) {
    shopper.tier =
        static_cast<std::size_t>(object.integer("tier", 0, tiers == 0 ? 0 : static_cast<std::int64_t>(tiers) - 1));
  }
  if (object.has("visits")) shopper.visits = object.integer("visits", 0, visits_max);
  if (object.has("spend_minor")) shopper.spend_minor = object.integer("spend_minor", 0, amount_minor_max);
  if (object.has("tags")) {
    shopper.tags = object.texts("tags", word_bytes_max);
    std::sort(shopper.tags->begin(), shopper.tags->end());
  }
  if (object.has("rfm")) shopper.rfm = object.text("rfm", word_bytes_max);
  if (object.has("origin"))
    shopper.origin = static_cast<Channel>(object.choice("origin", {"kiosk", "cashier", "gateway"}) + 1);
  if (object.has("last_visit")) shopper.last_visit = object.date("last_visit");
  if (object.has("birthday")) {
    shopper.birthday = month_day_of(object.text("birthday", 5));
    if (!shopper.birthday) object.report("birthday", "must be a month and a day like 02-29");
  }
}

void read_line(ObjectReader& object, PastEvent& event) {
  BasketLine line;
  line.sku = object.text("sku", word_bytes_max);
  line.category = object.text_or("category", {}, word_bytes_max);
  const auto quantity = quantity_milli_of(object.text("quantity", 16));
  if (!quantity) object.report("quantity", "must be a decimal like 0.350");
  line.quantity_milli = quantity.value_or(0);
  line.net_minor = object.integer("net_minor", 0, amount_minor_max);
  event.options.push_back(object.has("options") ? object.texts("options", word_bytes_max) : std::vector<std::string>{});
  event.basket.lines.push_back(std::move(line));
}

void read_sale(ObjectReader& object, PastEvent& event) {
  event.eligible_minor = object.integer("eligible_minor", 0, amount_minor_max);
  for (const auto index : object.choices(
           "paid_with", {"cash", "card", "wechat_pay", "alipay", "points", "coupon", "gift_card", "other"})) {
    event.paid_with.push_back(static_cast<TenderType>(index + 1));
  }
  std::sort(event.paid_with.begin(), event.paid_with.end());
  object.each("lines", [&](ObjectReader& line) { read_line(line, event); });
}

void read_happening(ObjectReader& object, PastEvent& event, std::size_t tiers) {
  switch (event.trigger) {
    case Trigger::sale_paid:
      read_sale(object, event);
      break;
    case Trigger::lapsed:
      event.number = object.integer("days", 1, 3'650);
      break;
    case Trigger::service_late:
      event.number = object.integer("minutes", 0, 24 * 60);
      break;
    case Trigger::tier_entered:
      event.number = object.integer("entered", 1, tiers < 2 ? 1 : static_cast<std::int64_t>(tiers) - 1);
      break;
    case Trigger::code_scanned:
    case Trigger::first_visit:
    case Trigger::external:
      event.word = object.text("which", word_bytes_max);
      break;
    default:
      break;
  }
  read_shopper(object, event.shopper, tiers);
}

void read_kind(ObjectReader& object, PastEvent& event) {
  const auto which = object.choice_or(
      "event", plain_kinds + static_cast<std::size_t>(Trigger::sale_paid) - 1,
      {"refund", "void", "no_show", "enrolment", "sale", "check_in", "code_scanned", "birthday", "tier_entered",
       "lapsed", "referral_qualified", "first_visit", "basket_abandoned", "service_late", "external", "manual"});
  if (which < plain_kinds) {
    event.kind = static_cast<PastKind>(which + 1);
  } else {
    event.trigger = static_cast<Trigger>(which - plain_kinds + 1);
  }
}

}  // namespace

base::Result<PastEvent> parse_past_event(base::ByteView json, std::size_t tiers) {
  Document document{json, event_bytes_max, "read past event"};
  auto object = document.root();
  PastEvent event;
  read_kind(object, event);
  event.at_ms = object.moment_ms("at");
  if (object.has("heard_at")) event.heard_ms = object.moment_ms("heard_at");
  if (event.heard_ms.value_or(event.at_ms) < event.at_ms) object.report("heard_at", "must not be before at");
  event.transaction = object.text("transaction", word_bytes_max);
  event.basket.store.value = static_cast<std::uint32_t>(object.integer("store", 1, number_max));
  event.shopper.member.value =
      static_cast<std::uint64_t>(object.integer("member", 0, std::numeric_limits<std::int64_t>::max()));
  event.terminal = static_cast<std::uint32_t>(object.integer_or("terminal", 0, 1, base::terminal_id_max));
  event.cashier.value = static_cast<std::uint32_t>(object.integer_or("cashier", 0, 1, number_max));
  event.label = object.text_or("label", {}, word_bytes_max);
  if (event.kind == PastKind::happened) {
    read_happening(object, event, tiers);
  } else {
    event.eligible_minor = object.integer("eligible_minor", 0, amount_minor_max);
    if (event.kind != PastKind::no_show) event.of = object.text("of", word_bytes_max);
    event.whole = event.kind == PastKind::voided || (event.kind == PastKind::refund && object.boolean("whole"));
  }
  object.finish();
  if (const auto problem = document.problem()) return *problem;
  return event;
}

}  // namespace millpond::model
