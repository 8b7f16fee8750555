// SPDX-License-Identifier: Apache-2.0
// The check of everything derived against what it is derived from. It reads every page, which takes as long as it
// takes; so it reads a copy, made in short steps between requests, of one moment.
#include "sync/hub/core/sqlite_log.h"
#include "sync/hub/core/sqlite_store.h"
#include "sync/sqlite/backup.h"
#include "sync/sqlite/file.h"

#include <array>
#include <vector>

namespace millpond::hub {
namespace {

constexpr int pages_a_step = 64;
constexpr std::size_t events_a_turn = 10'000;

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

// Of whoever has lots, the balance is what they have left less debt, and no lot moves more than it was.
base::Result<bool> lots_hold(sqlite::Connection& database) {
  MILLPOND_TRY(
      const auto wrong,
      number(database,
             "SELECT count(*) FROM ledgers g LEFT JOIN members m ON m.member=g.member LEFT JOIN (SELECT member, "
             "sum(remaining) AS remaining FROM lots GROUP BY member) l ON l.member=g.member WHERE g.debt<0 OR "
             "g.revived<0 OR (g.closed=0 AND coalesce(l.remaining, 0)-g.debt IS NOT m.points)"));
  MILLPOND_TRY(const auto torn,
               number(database,
                      "SELECT count(*) FROM lots l WHERE l.remaining<0 OR l.expired<0 OR "
                      "l.remaining+l.expired>l.granted OR NOT EXISTS(SELECT 1 FROM ledgers g WHERE g.member=l.member "
                      "AND g.closed=0)"));
  MILLPOND_TRY(const auto unpaid,
               number(database,
                      "SELECT count(*) FROM lot_payments p WHERE p.points<0 OR NOT EXISTS(SELECT 1 FROM lots l WHERE "
                      "l.member=p.member AND l.lane=p.lot_lane AND l.seq=p.lot_seq AND l.part=p.lot_part)"));
  return wrong == 0 && torn == 0 && unpaid == 0;
}

// What facts booked, what came back of sales (a sum over refunds, which no single fact says), and what expiry had taken
// of points that had been used by then.
constexpr const char* ledger_sum =
    "SELECT coalesce((SELECT sum(points) FROM events), 0) + "
    "coalesce((SELECT sum(points_returned-points_taken) FROM refunded WHERE member<>0), 0) + "
    "coalesce((SELECT sum(revived) FROM ledgers), 0)";

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
                      "SELECT member, points_returned-points_taken FROM refunded UNION ALL "
                      "SELECT member, revived FROM ledgers) GROUP BY member) e "
                      "ON e.member=m.member WHERE m.points<>coalesce(e.points, 0)"));
  check.members_equal = different == 0 && check.ledger_points == check.balance_points;
  MILLPOND_TRY(check.checkpoint_equal, checkpoint_holds(database));
  MILLPOND_TRY(check.marks_hold, marks_hold(database));
  MILLPOND_TRY(const auto log_broken_at, hub_log_broken_at(database));
  check.log_holds = !log_broken_at;
  MILLPOND_TRY(check.figures_hold, figures_hold(database));
  MILLPOND_TRY(check.pools_hold, pools_hold(database));
  MILLPOND_TRY(check.lots_hold, lots_hold(database));
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

base::Result<std::unique_ptr<sqlite::Connection>> open_copy(const std::string& vfs, const std::filesystem::path& file) {
  MILLPOND_TRY(auto copy, sqlite::Connection::open({.path = file, .vfs = vfs}));
  MILLPOND_TRY_DO(copy->execute("PRAGMA locking_mode=EXCLUSIVE"));  // no shared memory, whatever the VFS
  MILLPOND_TRY(const auto counters, load_counters(*copy));
  MILLPOND_TRY_DO(prepare_schema(
      *copy, {.path = file, .vfs = vfs, .generation = counters.generation, .durability = HubDurability::none}));
  return copy;
}

// What a rebuild may tell otherwise, and no book rests on: the hub's log has a yes behind facts that were held when it
// was given, so that a pattern may complete a fact earlier.
bool is_advice(std::string_view table) { return table == "signals" || table == "watches"; }

// Which rows of a feed are stage 2's: not those of one store or terminal that HubCore keeps.
std::string rows_compared(std::string_view table) {
  if (table != "feed") return {};
  const auto kind = [](wire::RowKind of) { return std::to_string(static_cast<int>(of)); };
  return " WHERE deleted_ms=0 AND kind NOT IN (" + kind(wire::RowKind::store_secrets) + ", " +
         kind(wire::RowKind::staff) + ")";
}

// A phone that two members enrolled with is the second one's in a rebuild that finds the first one erased.
std::string rows_counted(std::string_view table) {
  const auto where = rows_compared(table);
  return where.empty() ? where : where + " AND kind<>" + std::to_string(static_cast<int>(wire::RowKind::phone));
}

// How rows of a table are told apart and what they say. Numbers of a feed differ, because a rebuild begins with rows
// that people published.
struct Compared {
  std::vector<std::string> keys;
  std::vector<std::string> columns;
};

base::Result<Compared> columns_of(sqlite::Connection& database, std::string_view table) {
  Compared compared;
  MILLPOND_TRY(auto row, database.prepare("SELECT name, pk FROM pragma_table_info(?1)"));
  MILLPOND_TRY_DO(row.bind(table));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    const std::string name{row.text(0)};
    if (name == "hub_seq") continue;
    const bool names = table == "events" ? name == "lane" || name == "seq" : row.integer(1) != 0;
    (names ? compared.keys : compared.columns).push_back(name);
  }
  return compared;
}

base::Result<bool> same_rows(sqlite::Connection& database, std::string_view table) {
  MILLPOND_TRY(const auto compared, columns_of(database, table));
  const auto rows_of = [&](std::string_view copy) {
    return "(SELECT * FROM " + std::string{copy} + "." + std::string{table} + rows_compared(table) + ")";
  };
  std::string on;
  for (const auto& key : compared.keys) on += (on.empty() ? "" : " AND ") + ("a." + key + "=b." + key);
  std::string differs = "b." + compared.keys.front() + " IS NULL";
  for (const auto& column : compared.columns) differs += " OR a." + column + " IS NOT b." + column;
  MILLPOND_TRY(const auto different, number(database, "SELECT count(*) FROM " + rows_of("main") + " a LEFT JOIN " +
                                                          rows_of("rebuilt") + " b ON " + on + " WHERE " + differs));
  const auto count = "SELECT count(*) FROM ";
  const auto rows = std::string{table} + rows_counted(table);
  MILLPOND_TRY(const auto kept, number(database, count + ("main." + rows)));
  MILLPOND_TRY(const auto rebuilt, number(database, count + ("rebuilt." + rows)));
  return different == 0 && kept == rebuilt;
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

base::Result<std::string> SqliteHubStore::rebuilt_otherwise(const PhoneOpener& open_phone) {
  const std::lock_guard one_at_a_time{checking_};
  const auto kept = std::filesystem::path{database_->path()} += ".check";
  const auto rebuilt = std::filesystem::path{database_->path()} += ".rebuilt";
  MILLPOND_TRY_DO(drop_copy(vfs_, kept));
  MILLPOND_TRY_DO(drop_copy(vfs_, rebuilt));
  const auto copied = copy_to(kept);
  auto table = copied ? compare_copies(kept, rebuilt, open_phone) : copied.error();
  for (const auto& file : {kept, rebuilt}) {
    const auto dropped = drop_copy(vfs_, file);
    if (table && !dropped) table = dropped.error();
  }
  return table;
}

// Both are projected to their end, so that what waited when they were copied makes no difference.
base::Result<std::string> SqliteHubStore::compare_copies(const std::filesystem::path& kept,
                                                         const std::filesystem::path& rebuilt,
                                                         const PhoneOpener& open_phone) {
  MILLPOND_TRY(auto as_kept, project_copy(kept, open_phone, {}));
  MILLPOND_TRY_DO(as_kept->copy_to(rebuilt));
  MILLPOND_TRY(const auto counters, load_counters(*as_kept->database_));
  MILLPOND_TRY(auto again, project_copy(rebuilt, open_phone, counters.generation));
  MILLPOND_TRY(const auto made, load_counters(*again->database_));
  again.reset();  // before it is attached: each file has one connection
  if (made.figures != counters.figures) return std::string{"hub"};
  auto& database = *as_kept->database_;
  MILLPOND_TRY_DO(database.run("ATTACH ?1 AS rebuilt", rebuilt.string()));
  for (const auto table : projections()) {
    if (is_advice(table)) continue;
    MILLPOND_TRY(const bool same, same_rows(database, table));
    if (!same) return std::string{table};
  }
  return std::string{};
}

base::Result<std::unique_ptr<SqliteHubStore>> SqliteHubStore::project_copy(
    const std::filesystem::path& file, const PhoneOpener& open_phone, std::optional<std::uint64_t> rebuild_generation) {
  MILLPOND_TRY(auto connection, open_copy(vfs_, file));
  auto copy = std::make_unique<SqliteHubStore>(std::move(connection), vfs_, HubDurability::none);
  if (check_receipt_) copy->believe_receipts(check_receipt_);
  if (open_payload_) copy->open_payloads_with(open_payload_);
  if (rebuild_generation) MILLPOND_TRY_DO(copy->begin_rebuild(*rebuild_generation));
  for (;;) {
    MILLPOND_TRY(const auto outcome, copy->project(events_a_turn, open_phone));
    if (!outcome.more) return copy;
  }
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
