// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sim_hub.h"

#include "sync/crypto/hash.h"
#include "sync/hub/core/sqlite_open.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millpond::simulation {
namespace {

// Small feeds and short lives, so that a day sees snapshots replace each other and tombstones go.
constexpr std::uint64_t snapshot_rows_min = 100;
constexpr std::uint64_t snapshot_moved_min = 100;
constexpr auto later_kind = static_cast<wire::RowKind>(200);
constexpr std::int64_t tombstone_ms = 2 * hour_ms;

crypto::SigningKey seeded_key(std::uint8_t fill) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(fill);
  return crypto::SigningKey::from_seed(seed);
}

hub::HubKeys make_keys() {
  const auto root = seeded_key(1);
  auto signing = seeded_key(2);
  auto opening = crypto::OpeningKey::generate();  // nothing is sealed here, so it need not be the same at every start
  const wire::HubKey hub_key{hub::first_hub_key, signing.public_key(), opening.public_key()};
  auto vouched = wire::vouch_hub_key(hub_key, root);
  hub::HubKeys keys;
  keys.root = root.public_key();
  keys.brand = crypto::brand_id_of(keys.root);
  keys.pairs.push_back({hub_key, std::move(vouched), std::move(signing), std::move(opening)});
  keys.phone_key = base::Bytes(hub::phone_key_bytes, 7);
  return keys;
}

}  // namespace

SimHub::SimHub(Timeline& timeline, Oracle& oracle, Faults& faults, Bug bug, std::uint64_t seed)
    : timeline_{timeline},
      oracle_{oracle},
      faults_{faults},
      bug_{bug},
      clock_{timeline},
      rng_{seed},
      disk_{"sim-hub-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)), seed ^ 0x48},
      brand_{crypto::brand_id_of(seeded_key(1).public_key())},
      batches_rng_{seed ^ 0xB47C} {
  boot(false);
  MILLPOND_CHECK(up());
  tend();
}

SimHub::~SimHub() { close(); }

void SimHub::close() {
  shelf_.reset();
  core_.reset();
}

wire::HubKey SimHub::hub_key() const { return {hub::first_hub_key, seeded_key(2).public_key(), {}}; }

wire::Provisioned SimHub::provision(const crypto::PublicKey& key) {
  const auto code = core_->add_terminal(base::StoreId{1});
  MILLPOND_CHECK(code.has_value());
  const auto answer = core_->provision({code->code, key});
  MILLPOND_CHECK(answer.has_value());
  const auto checked = wire::check_answer(*answer, key);
  MILLPOND_CHECK(checked.has_value());
  return *checked;
}

model::Programme SimHub::publish_programme() {
  const auto names = nlohmann::json{{"zh-CN", "池"}, {"en", "Pond"}};
  nlohmann::json document{
      {"version", 1},
      {"brand_name", names},
      {"currency", "CNY"},
      {"earn", {{"points", 1}, {"per_minor", 100}}},
      // Two changes of summer time within the first days.
      {"zone", nlohmann::json::array({{{"from", "1970-01-01T00:00:00Z"}, {"offset_min", 480}},
                                      {{"from", "2026-11-02T01:00:00Z"}, {"offset_min", 540}},
                                      {{"from", "2026-11-03T18:00:00Z"}, {"offset_min", 480}}})},
      {"tiers", nlohmann::json::array()},
      {"coupons", nlohmann::json::array({{{"id", 1},
                                          {"name", names},
                                          {"type", "amount_off"},
                                          {"value_minor", 800},
                                          {"threshold_minor", 1'000},
                                          {"valid", {{"days", 30}}}}})},
      {"campaigns", nlohmann::json::array({{{"id", 1},
                                            {"name", names},
                                            {"trigger", {{"on", "sale_paid"}}},
                                            {"starts", "2026-01-01"},
                                            {"ends", "2028-12-31"},
                                            {"when", {{"paid_at_least_minor", 6'000}}},
                                            {"offline", "decide"},
                                            {"actions", nlohmann::json::array({{{"coupon", 1}}, {{"points", 3}}})}}})},
      {"notices", {{"membership", names}, {"marketing", names}}}};
  // Points in lots that are not good before the next day, in half of the worlds; no other draw is moved by it.
  if (auto draws = rng_; draws.chance(1, 2)) {
    document["lots"] = {{"pending_days", 1}, {"expiry", {{"kind", "never"}}}, {"return_grace_days", 2}};
  }
  const auto text = document.dump();
  const auto published = core_->publish_programme(base::view_of(text));
  if (!published) oracle_.violated("the programme is refused: " + base::describe(published.error()));
  auto programme = model::parse_programme(base::view_of(text));
  MILLPOND_CHECK(programme.has_value());
  if (faults_.begins(Fault::unknown_row)) {
    MILLPOND_CHECK(
        store_->publish(later_kind, base::view_of("key"), base::view_of("of a later release"), 1, clock_.wall_ms())
            .has_value());
  }
  return *std::move(programme);
}

std::int64_t SimHub::set_limits(const model::HonourLimits& limits) {
  const auto bound = core_->set_limits(limits);
  MILLPOND_CHECK(bound.has_value());
  limits_ = limits;
  return *bound;
}

std::vector<hub::RightsStanding> SimHub::rights() {
  if (auto rights = core_->rights()) {
    rights_read_ = *std::move(rights);
  } else if (disk_well_) {
    oracle_.violated("rights cannot be read: " + base::describe(rights.error()));
  }
  return rights_read_;
}

void SimHub::set_points(const hub::LeaseTerms& terms) {
  points_ = terms;
  core_->set_lease_terms({terms});
}

hub::LeaseBooks SimHub::leases() {
  if (auto books = core_->leases()) {
    leases_read_ = *std::move(books);
  } else if (disk_well_) {
    oracle_.violated("leases cannot be read: " + base::describe(books.error()));
  }
  return leases_read_;
}

std::int64_t SimHub::lost_points() {
  std::int64_t sum = 0;
  for (const auto& lost : leases().lost) sum += lost.points;
  return sum;
}

void SimHub::boot(bool restored) {
  disk_.power_on();
  ++life_;
  deaths_ = disk_.deaths();
  nonces_ = wire::NonceCache{};
  const auto opened = open(restored);
  if (died()) return;
  if (std::exchange(flipped_, false)) {
    const auto check = opened ? core_->check(hub::CheckDepth::rebuilt) : base::Result<hub::CoreCheck>{opened.error()};
    // What its operator does then. Silence is right only when the bit stood for nothing; the last checks tell.
    if (!opened || ((!check || !check->holds()) && bug_ != Bug::hub_damage_unnoticed)) return restore_backup();
  }
  if (opened) {
    project_soon();
    return look_after_mending();
  }
  if (disk_well_) return oracle_.violated("the hub does not start: " + base::describe(opened.error()));
  close();
  timeline_.after(10 * minute_ms, [this, life = life_] {
    if (life == life_) boot(false);
  });
}

base::Result<> SimHub::open(bool restored) {
  MILLPOND_TRY(auto store, hub::open_sqlite_store(
                               {std::filesystem::path{hub_file}, disk_.vfs_name(), 1 + rng_.below(1U << 30), 0}));
  store_ = store.get();
  if (restored) {
    oracle_.hub_went_back(*store_);
  } else if (!flipped_) {
    oracle_.hub_started(*store_);
  }
  MILLPOND_TRY(core_, hub::HubCore::create(std::move(store), make_keys(), clock_, rng_, hub_credit));
  core_->set_people({.compares_digits = false});
  // What an operator does after a restore, and again when the hub went down meanwhile.
  owes_restored_ = (owes_restored_ || restored) && bug_ != Bug::restored_forgotten;
  if (owes_restored_) MILLPOND_TRY_DO(core_->restored());
  owes_restored_ = false;
  if (limits_) MILLPOND_TRY_DO(core_->set_limits(*limits_));  // from its settings, at every start
  if (points_) core_->set_lease_terms({*points_});
  return open_shelf(snapshot_moved_min, 8);
}

base::Result<> SimHub::open_shelf(std::uint64_t moved_min, std::uint32_t moved_percent) {
  hub::ShelfOptions options;
  options.vfs = disk_.vfs_name();
  options.rows_min = snapshot_rows_min;
  options.moved_min = moved_min;
  options.moved_percent = moved_percent;
  options.tombstone_ms = tombstone_ms;
  MILLPOND_TRY(shelf_, hub::SnapshotShelf::open(*core_, clock_, options));
  return {};
}

// Two newer ones at once: the file of a download that runs is no longer there.
void SimHub::replace_snapshots() {
  if (!up()) return;
  const auto done = [&]() -> base::Result<> {
    MILLPOND_TRY_DO(open_shelf(1, 0));
    for (std::uint32_t i = 0; i < 2; ++i) {
      MILLPOND_TRY_DO(store_->publish(later_kind, base::view_of("key"), base::view_of("of a later release"),
                                      ++later_version_, clock_.wall_ms()));
      MILLPOND_TRY_DO(shelf_->refresh());
    }
    return open_shelf(snapshot_moved_min, 8);
  }();
  if (!died() && !done && disk_well_) oracle_.violated("no newer snapshot is made: " + base::describe(done.error()));
}

void SimHub::project_soon() {
  if (std::exchange(projecting_, true)) return;
  timeline_.after(100 + static_cast<std::int64_t>(rng_.below(5'000)), [this] {
    projecting_ = false;
    project();
  });
}

void SimHub::expect_trade(std::uint32_t actions_a_day) {
  constexpr std::uint32_t projector_events = 10'000;  // hub::Projector
  page_rows_ = std::clamp(actions_a_day / 2, page_rows_, wire::page_rows_max);
  events_a_turn_ = std::clamp<std::size_t>(actions_a_day, events_a_turn_, projector_events);
}

void SimHub::project() {
  if (!up()) return;
  const auto outcome = core_->project(events_a_turn_);
  if (died()) return;
  if (!outcome) {
    const bool waits = mending_since_ms_ && outcome.error().code == base::Code::store_corrupt;  // in a rebuild
    if (disk_well_ && !waits) oracle_.violated("the projector stopped: " + base::describe(outcome.error()));
    return project_soon();
  }
  events_projected_ += outcome->events;
  const auto booked = core_->settle();
  if (died()) return;
  if (!booked && disk_well_) oracle_.violated("the hub books nothing: " + base::describe(booked.error()));
  if (outcome->more || !booked || *booked > 0) project_soon();
}

bool SimHub::died() {
  if (disk_.deaths() == deaths_) return false;
  deaths_ = disk_.deaths();
  close();
  ++life_;
  touch_sleeping_disk();
  change_batch();
  timeline_.after(second_ms + static_cast<std::int64_t>(rng_.below(5 * minute_ms)), [this, life = life_] {
    if (life == life_) boot(false);
  });
  return true;
}

void SimHub::bring_up() {
  faulty_ = dies_before_answer_ = rebuilds_after_page_ = false;
  rebuilds_after_piece_ = replaces_after_piece_ = false;
  no_credit_until_ms_ = 0;
  clock_.shift_ms = 0;
  heal_disk();
  if (!up()) boot(false);
}

std::uint64_t SimHub::hub_seq() {
  const auto status = core_->status();
  return status ? status->hub_seq : 0;
}

wire::DownCursor SimHub::head() {
  const auto head = core_->feed_head();
  MILLPOND_CHECK(head.has_value());
  return {head->generation, head->hub_seq, head->hub_seq};
}

std::vector<hub::Balance> SimHub::balances() {
  auto balances = core_->balances();
  if (balances) return std::move(*balances);
  oracle_.violated("balances cannot be read: " + base::describe(balances.error()));
  return {};
}

bool SimHub::settled() {
  look_after_mending();
  if (mending_since_ms_) return false;
  if (!up() || projecting_ || repeat_removals() || !up() || repeat_pairs() || !up()) return false;
  const auto status = core_->status();
  return status && status->events_received == status->events_projected;
}

void SimHub::check(const std::vector<hub::Balance>& balances) {
  const auto check = core_->check(hub::CheckDepth::rebuilt);
  if (!check) {
    oracle_.violated("the hub cannot check itself: " + base::describe(check.error()));
  } else if (!check->holds()) {
    oracle_.violated("the hub's own check fails: " + check->first_broken + check->rebuilt_otherwise);
  }
  const auto status = core_->status();
  if (status && status->went_back) oracle_.violated("the hub went back, and nobody told it");
  check_signals();
  const auto lost = lost_points();
  if (lost > 0) static_cast<void>(faults_.begins(Fault::points_overdrawn));
  close();
  const auto store = hub::open_sqlite_store({std::filesystem::path{hub_file}, disk_.vfs_name(), 1, 0});
  if (!store) {
    oracle_.violated("the hub's store does not open: " + base::describe(store.error()));
    return;
  }
  oracle_.check_hub(**store, balances, lost);
  check_pairs(balances);
}

// Everybody here goes by the programme, whatever befalls their disks: nobody must be said to have given too much.
void SimHub::check_signals() {
  const auto signals = core_->signals(SIZE_MAX);
  if (!signals) return oracle_.violated("signals cannot be read: " + base::describe(signals.error()));
  for (const auto& each : *signals) {
    const auto signal = each.raised.signal;
    const bool of_programme = signal == model::Signal::issue_beyond_rules ||
                              signal == model::Signal::programme_unknown || signal == model::Signal::programme_old;
    if (!of_programme) continue;
    oracle_.violated("terminal " + std::to_string(each.terminal.value) + " seq " + std::to_string(each.seq.value) +
                     " is said to have given " + std::to_string(each.raised.value) + " where " +
                     std::to_string(each.raised.limit) + " were allowed");
  }
}

// Nobody is asked whom the hub does not know, or knows no more.
void SimHub::check_pairs(const std::vector<hub::Balance>& balances) {
  for (const auto& [from, pair] : pairs_) {
    if (!oracle_.enrolled(from) || !oracle_.enrolled(pair.into)) continue;
    const auto found = std::ranges::find(balances, from, &hub::Balance::member);
    const auto same_as = found == balances.end() ? base::MemberId{} : found->same_as;
    if (same_as == (pair.parted ? base::MemberId{} : pair.into)) continue;
    oracle_.violated("member " + std::to_string(from.value) + " is not whom the operator says at the hub");
  }
}

}  // namespace millpond::simulation
