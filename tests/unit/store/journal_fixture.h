// SPDX-License-Identifier: Apache-2.0
// What tests of the journal share: options, opening, one action at a time, and the checks that always hold.
#pragma once

#include "sync/crypto/hash.h"
#include "sync/store/journal.h"
#include "sync/wire/canonical.h"
#include "tests/support/manual_clock.h"
#include "tests/support/sample_sale.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::tests {

inline store::JournalOptions journal_options(const std::filesystem::path& path, const std::string& vfs = {}) {
  store::JournalOptions options;
  options.path = path;
  options.owner = {{}, {7}, {12}};
  options.owner.brand.bytes.fill(0xAB);
  options.vfs = vfs;
  return options;
}

inline std::unique_ptr<store::Journal> open_journal(const store::JournalOptions& options, const base::Clock& clock,
                                                    std::uint64_t seed = 1) {
  base::SeededRng rng{seed};
  auto journal = store::Journal::open(options, clock, rng);
  INFO((journal ? std::string{} : base::describe(journal.error())));
  REQUIRE(journal);
  return std::move(*journal);
}

inline base::Result<> commit_one(store::Journal& journal, const store::Action& action) {
  return journal.commit(std::span{&action, 1}).front();
}

// Asks inside a reading action.
template <class Ask>
auto ask(store::Journal& journal, Ask question) {
  std::optional<std::invoke_result_t<Ask, store::Transaction&>> answer;
  REQUIRE(journal.read([&](store::Transaction& transaction) -> base::Result<> {
    answer = question(transaction);
    return {};
  }));
  return std::move(*answer);
}

inline bool has_sale(store::Journal& journal, std::uint64_t number) {
  const auto found = ask(journal, [&](store::Transaction& t) { return t.find_sale(sale_key(number)); });
  REQUIRE(found);
  return found->has_value();
}

// Sends everything that is queued as the client would, without signing.
inline void acknowledge_all(store::Journal& journal, std::uint32_t batch_events = 1'000, std::int64_t hub_ms = 0) {
  for (;;) {
    const auto status = *journal.outbox();
    if (status.queued == 0) return;
    const auto batch = journal.read_batch(status.epoch, {status.acked.value + 1}, batch_events, 4U << 20);
    REQUIRE(batch);
    const base::Seq through{batch->first_seq.value + batch->rows.size() - 1};
    REQUIRE(journal.acknowledge(status.epoch, through, wire::encode(*batch), hub_ms));
  }
}

inline void check_sound(store::Journal& journal) {
  const auto verification = journal.verify();
  REQUIRE(verification);
  CHECK(verification->sqlite_ok);
  CHECK_FALSE(verification->broken_at);
}

}  // namespace millpond::tests
