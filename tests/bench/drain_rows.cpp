// SPDX-License-Identifier: Apache-2.0
// drain: a month's queue of one terminal, sent after the line came back. The real service with its journal on one side,
// the real hub on the other, each a process of its own; it ends when the hub has projected every fact. The queue is the
// published mix (tests/support/sales_mix.h), written to the journal before the clock starts.
#include "sync/crypto/hash.h"
#include "sync/http/server.h"
#include "sync/net/http_client.h"
#include "sync/sqlite/connection.h"
#include "sync/store/journal.h"
#include "sync/terminal/identity.h"
#include "tests/bench/bench.h"
#include "tests/bench/process_figures.h"
#include "tests/chaos/floor.h"
#include "tests/support/paths.h"
#include "tests/support/sales_mix.h"
#include "tests/support/tls_files.h"

#include <chrono>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;
using base::Code;
using base::Error;

constexpr std::size_t facts_a_commit = 2'000;  // of writing the queue, which is not measured
constexpr std::int64_t give_up_ms = 600'000;
constexpr std::uint64_t events_asked = 1'000'000;
constexpr double seconds_asked = 25;
constexpr double rss_asked_mib = 64;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }
double mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0); }

// Everything the terminal must still say to the hub, in the journal that its service will open.
base::Result<> write_queue(const std::filesystem::path& folder, std::uint64_t events) {
  MILLPOND_TRY(const auto identity, terminal::load_identity(folder));
  store::JournalOptions options;
  options.path = folder / "journal.db";
  options.owner = {identity.brand, identity.certificate.terminal, identity.certificate.store};
  options.machine = store::this_machine(options.path);
  MILLPOND_TRY(const auto journal, store::Journal::open(options, base::system_clock(), crypto::system_rng()));
  MILLPOND_TRY(const auto outbox, journal->outbox());
  tests::MixOptions mix_options;
  mix_options.brand = identity.brand;
  mix_options.terminal = identity.certificate.terminal;
  mix_options.store = identity.certificate.store;
  mix_options.first_seq = {outbox.live_head.value + 1};
  tests::SalesMix mix{mix_options};
  for (std::uint64_t written = 0; written < events;) {
    const auto now = std::min<std::uint64_t>(facts_a_commit, events - written);
    const store::Action action = [&](store::Transaction& transaction) -> base::Result<> {
      for (std::uint64_t i = 0; i < now; ++i) {
        const auto fact = mix.next();
        MILLPOND_TRY_DO(transaction.append(fact.body, fact.occurred_at_ms, fact.utc_offset_min, fact.programme_version,
                                           fact.payload_salt, fact.payload));
      }
      return {};
    };
    MILLPOND_TRY_DO(journal->commit(std::span{&action, 1}).front());
    written += now;
  }
  return {};
}

// The file as small as SQLite can make it with the same contents: what must be kept.
base::Result<std::uint64_t> smallest_size(const std::filesystem::path& journal) {
  const auto copy = journal.string() + ".smallest";
  {
    MILLPOND_TRY(const auto database, sqlite::Connection::open({.path = journal}));
    MILLPOND_TRY_DO(database->run("VACUUM INTO ?1", copy));
  }
  const auto size = std::filesystem::file_size(copy);
  std::filesystem::remove(copy);
  return size;
}

// The signed batches as they arrived, in order.
base::Result<std::vector<base::Bytes>> batches_of(const std::filesystem::path& hub) {
  MILLPOND_TRY(const auto database, sqlite::Connection::open({.path = hub}));
  MILLPOND_TRY(auto query, database->prepare("SELECT raw FROM batches ORDER BY no"));
  std::vector<base::Bytes> batches;
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return batches;
    const auto raw = query.bytes(0);
    batches.emplace_back(raw.begin(), raw.end());
  }
}

class Appended {
 public:
  explicit Appended(const std::filesystem::path& path)
      : path_{path}, fd_{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)} {}
  ~Appended() {
    if (fd_ >= 0) ::close(fd_);
    ::unlink(path_.c_str());
  }
  Appended(const Appended&) = delete;
  Appended& operator=(const Appended&) = delete;
  [[nodiscard]] base::Result<> append(base::ByteView bytes) const {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written == static_cast<ssize_t>(bytes.size()) && ::fdatasync(fd_) == 0) return {};
    return Error{Code::disk_error, "append", "raw file", path_.string()};
  }

 private:
  std::filesystem::path path_;
  int fd_;
};

// Baseline: the same bytes posted to a server that knows nothing but fdatasync.
base::Result<double> post_raw(const std::vector<base::Bytes>& batches, const std::filesystem::path& file,
                              const tests::TlsFiles& tls) {
  const Appended raw{file};
  http::ServerOptions options;
  options.certificate = tls.certificate;
  options.key = tls.key;
  options.body_bytes_max = 16U << 20;
  MILLPOND_TRY(const auto server, http::Server::start(options, [&](const http::Request& request) {
                 return http::json_response(raw.append(request.body) ? 200 : 503, "{}");
               }));
  MILLPOND_TRY(const auto client,
               net::HttpClient::create({.base_url = "https://127.0.0.1:" + std::to_string(server->port()),
                                        .ca_file = tls.authority.string()}));
  const auto begin = Clock::now();
  for (const auto& batch : batches) {
    MILLPOND_TRY(const auto answer, client->perform({.method = "POST", .target = "/v1/up", .body = batch}));
    if (answer.status != 200) return Error{Code::disk_error, "post raw", std::to_string(answer.status)};
  }
  return seconds_since(begin);
}

// Baseline: every canonical byte of every fact appended to a file, one fdatasync a batch.
base::Result<double> append_raw(const std::vector<base::Bytes>& batches, const std::filesystem::path& file) {
  std::vector<base::Bytes> records;
  for (const auto& batch : batches) {
    MILLPOND_TRY(const auto request, wire::decode_up_request(batch));
    auto& record = records.emplace_back();
    for (const auto& row : request.rows) base::append(record, row.canonical);
  }
  const Appended raw{file};
  const auto begin = Clock::now();
  for (const auto& record : records) { MILLPOND_TRY_DO(raw.append(record)); }
  return seconds_since(begin);
}

struct Drained {
  double seconds{};
  ProcessFigures terminal;  // used between line back and end
  ProcessFigures hub;
};

// Until the hub neither works nor lacks anything. Asking costs the hub time, so it is asked only when it rests.
base::Result<Drained> watch(chaos::Floor& floor, std::uint64_t events) {
  const auto terminal_before = figures_of(floor.terminal_pid(0));
  const auto hub_before = figures_of(floor.hub_pid());
  const auto begin = Clock::now();
  auto last = hub_before;
  auto busy_until = begin;
  while (seconds_since(begin) * 1e3 < give_up_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    const auto now = figures_of(floor.hub_pid());
    if (now.cpu_s > last.cpu_s) busy_until = Clock::now();
    last = now;
    if (seconds_since(busy_until) < 0.4) continue;
    const auto status = floor.ask_hub({"status"});
    const auto projected = status.at("events_projected").get<std::uint64_t>();
    if (projected < events || projected < status.at("events_received").get<std::uint64_t>()) continue;
    Drained drained{std::chrono::duration<double>(busy_until - begin).count(), {}, {}};
    drained.hub = last - hub_before;
    chaos::wait_until("the terminal to know it", [&] { return floor.drained(0); });
    drained.terminal = figures_of(floor.terminal_pid(0)) - terminal_before;
    return drained;
  }
  return Error{Code::timeout, "drain", "the hub did not finish"};
}

// Local deltas go once the hub's rows that include them are on the terminal's disk: with the last page of those that
// the hub makes after it has projected everything. Pages follow each other at once, and then polls are seconds apart.
void wait_for_word_of_hub(const chaos::Floor& floor) {
  constexpr double between_pages_s = 3;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto projected = base::format_utc(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::string newest;
  auto since = Clock::now();
  chaos::wait_until("the hub's word about everything", [&] {
    const auto as_of = floor.ask_terminal(0, {"status"}).at("as_of").get<std::string>();
    if (as_of != newest) since = Clock::now();
    newest = as_of;
    return newest > projected && seconds_since(since) > between_pages_s;
  });
}

Row absolute(std::string name, double value, std::string unit, double target, std::uint64_t n) {
  return {std::move(name), value, std::move(unit), 0, "", 0, target, value <= target, static_cast<std::size_t>(n)};
}

Row at_least(std::string name, double value, std::string unit, double target, std::uint64_t n) {
  return {std::move(name), value, std::move(unit), 0, "", 0, target, value >= target, static_cast<std::size_t>(n)};
}

Row against(std::string name, double value, std::string unit, double baseline, std::string baseline_name, double target,
            std::uint64_t n) {
  const auto ratio = baseline > 0 ? value / baseline : 0;
  return {std::move(name),
          value,
          std::move(unit),
          baseline,
          std::move(baseline_name),
          ratio,
          target,
          ratio <= target,
          static_cast<std::size_t>(n)};
}

// For the ratio alone: no target was set.
Row beside(std::string name, double value, std::string unit, double baseline, std::string baseline_name,
           std::uint64_t n) {
  auto row = against(std::move(name), value, std::move(unit), baseline, std::move(baseline_name), 0, n);
  row.holds = true;
  return row;
}

base::Result<std::vector<Row>> measure(const Options& options, const std::filesystem::path& folder) {
  const std::uint64_t events = options.quick ? events_asked / 20 : events_asked;
  const auto target_s = seconds_asked * static_cast<double>(events) / static_cast<double>(events_asked);
  chaos::FloorPlan plan;
  plan.programs = std::filesystem::canonical("/proc/self/exe").parent_path();
  plan.programme = tests::source_dir() / "assets/shop/programme.json";
  plan.folder = folder;
  plan.terminals = 1;
  plan.direct = true;
  const auto tls = tests::make_tls_files(folder);
  plan.hub_scheme = "https";
  plan.hub_settings =
      "[listen]\ncertificate = \"" + tls.certificate.string() + "\"\nkey = \"" + tls.key.string() + "\"\n";
  plan.terminal_hub_settings = "ca_file = \"" + tls.authority.string() + "\"\n";
  chaos::Floor floor{std::move(plan)};
  floor.open();
  floor.stop_terminal(0);
  MILLPOND_TRY_DO(write_queue(floor.terminal_folder(0), events));
  const auto journal = floor.terminal_folder(0) / "journal.db";
  const auto before = std::filesystem::file_size(journal);
  const auto opening = Clock::now();
  floor.start_terminal(0);
  const auto open_s = seconds_since(opening);
  MILLPOND_TRY(const auto drained, watch(floor, events));
  wait_for_word_of_hub(floor);
  floor.stop_terminal(0);
  floor.stop_hub();
  const auto after = std::filesystem::file_size(journal);
  MILLPOND_TRY(const auto smallest, smallest_size(journal));
  MILLPOND_TRY(const auto batches, batches_of(floor.hub_folder() / "hub.db"));
  MILLPOND_TRY(const auto posted_s, post_raw(batches, folder / "raw", tls));
  MILLPOND_TRY(const auto appended_s, append_raw(batches, folder / "raw"));
  std::uint64_t bytes = 0;
  for (const auto& batch : batches) bytes += batch.size();
  const auto n = static_cast<double>(events);
  return std::vector{
      absolute("drain.seconds", drained.seconds, "s", target_s, events),
      beside("drain.seconds.against_post", drained.seconds, "s", posted_s,
             "the same batches POSTed over TLS, fdatasync each", batches.size()),
      beside("drain.seconds.against_append", drained.seconds, "s", appended_s,
             "canonical bytes appended, fdatasync a batch", batches.size()),
      at_least("drain.events_per_s", n / drained.seconds, "/s", events_asked / seconds_asked, events),
      absolute("drain.terminal.cpu", drained.terminal.cpu_s, "s", target_s, events),
      absolute("drain.hub.cpu", drained.hub.cpu_s, "s", target_s, events),
      absolute("drain.bytes_an_event", static_cast<double>(bytes) / n, "bytes", 8.5, events),
      absolute("drain.terminal.rss", mib(drained.terminal.rss_max_bytes), "MiB", rss_asked_mib, events),
      absolute("drain.terminal.open", open_s, "s", 10, 1),
      absolute("drain.journal.before", mib(before), "MiB", 1024, events),
      against("drain.journal.after", mib(after), "MiB", mib(smallest), "the same contents, vacuumed", 1.1, events)};
}

base::Result<std::vector<Row>> run_drain(const Options& options) {
  const auto folder = options.dir / "drain";
  std::filesystem::create_directories(folder);
  base::Result<std::vector<Row>> rows = Error{Code::internal, "drain", ""};
  try {
    rows = measure(options, folder);
  } catch (const std::exception& stuck) { rows = Error{Code::internal, "drain", stuck.what()}; }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return rows;
}

const Registration registration{"drain", "a month's queue from the real terminal into the real hub, to the last effect",
                                run_drain};

}  // namespace
}  // namespace millpond::bench
