// SPDX-License-Identifier: Apache-2.0
// What HubCore is told by operators and what it answers them. Values.
#pragma once

#include "sync/crypto/pin.h"
#include "sync/hub/core/hub_store.h"
#include "sync/hub/core/phone_scope.h"
#include "sync/model/outage.h"

#include <functional>
#include <optional>
#include <string>

namespace millpond::hub {

// What an operator decides about people's data and people behind the counter.
struct PeopleSettings {
  PhoneScope scope{};
  std::optional<crypto::PinCost> pin_cost{};  // of new PINs; none: as dear as this machine makes about 350 ms
  bool compares_digits{true};  // who installs a terminal, with its screen; nobody does for a simulation's thousands
  // What a pass takes here, asked once, when the first PIN is set; unset: measured (crypto::measure_pin_pass_us).
  std::function<std::int64_t()> pin_pass_us{};
};

// What a document would be once it is published, and what one outage of all terminals could cost then.
struct ProgrammeBound {
  std::uint32_t version{};
  std::int64_t terminals{};  // that are believed
  model::OutageBound outage;
};

// Which terminals have the programme that was published last, as their questions to this process said.
struct ProgrammeReach {
  struct Terminal {
    base::TerminalId terminal;
    base::StoreId store;
    bool has_it{};
    std::int64_t asked_ms{};  // last; 0: not since the hub started
  };
  std::uint32_t version{};
  std::vector<Terminal> terminals;  // that are believed
};

// Everything that is kept of a person.
struct MemberExport {
  MemberFile file;
  struct Opened {
    model::ProfileField field{};  // 0: the phone
    std::uint32_t version{};
    std::string value;
  };
  std::vector<Opened> personal;
  model::MemberMarks marks;  // of the person
};

}  // namespace millpond::hub
