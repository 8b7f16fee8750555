// SPDX-License-Identifier: Apache-2.0
// The tables of journal.db; those of replica.db are in snapshot/tables.h. A step is never edited once released. Inside
// `store` only.
//
// A position numbers a terminal's facts over all its epochs: base of the epoch + seq. The outbox has it as its key and
// loses rows only from the front, so it is a queue whose freed pages go back to the file system (auto_vacuum).
#pragma once

#include "sync/sqlite/migrate.h"

#include <array>
#include <string_view>

namespace millpond::store {

// Every projection of a fact names it by position and never by seq, so that reissuing moves them all alike. `sum` is
// the first 8 bytes of a BLAKE2b over the row's content: the chain tells that something changed, the sum which row it
// was. outbox.notes holds what projections need and canonical bytes do not say (unsettled.h), with a sum of its own,
// because the fact is whole without them. Of the projections those rows have a sum that can change value or a person:
// balances, coupons (its low bits repeat the state), answers to tills, phones, uses of coupons and leases. A reader
// takes a row that changed for none, but for uses: one that changed still says that its coupon, or all of its lease,
// was used. members says only that one was enrolled here, and what a slip says proves itself where it is worth
// something.
//
// holds are no facts: coupons that a till keeps for a basket, outside chain and outbox, and gone with their sale.
// refunds says by the sale's key what came back of it through this terminal, so that the next refund can be told what
// is left; the hub adds up the facts themselves.
//
// gifts says which campaign gave a member something, on a day at the store; what has one occasion (the position of its
// sale, else its own) was given at one time. It goes with the deltas.
//
// Every page that a commit touches is written twice and synced, so a sale touches the outbox only; sales, deltas,
// coupons, their uses and those of leases, members and prints are written later, many facts at once. meta.settled says
// through which position, meta.released where the last RightsReleased stands.
inline constexpr std::array<sqlite::Step, 2> journal_schema{{{.oldest_reader = 1, .sql = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE epochs(
  ordinal INTEGER PRIMARY KEY, epoch INTEGER NOT NULL UNIQUE, base INTEGER NOT NULL,
  acked INTEGER NOT NULL, acked_chain BLOB NOT NULL, head INTEGER, sum INTEGER NOT NULL) STRICT;
CREATE TABLE outbox(
  position INTEGER PRIMARY KEY, canonical BLOB NOT NULL, chain BLOB NOT NULL, sum INTEGER NOT NULL,
  notes BLOB) STRICT;
CREATE TABLE payloads(
  position INTEGER PRIMARY KEY, member INTEGER NOT NULL, salt BLOB NOT NULL, box BLOB NOT NULL,
  sum INTEGER NOT NULL) STRICT;
CREATE TABLE ring(
  first_position INTEGER PRIMARY KEY, last_position INTEGER NOT NULL, acked_at_ms INTEGER NOT NULL,
  batch BLOB NOT NULL) STRICT;
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY, position INTEGER NOT NULL, kind TEXT NOT NULL, content BLOB NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE deltas(
  member INTEGER NOT NULL, position INTEGER NOT NULL, points INTEGER NOT NULL, sum INTEGER NOT NULL,
  PRIMARY KEY(member, position)) STRICT, WITHOUT ROWID;
CREATE TABLE members(member INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT;
CREATE TABLE phones(
  key BLOB PRIMARY KEY, member INTEGER NOT NULL, position INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sales(
  business_day INTEGER NOT NULL, store INTEGER NOT NULL, till TEXT NOT NULL, transaction_id TEXT NOT NULL,
  position INTEGER NOT NULL, body_hash BLOB NOT NULL, answer BLOB NOT NULL, sum INTEGER NOT NULL,
  PRIMARY KEY(business_day, store, till, transaction_id)) STRICT, WITHOUT ROWID;
CREATE TABLE coupons(
  coupon INTEGER PRIMARY KEY, position INTEGER NOT NULL, ordinal INTEGER NOT NULL, member INTEGER NOT NULL,
  campaign INTEGER NOT NULL, store INTEGER NOT NULL, value_minor INTEGER NOT NULL, threshold_minor INTEGER NOT NULL,
  not_before_day INTEGER NOT NULL, expires_day INTEGER NOT NULL, cause BLOB NOT NULL UNIQUE,
  sale_position INTEGER NOT NULL, state INTEGER NOT NULL, redeemed_position INTEGER NOT NULL,
  sum INTEGER NOT NULL) STRICT;
CREATE INDEX coupons_member ON coupons(member);
CREATE TABLE prints(
  position INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, template_version INTEGER NOT NULL,
  locale TEXT NOT NULL, content BLOB NOT NULL, state INTEGER NOT NULL) STRICT;
CREATE INDEX prints_unfinished ON prints(position) WHERE state = 1;
CREATE TABLE reviews(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, content BLOB NOT NULL, at_ms INTEGER NOT NULL,
  hub_ms INTEGER NOT NULL) STRICT;
CREATE TABLE documents(kind TEXT PRIMARY KEY, version INTEGER NOT NULL, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE coupon_uses(
  coupon INTEGER PRIMARY KEY, position INTEGER NOT NULL, kind INTEGER NOT NULL, member INTEGER NOT NULL,
  day INTEGER NOT NULL, value_minor INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT;
CREATE TABLE lease_uses(
  position INTEGER PRIMARY KEY, lease INTEGER NOT NULL, member INTEGER NOT NULL, amount INTEGER NOT NULL,
  sum INTEGER NOT NULL) STRICT;
CREATE INDEX lease_uses_lease ON lease_uses(lease);
CREATE TABLE holds(
  id INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL, content BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;
CREATE TABLE refunds(
  business_day INTEGER NOT NULL, store INTEGER NOT NULL, till TEXT NOT NULL, transaction_id TEXT NOT NULL,
  content BLOB NOT NULL, sum INTEGER NOT NULL,
  PRIMARY KEY(business_day, store, till, transaction_id)) STRICT, WITHOUT ROWID;
CREATE TABLE issuers(issuer INTEGER PRIMARY KEY, key BLOB NOT NULL, revoked_from_seq INTEGER NOT NULL) STRICT;
)sql"},
                                                             {.oldest_reader = 1, .sql = R"sql(
CREATE TABLE gifts(
  member INTEGER NOT NULL, position INTEGER NOT NULL, campaign INTEGER NOT NULL, day INTEGER NOT NULL,
  occasion INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY(member, position)) STRICT, WITHOUT ROWID;
)sql"}}};

}  // namespace millpond::store
