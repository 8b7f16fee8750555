// SPDX-License-Identifier: Apache-2.0
// commit: what a durable sale costs against the least that durability can cost, an append and one fdatasync of the same
// bytes, measured in turns so that other load slows both alike.
#include "sync/crypto/hash.h"
#include "sync/sqlite/transaction.h"
#include "sync/store/journal_thread.h"
#include "sync/wire/canonical.h"
#include "tests/bench/bench.h"
#include "tests/support/sample_sale.h"
#include "tests/support/slow_sync_vfs.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <functional>
#include <thread>
#include <unistd.h>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Opened = base::Result<std::unique_ptr<store::Journal>>;

constexpr std::int64_t slow_sync_us = 8'000;  // what consumer flash takes for a flush, order of magnitude
constexpr std::uint64_t tills = 20;

double us_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The baseline: one file that grows, one fdatasync a record.
class RawAppend {
 public:
  explicit RawAppend(const std::filesystem::path& path)
      : path_{path}, fd_{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)} {}
  ~RawAppend() {
    if (fd_ >= 0) ::close(fd_);
    ::unlink(path_.c_str());
  }
  RawAppend(const RawAppend&) = delete;
  RawAppend& operator=(const RawAppend&) = delete;

  [[nodiscard]] base::Result<> append(base::ByteView record) {
    const auto written = ::write(fd_, record.data(), record.size());
    if (written == static_cast<ssize_t>(record.size()) && ::fdatasync(fd_) == 0) return {};
    return base::Error{base::Code::disk_error, "append", "raw file", path_.string()};
  }

 private:
  std::filesystem::path path_;
  int fd_;
};

// The least that SQLite can do: one row appended in one transaction, under the settings that a journal has.
class BareRows {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<BareRows>> open(const std::filesystem::path& path, bool wal) {
    auto rows = std::make_unique<BareRows>();
    MILLPOND_TRY(rows->db_, sqlite::Connection::open({.path = path}));
    MILLPOND_TRY_DO(
        rows->db_->execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; PRAGMA page_size = 4096;"
                           "PRAGMA auto_vacuum = INCREMENTAL"));
    MILLPOND_TRY_DO(rows->db_->execute(wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = PERSIST"));
    MILLPOND_TRY_DO(rows->db_->execute("CREATE TABLE records(id INTEGER PRIMARY KEY, record BLOB NOT NULL)"));
    return rows;
  }
  [[nodiscard]] base::Result<> append(base::ByteView record) {
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*db_));
    MILLPOND_TRY_DO(db_->run("INSERT INTO records(record) VALUES(?1)", record));
    return transaction.commit();
  }

 private:
  std::unique_ptr<sqlite::Connection> db_;
};

Opened open_journal(const std::filesystem::path& path, store::Durability durability, const std::string& vfs = {}) {
  store::JournalOptions options;
  options.path = path;
  options.owner = {{}, {1}, {1}};
  options.durability = durability;
  options.vfs = vfs;
  return store::Journal::open(options, base::system_clock(), crypto::system_rng());
}

void remove_journal(const std::filesystem::path& path) {
  std::error_code ignored;
  for (const auto* suffix : {"", "-journal", "-wal"}) std::filesystem::remove(path.string() + suffix, ignored);
}

base::Result<double> timed(const std::function<base::Result<>()>& action) {
  const auto begin = Clock::now();
  MILLPOND_TRY_DO(action());
  return us_since(begin);
}

base::Result<> sell(store::Journal& journal, std::uint64_t number) {
  const auto action = tests::sale_action(number);
  return journal.commit(std::span{&action, 1}).front();
}

// As many bytes as the facts of one sale have.
base::Result<base::Bytes> record_of_a_sale(store::Journal& journal) {
  MILLPOND_TRY_DO(sell(journal, 0));
  MILLPOND_TRY(const auto entries, journal.entries(2, false));
  base::Bytes record;
  for (const auto& entry : entries) {
    MILLPOND_TRY(const auto canonical, wire::encode_fact(entry.fact));
    base::append(record, canonical);
  }
  return record;
}

Row row(std::string name, double value, std::string unit, double baseline, std::string baseline_name, double target,
        bool larger_is_better, std::size_t n) {
  const double ratio = baseline > 0 ? value / baseline : 0;
  const double measured = baseline > 0 ? ratio : value;
  const bool holds = larger_is_better ? measured >= target : measured <= target;
  return {std::move(name), value, std::move(unit), baseline, std::move(baseline_name), ratio, target, holds, n};
}

// For the ratio alone: what of a sale's time is SQLite's own floor on this disk.
Row beside(std::string name, double value, double baseline, std::size_t n) {
  auto made =
      row(std::move(name), value, "us", baseline, "one row of the same bytes in one SQLite transaction", 0, false, n);
  made.holds = true;
  return made;
}

struct Medians {
  double baseline_us{};
  double us{};
};

// Two at a time and never more: what one leaves for the file system to write, the next one's sync has to wait for. With
// five in turns, a sale in a WAL paid for the rollback journal before it (1.3 times an append instead of 0.9).
base::Result<Medians> in_turns(std::uint64_t n, const std::function<base::Result<>()>& baseline,
                               const std::function<base::Result<>()>& action) {
  std::vector<double> baseline_us;
  std::vector<double> us;
  for (std::uint64_t i = 0; i < n; ++i) {
    MILLPOND_TRY(baseline_us.emplace_back(), timed(baseline));
    MILLPOND_TRY(us.emplace_back(), timed(action));
  }
  return Medians{median(std::move(baseline_us)), median(std::move(us))};
}

struct Profile {
  std::string name;
  store::Durability durability;
  double target;  // against the append: four syncs instead of one; WAL has one, as the append, of more bytes
};

base::Result<std::vector<Row>> latency_rows(const Options& options, const Profile& profile) {
  const std::uint64_t n = options.quick ? 100 : 1'000;
  MILLPOND_TRY(const auto journal, open_journal(options.dir / (profile.name + ".db"), profile.durability));
  MILLPOND_TRY(const auto record, record_of_a_sale(*journal));
  MILLPOND_TRY(const auto bare, BareRows::open(options.dir / ("bare_" + profile.name + ".db"),
                                               profile.durability == store::Durability::wal));
  RawAppend raw{options.dir / "raw.log"};
  std::uint64_t number = 0;
  const auto sale = [&] { return sell(*journal, ++number); };
  MILLPOND_TRY(const auto to_append, in_turns(
                                         n, [&] { return raw.append(record); }, sale));
  MILLPOND_TRY(const auto to_sqlite, in_turns(
                                         n, [&] { return bare->append(record); }, sale));
  return std::vector{row("commit." + profile.name + ".p50", to_append.us, "us", to_append.baseline_us,
                         "append + fdatasync of " + std::to_string(record.size()) + " bytes", profile.target, false, n),
                     beside("commit." + profile.name + ".against_sqlite", to_sqlite.us, to_sqlite.baseline_us, n)};
}

base::Result<> queue_up(store::Journal& journal, std::uint64_t events) {
  constexpr std::uint64_t sales_a_commit = 1'000;
  std::uint64_t number = 1'000'000'000;  // apart from those that are measured
  for (;;) {
    MILLPOND_TRY(const auto outbox, journal.outbox());
    if (outbox.queued >= events) return {};
    std::vector<store::Action> sales;
    for (std::uint64_t i = 0; i < sales_a_commit; ++i) sales.push_back(tests::sale_action(++number));
    for (auto& done : journal.commit(sales)) MILLPOND_TRY_DO(std::move(done));
  }
}

// How long the line was away must not be felt at the till.
base::Result<std::vector<Row>> queue_row(const Options& options) {
  const std::uint64_t n = options.quick ? 100 : 1'000;
  const std::uint64_t events = options.quick ? 100'000 : 1'000'000;
  MILLPOND_TRY(const auto empty, open_journal(options.dir / "empty.db", store::Durability::safe));
  MILLPOND_TRY(const auto full, open_journal(options.dir / "full.db", store::Durability::safe));
  MILLPOND_TRY_DO(queue_up(*full, events));
  std::uint64_t number = 0;
  MILLPOND_TRY(const auto medians,
               in_turns(
                   n, [&] { return sell(*empty, ++number); }, [&] { return sell(*full, ++number); }));
  return std::vector{row("commit.safe.queued.p50", medians.us, "us", medians.baseline_us,
                         "the same with an empty queue, instead of " + std::to_string(events) + " events", 1.1, false,
                         n)};
}

base::Result<std::vector<Row>> slow_disk_rows(const Options& options, const tests::SlowSyncVfs& vfs) {
  const std::uint64_t n = options.quick ? 10 : 60;
  MILLPOND_TRY(const auto safe, open_journal(options.dir / "slow.db", store::Durability::safe, vfs.vfs_name()));
  MILLPOND_TRY(const auto record, record_of_a_sale(*safe));
  RawAppend raw{options.dir / "raw.log"};
  std::vector<double> raw_us;
  std::vector<double> safe_us;
  std::uint64_t syncs = 0;
  for (std::uint64_t i = 1; i <= n; ++i) {
    MILLPOND_TRY(raw_us.emplace_back(), timed([&] {
                   std::this_thread::sleep_for(std::chrono::microseconds{slow_sync_us});
                   return raw.append(record);
                 }));
    const auto before = vfs.syncs();
    MILLPOND_TRY(safe_us.emplace_back(), timed([&] { return sell(*safe, i); }));
    syncs += vfs.syncs() - before;
  }
  const auto syncs_per_group = static_cast<double>(syncs) / static_cast<double>(n);
  return std::vector{row("commit.safe.8ms.p50", median(safe_us), "us", median(raw_us),
                         "append + fdatasync, 8 ms added to each sync", 4.2, false, n),
                     row("commit.safe.syncs_per_group", syncs_per_group, "syncs", 0, "", 4.0, false, n)};
}

// Sales a second from several tills at once, each waiting for its answer before the next sale.
base::Result<double> sales_per_second(store::JournalThread& journal, std::uint64_t threads, std::uint64_t sales,
                                      std::atomic<std::uint64_t>& number) {
  std::atomic<bool> failed{false};
  std::vector<std::thread> running;
  const auto begin = Clock::now();
  for (std::uint64_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&] {
      for (std::uint64_t i = 0; i < sales / threads; ++i) {
        if (!journal.commit(tests::sale_action(++number))) failed = true;
      }
    });
  }
  for (auto& thread : running) thread.join();
  const auto seconds = us_since(begin) / 1e6;
  if (failed) return base::Error{base::Code::disk_error, "commit", "a sale was refused"};
  return static_cast<double>(sales) / seconds;
}

// Against one till alone, and as it is.
base::Result<std::vector<Row>> group_row(const std::string& name, store::JournalThread& journal,
                                         std::uint64_t alone_sales, std::uint64_t group_sales, double target,
                                         double sales_per_second_min) {
  std::atomic<std::uint64_t> number{1'000'000};
  MILLPOND_TRY(const auto alone, sales_per_second(journal, 1, alone_sales, number));
  MILLPOND_TRY(const auto together, sales_per_second(journal, tills, group_sales, number));
  const auto n = static_cast<std::size_t>(group_sales);
  return std::vector{row(name, together, "sales/s", alone, "one till, waiting for each answer", target, true, n),
                     row(name + ".rate", together, "sales/s", 0, "", sales_per_second_min, true, n)};
}

base::Result<std::vector<Row>> group_rows(const Options& options, const tests::SlowSyncVfs& vfs) {
  const std::uint64_t share = options.quick ? 10 : 1;
  std::vector<Row> rows;
  {
    MILLPOND_TRY(auto opened, open_journal(options.dir / "group.db", store::Durability::safe));
    store::JournalThread journal{std::move(opened)};
    MILLPOND_TRY(rows, group_row("commit.safe.20_tills", journal, 1'000 / share, 10'000 / share, 2.0, 100.0));
  }
  MILLPOND_TRY(auto opened, open_journal(options.dir / "group8.db", store::Durability::safe, vfs.vfs_name()));
  store::JournalThread journal{std::move(opened)};
  MILLPOND_TRY(auto slow, group_row("commit.safe.8ms.20_tills", journal, 50 / share, 1'000 / share, 10.0, 100.0));
  std::move(slow.begin(), slow.end(), std::back_inserter(rows));
  return rows;
}

base::Result<std::vector<Row>> run_commit(const Options& options) {
  const tests::SlowSyncVfs vfs{"slow-sync", slow_sync_us};
  std::vector<Row> all;
  const auto add = [&](base::Result<std::vector<Row>> rows) -> base::Result<> {
    MILLPOND_TRY(auto more, std::move(rows));
    std::move(more.begin(), more.end(), std::back_inserter(all));
    return {};
  };
  auto result = add(latency_rows(options, {"safe", store::Durability::safe, 4.0}));
  if (result) result = add(latency_rows(options, {"wal", store::Durability::wal, 1.2}));
  if (result) result = add(queue_row(options));
  if (result) result = add(slow_disk_rows(options, vfs));
  if (result) result = add(group_rows(options, vfs));
  for (const auto* name :
       {"safe.db", "wal.db", "bare_safe.db", "bare_wal.db", "empty.db", "full.db", "slow.db", "group.db", "group8.db"})
    remove_journal(options.dir / name);
  if (!result) return result.error();
  return all;
}

const Registration registration{
    "commit", "a durable sale against raw append and fdatasync: alone, behind a long queue, from 20 tills", run_commit};

}  // namespace
}  // namespace millpond::bench
