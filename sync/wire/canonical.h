// SPDX-License-Identifier: Apache-2.0
// Canonical bytes of a fact and the hash chain over them. Written once at commit, stored, sent and hashed as they are,
// and never encoded again: a newer program that writes other bytes would break the chain of an older journal.
// Pure; any thread.
//
// Format, version 1: one version byte (0x01), then fields in ascending order. A field is a varint tag
// (number << 1 | 1 for bytes, << 1 for an integer), then a zigzag varint, or a varint length and the bytes. Fields with
// the value 0 or no bytes are absent. Lists repeat their field; records inside a list are nested fields. Numbers are
// listed in canonical.cpp and never reused.
#pragma once

#include "sync/base/result.h"
#include "sync/model/facts.h"

namespace millpond::wire {

// An event may not exceed this, so that one fact never fills a batch. Source: a 200-line basket takes 12 KB.
inline constexpr std::size_t canonical_bytes_max = 64U << 10;

// Error: too_large.
[[nodiscard]] base::Result<base::Bytes> encode_fact(const model::Fact& fact);

// Error: unsupported for another version or an unknown kind (the bytes are kept as they are), bad_input otherwise.
[[nodiscard]] base::Result<model::Fact> decode_fact(base::ByteView canonical);

// True when encode_fact(fact) gives these very bytes again; false when it would not, as for a fact with fields of a
// later release, and `fact` is good for nothing then. `fact` is empty before.
[[nodiscard]] bool decode_fact_exactly(base::ByteView canonical, model::Fact& fact);

// h_0 of an epoch: BLAKE2b-256 of "MILLPOND-CHAIN1", brand, terminal and epoch.
[[nodiscard]] base::Hash chain_start(const base::BrandId& brand, base::TerminalId terminal, base::Epoch epoch);
// h_i = BLAKE2b-256(h_{i-1} || canonical_i).
[[nodiscard]] base::Hash chain_next(const base::Hash& previous, base::ByteView canonical);

}  // namespace millpond::wire
