// SPDX-License-Identifier: Apache-2.0
// What the service does for a cashier's screen; everything else of it is in service.cpp.
#include "kiosk/service/cards.h"
#include "kiosk/service/desk_refund.h"
#include "kiosk/service/service.h"

namespace millpond::service {

bool Service::serve_cashier(const std::string& screen_id, const flow::Cmd& command) {
  if (const auto* basket = std::get_if<flow::WeighBasket>(&command)) {
    const auto weighed = cashier_->weigh(*basket);
    if (weighed) {
      deliver(screen_id, flow::BasketWeighed{*weighed, basket->ticket});
      // The customer sees the sum that they will be asked for; goods are not known of a sale by hand.
      deliver_to_customers(flow::BasketTold{{}, {}, *weighed, basket->member, basket->name});
    } else {
      deliver(screen_id, flow::WeighFailed{weighed.error().code, basket->ticket});
    }
  } else if (const auto* dropped = std::get_if<flow::DropBasket>(&command)) {
    cashier_->drop(dropped->name);
    deliver_to_customers(flow::BasketGone{{}, dropped->name});
  } else if (const auto* sale = std::get_if<flow::RecordSale>(&command)) {
    record_by_hand(screen_id, *sale);
  } else if (const auto* named = std::get_if<flow::NameByPhone>(&command)) {
    const auto member = cashier_->name_by_phone(named->typed);
    if (member) {
      deliver(screen_id, flow::Enrolled{*member, named->ticket});
    } else {
      deliver(screen_id, flow::EnrolFailed{member.error().code, named->ticket});
    }
  } else if (const auto* asked = std::get_if<flow::LookUp>(&command)) {
    const auto member = cashier_->look_up(*asked);
    if (member) {
      deliver(screen_id, flow::MemberFound{card_of(*member), asked->ticket});
    } else {
      deliver(screen_id, flow::IdentifyFailed{member.error().code, asked->ticket});
    }
  } else if (const auto* wanted = std::get_if<flow::FindSale>(&command)) {
    auto found = find_sale_at_desk(*shop_, tills_here(folder_, settings_), *wanted);
    if (found) {
      deliver(screen_id, flow::SaleFound{std::move(found).value(), wanted->ticket});
    } else {
      deliver(screen_id, flow::RecordFailed{found.error().code, wanted->ticket});
    }
  } else if (const auto* refund = std::get_if<flow::RefundSale>(&command)) {
    auto refunded = refund_at_desk(*shop_, *counter_, till_by_hand(folder_, settings_), *refund);
    if (refunded) {
      refunded->ticket = refund->ticket;
      deliver(screen_id, std::move(refunded).value());
    } else {
      deliver(screen_id, flow::RecordFailed{refunded.error().code, refund->ticket});
    }
  } else if (const auto* looked = std::get_if<flow::LookAtService>(&command)) {
    tell_standing(screen_id, looked->ticket);
  } else if (const auto* shift = std::get_if<flow::LookAtShift>(&command)) {
    auto told = cashier_->shift();
    if (told) {
      told->ticket = shift->ticket;
      deliver(screen_id, std::move(told).value());
    } else {
      deliver(screen_id, flow::LookFailed{told.error().code, shift->ticket});
    }
  } else {
    return false;
  }
  return true;
}

// The customer's sessions are used up by it, as by a sale of the till.
void Service::record_by_hand(const std::string& screen_id, const flow::RecordSale& command) {
  const auto sale = cashier_->record(command);
  if (!sale) return deliver(screen_id, flow::RecordFailed{sale.error().code, command.ticket});
  deliver_to_customers(flow::BasketGone{{}, command.basket});
  static_cast<void>(screens_.claim_at(screen_id));
  static_cast<void>(screens_.claim_session_of(sale->member));
  std::optional<flow::MemberCard> card;
  if (!model::too_weak(sale->strength, model::Deed::see)) {
    if (const auto member = shop_->terminal().member(sale->member)) card = card_of(*member);
  }
  deliver(screen_id, flow::SaleCommitted{*sale, std::move(card), command.ticket});
}

// Screens are the loop's, so what it knows of devices is asked there.
void Service::tell_standing(const std::string& screen_id, std::uint64_t ticket) {
  auto standing = cashier_->standing(sync_status());
  static_cast<void>(loop_.post([this, screen_id, ticket, told = std::move(standing)]() mutable {
    using Kind = flow::DeviceTold::Kind;
    told.devices.push_back({Kind::camera, screens_.camera_of(screen_id)});
    const auto scanner = screens_.scanner_of(screen_id);
    if (scanner != ports::DeviceState::not_configured) told.devices.push_back({Kind::scanner, scanner});
    told.devices.push_back({Kind::customer_screen, screens_.customer_screen()});
    screens_.deliver(screen_id, flow::ServiceTold{std::move(told), ticket});
  }));
}

}  // namespace millpond::service
