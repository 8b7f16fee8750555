// SPDX-License-Identifier: Apache-2.0
// HubStore: what the hub must remember, as a narrow port with one implementation per database engine. Every call is one
// transaction: when it returns a value the change is durable, when it returns an error nothing was changed. It stores
// what it is told and checks no signature; HubCore checks before it calls. One contract suite runs over every engine.
//
// Two stages. Stage 1 keeps signed batches raw, keyed by terminal and epoch, and moves the watermark: that is the
// truth. Stage 2 projects those facts, in order of arrival, into balances, coupons and downlink rows: all of that can
// be thrown away and made again. Thread-safe by an internal lock. Calls block for the disk. Errors of every call:
// disk_full, disk_error, store_corrupt, store_locked, internal.
#pragma once

#include "sync/base/result.h"
#include "sync/model/facts.h"
#include "sync/wire/messages.h"
#include "sync/wire/provisioning.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace millpond::hub {

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
  base::Bytes raw;                // the encoded request as signed, without the payloads
  std::vector<SealedPayload> payloads;
  std::int64_t received_ms{};
  [[nodiscard]] base::Seq last_seq() const { return {first_seq.value + chain.size() - 1}; }
};

struct Watermark {
  base::Epoch epoch;
  base::Seq through;    // stage 1 holds every fact through here
  base::Hash head{};    // chain value at `through`; the epoch's start value when nothing is held
  base::Seq projected;  // stage 2 has applied every fact through here
  bool quarantined{};   // two histories were shown; a person must choose
};

struct IngestOutcome {
  wire::UpStatus status{};  // accepted, gap or fork
  Watermark mark;           // afterwards
};

// --- stage 2

// What a sealed phone says to those who may know: the look-up hash and the form that screens show.
struct OpenedPhone {
  base::Bytes lookup_key;  // 16 bytes
  std::string shown_name;  // "138****2917"
};
// Opens a sealed box. Error: signature_invalid, phone_malformed.
using PhoneOpener = std::function<base::Result<OpenedPhone>(base::ByteView box)>;

struct ProjectOutcome {
  std::uint64_t events{};    // applied by this call
  std::uint64_t verdicts{};  // of these, told something by a verdict
  bool more{};               // facts wait for another call
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

struct ProvisionCode {
  base::Hash code_hash{};     // BLAKE2b-256 of brand and code: codes are not kept
  base::TerminalId terminal;  // number given when the code was made
  base::StoreId store;
  std::int64_t expires_ms{};
};

// Makes the certificate once number, store and serial are known. Runs inside the transaction; pure.
using CertificateMaker = std::function<TerminalRecord(base::TerminalId, base::StoreId, std::uint32_t serial)>;

// --- what people read

struct TerminalStatus {
  base::TerminalId terminal;
  base::StoreId store;
  bool revoked{};
  std::string matching_digits;
  std::vector<Watermark> epochs;  // oldest first
  std::int64_t last_received_ms{};
};

struct HubStatus {
  std::uint64_t generation{};
  std::uint64_t hub_seq{};
  std::uint64_t events_received{};
  std::uint64_t events_projected{};
  std::uint64_t members{};
  std::uint64_t members_awaited{};  // earned already, their enrolment has not arrived yet
  std::uint64_t sales{};
  std::uint64_t points{};          // sum of balances
  std::uint64_t coupons_issued{};  // ever, duplicates left out
  std::uint64_t coupons_redeemed{};
  std::uint64_t coupons_over_redeemed{};
  std::int64_t offline_loss_minor{};
  std::uint64_t disputes{};
  std::uint32_t programme_version{};
  std::vector<std::pair<std::string, std::uint64_t>> verdicts;  // by code
  std::vector<TerminalStatus> terminals;
};

struct Balance {
  base::MemberId member;
  std::int64_t points{};
  std::int64_t qualifying_minor{};
  std::uint32_t version{};
};

// A fold of the ledger against what is maintained, and the files' own check.
struct StoreCheck {
  bool database_ok{};
  std::uint64_t events{};
  std::int64_t ledger_points{};
  std::int64_t balance_points{};
  bool members_equal{};     // every single member's sum
  bool checkpoint_equal{};  // maintained count and checksum against a scan
};

// One stored batch, for verification and rebuilding elsewhere.
struct StoredBatch {
  base::TerminalId terminal;
  base::Epoch epoch;
  base::Seq from_seq;  // facts before it were held already
  base::Seq last_seq;
  base::Hash chain_head{};
  base::Bytes raw;
};

class HubStore {
 public:
  virtual ~HubStore() = default;

  // Stage 1. Commits batch, payloads and watermark; repeats with the same content succeed and change nothing; different
  // content at a sequence number already held puts the epoch into quarantine and keeps the evidence.
  [[nodiscard]] virtual base::Result<IngestOutcome> ingest(const CheckedBatch& batch,
                                                           const base::Hash& chain_start) = 0;
  // Marks of all epochs of a terminal, oldest first.
  [[nodiscard]] virtual base::Result<std::vector<Watermark>> watermarks(base::TerminalId terminal) = 0;
  [[nodiscard]] virtual base::Result<std::optional<StoredBatch>> batch_after(std::uint64_t& position) = 0;

  // Stage 2. Applies up to events_max waiting facts. A fact that cannot be understood or applied gets a verdict and
  // never stops those behind it. Repeating after a crash applies each fact once.
  [[nodiscard]] virtual base::Result<ProjectOutcome> project(std::size_t events_max, const PhoneOpener& open_phone) = 0;
  // Throws projections away and begins a new generation; project() then makes them again from the raw batches.
  [[nodiscard]] virtual base::Result<> begin_rebuild(std::uint64_t generation) = 0;

  // Changed rows after the cursor in scope of the terminal, and its marks, from one read transaction.
  [[nodiscard]] virtual base::Result<wire::DownPage> down(base::TerminalId terminal, wire::DownCursor cursor,
                                                          std::uint32_t rows_max, std::size_t bytes_max) = 0;

  // Takes the next terminal number and keeps the code until it expires.
  [[nodiscard]] virtual base::Result<base::TerminalId> add_code(const base::Hash& code_hash, base::StoreId store,
                                                                std::int64_t now_ms, std::int64_t expires_ms) = 0;
  // Uses a code once: makes the terminal and its issuer row. The same code and key again gives the same record. A wrong
  // code costs every open code a try. Error: provision_code_invalid.
  [[nodiscard]] virtual base::Result<TerminalRecord> use_code(const base::Hash& code_hash, const crypto::PublicKey& key,
                                                              std::int64_t now_ms, const CertificateMaker& make) = 0;
  [[nodiscard]] virtual base::Result<std::optional<TerminalRecord>> terminal(base::TerminalId terminal) = 0;
  // Facts from from_seq on are no longer believed by other terminals. Error: not_found.
  [[nodiscard]] virtual base::Result<> revoke(base::TerminalId terminal, std::uint64_t from_seq,
                                              std::int64_t now_ms) = 0;

  // Makes a row part of every terminal's downlink and of the hub's own log (programme, hub issuer).
  [[nodiscard]] virtual base::Result<> publish(wire::RowKind kind, base::ByteView key, base::ByteView body,
                                               std::uint32_t version, std::int64_t now_ms) = 0;
  // Rows that a new terminal begins with: programme and issuers.
  [[nodiscard]] virtual base::Result<std::vector<wire::DownRow>> documents() = 0;
  // Version of what was last published for a kind; 0 for nothing.
  [[nodiscard]] virtual base::Result<std::uint32_t> published_version(wire::RowKind kind) = 0;

  [[nodiscard]] virtual base::Result<HubStatus> status() = 0;
  [[nodiscard]] virtual base::Result<std::vector<Balance>> balances() = 0;
  [[nodiscard]] virtual base::Result<StoreCheck> check() = 0;
};

struct SqliteHubOptions {
  std::filesystem::path path;
  std::string vfs{};               // SQLite VFS by name; tests and simulations inject faults through it
  std::uint64_t generation{};      // for a new file; not 0
  std::uint64_t page_count_max{};  // a quota for tests; 0: none
};

// Opens or creates. WAL with a sync at every commit, exclusive. Errors: store_locked (another hub), store_corrupt,
// store_newer, disk_full, permission_denied.
[[nodiscard]] base::Result<std::unique_ptr<HubStore>> open_sqlite_store(const SqliteHubOptions& options);

}  // namespace millpond::hub
