// SPDX-License-Identifier: Apache-2.0
// The rows of a batch as schema_columns: packed columns of differences to what the batch itself promises, in one zstd
// frame. Decoding gives the canonical bytes exactly; a fact that columns cannot say (of a later release, of a kind too
// rare for columns, or damaged) travels as it is among the others. Inside `wire` only. Pure; any thread.
#pragma once

#include "sync/wire/column_planes.h"
#include "sync/wire/messages.h"

#include <optional>

namespace millpond::wire {

// The columns of a batch, not compressed yet.
struct PackedRows {
  PlaneWriter columns;
  ColumnsHead head;
};
[[nodiscard]] PackedRows pack_rows(const UpRequest& batch);

struct UnpackedRows {
  std::vector<Row> rows;
  base::BrandId brand;
};
// `content` is a frame's, decompressed; terminal, epoch and first_seq are the batch's. Errors: too_large for a fact or
// a batch past its limit, bad_input for anything that pack_rows would not have made.
[[nodiscard]] base::Result<UnpackedRows> unpack_rows(base::ByteView content, const UpRequest& batch,
                                                     std::uint32_t count);

}  // namespace millpond::wire
