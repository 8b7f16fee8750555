// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sim_hub.h"

#include "sync/crypto/hash.h"
#include "sync/wire/canonical.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace millpond::simulation {
namespace {

constexpr std::string_view hub_file = "hub.db";
// The longer the poll, the more of the simulated days is about facts and not about asking for none.
constexpr wire::Credit credit{2'000, 1U << 20, 0, 20 * 60'000};
constexpr std::uint32_t page_rows = 200;  // so that a download takes several pages

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
  return {root.public_key(),  crypto::brand_id_of(root.public_key()), hub_key, std::move(vouched), std::move(signing),
          std::move(opening), base::Bytes(hub::phone_key_bytes, 7)};
}

std::string header(const net::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

// "/v1/down?cursor=G.H.S&epoch=E&wait=MS&limit=N"
struct DownQuestion {
  wire::DownCursor cursor;
  std::uint32_t epoch{};
  std::uint32_t limit{page_rows};
};

template <class Number>
bool take_number(std::string_view& text, std::string_view before, Number& number) {
  if (!text.starts_with(before)) return false;
  text.remove_prefix(before.size());
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return true;
}

std::optional<DownQuestion> down_question(std::string_view target) {
  DownQuestion asked;
  std::uint32_t wait_ms = 0;
  if (!take_number(target, "/v1/down?cursor=", asked.cursor.generation)) return std::nullopt;
  if (!take_number(target, ".", asked.cursor.hub_seq)) return std::nullopt;
  if (!take_number(target, ".", asked.cursor.scoped_seq)) return std::nullopt;
  if (!take_number(target, "&epoch=", asked.epoch)) return std::nullopt;
  if (target.starts_with("&wait=") && !take_number(target, "&wait=", wait_ms)) return std::nullopt;
  if (target.starts_with("&limit=") && !take_number(target, "&limit=", asked.limit)) return std::nullopt;
  if (!target.empty()) return std::nullopt;
  asked.limit = std::min(asked.limit, page_rows);
  return asked;
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
      brand_{crypto::brand_id_of(seeded_key(1).public_key())} {
  disk_.keep_sectors_whole();
  boot(false);
  MILLPOND_CHECK(up());
}

SimHub::~SimHub() { core_.reset(); }

wire::HubKey SimHub::hub_key() const { return {hub::first_hub_key, seeded_key(2).public_key(), {}}; }

base::TerminalId SimHub::add_terminal(const crypto::PublicKey& key) {
  const auto code = core_->add_terminal(base::StoreId{1});
  MILLPOND_CHECK(code.has_value());
  const auto answer = core_->provision({code->code, key});
  MILLPOND_CHECK(answer.has_value());
  return code->terminal;
}

model::Programme SimHub::publish_programme() {
  const auto names = nlohmann::json{{"zh-CN", "池"}, {"en", "Pond"}};
  const nlohmann::json document{
      {"version", 1},
      {"brand_name", names},
      {"currency", "CNY"},
      {"earn", {{"points", 1}, {"per_minor", 100}}},
      // Two changes of summer time within the first days.
      {"zone", nlohmann::json::array({{{"from", "1970-01-01T00:00:00Z"}, {"offset_min", 480}},
                                      {{"from", "2026-11-02T01:00:00Z"}, {"offset_min", 540}},
                                      {{"from", "2026-11-03T18:00:00Z"}, {"offset_min", 480}}})},
      {"tiers", nlohmann::json::array()},
      {"campaigns", nlohmann::json::array()},
      {"notices", {{"membership", names}, {"marketing", names}}}};
  const auto text = document.dump();
  const auto published = core_->publish_programme(base::view_of(text));
  if (!published) oracle_.violated("the programme is refused: " + base::describe(published.error()));
  auto programme = model::parse_programme(base::view_of(text));
  MILLPOND_CHECK(programme.has_value());
  if (faults_.begins(Fault::unknown_row)) {
    const auto kind = static_cast<wire::RowKind>(200);
    MILLPOND_CHECK(store_->publish(kind, base::view_of("key"), base::view_of("of a later release"), 1, clock_.wall_ms())
                       .has_value());
  }
  return *std::move(programme);
}

std::optional<net::HttpAnswer> SimHub::handle(const net::HttpRequest& request) {
  if (!up()) return std::nullopt;
  const auto auth = wire::from_headers([&](std::string_view name) { return header(request, name); });
  if (!auth) return refuse(401, base::Code::unauthorized);
  auto said = answer(*auth, request);
  if (died()) return std::nullopt;
  const auto signature = core_->sign_answer(auth->nonce, said.status, said.body);
  said.headers.emplace_back(std::string{wire::header_hub_key}, std::to_string(core_->hub_key_number()));
  said.headers.emplace_back(std::string{wire::header_hub_signature}, base::to_hex(signature));
  return said;
}

net::HttpAnswer SimHub::answer(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  const auto terminal = core_->authorized_terminal(auth.terminal);
  if (!terminal) {
    const bool unknown = terminal.error().code == base::Code::unauthorized;
    return unknown ? refuse(401, base::Code::unauthorized) : refuse(503, base::Code::overloaded);
  }
  const auto bytes =
      wire::request_signed_bytes(request.method, request.target, auth.terminal, auth.wall_ms, auth.nonce, request.body);
  if (!crypto::verify(terminal->key, crypto::context::request, brand_, bytes, auth.signature)) {
    return refuse(401, base::Code::unauthorized);
  }
  if (std::abs(auth.wall_ms - clock_.wall_ms()) > wire::request_skew_max_ms) return refuse(401, base::Code::clock_skew);
  if (!nonces_.remember(auth.terminal, auth.nonce, auth.wall_ms) && bug_ != Bug::nonce_not_cached) {
    return refuse(401, base::Code::replayed);
  }
  if (request.method == "POST" && request.target == "/v1/up") {
    return bug_ == Bug::hub_answers_before_commit ? answer_too_early(auth, request) : up_answer(auth, request);
  }
  return down_answer(auth, request);
}

net::HttpAnswer SimHub::up_answer(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  if (bug_ == Bug::hub_refuses_poison && holds_poison(request.body)) return refuse(503, base::Code::bad_input);
  if (bug_ == Bug::hub_commit_unsynced) disk_.lie_about_syncs(true);
  auto answer = core_->ingest(auth.terminal, request.body);
  disk_.lie_about_syncs(false);
  if (!answer) return refuse(answer.error().code == base::Code::protocol_mismatch ? 400 : 503, answer.error().code);
  note_stored(auth.terminal, *answer);
  if (timeline_.now_ms() < no_credit_until_ms_) answer->credit.events = 0;
  if (std::exchange(dies_before_answer_, false) && faults_.begins(Fault::hub_failover)) disk_.kill();
  return {answer->status == wire::UpStatus::accepted ? 200 : 409, {}, wire::encode(*answer), 0};
}

void SimHub::note_stored(base::TerminalId terminal, const wire::UpAnswer& answer) {
  if (answer.status != wire::UpStatus::accepted) return;
  oracle_.hub_stored(terminal, answer.epoch, answer.accepted_through);
  project_soon();
}

bool SimHub::holds_poison(base::ByteView body) const {
  const auto batch = wire::decode_up_request(body);
  return batch && std::ranges::any_of(batch->rows, [](const auto& row) { return !wire::decode_fact(row.canonical); });
}

// The planted bug: the answer leaves before the batch is stored, and a death in between forgets it.
net::HttpAnswer SimHub::answer_too_early(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  const auto batch = wire::decode_up_request(request.body);
  if (!batch) return refuse(400, base::Code::bad_input);
  wire::UpAnswer early;
  early.status = wire::UpStatus::accepted;
  early.epoch = batch->epoch;
  early.accepted_through = base::Seq{batch->first_seq.value + batch->rows.size() - 1};
  early.head = batch->chain_head;
  early.hub_wall_ms = clock_.wall_ms();
  early.credit = credit;
  timeline_.after(second_ms, [this, life = life_, terminal = auth.terminal, body = request.body] {
    if (life != life_ || !up()) return;
    const auto stored = core_->ingest(terminal, body);
    if (!died() && stored) note_stored(terminal, *stored);
  });
  return {200, {}, wire::encode(early), 0};
}

net::HttpAnswer SimHub::down_answer(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  const auto asked = down_question(request.target);
  if (!asked) return refuse(400, base::Code::bad_input);
  const auto page = core_->down(auth.terminal, asked->cursor, asked->limit, base::Epoch{asked->epoch});
  if (!page) return refuse(503, page.error().code);
  if (page->more && std::exchange(rebuilds_after_page_, false)) timeline_.after(1, [this] { rebuild(); });
  return {200, {}, wire::encode(*page), 0};
}

net::HttpAnswer SimHub::refuse(int status, base::Code code) const {
  const nlohmann::json body{{"code", base::code_name(code)}, {"hub_wall_ms", clock_.wall_ms()}};
  const auto text = body.dump();
  return {status, {}, {text.begin(), text.end()}, 0};
}

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
  switch (rng_.below(14)) {
    case 0:
    case 1:
      backup_ = disk_.image();
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

void SimHub::restore_backup() {
  if (!backup_ || !faults_.begins(Fault::hub_restored)) return;
  disk_.kill();
  core_.reset();
  disk_.restore(*backup_);
  went_back_ = true;
  boot(true);
}

void SimHub::rebuild() {
  if (!up() || !faulty_ || !faults_.begins(Fault::hub_rebuilt)) return;
  const auto rebuilt = core_->rebuild();
  if (!died() && !rebuilt && disk_well_) {
    oracle_.violated("the hub does not rebuild: " + base::describe(rebuilt.error()));
  }
}

void SimHub::boot(bool restored) {
  disk_.power_on();
  ++life_;
  deaths_ = disk_.deaths();
  nonces_ = wire::NonceCache{};
  auto store = hub::open_sqlite_store({std::filesystem::path{hub_file}, disk_.vfs_name(), 1 + rng_.below(1U << 30), 0});
  if (!store) {
    oracle_.violated("the hub does not open: " + base::describe(store.error()));
    return;
  }
  store_ = store->get();
  if (restored) {
    oracle_.hub_went_back(*store_);
  } else {
    oracle_.hub_started(*store_);
  }
  auto core = hub::HubCore::create(std::move(*store), make_keys(), clock_, rng_, credit);
  if (!core) {
    oracle_.violated("the hub does not start: " + base::describe(core.error()));
    return;
  }
  core_ = std::move(*core);
  if (restored) {
    // What an operator does after a restore: numbers that were handed out since the backup mean nothing any more.
    const auto rebuilt = core_->rebuild();
    if (!rebuilt) oracle_.violated("the hub does not rebuild: " + base::describe(rebuilt.error()));
  }
  project_soon();
}

void SimHub::project_soon() {
  if (std::exchange(projecting_, true)) return;
  timeline_.after(100 + static_cast<std::int64_t>(rng_.below(5'000)), [this] {
    projecting_ = false;
    project();
  });
}

void SimHub::project() {
  if (!up()) return;
  const auto outcome = core_->project(500);
  if (died()) return;
  if (!outcome) {
    if (disk_well_) oracle_.violated("the projector stopped: " + base::describe(outcome.error()));
    return project_soon();
  }
  events_projected_ += outcome->events;
  if (outcome->more) project_soon();
}

bool SimHub::died() {
  if (disk_.deaths() == deaths_) return false;
  deaths_ = disk_.deaths();
  core_.reset();
  ++life_;
  timeline_.after(second_ms + static_cast<std::int64_t>(rng_.below(5 * minute_ms)), [this, life = life_] {
    if (life == life_) boot(false);
  });
  return true;
}

void SimHub::heal_disk() {
  disk_.heal();
  disk_well_ = true;
}

void SimHub::bring_up() {
  faulty_ = dies_before_answer_ = rebuilds_after_page_ = false;
  no_credit_until_ms_ = 0;
  heal_disk();
  if (!up()) boot(false);
}

std::uint64_t SimHub::hub_seq() {
  const auto status = core_->status();
  return status ? status->hub_seq : 0;
}

std::vector<hub::Balance> SimHub::balances() {
  auto balances = core_->balances();
  if (balances) return std::move(*balances);
  oracle_.violated("balances cannot be read: " + base::describe(balances.error()));
  return {};
}

bool SimHub::settled() {
  if (!up() || projecting_) return false;
  const auto status = core_->status();
  return status && status->events_received == status->events_projected;
}

void SimHub::check(const std::vector<hub::Balance>& balances) {
  const auto check = core_->check();
  if (!check) {
    oracle_.violated("the hub cannot check itself: " + base::describe(check.error()));
  } else if (!check->holds()) {
    oracle_.violated("the hub's own check fails: " + check->first_broken);
  }
  core_.reset();
  const auto store = hub::open_sqlite_store({std::filesystem::path{hub_file}, disk_.vfs_name(), 1, 0});
  if (!store) {
    oracle_.violated("the hub's store does not open: " + base::describe(store.error()));
    return;
  }
  oracle_.check_hub(**store, balances);
}

}  // namespace millpond::simulation
