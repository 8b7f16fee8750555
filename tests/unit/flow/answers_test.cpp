// SPDX-License-Identifier: Apache-2.0
// Answers that come late, twice, for somebody else or not at all, and what waits for them.
#include "tests/unit/flow/places.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

TEST_CASE("A print reports to the screen that asked for it, and to no other") {
  auto model = at(Place::issued);
  const auto slip = model.sale->event_seq;
  CHECK(model.slip_printing);
  feed(model, PrintDone{true, ports::DeviceState::ok, slip + 1}, start_ms);
  CHECK(model.slip_printing);  // another screen's
  feed(model, PrintDone{true, ports::DeviceState::ok, slip}, start_ms);
  CHECK(model.printed == true);
  CHECK_FALSE(present(model, start_ms, noon_ms).toast.has_value());
  feed(model, Tapped{Target::done}, start_ms);
  feed(model, Tapped{Target::print_card}, start_ms);
  feed(model, CardQueued{77}, start_ms);
  feed(model, PrintDone{true, ports::DeviceState::ok, slip}, start_ms);
  CHECK(model.card_printing);
  feed(model, PrintDone{false, ports::DeviceState::paper_out, 77}, start_ms);
  CHECK(model.printed == false);
  CHECK(present(model, start_ms, noon_ms).toast.has_value());
  feed(model, Ticked{}, start_ms + toast_ms);
  CHECK_FALSE(present(model, start_ms + toast_ms, noon_ms).toast.has_value());
  // One that could not even be queued has no number.
  feed(model, Tapped{Target::print_card}, start_ms + toast_ms);
  feed(model, PrintDone{false, ports::DeviceState::busy, 0}, start_ms + toast_ms);
  CHECK_FALSE(model.card_printing);
  CHECK(model.printed == false);
}

TEST_CASE("A slip that waited for paper is told again when it has come") {
  auto model = at(Place::issued);
  const auto slip = model.sale->event_seq;
  const auto hint = [&] { return std::get<IssuedView>(present(model, start_ms, noon_ms).screen).print_hint; };
  feed(model, PrintDone{false, ports::DeviceState::paper_out, slip}, start_ms);
  CHECK(hint().find("缺纸") != std::string::npos);
  feed(model, PrintDone{true, ports::DeviceState::ok, slip}, start_ms);
  CHECK(hint() == "请取走小票");
  // A printer that is well says nothing of what came out.
  feed(model, PrintDone{false, ports::DeviceState::ok, slip}, start_ms);
  CHECK(hint().find("可能没有") != std::string::npos);
}

TEST_CASE("Whoever typed a number hears of the slip of their sale, and never comes to a card") {
  auto model = enrolled();
  CHECK_FALSE(model.card.has_value());
  feed(model, SaleCommitted{weak_sale_of(lin), card_of(lin)}, start_ms);
  CHECK(std::get<IssuedView>(present(model, start_ms, noon_ms).screen).print_hint == "小票正在打印");
  feed(model, PrintDone{true, ports::DeviceState::ok, model.sale->event_seq}, start_ms);
  CHECK(std::get<IssuedView>(present(model, start_ms, noon_ms).screen).print_hint == "请取走小票");
  CHECK_FALSE(model.card.has_value());
  const auto cmds = update(model, Tapped{Target::done}, start_ms);
  CHECK(names_of(cmds) == "EndSession");
  CHECK(model.place == Place::attract);
}

TEST_CASE("Whoever typed a number and stands there in silence leaves to pay") {
  auto model = enrolled();
  CHECK(names_of(update(model, Ticked{}, start_ms + idle_ms)) == "LeaveSession");
  CHECK(model.place == Place::attract);
  CHECK_FALSE(holds_member_data(model));
}

TEST_CASE("A code that is shown while another is looked up is asked about afterwards") {
  auto model = identifying(Place::scan);
  CHECK(update(model, CodeRead{"K1:FIRST"}, start_ms).empty());
  CHECK(update(model, CodeRead{"K1:NEWEST"}, start_ms).empty());
  const auto cmds = update(model, IdentifyFailed{base::Code::member_unknown, model.ticket}, start_ms);
  REQUIRE(names_of(cmds) == "Identify");
  CHECK(std::get<Identify>(cmds.front()).code_text == "K1:NEWEST");
  CHECK(model.code_waiting.empty());
  feed(model, CodeRead{"K1:GONE"}, start_ms);
  CHECK(names_of(update(model, Tapped{Target::back}, start_ms)) == "EndSession");
}

TEST_CASE("What is not answered in time is given up, and the screen says so") {
  for (const auto place : {Place::scan, Place::consent, Place::my_consents}) {
    CAPTURE(name_of(place));
    auto model = place == Place::scan ? identifying(place) : place == Place::consent ? enrolling() : at(place);
    if (place == Place::my_consents) feed(model, Tapped{Target::consent_marketing}, start_ms);
    REQUIRE(model.busy);
    const auto ticket = model.ticket;
    CHECK(model.next_tick_ms == start_ms + answer_ms);
    feed(model, Ticked{}, start_ms + answer_ms);
    CHECK_FALSE(model.busy);
    CHECK(model.problem == base::Code::timeout);
    CHECK(name_of(model.place) == name_of(place));
    const auto view = present(model, start_ms + answer_ms, noon_ms);
    CHECK((view.toast || std::get<ScanView>(view.screen).problem));
    CHECK(update(model, MemberFound{card_of(lin), ticket}, start_ms + answer_ms).empty());
    CHECK(name_of(model.place) == name_of(place));
  }
}

TEST_CASE("An answer that comes after its session has ended shows nothing to the next person") {
  auto model = identifying(Place::scan);
  const auto old_ticket = model.ticket;
  feed(model, Tapped{Target::back}, start_ms);
  CHECK(update(model, MemberFound{card_of(lin), old_ticket}, start_ms).empty());
  CHECK(model.place == Place::attract);
  feed(model, CodeRead{"K1:B"}, start_ms);
  feed(model, MemberFound{card_of(lin), old_ticket}, start_ms);
  CHECK_FALSE(model.card.has_value());
  feed(model, MemberFound{card_of(wang), model.ticket}, start_ms);
  REQUIRE(model.card.has_value());
  CHECK(model.card->member.value == wang);
}
