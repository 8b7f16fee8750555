// SPDX-License-Identifier: Apache-2.0
// What must hold at a simulated terminal in the end.
#include "sync/client/documents.h"
#include "sync/terminal/person.h"
#include "tests/simulation/sim_terminal.h"

namespace millpond::simulation {
namespace {

// A fact with its chain, its share of the ring, the sale's key and the coupon; measured at 600 bytes, with room.
constexpr std::uint64_t bytes_a_fact_max = 1'500;
constexpr std::uint64_t bytes_of_empty_files_max = 6U << 20;  // two databases and the rollback journal's kept pages

}  // namespace

bool SimTerminal::settled(std::uint64_t hub_seq) {
  if (!executor_ || !pending_.empty() || engine_.line != engine::Line::online || engine_.queued != 0) return false;
  const auto cursor = replica_->cursor();
  const auto outbox = journal_->outbox();
  if (!cursor || !outbox || cursor->hub_seq != hub_seq) return false;
  // The hub speaks of the newest epoch: of two copies one hears about the other's, and a disk that went back and wrote
  // nothing since hears of more than it has.
  return copied_ || (included_epoch_ == outbox->live_epoch && included_ == outbox->live_head);
}

std::string SimTerminal::describe() {
  if (!executor_) return "terminal " + std::to_string(credentials_.terminal.value) + " is down";
  return "terminal " + std::to_string(credentials_.terminal.value) + " line " +
         std::to_string(static_cast<int>(engine_.line)) + " " +
         (engine_.stopped ? base::describe(*engine_.stopped) : engine_.reason) + ", queued " +
         std::to_string(engine_.queued) + ", head " + std::to_string(engine_.head.value) + ", included " +
         std::to_string(included_.value) + ", acked " + std::to_string(engine_.acked.value) + " of epoch " +
         std::to_string(engine_.epoch.value) + (engine_.up_in_flight ? ", sending" : "") +
         (engine_.awaited ? ", storing" : "") + (engine_.behind.empty() ? "" : ", behind") + ", failures " +
         std::to_string(engine_.failures) + (pending_.empty() ? "" : ", a sale is pending");
}

bool SimTerminal::waits_in_vain() {
  return executor_ && pending_.empty() && engine_.stopped && engine_.stopped->code == base::Code::terminal_revoked;
}

void SimTerminal::report_queued() {
  const auto entries = journal_->entries(1U << 20, false);
  if (!entries) return around_.oracle.violated(describe() + ": " + base::describe(entries.error()));
  // A hub that was restored after the revocation asks for nothing, so that what it had acknowledged stays in the ring.
  const bool ring_counts = around_.hub.went_back();
  for (const auto& entry : *entries) around_.oracle.still_here(entry.fact, !entry.acked || ring_counts);
}

void SimTerminal::check_says_why() {
  if (!executor_ || engine_.stopped || engine_.reason == base::code_name(base::Code::certificate_invalid)) return;
  around_.oracle.violated(describe() + ": nobody is told that the certificate is at fault");
}

// What a member earned here is never missing from what is shown here: it is in the hub's rows or among the local
// points, whatever a power cut took from either file. A hub that was itself set back says less for a while.
void SimTerminal::check_own_points() {
  const auto complete = replica_->complete();
  if (around_.hub.went_back() || !complete || !*complete || replica_flipped_ || journal_flipped_ || copied_ ||
      replica_of_another_) {
    return;
  }
  const auto read = journal_->read([&](store::Transaction& transaction) -> base::Result<> {
    for (const auto& [member, points] : own_points_) {
      MILLPOND_TRY(const auto known, replica_->find_member(member));
      if (around_.oracle.was_debited_elsewhere(member)) continue;
      if (!known) continue;  // nobody by that name here: the enrolment at another terminal is still on its way
      MILLPOND_TRY(const auto pending, transaction.points_since(member, known->as_of_position));
      if (known->row.points + pending >= points) continue;
      around_.oracle.violated(describe() + ": member " + std::to_string(member.value) + " earned " +
                              std::to_string(points) + " points here and is shown " +
                              std::to_string(known->row.points) + " + " + std::to_string(pending) + " after a start");
    }
    return {};
  });
  if (!read) around_.oracle.violated(describe() + ": " + base::describe(read.error()));
}

bool SimTerminal::all_readable(const std::vector<hub::Balance>& balances) {
  if (!replica_flipped_) return true;
  for (const auto& balance : balances) {
    const auto known = replica_->find_member(balance.member);
    if (!known && known.error().code == base::Code::store_corrupt) return false;
  }
  return true;
}

void SimTerminal::check_shown(const std::vector<hub::Balance>& balances) {
  const auto live = journal_->outbox();
  if (!live || (copied_ && (included_epoch_ != live->live_epoch || included_ != live->live_head))) return;
  const auto wrong = [this](base::MemberId member, const std::string& what) {
    around_.oracle.violated(describe() + ": member " + std::to_string(member.value) + " " + what);
  };
  const auto read = journal_->read([&](store::Transaction& transaction) -> base::Result<> {
    for (const auto& balance : balances) {
      if (!around_.oracle.enrolled(balance.member)) continue;  // earned here, and the enrolment went with a disk
      if (around_.hub.removed(balance.member)) {
        MILLPOND_TRY(const auto known, replica_->find_member(balance.member));
        if (known) wrong(balance.member, "was removed and is still shown");
        continue;
      }
      MILLPOND_TRY(const auto person, terminal::person_of(*replica_, balance.member));
      if (!person.row) {
        wrong(balance.member, "is unknown here");
        continue;
      }
      MILLPOND_TRY(const auto pending, terminal::pending_points(transaction, person));
      const auto root_of = [](const hub::Balance& each) { return each.same_as ? each.same_as : each.member; };
      std::int64_t sum = 0;  // of all numbers that the hub says are this person
      for (const auto& each : balances) sum += root_of(each) == root_of(balance) ? each.points : 0;
      if (person.member != root_of(balance)) wrong(balance.member, "is somebody else here than at the hub");
      if (person.row->row.points + pending == sum) continue;
      wrong(balance.member, "is shown " + std::to_string(person.row->row.points) + " + " + std::to_string(pending) +
                                " points, the hub has " + std::to_string(sum));
    }
    return {};
  });
  if (!read) around_.oracle.violated(describe() + ": " + base::describe(read.error()));
}

bool SimTerminal::knows_standing() {
  const auto outbox = journal_->outbox();
  const auto standing = journal_->document(client::standing_document);
  if (!outbox || !standing) return false;
  const bool suspended = *standing && !(*standing)->empty() && (*standing)->front() == 1;
  return suspended == around_.hub.suspends(id(), outbox->live_epoch);
}

void SimTerminal::check_standing() {
  if (!knows_standing()) {
    around_.oracle.violated(describe() + ": the hub and it differ over whether it may honour value");
  }
}

void SimTerminal::check_files() {
  const auto verified = journal_->verify();
  const bool whole = verified && verified->sqlite_ok && !verified->broken_at;
  const auto health = journal_->health();
  if (!whole && !journal_flipped_) around_.oracle.violated(describe() + ": the journal does not verify");
  if (whole && health && health->healthy() && !lied_ && around_.oracle.missed_on(disk_number_) > 0) {
    around_.oracle.violated(describe() + ": facts were damaged on the disk and nothing says so");
  }
  const auto programme = journal_->document(client::programme_document);
  // Who was revoked before the first page came gets none.
  if (!waits_in_vain() && (!programme || !*programme)) around_.oracle.violated(describe() + ": no programme arrived");
  const auto bytes = disk_.bytes() - disk_.bytes_of("replica.db.damaged");
  if (journal_flipped_) return;  // the damaged file lies beside the new one
  if (bytes > bytes_of_empty_files_max + bytes_a_fact_max * engine_.head.value) {
    around_.oracle.violated(describe() + ": the files hold " + std::to_string(bytes) + " bytes");
  }
}

}  // namespace millpond::simulation
