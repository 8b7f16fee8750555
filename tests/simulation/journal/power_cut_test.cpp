// SPDX-License-Identifier: Apache-2.0
// Power cuts at any write, sync, truncate or delete of a journal's life, recovery included. Promise: what commit()
// reported is there afterwards, whole, in an unbroken chain; what it did not report is there whole or not at all.
#include "tests/support/crash_vfs.h"
#include "tests/unit/store/journal_fixture.h"

#include <cstdlib>
#include <iostream>
#include <set>

using namespace millpond;
using tests::CrashDisk;
using tests::FaultKind;

namespace {

struct Tally {
  std::uint64_t cuts{};
  std::uint64_t acknowledged{};
  std::uint64_t lost{};
  std::uint64_t halves{};
  std::uint64_t broken{};  // chains, or files that do not open
};

// One disk and one journal over several cuts.
class Life {
 public:
  Life(std::uint64_t seed, store::Durability durability, bool whole_sectors, Tally& tally)
      : rng_{seed},
        disk_{"power", seed},
        options_{tests::journal_options("/journal.db", disk_.vfs_name())},
        tally_{tally} {
    options_.durability = durability;
    if (whole_sectors) disk_.keep_sectors_whole();
  }

  void run(std::uint64_t cuts) {
    for (std::uint64_t i = 0; i < cuts; ++i) {
      // Four syncs and some twenty writes make a commit: this lets between none and a dozen of them through.
      disk_.fail_after(rng_.below(rng_.chance(1, 2) ? 40 : 250), FaultKind::power_cut);
      live_until_cut();
      disk_.power_on();
      ++tally_.cuts;
      if (!inspect()) return;
    }
  }

 private:
  void live_until_cut() {
    base::SeededRng epoch_rng{rng_.next()};
    auto journal = store::Journal::open(options_, clock_, epoch_rng);
    while (journal && disk_.powered()) {
      switch (rng_.below(8)) {
        case 0:
          acknowledge(**journal);
          break;
        case 1:
          rewind(**journal);
          break;
        default:
          sell(**journal);
          break;
      }
    }
  }

  void sell(store::Journal& journal) {
    std::vector<store::Action> actions;
    std::vector<std::uint64_t> numbers;
    const auto failing = rng_.below(6);
    for (std::uint64_t i = 0; i <= rng_.below(4); ++i) {
      const auto number = next_++;
      const bool fails = i == failing;
      if (!fails) numbers.push_back(number);
      actions.emplace_back([number, fails](store::Transaction& t) -> base::Result<> {
        MILLPOND_TRY_DO(tests::record_sale(t, number));
        if (fails) return base::Error{base::Code::sale_malformed, "test", ""};
        return {};
      });
    }
    const auto results = journal.commit(actions);
    bool all_known = true;
    for (const auto& result : results)
      all_known &= result.has_value() || result.error().code == base::Code::sale_malformed;
    if (all_known) {
      acknowledged_.insert(numbers.begin(), numbers.end());
      tally_.acknowledged += numbers.size();
    } else {
      unknown_ = numbers;
    }
  }

  void acknowledge(store::Journal& journal) {
    const auto status = journal.outbox();
    if (!status || status->queued == 0) return;
    const auto batch = journal.read_batch(status->epoch, {status->acked.value + 1},
                                          static_cast<std::uint32_t>(1 + rng_.below(40)), 1U << 20);
    if (!batch) return;
    const base::Seq through{batch->first_seq.value + batch->rows.size() - 1};
    static_cast<void>(journal.acknowledge(status->epoch, through, wire::encode(*batch), 0));
  }

  void rewind(store::Journal& journal) {
    const auto status = journal.outbox();
    if (status && status->acked)
      static_cast<void>(journal.rewind(status->live_epoch, {rng_.below(status->acked.value)}));
  }

  // False when the journal is beyond use.
  bool inspect() {
    base::SeededRng epoch_rng{rng_.next()};
    auto opened = store::Journal::open(options_, clock_, epoch_rng);
    if (!opened) {
      UNSCOPED_INFO(base::describe(opened.error()));
      ++tally_.broken;
      return false;
    }
    auto& journal = **opened;
    const auto verification = journal.verify();
    if (!verification || verification->broken_at || !verification->sqlite_ok) ++tally_.broken;
    for (const auto number : acknowledged_) tally_.lost += tests::has_sale(journal, number) ? 0 : 1;
    settle_unknown(journal);
    // Every sale is two facts, a sale row and ten points; one fact began the epoch.
    const auto sales = acknowledged_.size();
    const auto points = tests::ask(journal, [](auto& t) { return t.points_since({77}, 0); });
    const auto head = journal.outbox()->live_head.value;
    const bool whole = points && static_cast<std::size_t>(*points) == 10 * sales && head == 1 + 2 * sales &&
                       verification && verification->facts == head;
    tally_.halves += whole ? 0 : 1;
    return true;
  }

  // A group whose fate was unknown is there as a whole or not at all; from now on that is known.
  void settle_unknown(store::Journal& journal) {
    std::size_t there = 0;
    for (const auto number : unknown_) there += tests::has_sale(journal, number) ? 1 : 0;
    if (there != 0 && there != unknown_.size()) ++tally_.halves;
    if (there != 0) acknowledged_.insert(unknown_.begin(), unknown_.end());
    unknown_.clear();
  }

  base::SeededRng rng_;
  tests::ManualClock clock_;
  CrashDisk disk_;
  store::JournalOptions options_;
  Tally& tally_;
  std::uint64_t next_ = 0;
  std::set<std::uint64_t> acknowledged_;
  std::vector<std::uint64_t> unknown_;
};

// MILLPOND_POWER_CUTS makes a longer run than the default.
std::uint64_t wanted_cuts(std::uint64_t otherwise) {
  const char* const text = std::getenv("MILLPOND_POWER_CUTS");
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Tally run(const char* profile, std::uint64_t cuts, store::Durability durability, bool whole_sectors) {
  constexpr std::uint64_t cuts_per_life = 25;
  Tally tally;
  for (std::uint64_t seed = 1; tally.cuts < cuts; ++seed) {
    const auto before = tally;
    Life{seed, durability, whole_sectors, tally}.run(cuts_per_life);
    CAPTURE(profile, seed);
    REQUIRE(tally.lost == before.lost);
    REQUIRE(tally.halves == before.halves);
    REQUIRE(tally.broken == before.broken);
  }
  std::cout << profile << ": cuts " << tally.cuts << ", acknowledged " << tally.acknowledged << ", lost " << tally.lost
            << ", half " << tally.halves << ", broken " << tally.broken << std::endl;
  return tally;
}

}  // namespace

TEST_CASE("no acknowledged fact is lost to a power cut that drops or garbles unsynced sectors") {
  const auto tally = run("safe, sectors dropped or garbled", wanted_cuts(2'000), store::Durability::safe, false);
  CHECK(tally.acknowledged > tally.cuts);
}

// A sector that is dropped leaves what a page held one commit earlier. SQLite's page checksum looks at every 200th byte
// only, so it often takes that for the page; the sync between journal and its count is what stands against it. This is
// the case that tells EXTRA from NORMAL, which garbage does not: garbage hardly ever passes the checksum.
TEST_CASE("no acknowledged fact is lost to a power cut that drops sectors and garbles none") {
  const auto tally = run("safe, sectors dropped", wanted_cuts(2'000) / 2, store::Durability::safe, true);
  CHECK(tally.acknowledged > tally.cuts);
}

TEST_CASE("with the wal profile none is lost on a disk that never garbles a sector") {
  const auto tally = run("wal, sectors dropped", wanted_cuts(2'000) / 4, store::Durability::wal, true);
  CHECK(tally.acknowledged > tally.cuts);
}
