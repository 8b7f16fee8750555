// SPDX-License-Identifier: Apache-2.0
// RawFacts: facts by their place, from the batches as they were sent. For the few that look back at an earlier fact; an
// index over every event would be paid by every event. Keeps the batch that was looked into last. Inside `hub_core`
// only; the projector's thread.
#pragma once

#include "sync/hub/core/hub_values.h"
#include "sync/model/refund.h"
#include "sync/sqlite/connection.h"
#include "sync/wire/messages.h"

#include <optional>
#include <string_view>
#include <vector>

namespace millpond::hub {

// In the hub's own log, before the points of a sale that it rated: which one.
inline constexpr std::size_t rated_place_bytes = 16;

// True for a verdict that is told although what the fact says was booked, if not all of it.
[[nodiscard]] bool books_although(std::string_view code);

class RawFacts {
 public:
  explicit RawFacts(sqlite::Connection& database) : database_{database} {}

  // Nothing where none was sent, or it cannot be understood.
  [[nodiscard]] base::Result<std::optional<model::Fact>> at(const FactPlace& place);
  // The same for what only people read: also nothing where it changed on the disk, so that no advice stops what counts.
  [[nodiscard]] base::Result<std::optional<model::Fact>> advice_at(const FactPlace& place);
  // Whether it was booked, wholly or in part: what was told something was mostly not.
  [[nodiscard]] base::Result<bool> was_booked(const FactPlace& place);
  // Whether stage 2 had come to it when it came to `now`.
  [[nodiscard]] base::Result<bool> is_projected(const FactPlace& place, const FactPlace& now);

  // What a sale did, by the facts behind it that were projected and booked; in the lane of `now` those through it. Of
  // points that were spent those that were there. A journal that went on in another lane may have taken the rest along.
  // Nothing when there is no such sale.
  struct Sale {
    model::SaleEffects effects;
    bool complete{};  // what came after it was seen: nothing more will follow
  };
  [[nodiscard]] base::Result<std::optional<Sale>> sale_at(const FactPlace& place, const FactPlace& now);
  // Lanes that may have taken along what followed a fact.
  struct Successor {
    Lane lane{};
    base::Seq head;  // the last fact that stayed behind
  };
  [[nodiscard]] base::Result<std::vector<Successor>> successors(const FactPlace& place);

 private:
  [[nodiscard]] base::Result<> read_batch(const FactPlace& around);
  [[nodiscard]] base::Result<std::optional<model::Fact>> of_hub(base::Seq seq);
  // What the hub gave for a sale that its terminal could not rate, where that is booked.
  [[nodiscard]] base::Result<std::optional<model::Fact>> rating_of(const model::Stamp& sale, const FactPlace& now);
  [[nodiscard]] base::Result<std::optional<model::Fact>> decision_of(const model::Stamp& award, const FactPlace& now);
  // Takes what is of the sale from a place on; true when the next sale was seen.
  [[nodiscard]] base::Result<bool> walk(model::SaleReader& reader, FactPlace from, const FactPlace& now);
  [[nodiscard]] base::Result<base::Seq> projected(Lane lane, const FactPlace& now);

  struct Read {
    Lane lane{};
    std::uint64_t first_seq{};
    std::uint64_t last_seq{};
    std::vector<wire::Row> rows;
  };
  sqlite::Connection& database_;
  Read read_;
};

}  // namespace millpond::hub
