// SPDX-License-Identifier: Apache-2.0
// The check of everything derived against what it is derived from. It reads every page, which takes as long as it
// takes; so it reads a copy, made in short steps between requests, of one moment.
#include "sync/hub/core/sqlite_store.h"
#include "sync/sqlite/backup.h"
#include "sync/sqlite/file.h"

#include <array>

namespace millpond::hub {
namespace {

constexpr int pages_a_step = 64;

base::Result<std::uint64_t> number(sqlite::Connection& database, std::string_view sql) {
  MILLPOND_TRY(const auto value, database.query_integer(sql));
  return static_cast<std::uint64_t>(value.value_or(0));
}

// Figures that are maintained, and how to count them.
struct Counted {
  Figure figure;
  std::string_view sql;
};
constexpr std::array<Counted, figures_count> counted{{
    {Figure::members_awaited, "SELECT count(*) FROM members WHERE enrolled=0"},
    {Figure::members, "SELECT count(*) FROM members WHERE enrolled=1"},
    {Figure::members_removed, "SELECT count(*) FROM members WHERE enrolled=2"},
    {Figure::members_aliases, "SELECT count(*) FROM members WHERE same_as<>0 AND enrolled=1"},
    {Figure::members_overdrawn, "SELECT count(*) FROM members WHERE points<0"},
    {Figure::points, "SELECT sum(points) FROM members"},
    {Figure::sales, "SELECT count(*) FROM sales WHERE again=0"},
    {Figure::coupons_issued, "SELECT count(*) FROM coupons WHERE state<>4"},
    {Figure::coupons_redeemed, "SELECT count(*) FROM uses WHERE state=2"},
    {Figure::losses, "SELECT count(*) FROM losses"},
    {Figure::loss_minor, "SELECT sum(value_minor) FROM losses"},
    {Figure::disputes, "SELECT count(*) FROM disputes"},
    {Figure::points_lost, "SELECT coalesce(sum(points), 0) FROM shortfalls"},
}};

base::Result<bool> checkpoint_holds(sqlite::Connection& database) {
  MILLPOND_TRY(const auto counters, load_counters(database));
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;
  MILLPOND_TRY(auto row, database.prepare("SELECT key, body FROM feed WHERE kind=?1 AND deleted_ms=0"));
  MILLPOND_TRY_DO(row.bind(wire::RowKind::member));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    count += 1;
    checksum += wire::row_checksum(row.bytes(0), row.bytes(1));
  }
  return count == counters.member_count && checksum == counters.member_checksum;
}

// Batches of a lane follow on each other from 1 to the watermark and end in its head; its facts up to the projected
// mark are in the ledger, each once.
base::Result<bool> marks_hold(sqlite::Connection& database) {
  MILLPOND_TRY(
      const auto wrong,
      number(database,
             "SELECT count(*) FROM epochs e WHERE e.projected>e.through "
             "OR e.through<>(SELECT sum(last_seq-from_seq+1) FROM batches b WHERE b.lane=e.lane) "
             "OR e.through<>(SELECT max(last_seq) FROM batches b WHERE b.lane=e.lane) "
             "OR e.head<>(SELECT chain_head FROM batches b WHERE b.lane=e.lane ORDER BY from_seq DESC LIMIT 1) "
             "OR EXISTS(SELECT 1 FROM batches b WHERE b.lane=e.lane AND b.from_seq<>1 AND NOT EXISTS("
             "SELECT 1 FROM batches c WHERE c.lane=b.lane AND c.last_seq=b.from_seq-1 AND "
             "c.from_seq<b.from_seq))"));
  MILLPOND_TRY(const auto miscounted,
               number(database,
                      "SELECT count(*) FROM epochs e LEFT JOIN (SELECT lane, count(*) AS facts, "
                      "count(DISTINCT seq) AS seqs, max(seq) AS last FROM events GROUP BY lane) l ON l.lane=e.lane "
                      "WHERE e.projected<>coalesce(l.facts, 0) OR e.projected<>coalesce(l.seqs, 0) OR "
                      "e.projected<>coalesce(l.last, 0)"));
  return wrong == 0 && miscounted == 0;
}

base::Result<bool> figures_hold(sqlite::Connection& database) {
  MILLPOND_TRY(const auto counters, load_counters(database));
  for (const auto& [figure, sql] : counted) {
    MILLPOND_TRY(const auto value, number(database, sql));
    if (value != static_cast<std::uint64_t>(counters.figures.at(place_of(figure)))) return false;
  }
  MILLPOND_TRY(const auto different,
               number(database,
                      "SELECT count(*) FROM (SELECT code, count(*) AS told FROM verdicts GROUP BY code) v "
                      "FULL OUTER JOIN verdict_counts c ON c.code=v.code WHERE c.told IS NOT v.told"));
  return different == 0;
}

// What is used and what may be used never come to more than was to be given out, but for what terminals used past their
// leases; of points, of which only what nobody has told counts, not even then.
base::Result<bool> pools_hold(sqlite::Connection& database) {
  MILLPOND_TRY(
      const auto wrong,
      number(database,
             "SELECT count(*) FROM pools p LEFT JOIN (SELECT kind, subject, sum(remains) AS out, sum(written_off*"
             "(1-given_up)) AS untold FROM leases GROUP BY kind, subject) l ON l.kind=p.kind AND l.subject=p.subject "
             "WHERE p.used<0 OR p.used-iif(p.kind=1, 0, p.excess)+coalesce(l.out, 0)>p.cap "
             "OR (p.kind=1 AND p.used<>coalesce(l.untold, 0))"));
  MILLPOND_TRY(
      const auto torn,
      number(database,
             "SELECT count(*) FROM leases l WHERE l.remains<0 OR l.written_off<0 OR l.remains+l.written_off>l.amount "
             "OR (l.given_up=1 AND l.remains>0) OR NOT EXISTS(SELECT 1 FROM pools p WHERE p.kind=l.kind AND "
             "p.subject=l.subject)"));
  return wrong == 0 && torn == 0;
}

// What facts booked, and what came back of sales: a sum over refunds, which no single fact says.
constexpr const char* ledger_sum =
    "SELECT coalesce((SELECT sum(points) FROM events), 0) + "
    "coalesce((SELECT sum(points_returned-points_taken) FROM refunded WHERE member<>0), 0)";

base::Result<StoreCheck> check_copy(const std::string& vfs, const std::filesystem::path& file) {
  MILLPOND_TRY(const auto connection, sqlite::Connection::open({.path = file, .vfs = vfs}));
  auto& database = *connection;
  MILLPOND_TRY_DO(database.execute("PRAGMA locking_mode=EXCLUSIVE"));  // no shared memory, whatever the VFS
  StoreCheck check;
  MILLPOND_TRY(const auto integrity, database.query_text("PRAGMA integrity_check"));
  check.database_ok = integrity.value_or("") == "ok";
  MILLPOND_TRY(check.events, number(database, "SELECT count(*) FROM events"));
  MILLPOND_TRY(const auto ledger, number(database, ledger_sum));
  MILLPOND_TRY(const auto balance, number(database, "SELECT sum(points) FROM members"));
  check.ledger_points = static_cast<std::int64_t>(ledger);
  check.balance_points = static_cast<std::int64_t>(balance);
  MILLPOND_TRY(const auto different,
               number(database,
                      "SELECT count(*) FROM members m LEFT JOIN (SELECT member, sum(points) AS points FROM ("
                      "SELECT member, points FROM events UNION ALL "
                      "SELECT member, points_returned-points_taken FROM refunded) GROUP BY member) e "
                      "ON e.member=m.member WHERE m.points<>coalesce(e.points, 0)"));
  check.members_equal = different == 0 && check.ledger_points == check.balance_points;
  MILLPOND_TRY(check.checkpoint_equal, checkpoint_holds(database));
  MILLPOND_TRY(check.marks_hold, marks_hold(database));
  MILLPOND_TRY(check.log_holds, hub_log_holds(database));
  MILLPOND_TRY(check.figures_hold, figures_hold(database));
  MILLPOND_TRY(check.pools_hold, pools_hold(database));
  return check;
}

base::Result<> drop_copy(const std::string& vfs, const std::filesystem::path& file) {
  for (const auto* const suffix : {"", "-journal", "-wal", "-shm"}) {
    const auto path = std::filesystem::path{file} += suffix;
    MILLPOND_TRY(const bool there, sqlite::file_exists(vfs, path));
    if (there) MILLPOND_TRY_DO(sqlite::remove_file(vfs, path));
  }
  return {};
}

}  // namespace

base::Result<StoreCheck> SqliteHubStore::check() {
  const std::lock_guard one_at_a_time{checking_};
  const auto file = std::filesystem::path{database_->path()} += ".check";
  MILLPOND_TRY_DO(drop_copy(vfs_, file));
  const auto copied = copy_to(file);
  auto checked = copied ? check_copy(vfs_, file) : copied.error();
  const auto dropped = drop_copy(vfs_, file);
  if (checked && !dropped) return dropped.error();
  return checked;
}

base::Result<> SqliteHubStore::copy_to(const std::filesystem::path& file) {
  std::unique_ptr<sqlite::Backup> copy;
  base::Result<bool> done = false;
  while (done && !*done) {
    const PatientGuard lock{lock_};
    if (!copy) { MILLPOND_TRY(copy, sqlite::Backup::begin(*database_, {.path = file, .vfs = vfs_})); }
    done = copy->step(pages_a_step);
    if (!done || *done) copy.reset();  // under the lock: it lets go of the connection
  }
  return done ? base::Result<>{} : done.error();
}

}  // namespace millpond::hub
