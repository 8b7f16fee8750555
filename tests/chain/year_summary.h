// SPDX-License-Identifier: Apache-2.0
// YearSummary: how many of what a generated year has, to hold against what was asked for. Sums over its events.
#pragma once

#include "sync/model/past_event.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace millpond::chain {

struct YearSummary {
  struct Sales {
    std::uint64_t count{};
    std::int64_t eligible_minor{};
    friend bool operator==(const Sales&, const Sales&) = default;
  };
  std::uint64_t events{};
  Sales sales;
  Sales of_members;
  std::array<Sales, 7> by_weekday{};  // Monday first, at the store
  std::array<Sales, 24> by_hour{};    // at the store
  std::map<std::uint32_t, Sales> by_store;
  std::map<std::string, Sales> labelled;        // sales, by label
  std::map<std::string, std::uint64_t> others;  // events that are no sale, by name
  std::uint64_t refunds_whole{};
  std::uint64_t late{};
  std::int64_t latest_ms{};  // the longest that the hub heard nothing of an event
  friend bool operator==(const YearSummary&, const YearSummary&) = default;

  void count(const model::PastEvent& event, std::int32_t utc_offset_min);
};

// "refund", "sale", "check_in": as in a file of past events.
[[nodiscard]] std::string_view event_name(const model::PastEvent& event);
// One JSON object over several lines.
[[nodiscard]] std::string to_json(const YearSummary& summary);

}  // namespace millpond::chain
