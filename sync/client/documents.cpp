// SPDX-License-Identifier: Apache-2.0
#include "sync/client/documents.h"

#include "sync/store/hub_keys.h"
#include "sync/wire/app_card_rows.h"
#include "sync/wire/hub_address.h"
#include "sync/wire/lease_rows.h"
#include "sync/wire/rights_rows.h"

#include <algorithm>

namespace millpond::client {
namespace {

constexpr std::size_t standing_bytes = 9;

bool is(const wire::DownRow& row, wire::RowKind kind) {
  return !row.deleted && row.kind == static_cast<std::uint8_t>(kind);
}

bool names(const wire::DownRow& row, base::TerminalId terminal) {
  return row.key.size() == 4 && base::read_big_endian(row.key) == terminal.value;
}

base::Result<wire::ProgrammeRow> open_programme(const wire::DownRow& row, const Credentials& credentials) {
  MILLPOND_TRY(auto programme, wire::decode_programme_row(row.body));
  const auto* const key = credentials.hub_key_of(programme.hub_key);
  if (key == nullptr ||
      !crypto::verify(key->key, crypto::context::document, credentials.brand, programme.json, programme.signature)) {
    return base::Error{base::Code::signature_invalid, "keep programme", "version " + std::to_string(programme.version)};
  }
  return programme;
}

// 0 when there is none, or none that can be read.
base::Result<std::uint32_t> kept_version(store::Journal& journal) {
  MILLPOND_TRY(const auto kept, journal.document(programme_document));
  if (!kept) return 0U;
  const auto row = wire::decode_programme_row(*kept);
  return row ? row->version : 0U;
}

// Whom the rows of a page may be signed by: also by keys that it brings.
base::Result<Credentials> with_keys_of(const wire::DownPage& page, const Credentials& credentials) {
  auto believed = credentials;
  for (const auto& row : page.rows) {
    if (!is(row, wire::RowKind::hub_key)) continue;
    const auto key = wire::open_hub_key(row.body, credentials.root);
    if (!key) { return base::Error{base::Code::hub_key_unvouched, "keep hub key", "the brand root did not sign it"}; }
    if (believed.hub_key_of(key->number) == nullptr) believed.later_keys.push_back(*key);
  }
  return believed;
}

base::Result<> keep_trust(const wire::DownPage& page, const Credentials& credentials, store::Journal& journal) {
  for (const auto& row : page.rows) {
    if (is(row, wire::RowKind::hub_key)) { MILLPOND_TRY_DO(store::keep_hub_key(journal, row.body, credentials.root)); }
    if (!is(row, wire::RowKind::hub_address)) continue;
    MILLPOND_TRY(const auto address, wire::open_hub_address(row.body, credentials.root));
    const store::Action keep = [&](store::Transaction& transaction) {
      return transaction.put_document(address_document, address.version, row.body);
    };
    MILLPOND_TRY_DO(journal.commit({&keep, 1}).front());
  }
  return {};
}

// Whether the sale that it was cut for is not waited for any more, and used less than was asked for.
base::Result<bool> was_asked_in_vain(const model::Lease& lease, store::Transaction& transaction, std::int64_t now_ms) {
  if (!lease.asked_by || lease.asked_until_ms > now_ms) return false;
  MILLPOND_TRY(const auto of_member, transaction.leases(lease.asked_by));
  const auto held = std::ranges::find(of_member, lease.id, [](const store::HeldLease& each) { return each.lease.id; });
  return held != of_member.end() && held->use.used_by_member < lease.asked_points;
}

base::Result<> give_back(const store::HeldLease& held, store::Transaction& transaction, std::int64_t now_ms) {
  const auto used = std::min(held.use.used, held.lease.amount);
  MILLPOND_TRY_DO(transaction.append(model::LeaseReturned{held.lease.id, used}, now_ms, 0, 0));
  return {};
}

}  // namespace

// What is left of the one before goes back with the action that takes the new one. Another life's is the hub's already.
base::Result<> keep_lease(const model::Lease& lease, store::Transaction& transaction, std::int64_t now_ms) {
  MILLPOND_TRY(const auto before, transaction.leases({}));
  for (const auto& held : before) {
    const bool same_thing = held.lease.kind == lease.kind && held.lease.subject == lease.subject;
    if (!same_thing || held.lease.id >= lease.id || held.lease.epoch != held.live_epoch) continue;
    MILLPOND_TRY_DO(give_back(held, transaction, now_ms));
  }
  auto kept = lease;
  if (now_ms > 0) kept.expires_ms = std::min(kept.expires_ms, now_ms + model::lease_ms_max);
  return transaction.put_lease(kept);
}

base::Result<std::optional<std::uint32_t>> keep_documents(const wire::DownPage& page, const Credentials& credentials,
                                                          store::Journal& journal, std::int64_t now_ms) {
  MILLPOND_TRY(const auto believed, with_keys_of(page, credentials));
  MILLPOND_TRY(const auto before, kept_version(journal));
  std::uint32_t newest = before;
  base::Bytes newest_body;
  std::vector<wire::IssuerRow> issuers;
  std::optional<model::HonourLimits> limits;
  std::vector<model::Lease> leases;
  std::vector<wire::AppCards> withdrawn;
  std::vector<std::string> ended;  // withdrawals that nobody needs any more
  for (const auto& row : page.rows) {
    if (is(row, wire::RowKind::programme)) {
      MILLPOND_TRY(const auto programme, open_programme(row, believed));
      if (programme.version <= newest) continue;
      newest = programme.version;
      newest_body = row.body;
    } else if (is(row, wire::RowKind::issuer)) {
      MILLPOND_TRY(const auto issuer, wire::decode_issuer_row(row.body));
      MILLPOND_TRY(const auto known, journal.issuer(issuer.issuer));
      if (known != issuer) issuers.push_back(issuer);
    } else if (is(row, wire::RowKind::allowance) && names(row, credentials.terminal)) {
      MILLPOND_TRY(limits, wire::decode_allowance(row.body));
    } else if (is(row, wire::RowKind::lease)) {
      MILLPOND_TRY(const auto lease, wire::decode_lease(row.body));
      if (wire::is_lease_key(row.key, credentials.terminal, lease)) leases.push_back(lease);
    } else if (is(row, wire::RowKind::app_cards)) {
      MILLPOND_TRY(auto cards, wire::decode_app_cards(row.body));
      if (row.key == wire::app_cards_key(cards.member)) withdrawn.push_back(std::move(cards));
    } else if (row.deleted && row.kind == static_cast<std::uint8_t>(wire::RowKind::app_cards) && row.key.size() == 8) {
      ended.push_back(wire::app_cards_document({base::read_big_endian(row.key)}));
    }
  }
  MILLPOND_TRY_DO(keep_trust(page, credentials, journal));
  if (newest == before && issuers.empty() && !limits && leases.empty() && withdrawn.empty() && ended.empty())
    return std::optional<std::uint32_t>{};
  const store::Action keep = [&](store::Transaction& transaction) -> base::Result<> {
    if (newest != before) { MILLPOND_TRY_DO(transaction.put_document(programme_document, newest, newest_body)); }
    for (const auto& issuer : issuers) MILLPOND_TRY_DO(transaction.put_issuer(issuer));
    if (limits) {
      MILLPOND_TRY_DO(transaction.put_document(allowance_document, limits->version, wire::encode(*limits)));
    }
    for (const auto& lease : leases) MILLPOND_TRY_DO(keep_lease(lease, transaction, now_ms));
    for (const auto& cards : withdrawn) {
      MILLPOND_TRY_DO(
          transaction.put_document(wire::app_cards_document(cards.member), cards.version, wire::encode(cards)));
    }
    for (const auto& document : ended) MILLPOND_TRY_DO(transaction.drop_document(document));
    return {};
  };
  MILLPOND_TRY_DO(journal.commit({&keep, 1}).front());
  return newest == before ? std::nullopt : std::optional{newest};
}

base::Result<bool> return_ended_leases(store::Journal& journal, std::int64_t now_ms) {
  std::vector<store::HeldLease> ended;
  MILLPOND_TRY_DO(journal.read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto all, transaction.leases({}));
    for (const auto& held : all) {
      if (held.lease.epoch != held.live_epoch) continue;
      MILLPOND_TRY(const bool in_vain, was_asked_in_vain(held.lease, transaction, now_ms));
      if (in_vain || held.lease.expires_ms <= now_ms) ended.push_back(held);
    }
    return {};
  }));
  if (ended.empty()) return false;
  const store::Action give_back_all = [&](store::Transaction& transaction) -> base::Result<> {
    for (const auto& held : ended) MILLPOND_TRY_DO(give_back(held, transaction, now_ms));
    return {};
  };
  MILLPOND_TRY_DO(journal.commit({&give_back_all, 1}).front());
  return true;
}

base::Result<bool> read_standing(store::Journal& journal) {
  MILLPOND_TRY(const auto kept, journal.document(standing_document));
  return kept && kept->size() == standing_bytes && kept->front() == 1;
}

base::Result<> keep_standing(bool value_suspended, store::Journal& journal) {
  MILLPOND_TRY(const auto kept, journal.document(standing_document));
  const bool known = kept && kept->size() == standing_bytes;
  if ((known && kept->front() == 1) == value_suspended) return {};
  const std::uint64_t version = known ? base::read_big_endian(base::ByteView{*kept}.subspan(1)) + 1 : 1;
  base::Bytes content{static_cast<std::uint8_t>(value_suspended ? 1 : 0)};
  base::append_big_endian(content, version, standing_bytes - 1);
  const store::Action keep = [&](store::Transaction& transaction) {
    return transaction.put_document(standing_document, version, content);
  };
  return journal.commit({&keep, 1}).front();
}

base::Result<bool> knows_replica(store::Journal& journal) {
  MILLPOND_TRY(const auto kept, journal.document(replica_document));
  return kept.has_value();
}

base::Result<> remember_replica(store::Journal& journal) {
  const store::Action keep = [](store::Transaction& transaction) {
    return transaction.put_document(replica_document, 1, base::view_of("1"));
  };
  return journal.commit({&keep, 1}).front();
}

}  // namespace millpond::client
