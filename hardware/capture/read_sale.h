// SPDX-License-Identifier: Apache-2.0
// ReadSale: what a printed receipt says, by the templates of its till. Either a sale whose parts agree, or something
// that is known to be no sale, or a reason why a person must look; never a guess. Pure; any thread.
#pragma once

#include "hardware/capture/escpos_reader.h"
#include "hardware/capture/template.h"
#include "hardware/ports/till_gateway.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::capture {

enum class Verdict : std::uint8_t { sale, no_sale, review };

// Names are stable: programs and docs/capture.md refer to them.
enum class Reason : std::uint8_t {
  none,
  no_template,        // no template's signature is on it
  several_templates,  // more than one is, and none says more than the others
  hole,               // bytes were printed that never came here
  too_long,
  only_pictures,       // printed as dots: nothing to read
  field_missing,       // the detail names it
  field_ambiguous,     // found with different values
  line_unknown,        // among the items, and no rule takes it
  items_differ,        // items and adjustments do not add up to the total
  tenders_differ,      // tenders less change do not
  amount_implausible,  // nought, negative, or more than the template allows
  date_implausible,    // not yesterday, today or tomorrow
  training,
  refund,
  voided,
  copy,            // printed again: counts once
  amount_changed,  // this number and day were recorded with another amount
  not_recorded,    // the terminal could not take it; it tries again by itself
};
[[nodiscard]] std::string_view reason_name(Reason reason);

// What does not stand on the paper.
struct ReadContext {
  base::StoreId store{};
  std::string till{};  // where the template reads none
  base::LocalDate today{};
  int utc_offset_min{};
  std::int64_t now_ms{};
  bool any_day{};  // samples are of any day
};

struct ReadField {
  std::string name{};  // "total", "receipt", "item"
  std::string value{};
  std::size_t line{};  // of the receipt, from 0
};

struct Reading {
  Verdict verdict{Verdict::review};
  Reason reason{Reason::none};
  std::string detail{};         // technical: names of fields and sums, never names of people
  std::string template_name{};  // empty: none was chosen
  ports::TillSale sale{};       // of Verdict::sale whole; else what was read
  std::vector<ReadField> fields{};
};

[[nodiscard]] Reading read_sale(const Receipt& receipt, const std::vector<Template>& templates,
                                const ReadContext& context);

}  // namespace millpond::capture
