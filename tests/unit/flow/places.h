// SPDX-License-Identifier: Apache-2.0
// A kiosk with somebody at each of its places, and the names of what flow's tests are about.
#pragma once

#include "tests/unit/flow/people.h"

#include <string>
#include <vector>

namespace millpond::tests {

using namespace millpond::flow;

inline constexpr std::int64_t start_ms = 1'000'000;

inline std::string name_of(Place place) {
  constexpr const char* names[]{"attract", "scan", "phone",  "age",        "too_young",
                                "consent", "card", "issued", "my_consents"};
  return names[static_cast<int>(place)];
}

inline std::string names_of(const std::vector<Cmd>& cmds) {
  constexpr const char* names[]{"Identify",     "Enrol",         "PrintCard",   "EndSession",
                                "StartSession", "ChangeConsent", "LeaveSession"};
  std::string all;
  for (const auto& cmd : cmds) all += (all.empty() ? "" : " ") + std::string{names[cmd.index()]};
  return all;
}

inline void type_phone(Model& model, const std::string& digits) {
  for (const char digit : digits) {
    feed(model, Tapped{static_cast<Target>(static_cast<int>(Target::digit_0) + (digit - '0'))}, start_ms);
  }
}

// A kiosk with somebody at each place.
inline Model at(Place place) {
  auto model = kiosk();
  const auto tap = [&](Target target) { feed(model, Tapped{target}, start_ms); };
  switch (place) {
    case Place::attract:
      break;
    case Place::scan:
      tap(Target::start_scan);
      break;
    case Place::phone:
      tap(Target::join);
      break;
    case Place::age:
    case Place::too_young:
    case Place::consent:
      tap(Target::join);
      type_phone(model, "13800138000");
      tap(Target::submit);
      if (place != Place::age) tap(place == Place::consent ? Target::age_enough : Target::age_younger);
      break;
    case Place::card:
      feed(model, CodeRead{"K1:LIN"}, start_ms);
      feed(model, MemberFound{card_of(lin)}, start_ms);
      break;
    case Place::issued:
      feed(model, CodeRead{"K1:LIN"}, start_ms);
      feed(model, MemberFound{card_of(lin)}, start_ms);
      feed(model, SaleCommitted{sale_of(lin), card_of(lin)}, start_ms);
      break;
    case Place::my_consents:
      feed(model, CodeRead{"K1:LIN"}, start_ms);
      feed(model, MemberFound{card_of(lin)}, start_ms);
      tap(Target::my_consents);
      break;
  }
  REQUIRE(model.place == place);
  return model;
}

inline Model identifying(Place from) {
  auto model = at(from);
  feed(model, CodeRead{"K1:X"}, start_ms);
  return model;
}

inline Model enrolling() {
  auto model = at(Place::consent);
  feed(model, Tapped{Target::consent_membership}, start_ms);
  feed(model, Tapped{Target::submit}, start_ms);
  REQUIRE(model.busy);
  return model;
}

inline Model enrolled() {
  auto model = enrolling();
  feed(model, Enrolled{base::MemberId{lin}}, start_ms);
  REQUIRE(model.just_enrolled);
  return model;
}

inline bool holds_member_data(const Model& model) {
  return model.card || model.sale || !model.phone.empty() || model.consent_membership || model.consent_marketing ||
         model.just_enrolled || model.printed || model.problem || model.consent_saved || model.agreeing ||
         model.reading || model.age != model::AgeAnswer::not_asked || model.joined || model.card_slip != 0 ||
         !model.code_waiting.empty();
}

}  // namespace millpond::tests
