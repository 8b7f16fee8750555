// SPDX-License-Identifier: Apache-2.0
// What terminal and hub say to each other, as values. Encoded as Protocol Buffers (wire.proto); the generated code
// stays inside this room. Decoders check every limit below and never trust a count. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/epoch_mark.h"
#include "sync/base/result.h"
#include "sync/crypto/sign.h"
#include "sync/wire/member_row.h"

#include <optional>
#include <string>
#include <vector>

namespace millpond::wire {

inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::uint32_t batch_events_max = 10'000;
inline constexpr std::size_t up_body_bytes_max = 16U << 20;  // after decompression
inline constexpr std::size_t down_body_bytes_max = 16U << 20;
inline constexpr std::uint32_t page_rows_max = 2'000;
inline constexpr std::size_t epoch_marks_max = 512;
inline constexpr std::size_t profile_fields_max = 64;

// How the rows of a batch are laid out. A reader takes every number ever given out; a writer uses the highest one that
// its reader has said it takes (schema_max of its last answer), and verbatim before it has said anything. To add one:
// take the next number, write its encoder and decoder beside the others, add golden batches to the tests, and raise
// schema_max. What a number given out means never changes, to the last promise of a value, and its decoder stays for
// ever, because rings and hubs keep batches as they were sent; its encoder may go. Whatever the number, decoding gives
// the canonical bytes exactly, so chain and signature do not know of schemas, and a batch may be sent again in another.
inline constexpr std::uint32_t schema_verbatim = 1;       // canonical bytes as they are
inline constexpr std::uint32_t schema_columns = 2;        // columns of differences (column_layout.h)
inline constexpr std::uint32_t schema_later_columns = 3;  // and of what facts came to say later
inline constexpr std::uint32_t schema_max = schema_later_columns;

// One fact as sent: its canonical bytes verbatim, and the personal payload beside it where there is one.
struct Row {
  base::Bytes canonical;
  base::Bytes payload_salt;  // empty without payload
  base::Bytes payload;       // a sealed box for the hub
  friend bool operator==(const Row&, const Row&) = default;
};

// A contiguous batch of one epoch. `signature` covers batch_signed_bytes() with context::batch.
struct UpRequest {
  std::uint32_t protocol{protocol_version};
  std::uint32_t schema{schema_verbatim};
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq first_seq;
  base::Hash chain_before{};  // h_{first_seq-1}
  base::Hash chain_head{};    // h of the last row
  std::int64_t device_wall_ms{};
  std::int64_t device_monotonic_ms{};
  std::string boot_id;
  base::BrandId brand;  // for columns, which promise coupon causes from it; zero: not known, and more bytes
  std::vector<Row> rows;
  crypto::Signature signature{};
  friend bool operator==(const UpRequest&, const UpRequest&) = default;
};

[[nodiscard]] base::Bytes batch_signed_bytes(base::TerminalId terminal, base::Epoch epoch, base::Seq first_seq,
                                             std::uint64_t count, const base::Hash& chain_head);

struct Credit {
  std::uint32_t events{1'000};
  std::uint32_t bytes{1U << 20};
  std::uint32_t retry_ms{};       // 0: no wish
  std::uint32_t poll_ms{10'000};  // interval of downlink polls
  std::uint32_t poll_slot_ms{};   // the hub holds a downlink request this long until there is news; 0: no slot
  friend bool operator==(const Credit&, const Credit&) = default;
};

enum class UpStatus : std::uint8_t { accepted = 1, gap = 2, fork = 3, refused = 4 };

struct UpAnswer {
  UpStatus status{};
  base::Epoch epoch;
  base::Seq accepted_through;  // the hub's watermark of this epoch
  base::Seq common_through;    // of a fork: through here both histories are the same; 0: nothing is
  base::Hash head{};           // the hub's chain head at accepted_through: a proof of what it holds
  std::int64_t hub_wall_ms{};
  Credit credit;
  std::string reason;                         // base::code_name for fork and refused
  std::uint32_t schema_max{schema_verbatim};  // what this hub can read
  friend bool operator==(const UpAnswer&, const UpAnswer&) = default;
};

// Downlink rows: what the hub publishes. Numbers are persisted: never renumber. Keys are the id, 8 bytes big-endian,
// for member, coupon, profile, app cards; 4 bytes for issuer; the 16-byte look-up key for phone, whose body is the
// member id, 8 bytes big-endian. The other bodies are the rows below.
enum class RowKind : std::uint8_t {
  member = 1,
  coupon = 2,
  programme = 3,
  issuer = 4,
  profile = 5,
  phone = 6,
  verdict = 7,
  allowance = 8,       // what one terminal may honour without asking
  lease = 9,           // a share of something limited, for one terminal
  store_secrets = 10,  // keys of a store, sealed to one terminal
  staff = 11,          // of one store
  hub_key = 12,        // that the brand's root vouches for
  hub_address = 13,    // likewise
  app_cards = 14,      // cards of a member's apps that are believed no more (app_card_rows.h)
};

struct DownRow {
  std::uint8_t kind{};  // RowKind; unknown ones are kept, not dropped
  base::Bytes key;
  bool deleted{};
  base::Bytes body;  // empty when deleted
  friend bool operator==(const DownRow&, const DownRow&) = default;
};

// Rows for everyone and rows for one store or terminal have a number each, because a snapshot holds the former only.
struct DownCursor {
  std::uint64_t generation{};
  std::uint64_t hub_seq{};     // of rows for everyone
  std::uint64_t scoped_seq{};  // of rows for this store or terminal; never above hub_seq
  friend bool operator==(const DownCursor&, const DownCursor&) = default;
};

struct Checkpoint {
  std::uint64_t count{};     // live member rows in scope
  std::uint64_t checksum{};  // sum over live member rows of the first 8 bytes of blake2b(key || body), modulo 2^64
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

struct DownPage {
  DownCursor next;           // resume here
  bool more{};               // ask again at once
  bool restart{};            // generation changed: drop the replica and start at its beginning
  bool snapshot_required{};  // too far behind for pages: fetch a snapshot
  std::vector<DownRow> rows;
  base::Epoch includes_epoch;  // member rows of this page include this terminal's facts through here
  base::Seq includes_your_seq;
  // Through where the hub's stage 1 holds every epoch it knows of the terminal that asks, oldest first; lower than the
  // terminal remembers means a restored hub.
  std::vector<base::EpochMark> accepted;
  bool value_suspended{};  // two copies of this terminal live: it earns and enrols, it does not honour
  std::uint32_t schema_max{schema_verbatim};  // what this hub can read
  std::optional<Checkpoint> checkpoint;       // on the last page only
  std::int64_t hub_wall_ms{};
  Credit credit;
  friend bool operator==(const DownPage&, const DownPage&) = default;
};

// Bodies of downlink rows; that of a member is in member_row.h.

enum class CouponState : std::uint8_t { issued = 1, redeemed = 2, over_redeemed = 3, voided = 4, expired = 5 };

struct CouponRow {
  base::CouponId coupon;
  base::MemberId member;
  base::CampaignId campaign;
  base::StoreId store;
  base::TerminalId issuer;
  std::int64_t value_minor{};
  std::int64_t threshold_minor{};
  std::int32_t not_before_day{};
  std::int32_t expires_day{};
  CouponState state{};
  friend bool operator==(const CouponRow&, const CouponRow&) = default;
};

struct IssuerRow {
  std::uint32_t issuer{};  // codes::Issuer as a number
  crypto::PublicKey key{};
  std::uint64_t revoked_from_seq{};  // 0: not revoked
  friend bool operator==(const IssuerRow&, const IssuerRow&) = default;
};

struct FieldVersion {  // of a model::ProfileField; base_version of whoever changes it
  std::uint32_t field{};
  std::uint32_t version{};
  friend bool operator==(const FieldVersion&, const FieldVersion&) = default;
};
struct ConsentVersion {  // of a model::Purpose that changed since the enrolment
  std::uint32_t purpose{};
  std::uint32_t version{};
  bool granted{};
  friend bool operator==(const ConsentVersion&, const ConsentVersion&) = default;
};

struct ProfileRow {
  base::MemberId member;
  std::string shown_name;                  // already masked by the hub: "138****2917"
  std::vector<FieldVersion> fields{};      // ascending; up to profile_fields_max
  std::vector<ConsentVersion> consents{};  // ascending; up to profile_fields_max
  friend bool operator==(const ProfileRow&, const ProfileRow&) = default;
};

// A signed programme document: the JSON verbatim and a hub key's signature over it (context::document).
struct ProgrammeRow {
  std::uint32_t version{};
  std::uint32_t hub_key{};
  base::Bytes json;
  crypto::Signature signature{};
  friend bool operator==(const ProgrammeRow&, const ProgrammeRow&) = default;
};

struct VerdictRow {
  base::Epoch epoch;
  base::Seq seq;
  std::string code;  // base::code_name: duplicate issue, unknown member, undecodable, ...
  friend bool operator==(const VerdictRow&, const VerdictRow&) = default;
};

// zstd inside, level 1. Rows that a schema does not give back to the last byte are sent verbatim instead.
[[nodiscard]] base::Bytes encode(const UpRequest& message);
[[nodiscard]] base::Bytes encode(const UpAnswer& message);
[[nodiscard]] base::Bytes encode(const DownPage& message);  // zstd inside
[[nodiscard]] base::Bytes encode(const CouponRow& row);
[[nodiscard]] base::Bytes encode(const IssuerRow& row);
[[nodiscard]] base::Bytes encode(const ProfileRow& row);
[[nodiscard]] base::Bytes encode(const ProgrammeRow& row);
[[nodiscard]] base::Bytes encode(const VerdictRow& row);

// Errors: protocol_mismatch for another protocol version, too_large past a limit, bad_input otherwise.
[[nodiscard]] base::Result<UpRequest> decode_up_request(base::ByteView bytes);
[[nodiscard]] base::Result<UpAnswer> decode_up_answer(base::ByteView bytes);
[[nodiscard]] base::Result<DownPage> decode_down_page(base::ByteView bytes);
[[nodiscard]] base::Result<CouponRow> decode_coupon_row(base::ByteView bytes);
[[nodiscard]] base::Result<IssuerRow> decode_issuer_row(base::ByteView bytes);
[[nodiscard]] base::Result<ProfileRow> decode_profile_row(base::ByteView bytes);
[[nodiscard]] base::Result<ProgrammeRow> decode_programme_row(base::ByteView bytes);
[[nodiscard]] base::Result<VerdictRow> decode_verdict_row(base::ByteView bytes);

// The share of one live member row in Checkpoint::checksum.
[[nodiscard]] std::uint64_t row_checksum(base::ByteView key, base::ByteView body);

}  // namespace millpond::wire
