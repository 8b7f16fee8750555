// SPDX-License-Identifier: Apache-2.0
// The embedded engine of HubStore: one SQLite file, one connection, one lock around every call. Private to this room;
// its parts live in sqlite_*.cpp by subject. Contract as in hub_store.h.
#pragma once

#include "sync/hub/core/feed_rows.h"
#include "sync/hub/core/hub_store.h"
#include "sync/sqlite/connection.h"
#include "sync/sqlite/transaction.h"

#include <mutex>

namespace millpond::hub {

// The whole schema; see sqlite_open.cpp.
[[nodiscard]] base::Result<> prepare_schema(sqlite::Connection& database, const SqliteHubOptions& options);

class SqliteHubStore final : public HubStore {
 public:
  explicit SqliteHubStore(std::unique_ptr<sqlite::Connection> database) : database_{std::move(database)} {}

  base::Result<IngestOutcome> ingest(const CheckedBatch& batch, const base::Hash& chain_start) override;
  base::Result<std::vector<Watermark>> watermarks(base::TerminalId terminal) override;
  base::Result<std::optional<StoredBatch>> batch_after(std::uint64_t& position) override;
  base::Result<ProjectOutcome> project(std::size_t events_max, const PhoneOpener& open_phone) override;
  base::Result<> begin_rebuild(std::uint64_t generation) override;
  base::Result<wire::DownPage> down(base::TerminalId terminal, wire::DownCursor cursor, std::uint32_t rows_max,
                                    std::size_t bytes_max) override;
  base::Result<base::TerminalId> add_code(const base::Hash& code_hash, base::StoreId store, std::int64_t now_ms,
                                          std::int64_t expires_ms) override;
  base::Result<TerminalRecord> use_code(const base::Hash& code_hash, const crypto::PublicKey& key, std::int64_t now_ms,
                                        const CertificateMaker& make) override;
  base::Result<std::optional<TerminalRecord>> terminal(base::TerminalId terminal) override;
  base::Result<> revoke(base::TerminalId terminal, std::uint64_t from_seq, std::int64_t now_ms) override;
  base::Result<> publish(wire::RowKind kind, base::ByteView key, base::ByteView body, std::uint32_t version,
                         std::int64_t now_ms) override;
  base::Result<std::vector<wire::DownRow>> documents() override;
  base::Result<std::uint32_t> published_version(wire::RowKind kind) override;
  base::Result<HubStatus> status() override;
  base::Result<std::vector<Balance>> balances() override;
  base::Result<StoreCheck> check() override;

 private:
  struct BatchRows {  // the batch that stage 2 works on, decoded once
    std::uint64_t no{};
    std::vector<wire::Row> rows;
  };
  struct WaitingBatch {
    std::uint64_t no{};
    base::TerminalId terminal;
    base::Epoch epoch;
    base::Seq first_seq;
    base::Seq next;  // first one not projected
    base::Seq last;
  };

  base::Result<std::optional<Watermark>> find_mark(base::TerminalId terminal, base::Epoch epoch);
  base::Result<base::Hash> chain_at(base::TerminalId terminal, base::Epoch epoch, base::Seq seq);
  base::Result<IngestOutcome> quarantine(const CheckedBatch& batch, Watermark mark);
  base::Result<> insert_batch(const CheckedBatch& batch, const Watermark& before);
  base::Result<std::vector<Watermark>> read_marks(base::TerminalId terminal);

  base::Result<std::optional<WaitingBatch>> next_waiting();
  base::Result<const std::vector<wire::Row>*> rows_of(const WaitingBatch& batch);
  base::Result<> finish_part(const WaitingBatch& batch, base::Seq through);

  base::Result<std::optional<TerminalRecord>> read_terminal(base::TerminalId terminal);
  base::Result<> insert_terminal(const TerminalRecord& record, std::int64_t now_ms);
  base::Result<> publish_row(FeedRows& feed, wire::RowKind kind, base::ByteView key, base::ByteView body,
                             std::uint32_t version);
  // Appends to the hub's own chained log: what the hub itself originated.
  base::Result<> append_log(std::string_view what, base::ByteView content, std::int64_t now_ms);

  std::mutex mutex_;
  std::unique_ptr<sqlite::Connection> database_;  // guarded by mutex_
  std::optional<BatchRows> decoded_;              // guarded by mutex_
};

}  // namespace millpond::hub
