// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/hub_state.h"

#include "sync/base/crockford.h"
#include "sync/codes/payload.h"
#include "sync/hub/core/feed_rows.h"
#include "sync/model/campaign_check.h"
#include "sync/model/programme.h"
#include "sync/wire/batch_chain.h"
#include "sync/wire/canonical.h"
#include "sync/wire/request_auth.h"

#include <algorithm>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::uint64_t seq_max = std::uint64_t{1} << 62;  // no journal comes near; keeps sums of positions in 64 bits
constexpr std::size_t page_bytes_max = 4U << 20;
constexpr std::size_t rebuild_events_a_turn = 10'000;
constexpr std::string_view programme_key = "programme";
constexpr std::string_view address_key = "address";
constexpr std::uint8_t hub_card_generation = 2;  // a terminal's own is 1
// Of a batch that is asked for again: younger than what every ring keeps (store::JournalOptions::retention_ms), with
// days to spare for the terminal to come back. Asked for more, a ring that is too short ends the terminal's epoch.
constexpr std::int64_t asked_age_max_ms = 30LL * 86'400'000;

// The whole batch from its own bytes. Error: chain_broken when the rows do not lead to the head that was signed.
// How far a machine's clock was ahead, as far as any clock that works could be.
std::int64_t clock_offset(std::int64_t device_ms, std::int64_t now_ms) {
  constexpr std::int64_t far_ms = 1'000LL * 365 * 86'400'000;
  return std::clamp(device_ms, now_ms - far_ms, now_ms + far_ms) - now_ms;
}

base::Result<CheckedBatch> check_chain(wire::UpRequest request, base::ByteView received, std::int64_t now_ms) {
  CheckedBatch batch;
  batch.terminal = request.terminal;
  batch.epoch = request.epoch;
  batch.first_seq = request.first_seq;
  batch.chain_before = request.chain_before;
  batch.received_ms = now_ms;
  batch.clock_offset_ms = clock_offset(request.device_wall_ms, now_ms);
  batch.chain.reserve(request.rows.size());
  auto hash = request.chain_before;
  auto seq = request.first_seq;
  bool personal = false;
  for (auto& row : request.rows) {
    hash = wire::chain_next(hash, row.canonical);
    batch.chain.push_back(hash);
    if (!row.payload.empty()) batch.payloads.push_back({seq, std::move(row.payload_salt), std::move(row.payload)});
    personal = personal || !row.payload.empty() || !row.payload_salt.empty() || !batch.payloads.empty();
    row.payload_salt.clear();
    row.payload.clear();
    seq.value += 1;
  }
  if (hash != request.chain_head)
    return Error{Code::chain_broken, "check batch", "the rows do not lead to the signed head"};
  // Kept as it came; a personal payload must stay erasable, so it alone is worth encoding the rest again, in the layout
  // that it came in: chain and signature do not know of layouts.
  batch.raw = personal ? wire::encode(request) : base::Bytes{received.begin(), received.end()};
  return batch;
}

bool signed_by(const crypto::PublicKey& key, const base::BrandId& brand, const wire::UpRequest& request) {
  const auto bytes = wire::batch_signed_bytes(request.terminal, request.epoch, request.first_seq, request.rows.size(),
                                              request.chain_head);
  return crypto::verify(key, crypto::context::batch, brand, bytes, request.signature);
}

// Whether every fact of a batch that was made again stands in one that its terminal signed.
bool signed_in_parts(const TerminalRecord& terminal, const HubKeys& keys, const StoredBatch& batch,
                     const wire::UpRequest& whole) {
  auto next = whole.first_seq.value;
  for (const auto& raw : batch.mended_from) {
    const auto part = wire::decode_up_request(raw);
    if (!part || !signed_by(terminal.key, keys.brand, *part) || !wire::check_batch_chain(*part)) return false;
    const auto first = part->first_seq.value;
    for (; next >= first && next < first + part->rows.size(); ++next) {
      const auto place = next - whole.first_seq.value;
      if (place == whole.rows.size()) return true;
      if (whole.rows[place].canonical != part->rows[next - first].canonical) return false;
    }
  }
  return next == whole.first_seq.value + whole.rows.size();
}

// Whether a stored batch still is what its terminal signed.
std::optional<wire::UpRequest> still_signed(const std::optional<TerminalRecord>& terminal, const HubKeys& keys,
                                            const StoredBatch& batch) {
  auto request = wire::decode_up_request(batch.raw);
  if (!terminal || !request || !wire::check_batch_chain(*request)) return {};
  if (!signed_by(terminal->key, keys.brand, *request) && !signed_in_parts(*terminal, keys, batch, *request)) return {};
  return std::move(*request);
}

// The same batch by what it says itself; what stands beside it may have changed, too.
StoredBatch as_signed(const StoredBatch& batch, const wire::UpRequest& request) {
  auto said = batch;
  said.first_seq = request.first_seq;
  said.last_seq = {request.first_seq.value + request.rows.size() - 1};
  said.chain_before = request.chain_before;
  said.chain_head = request.chain_head;
  return said;
}

bool says_the_same(const StoredBatch& a, const StoredBatch& b) {
  return a.first_seq == b.first_seq && a.last_seq == b.last_seq && a.chain_before == b.chain_before &&
         a.chain_head == b.chain_head;
}

// From today on, by the key that signs now.
wire::Certificate certificate_of(const HubKeys& keys, const TerminalRecord& record, std::uint32_t serial,
                                 std::int64_t now_ms) {
  const auto today = base::local_date_at(now_ms, 0).days;
  wire::Certificate certificate;
  certificate.brand_tag = keys.brand.tag();
  certificate.hub_key = keys.signer(now_ms).hub_key.number;
  certificate.terminal = record.terminal;
  certificate.generation = record.generation;
  certificate.store = record.store;
  certificate.key = record.key;
  certificate.first_day = static_cast<std::uint16_t>(today);
  certificate.last_day = static_cast<std::uint16_t>(today + certificate_days);
  certificate.serial = serial;
  return certificate;
}

// Every key that the root vouched for, as one that issues codes and, once there is more than one, as one that answers;
// and where the hub is. A row that is published already stays as it is.
base::Result<> publish_keys(HubStore& store, const HubKeys& keys, std::int64_t now_ms) {
  MILLPOND_TRY(const auto documents, store.documents());
  const auto find = [&](wire::RowKind kind, base::ByteView key) {
    return std::ranges::find_if(documents, [&](const auto& row) {
      return row.kind == static_cast<std::uint8_t>(kind) && std::ranges::equal(row.key, key);
    });
  };
  for (const auto& pair : keys.pairs) {
    const auto issuer = codes::Issuer::hub(pair.hub_key.number).value;
    const auto key = key_of(issuer, 4);
    if (const auto row = find(wire::RowKind::issuer, key); row != documents.end()) {
      MILLPOND_TRY(const auto published, wire::decode_issuer_row(row->body));
      *pair.withdrawn = published.revoked_from_seq != 0;
    } else {
      const auto body = wire::encode(wire::IssuerRow{issuer, pair.hub_key.key, 0});
      MILLPOND_TRY_DO(store.publish(wire::RowKind::issuer, key, body, 1, now_ms));
    }
    if (keys.pairs.size() > 1 && find(wire::RowKind::hub_key, key) == documents.end()) {
      MILLPOND_TRY_DO(store.publish(wire::RowKind::hub_key, key, pair.vouched, 1, now_ms));
    }
  }
  if (keys.address.empty()) return {};
  MILLPOND_TRY(const auto address, wire::open_hub_address(keys.address, keys.root));
  MILLPOND_TRY(const auto published, store.published_version(wire::RowKind::hub_address));
  if (published >= address.version) return {};
  return store.publish(wire::RowKind::hub_address, base::view_of(address_key), keys.address, address.version, now_ms);
}

// What all turns made of it: the projector of the running hub takes its part.
base::Result<ProjectOutcome> project_all(HubCore& core) {
  for (bool more = true; more;) {
    MILLPOND_TRY(const auto part, core.project(rebuild_events_a_turn));
    more = part.more;
  }
  MILLPOND_TRY(const auto status, core.status());
  ProjectOutcome total{status.events_projected, 0, false};
  for (const auto& [code, told] : status.verdicts) total.verdicts += told;
  return total;
}

}  // namespace

base::Result<std::unique_ptr<HubCore>> HubCore::create(std::unique_ptr<HubStore> store, HubKeys keys,
                                                       const base::Clock& clock, base::Rng& rng, wire::Credit credit) {
  std::unique_ptr<HubCore> core{
      new HubCore{std::unique_ptr<State>(new State{std::move(store), std::move(keys), clock, rng, credit})}};
  core->state_->store->believe_receipts(
      [&keys = core->state_->keys](base::TerminalId terminal, const model::CouponConfirmed& fact) {
        const auto bytes = wire::redemption_signed_bytes(fact.redemption, fact.coupon, terminal);
        return std::ranges::any_of(keys.pairs, [&](const HubKeyPair& pair) {
          return crypto::verify(pair.hub_key.key, crypto::context::redemption, keys.brand, bytes, fact.receipt);
        });
      });
  MILLPOND_TRY_DO(publish_keys(*core->state_->store, core->state_->keys, clock.wall_ms()));
  MILLPOND_TRY_DO(core->state_->tell_staff());  // a rebuild that was cut short had not
  return core;
}

HubCore::HubCore(std::unique_ptr<State> state) : state_{std::move(state)} {}
HubCore::~HubCore() = default;

base::Result<wire::UpAnswer> HubCore::ingest(base::TerminalId authenticated, base::ByteView body) {
  MILLPOND_TRY(auto request, wire::decode_up_request(body));
  const auto now_ms = state_->clock.wall_ms();
  wire::UpAnswer answer;
  answer.epoch = request.epoch;
  answer.hub_wall_ms = now_ms;
  answer.credit = state_->credit;
  answer.schema_max = wire::schema_max;
  const auto refuse = [&](Code code) {
    answer.status = wire::UpStatus::refused;
    answer.reason = base::code_name(code);
    return answer;
  };
  if (request.rows.empty() || request.first_seq.value > seq_max || request.terminal != authenticated) {
    return Error{Code::bad_input, "receive batch", "an empty batch, or another terminal's"};
  }
  const auto terminal = authorized_terminal(request.terminal);
  const bool stranger =
      !terminal && (terminal.error().code == Code::unauthorized || terminal.error().code == Code::terminal_revoked);
  if (stranger) return refuse(terminal.error().code);
  if (!terminal) return terminal.error();
  if (!signed_by(terminal->key, state_->keys.brand, request)) return refuse(Code::signature_invalid);
  const auto start = wire::chain_start(state_->keys.brand, request.terminal, request.epoch);
  if (request.first_seq.value == 1 && request.chain_before != start) return refuse(Code::chain_broken);
  MILLPOND_TRY_DO(state_->wrap_payloads(request));
  auto batch = check_chain(std::move(request), body, now_ms);
  if (!batch) return refuse(batch.error().code);

  MILLPOND_TRY(const auto outcome, state_->store->ingest(*batch, start));
  if (outcome.standing_changed) state_->tell_feed();
  answer.status = outcome.status;
  answer.accepted_through = outcome.mark.through;
  answer.head = outcome.mark.head;
  answer.common_through = outcome.common_through;
  if (outcome.status == wire::UpStatus::gap) answer.reason = base::code_name(Code::hub_gap);
  if (outcome.status == wire::UpStatus::fork) answer.reason = base::code_name(Code::hub_fork);
  return answer;
}

base::Result<ProjectOutcome> HubCore::project(std::size_t events_max) {
  MILLPOND_TRY(const auto outcome, state_->store->project(events_max, state_->phone_opener()));
  state_->tell_feed();
  return outcome;
}

base::Result<wire::DownPage> HubCore::down(base::TerminalId authenticated, wire::DownCursor cursor,
                                           std::uint32_t rows_max, base::Epoch epoch) {
  DownAsk ask;
  ask.cursor = cursor;
  ask.epoch = epoch;
  ask.rows_max = std::clamp(rows_max, 1U, wire::page_rows_max);
  ask.bytes_max = page_bytes_max;
  ask.snapshot_rows_min = state_->snapshot_rows_min(cursor);
  MILLPOND_TRY(const auto record, state_->store->terminal(authenticated));
  if (record) {
    ask.place = state_->people.scope.place_of(record->store);
    MILLPOND_TRY_DO(state_->keep_secrets(*record));
    MILLPOND_TRY_DO(state_->renew_leases(*record, epoch));
  }
  {
    const std::lock_guard lock{state_->asked_mutex};
    state_->asked[authenticated] = {cursor, state_->clock.wall_ms()};
  }
  MILLPOND_TRY(auto page, state_->store->down(authenticated, ask));
  page.hub_wall_ms = state_->clock.wall_ms();
  page.credit = state_->credit;
  return page;
}

base::Result<NewCode> HubCore::add_terminal(base::StoreId store) {
  if (!store) return Error{Code::bad_input, "add terminal", "a store number is 1 or more"};
  NewCode made;
  made.code = state_->new_code();
  const auto now_ms = state_->clock.wall_ms();
  made.expires_ms = now_ms + wire::provision_code_ms;
  MILLPOND_TRY(made.terminal, state_->store->add_code(state_->typed(made.code), store, now_ms, made.expires_ms));
  return made;
}

base::Result<wire::ProvisionAnswer> HubCore::provision(const wire::ProvisionRequest& request, bool counts) {
  if (!request.phone.empty() || !request.pin.empty()) return state_->provision_by_order(request);
  const auto now_ms = state_->clock.wall_ms();
  const auto make = [&](base::TerminalId terminal, base::StoreId store, std::uint32_t serial) {
    // Not before the code was found good: the digits are dear.
    auto digits = state_->people.compares_digits
                      ? wire::matching_digits(request.code, request.terminal_key, state_->keys.root)
                      : std::string{};
    return state_->make_terminal(request.terminal_key, std::move(digits), terminal, store, serial, now_ms);
  };
  MILLPOND_TRY(const auto record,
               state_->store->use_code(state_->typed(request.code, counts), request.terminal_key, now_ms, make));
  return state_->answer_with(record);
}

TerminalRecord HubCore::State::make_terminal(const crypto::PublicKey& key, std::string matching_digits,
                                             base::TerminalId terminal, base::StoreId store_id, std::uint32_t serial,
                                             std::int64_t now_ms) const {
  TerminalRecord record;
  record.terminal = terminal;
  record.store = store_id;
  record.key = key;
  record.generation = 1;
  record.serial = serial;
  record.certificate =
      wire::issue_certificate(certificate_of(keys, record, serial, now_ms), keys.signer(now_ms).signing, keys.brand);
  record.provisioned_ms = now_ms;
  record.matching_digits = std::move(matching_digits);
  return record;
}

base::Result<wire::ProvisionAnswer> HubCore::State::answer_with(const TerminalRecord& record) {
  if (const auto of = limits_now()) MILLPOND_TRY_DO(publish_limits(record.terminal, *of));
  tell_feed();
  MILLPOND_TRY(auto documents, store->documents());
  return wire::ProvisionAnswer{keys.root, signer().vouched, record.certificate, std::move(documents)};
}

base::Result<TerminalRecord> HubCore::authorized_terminal(base::TerminalId terminal) {
  MILLPOND_TRY(auto record, state_->store->terminal(terminal));
  if (record && !record->revoked) return *std::move(record);
  return Error{record ? Code::terminal_revoked : Code::unauthorized, "authorize terminal",
               "terminal " + std::to_string(terminal.value) + (record ? " is revoked" : " is unknown")};
}

base::Result<wire::RenewAnswer> HubCore::renew(base::TerminalId authenticated) {
  MILLPOND_TRY_DO(authorized_terminal(authenticated));
  const auto now_ms = state_->clock.wall_ms();
  const auto& signer = state_->keys.signer(now_ms);
  const auto renew = [&](const TerminalRecord& record, std::uint32_t serial) -> base::Bytes {
    const auto current = wire::open_certificate(record.certificate, signer.hub_key.key, state_->keys.brand);
    auto certificate = certificate_of(state_->keys, record, serial, now_ms);
    if (current && current->last_day >= certificate.last_day) return {};
    return wire::issue_certificate(certificate, signer.signing, state_->keys.brand);
  };
  MILLPOND_TRY(auto record, state_->store->renew(authenticated, now_ms, renew));
  return wire::RenewAnswer{signer.vouched, std::move(record.certificate)};
}

base::Result<TerminalRecord> HubCore::readmit(base::ByteView certificate) {
  const auto refused = [](const char* why) { return Error{Code::certificate_invalid, "let a terminal in again", why}; };
  for (const auto& pair : state_->keys.pairs) {
    const auto opened = wire::open_certificate(certificate, pair.hub_key.key, state_->keys.brand);
    if (!opened) continue;
    if (opened->hub_key != pair.hub_key.number || opened->role != wire::Role::terminal) break;
    if (pair.withdrawn->load()) return refused("the hub key that signed it was withdrawn");
    TerminalRecord record;
    record.terminal = opened->terminal;
    record.store = opened->store;
    record.key = opened->key;
    record.generation = opened->generation;
    record.serial = opened->serial;
    record.certificate.assign(certificate.begin(), certificate.end());
    record.provisioned_ms = state_->clock.wall_ms();
    MILLPOND_TRY(auto admitted, state_->store->readmit(record, record.provisioned_ms));
    if (const auto limits = state_->limits_now()) {
      MILLPOND_TRY_DO(state_->publish_limits(admitted.terminal, *limits));
    }
    state_->tell_feed();
    return admitted;
  }
  return refused("no key of this hub signed it");
}

base::Result<std::vector<std::string>> HubCore::sign_cards(const std::vector<base::MemberId>& members) {
  const auto now_ms = state_->clock.wall_ms();
  const auto& signer = state_->keys.signer(now_ms);
  MILLPOND_TRY(const auto today, state_->today());
  std::vector<std::string> cards;
  for (const auto member : members) {
    const auto known = state_->store->profile(member);
    if (!known && known.error().code == Code::not_found) continue;
    if (!known) return known.error();
    MILLPOND_TRY(const auto withdrawn, state_->app_cards_of(member));
    const codes::MemberCode card{state_->keys.brand.tag(),
                                 codes::Issuer::hub(signer.hub_key.number),
                                 member,
                                 hub_card_generation,
                                 static_cast<std::uint16_t>(std::max(today.days, withdrawn.cards_from_day)),
                                 /*flags=*/0};
    cards.push_back(codes::compose(card, signer.signing, state_->keys.brand));
  }
  return cards;
}

base::Result<GivenSince> HubCore::revoke_terminal(base::TerminalId terminal, std::int64_t since_ms) {
  MILLPOND_TRY(const auto marks, state_->store->watermarks(terminal));
  const auto from = marks.empty() ? 1 : marks.back().through.value + 1;
  MILLPOND_TRY(const auto given, state_->store->revoke(terminal, from, state_->clock.wall_ms(), since_ms));
  state_->tell_feed();
  return given;
}

base::Result<> HubCore::withdraw_hub_key(std::uint16_t number) {
  const auto pair = std::ranges::find(state_->keys.pairs, number, [](const auto& each) { return each.hub_key.number; });
  if (pair == state_->keys.pairs.end()) {
    return Error{Code::not_found, "withdraw hub key",
                 "the root vouched for no key " + std::to_string(number) + " here"};
  }
  if (state_->signer().hub_key.number == number) {
    return Error{Code::bad_input, "withdraw hub key",
                 "key " + std::to_string(number) + " signs now: make the next one first, from now on"};
  }
  const auto issuer = codes::Issuer::hub(number).value;
  constexpr std::uint32_t withdrawn_version = 2;  // a key is withdrawn once
  MILLPOND_TRY_DO(state_->store->publish(wire::RowKind::issuer, key_of(issuer, 4),
                                         wire::encode(wire::IssuerRow{issuer, pair->hub_key.key, 1}), withdrawn_version,
                                         state_->clock.wall_ms()));
  *pair->withdrawn = true;
  state_->tell_feed();
  return {};
}

base::Result<> HubCore::keep_copy(base::TerminalId terminal, base::Epoch epoch) {
  MILLPOND_TRY_DO(state_->store->keep_copy(terminal, epoch, state_->clock.wall_ms()));
  state_->tell_feed();
  return {};
}

base::Result<> HubCore::remove_member(base::MemberId member) {
  std::vector<base::MemberId> numbers;
  if (state_->vault) {
    const auto file = state_->store->member_file(member);
    if (!file && file.error().code != Code::not_found) return file.error();
    if (file) numbers = file->numbers;
    for (const auto number : numbers) MILLPOND_TRY_DO(state_->vault->destroy(number));
  }
  MILLPOND_TRY_DO(state_->store->remove_member(member, state_->clock.wall_ms()));
  // Known by sales alone: an enrolment that is still to come must find no key either.
  return state_->vault && numbers.empty() ? state_->vault->destroy(member) : base::Result<>{};
}

base::Result<> HubCore::merge_members(base::MemberId from, base::MemberId into) {
  return state_->store->merge_members(from, into, state_->clock.wall_ms());
}

base::Result<> HubCore::mark_member(base::MemberId member, std::span<const model::MemberMark> marks) {
  return state_->store->mark_member(member, marks, state_->clock.wall_ms());
}

base::Result<> HubCore::adjust_points(base::MemberId member, std::int64_t points, AdjustReason why) {
  if (points == 0 || points < -model::points_per_sale_max || points > model::points_per_sale_max) {
    return base::Error{Code::bad_input, "adjust points", "none, or too many"};
  }
  return state_->store->adjust_points(member, points, why, state_->clock.wall_ms());
}

base::Result<> HubCore::unmerge_member(base::MemberId from) {
  return state_->store->unmerge_member(from, state_->clock.wall_ms());
}

base::Result<model::Programme> HubCore::State::publishable(base::ByteView json) {
  MILLPOND_TRY(auto programme, model::parse_programme(json));
  for (const auto& finding : model::check_campaigns(programme)) {
    if (!model::refuses(finding.fault)) continue;
    return Error{Code::programme_invalid, "publish programme",
                 finding.pointer + ": " + std::string{model::words_of(finding.fault)}};
  }
  MILLPOND_TRY(const auto current, store->published_version(wire::RowKind::programme));
  if (programme.version <= current) {
    return Error{Code::programme_invalid, "publish programme",
                 "/version: " + std::to_string(current) + " is published, the next one must be higher"};
  }
  return programme;
}

base::Result<std::uint32_t> HubCore::publish_programme(base::ByteView json) {
  MILLPOND_TRY(const auto programme, state_->publishable(json));
  const auto& signer = state_->signer();
  const auto signature = signer.signing.sign(crypto::context::document, state_->keys.brand, json);
  const wire::ProgrammeRow row{programme.version, signer.hub_key.number, {json.begin(), json.end()}, signature};
  MILLPOND_TRY_DO(state_->store->publish(wire::RowKind::programme, base::view_of(programme_key), wire::encode(row),
                                         programme.version, state_->clock.wall_ms()));
  state_->tell_feed();
  return programme.version;
}

base::Result<ProjectOutcome> HubCore::rebuild() {
  MILLPOND_TRY_DO(state_->store->begin_rebuild(new_generation(state_->rng)));
  MILLPOND_TRY_DO(state_->tell_staff());
  return project_all(*this);
}

base::Result<ProjectOutcome> HubCore::restored() {
  MILLPOND_TRY_DO(state_->store->restored(new_generation(state_->rng), state_->clock.wall_ms()));
  MILLPOND_TRY_DO(state_->tell_staff());
  return project_all(*this);
}

base::Result<> HubCore::copy_to(const std::filesystem::path& file) { return state_->store->copy_to(file); }

void HubCore::on_feed_changed(std::function<void(std::uint64_t)> notify) { state_->feed_changed = std::move(notify); }
base::Result<FeedHead> HubCore::feed_head() { return state_->store->feed_head(); }

base::Result<bool> HubCore::ping() {
  MILLPOND_TRY(const auto head, state_->store->feed_head());
  return head.went_back;
}

base::Result<HubStatus> HubCore::status() { return state_->store->status(); }
base::Result<std::vector<Balance>> HubCore::balances() { return state_->store->balances(); }

std::string CoreCheck::broken() const {
  std::string names;
  const auto add = [&](bool holds, std::string_view name) {
    if (!holds) names += (names.empty() ? "" : ", ") + std::string{name};
  };
  add(store.database_ok, "database_ok");
  add(store.members_equal, "members_equal");
  add(store.checkpoint_equal, "checkpoint_equal");
  add(store.marks_hold, "marks_hold");
  add(store.figures_hold, "figures_hold");
  add(store.log_holds, "log_holds");
  add(store.pools_hold, "pools_hold");
  add(store.lots_hold, "lots_hold");
  add(batches_broken == 0, first_broken);
  add(rebuilt_otherwise.empty(), "rebuilt_otherwise " + rebuilt_otherwise);
  return names;
}

// That it could not be made, for want of room or time, says nothing about the books.
base::Result<CoreCheck> HubCore::check(CheckDepth depth) {
  auto check = state_->check_now(depth);
  const auto now_ms = state_->clock.wall_ms();
  const std::lock_guard lock{state_->checked_mutex};
  if (check) {
    state_->last_check = {now_ms, check->holds(), check->broken()};
  } else if (check.error().code == Code::store_corrupt) {
    state_->last_check = {now_ms, false, base::describe(check.error())};
  }
  return check;
}

std::optional<LastCheck> HubCore::last_check() const {
  const std::lock_guard lock{state_->checked_mutex};
  return state_->last_check;
}

base::Result<CoreCheck> HubCore::State::check_now(CheckDepth depth) {
  CoreCheck check;
  const auto count = [&](const StoredBatch& batch) {
    check.batches_broken += 1;
    if (!check.first_broken.empty()) return;
    check.first_broken = "terminal " + std::to_string(batch.terminal.value) + " epoch " +
                         std::to_string(batch.epoch.value) + " from " + std::to_string(batch.from_seq.value);
  };
  for (std::uint64_t position = 0;; check.batches += 1) {
    MILLPOND_TRY(const auto batch, store->batch_after(position));
    if (!batch) break;
    MILLPOND_TRY(const auto terminal, store->terminal(batch->terminal));
    if (const auto request = still_signed(terminal, keys, *batch)) {
      const auto said = as_signed(*batch, *request);
      if (says_the_same(said, *batch)) continue;
      const bool of_this_place = request->terminal == batch->terminal && request->epoch == batch->epoch &&
                                 said.first_seq <= batch->from_seq && batch->from_seq <= said.last_seq;
      if (of_this_place) {
        MILLPOND_TRY_DO(store->put_right(said, clock.wall_ms()));
        check.batches_put_right += 1;
        continue;
      }
    }
    count(*batch);
    if (clock.wall_ms() - batch->received_ms > asked_age_max_ms) continue;
    const auto start = wire::chain_start(keys.brand, batch->terminal, batch->epoch);
    MILLPOND_TRY_DO(store->ask_again(*batch, start, clock.wall_ms()));
    check.batches_asked += 1;
  }
  for (std::uint64_t position = 0;; check.forks += 1) {
    MILLPOND_TRY(const auto batch, store->fork_after(position));
    if (!batch) break;
    if (batch->raw.empty()) continue;  // too large to keep; its head is
    MILLPOND_TRY(const auto terminal, store->terminal(batch->terminal));
    const auto request = still_signed(terminal, keys, *batch);
    if (!request || request->chain_head != batch->chain_head) count(*batch);
  }
  MILLPOND_TRY(check.store, store->check());  // after what stands beside batches was put right
  if (depth == CheckDepth::sums || check.batches_broken > 0) return check;  // nothing can be made again of those
  MILLPOND_TRY(check.rebuilt_otherwise, store->rebuilt_otherwise(phone_opener()));
  return check;
}

const base::BrandId& HubCore::brand() const { return state_->keys.brand; }
std::uint16_t HubCore::hub_key_number() const { return state_->signer().hub_key.number; }
const base::Bytes& HubCore::vouched_hub_key() const { return state_->signer().vouched; }

crypto::Signature HubCore::sign_answer(base::ByteView answer_signed_bytes) const {
  return state_->signer().signing.sign(crypto::context::answer, state_->keys.brand, answer_signed_bytes);
}

crypto::Signature HubCore::sign_document(base::ByteView document) const {
  return state_->signer().signing.sign(crypto::context::document, state_->keys.brand, document);
}

std::uint64_t new_generation(base::Rng& rng) { return 1 + rng.below(0xFFFF'FFFE); }

}  // namespace millpond::hub
