// SPDX-License-Identifier: Apache-2.0
// ExecutorBench: a terminal with a real journal and replica, and a test in the place of line and engine.
#pragma once

#include "sync/client/documents.h"
#include "sync/client/executor.h"
#include "sync/model/facts.h"
#include "sync/store/hub_keys.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/client/pretend_hub.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::tests {

// A terminal with real files and no line.
struct ExecutorBench {
  TempDir folder;
  PretendHub hub;
  HandClock clock;
  base::SeededRng rng{3};
  store::JournalOptions options;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<store::Replica> replica;
  std::unique_ptr<store::HubTime> time;
  std::optional<client::Executor> executor;

  // Ring: of acknowledged batches, in bytes.
  explicit ExecutorBench(std::uint64_t ring_bytes_max = 256ULL << 20) {
    options.path = folder / "journal.db";
    options.owner = {hub.brand(), PretendHub::terminal, base::StoreId{1}};
    options.ring_bytes_max = ring_bytes_max;
    replica = store::Replica::open(folder / "replica.db").value();
    open();
  }

  void open() {
    executor.reset();
    journal.reset();
    journal = store::Journal::open(options, clock, rng).value();
    time = std::make_unique<store::HubTime>(clock, "boot", store::HubTime::Span{});
    REQUIRE(time->load(*journal));
    auto credentials = hub.credentials();
    credentials.later_keys = store::later_hub_keys(*journal, credentials.root).value();
    executor.emplace(
        std::move(credentials), *time,
        [this](const std::function<void(store::Journal&)>& function) -> base::Result<> {
          function(*journal);
          return {};
        },
        *replica, clock, rng);
  }

  void earn(int times) {
    for (int i = 0; i < times; ++i) {
      const store::Action action = [&](store::Transaction& transaction) -> base::Result<> {
        MILLPOND_TRY_DO(
            transaction.append(model::PointsEarned{base::MemberId{7}, base::Seq{1}, 10, 1'000}, clock.wall, 480, 1));
        return {};
      };
      REQUIRE(journal->commit({&action, 1}).front());
    }
  }

  [[nodiscard]] store::OutboxStatus outbox() { return journal->outbox().value(); }

  // Past the time in which a batch that was sent so far may still reach the hub.
  void outlive_batches() { clock.monotonic += 2 * wire::request_skew_max_ms; }

  // A batch from the first queued fact on.
  [[nodiscard]] client::Outgoing send(std::uint32_t events_max = 100) {
    const auto status = outbox();
    auto outcome =
        executor->execute(engine::SendUp{status.epoch, base::Seq{status.acked.value + 1}, events_max, 1U << 20, 1'000});
    REQUIRE(outcome.outgoing.has_value());
    return std::move(*outcome.outgoing);
  }

  [[nodiscard]] client::Outgoing ask(std::uint32_t rows_max = wire::page_rows_max, std::int64_t wait_ms = 0) {
    auto outcome = executor->execute(engine::AskDown{rows_max, wait_ms, 1'000});
    REQUIRE(outcome.outgoing.has_value());
    return std::move(*outcome.outgoing);
  }

  [[nodiscard]] engine::Input answer(const client::Outgoing& outgoing, int status, base::Bytes body) {
    auto inputs = executor->finish(outgoing, hub.answer(outgoing.signed_request.http, status, std::move(body)));
    REQUIRE(inputs.size() == 2);
    CHECK(std::holds_alternative<engine::BytesMoved>(inputs.front()));
    return inputs.back();
  }

  [[nodiscard]] static wire::UpAnswer taken(const client::Outgoing& outgoing) {
    wire::UpAnswer answer;
    answer.status = wire::UpStatus::accepted;
    answer.epoch = outgoing.batch->epoch;
    answer.accepted_through = base::Seq{outgoing.batch->first_seq.value + outgoing.rows - 1};
    answer.head = outgoing.batch->chain_head;
    return answer;
  }

  [[nodiscard]] wire::DownPage page(std::uint64_t hub_seq) const {
    wire::DownPage page;
    page.next = {1, hub_seq};
    page.hub_wall_ms = clock.wall;
    page.credit.poll_ms = 4'000;
    return page;
  }

  [[nodiscard]] static wire::DownRow member_row(std::uint64_t member, std::int64_t points) {
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::member);
    base::append_big_endian(row.key, member, 8);
    row.body = wire::encode(wire::MemberRow{base::MemberId{member}, points, 0, 1});
    return row;
  }

  [[nodiscard]] wire::DownRow programme_row(std::uint32_t version, const crypto::SigningKey& key,
                                            std::uint16_t key_number = 1) const {
    wire::ProgrammeRow programme{version, key_number, bytes_of("{}"), {}};
    programme.signature = key.sign(crypto::context::document, hub.brand(), programme.json);
    wire::DownRow row;
    row.kind = static_cast<std::uint8_t>(wire::RowKind::programme);
    row.key = bytes_of("p");
    row.body = wire::encode(programme);
    return row;
  }
};

inline wire::Checkpoint checkpoint_of(const std::vector<wire::DownRow>& rows) {
  wire::Checkpoint checkpoint;
  for (const auto& row : rows) {
    ++checkpoint.count;
    checkpoint.checksum += wire::row_checksum(row.key, row.body);
  }
  return checkpoint;
}

template <class T>
std::string code_in(const engine::Input& input) {
  const auto* found = std::get_if<T>(&input);
  return found == nullptr ? "another input" : std::string{base::code_name(found->error.code)};
}

}  // namespace millpond::tests
