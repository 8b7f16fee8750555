// SPDX-License-Identifier: Apache-2.0
// A cashier, a till and customers who do anything at any time: no dead end, nothing left of the customer before, no
// empty words, no sale for nobody, no PIN on the screen.
#include "kiosk/flow/cashier.h"
#include "sync/base/rng.h"
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

constexpr int steps = 40'000;

CashierModel desk() {
  CashierModel model;
  static_cast<Surroundings&>(model) = kiosk();
  return model;
}

Weighed weighed(std::int64_t total_minor) {
  Weighed basket{total_minor, std::min<std::int64_t>(total_minor, 800), {}};
  basket.coupons = {{coupon(1, 800, day(12, 21)), true, {}, {}},
                    {coupon(2, 1500, day(12, 1)), false, {}, base::Code::coupon_threshold}};
  return basket;
}

// A refund takes more right keys in a row than chance has.
Msg refund_step(base::SeededRng& rng, const CashierModel& model) {
  if (model.busy && model.typing == Typing::refund_day) {
    return SaleFound{{"till-1", "7", day(11, 20), rng.chance(3, 4), 6850, 500, "R-7-1"}, model.ticket};
  }
  if (model.busy) return Refunded{500, {}, rng.chance(1, 2), 1, 2, 3, 4, model.ticket};
  const auto offered = offered_targets(present(model, 0, noon_ms));
  const auto offers = [&](Target target) { return std::ranges::find(offered, target) != offered.end(); };
  if (offers(Target::elsewhere)) return Tapped{Target::elsewhere};
  if (offers(Target::whole) && rng.chance(1, 4)) return Tapped{Target::whole};
  if (offers(Target::submit) && rng.chance(2, 3)) return Tapped{Target::submit};
  return Tapped{static_cast<Target>(static_cast<int>(Target::digit_1) + static_cast<int>(rng.below(9)))};
}

Msg anything(base::SeededRng& rng, const CashierModel& model) {
  if (model.desk == Desk::refund && !model.returning.done && rng.chance(5, 6)) return refund_step(rng, model);
  const auto member = rng.chance(1, 2) ? lin : wang;
  const auto code = static_cast<base::Code>(rng.below(60));
  const auto ticket = rng.chance(2, 3) ? model.ticket : rng.below(model.ticket + 1);
  using How = CustomerAnswered::How;
  switch (rng.below(31)) {
    case 0:
      return CodeRead{"K1:" + std::to_string(rng.below(9))};
    case 1:
      return PaymentCodeSeen{};
    case 2:
      return rng.chance(1, 8) ? ProgrammeChanged{} : ProgrammeChanged{demo_programme()};
    case 3:
      return LineChanged{rng.chance(1, 2), rng.below(3)};
    case 4:
    case 5:
      return MemberFound{card_of(member), ticket};
    case 6:
      return IdentifyFailed{code, ticket};
    case 7:
      return Enrolled{base::MemberId{member}, ticket};
    case 8:
      return EnrolFailed{code, ticket};
    case 9:
      if (rng.chance(1, 3)) return SaleCommitted{weak_sale_of(member), std::nullopt};
      return SaleCommitted{sale_of(rng.chance(1, 3) ? 0 : member), card_of(member), rng.chance(1, 2) ? ticket : 0,
                           "till-1"};
    case 10:
      return Ticked{};
    case 11:
      return BasketTold{"till-1", {{"1", "tea", "1", "", 6850, 0}}, weighed(6850), base::MemberId{member}};
    case 12:
      return BasketWeighed{weighed(model.amount_minor), ticket};
    case 13:
      return WeighFailed{code, ticket};
    case 14:
      return RecordFailed{code, ticket};
    case 15:
      return CustomerAnswered{static_cast<How>(rng.below(5)), base::MemberId{member},
                              model.answer ? model.answer->ticket : 0};
    case 16:
      return ServiceTold{{}, ticket};
    case 17:
      return rng.chance(1, 2) ? Msg{ShiftTold{{}, ticket}} : Msg{LookFailed{code, ticket}};
    case 18:
      return rng.chance(1, 2) ? Msg{BasketGone{"till-1", {}}} : Msg{CardChanged{card_of(member)}};
    case 19:
      return Refunded{500, {}, rng.chance(1, 2), 1, 2, 3, 4, ticket};
    default:
      break;
  }
  // A sale by hand takes more right keys in a row than chance has.
  if (model.member && !model.sale && rng.chance(1, 2)) {
    return Tapped{model.typed.size() > 2
                      ? Target::submit
                      : static_cast<Target>(static_cast<int>(Target::digit_1) + static_cast<int>(rng.below(9)))};
  }
  const auto offered = offered_targets(present(model, 0, noon_ms));
  return Tapped{offered[rng.below(offered.size())]};
}

// Somebody who wants the next customer presses what leads out of here, and waits for nothing.
void check_way_out(CashierModel model, std::int64_t now_ms) {
  constexpr int presses_max = 6;  // a PIN, its person, the number of both, a receipt, an amount, the customer
  const auto pad_works = [&] {
    const auto view = present(model, now_ms, noon_ms);
    const auto offered = offered_targets(view);
    return !model.member && std::holds_alternative<DeskView>(view.screen) &&
           std::ranges::find(offered, Target::digit_5) != offered.end();
  };
  for (int press = 0; !pad_works(); ++press) {
    const auto offered = offered_targets(present(model, now_ms, noon_ms));
    const auto out = std::ranges::find_if(offered, [&](Target target) {
      return target == Target::done || target == Target::clear || (target == Target::sell && model.desk != Desk::sell);
    });
    if (out == offered.end() || press == presses_max) FAIL("no way out for the cashier, desk " << int(model.desk));
    static_cast<void>(update(model, Tapped{*out}, now_ms));
  }
}

void check_words(const ViewModel& view) {
  if (const auto* report = std::get_if<ReportView>(&view.screen)) {
    if (report->title.empty() || report->rail.items.empty()) FAIL("a report without words");
    return;
  }
  const auto& screen = std::get<DeskView>(view.screen);
  if (screen.title.empty() || screen.pad.has_value() == screen.outcome.has_value()) FAIL("a desk without a way on");
  if (!screen.member && !screen.prompt) FAIL("a desk that asks for nobody");
  std::vector<const Button*> buttons;
  for (const auto& item : screen.rail.items) buttons.push_back(&item);
  if (screen.pad) {
    for (const auto& key : screen.pad->keys) buttons.push_back(&key);
    buttons.push_back(&screen.pad->submit);
  }
  for (const auto* button : buttons) {
    if (button->label.empty() || button->enabled != button->why_not.empty()) {
      FAIL("a button without a label, or grey without a reason: " << target_name(button->target));
    }
  }
}

// Nobody's money is recorded for nobody, or for more than was typed.
void check_commands(const std::vector<Cmd>& cmds, const CashierModel& model) {
  for (const auto& cmd : cmds) {
    if (const auto* const refund = std::get_if<RefundSale>(&cmd)) {
      if (refund->sale.receipt.empty() || !refund->staff || refund->pin.size() < 6) FAIL("a refund without its words");
      if (refund->whole == (refund->total_minor > 0)) FAIL("a refund of nothing");
      if (refund->sale.known && refund->total_minor > refund->sale.total_minor) FAIL("more than the sale was");
    }
    const auto* record = std::get_if<RecordSale>(&cmd);
    if (record == nullptr) continue;
    if (!record->member || record->member != model.member) FAIL("a sale for somebody who does not stand here");
    if (record->total_minor <= 0 || record->discount_minor > record->total_minor) FAIL("a sale of nothing");
    if (record->receipt.empty()) FAIL("a sale without a receipt");
    if ((record->discount_minor > 0) == record->basket.empty()) FAIL("coupons that nobody keeps");
  }
}

}  // namespace

TEST_CASE("Whatever happens at a cashier's screen, there is a way on and the next customer finds nothing") {
  base::SeededRng rng{3};
  auto model = desk();
  std::int64_t now_ms = 1;
  std::size_t recorded = 0;
  std::size_t returned = 0;
  std::size_t ended = 0;
  for (int step = 0; step < steps; ++step) {
    now_ms += static_cast<std::int64_t>(rng.below(rng.chance(1, 80) ? 200'000 : 2'000));
    const auto before = present(model, now_ms, noon_ms);
    const auto cmds = update(model, anything(rng, model), now_ms);
    auto after = present(model, now_ms, noon_ms);
    check_commands(cmds, model);
    recorded += static_cast<std::size_t>(
        std::ranges::count_if(cmds, [](const Cmd& cmd) { return std::holds_alternative<RecordSale>(cmd); }));
    returned += static_cast<std::size_t>(
        std::ranges::count_if(cmds, [](const Cmd& cmd) { return std::holds_alternative<RefundSale>(cmd); }));
    if (std::exchange(after.revision, before.revision) == before.revision && after != before) {
      FAIL("a change that the revision does not tell at step " << step);
    }
    for (const auto locale : {Locale::zh_cn, Locale::en}) {
      auto shown = model;
      shown.locale = locale;
      const auto view = present(shown, now_ms, noon_ms);
      check_words(view);
      const auto* screen = std::get_if<DeskView>(&view.screen);
      if (screen != nullptr && screen->pad && model.typing == Typing::pin && !model.typed.empty() &&
          screen->pad->typed.find(model.typed) != std::string::npos) {
        FAIL("a PIN can be read");
      }
    }
    check_way_out(model, now_ms);
    const bool gone = std::ranges::any_of(cmds, [](const Cmd& cmd) { return std::holds_alternative<EndSession>(cmd); });
    const bool came =
        std::ranges::any_of(cmds, [](const Cmd& cmd) { return std::holds_alternative<StartSession>(cmd); });
    if (gone && !came) {
      ++ended;
      if (model.member || model.card || !model.phone.empty() || model.weighed || model.amount_minor != 0) {
        FAIL("the customer before is still there at step " << step);
      }
    }
    // However it goes on, silence ends it.
    auto left_alone = model;
    if (left_alone.member && left_alone.idle_at_ms <= now_ms) FAIL("a customer without an end");
    for (int ticks = 0; left_alone.next_tick_ms > 0; ++ticks) {
      if (ticks > 40) FAIL("ticks without an end");
      static_cast<void>(update(left_alone, Ticked{}, std::max(left_alone.next_tick_ms, now_ms)));
    }
    if (left_alone.member || left_alone.card || present(left_alone, now_ms, noon_ms).personal) {
      FAIL("somebody is left on the screen at step " << step);
    }
  }
  CHECK(recorded > 20);
  CHECK(returned > 20);
  CHECK(ended > 100);
}

TEST_CASE("A sale by hand: code, amount, coupons, receipt, done, each by keys alone") {
  auto model = desk();
  std::int64_t now_ms = 1;
  const auto tap = [&](Target target) { return update(model, Tapped{target}, now_ms += 500); };
  const auto type = [&](const std::string& digits) {
    for (const char digit : digits) { tap(static_cast<Target>(static_cast<int>(Target::digit_0) + (digit - '0'))); }
  };
  CHECK(std::holds_alternative<Identify>(update(model, CodeRead{"K1:1"}, now_ms).front()));
  const auto named = update(model, MemberFound{card_of(lin), model.ticket}, now_ms);
  REQUIRE(named.size() == 1);
  CHECK(std::get<StartSession>(named.front()).member.value == lin);
  type("6850");
  const auto asked = tap(Target::submit);
  REQUIRE(asked.size() == 1);
  const auto& weigh = std::get<WeighBasket>(asked.front());
  CHECK(weigh.total_minor == 6850);
  static_cast<void>(update(model, BasketWeighed{weighed(6850), model.ticket}, now_ms));
  type("20418");
  const auto paid = tap(Target::submit);
  REQUIRE(paid.size() == 1);
  const auto& record = std::get<RecordSale>(paid.front());
  CHECK(record.receipt == "20418");
  CHECK(record.total_minor == 6850);
  CHECK(record.discount_minor == 800);
  CHECK(record.basket == weigh.name);
  static_cast<void>(update(model, SaleCommitted{sale_of(lin), card_of(lin)}, now_ms));
  const auto view = present(model, now_ms, noon_ms);
  REQUIRE(std::get<DeskView>(view.screen).outcome);
  CHECK(std::get<DeskView>(view.screen).outcome->points == "+68");
  const auto next = tap(Target::done);
  CHECK(std::holds_alternative<EndSession>(next.front()));
  CHECK_FALSE(present(model, now_ms, noon_ms).personal);
}

TEST_CASE("What somebody pays with stands under the button, and who stands here before it") {
  auto model = desk();
  struct Row {
    const char* what;
    bool member;
    const char* typed;
    bool enabled;
  };
  for (const Row& row : {Row{"nobody", false, "6850", false}, Row{"no amount", true, "", false},
                         Row{"a member and an amount", true, "6850", true}}) {
    INFO(row.what);
    model.member = row.member ? base::MemberId{lin} : base::MemberId{};
    model.typed = row.typed;
    CHECK(std::get<DeskView>(present(model, 1, noon_ms).screen).pad->submit.enabled == row.enabled);
  }
}

TEST_CASE("The cashier joins nobody: one touch, and the customer's side does the rest") {
  auto model = desk();
  static_cast<void>(update(model, Tapped{Target::join}, 1));
  const auto cmds = update(model, Tapped{Target::invite}, 2);
  REQUIRE(cmds.size() == 1);
  const auto ticket = std::get<Invite>(cmds.front()).ticket;
  for (const auto target : offered_targets(present(model, 3, noon_ms))) {
    CHECK(target != Target::consent_membership);
    CHECK(target != Target::consent_marketing);
  }
  using How = CustomerAnswered::How;
  static_cast<void>(update(model, CustomerAnswered{How::consenting, {}, ticket}, 3));
  CHECK_FALSE(model.member);
  static_cast<void>(update(model, CustomerAnswered{How::joined, base::MemberId{lin}, ticket + 1}, 4));
  CHECK_FALSE(model.member);
  static_cast<void>(update(model, CustomerAnswered{How::joined, base::MemberId{lin}, ticket}, 5));
  CHECK(model.member.value == lin);
  CHECK(model.strength == model::Strength::phone_typed);
}

TEST_CASE("An invited customer answers what the cashier waits for, and leaving is an answer too") {
  auto model = kiosk();
  const auto invited = update(model, Invited{9}, 1);
  using How = CustomerAnswered::How;
  REQUIRE(invited.size() == 1);
  CHECK(std::get<AnswerInvite>(invited.front()).answer.how == How::typing);
  CHECK(model.place == Place::phone);
  const auto left = update(model, Tapped{Target::back}, 2);
  REQUIRE(left.size() == 2);
  CHECK(std::get<AnswerInvite>(left.front()).answer.how == How::left);
  const auto busy = [&] {
    feed(model, Tapped{Target::start_scan}, 3);
    return update(model, Invited{10}, 4);
  }();
  CHECK(std::get<AnswerInvite>(busy.front()).answer.how == How::no_screen);
  CHECK(model.place == Place::scan);
}
