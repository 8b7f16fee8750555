// SPDX-License-Identifier: Apache-2.0
#include "sync/store/publisher.h"

namespace millpond::store {
namespace {

// One for each member: many, and nobody who shows a code asks for them.
constexpr std::string_view of_cards = "card:";
constexpr std::string_view of_leases = "lease:";

}  // namespace

base::Result<std::optional<base::Bytes>> read_document(sqlite::Connection& db, std::string_view kind) {
  MILLPOND_TRY(auto query, db.prepare("SELECT content FROM documents WHERE kind = ?1"));
  MILLPOND_TRY_DO(query.bind(kind));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return std::optional<base::Bytes>{};
  const auto content = query.bytes(0);
  return std::optional{base::Bytes{content.begin(), content.end()}};
}

base::Result<std::optional<wire::IssuerRow>> read_issuer(sqlite::Connection& db, std::uint32_t issuer) {
  MILLPOND_TRY(auto query, db.prepare("SELECT key, revoked_from_seq FROM issuers WHERE issuer = ?1"));
  MILLPOND_TRY_DO(query.bind(issuer));
  MILLPOND_TRY(const bool row, query.step());
  if (!row) return std::optional<wire::IssuerRow>{};
  wire::IssuerRow found;
  found.issuer = issuer;
  MILLPOND_TRY(found.key, query.array<32>(0));
  found.revoked_from_seq = query.unsigned_integer(1);
  return std::optional{found};
}

Publisher::Publisher() {
  publish({std::make_shared<Published::Issuers>(), std::make_shared<Published::Documents>(), {}});
}

std::shared_ptr<const Published> Publisher::published() const {
  const std::lock_guard lock{mutex_};
  return published_;
}

void Publisher::note_document(std::string_view kind) {
  if (!kind.starts_with(of_cards) && !kind.starts_with(of_leases)) changed_documents_.emplace(kind);
}

void Publisher::publish(Published next) {
  changed_documents_.clear();
  changed_issuers_.clear();
  auto shared = std::make_shared<const Published>(std::move(next));
  const std::lock_guard lock{mutex_};
  published_.swap(shared);
}

base::Result<> Publisher::read_all(sqlite::Connection& db, base::Epoch live) {
  auto issuers = std::make_shared<Published::Issuers>();
  MILLPOND_TRY(auto known, db.prepare("SELECT issuer, key, revoked_from_seq FROM issuers"));
  for (;;) {
    MILLPOND_TRY(const bool row, known.step());
    if (!row) break;
    wire::IssuerRow issuer;
    issuer.issuer = static_cast<std::uint32_t>(known.integer(0));
    MILLPOND_TRY(issuer.key, known.array<32>(1));
    issuer.revoked_from_seq = known.unsigned_integer(2);
    issuers->insert_or_assign(issuer.issuer, issuer);
  }
  auto documents = std::make_shared<Published::Documents>();
  MILLPOND_TRY(auto kept, db.prepare("SELECT kind, content FROM documents WHERE kind < 'card:' OR "
                                     "(kind >= 'card;' AND kind < 'lease:') OR kind >= 'lease;'"));
  for (;;) {
    MILLPOND_TRY(const bool row, kept.step());
    if (!row) break;
    const auto content = kept.bytes(1);
    documents->insert_or_assign(std::string{kept.text(0)}, base::Bytes{content.begin(), content.end()});
  }
  publish({std::move(issuers), std::move(documents), live});
  return {};
}

base::Result<> Publisher::read_changes(sqlite::Connection& db, base::Epoch live) {
  auto next = *published();
  if (live == next.live_epoch && changed_documents_.empty() && changed_issuers_.empty()) return {};
  next.live_epoch = live;
  if (!changed_issuers_.empty()) {
    auto issuers = std::make_shared<Published::Issuers>(*next.issuers);
    for (const auto number : changed_issuers_) {
      MILLPOND_TRY(const auto row, read_issuer(db, number));
      if (row) issuers->insert_or_assign(number, *row);
    }
    next.issuers = std::move(issuers);
  }
  if (!changed_documents_.empty()) {
    auto documents = std::make_shared<Published::Documents>(*next.documents);
    for (const auto& kind : changed_documents_) {
      MILLPOND_TRY(auto content, read_document(db, kind));
      documents->erase(kind);
      if (content) documents->emplace(kind, std::move(*content));
    }
    next.documents = std::move(documents);
  }
  publish(std::move(next));
  return {};
}

}  // namespace millpond::store
