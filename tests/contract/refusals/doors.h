// SPDX-License-Identifier: Apache-2.0
// Doors: every reader of foreign input and every address that hub and gateway serve, and what it says to input that is
// wrong in one of eight manners. A cell of the table refuses by a named code, takes the input for a reason, or has no
// meaning for a reason; nothing is left out.
#pragma once

#include "sync/base/result.h"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::tests {

// In the order of a door's cells.
inline constexpr std::array<std::string_view, 8> manners{"forged",  "truncated",   "replayed",    "re-ordered",
                                                         "expired", "wrong store", "wrong brand", "future-dated"};

// Why it was refused; nothing when it was let in.
using Verdict = std::optional<base::Code>;

struct Cell {
  enum class Kind : std::uint8_t { refused, taken, senseless } kind{};
  base::Code code{};                // of refused
  std::string_view why{};           // of the others
  std::function<Verdict()> show{};  // makes everything it needs anew; none for senseless
};

[[nodiscard]] inline Cell refused(base::Code code, std::function<Verdict()> show) {
  return {Cell::Kind::refused, code, {}, std::move(show)};
}
[[nodiscard]] inline Cell taken(std::string_view why, std::function<Verdict()> show) {
  return {Cell::Kind::taken, {}, why, std::move(show)};
}
[[nodiscard]] inline Cell senseless(std::string_view why) { return {Cell::Kind::senseless, {}, why, {}}; }

struct Door {
  std::string_view name;
  std::function<Verdict()> genuine;  // the same with nothing wrong about it
  std::array<Cell, manners.size()> cells;
  std::string_view serves{};  // the address that the input is posted to, "/v1/up"; empty for what is read elsewhere
};

template <class Value>
[[nodiscard]] Verdict verdict_of(const base::Result<Value>& result) {
  return result ? std::nullopt : Verdict{result.error().code};
}

[[nodiscard]] std::vector<Door> code_doors();      // QR codes
[[nodiscard]] std::vector<Door> document_doors();  // what a hub, or somebody in its place, sends
[[nodiscard]] std::vector<Door> hub_doors();       // what terminals send
[[nodiscard]] std::vector<Door> route_doors();     // addresses of the hub, asked as over HTTP
[[nodiscard]] std::vector<Door> till_doors();      // addresses of the gateway, asked over HTTP
[[nodiscard]] std::vector<Door> newcomer_doors();  // machines that want to become terminals
[[nodiscard]] std::vector<Door> people_doors();    // tills and people behind the counter

}  // namespace millpond::tests
