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
  void attach(link::ConnectionId connection, const std::string& screen) {
    screens.handle(connection, link::Hello{link::protocol_version, screen});
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
