// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/desk_words.h"

#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::flow {
namespace {

using text::Key;

constexpr std::int32_t soon_days = 7;
constexpr std::size_t hints_max = 3;

bool starts_with_letter(std::string_view name) {
  const auto first = static_cast<unsigned char>(name.empty() ? ' ' : name.front());
  return first >= 0x80 || (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
}

std::string first_character(std::string_view name) {
  std::size_t size = 1;
  while (size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) ++size;
  return std::string{name.substr(0, size)};
}

void add_tier(DeskMember& member, const MemberCard& card, const CashierModel& model, const Words& words) {
  if (!model.programme || model.programme->tiers.empty()) return;
  const auto& tiers = model.programme->tiers;
  const auto standing = model::tier_standing(tiers, card.qualifying_minor);
  if (standing.tier) member.tier = words.of(tiers[*standing.tier].name);
  if (!standing.next) {
    member.figures.push_back({words.get(Key::desk_figure_tier), words.get(Key::desk_figure_top), {}, Tone::neutral});
    return;
  }
  const auto& next = tiers[*standing.next];
  member.figures.push_back(
      {words(Key::desk_figure_next, words.of(next.name)), words.money(standing.missing_minor), {}, Tone::neutral});
  // Close enough to be worth a word: a tenth of the way.
  if (standing.missing_minor * 10 <= next.threshold_minor) {
    member.hints.push_back(
        {Icon::star, words(Key::card_progress, words.money(standing.missing_minor), words.of(next.name))});
  }
}

void add_expiring(DeskMember& member, const MemberCard& card, const Words& words) {
  const CouponCard* nearest = nullptr;
  for (const auto& coupon : card.coupons) {
    if (coupon.usable && (nearest == nullptr || coupon.expires < nearest->expires)) nearest = &coupon;
  }
  if (nearest == nullptr || !words.is_soon(nearest->expires, soon_days)) return;
  member.hints.push_back(
      {Icon::ticket, words(Key::desk_hint_expires, words.said_of(*nearest).noun, words.date(nearest->expires))});
}

Figure tally(const Words& words, Key label, const model::ShiftTally& tally) {
  return {words.get(label), words.money(tally.sum, text::Fraction::always),
          words(Key::shift_count, text::count(tally.count)), Tone::neutral};
}

Key device_label(DeviceTold::Kind kind) {
  switch (kind) {
    case DeviceTold::Kind::printer:
      return Key::service_printer;
    case DeviceTold::Kind::camera:
      return Key::service_camera;
    case DeviceTold::Kind::scanner:
      return Key::service_scanner;
    case DeviceTold::Kind::customer_screen:
      break;
  }
  return Key::service_customer_screen;
}

}  // namespace

std::string masked_phone(const std::string& digits) {
  if (digits.size() < 8) return "****";
  return digits.substr(0, 3) + " **** " + digits.substr(digits.size() - 4);
}

DeskMember desk_member(const MemberCard& card, const CashierModel& model, const Words& words) {
  DeskMember member;
  member.name = card.shown_name.empty() ? words.get(Key::card_name_unknown) : card.shown_name;
  member.initial = starts_with_letter(member.name) ? first_character(member.name) : words.get(Key::card_initial);
  member.number = base::format_id('M', card.member.value);
  member.note = words.as_of(card.as_of_ms);
  if (card.points_pending != 0) {
    member.note = words(Key::card_as_of_pending, member.note, text::count(card.points_pending));
  }
  if (card.points_not_active > 0) {
    member.note = words(Key::card_as_of_not_active, member.note, text::count(card.points_not_active));
  }
  if (card.expiring_points > 0) {
    member.note =
        words(Key::card_as_of_expiring, member.note, text::count(card.expiring_points), words.date(card.expires));
  }
  member.figures.push_back({words.get(Key::card_points), text::count(card.points), {}, Tone::neutral});
  const auto usable = std::ranges::count_if(card.coupons, [](const CouponCard& each) { return each.usable; });
  member.figures.push_back({words.get(Key::desk_figure_coupons), text::count(usable), {}, Tone::neutral});
  add_tier(member, card, model, words);
  add_expiring(member, card, words);
  if (card.as_of_ms == 0) member.hints.push_back({Icon::clock, words.get(Key::desk_hint_unheard)});
  const bool may_ask = std::ranges::any_of(card.consents, [](const ConsentStanding& each) {
    return each.purpose == model::Purpose::marketing && !each.granted;
  });
  if (may_ask) member.hints.push_back({Icon::shield, words.get(Key::desk_hint_no_messages)});
  if (member.hints.size() > hints_max) member.hints.resize(hints_max);
  return member;
}

void describe_service(ReportView& view, const ServiceStanding& standing, const CashierModel& model,
                      const Words& words) {
  view.subtitle = words(Key::service_subtitle, standing.terminal, standing.build);
  ReportSection line{Icon::wifi, words.get(Key::service_line), {}, {}};
  const bool offline = model.line_known && !model.online;
  line.rows.push_back({words.get(Key::service_hub), words.get(offline ? Key::service_offline : Key::service_online),
                       standing.last_contact_ms == 0
                           ? std::string{}
                           : words(Key::service_last_contact, words.moment(standing.last_contact_ms)),
                       offline ? Tone::warning : Tone::positive});
  line.rows.push_back(
      {words.get(Key::service_queue), text::count(static_cast<std::int64_t>(standing.queued)),
       standing.oldest_ms == 0 ? std::string{} : words(Key::service_oldest, words.moment(standing.oldest_ms)),
       standing.queued == 0 ? Tone::positive : Tone::neutral});
  const bool holds = standing.journal == "holds";
  line.rows.push_back({words.get(Key::service_journal), holds ? words.get(Key::service_holds) : standing.journal,
                       holds ? std::string{} : words.get(Key::service_call), holds ? Tone::positive : Tone::negative});
  line.rows.push_back({words.get(Key::service_programme), text::count(standing.programme), {}, Tone::neutral});
  ReportSection devices{Icon::print, words.get(Key::service_devices), {}, words.get(Key::service_no_devices)};
  for (const auto& device : standing.devices) {
    const Key label = device_label(device.kind);
    const bool good = ports::is_known_good(device.state);
    devices.rows.push_back({words.get(label), words.device(device.state), {}, good ? Tone::positive : Tone::warning});
  }
  view.sections = {std::move(line), std::move(devices)};
  view.note = words.get(Key::service_note);
}

void describe_shift(ReportView& view, const std::vector<model::ShiftRow>& rows, std::int64_t since_ms,
                    const Words& words) {
  view.subtitle =
      since_ms == 0 ? words.get(Key::shift_subtitle) : words(Key::shift_subtitle_since, words.moment(since_ms));
  for (const auto& row : rows) {
    ReportSection section{Icon::people, {}, {}, {}};
    section.title = row.cashier ? words(Key::shift_person, text::count(static_cast<std::int64_t>(row.cashier.value)))
                                : words.get(Key::shift_everybody);
    if (row.sales.count > 0) section.rows.push_back(tally(words, Key::shift_sales, row.sales));
    if (row.refunds.count > 0) section.rows.push_back(tally(words, Key::shift_refunds, row.refunds));
    model::ShiftTally coupons;
    for (const auto& each : row.coupons) {
      coupons.count += each.coupons.count;
      coupons.sum += each.coupons.sum;
    }
    if (coupons.count > 0) section.rows.push_back(tally(words, Key::shift_coupons, coupons));
    if (row.points_earned.count > 0) {
      section.rows.push_back({words.get(Key::shift_points_earned), text::count(row.points_earned.sum),
                              words(Key::shift_count, text::count(row.points_earned.count)), Tone::neutral});
    }
    if (row.points_spent.count > 0) {
      section.rows.push_back({words.get(Key::shift_points_spent), text::count(row.points_spent.sum),
                              words(Key::shift_count, text::count(row.points_spent.count)), Tone::neutral});
    }
    if (row.manual_lookups > 0) {
      section.rows.push_back({words.get(Key::shift_look_ups), text::count(row.manual_lookups), {}, Tone::neutral});
    }
    if (row.overrides > 0) {
      section.rows.push_back({words.get(Key::shift_overrides), text::count(row.overrides), {}, Tone::neutral});
    }
    view.sections.push_back(std::move(section));
  }
  if (rows.empty())
    view.sections.push_back({Icon::report, words.get(Key::shift_everybody), {}, words.get(Key::shift_none)});
  view.note = words.get(Key::shift_note);
}

}  // namespace millpond::flow
