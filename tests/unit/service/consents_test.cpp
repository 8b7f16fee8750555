// SPDX-License-Identifier: Apache-2.0
// A member at the screen takes a consent back and gives it again, without a line.
#include "tests/unit/service/counter.h"

using namespace millpond;
using flow::Target;
using nlohmann::json;
using tests::Before;
using tests::Counter;

namespace {

struct Kiosk : Counter {
  std::string card = service->shop()->terminal().member_code({88});

  Kiosk() : Counter{Before::told_by_the_hub} {}
  void told(std::vector<wire::ConsentVersion> consents) {
    wire::ProfileRow profile{base::MemberId{88}, "138****8000"};
    profile.consents = std::move(consents);
    hub_says({tests::row_of(wire::RowKind::profile, 88, wire::encode(profile))});
  }
  flow::ConsentView open_choices() {
    wait_for("attract");
    REQUIRE(screen->send(link::Code{card}));
    const auto view = wait_for("card");
    CHECK(std::get<flow::CardView>(view.screen).consents);
    tap(Target::my_consents);
    return std::get<flow::ConsentView>(wait_for("consent").screen);
  }
  // Touches a choice and waits until it shows the answer.
  bool touch(Target target, bool wanted) { return touch(target, target, wanted); }
  bool touch(Target touched, Target target, bool wanted) {
    tap(touched);
    const auto checked = [&](const flow::ViewModel& view) -> std::optional<bool> {
      const auto& choices = std::get<flow::ConsentView>(view.screen).choices;
      const auto found = std::ranges::find(choices, target, &flow::ConsentChoice::target);
      return found == choices.end() ? std::nullopt : std::optional{found->checked};
    };
    return *checked(wait_for("consent", [&](const auto& view) { return checked(view) == wanted; }));
  }
  void leave() { tap(Target::exit); }
  [[nodiscard]] long changes() const {
    const auto entries = ask("journal", {{"queued_only", true}}).at("entries");
    return std::ranges::count_if(entries, [](const json& entry) { return entry.at("kind") == "consent_changed"; });
  }
};

constexpr auto marketing = static_cast<std::uint32_t>(model::Purpose::marketing);
constexpr auto partners = static_cast<std::uint32_t>(model::Purpose::partners);

}  // namespace

TEST_CASE("Taking a consent back takes one touch, as giving it does, and is there at the next visit") {
  Kiosk kiosk;
  kiosk.told({{marketing, 0, true}});
  const auto view = kiosk.open_choices();
  REQUIRE(view.choices.size() == 1);
  CHECK(view.choices[0].checked);
  CHECK(view.choices[0].detail == "News");  // the very words of the programme
  CHECK_FALSE(kiosk.touch(Target::consent_marketing, false));
  CHECK(kiosk.changes() == 1);
  kiosk.leave();

  // The hub has not told of it: what was said here counts.
  CHECK_FALSE(kiosk.open_choices().choices.at(0).checked);
  kiosk.tap(Target::consent_marketing);
  CHECK(kiosk.touch(Target::age_enough, Target::consent_marketing, true));
  CHECK(kiosk.changes() == 2);
  kiosk.leave();
  CHECK(kiosk.open_choices().choices.at(0).checked);
  kiosk.leave();

  // Somebody took it back elsewhere, after that.
  kiosk.told({{marketing, 3, false}});
  CHECK_FALSE(kiosk.open_choices().choices.at(0).checked);
}

TEST_CASE("Who has said how old they are is not asked at the next visit, here or wherever the hub has told of it") {
  Kiosk kiosk;
  static_cast<void>(kiosk.open_choices());
  kiosk.tap(Target::consent_marketing);
  CHECK(kiosk.touch(Target::age_enough, Target::consent_marketing, true));
  kiosk.leave();
  static_cast<void>(kiosk.open_choices());
  CHECK_FALSE(kiosk.touch(Target::consent_marketing, false));
  CHECK(kiosk.touch(Target::consent_marketing, true));  // with one touch
  kiosk.leave();

  Kiosk other;
  const auto consent = [&] {
    return other.ask("consent", {{"code", other.card}, {"purpose", "marketing"}, {"granted", true}});
  };
  CHECK(consent().at("error") == "age_not_told");
  other.hub_says({tests::row_of(wire::RowKind::member, 88,
                                wire::encode(wire::MemberRow{base::MemberId{88}, 2'490, 249'000, 2, {}, {}, 14}))});
  static_cast<void>(other.open_choices());
  CHECK(other.touch(Target::consent_marketing, true));
  other.leave();
  CHECK(consent().at("granted") == true);
}

TEST_CASE("Somebody with a guardian is asked each time, because the guardian has to be there") {
  Kiosk kiosk;
  static_cast<void>(kiosk.open_choices());
  kiosk.tap(Target::consent_marketing);
  CHECK(kiosk.touch(Target::age_guardian, Target::consent_marketing, true));
  kiosk.leave();
  static_cast<void>(kiosk.open_choices());
  CHECK_FALSE(kiosk.touch(Target::consent_marketing, false));
  kiosk.tap(Target::consent_marketing);
  kiosk.wait_for("consent", [](const auto& view) {
    const auto& choices = std::get<flow::ConsentView>(view.screen).choices;
    return std::ranges::find(choices, Target::age_guardian, &flow::ConsentChoice::target) != choices.end();
  });
}

TEST_CASE("What was never agreed to is not ticked, and what the programme has no words for can be taken back only") {
  Kiosk kiosk;
  CHECK_FALSE(kiosk.open_choices().choices.at(0).checked);
  kiosk.leave();
  kiosk.told({{partners, 1, true}});
  const auto view = kiosk.open_choices();
  REQUIRE(view.choices.size() == 2);
  CHECK(view.choices[1].target == Target::consent_partners);
  CHECK_FALSE(view.choices[1].detail.empty());
  CHECK_FALSE(kiosk.touch(Target::consent_partners, false));
  kiosk.tap(Target::consent_partners);
  kiosk.tap(Target::age_enough);  // giving it needs words
  kiosk.wait_for("consent", [](const auto& shown) { return shown.toast && shown.toast->tone == flow::Tone::warning; });
  CHECK(kiosk.changes() == 1);
  kiosk.leave();
  CHECK(kiosk.open_choices().choices.size() == 1);
}
