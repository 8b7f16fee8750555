// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/sqlite_open.h"
#include "sync/hub/core/sqlite_store.h"
#include "sync/sqlite/file.h"
#include "sync/sqlite/migrate.h"

#include <array>

namespace millpond::hub {
namespace {

// Released steps are never edited; add a new one. One after which a file is to be projected anew leaves generation 0.
// Identities are unsigned 64-bit numbers stored as SQLite's signed ones. Every CHECK on a sum is there because SQLite
// turns an overflowing sum into a floating-point number.
constexpr std::string_view step_1 = R"sql(
-- The truth: what terminals signed, what people did here.
CREATE TABLE hub(
  generation INTEGER NOT NULL, hub_seq INTEGER NOT NULL, member_count INTEGER NOT NULL,
  member_checksum INTEGER NOT NULL, projected_batch INTEGER NOT NULL, applied_log INTEGER NOT NULL,
  horizon INTEGER NOT NULL, figures BLOB NOT NULL, next_terminal INTEGER NOT NULL, next_serial INTEGER NOT NULL);
CREATE TABLE terminals(
  terminal INTEGER PRIMARY KEY, store INTEGER NOT NULL, key BLOB NOT NULL, generation INTEGER NOT NULL,
  serial INTEGER NOT NULL, certificate BLOB NOT NULL, provisioned_ms INTEGER NOT NULL, digits TEXT NOT NULL,
  revoked INTEGER NOT NULL, revoked_from_seq INTEGER NOT NULL);
CREATE TABLE standings(terminal INTEGER PRIMARY KEY, suspected_ms INTEGER NOT NULL, kept INTEGER NOT NULL);
CREATE TABLE codes(
  code_hash BLOB PRIMARY KEY, terminal INTEGER NOT NULL, store INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
  tries_left INTEGER NOT NULL, used_key BLOB) WITHOUT ROWID;
-- phone: keyed hash of the technician's; pin: argon2id. One row of order_uses for each machine.
CREATE TABLE orders(
  number INTEGER PRIMARY KEY, code_hash BLOB NOT NULL UNIQUE, store INTEGER NOT NULL, terminals INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL, revoked INTEGER NOT NULL, tries_left INTEGER NOT NULL, phone BLOB NOT NULL,
  pin TEXT NOT NULL);
CREATE TABLE order_uses(
  number INTEGER NOT NULL, key BLOB NOT NULL, terminal INTEGER NOT NULL, PRIMARY KEY(number, key)) WITHOUT ROWID;
CREATE TABLE grants(
  terminal INTEGER PRIMARY KEY, store INTEGER NOT NULL, serial INTEGER NOT NULL, bytes BLOB NOT NULL,
  expires_ms INTEGER NOT NULL, revoked INTEGER NOT NULL, bound BLOB, clashes INTEGER NOT NULL);
-- A lane is one epoch of one terminal, numbered in the order in which they began; other tables say (lane, seq).
CREATE TABLE epochs(
  lane INTEGER PRIMARY KEY, terminal INTEGER NOT NULL, epoch INTEGER NOT NULL, through INTEGER NOT NULL,
  head BLOB NOT NULL, projected INTEGER NOT NULL, forked INTEGER NOT NULL, received_ms INTEGER NOT NULL,
  UNIQUE(terminal, epoch));
CREATE TABLE batches(
  no INTEGER PRIMARY KEY, lane INTEGER NOT NULL, first_seq INTEGER NOT NULL, from_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL, chain_before BLOB NOT NULL, chain_head BLOB NOT NULL, received_ms INTEGER NOT NULL,
  raw BLOB NOT NULL);
CREATE UNIQUE INDEX batches_by_key ON batches(lane, from_seq);
CREATE TABLE payloads(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, salt BLOB NOT NULL, box BLOB NOT NULL,
  PRIMARY KEY(lane, seq)) WITHOUT ROWID;
-- What came of an enrolment's payload, where a verdict did: a rebuild, which may find the payload erased, or that of
-- the member who had the phone first, takes it from here.
CREATE TABLE judged_payloads(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL, first_member INTEGER NOT NULL,
  PRIMARY KEY(lane, seq)) WITHOUT ROWID;
-- Evidence: one batch for each history that was shown beside the held one. `branch` is its first chain value that
-- differs.
CREATE TABLE forks(
  no INTEGER PRIMARY KEY, terminal INTEGER NOT NULL, epoch INTEGER NOT NULL, first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL, common_through INTEGER NOT NULL, branch BLOB NOT NULL, chain_head BLOB NOT NULL,
  received_ms INTEGER NOT NULL, raw BLOB NOT NULL);
CREATE UNIQUE INDEX forks_by_branch ON forks(terminal, epoch, branch);
CREATE TABLE hub_log(
  no INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, after_batch INTEGER NOT NULL, what TEXT NOT NULL,
  content BLOB NOT NULL, chain BLOB NOT NULL);
CREATE TABLE published(
  kind INTEGER NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL, store INTEGER NOT NULL,
  terminal INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;
-- From which age each version of the programme let somebody agree by themselves: what a fact's answer about age means.
CREATE TABLE joining_ages(version INTEGER PRIMARY KEY, age_min INTEGER NOT NULL);
-- Redemptions that the hub has said yes to, as its log tells them: what a rebuild under way must not say yes to again.
CREATE TABLE confirmations(
  coupon INTEGER PRIMARY KEY, redemption INTEGER NOT NULL, terminal INTEGER NOT NULL, at_ms INTEGER NOT NULL);

-- People behind the counter; PINs as argon2id over a hash under their store's key. member: who they are as customers.
CREATE TABLE staff(
  staff INTEGER PRIMARY KEY, store INTEGER NOT NULL, role INTEGER NOT NULL, pin_hash TEXT NOT NULL,
  version INTEGER NOT NULL, disabled INTEGER NOT NULL, member INTEGER NOT NULL);

-- Projections: a rebuild empties and makes them again.
CREATE TABLE events(
  hub_seq INTEGER PRIMARY KEY, lane INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL,
  member INTEGER NOT NULL, points INTEGER NOT NULL);
-- enrolled: 0 awaited, 1 enrolled, 2 removed; (lane, seq) is the enrolment. Points are the member's own, also of an
-- alias: same_as says whose it is, as somebody told it, and may be an alias itself; aliases counts those who say so.
CREATE TABLE members(
  member INTEGER PRIMARY KEY, enrolled INTEGER NOT NULL, store INTEGER NOT NULL,
  points INTEGER NOT NULL CHECK(typeof(points) = 'integer'),
  qualifying INTEGER NOT NULL CHECK(typeof(qualifying) = 'integer'), version INTEGER NOT NULL,
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, same_as INTEGER NOT NULL, aliases INTEGER NOT NULL,
  told_age_min INTEGER NOT NULL);
CREATE INDEX members_by_alias ON members(same_as) WHERE same_as<>0;
CREATE INDEX members_overdrawn ON members(member) WHERE points<0;
-- Every version that a field of a profile ever had, by the fact that set it; clash: somebody set it who had not seen
-- the version before. Values are sealed payloads.
CREATE TABLE profiles(
  member INTEGER NOT NULL, field INTEGER NOT NULL, version INTEGER NOT NULL, lane INTEGER NOT NULL,
  seq INTEGER NOT NULL, clash INTEGER NOT NULL, PRIMARY KEY(member, field, version)) WITHOUT ROWID;
-- Consents: of the enrolment, which are version 0, and those that changed since; (lane, seq): the fact that says so.
CREATE TABLE consents(
  member INTEGER NOT NULL, purpose INTEGER NOT NULL, version INTEGER NOT NULL, granted INTEGER NOT NULL,
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(member, purpose)) WITHOUT ROWID;
CREATE TABLE identities(
  kind TEXT NOT NULL, value_hash BLOB NOT NULL, member INTEGER NOT NULL, lane INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(kind, value_hash)) WITHOUT ROWID;
-- again: another name of a sale that had been told by its payment; kept so that this name is known too.
CREATE TABLE sales(
  store INTEGER NOT NULL, till TEXT NOT NULL, business_date INTEGER NOT NULL, transaction_id TEXT NOT NULL,
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, member INTEGER NOT NULL, body_tag BLOB NOT NULL,
  total_minor INTEGER NOT NULL, again INTEGER NOT NULL,
  PRIMARY KEY(store, till, business_date, transaction_id)) WITHOUT ROWID;
-- Payments that a sale was told with. Without a merchant a payment is known within its store.
CREATE TABLE payments(
  provider INTEGER NOT NULL, merchant TEXT NOT NULL, payment TEXT NOT NULL,
  PRIMARY KEY(provider, merchant, payment)) WITHOUT ROWID;
-- Refunds as they were told, by their own keys; claim: of a sale that was not told yet.
CREATE TABLE refunds(
  store INTEGER NOT NULL, till TEXT NOT NULL, business_date INTEGER NOT NULL, transaction_id TEXT NOT NULL,
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, of_store INTEGER NOT NULL, of_till TEXT NOT NULL,
  of_date INTEGER NOT NULL, of_transaction TEXT NOT NULL, claim INTEGER NOT NULL,
  PRIMARY KEY(store, till, business_date, transaction_id)) WITHOUT ROWID;
CREATE INDEX refunds_by_sale ON refunds(of_store, of_till, of_date, of_transaction);
CREATE INDEX refunds_claimed ON refunds(claim) WHERE claim=1;
-- Where an epoch went on, for whatever reason, behind the first `head` of its facts: what followed may be there.
CREATE TABLE successors(lane INTEGER PRIMARY KEY, previous INTEGER NOT NULL, head INTEGER NOT NULL);
CREATE INDEX successors_by_previous ON successors(previous, head);
-- What was booked because a sale came back; open: not all of the sale was told when it was booked last.
CREATE TABLE refunded(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, member INTEGER NOT NULL, points_taken INTEGER NOT NULL,
  points_returned INTEGER NOT NULL, qualifying_minor INTEGER NOT NULL, net_minor INTEGER NOT NULL,
  open INTEGER NOT NULL,
  PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE INDEX refunded_open ON refunded(open) WHERE open=1;
-- Coupons that were used before the sale that had brought them came back.
CREATE TABLE coupons_kept(
  coupon INTEGER PRIMARY KEY, member INTEGER NOT NULL, campaign INTEGER NOT NULL, value_minor INTEGER NOT NULL);
-- Coupons that came back because their goods did; instead: the new one, 0 when its days were over.
CREATE TABLE coupon_returns(
  coupon INTEGER PRIMARY KEY, lane INTEGER NOT NULL, seq INTEGER NOT NULL, instead INTEGER NOT NULL);
-- What campaigns gave beside coupons; deferred: promised, and for the hub to decide.
CREATE TABLE awards(
  cause BLOB PRIMARY KEY, lane INTEGER NOT NULL, seq INTEGER NOT NULL, member INTEGER NOT NULL,
  campaign INTEGER NOT NULL, kind INTEGER NOT NULL, number INTEGER NOT NULL, word TEXT NOT NULL,
  variant INTEGER NOT NULL, day INTEGER NOT NULL, deferred INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX awards_by_member ON awards(member, campaign);
-- Sales that had been told before, so that what followed from them can be told the same. Nearly always empty.
CREATE TABLE duplicate_sales(lane INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
-- cause_tag is the beginning of the cause: an index over whole random hashes is twice as large. (lane, seq): the issue.
CREATE TABLE coupons(
  coupon INTEGER PRIMARY KEY, lane INTEGER NOT NULL, seq INTEGER NOT NULL, member INTEGER NOT NULL,
  campaign INTEGER NOT NULL, store INTEGER NOT NULL,
  issuer INTEGER NOT NULL, value_minor INTEGER NOT NULL, threshold_minor INTEGER NOT NULL, not_before INTEGER NOT NULL,
  expires INTEGER NOT NULL, state INTEGER NOT NULL, cause_tag INTEGER NOT NULL, cause BLOB NOT NULL);
CREATE INDEX coupons_by_cause ON coupons(cause_tag);
-- The use that counts (state 2, with a model::UseKind), or that a sale took the value of a coupon that was declined
-- (state 3). Lane 0: a confirmation whose fact has not come.
CREATE TABLE uses(
  coupon INTEGER PRIMARY KEY, lane INTEGER NOT NULL, seq INTEGER NOT NULL, state INTEGER NOT NULL,
  kind INTEGER NOT NULL, redemption INTEGER NOT NULL, terminal INTEGER NOT NULL, epoch INTEGER NOT NULL,
  member INTEGER NOT NULL, campaign INTEGER NOT NULL, value_minor INTEGER NOT NULL);
-- Redemptions that their terminal has given up: no yes to them counts any more, whenever it is told.
CREATE TABLE cancelled_redemptions(
  redemption INTEGER NOT NULL, terminal INTEGER NOT NULL, PRIMARY KEY(redemption, terminal)) WITHOUT ROWID;
CREATE INDEX provisional_uses ON uses(terminal) WHERE kind=3;
-- What a coupon took off which line of a sale, by the fact that says so; line: its place in the sale.
CREATE TABLE coupon_lines(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, line INTEGER NOT NULL, coupon INTEGER NOT NULL,
  discount_minor INTEGER NOT NULL, PRIMARY KEY(lane, seq, line)) WITHOUT ROWID;
CREATE INDEX coupon_lines_by_coupon ON coupon_lines(coupon);
-- Through where the rights to the coupons of a lane are the hub's.
CREATE TABLE releases(lane INTEGER PRIMARY KEY, through INTEGER NOT NULL);
-- Lanes in which the journal of an earlier one went on, on the same machine and disk.
CREATE TABLE continued(lane INTEGER PRIMARY KEY, previous INTEGER NOT NULL);
-- Uses by a right that had been given away, and points spent past a lease (coupon 0): a broken terminal, a dishonest
-- one, or a copy.
CREATE TABLE breaches(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, coupon INTEGER NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
-- staff: who was at the till; 0: nobody had entered a PIN. kind: how the terminal honoured it (model::UseKind); 0: it
-- had refused.
CREATE TABLE losses(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, coupon INTEGER NOT NULL, member INTEGER NOT NULL,
  campaign INTEGER NOT NULL, value_minor INTEGER NOT NULL, reason TEXT NOT NULL, staff INTEGER NOT NULL,
  kind INTEGER NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE INDEX provisional_losses ON losses(lane, coupon, value_minor) WHERE kind=3;
-- Points that were spent and that their member did not have.
CREATE TABLE shortfalls(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, member INTEGER NOT NULL, points INTEGER NOT NULL,
  PRIMARY KEY(lane, seq)) WITHOUT ROWID;
-- Leases as the hub's log tells that they were cut, with what facts have said of them since (model/leases.h). told:
-- used by facts; written_off: counted as used before any fact said so. Of one that was cut for a sale: the question
-- (else 0), whose sale it is, and held: how much of that member's points nobody else is given meanwhile.
CREATE TABLE leases(
  lease INTEGER PRIMARY KEY, terminal INTEGER NOT NULL, epoch INTEGER NOT NULL, kind INTEGER NOT NULL,
  subject INTEGER NOT NULL, amount INTEGER NOT NULL, a_member_max INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
  remains INTEGER NOT NULL, written_off INTEGER NOT NULL, given_up INTEGER NOT NULL,
  told INTEGER NOT NULL CHECK(typeof(told) = 'integer'), cut_ms INTEGER NOT NULL,
  asked INTEGER NOT NULL, member INTEGER NOT NULL, held INTEGER NOT NULL);
CREATE INDEX leases_held ON leases(member) WHERE held>0;
CREATE INDEX leases_by_terminal ON leases(terminal, kind, subject, lease);
CREATE INDEX leases_open ON leases(kind, subject) WHERE remains>0;
-- cap: the highest that a lease was cut under; excess: used by facts that no lease covered.
CREATE TABLE pools(
  kind INTEGER NOT NULL, subject INTEGER NOT NULL, cap INTEGER NOT NULL,
  used INTEGER NOT NULL CHECK(typeof(used) = 'integer'), excess INTEGER NOT NULL CHECK(typeof(excess) = 'integer'),
  PRIMARY KEY(kind, subject)) WITHOUT ROWID;
CREATE TABLE disputes(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, store INTEGER NOT NULL, till TEXT NOT NULL,
  business_date INTEGER NOT NULL, transaction_id TEXT NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE TABLE verdicts(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE TABLE verdict_counts(code TEXT PRIMARY KEY, told INTEGER NOT NULL) WITHOUT ROWID;
-- What people behind the counter did: is_act 1: an act that needs somebody who may, 0: a PIN was entered.
CREATE TABLE audit(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, is_act INTEGER NOT NULL, what INTEGER NOT NULL,
  staff INTEGER NOT NULL, asked_by INTEGER NOT NULL, member INTEGER NOT NULL, subject INTEGER NOT NULL,
  reason TEXT NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
-- Patterns that somebody should look at, by the fact that completed them.
CREATE TABLE signals(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, signal INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  member INTEGER NOT NULL, staff INTEGER NOT NULL, value INTEGER NOT NULL, passed INTEGER NOT NULL,
  PRIMARY KEY(lane, seq, signal)) WITHOUT ROWID;
-- What is half seen of a terminal: who is at its till, and model::FraudWatch::state().
CREATE TABLE watches(terminal INTEGER PRIMARY KEY, at_till INTEGER NOT NULL, fold BLOB NOT NULL);
-- One live row or tombstone per key. Rows for everyone and rows for some are numbered apart, because a snapshot holds
-- the former only. store: a store, or a group of stores above every store's number.
CREATE TABLE feed(
  kind INTEGER NOT NULL, key BLOB NOT NULL, hub_seq INTEGER NOT NULL, store INTEGER NOT NULL, terminal INTEGER NOT NULL,
  deleted_ms INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;
CREATE UNIQUE INDEX feed_for_all ON feed(hub_seq) WHERE store=0 AND terminal=0;
CREATE UNIQUE INDEX feed_for_some ON feed(store, terminal, hub_seq) WHERE store<>0 OR terminal<>0;
CREATE INDEX feed_tombstones ON feed(deleted_ms) WHERE deleted_ms<>0;
)sql";

// Notices of payment providers and other tills' servers, as they were told: no projection, because they are not told
// again. Empty `raw`: erased; `payer`: a keyed hash, empty for nobody; `told`: of a whole sale or what came back of
// one, canonical bytes of the fact it would be; `of_sale`: which sale came back. log_no: the fact that was booked of
// it, 0 where nothing was (yet); `open`: somebody has to look again. `changes`: how often the number came with other
// content. A payment's place is that of the sale it was told with; (0, 0) from before there was one.
constexpr std::string_view step_2 = R"sql(
CREATE TABLE notices(
  no INTEGER PRIMARY KEY, account TEXT NOT NULL, id TEXT NOT NULL, provider INTEGER NOT NULL, kind INTEGER NOT NULL,
  meaning BLOB NOT NULL, raw BLOB NOT NULL, received_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
  merchant TEXT NOT NULL, payment TEXT NOT NULL, refund TEXT NOT NULL, amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL, in_all INTEGER NOT NULL, completed_ms INTEGER NOT NULL, store INTEGER NOT NULL,
  payer BLOB NOT NULL, told BLOB NOT NULL, of_sale TEXT NOT NULL, whole INTEGER NOT NULL, log_no INTEGER NOT NULL,
  booked_minor INTEGER NOT NULL, open INTEGER NOT NULL, changes INTEGER NOT NULL, UNIQUE(account, id));
CREATE INDEX notices_open ON notices(due_ms) WHERE open=1;
CREATE INDEX notices_by_payment ON notices(account, payment, kind);
CREATE INDEX notices_by_payer ON notices(payer) WHERE payer<>x'';
CREATE INDEX notices_kept ON notices(received_ms) WHERE raw<>x'';
-- Whose payers are, as somebody said it here: the log has the number only, so that a member can be erased.
CREATE TABLE payers(
  no INTEGER PRIMARY KEY AUTOINCREMENT, payer BLOB NOT NULL UNIQUE, member INTEGER NOT NULL);
CREATE INDEX payers_by_member ON payers(member);
ALTER TABLE payments ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN member INTEGER NOT NULL DEFAULT 0;
)sql";

// Every version of the programme that was ever published, by the entry of the hub's own log that holds the document.
// Sales that the hub rated because their terminal had no programme, by the entry that says so (log_rated), whether or
// not stage 2 has booked it yet. Neither is a projection. `unrated` is one: sales that wait for the hub's rating.
constexpr std::string_view step_3 = R"sql(
CREATE TABLE programmes(version INTEGER PRIMARY KEY, log_no INTEGER NOT NULL, published_ms INTEGER NOT NULL);
CREATE TABLE ratings(
  terminal INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, log_no INTEGER NOT NULL,
  PRIMARY KEY(terminal, epoch, seq)) WITHOUT ROWID;
CREATE TABLE unrated(lane INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
)sql";

// How a one-time code begins; of one that was made before, nothing, so that no guess takes its tries: it lasts minutes.
constexpr std::string_view step_4 = R"sql(
ALTER TABLE codes ADD COLUMN begins TEXT NOT NULL DEFAULT '';
)sql";

// went_back: a terminal had read more of this generation's feed than there is.
constexpr std::string_view step_5 = R"sql(
ALTER TABLE hub ADD COLUMN went_back INTEGER NOT NULL DEFAULT 0;
)sql";

// What one terminal was told yes to in a day.
constexpr std::string_view step_6 = R"sql(
CREATE INDEX confirmations_by_terminal ON confirmations(terminal, at_ms);
)sql";

// Projections: points in lots (lot_book.h), of members who were given some by a programme that has them. debt: beyond
// what lots have left; revived: what expiry had taken and was used before; as_of_ms: of the newest that happened;
// closed: the member has left. A lot is named by the fact that brought it and a part: 0 the grant, others what came
// back and lives longer; (0, 0): what there was before. expired: what its last day took. active_day: the first,
// expires_day: the last on which it is good, 0 for ever, in the programme's zone. lot_payments: which lot paid for
// which sale, less what came back.
constexpr std::string_view step_7 = R"sql(
CREATE TABLE ledgers(
  member INTEGER PRIMARY KEY, debt INTEGER NOT NULL, revived INTEGER NOT NULL, as_of_ms INTEGER NOT NULL,
  closed INTEGER NOT NULL);
CREATE TABLE lots(
  member INTEGER NOT NULL, lane INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL,
  source INTEGER NOT NULL, sale_lane INTEGER NOT NULL, sale_seq INTEGER NOT NULL, occurred_ms INTEGER NOT NULL,
  granted INTEGER NOT NULL, remaining INTEGER NOT NULL, expired INTEGER NOT NULL, active_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL, active_day INTEGER NOT NULL, expires_day INTEGER NOT NULL,
  PRIMARY KEY(member, lane, seq, part)) WITHOUT ROWID;
CREATE INDEX lots_left ON lots(member, expires_at_ms) WHERE remaining>0;
CREATE INDEX lots_ending ON lots(expires_at_ms, member) WHERE remaining>0;
CREATE TABLE lot_payments(
  member INTEGER NOT NULL, sale_lane INTEGER NOT NULL, sale_seq INTEGER NOT NULL, lane INTEGER NOT NULL,
  seq INTEGER NOT NULL, place INTEGER NOT NULL, lot_lane INTEGER NOT NULL, lot_seq INTEGER NOT NULL,
  lot_part INTEGER NOT NULL, points INTEGER NOT NULL,
  PRIMARY KEY(member, sale_lane, sale_seq, lane, seq, place)) WITHOUT ROWID;
)sql";

// The pages that stage 2 touches again and again stay in memory, and with WAL a checkpoint writes each of them once for
// many turns; journal or log are cut back to their limit afterwards.
constexpr std::string_view memory_pragmas =
    "PRAGMA cache_size=-131072; PRAGMA wal_autocheckpoint=4096; PRAGMA journal_size_limit=67108864";
// Two copies are read and written beside the store, which has a cache of its own.
constexpr std::string_view copy_pragmas =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; PRAGMA cache_size=-32768; "
    "PRAGMA temp_store=FILE";

// Exclusive before the journal's mode: with WAL SQLite then keeps its index in memory, and a second hub on the file is
// refused at once. EXTRA is FULL once in WAL (an acknowledged batch must survive a power cut: the terminal drops it),
// but the switch to WAL leaves a rollback journal behind whose removal only EXTRA makes durable; come back, it would
// undo the whole file. What an earlier life read of its log or journal may never have reached the disk, and what is
// acknowledged from now on stands behind it.
base::Result<> set_durability(sqlite::Connection& database, const SqliteHubOptions& options) {
  constexpr std::string_view begin =
      "PRAGMA page_size=8192; PRAGMA secure_delete=ON; PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=EXTRA";
  const auto log = options.path.string() + "-wal";
  switch (options.durability) {
    case HubDurability::none:
      return database.execute(copy_pragmas);
    case HubDurability::wal:
      MILLPOND_TRY_DO(database.execute(begin));
      MILLPOND_TRY_DO(database.execute("PRAGMA journal_mode=WAL; BEGIN EXCLUSIVE; COMMIT"));
      MILLPOND_TRY_DO(sqlite::write_again(options.vfs, log));
      return database.execute(memory_pragmas);
    case HubDurability::safe:
      MILLPOND_TRY_DO(sqlite::write_again(options.vfs, log));  // of a file that had one until now
      MILLPOND_TRY_DO(database.execute(begin));
      MILLPOND_TRY_DO(database.execute("PRAGMA journal_mode=PERSIST; BEGIN EXCLUSIVE; COMMIT"));
      MILLPOND_TRY_DO(sqlite::end_rollback_journal(options.vfs, options.path));
      return database.execute(memory_pragmas);
  }
  return {};
}

// offset_ms: the terminal's clock less the hub's, when its last batch was received.
constexpr std::string_view step_8 = R"sql(
ALTER TABLE epochs ADD COLUMN offset_ms INTEGER NOT NULL DEFAULT 0;
)sql";

// What facts say that each member spent under a lease that has a ceiling for one member.
constexpr std::string_view step_9 = R"sql(
CREATE TABLE lease_members(
  lease INTEGER NOT NULL, member INTEGER NOT NULL, used INTEGER NOT NULL CHECK(typeof(used) = 'integer'),
  PRIMARY KEY(lease, member)) WITHOUT ROWID;
)sql";

// Batches that changed on the disk, while their terminals are asked for them again: through, head: what came so far and
// its chain value; before: that of the facts in front. mended: of such a batch first what was left of it
// (received_ms 0), then the signed batches that it was made again of.
constexpr std::string_view step_10 = R"sql(
CREATE TABLE wanted(
  no INTEGER PRIMARY KEY, lane INTEGER NOT NULL, from_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  through INTEGER NOT NULL, head BLOB NOT NULL, before BLOB NOT NULL, asked_ms INTEGER NOT NULL);
CREATE TABLE mended(
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, received_ms INTEGER NOT NULL, raw BLOB NOT NULL);
CREATE INDEX mended_by_batch ON mended(batch);
)sql";

// What campaigns ask of a member, and where profiles are told (profile_book.h): day: when a store saw somebody last. A
// file from before is projected anew, in a generation of its own, as begin_rebuild() does.
constexpr std::string_view step_11 = R"sql(
ALTER TABLE members ADD COLUMN came_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN visits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN last_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN seen_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN seen_day INTEGER NOT NULL DEFAULT 0;
CREATE TABLE profile_rows(member INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE profile_stores(
  member INTEGER NOT NULL, store INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY(member, store)) WITHOUT ROWID;
CREATE INDEX profile_stores_by_day ON profile_stores(day);
UPDATE hub SET generation=0;
)sql";

// What the chain says of a member (model/member_marks.h); tags that campaigns gave stand in batches, so that a file
// from before is projected anew once more.
constexpr std::string_view step_12 = R"sql(
ALTER TABLE members ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN rfm TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN tags TEXT NOT NULL DEFAULT '';
UPDATE hub SET generation=0;
)sql";

// How often campaigns that are capped by member gave to whom (folded_member.h): counted from facts that a file from
// before has booked.
constexpr std::string_view step_13 = R"sql(
ALTER TABLE members ADD COLUMN given BLOB NOT NULL DEFAULT x'';
UPDATE hub SET generation=0;
)sql";

// Tags that an operator gave, which go when their member agrees to profiling no more, and who proved a phone that
// `first` enrolled with before anybody, on which day; a file from before is projected anew, because marks without that
// agreement count no more.
constexpr std::string_view step_14 = R"sql(
CREATE TABLE marked_tags(member INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY(member, tag)) WITHOUT ROWID;
CREATE TABLE proved_phones(member INTEGER PRIMARY KEY, first INTEGER NOT NULL, day INTEGER NOT NULL);
CREATE INDEX proved_phones_first ON proved_phones(first);
UPDATE hub SET generation=0;
)sql";

// What the hub decides itself of campaigns (campaign_book.h), projected anew; of before this moment it decides promises
// alone. visits: paid sales of members, and what of each qualifies. decided: which cases were, by the first entry of
// the log that says so, whether or not stage 2 has booked it yet; no projection.
constexpr std::string_view step_15 = R"sql(
CREATE TABLE visits(
  member INTEGER NOT NULL, lane INTEGER NOT NULL, seq INTEGER NOT NULL, day INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  minor INTEGER NOT NULL, PRIMARY KEY(member, lane, seq)) WITHOUT ROWID;
CREATE TABLE promises(
  lane INTEGER NOT NULL, seq INTEGER NOT NULL, cause BLOB NOT NULL, sale_lane INTEGER NOT NULL,
  sale_seq INTEGER NOT NULL, PRIMARY KEY(lane, seq)) WITHOUT ROWID;
CREATE TABLE happened(
  key BLOB PRIMARY KEY, trigger INTEGER NOT NULL, number INTEGER NOT NULL, word TEXT NOT NULL, member INTEGER NOT NULL,
  store INTEGER NOT NULL, at_ms INTEGER NOT NULL, offset_min INTEGER NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE decided(key BLOB PRIMARY KEY, log_no INTEGER NOT NULL) WITHOUT ROWID;
ALTER TABLE hub ADD COLUMN decides_since_ms INTEGER NOT NULL DEFAULT 0;
UPDATE hub SET generation=0, decides_since_ms=1000*CAST(strftime('%s', 'now') AS INTEGER);
)sql";

constexpr std::array steps{step_1, step_2,  step_3,  step_4,  step_5,  step_6,  step_7, step_8,
                           step_9, step_10, step_11, step_12, step_13, step_14, step_15};

// Of the schema above, what a rebuild empties.
constexpr std::array<std::string_view, 44> projected{"events",         "members",        "identities",
                                                     "sales",          "unrated",        "duplicate_sales",
                                                     "coupons",        "uses",           "cancelled_redemptions",
                                                     "losses",         "disputes",       "payments",
                                                     "refunds",        "refunded",       "successors",
                                                     "coupons_kept",   "awards",         "profiles",
                                                     "consents",       "coupon_lines",   "releases",
                                                     "coupon_returns", "continued",      "breaches",
                                                     "leases",         "pools",          "shortfalls",
                                                     "verdicts",       "verdict_counts", "feed",
                                                     "audit",          "signals",        "watches",
                                                     "ledgers",        "lots",           "lot_payments",
                                                     "lease_members",  "profile_rows",   "profile_stores",
                                                     "marked_tags",    "proved_phones",  "visits",
                                                     "promises",       "happened"};

}  // namespace

std::span<const std::string_view> projections() { return projected; }

base::Result<> empty_projections(sqlite::Connection& database, std::uint64_t generation) {
  MILLPOND_CHECK(generation != 0);
  for (const auto table : projected) MILLPOND_TRY_DO(database.execute("DELETE FROM " + std::string{table}));
  MILLPOND_TRY_DO(database.execute("UPDATE epochs SET projected=0"));
  Counters counters;
  counters.generation = generation;
  {
    FeedRows feed{database, counters};
    MILLPOND_TRY(auto row,
                 database.prepare("SELECT kind, key, body, store, terminal FROM published ORDER BY kind, key"));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      const Scope scope{{static_cast<std::uint32_t>(row.integer(3))}, {static_cast<std::uint32_t>(row.integer(4))}};
      MILLPOND_TRY_DO(feed.put(static_cast<wire::RowKind>(row.integer(0)), row.bytes(1), row.bytes(2), scope));
    }
  }
  return save_counters(database, counters);
}

base::Result<> prepare_schema(sqlite::Connection& database, const SqliteHubOptions& options) {
  MILLPOND_TRY_DO(set_durability(database, options));
  MILLPOND_TRY_DO(sqlite::migrate(database, steps));
  MILLPOND_TRY_DO(find_programmes(database));
  MILLPOND_TRY_DO(database.run(
      "INSERT INTO hub(generation, hub_seq, member_count, member_checksum, projected_batch, applied_log, horizon, "
      "figures, next_terminal, next_serial) SELECT ?1, 0, 0, 0, 0, 0, 0, zeroblob(104), 1, 1 "
      "WHERE NOT EXISTS(SELECT 1 FROM hub)",
      options.generation));
  MILLPOND_TRY(const auto generation, database.query_integer("SELECT generation FROM hub"));
  if (generation == 0) {
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(database));
    MILLPOND_TRY_DO(empty_projections(database, options.generation));
    MILLPOND_TRY_DO(transaction.commit());
  }
  if (options.page_count_max == 0) return {};
  return database.execute("PRAGMA max_page_count=" + std::to_string(options.page_count_max));
}

base::Result<std::unique_ptr<HubStore>> open_sqlite_store(const SqliteHubOptions& options) {
  MILLPOND_CHECK(options.generation != 0);
  MILLPOND_TRY(auto database,
               sqlite::Connection::open({.path = options.path, .vfs = options.vfs, .rollback_journal_stays = true}));
  MILLPOND_TRY_DO(prepare_schema(*database, options));
  return std::unique_ptr<HubStore>{
      std::make_unique<SqliteHubStore>(std::move(database), options.vfs, options.durability)};
}

}  // namespace millpond::hub
