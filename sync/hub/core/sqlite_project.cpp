// SPDX-License-Identifier: Apache-2.0
// Stage 2: facts in order of arrival become balances, coupons and downlink rows. Batches are fetched, decoded and their
// phones opened before the turn takes the store's lock for its one transaction, so that uploads wait for writes only.
#include "sync/crypto/hash.h"
#include "sync/hub/core/issue_watch.h"
#include "sync/hub/core/sqlite_log.h"
#include "sync/hub/core/sqlite_store.h"
#include "sync/hub/core/watching.h"
#include "sync/wire/batch_chain.h"
#include "sync/wire/canonical.h"
#include "sync/wire/lease_rows.h"

namespace millpond::hub {

struct SqliteHubStore::Turn {
  Turn(sqlite::Connection& connection, Counters at, std::size_t max, bool one_by_one,
       IssueWatch::FindProgramme find_programme)
      : database{connection},
        counters{at},
        feed{connection, counters},
        effects{connection, feed, counters},
        insert_event{connection,
                     "INSERT INTO events(hub_seq, lane, seq, kind, member, points) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
        events_max{max},
        alone{one_by_one},
        issues{connection, std::move(find_programme)} {}

  sqlite::Connection& database;
  Counters counters;
  FeedRows feed;
  Effects effects;
  Held insert_event;
  std::size_t events_max;
  bool alone;  // a savepoint for every fact
  Watching watching{database, [this](base::MemberId member) { return effects.root_of(member); }};
  IssueWatch issues;
  bool erased{};                     // somebody was
  std::vector<std::uint64_t> taken;  // facts of each waiting batch, from the first on
  ProjectOutcome outcome;
};

namespace {

using base::Code;

constexpr std::size_t fetch_bytes_max = 8U << 20;  // of raw batches in one turn, but for its first
constexpr int event_points_expired = 1'000;        // in the place of a fact's kind; persisted
constexpr int event_points_adjusted = 1'001;       // likewise
constexpr std::size_t yield_events_min = 500;      // a turn that is waited for ends after so many

// Trouble of the database stops the projector, which tries again; anything else is the fact's own and gets a verdict.
bool is_storage_trouble(Code code) {
  return code == Code::disk_full || code == Code::disk_error || code == Code::store_locked ||
         code == Code::store_corrupt || code == Code::permission_denied || code == Code::commit_unknown;
}

struct Sender {
  base::TerminalId terminal;
  base::Epoch epoch;
};

base::Result<model::Fact> decode_at(base::ByteView canonical, const Sender& from, base::Seq seq) {
  MILLPOND_TRY(auto fact, wire::decode_fact(canonical));
  if (fact.stamp.terminal != from.terminal || fact.stamp.epoch != from.epoch || fact.stamp.seq != seq) {
    return base::Error{Code::bad_input, "project", "the fact names another place than it was sent for"};
  }
  return fact;
}

// The sealed phone of an enrolment, checked against the fact that names it.
std::optional<base::Result<OpenedPhone>> phone_of(const base::Result<model::Fact>& fact,
                                                  const std::vector<SealedPayload>& payloads, base::Seq seq,
                                                  std::uint64_t generation, const PhoneOpener& open_phone) {
  if (!fact) return std::nullopt;
  const auto* const enrolled = std::get_if<model::MemberEnrolled>(&fact->body);
  const auto* const changed = std::get_if<model::ProfileChanged>(&fact->body);
  if (enrolled == nullptr && changed == nullptr) return std::nullopt;
  const auto& named = enrolled != nullptr ? enrolled->payload_hash : changed->payload_hash;
  const auto payload = std::ranges::find(payloads, seq, &SealedPayload::seq);
  if (named == base::Hash{} || payload == payloads.end()) return std::nullopt;  // none, or erased since
  if (crypto::blake2b(payload->salt, payload->box) != named) {
    return base::Error{Code::signature_invalid, "project", "the payload is not the one that the fact names"};
  }
  if (changed != nullptr) return std::nullopt;  // it stays sealed
  return open_phone({payload->box, enrolled->member, enrolled->store, generation});
}

// What cannot be opened was erased: there is no payload then.
void open_kept(std::vector<SealedPayload>& payloads, base::MemberId member, const Sender& from, base::Seq seq,
               const PayloadOpener& open) {
  const auto payload = std::ranges::find(payloads, seq, &SealedPayload::seq);
  if (payload == payloads.end()) return;
  auto box = open(member, payload_place(from.terminal, from.epoch, seq), payload->box);
  if (box) {
    payload->box = std::move(*box);
  } else {
    payloads.erase(payload);
  }
}

bool receipt_holds(const model::Fact& fact, const ReceiptChecker& check) {
  const auto* const confirmed = std::get_if<model::CouponConfirmed>(&fact.body);
  return confirmed != nullptr && check(fact.stamp.terminal, *confirmed);
}

base::Bytes verdict_key(const Sender& from, base::Seq seq) {
  base::Bytes key;
  base::append_big_endian(key, from.terminal.value, 4);
  base::append_big_endian(key, from.epoch.value, 4);
  base::append_big_endian(key, seq.value, 8);
  return key;
}

// Applies one fact within its own savepoint. Returns what came of it; an error only for trouble of the database.
base::Result<Applied> apply_alone(sqlite::Connection& database, Counters& counters, Effects& effects, Lane lane,
                                  const WaitingFact& waiting) {
  const auto before = counters;
  MILLPOND_TRY(auto savepoint, sqlite::Savepoint::begin(database));
  auto applied = effects.apply(lane, waiting);
  if (applied) {
    const auto flushed = effects.flush();
    if (!flushed) applied = flushed.error();
  }
  if (applied) {
    MILLPOND_TRY_DO(savepoint.release());
    return applied;
  }
  if (is_storage_trouble(applied.error().code)) return applied;
  counters = before;  // with the rows that the savepoint undoes
  effects.forget();
  return Applied{0, applied.error().code};
}

}  // namespace

base::Result<ProjectOutcome> SqliteHubStore::project(std::size_t events_max, const PhoneOpener& open_phone) {
  const std::lock_guard projecting{projecting_};
  MILLPOND_TRY_DO(fetch_waiting(events_max));
  for (auto& batch : waiting_) {
    if (batch.raw.empty()) continue;
    const auto request = wire::decode_up_request(batch.raw);
    // Rebuilding reads what has lain on the disk for months: a fact that changed there must not be booked.
    if (!request || batch.next < batch.first_seq || batch.next.value > batch.last.value + 1 ||
        request->rows.size() != batch.last.value - batch.first_seq.value + 1 ||
        request->chain_before != batch.chain_before || request->chain_head != batch.chain_head ||
        !wire::check_batch_chain(*request)) {
      const auto what = "batch " + std::to_string(batch.no) + " changed on the disk";
      waiting_.clear();  // it may hold when it is read again (ask_again)
      return base::Error{Code::store_corrupt, "project", what};
    }
    const Sender from{batch.terminal, batch.epoch};
    for (auto seq = batch.next; seq <= batch.last; ++seq.value) {
      auto fact = decode_at(request->rows[seq.value - batch.first_seq.value].canonical, from, seq);
      if (fact && open_payload_) open_kept(batch.payloads, model::member_of(fact->body), from, seq, open_payload_);
      auto phone = phone_of(fact, batch.payloads, seq, waiting_generation_, open_phone);
      const bool receipt = fact && check_receipt_ && receipt_holds(*fact, check_receipt_);
      batch.facts.push_back({seq, std::move(fact), std::move(phone), receipt, batch.received_ms});
    }
    batch.facts_from = batch.next;
    batch.raw = {};
    batch.payloads.clear();
  }
  auto outcome = run_turn(events_max, false);
  if (outcome || is_storage_trouble(outcome.error().code)) return outcome;
  return run_turn(events_max, true);
}

// Batches that stage 2 has not finished, at least as many as events_max facts take.
base::Result<> SqliteHubStore::fetch_waiting(std::size_t events_max) {
  const PatientGuard lock{lock_};
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  if (!waiting_.empty() &&
      (waiting_generation_ != counters.generation || waiting_.front().no <= counters.projected_batch)) {
    waiting_.clear();
  }
  waiting_generation_ = counters.generation;
  std::uint64_t facts = 0;
  for (const auto& batch : waiting_) facts += batch.last.value - batch.next.value + 1;
  std::size_t bytes = 0;
  MILLPOND_TRY(auto row, database_->prepare(
                             "SELECT b.no, b.lane, e.terminal, e.epoch, b.first_seq, max(b.from_seq, e.projected+1), "
                             "b.last_seq, b.raw, b.chain_before, b.chain_head, b.received_ms FROM batches b JOIN "
                             "epochs e ON e.lane=b.lane WHERE b.no>?1 "
                             "ORDER BY b.no LIMIT 1"));
  while (facts < events_max && bytes < fetch_bytes_max) {
    MILLPOND_TRY_DO(row.bind(waiting_.empty() ? counters.projected_batch : waiting_.back().no));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return {};
    WaitingBatch batch{row.unsigned_integer(0),
                       row.integer(1),
                       {static_cast<std::uint32_t>(row.integer(2))},
                       {static_cast<std::uint32_t>(row.integer(3))},
                       {row.unsigned_integer(4)},
                       {row.unsigned_integer(5)},
                       {row.unsigned_integer(6)},
                       {row.bytes(7).begin(), row.bytes(7).end()},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {}};
    batch.received_ms = row.integer(10);
    MILLPOND_TRY(batch.chain_before, row.array<32>(8));
    MILLPOND_TRY(batch.chain_head, row.array<32>(9));
    row.reset();
    MILLPOND_TRY(batch.payloads, read_payloads(batch.lane, batch.next, batch.last));
    facts += batch.last.value - batch.next.value + 1;
    bytes += batch.raw.size();
    waiting_.push_back(std::move(batch));
  }
  return {};
}

base::Result<std::vector<SealedPayload>> SqliteHubStore::read_payloads(Lane lane, base::Seq from, base::Seq to) {
  std::vector<SealedPayload> payloads;
  MILLPOND_TRY(auto row,
               database_->prepare("SELECT seq, salt, box FROM payloads WHERE lane=?1 AND seq BETWEEN ?2 AND ?3"));
  MILLPOND_TRY_DO(row.bind(lane, from, to));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return payloads;
    const auto salt = row.bytes(1);
    const auto box = row.bytes(2);
    payloads.push_back({{row.unsigned_integer(0)}, {salt.begin(), salt.end()}, {box.begin(), box.end()}});
  }
}

base::Result<ProjectOutcome> SqliteHubStore::run_turn(std::size_t events_max, bool alone) {
  const PatientGuard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto counters, load_counters(*database_));
  if (counters.generation != waiting_generation_) return ProjectOutcome{0, 0, true};  // rebuilt meanwhile
  Turn turn{*database_, counters, events_max, alone, [this](std::uint32_t version) { return read_programme(version); }};
  turn.effects.believe_receipts(check_receipt_);
  turn.effects.find_programmes_with([this](std::uint32_t version) { return read_programme(version); });
  for (auto& batch : waiting_) {
    const bool waited_for = turn.outcome.events >= yield_events_min && lock_.wanted();
    if (turn.outcome.events >= events_max || waited_for) break;
    MILLPOND_TRY_DO(apply_log(turn, batch.no));
    MILLPOND_TRY_DO(apply_batch(turn, batch));
  }
  MILLPOND_TRY(const auto left,
               database_->query_integer("SELECT 1 FROM batches WHERE no>?1 LIMIT 1", turn.counters.projected_batch));
  turn.outcome.more = left.has_value();
  if (!turn.outcome.more) MILLPOND_TRY_DO(apply_log(turn, INT64_MAX));
  for (const auto& flag : turn.effects.take_flags()) MILLPOND_TRY_DO(turn.watching.flag(flag));
  MILLPOND_TRY_DO(turn.watching.keep());
  MILLPOND_TRY_DO(turn.effects.flush());
  if (turn.counters != counters) MILLPOND_TRY_DO(save_counters(*database_, turn.counters));
  MILLPOND_TRY_DO(transaction.commit());
  if (turn.erased) overwrite_old_pages();
  for (const auto count : turn.taken) {
    auto& batch = waiting_.front();
    batch.next.value += count;
    if (batch.next > batch.last) waiting_.pop_front();
  }
  return turn.outcome;
}

base::Result<> SqliteHubStore::apply_batch(Turn& turn, WaitingBatch& batch) {
  const auto room = std::uint64_t{turn.events_max} - turn.outcome.events;
  auto count = std::min(room, batch.last.value - batch.next.value + 1);
  const auto skip = batch.next.value - batch.facts_from.value;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto& waiting = batch.facts[skip + i];
    Applied applied;
    if (!waiting.fact) {
      applied.verdict = waiting.fact.error().code;
    } else if (turn.alone) {
      MILLPOND_TRY(applied, apply_alone(turn.database, turn.counters, turn.effects, batch.lane, waiting));
    } else {
      MILLPOND_TRY(applied, turn.effects.apply(batch.lane, waiting));
    }
    turn.counters.hub_seq += 1;
    const auto kind = waiting.fact ? static_cast<int>(model::kind_of(waiting.fact->body)) : 0;
    const auto member = waiting.fact ? model::member_of(waiting.fact->body) : base::MemberId{};
    MILLPOND_TRY_DO(
        turn.insert_event.run(turn.counters.hub_seq, batch.lane, waiting.seq, kind, member, applied.points));
    if (waiting.fact) {
      const auto figure = [&](Figure of) { return static_cast<std::uint64_t>(turn.counters.figures.at(place_of(of))); };
      MILLPOND_TRY_DO(
          turn.watching.on({batch.lane, waiting.seq}, *waiting.fact, batch.received_ms,
                           {figure(Figure::sales), figure(Figure::coupons_issued), figure(Figure::coupons_redeemed)}));
      MILLPOND_TRY(const auto beyond, turn.issues.on({batch.lane, waiting.seq}, *waiting.fact));
      if (beyond) MILLPOND_TRY_DO(turn.watching.flag(*beyond));
    }
    for (const auto& flag : turn.effects.take_flags()) MILLPOND_TRY_DO(turn.watching.flag(flag));
    if (applied.verdict) MILLPOND_TRY_DO(tell(turn, {batch.lane, waiting.seq}, *applied.verdict));
    MILLPOND_TRY_DO(tell_displaced(turn));
    if (i + 1 < count && turn.outcome.events + i + 1 >= yield_events_min && i % 128 == 0 && lock_.wanted())
      count = i + 1;
  }
  turn.outcome.events += count;
  turn.taken.push_back(count);
  const base::Seq through{batch.next.value + count - 1};
  MILLPOND_TRY_DO(database_->run("UPDATE epochs SET projected=?2 WHERE lane=?1", batch.lane, through));
  if (through == batch.last) turn.counters.projected_batch = batch.no;
  return {};
}

base::Result<> SqliteHubStore::tell_displaced(Turn& turn) {
  for (const auto& where : turn.effects.take_displaced()) MILLPOND_TRY_DO(tell(turn, where, Code::coupon_spent));
  return {};
}

base::Result<> SqliteHubStore::tell(Turn& turn, const FactPlace& where, Code verdict) {
  turn.outcome.verdicts += 1;
  const auto code = base::code_name(verdict);
  Sender sender;
  if (where.lane != 0) {
    MILLPOND_TRY(auto row, database_->prepare("SELECT terminal, epoch FROM epochs WHERE lane=?1"));
    MILLPOND_TRY_DO(row.bind(where.lane));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return {};
    sender = {{static_cast<std::uint32_t>(row.integer(0))}, {static_cast<std::uint32_t>(row.integer(1))}};
  }
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO verdicts(lane, seq, code) VALUES(?1, ?2, ?3)", where.lane, where.seq, code));
  MILLPOND_TRY_DO(
      database_->run("INSERT INTO verdict_counts(code, told) VALUES(?1, 1) ON CONFLICT(code) DO UPDATE SET "
                     "told=told+1",
                     code));
  if (where.lane == 0) return {};  // nobody to hear of it
  const auto body = wire::encode(wire::VerdictRow{sender.epoch, where.seq, std::string{code}});
  return turn.feed.put_new(wire::RowKind::verdict, verdict_key(sender, where.seq), body, {.terminal = sender.terminal});
}

// What people did here, in its place: after the batches that were held when they did it.
base::Result<> SqliteHubStore::apply_log(Turn& turn, std::uint64_t before_batch) {
  for (;;) {
    std::string what;
    base::Bytes content;
    std::int64_t at_ms = 0;
    const auto no = turn.counters.applied_log + 1;
    {
      MILLPOND_TRY(auto row, database_->prepare("SELECT n.at_ms, n.what, n.content, n.after_batch, n.chain, b.chain "
                                                "FROM hub_log n LEFT JOIN hub_log b ON b.no=n.no-1 WHERE n.no=?1 AND "
                                                "n.after_batch<?2"));
      MILLPOND_TRY_DO(row.bind(no, before_batch));
      MILLPOND_TRY(const bool found, row.step());
      if (!found) return {};
      at_ms = row.integer(0);
      what = row.text(1);
      content.assign(row.bytes(2).begin(), row.bytes(2).end());
      // A rebuild reads what people did months ago: what changed there since is not booked.
      base::Hash before{};
      if (!row.is_null(5)) { MILLPOND_TRY(before, row.array<32>(5)); }
      if (!std::ranges::equal(next_link(before, at_ms, row.unsigned_integer(3), what, content), row.bytes(4))) {
        return base::Error{Code::store_corrupt, "project",
                           "entry " + std::to_string(no) + " of the hub's log changed on the disk"};
      }
    }
    MILLPOND_TRY_DO(apply_entry(turn, what, content, at_ms));
    turn.counters.applied_log += 1;
  }
}

// What no longer fits when its turn comes (somebody left, was merged by a phone) changes nothing.
base::Result<> SqliteHubStore::apply_entry(Turn& turn, std::string_view what, base::ByteView content,
                                           std::int64_t at_ms) {
  const auto member = [&](std::size_t at) { return base::MemberId{base::read_big_endian(content.subspan(at, 8))}; };
  if (what == log_member_removed) {
    turn.erased = true;
    return turn.effects.remove_member(member(0), at_ms);
  }
  const base::Seq no{turn.counters.applied_log + 1};
  if (what == log_fact) return apply_own_fact(turn, no, content);
  if (what == log_rated) return apply_rating(turn, no, content);
  if (what == log_points_expired) return apply_expiry(turn, no, content);
  if (what == log_points_adjusted) return apply_adjustment(turn, no, content, at_ms);
  if (what == log_campaign_decided) return apply_decision(turn, no, content);
  if (what == log_payer_known) {
    MILLPOND_TRY(auto row, database_->prepare("SELECT payer FROM payers WHERE no=?1"));
    MILLPOND_TRY_DO(row.bind(base::read_big_endian(content.first(8))));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return {};  // erased since
    const base::Bytes payer{row.bytes(0).begin(), row.bytes(0).end()};
    row.reset();
    return turn.effects.know_payer(payer, member(8), no);
  }
  if (what == log_profiles_left) {
    const base::LocalDate since{static_cast<std::int32_t>(base::read_big_endian(content.first(4)))};
    return turn.effects.profiles().leave(since, at_ms);
  }
  if (what == log_member_marked) {
    const auto mark = model::decode_mark(content.subspan(8));
    return mark ? turn.effects.mark(member(0), *mark, base::local_date_at(at_ms, 0)) : base::Result<>{};
  }
  if (what == log_members_merged) MILLPOND_TRY_DO(turn.effects.merge(member(0), member(8)));
  if (what == log_member_unmerged) MILLPOND_TRY_DO(turn.effects.unmerge(member(0)));
  const auto number = [&](std::size_t at) { return base::read_big_endian(content.subspan(at, 8)); };
  if (what == log_coupon_confirmed) {
    const base::TerminalId terminal{static_cast<std::uint32_t>(base::read_big_endian(content.subspan(16, 4)))};
    MILLPOND_TRY_DO(turn.effects.book_confirmation({{number(0)}, number(8), terminal, member(20)}));
  }
  if (what == log_uses_undone) MILLPOND_TRY_DO(turn.effects.undo_uses(static_cast<Lane>(number(0)), number(8)));
  if (what == log_gifts_undone) MILLPOND_TRY_DO(turn.effects.undo_gifts(static_cast<Lane>(number(0)), number(8)));
  if (what == log_rights_broken) {
    MILLPOND_TRY_DO(turn.effects.break_rights(static_cast<Lane>(number(0)), {number(8)}));
  }
  MILLPOND_TRY_DO(apply_lease(turn, what, content, at_ms));
  return tell_displaced(turn);
}

// What the hub booked itself is a fact like any other, in lane 0.
base::Result<> SqliteHubStore::apply_own_fact(Turn& turn, base::Seq no, base::ByteView content) {
  const WaitingFact waiting{no, decode_at(content, {{0}, hub_epoch}, no), std::nullopt, false};
  Applied applied;
  if (!waiting.fact) {
    applied.verdict = waiting.fact.error().code;
  } else {
    MILLPOND_TRY(applied, turn.effects.apply(0, waiting));
  }
  return book_own(turn, waiting, applied);
}

base::Result<> SqliteHubStore::apply_rating(Turn& turn, base::Seq no, base::ByteView content) {
  if (content.size() < rated_place_bytes) {
    return base::Error{Code::store_corrupt, "project",
                       "entry " + std::to_string(no.value) + " of the log is too short"};
  }
  const auto number = [&](std::size_t at, std::size_t size) {
    return base::read_big_endian(content.subspan(at, size));
  };
  const WaitingFact waiting{no, decode_at(content.subspan(rated_place_bytes), {{0}, hub_epoch}, no), std::nullopt,
                            false};
  Applied applied;
  if (!waiting.fact) {
    applied.verdict = waiting.fact.error().code;
  } else {
    MILLPOND_TRY(const auto lane, database_->query_integer("SELECT lane FROM epochs WHERE terminal=?1 AND epoch=?2",
                                                           number(0, 4), number(4, 4)));
    MILLPOND_TRY(applied, turn.effects.rate({lane.value_or(0), {number(8, 8)}}, waiting));
  }
  return book_own(turn, waiting, applied);
}

base::Result<> SqliteHubStore::apply_expiry(Turn& turn, base::Seq no, base::ByteView content) {
  const base::MemberId member{base::read_big_endian(content.first(8))};
  const auto until_ms = static_cast<std::int64_t>(base::read_big_endian(content.subspan(8, 8)));
  MILLPOND_TRY(const auto applied, turn.effects.expire_points(member, until_ms));
  return book_own(turn, no, event_points_expired, member, applied);
}

base::Result<> SqliteHubStore::apply_adjustment(Turn& turn, base::Seq no, base::ByteView content, std::int64_t at_ms) {
  const base::MemberId member{base::read_big_endian(content.first(8))};
  const auto points = static_cast<std::int64_t>(base::read_big_endian(content.subspan(8, 8)));
  MILLPOND_TRY(const auto applied, turn.effects.adjust_points({member, {0, no}, at_ms, {}, 0}, points));
  return book_own(turn, no, event_points_adjusted, member, applied);
}

base::Result<> SqliteHubStore::apply_decision(Turn& turn, base::Seq no, base::ByteView content) {
  MILLPOND_TRY(const auto entry, decode_decision(content));
  if (entry.canonical.empty()) {
    MILLPOND_TRY_DO(turn.effects.decide(entry, nullptr));
    return database_->run("UPDATE hub SET applied_log=?1", no);
  }
  const WaitingFact waiting{no, decode_at(entry.canonical, {{0}, hub_epoch}, no), std::nullopt, false};
  Applied applied;
  if (!waiting.fact) {
    applied.verdict = waiting.fact.error().code;
  } else {
    MILLPOND_TRY(applied, turn.effects.decide(entry, &waiting));
  }
  return book_own(turn, waiting, applied);
}

base::Result<> SqliteHubStore::book_own(Turn& turn, const WaitingFact& waiting, const Applied& applied) {
  const auto kind = waiting.fact ? static_cast<int>(model::kind_of(waiting.fact->body)) : 0;
  const auto of = waiting.fact ? model::member_of(waiting.fact->body) : base::MemberId{};
  return book_own(turn, waiting.seq, kind, of, applied);
}

base::Result<> SqliteHubStore::book_own(Turn& turn, base::Seq no, int kind, base::MemberId of, const Applied& applied) {
  turn.counters.hub_seq += 1;
  MILLPOND_TRY_DO(turn.insert_event.run(turn.counters.hub_seq, Lane{0}, no, kind, of, applied.points));
  if (applied.verdict) MILLPOND_TRY_DO(tell(turn, {0, no}, *applied.verdict));
  // Facts look back at those before them by this mark (RawFacts), in the same turn as well.
  return database_->run("UPDATE hub SET applied_log=?1", no);
}

base::Result<> SqliteHubStore::apply_lease(Turn& turn, std::string_view what, base::ByteView content,
                                           std::int64_t at_ms) {
  if (what == log_lease_given_up) return turn.effects.give_up_lease({base::read_big_endian(content.first(8))});
  if (what != log_lease_cut) return {};
  MILLPOND_TRY(const auto cut, decode_cut(content));
  return turn.effects.keep_cut(cut, at_ms);
}

base::Result<> SqliteHubStore::begin_rebuild(std::uint64_t generation) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(empty_projections(*database_, generation));
  return transaction.commit();
}

base::Result<> SqliteHubStore::restored(std::uint64_t generation, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(database_->run(
      "UPDATE hub SET went_back=0, next_terminal=next_terminal+?1, next_serial=next_serial+?1", numbers_skipped));
  MILLPOND_TRY_DO(append_log(log_restored, {}, now_ms));
  MILLPOND_TRY_DO(empty_projections(*database_, generation));
  return transaction.commit();
}

}  // namespace millpond::hub
