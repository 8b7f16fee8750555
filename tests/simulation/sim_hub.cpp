// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sim_hub.h"

#include "sync/crypto/hash.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace millpond::simulation {
namespace {

constexpr std::string_view hub_file = "hub.db";
// The longer the poll, the more of the simulated days is about facts and not about asking for none.
constexpr wire::Credit credit{1'000, 1U << 20, 0, 10 * 60'000};

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

std::optional<wire::DownCursor> cursor_in(std::string_view target) {
  constexpr std::string_view prefix = "/v1/down?cursor=";
  if (!target.starts_with(prefix)) return std::nullopt;
  target.remove_prefix(prefix.size());
  wire::DownCursor cursor;
  for (auto* const part : {&cursor.generation, &cursor.hub_seq, &cursor.scoped_seq}) {
    const auto [rest, failure] = std::from_chars(target.data(), target.data() + target.size(), *part);
    if (failure != std::errc{}) return std::nullopt;
    target.remove_prefix(static_cast<std::size_t>(rest - target.data()));
    if (target.starts_with('.')) target.remove_prefix(1);
  }
  if (!target.empty()) return std::nullopt;
  return cursor;
}

}  // namespace

SimHub::SimHub(Timeline& timeline, Oracle& oracle, Bug bug, std::uint64_t seed)
    : timeline_{timeline},
      oracle_{oracle},
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

void SimHub::publish_programme() {
  const auto names = nlohmann::json{{"zh-CN", "池"}, {"en", "Pond"}};
  const nlohmann::json document{
      {"version", 1},
      {"brand_name", names},
      {"currency", "CNY"},
      {"earn", {{"points", 1}, {"per_minor", 100}}},
      {"zone", nlohmann::json::array({{{"from", "1970-01-01T00:00:00Z"}, {"offset_min", 480}}})},
      {"tiers", nlohmann::json::array()},
      {"campaigns", nlohmann::json::array()},
      {"notices", {{"membership", names}, {"marketing", names}}}};
  const auto published = core_->publish_programme(base::view_of(document.dump()));
  if (!published) oracle_.violated("the programme is refused: " + base::describe(published.error()));
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
  if (!nonces_.remember(auth.terminal, auth.nonce, auth.wall_ms)) return refuse(401, base::Code::replayed);
  if (request.method == "POST" && request.target == "/v1/up") {
    return bug_ == Bug::hub_answers_before_commit ? answer_too_early(auth, request) : up_answer(auth, request);
  }
  return down_answer(auth, request);
}

net::HttpAnswer SimHub::up_answer(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  const auto answer = core_->ingest(auth.terminal, request.body);
  if (!answer) return refuse(503, answer.error().code);
  note_stored(auth.terminal, *answer);
  return {answer->status == wire::UpStatus::accepted ? 200 : 409, {}, wire::encode(*answer), 0};
}

void SimHub::note_stored(base::TerminalId terminal, const wire::UpAnswer& answer) {
  if (answer.status != wire::UpStatus::accepted) return;
  oracle_.hub_stored(terminal, answer.epoch, answer.accepted_through);
  project_soon();
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
  const auto cursor = cursor_in(request.target);
  if (!cursor) return refuse(400, base::Code::bad_input);
  const auto page = core_->down(auth.terminal, *cursor, 500);
  if (!page) return refuse(503, page.error().code);
  return {200, {}, wire::encode(*page), 0};
}

net::HttpAnswer SimHub::refuse(int status, base::Code code) const {
  const nlohmann::json body{{"code", base::code_name(code)}, {"hub_wall_ms", clock_.wall_ms()}};
  const auto text = body.dump();
  return {status, {}, {text.begin(), text.end()}, 0};
}

void SimHub::strike_soon(tests::FaultKind kind, std::uint64_t operations) {
  if (up()) disk_.fail_after(operations, kind);
}

void SimHub::take_backup() {
  if (up()) backup_ = disk_.image();
}

bool SimHub::restore_backup() {
  if (!backup_) return false;
  disk_.kill();
  core_.reset();
  disk_.restore(*backup_);
  boot(true);
  return true;
}

void SimHub::boot(bool rebuild) {
  disk_.power_on();
  ++life_;
  deaths_ = disk_.deaths();
  nonces_ = wire::NonceCache{};
  auto store = hub::open_sqlite_store({std::filesystem::path{hub_file}, disk_.vfs_name(), 1 + rng_.below(1U << 30), 0});
  if (!store) {
    oracle_.violated("the hub does not open: " + base::describe(store.error()));
    return;
  }
  auto core = hub::HubCore::create(std::move(*store), make_keys(), clock_, rng_, credit);
  if (!core) {
    oracle_.violated("the hub does not start: " + base::describe(core.error()));
    return;
  }
  core_ = std::move(*core);
  if (rebuild) {
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
    oracle_.violated("the projector stopped: " + base::describe(outcome.error()));
    return;
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

void SimHub::bring_up() {
  disk_.heal();
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

void SimHub::check() {
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
  oracle_.check_hub(**store);
}

}  // namespace millpond::simulation
