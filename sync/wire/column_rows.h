// SPDX-License-Identifier: Apache-2.0
// The rows of a batch as schema_columns or schema_later_columns, as its `schema` says: packed columns of differences to
// what the batch itself promises, in one zstd frame. Decoding gives the canonical bytes exactly; a fact that columns
// cannot say (of a later release, of a kind too rare for columns, or damaged) travels as it is among the others. Inside
// `wire` only. Pure; any thread.
#pragma once

#include "sync/model/facts.h"
#include "sync/wire/column_planes.h"
#include "sync/wire/messages.h"

namespace millpond::wire {

// A row as a fact, when columns can say it to the last byte.
struct Candidate {
  model::Fact fact;
  bool fits{};
};

// The columns of a batch, not compressed yet.
struct PackedRows {
  std::vector<Candidate> candidates;  // of each row
  PlaneWriter columns;
  ColumnsHead head;
};
[[nodiscard]] PackedRows pack_rows(const UpRequest& batch);

// Whether a reader of `content` finds these very rows.
[[nodiscard]] bool reads_back(base::ByteView content, const UpRequest& batch, const std::vector<Candidate>& candidates);

struct UnpackedRows {
  std::vector<Row> rows;
  base::BrandId brand;
};
// `content` is a frame's, decompressed; terminal, epoch and first_seq are the batch's. Errors: too_large for a fact or
// a batch past its limit, bad_input for anything that pack_rows would not have made.
[[nodiscard]] base::Result<UnpackedRows> unpack_rows(base::ByteView content, const UpRequest& batch,
                                                     std::uint32_t count);

}  // namespace millpond::wire
