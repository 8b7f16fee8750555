// SPDX-License-Identifier: Apache-2.0
// RecordOnce: a sale that was heard of by another way than the gateway (a printed receipt, a file of the day's end)
// into the same sale key: what is recorded already counts once, whichever way told of it first. Blocks as the handler
// does; any thread.
#pragma once

#include "hardware/ports/till_gateway.h"

#include <string>

namespace millpond::till {

enum class Once : std::uint8_t {
  recorded,
  known,        // under this key, with this total
  changed,      // under this key, with another total or one that nobody knows any more: the first stands
  unavailable,  // nothing could be committed: later
  refused,      // and stays so
};

struct OnceAnswer {
  Once once{};
  std::string detail{};  // technical: the answer's code, or the other total
};

// only_look: tells recorded where the sale would be recorded, and records nothing.
[[nodiscard]] OnceAnswer record_once(ports::TillHandler& handler, const ports::TillSale& sale, bool only_look = false);

// The total that an answer of TillHandler::sale says; nothing when it says none, or is a refund's.
[[nodiscard]] std::optional<std::int64_t> total_of_answer(base::ByteView json);
// By which way but the gateway the sale of an answer was told (TillSale::heard); empty: by the gateway.
[[nodiscard]] std::string heard_of_answer(base::ByteView json);
// heard of what was typed at a cashier's screen.
inline constexpr const char* heard_at_counter = "counter";

}  // namespace millpond::till
