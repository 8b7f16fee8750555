// SPDX-License-Identifier: Apache-2.0
// Values that cross the HubStore port. Not wire messages and not tables: every engine fills the same ones. Pure; any
// thread.
#pragma once

#include "sync/base/result.h"
#include "sync/hub/core/order_values.h"
#include "sync/hub/core/people_values.h"
#include "sync/hub/core/rating_values.h"
#include "sync/hub/core/rights_values.h"
#include "sync/model/rights.h"
#include "sync/wire/messages.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millpond::hub {

// By how much numbers of terminals and certificates grow at once when a hub was restored: more than a chain gives out
// between two backups.
inline constexpr std::uint32_t numbers_skipped = 1'000;

// In facts that the hub books itself: terminal 0 lives once.
inline constexpr base::Epoch hub_epoch{1};

// --- stage 1

struct SealedPayload {  // personal; stored beside the batches so that it can be erased without breaking a chain
  base::Seq seq;
  base::Bytes salt;
  base::Bytes box;
};

// A batch whose signature and chain hold within itself.
struct CheckedBatch {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq first_seq;
  base::Hash chain_before{};
  std::vector<base::Hash> chain;  // h of each fact, never empty
  base::Bytes raw;                // the request as it came; encoded again only to leave payloads out
  std::vector<SealedPayload> payloads;
  std::int64_t received_ms{};
  std::int64_t clock_offset_ms{};  // the terminal's clock less the hub's, when it was received
  [[nodiscard]] base::Seq last_seq() const { return {first_seq.value + chain.size() - 1}; }
};

struct Watermark {
  base::Epoch epoch;
  base::Seq through;    // stage 1 holds every fact through here
  base::Hash head{};    // chain value at `through`; the epoch's start value when nothing is held
  base::Seq projected;  // stage 2 has applied every fact through here
  bool forked{};        // somebody showed another history; what is held here stays and goes on
};

struct IngestOutcome {
  wire::UpStatus status{};   // accepted, gap or fork
  Watermark mark;            // afterwards
  base::Seq common_through;  // of a fork: both histories are the same through here; 0: nothing is
  bool standing_changed{};   // the terminal was not suspected of living twice before, or a person had chosen
};

// Whether two copies of a terminal were seen, and which one a person let live.
struct Standing {
  std::int64_t suspected_ms{};  // since when; 0: never
  base::Epoch kept;             // 0: nobody has chosen since
  // Earning and enrolment go on everywhere; honouring coupons only where this is false.
  [[nodiscard]] bool suspends(base::Epoch epoch) const { return suspected_ms != 0 && (epoch != kept || !kept); }
};

// --- stage 2

struct ProjectOutcome {
  std::uint64_t events{};    // applied by this call
  std::uint64_t verdicts{};  // of these, told something by a verdict
  bool more{};               // facts wait for another call
};

// Whether the hub has signed the receipt of a confirmed redemption. Pure.
using ReceiptChecker = std::function<bool(base::TerminalId, const model::CouponConfirmed&)>;

// --- downlink

// Who gets a row: everyone by default.
struct Scope {
  base::StoreId store{};        // 0: every store
  base::TerminalId terminal{};  // 0: every terminal
  std::uint64_t place{};        // a store, or a group of stores above every store's number; over `store`
  [[nodiscard]] std::uint64_t stored_place() const { return place != 0 ? place : std::uint64_t{store.value}; }
};

// Where the feed is. Rows with numbers up to hub_seq exist; tombstones up to the horizon are gone.
struct FeedHead {
  std::uint64_t generation{};
  std::uint64_t hub_seq{};
  std::uint64_t horizon{};
  bool went_back{};  // as in HubStatus
};

// What became of tombstones of before a time.
struct Purged {
  std::uint64_t gone{};
  bool waiting{};  // some are left, which only a newer snapshot lets go
};

struct DownAsk {
  wire::DownCursor cursor;
  base::Epoch epoch{};    // the live one of the copy that asks
  std::uint64_t place{};  // of the group of stores that it belongs to; 0: none
  std::uint32_t rows_max{wire::page_rows_max};
  std::size_t bytes_max{4U << 20};
  std::uint64_t snapshot_rows_min{UINT64_MAX};  // a cursor at 0 is sent to the snapshot when the feed is longer
};

// What a snapshot begins with: rows up to head.hub_seq, which include these facts.
struct SnapshotStart {
  FeedHead head;
  std::vector<std::pair<base::TerminalId, base::EpochMark>> marks;  // by terminal, oldest epoch first
};

// Live rows for everyone in order of (kind, key).
struct FeedSlice {
  std::vector<wire::DownRow> rows;
  std::uint8_t last_kind{};  // go on after this
  base::Bytes last_key;
  bool more{};
};

// --- terminals

struct TerminalRecord {
  base::TerminalId terminal;
  base::StoreId store;
  crypto::PublicKey key{};
  std::uint8_t generation{1};
  std::uint32_t serial{};  // of the certificate
  base::Bytes certificate;
  std::int64_t provisioned_ms{};
  std::string matching_digits;  // both screens show them
  bool revoked{};
  std::uint64_t revoked_from_seq{};
};

// Makes the certificate once number, store and serial are known. Runs inside the transaction; pure.
using CertificateMaker = std::function<TerminalRecord(base::TerminalId, base::StoreId, std::uint32_t serial)>;

// Makes a new certificate for a terminal, or an empty one when the one it has is as good. Pure.
using CertificateRenewer = std::function<base::Bytes(const TerminalRecord&, std::uint32_t serial)>;

// --- what people read

struct TerminalStatus {
  base::TerminalId terminal;
  base::StoreId store;
  bool revoked{};
  std::string matching_digits;
  std::vector<Watermark> epochs;  // oldest first
  std::int64_t last_received_ms{};
  Standing standing;
  std::int64_t clock_offset_ms{};  // its clock less the hub's, at the upload that came last
};

struct HubStatus {
  std::uint64_t generation{};
  std::uint64_t hub_seq{};
  bool went_back{};  // a terminal had read more of this generation than there is: the file was put back from a copy
  std::uint64_t events_received{};
  std::uint64_t events_projected{};
  std::uint64_t members{};
  std::uint64_t members_awaited{};  // earned already, their enrolment has not arrived yet
  std::uint64_t members_removed{};
  std::uint64_t members_aliases{};    // of `members`, enrolled more than once
  std::uint64_t members_overdrawn{};  // ledgers below zero
  std::uint64_t sales{};
  std::uint64_t points{};          // sum of balances
  std::uint64_t coupons_issued{};  // ever, duplicates left out
  std::uint64_t coupons_redeemed{};
  std::uint64_t coupons_over_redeemed{};
  std::int64_t offline_loss_minor{};
  std::int64_t coupons_kept_minor{};  // used before the sale that had brought them came back
  std::uint64_t disputes{};
  std::uint64_t points_lost{};  // spent by members who did not have them
  std::uint32_t programme_version{};
  std::vector<std::pair<std::string, std::uint64_t>> verdicts;  // by code
  std::vector<TerminalStatus> terminals;
};

// Every version that a field ever had, oldest first, by the fact that set it; values are that fact's payload.
struct ProfileVersion {
  model::ProfileField field{};
  std::uint32_t version{};
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq seq;
  bool clash{};  // its author had not seen the version before
};
struct MemberProfile {
  std::vector<ProfileVersion> fields;          // by field
  std::vector<wire::ConsentVersion> consents;  // that changed since the enrolment
};

// A member's own ledger, also of an alias: what terminals show for a person is the sum over `same_as`.
struct Balance {
  base::MemberId member;
  std::int64_t points{};
  std::int64_t qualifying_minor{};
  std::uint32_t version{};
  base::MemberId same_as{};   // the person that this alias is; 0: itself
  base::MemberId phone_of{};  // who had enrolled with the same phone before, alias or not; 0: nobody
};

// One stored batch, for verification and rebuilding elsewhere.
struct StoredBatch {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq from_seq;  // facts before it were held already
  base::Seq last_seq;
  base::Hash chain_head{};
  base::Bytes raw;
  std::int64_t received_ms{};
  std::vector<base::Bytes> mended_from{};  // of one that was made again (ask_again): signed batches that have its facts
  // Of a batch that counts, not of a fork's evidence:
  std::uint64_t no{};
  base::Seq first_seq{};  // of the raw one
  base::Hash chain_before{};
};

}  // namespace millpond::hub
