// SPDX-License-Identifier: Apache-2.0
// A person who does anything at any time: no dead end, nothing left of the person before, no empty words.
#include "sync/base/rng.h"
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <utility>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

constexpr int steps = 60'000;

void collect(std::vector<const Button*>& buttons, const AttractView& view) {
  buttons.push_back(&view.start);
  for (const auto& tile : view.tiles) buttons.push_back(&tile.button);
}
void collect(std::vector<const Button*>& buttons, const ScanView& view) {
  buttons.insert(buttons.end(), {&view.use_phone, &view.back});
}
void collect(std::vector<const Button*>& buttons, const PhoneView& view) {
  for (const auto& key : view.keys) buttons.push_back(&key);
  buttons.insert(buttons.end(), {&view.submit, &view.back});
}
void collect(std::vector<const Button*>& buttons, const ConsentView& view) {
  if (view.submit) buttons.push_back(&*view.submit);
  buttons.push_back(&view.back);
}
void collect(std::vector<const Button*>& buttons, const CardView& view) {
  buttons.insert(buttons.end(), {&view.print, &view.done});
  if (view.consents) buttons.push_back(&*view.consents);
}
void collect(std::vector<const Button*>& buttons, const IssuedView& view) { buttons.push_back(&view.done); }
void collect(std::vector<const Button*>& buttons, const NoticeView& view) {
  if (view.action) buttons.push_back(&*view.action);
}
void collect(std::vector<const Button*>& buttons, const TextView& view) {
  if (view.earlier) buttons.push_back(&*view.earlier);
  buttons.insert(buttons.end(), {&view.onward, &view.back});
}
void collect(std::vector<const Button*>& buttons, const BillView& view) {
  if (view.start) buttons.push_back(&*view.start);
}
// A cashier's: cashier_walk_test.cpp walks there.
void collect(std::vector<const Button*>&, const DeskView&) {}
void collect(std::vector<const Button*>&, const ReportView&) {}

bool has_words(const AttractView& v) {
  return !v.headline.empty() && v.lines.size() == 2 && v.tiles.size() == 2 && !v.offer_title.empty() &&
         !v.offer_detail.empty() && !v.footer.empty();
}
bool has_words(const ScanView& v) {
  return !v.title.empty() && !v.hint.empty() && !v.privacy.empty() && !v.help.empty() &&
         v.camera_ready == v.camera_problem.empty();
}
bool has_words(const PhoneView& v) {
  return !v.title.empty() && !v.hint.empty() && !v.placeholder.empty() && !v.note.empty();
}
bool has_words(const ConsentView& v) {
  return !v.title.empty() && !v.hint.empty() && !v.choices.empty() &&
         std::ranges::all_of(v.choices, [&](const auto& each) {
           return !each.label.empty() && (!each.detail.empty() || !v.submit);  // an answer needs no more words
         });
}
bool has_words(const CardView& v) {
  return !v.title.empty() && !v.initial.empty() && !v.name.empty() && !v.number.empty() && !v.points.empty() &&
         !v.as_of.empty() && !v.code_title.empty() && v.code.is_sound() && !v.no_coupons.empty();
}
bool has_words(const IssuedView& v) {
  return !v.title.empty() && !v.subtitle.empty() && (v.balance.empty() || !v.points_label.empty());
}
bool has_words(const TextView& v) {
  return !v.title.empty() && !v.blocks.empty() &&
         std::ranges::all_of(v.blocks, [](const auto& block) { return !block.text.empty(); });
}
bool has_words(const BillView& v) {
  return !v.title.empty() && !v.sums.empty() && !v.total.value.empty() && !v.please.empty() && !v.note.empty() &&
         std::ranges::all_of(v.coupons, [](const auto& each) { return !each.says.empty(); });
}
bool has_words(const DeskView&) { return false; }
bool has_words(const ReportView&) { return false; }
bool has_words(const NoticeView& v) { return !v.title.empty() && !v.text.empty() && !v.next.empty(); }

// Somebody who wants to leave presses what leads out of here, and waits for nothing.
void check_way_out(Model model, std::int64_t now_ms) {
  constexpr int presses_max = 4;  // consent, age, phone, and out
  for (int press = 0; model.place != Place::attract; ++press) {
    const auto offered = offered_targets(present(model, now_ms, noon_ms));
    const auto out = std::ranges::find_if(offered, [](Target target) {
      return target == Target::exit || target == Target::back || target == Target::done;
    });
    if (out == offered.end() || press == presses_max) FAIL("no way out of place " << static_cast<int>(model.place));
    feed(model, Tapped{*out}, now_ms);
  }
}

void check_words(const ViewModel& view) {
  std::vector<const Button*> buttons{&view.chrome.language};
  if (view.chrome.exit) buttons.push_back(&*view.chrome.exit);
  std::visit([&](const auto& screen) { collect(buttons, screen); }, view.screen);
  const bool labelled = std::all_of(buttons.begin(), buttons.end(), [](const Button* button) {
    return !button->label.empty() && button->enabled == button->why_not.empty();
  });
  if (!labelled) FAIL("a button without a label, or grey without a reason, on " << screen_name(view.screen));
  if (view.chrome.brand.empty()) FAIL("no brand");
  if (!std::visit([](const auto& screen) { return has_words(screen); }, view.screen)) {
    FAIL("missing words on " << screen_name(view.screen));
  }
}

bool mentions_somebody(const ViewModel& view) {
  if (view.personal) return true;
  return !std::holds_alternative<AttractView>(view.screen) && !std::holds_alternative<ScanView>(view.screen) &&
         !std::holds_alternative<PhoneView>(view.screen) && !std::holds_alternative<TextView>(view.screen) &&
         !std::holds_alternative<BillView>(view.screen);  // says what is bought, and not by whom
}

// Eleven right digits in a row are too rare for chance.
void type_number(Model& model, std::int64_t now_ms) {
  for (const char digit : std::string{"13800138000"}) {
    feed(model, Tapped{static_cast<Target>(static_cast<int>(Target::digit_0) + (digit - '0'))}, now_ms);
  }
}

Msg anything(base::SeededRng& rng, const Model& model) {
  const auto member = rng.chance(1, 2) ? lin : wang;
  const auto code = static_cast<base::Code>(rng.below(60));
  const auto device = static_cast<ports::DeviceState>(rng.below(14));
  const auto ticket = rng.chance(1, 2) ? model.ticket : rng.below(model.ticket + 1);
  switch (rng.below(25)) {
    case 0:
      return CodeRead{"K1:" + std::to_string(rng.below(9))};
    case 1:
      return PaymentCodeSeen{};
    case 2:
      return CameraChanged{device};
    case 3:
      return rng.chance(1, 8) ? ProgrammeChanged{} : ProgrammeChanged{demo_programme()};
    case 4:
      return LineChanged{rng.chance(1, 2), rng.below(3)};
    case 5:
      return PrinterChanged{device};
    case 6:
    case 7:
      return MemberFound{card_of(member), ticket};
    case 8:
      return IdentifyFailed{code, ticket};
    case 9:
      return Enrolled{base::MemberId{member}, ticket};
    case 10:
      return EnrolFailed{code, ticket};
    case 11:
      if (rng.chance(1, 3)) return SaleCommitted{weak_sale_of(member), std::nullopt};
      return SaleCommitted{sale_of(rng.chance(1, 3) ? 0
                                   : model.card     ? model.card->member.value
                                                    : member),
                           card_of(model.card ? model.card->member.value : member)};
    case 12:
      return PrintDone{rng.chance(1, 2), device, rng.chance(1, 2) ? 0 : sale_of(member).event_seq};
    case 13:
      return Ticked{};
    case 14:
      return ConsentSaved{model::Purpose::marketing, rng.chance(1, 2), ticket};
    case 15:
      return ConsentFailed{code, ticket};
    case 16:
      return rng.chance(1, 4) ? Msg{Invited{7}} : Msg{Ticked{}};
    case 17: {
      if (rng.chance(1, 2)) return BasketGone{rng.chance(1, 2) ? "till-1" : "till-2", {}};
      BasketTold told{"till-1", {{"1", "tea", "1", "", 6850, 0}}, {6850, 0, {}}, {}};
      if (rng.chance(1, 2)) told.member = base::MemberId{member};
      return told;
    }
    default:
      break;
  }
  if (rng.chance(1, 4)) return Tapped{static_cast<Target>(rng.below(static_cast<std::uint64_t>(Target::retry) + 1))};
  const auto offered = offered_targets(present(model, 0, noon_ms));
  return Tapped{offered[rng.below(offered.size())]};
}

}  // namespace

TEST_CASE("Whoever does whatever, there is a way on, every word is there, and an ended session leaves nothing") {
  base::SeededRng rng{2};
  auto model = kiosk();
  std::int64_t now_ms = 1;
  std::size_t visits[9]{};
  std::size_t ended = 0;
  for (int step = 0; step < steps; ++step) {
    now_ms += static_cast<std::int64_t>(rng.below(rng.chance(1, 50) ? 60'000 : 2'000));
    if (model.place == Place::phone && model.phone.empty() && rng.chance(1, 3)) type_number(model, now_ms);
    const auto before = present(model, now_ms, noon_ms);
    const auto cmds = update(model, anything(rng, model), now_ms);
    auto after = present(model, now_ms, noon_ms);
    if (std::exchange(after.revision, before.revision) == before.revision && after != before) {
      FAIL("a change that the revision does not tell at step " << step);
    }
    ++visits[static_cast<std::size_t>(model.place)];

    for (const auto locale : {Locale::zh_cn, Locale::en}) {
      auto shown = model;
      shown.locale = locale;
      const auto view = present(shown, now_ms, noon_ms);
      check_words(view);
    }

    check_way_out(model, now_ms);
    // However it goes on, silence ends it.
    auto left_alone = model;
    if (left_alone.place != Place::attract && left_alone.idle_at_ms <= now_ms) FAIL("a session without an end");
    // What the first screen promises changes for ever.
    const auto rests = [&left_alone] {
      return left_alone.place == Place::attract && left_alone.idle_at_ms == 0 && left_alone.toast_until_ms == 0 &&
             !left_alone.busy;
    };
    for (int ticks = 0; left_alone.next_tick_ms > 0 && !rests(); ++ticks) {
      if (ticks > 40) FAIL("ticks without an end");
      feed(left_alone, Ticked{}, std::max(left_alone.next_tick_ms, now_ms));
    }
    if (left_alone.place != Place::attract) FAIL("a dead end at step " << step);
    if (mentions_somebody(present(left_alone, now_ms, noon_ms))) FAIL("somebody is left on the screen");

    const bool session_ended = std::any_of(cmds.begin(), cmds.end(), [](const Cmd& c) {
      return std::holds_alternative<EndSession>(c) || std::holds_alternative<LeaveSession>(c);
    });
    const bool started =
        std::any_of(cmds.begin(), cmds.end(), [](const Cmd& c) { return std::holds_alternative<StartSession>(c); });
    if (session_ended && !started) {
      ++ended;
      if (mentions_somebody(present(model, now_ms, noon_ms)) || !model.phone.empty() || model.consent_membership ||
          model.consent_marketing) {
        FAIL("the session before is still there at step " << step);
      }
    }
  }
  CHECK(ended > 100);
  for (const auto count : visits) CHECK(count > 50);
}
