// SPDX-License-Identifier: Apache-2.0
// DaySales: the sales in a file of the day's end: CSV by a mapping of its columns, or the retail transactions of an
// ARTS POSLog. What is no whole sale is named with its place and why, and the others are read all the same. Pure.
#pragma once

#include "hardware/capture/code_page.h"
#include "hardware/capture/pattern.h"
#include "hardware/ports/till_gateway.h"
#include "sync/base/money.h"
#include "sync/base/result.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millpond::capture {

inline constexpr std::size_t day_file_bytes_max = 64U << 20;
inline constexpr std::size_t day_sales_max = 200'000;

struct DaySale {
  std::size_t line{};  // of the file, from 1
  ports::TillSale sale{};
  std::string problem{};  // empty: it is whole; "refund" (nobody says of what), "void", "training", or what is wrong
  std::optional<ports::TillRefund> refund{};  // goods that came back; of sale then key and total alone count
};

// What the file does not say.
struct DayContext {
  base::StoreId store{};
  int utc_offset_min{};
  std::string store_name{};                    // as a POSLog names this store beside its number; may be empty
  std::map<std::string, std::string> tills{};  // a till's name in the file, and the one that came live
};

// Which column says what; assets/schema/sales_columns.json, docs/import.md.
struct Columns {
  char delimiter{','};
  CodePage encoding{CodePage::unknown};  // unknown: UTF-8
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
  std::string status_column{};
  std::vector<std::string> paid{};  // what the status column says of a sale; whatever else it says is none
  std::vector<std::pair<std::string, ports::TillTenderType>> tenders{};  // text in the tender column
};

// DayContext::tills of "1=till-1" and its like. Nothing where a text is no such pair, or a name stands there twice.
[[nodiscard]] std::optional<std::map<std::string, std::string>> parse_tills(const std::vector<std::string>& pairs);

// Error: bad_input, with the place as hint.
[[nodiscard]] base::Result<Columns> parse_columns(base::ByteView json);

// A header line, one sale a row. Errors: bad_input (no header, a column that is not there, an open quote, bytes that
// the encoding does not have), too_large.
[[nodiscard]] base::Result<std::vector<DaySale>> read_csv(base::ByteView file, const Columns& columns,
                                                          const DayContext& context);
// Errors: bad_input (not XML, no POSLog, a document type declaration), too_large.
[[nodiscard]] base::Result<std::vector<DaySale>> read_poslog(base::ByteView file, const DayContext& context);

}  // namespace millpond::capture
