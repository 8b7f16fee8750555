// SPDX-License-Identifier: Apache-2.0
#include "sync/store/replica.h"

#include "sync/sqlite/connection.h"
#include "sync/sqlite/migrate.h"
#include "sync/sqlite/transaction.h"
#include "sync/store/schema.h"

#include <mutex>

namespace millpond::store {
namespace {

using wire::RowKind;

constexpr std::string_view body_of_id = "SELECT body, share, key, as_of_position FROM rows WHERE kind = ?1 AND id = ?2";

bool belongs_to_journal(std::uint8_t kind) {
  return kind == static_cast<std::uint8_t>(RowKind::programme) || kind == static_cast<std::uint8_t>(RowKind::issuer);
}

struct Keys {
  std::uint64_t id{};
  base::MemberId member;
};

// What a row can be looked up by. Unknown kinds have nothing and are kept as they are.
base::Result<Keys> keys_of(const wire::DownRow& row) {
  switch (static_cast<RowKind>(row.kind)) {
    case RowKind::member: {
      MILLPOND_TRY(const auto member, wire::decode_member_row(row.body));
      return Keys{member.member.value, member.member};
    }
    case RowKind::coupon: {
      MILLPOND_TRY(const auto coupon, wire::decode_coupon_row(row.body));
      return Keys{coupon.coupon.value, coupon.member};
    }
    case RowKind::profile: {
      MILLPOND_TRY(const auto profile, wire::decode_profile_row(row.body));
      return Keys{profile.member.value, profile.member};
    }
    case RowKind::phone: {
      if (row.body.size() != 8) return base::Error{base::Code::bad_input, "apply page", "phone row"};
      return Keys{0, {base::read_big_endian(row.body)}};
    }
    default:
      return Keys{};
  }
}

class SqliteReplica final : public Replica {
 public:
  explicit SqliteReplica(std::unique_ptr<sqlite::Connection> db) : db_{std::move(db)} {}

  [[nodiscard]] static base::Result<std::unique_ptr<sqlite::Connection>> connect(const std::filesystem::path& path,
                                                                                 const std::string& vfs) {
    MILLPOND_TRY(auto db, sqlite::Connection::open({.path = path, .vfs = vfs}));
    MILLPOND_TRY_DO(
        db->execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; PRAGMA page_size = 4096; PRAGMA "
                    "auto_vacuum = INCREMENTAL;"
                    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA trusted_schema = OFF"));
    MILLPOND_TRY(const auto mode, db->query_text("PRAGMA journal_mode = WAL"));
    if (mode != "wal") return base::Error{base::Code::internal, "open replica", mode.value_or("none"), path.string()};
    MILLPOND_TRY_DO(
        db->execute("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304; BEGIN EXCLUSIVE; COMMIT"));
    MILLPOND_TRY(const auto check, db->query_text("PRAGMA quick_check(1)"));
    if (check != "ok") return base::Error{base::Code::store_corrupt, "open replica", check.value_or(""), path.string()};
    MILLPOND_TRY_DO(sqlite::migrate(*db, replica_schema));
    return db;
  }

  [[nodiscard]] base::Result<wire::DownCursor> cursor() override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(const auto generation, meta("generation"));
    MILLPOND_TRY(const auto hub_seq, meta("hub_seq"));
    MILLPOND_TRY(const auto scoped_seq, meta("scoped_seq"));
    return wire::DownCursor{static_cast<std::uint64_t>(generation), static_cast<std::uint64_t>(hub_seq),
                            static_cast<std::uint64_t>(scoped_seq)};
  }

  [[nodiscard]] base::Result<> apply(const wire::DownPage& page, std::uint64_t as_of_position) override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
    for (const auto& row : page.rows) {
      if (!belongs_to_journal(row.kind)) MILLPOND_TRY_DO(apply_row(row, as_of_position));
    }
    MILLPOND_TRY_DO(put_meta("generation", static_cast<std::int64_t>(page.next.generation)));
    MILLPOND_TRY_DO(put_meta("hub_seq", static_cast<std::int64_t>(page.next.hub_seq)));
    MILLPOND_TRY_DO(put_meta("scoped_seq", static_cast<std::int64_t>(page.next.scoped_seq)));
    MILLPOND_TRY_DO(put_meta("as_of_ms", page.hub_wall_ms));
    if (page.checkpoint) {
      MILLPOND_TRY_DO(put_meta("complete", 1));
      MILLPOND_TRY_DO(advance_members(as_of_position));
    }
    return transaction.commit();
  }

  [[nodiscard]] base::Result<> restart(std::uint64_t generation) override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
    MILLPOND_TRY_DO(db_->execute("DELETE FROM rows; DELETE FROM meta"));
    MILLPOND_TRY_DO(put_meta("generation", static_cast<std::int64_t>(generation)));
    MILLPOND_TRY_DO(db_->execute("PRAGMA incremental_vacuum"));
    return transaction.commit();
  }

  [[nodiscard]] base::Result<wire::Checkpoint> checksum() override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(const auto count, meta("member_count"));
    MILLPOND_TRY(const auto sum, meta("member_sum"));
    return wire::Checkpoint{static_cast<std::uint64_t>(count), static_cast<std::uint64_t>(sum)};
  }

  [[nodiscard]] base::Result<bool> complete() override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(const auto reached, meta("complete"));
    return reached != 0;
  }

  [[nodiscard]] base::Result<std::int64_t> as_of_ms() override {
    const std::lock_guard lock{mutex_};
    return meta("as_of_ms");
  }

  [[nodiscard]] base::Result<std::optional<ReplicaMember>> find_member(base::MemberId member) override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(auto query, db_->prepare(body_of_id));
    MILLPOND_TRY_DO(query.bind(RowKind::member, member));
    MILLPOND_TRY(const auto body, checked_body(query));
    if (!body) return std::optional<ReplicaMember>{};
    ReplicaMember found;
    found.as_of_position = query.unsigned_integer(3);
    MILLPOND_TRY(found.row, wire::decode_member_row(*body));
    MILLPOND_TRY(const auto through, meta("as_of_position"));
    found.as_of_position = std::max(found.as_of_position, static_cast<std::uint64_t>(through));
    return std::optional{found};
  }

  [[nodiscard]] base::Result<std::optional<wire::CouponRow>> find_coupon(base::CouponId coupon) override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(auto query, db_->prepare(body_of_id));
    MILLPOND_TRY_DO(query.bind(RowKind::coupon, coupon));
    MILLPOND_TRY(const auto body, checked_body(query));
    if (!body) return std::optional<wire::CouponRow>{};
    MILLPOND_TRY(const auto row, wire::decode_coupon_row(*body));
    return std::optional{row};
  }

  [[nodiscard]] base::Result<std::vector<wire::CouponRow>> coupons_of(base::MemberId member) override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(auto query, db_->prepare("SELECT body, share, key FROM rows "
                                          "WHERE kind = ?1 AND member = ?2 AND member <> 0 ORDER BY id"));
    MILLPOND_TRY_DO(query.bind(RowKind::coupon, member));
    std::vector<wire::CouponRow> coupons;
    for (;;) {
      MILLPOND_TRY(const auto body, checked_body(query));
      if (!body) return coupons;
      MILLPOND_TRY(const auto row, wire::decode_coupon_row(*body));
      coupons.push_back(row);
    }
  }

  [[nodiscard]] base::Result<std::optional<wire::ProfileRow>> find_profile(base::MemberId member) override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(auto query, db_->prepare(body_of_id));
    MILLPOND_TRY_DO(query.bind(RowKind::profile, member));
    MILLPOND_TRY(const auto body, checked_body(query));
    if (!body) return std::optional<wire::ProfileRow>{};
    MILLPOND_TRY(auto row, wire::decode_profile_row(*body));
    return std::optional{std::move(row)};
  }

  [[nodiscard]] base::Result<std::optional<base::MemberId>> find_phone(base::ByteView key16) override {
    const std::lock_guard lock{mutex_};
    MILLPOND_TRY(const auto found,
                 db_->query_integer("SELECT member FROM rows WHERE kind = ?1 AND key = ?2", RowKind::phone, key16));
    if (!found) return std::optional<base::MemberId>{};
    return std::optional{base::MemberId{static_cast<std::uint64_t>(*found)}};
  }

  [[nodiscard]] base::Result<> checkpoint_to_disk() override {
    const std::lock_guard lock{mutex_};
    return db_->run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

 private:
  [[nodiscard]] base::Result<std::int64_t> meta(std::string_view name) {
    MILLPOND_TRY(const auto value, db_->query_integer("SELECT value FROM meta WHERE name = ?1", name));
    return value.value_or(0);
  }

  [[nodiscard]] base::Result<> put_meta(std::string_view name, std::int64_t value) {
    return db_->run(
        "INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value", name,
        value);
  }

  // The last page says: every member row, also those sent earlier, includes this terminal's facts through here.
  [[nodiscard]] base::Result<> advance_members(std::uint64_t as_of_position) {
    MILLPOND_TRY(const auto before, meta("as_of_position"));
    if (as_of_position <= static_cast<std::uint64_t>(before)) return {};
    return put_meta("as_of_position", static_cast<std::int64_t>(as_of_position));
  }

  [[nodiscard]] base::Result<> apply_row(const wire::DownRow& row, std::uint64_t as_of_position) {
    const bool counted = row.kind == static_cast<std::uint8_t>(RowKind::member);
    if (counted) MILLPOND_TRY_DO(uncount(row));
    if (row.deleted) return db_->run("DELETE FROM rows WHERE kind = ?1 AND key = ?2", row.kind, row.key);
    MILLPOND_TRY(const auto keys, keys_of(row));
    const auto share = wire::row_checksum(row.key, row.body);
    MILLPOND_TRY_DO(
        db_->run("INSERT OR REPLACE INTO rows(kind, key, id, member, body, share, as_of_position) "
                 "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                 row.kind, row.key, keys.id, keys.member, row.body, share, as_of_position));
    return counted ? add_to_sum(1, share) : base::Result<>{};
  }

  // Takes the row that is replaced or deleted out of the running sum.
  [[nodiscard]] base::Result<> uncount(const wire::DownRow& row) {
    MILLPOND_TRY(const auto share,
                 db_->query_integer("SELECT share FROM rows WHERE kind = ?1 AND key = ?2", row.kind, row.key));
    return share ? add_to_sum(-1, 0 - static_cast<std::uint64_t>(*share)) : base::Result<>{};
  }

  [[nodiscard]] base::Result<> add_to_sum(std::int64_t rows, std::uint64_t share) {
    MILLPOND_TRY(const auto count, meta("member_count"));
    MILLPOND_TRY(const auto sum, meta("member_sum"));
    MILLPOND_TRY_DO(put_meta("member_count", count + rows));
    return put_meta("member_sum", static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) + share));
  }

  // The body of the next row; nothing at the end. Columns are body, share, key.
  [[nodiscard]] base::Result<std::optional<base::Bytes>> checked_body(sqlite::Statement& query) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return std::optional<base::Bytes>{};
    const auto body = query.bytes(0);
    if (wire::row_checksum(query.bytes(2), body) != query.unsigned_integer(1)) {
      return base::Error{base::Code::store_corrupt, "read replica", "a row changed on the disk", db_->path().string()};
    }
    return std::optional{base::Bytes{body.begin(), body.end()}};
  }

  std::mutex mutex_;
  std::unique_ptr<sqlite::Connection> db_;  // guarded by mutex_
};

// Everything in the file can be fetched again, so a damaged one only needs to get out of the way.
void set_aside(const std::filesystem::path& path) {
  std::error_code ignored;
  auto aside = path;
  aside += ".damaged";
  std::filesystem::rename(path, aside, ignored);
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    auto beside = path;
    beside += suffix;
    std::filesystem::remove(beside, ignored);
  }
}

}  // namespace

base::Result<std::unique_ptr<Replica>> Replica::open(const std::filesystem::path& path, const std::string& vfs) {
  auto db = SqliteReplica::connect(path, vfs);
  const bool useless =
      !db && (db.error().code == base::Code::store_corrupt || db.error().code == base::Code::store_newer);
  if (useless) {
    set_aside(path);
    db = SqliteReplica::connect(path, vfs);
  }
  if (!db) return std::move(db).error();
  return std::unique_ptr<Replica>{std::make_unique<SqliteReplica>(std::move(*db))};
}

}  // namespace millpond::store
