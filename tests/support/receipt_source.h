// SPDX-License-Identifier: Apache-2.0
// ReceiptSource: receipts of made-up tills, written as text under tests/unit/capture/receipts, as the bytes that such a
// till sends to its printer, with what must come of each. A file names its code page; then for each receipt a line
// "=== sale total=... receipt=...", "=== review REASON" or "=== no_sale", and its lines. {cut} {image} {big} {qr TEXT}
// {lose N} are commands. Throws on a file that is none.
#pragma once

#include "hardware/capture/escpos_reader.h"
#include "hardware/capture/read_sale.h"

#include <map>
#include <string>
#include <vector>

namespace millpond::tests {

struct SourceReceipt {
  std::string till;  // the file's name
  std::size_t number{};
  capture::PrinterPages pages;
  base::Bytes bytes;
  std::uint64_t lost_bytes{};
  std::string verdict;                        // "sale", "review", "no_sale"
  std::string reason;                         // of a review
  std::map<std::string, std::string> values;  // of a sale
};

[[nodiscard]] std::vector<SourceReceipt> source_receipts();
// All templates of that folder, as documents.
[[nodiscard]] std::vector<base::Bytes> source_templates();
// Today is 2026-11-21 in China.
[[nodiscard]] capture::ReadContext source_context();
// The receipt as the reader of the capture hands it on.
[[nodiscard]] capture::Receipt read_source(const SourceReceipt& source);
[[nodiscard]] capture::Receipt read_bytes(base::ByteView bytes, capture::PrinterPages pages);

}  // namespace millpond::tests
