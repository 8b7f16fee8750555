// SPDX-License-Identifier: Apache-2.0
// What a technician carries on a stick: the sheet of an offline grant, and the documents that its grant names by their
// hash, so that a machine without a line rates sales at once. The file is as much cash as the sheet on paper. Nothing
// in it may be believed before check_sheet(), open_documents() and check_documents(). Pure; any thread.
#pragma once

#include "sync/wire/grant.h"
#include "sync/wire/messages.h"

#include <vector>

namespace millpond::wire {

// Layout, big-endian, never changed: magic "MPU1" 4, sheet (length 2, then encode_sheet()), documents (length 4, then
// encode_documents()), and nothing after.
inline constexpr std::string_view grant_file_magic = "MPU1";
inline constexpr std::size_t grant_file_bytes_max = 3U << 20;
inline constexpr std::size_t grant_documents_max = 10'000;  // a chain's issuers

struct GrantFile {
  GrantSheet sheet;
  base::Bytes documents{};  // encode_documents(), as the hub hashed them; empty: none
  friend bool operator==(const GrantFile&, const GrantFile&) = default;
};

// The sheet as for encode_sheet(). What is longer than grant_file_bytes_max no machine will read.
[[nodiscard]] base::Bytes encode_grant_file(const GrantFile& file);
// Errors: too_large, grant_invalid (no such file, of a later release, wrong length), those of decode_sheet().
[[nodiscard]] base::Result<GrantFile> decode_grant_file(base::ByteView bytes);

// Documents: count 4, then each row's kind 1, key (length 2) and body (length 4). Deleted rows and rows beyond
// grant_documents_max are left out: what is here is complete or is not signed.
[[nodiscard]] base::Bytes encode_documents(const std::vector<DownRow>& rows);
// What stands in Grant::documents.
[[nodiscard]] base::Hash hash_documents(base::ByteView documents);
// The rows, of exactly those documents that the grant names; none of empty bytes. Error: grant_invalid (others than
// it names, or no documents).
[[nodiscard]] base::Result<std::vector<DownRow>> open_documents(base::ByteView documents, const Grant& grant);

}  // namespace millpond::wire
