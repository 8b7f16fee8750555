// SPDX-License-Identifier: Apache-2.0
// DaySales: the sales in a file of the day's end: CSV by a mapping of its columns, or the retail transactions of an
// ARTS POSLog. What is no whole sale is named with its place and why, and the others are read all the same. Pure.
#pragma once

#include "hardware/capture/pattern.h"
#include "hardware/ports/till_gateway.h"
#include "sync/base/money.h"
#include "sync/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace millpond::capture {

inline constexpr std::size_t day_file_bytes_max = 64U << 20;
inline constexpr std::size_t day_sales_max = 200'000;

struct DaySale {
  std::size_t line{};  // of the file, from 1
  ports::TillSale sale{};
  std::string problem{};  // empty: the sale is whole; "refund", "void", "training", or what is wrong
};

// What the file does not say.
struct DayContext {
  base::StoreId store{};
  int utc_offset_min{};
};

// Which column says what; assets/schema/sales_columns.json, docs/import.md.
struct Columns {
  char delimiter{','};
  base::Currency currency{};
  Notation notation{};
  std::string till{};  // of rows without the column
  std::string receipt_column{};
  std::string date_column{};
  std::string total_column{};
  std::string time_column{};
  std::string till_column{};
  std::string tender_column{};
  std::string member_column{};
  std::string reference_column{};
  std::vector<std::pair<std::string, ports::TillTenderType>> tenders{};  // text in the tender column
};

// Error: bad_input, with the place as hint.
[[nodiscard]] base::Result<Columns> parse_columns(base::ByteView json);

// UTF-8, a header line, one sale a row. Errors: bad_input (no header, a column that is not there, an open quote),
// too_large.
[[nodiscard]] base::Result<std::vector<DaySale>> read_csv(base::ByteView file, const Columns& columns,
                                                          const DayContext& context);
// Errors: bad_input (not XML, a document type declaration), too_large.
[[nodiscard]] base::Result<std::vector<DaySale>> read_poslog(base::ByteView file, const DayContext& context);

}  // namespace millpond::capture
