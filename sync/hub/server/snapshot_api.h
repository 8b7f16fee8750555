// SPDX-License-Identifier: Apache-2.0
// SnapshotApi: GET /v1/snapshot?schema=N answers with the newest manifest, GET /v1/snapshot/HASH with a part of that
// file. One range a request, and one bounded piece an answer: whoever wants more asks again where the piece ended. No
// If-Range, because the name is the content. Says nothing of who asks. Any thread; the shelf is borrowed and outlives
// it.
#pragma once

#include "sync/http/server.h"
#include "sync/hub/core/snapshot_shelf.h"

#include <optional>
#include <string_view>

namespace millpond::hub {

inline constexpr std::string_view snapshot_path = "/v1/snapshot";

// "bytes=4-" and "bytes=4-9" as first and last byte; nothing for any other range.
struct ByteRange {
  std::uint64_t first{};
  std::uint64_t last{UINT64_MAX};
};
[[nodiscard]] std::optional<ByteRange> parse_range(std::string_view header);

class SnapshotApi {
 public:
  explicit SnapshotApi(const SnapshotShelf& shelf) : shelf_{shelf} {}

  [[nodiscard]] static bool serves(std::string_view path);
  // 200 and 206; 416 for a range that the file does not have, or a file too long for one answer asked for without a
  // range. Errors: not_found (no snapshot yet, or no such file any more), newer_release (its schema), bad_input.
  [[nodiscard]] base::Result<http::Response> answer(const http::Request& request) const;

 private:
  [[nodiscard]] base::Result<http::Response> manifest(const http::Request& request) const;
  [[nodiscard]] base::Result<http::Response> piece(const http::Request& request) const;

  const SnapshotShelf& shelf_;
};

}  // namespace millpond::hub
