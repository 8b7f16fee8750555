// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/screens.h"
#include "tests/support/manual_clock.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::service {
namespace {

// Screens with a clock that stands still and a link that writes down what it was given.
struct Counter {
  tests::ManualClock clock{1'700'000'000'000, 1'000};
  std::vector<std::pair<link::ConnectionId, link::Message>> sent;
  std::vector<std::pair<std::string, flow::Cmd>> commands;
  Screens screens{
      clock, flow::Locale::zh_cn,
      [this](const std::string& screen, const flow::Cmd& command) { commands.emplace_back(screen, command); },
      [this](link::ConnectionId connection, const link::Message& message) { sent.emplace_back(connection, message); }};

  Counter() {
    screens.set_provisioned(true);
    model::Programme programme;
    programme.version = 1;
    programme.brand_name = {"灯笼茶铺", "Lantern Tea House"};
    programme.currency = *base::parse_currency("CNY");
    programme.earn = {1, 100};
    programme.zone = {{0, 480}};
    screens.deliver_to_all(flow::ProgrammeChanged{programme});
  }
  void attach(link::ConnectionId connection, const std::string& screen, const std::string& role = "kiosk") {
    screens.handle(connection, link::Hello{link::protocol_version, screen, role});
  }
  void tap(link::ConnectionId connection, flow::Target target) { screens.handle(connection, link::Tap{target}); }
  // Up to the command that the service has to carry out.
  void type_number(link::ConnectionId connection, bool from_attract = true) {
    using flow::Target;
    if (from_attract) tap(connection, Target::join);
    for (const char digit : std::string{"13800138000"}) {
      tap(connection, static_cast<Target>(static_cast<int>(Target::digit_0) + (digit - '0')));
    }
    for (const auto target : {Target::submit, Target::age_enough, Target::consent_membership, Target::submit}) {
      tap(connection, target);
    }
  }
  void join(link::ConnectionId connection, const std::string& screen, std::uint64_t member, bool from_attract = true) {
    type_number(connection, from_attract);
    REQUIRE(std::holds_alternative<flow::Enrol>(commands.back().second));
    const auto ticket = std::get<flow::Enrol>(commands.back().second).ticket;
    screens.deliver(screen, flow::Enrolled{base::MemberId{member}, ticket});
    CHECK(shown_to(connection) == "issued");
  }
  [[nodiscard]] std::optional<flow::DeskView> desk_of(link::ConnectionId connection) const {
    for (auto entry = sent.rbegin(); entry != sent.rend(); ++entry) {
      const auto* show = std::get_if<link::Show>(&entry->second);
      if (entry->first == connection && show != nullptr) return std::get<flow::DeskView>(show->view.screen);
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string shown_to(link::ConnectionId connection) const {
    for (auto entry = sent.rbegin(); entry != sent.rend(); ++entry) {
      const auto* show = std::get_if<link::Show>(&entry->second);
      if (entry->first == connection && show != nullptr) return std::string{flow::screen_name(show->view.screen)};
    }
    return {};
  }
  [[nodiscard]] bool told_to_wipe(link::ConnectionId connection) const {
    for (const auto& [to, message] : sent) {
      if (to == connection && std::holds_alternative<link::SessionEnded>(message)) return true;
    }
    return false;
  }
};

flow::MemberCard card_of(std::uint64_t member) {
  flow::MemberCard card;
  card.member = base::MemberId{member};
  card.shown_name = "138****8000";
  return card;
}

TEST_CASE("A killed screen comes back under its name where it was") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  CHECK(counter.shown_to(1) == "attract");
  counter.screens.handle(1, link::Tap{flow::Target::start_scan});
  CHECK(counter.shown_to(1) == "scan");
  counter.screens.detach(1);
  counter.attach(2, "kiosk-1");
  CHECK(counter.shown_to(2) == "scan");
}

TEST_CASE("The service knows of each screen's hand scanner what that screen told") {
  Counter counter;
  counter.attach(1, "cashier-1");
  counter.attach(2, "cashier-2");
  CHECK(counter.screens.scanner_of("cashier-1") == ports::DeviceState::not_configured);
  counter.screens.handle(1, link::Scanner{ports::DeviceState::absent});
  CHECK(counter.screens.scanner_of("cashier-1") == ports::DeviceState::absent);
  counter.screens.handle(1, link::Scanner{ports::DeviceState::ok});
  CHECK(counter.screens.scanner_of("cashier-1") == ports::DeviceState::ok);
  CHECK(counter.screens.scanner_of("cashier-2") == ports::DeviceState::not_configured);
  CHECK(counter.screens.scanner_of("nobody") == ports::DeviceState::not_configured);
}

TEST_CASE("A screen that attaches twice speaks through its newest connection only") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  counter.attach(2, "kiosk-1");
  counter.screens.handle(1, link::Tap{flow::Target::start_scan});
  CHECK(counter.shown_to(2) == "attract");
  counter.screens.handle(2, link::Tap{flow::Target::start_scan});
  CHECK(counter.shown_to(2) == "scan");
}

TEST_CASE("A session answers for one sale, and for none once it has ended") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  CHECK(counter.screens.claim_session().member == base::MemberId{});

  counter.screens.handle(1, link::Code{"K1:whatever"});
  counter.screens.deliver("kiosk-1", flow::MemberFound{card_of(7)});
  const auto claim = counter.screens.claim_session();
  CHECK(claim.member == base::MemberId{7});
  CHECK(claim.screen_id == "kiosk-1");
  CHECK(counter.screens.claim_session().member == base::MemberId{});

  counter.screens.give_back(claim);
  CHECK(counter.screens.claim_session().member == base::MemberId{7});
  counter.screens.give_back(claim);
  counter.screens.handle(1, link::Tap{flow::Target::exit});
  CHECK(counter.screens.claim_session().member == base::MemberId{});
  CHECK(counter.told_to_wipe(1));
}

TEST_CASE("Who is named at the till is shown the sale at the screen in front of them only") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  counter.screens.handle(1, link::Code{"K1:whatever"});
  counter.screens.deliver("kiosk-1", flow::MemberFound{card_of(7)});
  CHECK(counter.screens.claim_session_of(base::MemberId{8}).screen_id.empty());
  CHECK(counter.screens.claim_session_of(base::MemberId{7}).screen_id == "kiosk-1");
}

TEST_CASE("Another member's scan begins a session of its own") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  counter.screens.handle(1, link::Code{"K1:one"});
  counter.screens.deliver("kiosk-1", flow::MemberFound{card_of(7)});
  counter.screens.handle(1, link::Code{"K1:other"});
  counter.screens.deliver("kiosk-1", flow::MemberFound{card_of(8)});
  CHECK(counter.screens.claim_session().member == base::MemberId{8});
}

TEST_CASE("Whoever typed a number and left is paid for next, once, and not after three minutes") {
  struct Row {
    const char* what;
    bool waits;  // until the screen forgets by itself, else presses done
    std::int64_t later_ms;
    std::uint64_t member;
  };
  for (const Row& row : {Row{"done", false, 1'000, 7}, Row{"just in time", false, Screens::paying_ms - 1, 7},
                         Row{"too late", false, Screens::paying_ms, 0}, Row{"without a word", true, 1'000, 7}}) {
    CAPTURE(row.what);
    Counter counter;
    counter.attach(1, "kiosk-1");
    counter.join(1, "kiosk-1", 7);
    if (row.waits) {
      counter.clock.set_monotonic_ms(1'000 + flow::idle_ms);
      counter.screens.wake();
    } else {
      counter.tap(1, flow::Target::done);
    }
    CHECK(counter.shown_to(1) == "attract");
    CHECK(counter.told_to_wipe(1));
    counter.clock.set_monotonic_ms(counter.clock.monotonic_ms() + row.later_ms);
    const auto claim = counter.screens.claim_session();
    CHECK(claim.member == base::MemberId{row.member});
    CHECK(claim.screen_id.empty());  // whoever stands there now is somebody else
    CHECK(counter.screens.claim_session().member == base::MemberId{});
    if (row.member == 0) continue;
    counter.screens.give_back(claim);
    CHECK(counter.screens.claim_session().member == base::MemberId{7});
  }
}

TEST_CASE("Who left to pay comes before who stands at the screen now, and whoever ends a session is not paid for") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  counter.join(1, "kiosk-1", 7);
  counter.tap(1, flow::Target::done);
  counter.screens.handle(1, link::Code{"K1:other"});
  counter.screens.deliver("kiosk-1", flow::MemberFound{card_of(8)});
  CHECK(counter.screens.claim_session().member == base::MemberId{7});
  CHECK(counter.screens.claim_session().member == base::MemberId{8});

  counter.tap(1, flow::Target::exit);
  counter.join(1, "kiosk-1", 9);
  counter.tap(1, flow::Target::exit);
  CHECK(counter.screens.claim_session().member == base::MemberId{});
}

TEST_CASE("A sale of a member is the one of all their sessions") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  counter.join(1, "kiosk-1", 7);
  counter.tap(1, flow::Target::done);
  CHECK(counter.screens.claim_session_of(base::MemberId{7}).screen_id.empty());
  CHECK(counter.screens.claim_session().member == base::MemberId{});
  // Named anew, they are paid for once.
  counter.join(1, "kiosk-1", 7);
  counter.tap(1, flow::Target::done);
  counter.join(1, "kiosk-1", 7);
  CHECK(counter.screens.claim_session().member == base::MemberId{7});
  CHECK(counter.screens.claim_session().member == base::MemberId{});
}

TEST_CASE("Each cashier is answered by the display that was free for them") {
  Counter counter;
  counter.attach(1, "desk-1", "cashier");
  counter.attach(2, "desk-2", "cashier");
  counter.attach(3, "display-1", "customer");
  const auto invite = [&](link::ConnectionId desk) {
    counter.tap(desk, flow::Target::join);
    counter.tap(desk, flow::Target::invite);
  };
  invite(1);
  CHECK(counter.shown_to(3) == "phone");
  invite(2);
  CHECK(counter.desk_of(2)->prompt->problem);  // the only one is busy
  counter.join(3, "display-1", 7, false);
  CHECK(counter.desk_of(1)->prompt->icon == flow::Icon::check);
  CHECK(counter.desk_of(2)->prompt->problem);

  counter.attach(4, "display-2", "customer");
  counter.tap(2, flow::Target::invite);
  CHECK(counter.shown_to(4) == "phone");
  CHECK_FALSE(counter.desk_of(2)->prompt->problem);
}

TEST_CASE("Whoever joins after the cashier has gone on is paid for by themselves") {
  Counter counter;
  counter.attach(1, "desk-1", "cashier");
  counter.attach(2, "display-1", "customer");
  counter.tap(1, flow::Target::join);
  counter.tap(1, flow::Target::invite);
  counter.tap(1, flow::Target::clear);  // let go again
  counter.join(2, "display-1", 7, false);
  CHECK_FALSE(counter.desk_of(1)->member);
  const auto claim = counter.screens.claim_session();
  CHECK(claim.member == base::MemberId{7});
  CHECK(claim.screen_id == "display-1");
}

TEST_CASE("A session ends by its deadline although nobody is attached") {
  Counter counter;
  counter.attach(1, "kiosk-1");
  counter.screens.handle(1, link::Code{"K1:whatever"});
  counter.screens.deliver("kiosk-1", flow::MemberFound{card_of(7)});
  counter.screens.detach(1);
  for (int i = 0; i < 200 && counter.screens.next_wake_ms() != 0; ++i) {
    counter.clock.set_monotonic_ms(counter.screens.next_wake_ms());
    counter.screens.wake();
  }
  CHECK(counter.screens.claim_session().member == base::MemberId{});
  counter.attach(2, "kiosk-1");
  CHECK(counter.shown_to(2) == "attract");
}

TEST_CASE("Until the machine is a terminal its screens say so") {
  Counter counter;
  counter.screens.set_provisioned(false);
  counter.attach(1, "kiosk-1");
  CHECK(counter.shown_to(1) == "notice");
  counter.screens.set_provisioned(true);
  CHECK(counter.shown_to(1) == "attract");
}

TEST_CASE("Strangers are not screens") {
  Counter counter;
  counter.screens.handle(9, link::Tap{flow::Target::start_scan});
  CHECK(counter.sent.empty());
  for (int i = 0; i < 40; ++i) counter.attach(static_cast<link::ConnectionId>(100 + i), "screen-" + std::to_string(i));
  CHECK(counter.screens.shown().size() == 16);
}

}  // namespace
}  // namespace millpond::service
