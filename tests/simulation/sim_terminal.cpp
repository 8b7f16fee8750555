// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sim_terminal.h"

#include "sync/client/documents.h"
#include "tests/simulation/planted.h"

#include <deque>

namespace millpond::simulation {
namespace {

constexpr const char* journal_file = "journal.db";
constexpr const char* replica_file = "replica.db";
// A fact with its chain, its share of the ring, the sale's key and the coupon; measured at 600 bytes, with room.
constexpr std::uint64_t bytes_a_fact_max = 1'500;
constexpr std::uint64_t bytes_of_empty_files_max = 6U << 20;  // two databases and the rollback journal's kept pages

bool is_down(const client::Outgoing& outgoing) { return !outgoing.batch.has_value(); }

}  // namespace

SimTerminal::SimTerminal(Surroundings surroundings, client::Credentials credentials, bool sectors_whole,
                         std::uint64_t seed)
    : around_{surroundings},
      credentials_{std::move(credentials)},
      sectors_whole_{sectors_whole},
      rng_{seed},
      jitter_{seed + 1},
      nonces_{seed + 2},
      clock_{surroundings.timeline},
      disk_{"sim-terminal-" + std::to_string(credentials_.terminal.value) + "-" +
                std::to_string(reinterpret_cast<std::uintptr_t>(this)),
            seed + 3} {
  if (sectors_whole_) disk_.keep_sectors_whole();
}

void SimTerminal::boot() {
  disk_.power_on();
  disk_.heal();
  ++life_;
  deaths_ = disk_.deaths();
  if (faulty_ && rng_.chance(1, 8))
    disk_.fail_after(rng_.below(80), tests::FaultKind::power_cut);  // again, while it starts
  store::JournalOptions options;
  options.path = journal_file;
  options.owner = {credentials_.brand, credentials_.terminal, base::StoreId{1}};
  options.vfs = disk_.vfs_name();
  auto journal = store::Journal::open(std::move(options), clock_, nonces_);
  if (journal) journal_ = watch(std::move(*journal), credentials_.terminal, around_.oracle, around_.bug);
  if (died()) return;
  if (!journal) return around_.oracle.violated("the journal does not open: " + base::describe(journal.error()));
  const auto replica = open_replica();
  if (died()) return;
  if (!replica) return around_.oracle.violated("the replica does not open: " + base::describe(replica.error()));
  const auto outbox = journal_->outbox();
  if (!outbox) return around_.oracle.violated("the outbox cannot be read: " + base::describe(outbox.error()));
  epoch_ = outbox->live_epoch;
  executor_.emplace(
      credentials_, "boot-" + std::to_string(life_),
      [this](const std::function<void(store::Journal&)>& function) -> base::Result<> {
        function(*journal_);
        return {};
      },
      *replica_, clock_, nonces_);
  engine_ = {};
  feed(engine::Started{});
  if (executor_) feed_all(executor_->report_outbox());
}

base::Result<> SimTerminal::open_replica() {
  auto replica = store::Replica::open(replica_file, disk_.vfs_name());
  if (!replica && replica.error().code == base::Code::store_corrupt && !sectors_whole_) {
    // The product sets a damaged file aside with the file system's means, which files in memory lack.
    disk_.remove(replica_file);
    disk_.remove(std::string{replica_file} + "-wal");
    replica = store::Replica::open(replica_file, disk_.vfs_name());
  }
  if (!replica) return replica.error();
  replica_ = watch(std::move(*replica), around_.oracle, around_.bug, sectors_whole_);
  return {};
}

void SimTerminal::feed_all(const std::vector<engine::Input>& inputs) {
  for (const auto& input : inputs) feed(input);
}

void SimTerminal::feed(const engine::Input& first) {
  std::deque<engine::Input> inputs{first};
  while (!inputs.empty() && executor_) {
    const auto actions = engine::step(engine_, clock_.monotonic_ms(), inputs.front(), jitter_);
    inputs.pop_front();
    for (const auto& action : actions) {
      if (const auto* timer = std::get_if<engine::SetTimer>(&action)) set_timer(timer->at_ms);
      auto outcome = executor_->execute(action);
      if (died()) return;
      for (auto& input : outcome.inputs) inputs.push_back(std::move(input));
      if (outcome.outgoing) send(std::move(*outcome.outgoing));
    }
  }
}

void SimTerminal::set_timer(std::int64_t at_ms) {
  around_.timeline.at(at_ms, [this, at_ms, life = life_] {
    if (life == life_ && engine_.timer_ms == at_ms) feed(engine::Tick{});
  });
}

void SimTerminal::send(client::Outgoing outgoing) {
  const auto request = outgoing.signed_request.http;
  around_.network.send(
      request, [this] { return around_.timeline.now_ms() >= line_back_ms_; },
      [this, life = life_, outgoing = std::move(outgoing)](const base::Result<net::HttpAnswer>& answer) {
        if (life != life_ || !executor_) return;  // whoever asked is gone
        strike();
        const auto inputs = executor_->finish(outgoing, answer);
        if (died()) return;
        for (const auto& input : inputs) {
          if (std::holds_alternative<engine::DownArrived>(input)) note_page(outgoing, answer);
        }
        feed_all(inputs);
      });
}

void SimTerminal::note_page(const client::Outgoing& outgoing, const base::Result<net::HttpAnswer>& answer) {
  if (!is_down(outgoing) || !answer) return;
  const auto page = wire::decode_down_page(answer->body);
  if (!page || page->more) return;
  included_epoch_ = page->includes_epoch;
  included_ = page->includes_your_seq;
}

// Now and then the power goes or the process is killed within the next operations of the disk.
void SimTerminal::strike() {
  if (!faulty_ || !rng_.chance(1, 60)) return;
  const bool cut = rng_.chance(3, 4);
  disk_.fail_after(rng_.below(40), cut ? tests::FaultKind::power_cut : tests::FaultKind::kill);
}

bool SimTerminal::died() {
  if (disk_.deaths() == deaths_) return false;
  ++around_.counts[static_cast<std::size_t>(disk_.powered() ? Fault::terminal_killed : Fault::terminal_power_cut)];
  die();
  return true;
}

void SimTerminal::die() {
  executor_.reset();
  replica_.reset();
  journal_.reset();
  deaths_ = disk_.deaths();
  ++life_;
  if (faulty_ && rng_.chance(1, 20)) {
    disk_.remove(replica_file);
    disk_.remove(std::string{replica_file} + "-wal");
    ++around_.counts[static_cast<std::size_t>(Fault::replica_deleted)];
  }
  const auto pause_ms = second_ms + static_cast<std::int64_t>(rng_.below(10 * minute_ms));
  around_.timeline.after(pause_ms, [this, life = life_] {
    if (life == life_) boot();
  });
}

void SimTerminal::plan_faults(std::int64_t until_ms) {
  const auto next_ms = around_.timeline.now_ms() + static_cast<std::int64_t>(rng_.below(8 * hour_ms));
  if (next_ms >= until_ms) return;
  around_.timeline.at(next_ms, [this, until_ms] {
    if (rng_.chance(3, 4)) cut_line();
    if (rng_.chance(1, 6)) {
      // The sent ring measures its 35 days by the wall clock, so a jump past them gives up the means to refill a hub.
      clock_.shift_ms = static_cast<std::int64_t>(rng_.below(30)) * day_ms - 15 * day_ms;
      ++around_.counts[static_cast<std::size_t>(Fault::clock_jump)];
    }
    if (rng_.chance(1, 4) && journal_) {
      disk_.fail_after(0, tests::FaultKind::full);
      ++around_.counts[static_cast<std::size_t>(Fault::terminal_disk_full)];
      around_.timeline.after(20 * minute_ms, [this] { disk_.heal(); });
    }
    plan_faults(until_ms);
  });
}

void SimTerminal::cut_line() {
  auto length_ms = minute_ms + static_cast<std::int64_t>(rng_.below(2 * hour_ms));
  if (rng_.chance(1, 10)) length_ms = static_cast<std::int64_t>(rng_.below(2 * day_ms));
  line_back_ms_ = around_.timeline.now_ms() + length_ms;
  ++around_.counts[static_cast<std::size_t>(Fault::line_cut)];
}

void SimTerminal::heal() {
  faulty_ = false;
  line_back_ms_ = 0;
  disk_.heal();
  clock_.shift_ms = 0;
  // The last repetition of a sale that the till still waits for.
  around_.timeline.after(20 * minute_ms, [this] {
    if (pending_) visit();
  });
}

bool SimTerminal::settled(std::uint64_t hub_seq) {
  if (!executor_ || pending_ || engine_.line != engine::Line::online || engine_.queued != 0) return false;
  const auto cursor = replica_->cursor();
  const auto outbox = journal_->outbox();
  return cursor && outbox && cursor->hub_seq == hub_seq && included_epoch_ == outbox->live_epoch &&
         included_ == outbox->live_head;
}

std::string SimTerminal::describe() {
  if (!executor_) return "terminal " + std::to_string(credentials_.terminal.value) + " is down";
  return "terminal " + std::to_string(credentials_.terminal.value) + " line " +
         std::to_string(static_cast<int>(engine_.line)) + " " +
         (engine_.stopped ? base::describe(*engine_.stopped) : engine_.reason) + ", queued " +
         std::to_string(engine_.queued) + ", head " + std::to_string(engine_.head.value) + ", included " +
         std::to_string(included_.value) + (pending_ ? ", a sale is pending" : "");
}

void SimTerminal::check_shown(const std::vector<hub::Balance>& balances) {
  const auto wrong = [this](base::MemberId member, const std::string& what) {
    around_.oracle.violated(describe() + ": member " + std::to_string(member.value) + " " + what);
  };
  const auto read = journal_->read([&](store::Transaction& transaction) -> base::Result<> {
    for (const auto& balance : balances) {
      MILLPOND_TRY(const auto known, replica_->find_member(balance.member));
      if (!known) {
        wrong(balance.member, "is unknown here");
        continue;
      }
      MILLPOND_TRY(const auto pending, transaction.points_since(balance.member, known->as_of_position));
      if (known->row.points + pending != balance.points) {
        wrong(balance.member, "is shown " + std::to_string(known->row.points) + " + " + std::to_string(pending) +
                                  " points, the hub has " + std::to_string(balance.points));
      }
    }
    return {};
  });
  if (!read) around_.oracle.violated(describe() + ": " + base::describe(read.error()));
}

void SimTerminal::check_files() {
  const auto verified = journal_->verify();
  if (!verified || !verified->sqlite_ok || verified->broken_at) {
    around_.oracle.violated(describe() + ": the journal does not verify");
  }
  const auto programme = journal_->document(client::programme_document);
  if (!programme || !*programme) around_.oracle.violated(describe() + ": no programme arrived");
  const auto bytes = disk_.bytes();
  if (bytes > bytes_of_empty_files_max + bytes_a_fact_max * engine_.head.value) {
    around_.oracle.violated(describe() + ": the files hold " + std::to_string(bytes) + " bytes");
  }
}

}  // namespace millpond::simulation
