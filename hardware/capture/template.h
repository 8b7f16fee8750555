// SPDX-License-Identifier: Apache-2.0
// Template: how the receipts of one kind of till are read. A document of JSON (assets/schema/receipt_template.json,
// docs/capture.md), read strictly: a misspelt member is refused with its place. Immutable once read; any thread.
#pragma once

#include "hardware/capture/pattern.h"
#include "hardware/ports/till_gateway.h"
#include "sync/base/bytes.h"
#include "sync/base/money.h"
#include "sync/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace millpond::capture {

inline constexpr std::size_t template_bytes_max = 64U << 10;
inline constexpr std::size_t rule_patterns_max = 16;
inline constexpr std::int64_t total_minor_max_default = 10'000'000;

// sale: read by the rules. no_sale: kitchen slips, day's ends, drawer slips: recognised and left alone.
enum class TemplateKind : std::uint8_t { sale, no_sale };

using Patterns = std::vector<Pattern>;

// An item stands on one line, or on two that follow each other.
struct ItemRule {
  Pattern line;
  std::optional<Pattern> then{};
};

struct ItemRules {
  Pattern from;   // the items begin behind it
  Pattern until;  // and end before it
  std::vector<ItemRule> lines{};
  Patterns ignore{};
};

// Between the items and the total: service, tax that is added, a discount of the whole receipt.
struct Adjustment {
  bool subtract{};
  Pattern line;
};

struct TenderRule {
  ports::TillTenderType type{};
  Pattern line;
};

struct Template {
  std::string name{};
  TemplateKind kind{};
  base::Currency currency{};
  Notation notation{};
  int day_begins_min{};  // what is sold before belongs to the day before
  std::int64_t total_minor_max{total_minor_max_default};
  Patterns signature{};  // each must match a line
  Patterns receipt{};
  Patterns date{};
  Patterns time{};
  Patterns total{};
  Patterns till{};
  Patterns member{};
  Patterns reference{};  // of the payment, as its provider knows it
  Patterns change{};
  std::optional<ItemRules> items{};
  std::vector<Adjustment> adjustments{};
  std::vector<TenderRule> tenders{};
  Patterns training{};
  Patterns refund{};
  Patterns voided{};
  Patterns copy{};
  Patterns no_sale{};

  // Whether a total that was read wrongly would be noticed: it must agree with the items or with the tenders.
  [[nodiscard]] bool has_redundancy() const { return items.has_value() || !tenders.empty(); }
};

// Error: bad_input, with the place as hint (a JSON pointer) and in the detail.
[[nodiscard]] base::Result<Template> parse_template(base::ByteView json);

}  // namespace millpond::capture
