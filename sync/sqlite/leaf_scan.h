// SPDX-License-Identifier: Apache-2.0
// Leaf scan: records of a database file read from its pages, without the trees that lead to them. For a file whose
// inner pages are lost. It also finds records that were deleted and not yet written over, so the caller must be able to
// tell from a record itself whether it is whole, and from elsewhere whether it is still meant.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <filesystem>
#include <functional>
#include <string>
#include <variant>

namespace millpond::sqlite {

using LeafValue = std::variant<std::monostate, std::int64_t, base::Bytes>;  // NULL, integer, blob; text is a blob

struct LeafRow {
  std::int64_t rowid{};
  std::vector<LeafValue> values;  // an INTEGER PRIMARY KEY is NULL here, as it is in the file
};

// Calls back for every record with that many columns on any page of 4096 bytes that looks like a leaf of a table.
// Whatever makes no sense is passed over. Errors: those of File, and what the callback returns.
[[nodiscard]] base::Result<> scan_leaves(const std::string& vfs, const std::filesystem::path& path, std::size_t columns,
                                         const std::function<base::Result<>(const LeafRow&)>& found);

}  // namespace millpond::sqlite
