// SPDX-License-Identifier: Apache-2.0
// What a check of the hub's books found. Values; a check itself is HubCore::check().
#pragma once

#include <cstdint>
#include <string>

namespace millpond::hub {

// How much a check reads: sums against sums, or everything that was ever told, projected once more.
enum class CheckDepth : std::uint8_t { sums, rebuilt };

// A fold of the ledger against what is maintained, and the files' own check.
struct StoreCheck {
  bool database_ok{};
  std::uint64_t events{};
  std::int64_t ledger_points{};
  std::int64_t balance_points{};
  bool members_equal{};     // every single member's sum
  bool checkpoint_equal{};  // maintained count and checksum against a scan
  bool marks_hold{};        // every epoch's watermark and head against its batches, and its facts in the ledger
  bool figures_hold{};      // what status() says against a count
  bool log_holds{};         // the chain over what the hub itself originated
  bool pools_hold{};        // no pool has given out more than it had
  bool lots_hold{};         // lots of every member against the balance
  [[nodiscard]] bool holds() const {
    return database_ok && members_equal && checkpoint_equal && marks_hold && figures_hold && log_holds && pools_hold &&
           lots_hold;
  }
};

struct CoreCheck {
  StoreCheck store;
  std::uint64_t batches{};
  std::uint64_t batches_broken{};  // signature or chain does not hold
  std::uint64_t batches_asked{};   // of them, young enough for a terminal's ring: asked for again (HubStore::ask_again)
  std::uint64_t batches_put_right{};  // whole, but what stood beside them was not: made again (HubStore::put_right)
  std::uint64_t forks{};              // histories kept as evidence; a broken one counts as a broken batch
  std::string first_broken;           // "terminal 3 epoch 99 from 17"
  std::string rebuilt_otherwise;      // the first table that a rebuild would change
  [[nodiscard]] bool holds() const { return store.holds() && batches_broken == 0 && rebuilt_otherwise.empty(); }
  // What does not hold, by the names above, for people who look further: "marks_hold, terminal 3 epoch 99 from 17".
  [[nodiscard]] std::string broken() const;
};

// The newest check of this process, whoever asked for it.
struct LastCheck {
  std::int64_t at_ms{};  // when it ended
  bool holds{};
  std::string broken;  // CoreCheck::broken(), or how the file could not be read
};

}  // namespace millpond::hub
