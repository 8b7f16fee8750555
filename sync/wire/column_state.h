// SPDX-License-Identifier: Apache-2.0
// What writer and reader of columns both remember of a batch, to promise the next value from those before. Promises are
// plain arithmetic on what the batch holds, never rules of the programme: they must come out alike in every release.
// Part of schema_columns: never change. Inside `wire` only. One batch, one thread.
#pragma once

#include "sync/model/facts.h"
#include "sync/wire/column_planes.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace millpond::wire {

// Values by the order of their first use.
template <class Value>
class Dictionary {
 public:
  // For the writer: its place, or nothing when it is new.
  [[nodiscard]] std::optional<std::size_t> find(const Value& value) {
    if (last_ < values_.size() && values_[last_] == value) return last_;  // often the one of before
    const auto found = places_.find(value);
    if (found == places_.end()) return std::nullopt;
    last_ = found->second;
    return last_;
  }
  template <class Io>
  std::size_t add(Io& io, const Value& value) {
    io.remember();
    if constexpr (Io::writing) places_.emplace(value, values_.size());
    values_.push_back(value);
    return values_.size() - 1;
  }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] const Value& operator[](std::size_t place) const { return values_[place]; }

 private:
  std::vector<Value> values_;
  std::unordered_map<Value, std::size_t> places_;
  std::size_t last_{};
};

// The sale that points, coupons and slips refer to.
struct LastSale {
  std::uint64_t seq{};
  std::uint64_t member{};
  model::SaleKey key;
  std::int64_t base_minor{};  // what earned
};

struct CouponTermsSeen {
  std::uint64_t value_minor{};
  std::uint64_t threshold_minor{};
  std::uint64_t starts_after_days{};
  std::uint64_t valid_days{};
};

// What schema_later_columns says of a coupon besides.
struct CouponOriginSeen {
  std::uint64_t by{};
  std::uint64_t variant{};
  std::uint64_t least_paid_minor{};
};

struct PriceSeen {
  std::uint64_t net_minor{};
  std::uint64_t quantity{1};
  std::optional<std::size_t> category;  // place in its dictionary
};

struct ColumnState {
  ColumnsHead head;
  model::Stamp previous;  // of the fact before; at first what the head says
  LastSale sale;
  std::uint64_t newest_id{};  // that this terminal gave to a member or coupon; at first what the head says
  std::uint64_t store{};      // at first what the head says
  std::uint64_t campaign{};
  std::uint64_t tenders{};
  Dictionary<std::string> tills;
  std::vector<std::string> transactions;  // last one of each till
  Dictionary<std::string> currencies;
  Dictionary<std::string> line_ids;
  Dictionary<std::string> skus;
  std::vector<PriceSeen> prices;  // of each sku
  Dictionary<std::string> quantities;
  Dictionary<std::string> categories;
  Dictionary<std::string> merchants;
  Dictionary<std::string> payments;
  Dictionary<std::string> reasons;
  Dictionary<std::string> languages;
  Dictionary<std::string> text_hashes;
  Dictionary<std::uint64_t> members;
  Dictionary<std::uint64_t> id_prefixes;
  std::unordered_map<std::uint64_t, CouponTermsSeen> terms;  // of each campaign
  bool later{};                                              // schema_later_columns; the rest is of it alone
  Dictionary<std::string> operators;
  Dictionary<std::string> modifiers;
  std::unordered_map<std::uint64_t, CouponOriginSeen> origins;  // of each offer
};

// "T-0041" and 1 give "T-0042"; "99" and 1 give "100". Nothing without digits at the end, and for more than 18.
[[nodiscard]] std::optional<std::string> number_after(const std::string& text, std::uint64_t step);
// The step that leads from one to the other, if one does.
[[nodiscard]] std::optional<std::uint64_t> step_between(const std::string& from, const std::string& to);
// A quantity of plain digits up to 999; 1 for any other.
[[nodiscard]] std::uint64_t whole_quantity(const std::string& text);
// The date at a place, for any time.
[[nodiscard]] base::LocalDate promised_date(std::int64_t occurred_at_ms, std::int32_t utc_offset_min);
// What earns of a sale: eligible less what was tendered in points, coupons and gift cards, never below 0.
[[nodiscard]] std::int64_t promised_base(const model::SaleRecorded& sale);

}  // namespace millpond::wire
