// SPDX-License-Identifier: Apache-2.0
// What an operator wishes for and gets from HubCore: codes, orders and grants for new terminals, cards for members'
// phones. Values; each is told once and kept nowhere.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/model/rights.h"

#include <optional>
#include <string>

namespace millpond::hub {

struct NewCode {
  std::string code;           // ten digits; show it with wire::show_provision_code
  base::TerminalId terminal;  // the number it will get
  std::int64_t expires_ms{};
};

// What an operator hands to a technician.
struct NewOrder {
  std::string code;  // ten digits; show it with wire::show_provision_code
  std::uint64_t number{};
  std::int64_t expires_ms{};
};

struct GrantWish {
  base::StoreId store;
  int days{14};                                 // from today, 1 to 90
  std::string hub_url;                          // where the machine finds the hub later
  std::optional<model::HonourLimits> limits{};  // value and number; none: as the hub's other terminals
};
struct NewGrant {
  base::TerminalId terminal;
  std::string sheet;            // "MPG1:..."; whoever has it can be this terminal: it is told once and kept nowhere
  std::string matching_digits;  // the machine shows the same
  std::int64_t expires_ms{};
  base::Bytes file;  // wire::encode_grant_file(): the sheet with the documents of today, as much cash as the sheet
};

inline constexpr std::int32_t app_card_days = 30;
struct AppCard {
  base::Bytes card;  // for codes::compose_rotating()
  base::LocalDate last_day;
};

}  // namespace millpond::hub
