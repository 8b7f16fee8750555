// SPDX-License-Identifier: Apache-2.0
// What goes wrong at a simulated hub, and what its operator does about it.
#include "tests/simulation/sim_hub.h"

#include <algorithm>

namespace millpond::simulation {

void SimHub::plan_faults(std::int64_t until_ms) {
  const auto next_ms = timeline_.now_ms() + static_cast<std::int64_t>(rng_.below(4 * hour_ms));
  if (next_ms >= until_ms) return;
  timeline_.at(next_ms, [this, until_ms] {
    misfortune();
    plan_faults(until_ms);
  });
}

void SimHub::misfortune() {
  if (!up() || !faulty_) return;
  switch (rng_.below(18)) {
    case 0:
    case 1:
      if (timeline_.now_ms() >= backup_kept_until_ms_) make_backup();
      return;
    case 2:
      return restore_backup();
    case 3:
    case 4:
    case 5:
      return strike(Fault::hub_killed, tests::FaultKind::kill);
    case 6:
    case 7:
    case 8:
      return strike(Fault::hub_power_cut, tests::FaultKind::power_cut);
    case 9:
      return fail_disk(Fault::hub_disk_full, tests::FaultKind::full);
    case 10:
      return fail_disk(Fault::hub_sync_error, tests::FaultKind::sync_error);
    case 11:
      dies_before_answer_ = true;
      return;
    case 12:
      rebuilds_after_page_ = true;
      return;
    case 13:
      rebuilds_after_piece_ = true;
      return;
    case 14:
      return flip_snapshot();
    case 15:
      replaces_after_piece_ = true;
      return;
    case 16:
      return jump_years();
    default:
      if (!faults_.begins(Fault::hub_no_credit)) return;
      no_credit_until_ms_ = timeline_.now_ms() + static_cast<std::int64_t>(rng_.below(2 * hour_ms));
  }
}

// Within the next operations of its disk.
void SimHub::strike(Fault fault, tests::FaultKind kind) {
  const auto operations = rng_.below(30);
  if (faults_.begins(fault)) disk_.fail_after(operations, kind);
}

void SimHub::fail_disk(Fault fault, tests::FaultKind kind) {
  if (!faults_.begins(fault)) return;
  disk_.fail_after(0, kind);
  disk_well_ = false;
  timeline_.after(static_cast<std::int64_t>(rng_.below(30 * minute_ms)), [this] { heal_disk(); });
}

void SimHub::make_backup() {
  if (mending_since_ms_) return;  // it would keep the damage
  backup_ = disk_.image();
  backup_made_ms_ = timeline_.now_ms();
}

void SimHub::keep_backup(std::int64_t until_ms) {
  if (!up()) return;
  make_backup();
  backup_kept_until_ms_ = until_ms;
}

void SimHub::restore_backup() {
  if (!backup_ || !faults_.begins(Fault::hub_restored)) return;
  close();
  heal_disk();
  mending_since_ms_.reset();
  oracle_.hub_lacks_a_batch(false);
  batches_noted_ = 0;
  in_batch_.clear();
  disk_.restore(*backup_);
  oldest_backup_ms_ = std::max(oldest_backup_ms_, timeline_.now_ms() - backup_made_ms_);
  went_back_ = true;
  boot(true);
}

// Somebody sets a date by hand, or a dead clock starts in the wrong year, until the time service corrects it.
void SimHub::jump_years() {
  if (clock_.shift_ms != 0 || !faults_.begins(Fault::hub_clock_years)) return;
  clock_.shift_ms = (rng_.chance(1, 2) ? 1 : -1) * 3'650 * day_ms;
  timeline_.after(static_cast<std::int64_t>(rng_.below(2 * hour_ms)), [this] { clock_.shift_ms = 0; });
}

void SimHub::heal_disk() {
  disk_.heal();
  disk_well_ = true;
}

// A bit of a file that is being served. Terminals must not swap it in, and must not wait for ever for another.
void SimHub::flip_snapshot() {
  const auto file = "snapshot-" + std::to_string(1 + rng_.below(2)) + ".zst";
  const auto bytes = disk_.bytes_of(file);
  if (bytes == 0 || !faults_.begins(Fault::snapshot_bit_flip)) return;
  static_cast<void>(disk_.flip_bit(file, rng_.below(bytes), static_cast<unsigned>(rng_.below(8))));
}

// Between two lives. Only where a backup could take the file's place.
void SimHub::touch_sleeping_disk() {
  const auto bytes = disk_.bytes_of(std::string{hub_file});
  const bool often = bug_ == Bug::hub_damage_unnoticed;
  if (!faulty_ || !backup_ || bytes == 0 || !rng_.chance(1, often ? 2 : 12)) return;
  if (!faults_.possible(Fault::hub_restored) || !faults_.begins(Fault::hub_bit_flip)) return;
  flipped_ = true;
  for (std::uint64_t i = 0; i < (often ? planted_hub_flips : 1); ++i) {
    static_cast<void>(disk_.flip_bit(std::string{hub_file}, rng_.below(bytes), static_cast<unsigned>(rng_.below(8))));
  }
}

// Some bytes of a stored batch, by which it is found in the file while nobody has it open.
void SimHub::note_batches() {
  constexpr std::size_t bytes = 24;
  for (;;) {
    auto position = batches_noted_;
    const auto batch = store_->batch_after(position);
    if (!batch || !*batch) return;
    batches_noted_ = position;
    const auto& raw = (*batch)->raw;
    if (raw.size() < 4 * bytes || !batches_rng_.chance(1, 4)) continue;
    const auto at = raw.begin() + static_cast<std::ptrdiff_t>(bytes + batches_rng_.below(raw.size() - 3 * bytes));
    in_batch_ = {at, at + bytes};
  }
}

// Only where a backup could take the file's place, should the terminal not have it any more.
void SimHub::change_batch() {
  if (!faulty_ || bug_ != Bug{} || !backup_ || flipped_ || mending_since_ms_ || in_batch_.empty()) return;
  if (!batches_rng_.chance(1, 4) || !faults_.possible(Fault::hub_restored)) return;
  const auto place = disk_.find(hub_file, in_batch_);
  if (!place || !faults_.begins(Fault::hub_batch_changed)) return;
  static_cast<void>(disk_.flip_bit(hub_file, *place + batches_rng_.below(in_batch_.size()), 3));
  in_batch_.clear();
  mending_since_ms_ = timeline_.now_ms();
  oracle_.hub_lacks_a_batch(true);
}

// What the keeper of checks does, and its operator when the terminal cannot help.
void SimHub::look_after_mending() {
  constexpr std::int64_t patience_ms = 4 * hour_ms;
  if (!mending_since_ms_ || !up()) return;
  const auto check = core_->check();
  if (died() || (!check && !disk_well_)) return;
  if (check && check->holds()) {
    mending_since_ms_.reset();
    return oracle_.hub_lacks_a_batch(false);
  }
  const bool only_batches = check && check->store.holds() && check->batches_broken == check->batches_asked;
  if (!only_batches || timeline_.now_ms() > *mending_since_ms_ + patience_ms) restore_backup();
}

// What the server's keeper of snapshots and its operator do now and then.
void SimHub::tend() {
  timeline_.after(20 * minute_ms, [this] { tend(); });
  if (up()) note_batches();
  if (up()) look_after_mending();
  if (!up()) return;
  static_cast<void>(repeat_removals());
  if (up()) static_cast<void>(repeat_pairs());
  if (up()) choose_copies();
  if (!up()) return;
  const auto made = shelf_->refresh();
  if (died() || made || !disk_well_) return;
  oracle_.violated("no snapshot is made: " + base::describe(made.error()));
}

// True when there was something left to say.
bool SimHub::repeat_removals() {
  bool said = false;
  for (const auto member : removed_) {
    const auto done = core_->remove_member(member);
    if (died()) return true;
    if (!done) continue;  // not known here yet, or removed already
    static_cast<void>(faults_.begins(Fault::member_removed));
    said = true;
  }
  if (said) project_soon();
  return said;
}

bool SimHub::is_paired(base::MemberId member) const {
  const auto holds = [&](const auto& pair) { return pair.first == member || pair.second.into == member; };
  return std::ranges::any_of(pairs_, holds);
}

void SimHub::join_members(base::MemberId from, base::MemberId into) {
  if (from == into || is_paired(from) || is_paired(into) || removed(from) || removed(into)) return;
  pairs_[from] = {into, false};
  for (const auto member : {from, into}) oracle_.debited_elsewhere(member);
}

void SimHub::part_members(base::MemberId from) {
  if (const auto pair = pairs_.find(from); pair != pairs_.end()) pair->second.parted = true;
}

// True when there was something left to say.
bool SimHub::repeat_pairs() {
  bool said = false;
  for (const auto& [from, pair] : pairs_) {
    const auto done = pair.parted ? core_->unmerge_member(from) : core_->merge_members(from, pair.into);
    if (died()) return true;
    if (!done) continue;  // not known here yet, or done already
    static_cast<void>(faults_.begins(pair.parted ? Fault::members_parted : Fault::members_merged));
    said = true;
  }
  if (said) project_soon();
  return said;
}

// Some hours after two copies of a terminal were seen, or never.
void SimHub::choose_copies() {
  const auto status = core_->status();
  if (!status) return;
  for (const auto& terminal : status->terminals) {
    if (terminal.standing.suspected_ms == 0 || terminal.standing.kept || terminal.epochs.empty()) continue;
    auto [due, is_new] = choice_due_ms_.try_emplace(terminal.terminal);
    if (is_new) {
      const bool never = rng_.chance(1, 4);
      due->second = never ? INT64_MAX : timeline_.now_ms() + static_cast<std::int64_t>(rng_.below(12 * hour_ms));
    }
    if (timeline_.now_ms() < due->second || !faults_.begins(Fault::copy_chosen)) continue;
    choice_due_ms_.erase(due);  // a new suspicion takes a new choice
    const auto of_last = std::min<std::uint64_t>(terminal.epochs.size(), 2);
    const auto& chosen = terminal.epochs[terminal.epochs.size() - 1 - rng_.below(of_last)];
    const auto kept = core_->keep_copy(terminal.terminal, chosen.epoch);
    if (died()) return;
    if (!kept && disk_well_) oracle_.violated("a copy cannot be chosen: " + base::describe(kept.error()));
  }
}

void SimHub::revoke(base::TerminalId terminal) {
  if (!up() || !faults_.begins(Fault::terminal_revoked)) return;
  const auto done = core_->revoke_terminal(terminal);
  if (!died() && !done && disk_well_) oracle_.violated("not revoked: " + base::describe(done.error()));
}

bool SimHub::revoked(base::TerminalId terminal) {
  const auto known = core_->authorized_terminal(terminal);
  return !known && known.error().code == base::Code::terminal_revoked;
}

bool SimHub::suspends(base::TerminalId terminal, base::Epoch epoch) {
  const auto status = core_->status();
  if (!status) return false;
  const auto found = std::ranges::find(status->terminals, terminal, &hub::TerminalStatus::terminal);
  return found != status->terminals.end() && found->standing.suspends(epoch);
}

void SimHub::rebuild() {
  if (mending_since_ms_) return;  // nothing is made anew of a batch that cannot be read
  if (!up() || !faulty_ || !faults_.begins(Fault::hub_rebuilt)) return;
  const auto rebuilt = core_->rebuild();
  if (!died() && !rebuilt && disk_well_) {
    oracle_.violated("the hub does not rebuild: " + base::describe(rebuilt.error()));
  }
}

}  // namespace millpond::simulation
