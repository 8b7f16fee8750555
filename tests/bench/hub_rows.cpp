// SPDX-License-Identifier: Apache-2.0
// hub: what a queued event costs the hub, from the signed batch to its last effect, against plain inserts of the same
// bytes by the same database engine. Signatures are made beforehand, terminals and lines are not part of it.
#include "sync/crypto/hash.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "sync/hub/core/watching.h"
#include "sync/sqlite/connection.h"
#include "sync/sqlite/transaction.h"
#include "sync/wire/canonical.h"
#include "tests/bench/bench.h"

#include <chrono>
#include <ctime>
#include <functional>
#include <span>

namespace millpond::bench {
namespace {

constexpr std::uint64_t million = 1'000'000;
constexpr std::uint64_t members = 50'000;
constexpr std::uint64_t keyed_rows_a_commit = 2'000;
constexpr std::size_t facts_of_a_sale = 3;        // the sale, its points, its slip
constexpr std::size_t small_turns_a_batch = 100;  // of one sale each, as of a terminal that is on line

struct Spent {
  double wall_us{};
  double cpu_us{};  // of this process, so that a busy machine does not count
};

double cpu_us() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

base::Result<Spent> timed(const std::function<base::Result<>()>& action) {
  const auto begin = std::chrono::steady_clock::now();
  const auto cpu = cpu_us();
  MILLPOND_TRY_DO(action());
  return Spent{std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count(),
               cpu_us() - cpu};
}

// A shop's days as one terminal queued them: sales of three lines, the points of each, its slip, a coupon for every
// fourth and a use for every tenth of those, an enrolment for every fiftieth.
class Queue {
 public:
  Queue(base::BrandId brand, base::TerminalId terminal, const crypto::SigningKey& key)
      : brand_{brand}, terminal_{terminal}, key_{key}, head_{wire::chain_start(brand, terminal, epoch)} {}

  [[nodiscard]] base::Result<base::Bytes> next_batch(std::vector<wire::Row>& rows) {
    wire::UpRequest request;
    request.terminal = terminal_;
    request.epoch = epoch;
    request.first_seq = {seq_ + 1};
    request.chain_before = head_;
    request.boot_id = "bench";
    request.rows.reserve(wire::batch_events_max);
    rows_ = &request.rows;
    while (request.rows.size() + 6 <= wire::batch_events_max) MILLPOND_TRY_DO(add_sale());
    while (request.rows.size() < wire::batch_events_max) {
      MILLPOND_TRY_DO(add(model::PrintFinished{{1}, model::PrintOutcome::sent}));
    }
    request.chain_head = head_;
    request.signature = key_.sign(crypto::context::batch, brand_,
                                  wire::batch_signed_bytes(request.terminal, request.epoch, request.first_seq,
                                                           request.rows.size(), request.chain_head));
    auto body = wire::encode(request);
    rows = std::move(request.rows);
    return body;
  }

 private:
  static constexpr base::Epoch epoch{77};

  base::Result<base::Seq> add(model::FactBody body) {
    model::Fact fact;
    fact.stamp.terminal = terminal_;
    fact.stamp.epoch = epoch;
    fact.stamp.seq = {++seq_};
    fact.stamp.occurred_at_ms = 1'795'000'000'000 + static_cast<std::int64_t>(seq_) * 700;
    fact.stamp.utc_offset_min = 480;
    fact.stamp.local_date = {20'777 + static_cast<std::int32_t>(seq_ / 30'000)};
    fact.stamp.programme_version = 1;
    fact.body = std::move(body);
    MILLPOND_TRY(auto canonical, wire::encode_fact(fact));
    head_ = wire::chain_next(head_, canonical);
    rows_->push_back({std::move(canonical), {}, {}});
    return base::Seq{seq_};
  }

  base::Result<> add_sale() {
    const auto number = sales_++;
    if (number % 50 == 0) {
      model::MemberEnrolled enrolled;
      enrolled.member = {base::compose_id(terminal_, 1, static_cast<std::uint32_t>(enrolled_++ % members + 1))};
      enrolled.store = {1};
      enrolled.channel = model::Channel::kiosk;
      MILLPOND_TRY_DO(add(enrolled));
    }
    const base::MemberId member{base::compose_id(terminal_, 1, static_cast<std::uint32_t>(rng_.below(members) + 1))};
    MILLPOND_TRY(const auto sale, add(sale_of(number, member)));
    MILLPOND_TRY_DO(add(model::PointsEarned{member, sale, 45, 4'500}));
    if (number % 4 == 0) MILLPOND_TRY_DO(add(coupon_of(number, member, sale)));
    if (number % 40 == 39) {
      const base::CouponId coupon{base::compose_id(terminal_, 2, static_cast<std::uint32_t>(number / 8 * 4 + 1))};
      MILLPOND_TRY_DO(add(model::CouponRedeemed{coupon, member, {7}, sale, 800}));
    }
    MILLPOND_TRY_DO(add(model::PrintFinished{sale, model::PrintOutcome::confirmed}));
    return {};
  }

  model::SaleRecorded sale_of(std::uint64_t number, base::MemberId member) {
    model::SaleRecorded sale;
    sale.key = {{1}, "T1", {20'777 + static_cast<std::int32_t>(number / 8'000)}, std::to_string(number % 8'000)};
    sale.member = member;
    sale.currency = *base::parse_currency("CNY");
    sale.total_minor = 4'500;
    sale.eligible_minor = 4'500;
    for (int line = 0; line < 3; ++line) {
      sale.lines.push_back({std::to_string(line + 1), "SKU" + std::to_string(rng_.below(400)), "1", "tea", 1'500, 0});
    }
    sale.tenders = {{model::TenderType::wechat_pay, 4'500}};
    return sale;
  }

  model::CouponIssued coupon_of(std::uint64_t number, base::MemberId member, base::Seq sale) {
    model::CouponIssued coupon;
    coupon.coupon = {base::compose_id(terminal_, 2, static_cast<std::uint32_t>(number + 1))};
    coupon.member = member;
    coupon.campaign = {7};
    coupon.store = {1};
    coupon.value_minor = 800;
    coupon.threshold_minor = 3'000;
    coupon.not_before = {20'777};
    coupon.expires = {20'900};
    rng_.fill(coupon.cause);
    coupon.sale = sale;
    return coupon;
  }

  base::BrandId brand_;
  base::TerminalId terminal_;
  const crypto::SigningKey& key_;
  base::Hash head_;
  base::SeededRng rng_{7};
  std::vector<wire::Row>* rows_{};
  std::uint64_t seq_{};
  std::uint64_t sales_{};
  std::uint64_t enrolled_{};
};

struct Hub {
  std::unique_ptr<hub::HubCore> core;
  crypto::SigningKey key;
  base::TerminalId terminal;
};

base::Result<Hub> make_hub(const std::filesystem::path& file) {
  auto& rng = crypto::system_rng();
  MILLPOND_TRY(auto store, hub::open_sqlite_store({.path = file, .generation = hub::new_generation(rng)}));
  MILLPOND_TRY(auto core, hub::HubCore::create(std::move(store), hub::generate_keys(), base::system_clock(), rng));
  auto key = crypto::SigningKey::generate();
  MILLPOND_TRY(const auto code, core->add_terminal({1}));
  MILLPOND_TRY_DO(core->provision({code.code, key.public_key()}));
  return Hub{std::move(core), std::move(key), code.terminal};
}

base::Result<> prepare_plain(sqlite::Connection& database) {
  return database.execute(
      "PRAGMA page_size=8192; PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; "
      "PRAGMA cache_size=-131072; CREATE TABLE batches(no INTEGER PRIMARY KEY, body BLOB NOT NULL); "
      "CREATE TABLE events(terminal INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, "
      "body BLOB NOT NULL, PRIMARY KEY(terminal, epoch, seq)) WITHOUT ROWID; "
      "CREATE TABLE watches(terminal INTEGER PRIMARY KEY, at_till INTEGER NOT NULL, fold BLOB NOT NULL); "
      "CREATE TABLE signals(lane INTEGER NOT NULL, seq INTEGER NOT NULL, signal INTEGER NOT NULL, at_ms INTEGER NOT "
      "NULL, member INTEGER NOT NULL, staff INTEGER NOT NULL, value INTEGER NOT NULL, passed INTEGER NOT NULL, "
      "PRIMARY KEY(lane, seq, signal)) WITHOUT ROWID");
}

base::Result<> insert_keyed(sqlite::Connection& database, const std::vector<wire::Row>& rows, std::uint64_t first) {
  for (std::size_t at = 0; at < rows.size();) {
    MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(database));
    MILLPOND_TRY(auto insert, database.prepare("INSERT INTO events VALUES(?1, ?2, ?3, ?4)"));
    for (std::uint64_t i = 0; i < keyed_rows_a_commit && at < rows.size(); ++i, ++at) {
      MILLPOND_TRY_DO(insert.bind(1, 77, first + at, rows[at].canonical));
      MILLPOND_TRY_DO(insert.run());
      insert.reset();
    }
    MILLPOND_TRY_DO(transaction.commit());
  }
  return {};
}

base::Result<std::vector<model::Fact>> decoded(const std::vector<wire::Row>& rows) {
  std::vector<model::Fact> facts;
  facts.reserve(rows.size());
  for (const auto& row : rows) {
    MILLPOND_TRY(auto fact, wire::decode_fact(row.canonical));
    facts.push_back(std::move(fact));
  }
  return facts;
}

// What a turn of stage 2 does about signals: the row of its terminal is read, the facts are seen, the row is written.
base::Result<> watch(sqlite::Connection& database, std::span<const model::Fact> facts) {
  constexpr model::UsualRate usual{1'000'000, 250'000};  // the queue's
  hub::Watching watching{database, [](base::MemberId member) { return base::Result<base::MemberId>{member}; }};
  for (const auto& fact : facts)
    MILLPOND_TRY_DO(watching.on({1, fact.stamp.seq}, fact, fact.stamp.occurred_at_ms, usual));
  return watching.keep();
}

void add(Spent& sum, const Spent& part) {
  sum.wall_us += part.wall_us;
  sum.cpu_us += part.cpu_us;
}

struct Measured {
  Spent ingest;
  Spent project;
  Spent rebuild;
  Spent plain_batches;
  Spent plain_keyed;
  Spent watch;        // in turns of a whole batch
  Spent small_watch;  // in turns of one sale
  Spent small_plain;  // the rows of the same sale, and its commit
  std::uint64_t events{};
  std::uint64_t small_turns{};
};

// Turns about one sale each. Reading and writing what is half seen, beside what one commit of plain rows takes.
base::Result<> measure_small_turns(sqlite::Connection& plain, const std::vector<wire::Row>& rows,
                                   std::span<const model::Fact> facts, Measured& sum) {
  for (std::size_t turn = 0; turn < small_turns_a_batch; ++turn) {
    const auto at = turn * facts_of_a_sale;
    if (at + facts_of_a_sale > facts.size()) break;
    {
      MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(plain));
      MILLPOND_TRY(const auto seen, timed([&] { return watch(plain, facts.subspan(at, facts_of_a_sale)); }));
      add(sum.small_watch, seen);
      MILLPOND_TRY_DO(transaction.commit());
    }
    const std::vector<wire::Row> sale{rows.begin() + static_cast<std::ptrdiff_t>(at),
                                      rows.begin() + static_cast<std::ptrdiff_t>(at + facts_of_a_sale)};
    const auto first = million * 10 + sum.small_turns * facts_of_a_sale;
    MILLPOND_TRY(const auto kept, timed([&] { return insert_keyed(plain, sale, first); }));
    add(sum.small_plain, kept);
    sum.small_turns += 1;
  }
  return {};
}

base::Result<> project_all(hub::HubCore& core) {
  for (bool more = true; more;) {
    MILLPOND_TRY(const auto outcome, core.project(10'000));
    more = outcome.more;
  }
  return {};
}

base::Result<Measured> measure(const Options& options) {
  const auto folder = options.dir / "hub-rows";
  std::filesystem::create_directories(folder);
  Measured sum;
  {
    MILLPOND_TRY(auto hub, make_hub(folder / "hub.db"));
    MILLPOND_TRY(auto plain, sqlite::Connection::open({.path = folder / "plain.db"}));
    MILLPOND_TRY_DO(prepare_plain(*plain));
    Queue queue{hub.core->brand(), hub.terminal, hub.key};
    const auto batches = (options.quick ? million / 10 : million) / wire::batch_events_max;
    for (std::uint64_t i = 0; i < batches; ++i) {
      std::vector<wire::Row> rows;
      MILLPOND_TRY(const auto body, queue.next_batch(rows));
      MILLPOND_TRY(const auto taken, timed([&]() -> base::Result<> {
                     MILLPOND_TRY_DO(hub.core->ingest(hub.terminal, body));
                     return {};
                   }));
      add(sum.ingest, taken);
      MILLPOND_TRY(const auto projected, timed([&] { return project_all(*hub.core); }));
      add(sum.project, projected);
      MILLPOND_TRY(const auto batch, timed([&] { return plain->run("INSERT INTO batches(body) VALUES(?1)", body); }));
      add(sum.plain_batches, batch);
      MILLPOND_TRY(const auto keyed, timed([&] { return insert_keyed(*plain, rows, sum.events + 1); }));
      add(sum.plain_keyed, keyed);
      MILLPOND_TRY(const auto facts, decoded(rows));
      {
        MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*plain));
        MILLPOND_TRY(const auto seen, timed([&] { return watch(*plain, facts); }));
        add(sum.watch, seen);
        MILLPOND_TRY_DO(transaction.commit());
      }
      MILLPOND_TRY_DO(measure_small_turns(*plain, rows, facts, sum));
      sum.events += rows.size();
    }
    MILLPOND_TRY(sum.rebuild, timed([&]() -> base::Result<> {
                   MILLPOND_TRY_DO(hub.core->rebuild());
                   return {};
                 }));
  }
  std::filesystem::remove_all(folder);
  return sum;
}

Row row_of(std::string name, double us, double plain_us, std::string plain, double target_us, std::uint64_t n) {
  const auto value = us / static_cast<double>(n);
  const auto baseline = plain_us / static_cast<double>(n);
  return {
      std::move(name),    value, "us/event", baseline, std::move(plain), baseline > 0 ? value / baseline : 0, target_us,
      value <= target_us, n};
}

base::Result<std::vector<Row>> run_hub(const Options& options) {
  MILLPOND_TRY(const auto sum, measure(options));
  const auto n = sum.events;
  const double whole_s = (sum.ingest.wall_us + sum.project.wall_us) / static_cast<double>(n);
  const double plain_s = (sum.plain_batches.wall_us + sum.plain_keyed.wall_us) / static_cast<double>(n);
  const double small_watch_us = sum.small_watch.wall_us / static_cast<double>(sum.small_turns);
  const double small_plain_us = sum.small_plain.wall_us / static_cast<double>(sum.small_turns);
  return std::vector<Row>{
      row_of("hub.ingest", sum.ingest.wall_us, sum.plain_batches.wall_us, "one row a batch", 3, n),
      row_of("hub.ingest.cpu", sum.ingest.cpu_us, sum.plain_batches.cpu_us, "one row a batch", 3, n),
      row_of("hub.project", sum.project.wall_us, sum.plain_keyed.wall_us, "one keyed row an event", 10, n),
      row_of("hub.project.cpu", sum.project.cpu_us, sum.plain_keyed.cpu_us, "one keyed row an event", 10, n),
      row_of("hub.rebuild", sum.rebuild.wall_us, sum.plain_keyed.wall_us, "one keyed row an event", 10, n),
      row_of("hub.watch", sum.watch.cpu_us, sum.project.cpu_us, "the whole projection", 1, n),
      {"hub.watch.turn", small_watch_us, "us a turn of one sale", small_plain_us, "its plain rows and their commit",
       small_watch_us / small_plain_us, 200, small_watch_us <= 200, sum.small_turns},
      {"hub.million", whole_s, "s per million", plain_s, "plain inserts of both", whole_s / plain_s, 13, whole_s <= 13,
       n},
  };
}

const Registration hub_rows{"hub", "an event through both stages of the hub against plain inserts", run_hub};

}  // namespace
}  // namespace millpond::bench
