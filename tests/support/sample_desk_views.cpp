// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample_desk_views.h"

#include "kiosk/flow/cashier.h"
#include "tests/support/sample_shop.h"

namespace millpond::tests {
namespace {

using flow::CashierModel;
using How = flow::CustomerAnswered::How;

flow::ServiceStanding standing(std::uint64_t queued) {
  flow::ServiceStanding told;
  told.queued = queued;
  told.oldest_ms = queued > 0 ? sample_wall_ms - 3'900'000 : 0;
  told.last_contact_ms = sample_wall_ms - 60'000;
  told.journal = "holds";
  told.build = "0.1.0";
  told.terminal = "7 · 1";
  told.programme = 12;
  using Kind = flow::DeviceTold::Kind;
  told.devices = {{Kind::printer, queued > 0 ? ports::DeviceState::paper_out : ports::DeviceState::ok},
                  {Kind::camera, ports::DeviceState::ok},
                  {Kind::customer_screen, ports::DeviceState::absent}};
  return told;
}

std::vector<model::ShiftRow> shift() {
  model::ShiftRow machine;
  machine.sales = {128, 876'540};
  machine.coupons = {{1, {31, 24'800}}};
  machine.points_earned = {96, 8'412};
  machine.points_spent = {4, 1'200};
  model::ShiftRow person;
  person.cashier = base::StaffId{4};
  person.manual_lookups = 3;
  person.overrides = 1;
  return {machine, person};
}

CashierModel desk() {
  CashierModel model;
  model.programme = sample_programme();
  model.online = true;
  model.line_known = true;
  model.camera = ports::DeviceState::ok;
  model.printer = ports::DeviceState::ok;
  model.utc_offset_min = 480;
  return model;
}

CashierModel with_member() {
  auto model = desk();
  model.card = sample_card();
  model.member = sample_lin;
  model.strength = model::Strength::member_code;
  model.idle_at_ms = sample_now_ms + flow::cashier_idle_ms;
  return model;
}

CashierModel by_phone() {
  auto model = desk();
  model.member = sample_lin;
  model.strength = model::Strength::phone_typed;
  model.phone = "13800138000";
  model.idle_at_ms = sample_now_ms + flow::cashier_idle_ms;
  return model;
}

CashierModel offline(CashierModel model) {
  model.online = false;
  model.queued = 7;
  return model;
}

template <class Change>
CashierModel changed(CashierModel model, Change change) {
  change(model);
  return model;
}

CashierModel joining(How how) {
  return changed(desk(), [how](CashierModel& m) {
    m.desk = flow::Desk::join;
    m.answer = flow::CustomerAnswered{how, how == How::joined ? sample_lin : base::MemberId{}, 5};
  });
}

CashierModel receipt() {
  return changed(with_member(), [](CashierModel& m) {
    m.amount_minor = 6850;
    m.weighed = sample_weighed();
    m.kept = true;
    m.typing = flow::Typing::receipt;
    m.typed = "20418";
  });
}

// Goods that come back of a sale that this terminal has.
CashierModel returning(flow::Typing typing) {
  return changed(desk(), [typing](CashierModel& m) {
    m.desk = flow::Desk::refund;
    m.typing = typing;
    if (typing == flow::Typing::refund_receipt || typing == flow::Typing::refund_day) return;
    m.returning.receipt = "20418";
    m.returning.sale =
        flow::PastSale{"till-1", "20418", base::to_local_date({2026, 11, 20}), true, 6850, 1700, "R-20418-2"};
  });
}

// A dear coupon that a card alone does not bring.
CashierModel waiting() {
  return changed(receipt(), [](CashierModel& m) {
    m.typed.clear();
    m.weighed->coupons.back().code = base::Code::identity_too_weak;
  });
}

}  // namespace

std::vector<SampleDesk> sample_desks() {
  using flow::Typing;
  std::vector<SampleDesk> all;
  const auto add = [&](std::string name, CashierModel model) { all.push_back({std::move(name), std::move(model)}); };
  add("desk", desk());
  add("desk-problem", offline(changed(desk(), [](CashierModel& m) { m.problem = base::Code::code_forged; })));
  add("desk-member", changed(with_member(), [](CashierModel& m) { m.typed = "6850"; }));
  add("desk-member-offline", offline(with_member()));
  add("desk-receipt", receipt());
  add("desk-receipt-empty", offline(changed(receipt(), [](CashierModel& m) { m.typed.clear(); })));
  add("desk-approve", waiting());
  add("desk-approve-pin", changed(waiting(), [](CashierModel& m) {
        m.approving = true;
        m.typing = Typing::pin;
        m.typed = "4711";
      }));
  add("desk-refund", changed(returning(Typing::refund_receipt), [](CashierModel& m) { m.typed = "20418"; }));
  add("desk-refund-day", returning(Typing::refund_day));
  add("desk-refund-found", changed(returning(Typing::refund_amount), [](CashierModel& m) { m.typed = "1500"; }));
  add("desk-refund-unknown",
      offline(changed(returning(Typing::refund_amount), [](CashierModel& m) { m.returning.sale->known = false; })));
  add("desk-refund-elsewhere", changed(returning(Typing::refund_amount), [](CashierModel& m) {
        m.returning.sale->known = false;
        m.returning.elsewhere = true;
      }));
  add("desk-refund-pin", changed(returning(Typing::pin), [](CashierModel& m) {
        m.returning.total_minor = 1500;
        m.typed = "642091";
      }));
  add("desk-refund-role", changed(returning(Typing::staff), [](CashierModel& m) {
        m.returning.whole = true;
        m.problem = base::Code::role_missing;
      }));
  add("desk-refund-done", changed(returning(Typing::refund_receipt), [](CashierModel& m) {
        m.returning.done = flow::Refunded{1500, 1217, true, 12, 33, 1, 1, 0};
      }));
  add("desk-refund-later", offline(changed(returning(Typing::refund_receipt), [](CashierModel& m) {
        m.returning.done = flow::Refunded{1500, {}, false, 0, 0, 0, 0, 0};
      })));
  add("desk-no-coupons", changed(with_member(), [](CashierModel& m) { m.card->coupons.clear(); }));
  add("desk-till", changed(with_member(), [](CashierModel& m) { m.till = sample_basket(); }));
  add("desk-till-long", changed(with_member(), [](CashierModel& m) { m.till = sample_long_basket(); }));
  add("desk-till-nobody", changed(desk(), [](CashierModel& m) { m.till = sample_basket(); }));
  add("desk-phone", changed(desk(), [](CashierModel& m) { m.typing = Typing::phone, m.typed = "1380013"; }));
  add("desk-phone-problem", changed(desk(), [](CashierModel& m) {
        m.typing = Typing::phone;
        m.typed = "12800138000";
        m.problem = base::Code::phone_malformed;
      }));
  add("desk-number", by_phone());
  add("desk-staff", changed(by_phone(), [](CashierModel& m) { m.typing = Typing::staff; }));
  add("desk-pin", changed(by_phone(), [](CashierModel& m) { m.typing = Typing::pin, m.typed = "471182"; }));
  add("desk-pin-wrong", changed(by_phone(), [](CashierModel& m) {
        m.typing = Typing::staff;
        m.problem = base::Code::pin_wrong;
      }));
  add("desk-done", changed(with_member(), [](CashierModel& m) { m.sale = sample_sale(); }));
  add("desk-done-offline", offline(changed(with_member(), [](CashierModel& m) {
        m.sale = sample_sale();
        m.sale->refused = {base::Code::coupon_spent};
      })));
  add("desk-leaving", offline(changed(with_member(), [](CashierModel& m) { m.idle_at_ms = sample_now_ms + 17'000; })));
  add("desk-join", changed(desk(), [](CashierModel& m) { m.desk = flow::Desk::join; }));
  add("desk-join-typing", joining(How::typing));
  add("desk-join-consenting", offline(joining(How::consenting)));
  add("desk-join-joined", joining(How::joined));
  add("desk-join-left", joining(How::left));
  add("service", changed(desk(), [](CashierModel& m) { m.desk = flow::Desk::service, m.service = standing(0); }));
  add("service-offline", offline(changed(desk(), [](CashierModel& m) {
        m.desk = flow::Desk::service;
        m.service = standing(7);
      })));
  add("shift", changed(desk(), [](CashierModel& m) { m.desk = flow::Desk::shift, m.shift = shift(); }));
  add("shift-late", changed(desk(), [](CashierModel& m) {
        m.desk = flow::Desk::shift;
        m.shift = shift();
        m.shift->front().refunds = {2, 5'400};
        m.shift_since_ms = sample_wall_ms - 5'400'000;
      }));
  add("shift-problem", changed(desk(), [](CashierModel& m) {
        m.desk = flow::Desk::shift;
        m.problem = base::Code::overloaded;
      }));
  add("shift-empty", offline(changed(desk(), [](CashierModel& m) {
        m.desk = flow::Desk::shift;
        m.shift = std::vector<model::ShiftRow>{};
      })));
  return all;
}

std::vector<SampleView> sample_desk_views(flow::Locale locale) {
  std::vector<SampleView> views;
  for (auto& sample : sample_desks()) {
    sample.model.locale = locale;
    views.push_back({sample.name, flow::present(sample.model, sample_now_ms, sample_wall_ms)});
  }
  return views;
}

}  // namespace millpond::tests
