// SPDX-License-Identifier: Apache-2.0
// FeedRows: writes downlink rows within a transaction, one live row or tombstone per (kind, key) with the number of its
// last change, and keeps count and checksum of member rows as it goes. Private to this room; thread and lifetime of its
// connection.
#pragma once

#include "sync/hub/core/held.h"
#include "sync/hub/core/hub_values.h"
#include "sync/wire/messages.h"

#include <array>

namespace millpond::hub {

// What people ask for, kept as it changes so that nobody has to count. Persisted in this order.
enum class Figure : std::uint8_t {
  members_awaited,
  members,
  members_removed,
  members_aliases,
  members_overdrawn,
  points,
  sales,
  coupons_issued,
  coupons_redeemed,
  losses,
  loss_minor,
  disputes,
  points_lost,
};
inline constexpr std::size_t figures_count = 13;
using Figures = std::array<std::int64_t, figures_count>;
[[nodiscard]] inline std::size_t place_of(Figure figure) { return static_cast<std::size_t>(figure); }

// The one row of table `hub`: what every transaction may need.
struct Counters {
  std::uint64_t generation{};
  std::uint64_t hub_seq{};          // last number given to a fact or a row
  std::uint64_t member_count{};     // live member rows
  std::uint64_t member_checksum{};  // sum of wire::row_checksum over them
  std::uint64_t projected_batch{};  // stage 2 is through with batches up to here
  std::uint64_t applied_log{};      // and with the hub's own log up to here
  std::uint64_t horizon{};          // tombstones up to here are gone
  Figures figures{};
  // Wraps like a checksum: no sum of balances comes near, and none may stop the projector.
  void count(Figure figure, std::int64_t more) {
    auto& value = figures.at(place_of(figure));
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(more));
  }
  friend bool operator==(const Counters&, const Counters&) = default;
};
[[nodiscard]] base::Result<Counters> load_counters(sqlite::Connection& database);
[[nodiscard]] base::Result<> save_counters(sqlite::Connection& database, const Counters& counters);

class FeedRows {
 public:
  FeedRows(sqlite::Connection& database, Counters& counters);

  // Writes the row under a new number; a row that would not change keeps its old one.
  [[nodiscard]] base::Result<> put(wire::RowKind kind, base::ByteView key, base::ByteView body, Scope scope = {});
  // The same for a key that certainly has no row yet, and is no member.
  [[nodiscard]] base::Result<> put_new(wire::RowKind kind, base::ByteView key, base::ByteView body, Scope scope = {});
  // The same for a member whose row the caller knows: `before` is the body it has, empty without a row.
  [[nodiscard]] base::Result<> put_member(base::ByteView key, base::ByteView before, base::ByteView body);
  // Leaves a tombstone, which says when. Without a live row nothing happens.
  [[nodiscard]] base::Result<> remove(wire::RowKind kind, base::ByteView key, std::int64_t now_ms);

 private:
  [[nodiscard]] base::Result<> write(wire::RowKind kind, base::ByteView key, base::ByteView body, Scope scope,
                                     std::int64_t deleted_ms);

  Counters& counters_;
  Held find_;
  Held write_;
  Held insert_;
};

[[nodiscard]] base::Bytes key_of(std::uint64_t id, std::size_t size = 8);  // big-endian

}  // namespace millpond::hub
