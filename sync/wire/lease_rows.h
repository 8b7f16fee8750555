// SPDX-License-Identifier: Apache-2.0
// What the hub says to a terminal about leases (model/leases.h): one share of something limited as a downlink row.
// Encoded as Protocol Buffers (wire.proto). Pure; any thread.
#pragma once

#include "sync/model/leases.h"
#include "sync/wire/messages.h"

namespace millpond::wire {

// Body of RowKind::lease. One row for each thing a terminal has a share of: the newest lease takes the place of the one
// before. What is no lease (no number, an unknown kind, an amount below 1, points of a subject) does not decode.
[[nodiscard]] base::Bytes encode(const model::Lease& lease);
[[nodiscard]] base::Result<model::Lease> decode_lease(base::ByteView bytes);

// Key of that row: terminal 4, kind 1, subject 8, big-endian.
[[nodiscard]] base::Bytes lease_key(base::TerminalId terminal, model::LeaseKind kind, std::uint64_t subject);
// Whether the key of a row is one of a terminal's own for what a lease is of.
[[nodiscard]] bool is_lease_key(base::ByteView key, base::TerminalId terminal, const model::Lease& lease);

}  // namespace millpond::wire
