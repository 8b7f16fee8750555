// SPDX-License-Identifier: Apache-2.0
// What a simulated hub answers: the checks of the server's door in its order, and the shipped core behind it.
#include "sync/wire/canonical.h"
#include "tests/simulation/sim_hub.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace millpond::simulation {
namespace {

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
  std::uint32_t limit{wire::page_rows_max};
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
  if (constexpr std::string_view standing = "&suspended=1"; target.starts_with(standing)) {
    target.remove_prefix(standing.size());
  }
  if (target.starts_with("&wait=") && !take_number(target, "&wait=", wait_ms)) return std::nullopt;
  if (target.starts_with("&limit=") && !take_number(target, "&limit=", asked.limit)) return std::nullopt;
  if (!target.empty()) return std::nullopt;
  return asked;
}

}  // namespace

std::optional<net::HttpAnswer> SimHub::handle(const net::HttpRequest& request) {
  if (!up()) return std::nullopt;
  const auto auth = wire::from_headers([&](std::string_view name) { return header(request, name); });
  if (!auth) return refuse(401, base::Code::unauthorized);
  auto said = answer(*auth, request);
  if (died()) return std::nullopt;
  const auto signature = core_->sign_answer(
      wire::answer_signed_bytes(request.method, request.target, auth->terminal, auth->nonce, said.status, said.body));
  said.headers.emplace_back(std::string{wire::header_hub_key}, std::to_string(core_->hub_key_number()));
  said.headers.emplace_back(std::string{wire::header_hub_signature}, base::to_hex(signature));
  return said;
}

net::HttpAnswer SimHub::answer(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  const auto terminal = core_->authorized_terminal(auth.terminal);
  if (!terminal) {
    const auto why = terminal.error().code;
    if (why == base::Code::terminal_revoked) return refuse(403, why);
    return why == base::Code::unauthorized ? refuse(401, why) : refuse(503, base::Code::overloaded);
  }
  const auto bytes =
      wire::request_signed_bytes(request.method, request.target, auth.terminal, auth.wall_ms, auth.nonce, request.body);
  if (!crypto::verify(terminal->key, crypto::context::request, brand_, bytes, auth.signature)) {
    return refuse(401, base::Code::unauthorized);
  }
  const auto now_ms = clock_.wall_ms();
  if (!wire::is_timely(auth.wall_ms, now_ms)) return refuse(401, base::Code::clock_skew);
  if (!nonces_.remember(auth.terminal, auth.nonce, auth.wall_ms, {now_ms, clock_.monotonic_ms()}) &&
      bug_ != Bug::nonce_not_cached) {
    return refuse(401, base::Code::replayed);
  }
  if (request.method == "POST" && request.target == "/v1/up") {
    return bug_ == Bug::hub_answers_before_commit ? answer_too_early(auth, request) : up_answer(auth, request);
  }
  if (request.method == "POST" && request.target == "/v1/redeem") return redeem_answer(auth, request);
  if (request.method == "POST" && request.target == "/v1/points") return points_answer(auth, request);
  if (request.target.starts_with("/v1/snapshot")) return snapshot_answer(request);
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

net::HttpAnswer SimHub::redeem_answer(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  if (bug_ == Bug::rights_by_acknowledgement) {
    // The planted bug: what has arrived is the hub's, whether or not its issuer gave it away.
    const auto ask = wire::decode_redeem_ask(request.body);
    if (ask) {
      static_cast<void>(store_->break_rights(base::id_origin(ask->coupon.value), INT64_MAX, clock_.wall_ms()));
      static_cast<void>(core_->project(events_a_turn_));
    }
  }
  auto word = core_->redeem(auth.terminal, request.body);
  if (bug_ == Bug::open_uses_uncounted && word && word->why.code == base::Code::coupon_cap_terminal) {
    word->word = model::HubWord::unknown;
  }
  if (!word) return refuse(word.error().code == base::Code::bad_input ? 400 : 503, word.error().code);
  return {200, {}, wire::encode(*word), 0};
}

net::HttpAnswer SimHub::points_answer(const wire::RequestAuth& auth, const net::HttpRequest& request) {
  const auto word = core_->points(auth.terminal, request.body);
  if (!word) return refuse(word.error().code == base::Code::bad_input ? 400 : 503, word.error().code);
  return {200, {}, wire::encode(*word), 0};
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
  early.credit = hub_credit;
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
  const auto limit = std::min(asked->limit, page_rows_);
  const auto page = core_->down(auth.terminal, asked->cursor, limit, base::Epoch{asked->epoch});
  if (!page) return refuse(503, page.error().code);
  if (page->more && std::exchange(rebuilds_after_page_, false)) timeline_.after(1, [this] { rebuild(); });
  // Asked for below the horizon, and not because it begins at nothing.
  if (page->snapshot_required && asked->cursor.hub_seq > 0) static_cast<void>(faults_.begins(Fault::horizon_passed));
  return {200, {}, wire::encode(*page), 0};
}

// As hub::SnapshotApi answers, without HTTP's own words: where the asked part begins and how much it may hold are taken
// from the request as net::HttpClient has them.
net::HttpAnswer SimHub::snapshot_answer(const net::HttpRequest& request) {
  if (!request.part) {
    const auto newest = shelf_->newest();
    return newest ? net::HttpAnswer{200, {}, wire::encode(*newest), 0} : refuse(404, base::Code::not_found);
  }
  const auto bytes = base::from_hex(request.target.substr(request.target.rfind('/') + 1));
  base::Hash hash{};
  if (!bytes || bytes->size() != hash.size()) return refuse(400, base::Code::bad_input);
  std::ranges::copy(*bytes, hash.begin());
  auto piece = shelf_->read(hash, request.part->from, request.part->bytes_max);
  if (!piece && piece.error().code == base::Code::not_found) {
    static_cast<void>(faults_.begins(Fault::snapshot_gone));
    return refuse(404, base::Code::not_found);
  }
  if (!piece) return refuse(piece.error().code == base::Code::bad_input ? 416 : 503, piece.error().code);
  if (std::exchange(rebuilds_after_piece_, false)) {
    static_cast<void>(faults_.begins(Fault::snapshot_outdated));
    timeline_.after(1, [this] { rebuild(); });
  }
  if (std::exchange(replaces_after_piece_, false)) timeline_.after(1, [this] { replace_snapshots(); });
  return {206, {}, *std::move(piece), 0};
}

net::HttpAnswer SimHub::refuse(int status, base::Code code) const {
  const nlohmann::json body{{"code", base::code_name(code)}, {"hub_wall_ms", clock_.wall_ms()}};
  const auto text = body.dump();
  return {status, {}, {text.begin(), text.end()}, 0};
}

}  // namespace millpond::simulation
