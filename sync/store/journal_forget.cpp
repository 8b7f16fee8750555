// SPDX-License-Identifier: Apache-2.0
// Personal data goes while its facts stay.
#include "sync/sqlite/file.h"
#include "sync/store/personal_rows.h"
#include "sync/store/sqlite_journal.h"

#include <algorithm>
#include <array>
#include <set>

namespace millpond::store {
namespace {

// In the file from the forgetting's own transaction on, so that a crash before the log was overwritten is made up for.
constexpr std::string_view log_due = "forgotten_in_log";

struct Place {
  std::uint64_t position{};
  base::MemberId member;
  friend auto operator<=>(const Place&, const Place&) = default;
};
using Places = std::set<Place>;

struct Phone {
  base::Bytes key;
  Place place;
  std::uint64_t sum{};
};

struct Payload {
  Place place;
  base::Bytes salt;
  base::Bytes box;
  std::uint64_t sum{};
};

base::Bytes copy_of(base::ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// A table that grew had its rows moved between pages, and each move left a copy behind that no delete finds. So it is
// emptied as a whole, and what stays is put back.
base::Result<> forget_phones(sqlite::Connection& db, const Places& gone) {
  std::vector<Phone> kept;
  {
    MILLPOND_TRY(auto query, db.prepare("SELECT key, position, member, sum FROM phones"));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      const Place place{query.unsigned_integer(1), {query.unsigned_integer(2)}};
      if (!gone.contains(place)) kept.push_back({copy_of(query.bytes(0)), place, query.unsigned_integer(3)});
    }
  }
  MILLPOND_TRY_DO(db.run("DELETE FROM phones"));
  for (const auto& phone : kept) {
    MILLPOND_TRY_DO(db.run("INSERT INTO phones(key, member, position, sum) VALUES(?1, ?2, ?3, ?4)", phone.key,
                           phone.place.member, phone.place.position, phone.sum));
  }
  return {};
}

base::Result<> forget_payloads(sqlite::Connection& db, const Places& gone) {
  std::vector<Payload> kept;
  {
    MILLPOND_TRY(auto query, db.prepare("SELECT position, member, salt, box, sum FROM payloads"));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) break;
      const Place place{query.unsigned_integer(0), {query.unsigned_integer(1)}};
      if (gone.contains(place)) continue;
      kept.push_back({place, copy_of(query.bytes(2)), copy_of(query.bytes(3)), query.unsigned_integer(4)});
    }
  }
  MILLPOND_TRY_DO(db.run("DELETE FROM payloads"));
  for (const auto& payload : kept) {
    MILLPOND_TRY_DO(db.run("INSERT INTO payloads(position, member, salt, box, sum) VALUES(?1, ?2, ?3, ?4, ?5)",
                           payload.place.position, payload.place.member, payload.salt, payload.box, payload.sum));
  }
  return {};
}

}  // namespace

// Where the fact stands beside which something personal is kept.
struct SqliteJournal::Standing {
  bool is_phone{};
  Place place;
  bool queued{};
  bool in_ring{};
  std::int64_t acknowledged_at_ms{};  // of the ring, in hub time; 0: before the hub's first word about time

  [[nodiscard]] bool acknowledged_before(std::int64_t hub_ms) const {
    if (queued) return false;
    return !in_ring || (acknowledged_at_ms != 0 && acknowledged_at_ms < hub_ms);
  }

  // Every row of payloads, phones or, of payloads that changed on the disk, the quarantine.
  [[nodiscard]] static base::Result<> each(sqlite::Connection& db, std::string_view source,
                                           const std::function<void(const Standing&)>& meet) {
    const auto sql =
        "SELECT position, member, EXISTS(SELECT 1 FROM outbox WHERE outbox.position = kept.position), "
        "(SELECT CASE WHEN last_position >= kept.position THEN acked_at_ms END FROM ring "
        "WHERE first_position <= kept.position ORDER BY first_position DESC LIMIT 1) FROM " +
        std::string{source} + " AS kept";
    MILLPOND_TRY(auto query, db.prepare(sql));
    for (;;) {
      MILLPOND_TRY(const bool row, query.step());
      if (!row) return {};
      meet({source == phones,
            {query.unsigned_integer(0), {query.unsigned_integer(1)}},
            query.integer(2) != 0,
            !query.is_null(3),
            query.integer(3)});
    }
  }
  static constexpr std::string_view payloads = "payloads";
  static constexpr std::string_view phones = "phones";
  static constexpr std::string_view changed = "(SELECT position, 0 AS member FROM quarantine WHERE kind = 'payload')";
};

base::Result<> SqliteJournal::forget(const std::function<bool(const Standing&)>& goes) {
  MILLPOND_TRY_DO(ready());
  const auto chosen = [&](std::string_view source) -> base::Result<Places> {
    Places places;
    MILLPOND_TRY_DO(Standing::each(*db_, source, [&](const Standing& row) {
      if (goes(row)) places.insert(row.place);
    }));
    return places;
  };
  MILLPOND_TRY(const auto payloads, chosen(Standing::payloads));
  MILLPOND_TRY(const auto phones, chosen(Standing::phones));
  MILLPOND_TRY(const auto changed, chosen(Standing::changed));
  if (payloads.empty() && phones.empty() && changed.empty()) return overwrite_log_when_due();
  const auto forget_rows = [&]() -> base::Result<> {
    if (!payloads.empty()) MILLPOND_TRY_DO(forget_payloads(*db_, payloads));
    if (!phones.empty()) MILLPOND_TRY_DO(forget_phones(*db_, phones));
    for (const auto& place : changed) {
      MILLPOND_TRY_DO(db_->run("DELETE FROM quarantine WHERE kind = 'payload' AND position = ?1", place.position));
    }
    return put_meta(log_due, 1);
  };
  MILLPOND_TRY_DO(write([&] { return overwriting(*db_, forget_rows); }));
  MILLPOND_TRY_DO(count_quarantined());
  return overwrite_log_when_due();
}

// A rollback journal holds pages as they were, and a log those of transactions before the last.
base::Result<> SqliteJournal::overwrite_log_when_due() {
  MILLPOND_TRY(const auto due, meta(log_due));
  if (due == 0) return {};
  if (options_.durability == Durability::wal) {
    MILLPOND_TRY_DO(db_->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    MILLPOND_TRY_DO(lay_out_log(options_.path, options_.vfs));
  } else {
    MILLPOND_TRY_DO(sqlite::overwrite_rollback_journal(options_.vfs, options_.path));
  }
  return write([&] { return put_meta(log_due, 0); });
}

base::Result<> SqliteJournal::forget_members(std::span<const base::MemberId> members) {
  if (members.empty()) return {};
  const std::set<base::MemberId> erased{members.begin(), members.end()};
  return forget(
      [&](const Standing& row) { return erased.contains(row.place.member) && (row.is_phone || !row.queued); });
}

base::Result<> SqliteJournal::forget_personal(std::optional<std::int64_t> acknowledged_before_ms) {
  const auto lag_ms = ring_.hub_ms - ring_.age_ms;  // as far as the hub's word is not believed yet
  return forget([&](const Standing& row) {
    if (acknowledged_before_ms) return row.acknowledged_before(*acknowledged_before_ms - lag_ms);
    return row.is_phone || !row.queued;
  });
}

base::Result<std::vector<base::MemberId>> SqliteJournal::remembered(std::uint64_t through_position) {
  MILLPOND_TRY_DO(ready());
  std::set<base::MemberId> members;
  const auto meet = [&](const Standing& row) {
    if (row.place.member && !row.queued && row.place.position <= through_position) members.insert(row.place.member);
  };
  MILLPOND_TRY_DO(Standing::each(*db_, Standing::payloads, meet));
  MILLPOND_TRY_DO(Standing::each(*db_, Standing::phones, meet));
  return std::vector<base::MemberId>{members.begin(), members.end()};
}

}  // namespace millpond::store
