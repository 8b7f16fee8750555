// SPDX-License-Identifier: Apache-2.0
// bootstrap: how long a terminal of a large brand takes from the last byte of a snapshot to the first member found,
// what that costs in memory and bytes, and what the same rows cost otherwise.
#include "sync/base/rng.h"
#include "sync/crypto/hash.h"
#include "sync/snapshot/staged.h"
#include "sync/snapshot/writer.h"
#include "sync/sqlite/file.h"
#include "sync/store/replica.h"
#include "sync/wire/compress_stream.h"
#include "tests/bench/bench.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <malloc.h>
#include <map>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;
using wire::RowKind;

constexpr std::uint64_t piece_bytes = 1U << 20;  // of the download
constexpr std::uint64_t seed = 20'261'122;
constexpr std::uint64_t rows_a_page = 2'000;
constexpr base::TerminalId terminal{7};
constexpr std::uint64_t position = 1'234;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

base::Bytes key_of(std::uint64_t id) {
  base::Bytes key;
  base::append_big_endian(key, id, 8);
  return key;
}

// A brand of 200 terminals: members in the order of their ids, a phone for each, a coupon for every fifth.
class Brand {
 public:
  explicit Brand(std::uint64_t members) : members_{members} {}

  [[nodiscard]] std::uint64_t member(std::uint64_t index) const {
    const auto per_terminal = std::max<std::uint64_t>(members_ / 200, 1);
    const auto enrolled_by = 1 + index / per_terminal;
    const auto incarnation = static_cast<std::uint16_t>(enrolled_by * 40'503);
    return base::compose_id({static_cast<std::uint32_t>(enrolled_by)}, incarnation,
                            static_cast<std::uint32_t>(index % per_terminal));
  }
  // Row i of member_count(), phone_count() or coupon_count(); balances spread over four orders of magnitude.
  [[nodiscard]] wire::DownRow member_row(std::uint64_t index) const {
    base::SeededRng rng{seed + index};
    const auto points = static_cast<std::int64_t>(rng.below(std::uint64_t{10} << rng.below(14)));
    const auto id = member(index);
    const wire::MemberRow row{{id}, points, points * 97, static_cast<std::uint32_t>(1 + rng.below(60))};
    return {static_cast<std::uint8_t>(RowKind::member), key_of(id), false, wire::encode(row)};
  }
  [[nodiscard]] wire::DownRow coupon_row(std::uint64_t index) const {
    const auto owner = index * 5;
    const wire::CouponRow row{{member(owner)},
                              {member(owner)},
                              {3},
                              {static_cast<std::uint32_t>(1 + owner % 80)},
                              {static_cast<std::uint32_t>(1 + owner % 200)},
                              1'000,
                              5'000,
                              20'000,
                              20'030,
                              wire::CouponState::issued};
    return {static_cast<std::uint8_t>(RowKind::coupon), key_of(member(owner)), false, wire::encode(row)};
  }
  // Look-up keys are hashes, so in their order the members are at random.
  [[nodiscard]] std::map<std::array<std::uint8_t, 16>, std::uint64_t> phones() const {
    std::map<std::array<std::uint8_t, 16>, std::uint64_t> sorted;
    base::SeededRng rng{seed};
    for (std::uint64_t i = 0; i < members_; ++i) {
      std::array<std::uint8_t, 16> key{};
      rng.fill(key);
      sorted.emplace(key, member(i));
    }
    return sorted;
  }
  [[nodiscard]] std::uint64_t members() const { return members_; }
  [[nodiscard]] std::uint64_t coupons() const { return members_ / 5; }

 private:
  std::uint64_t members_;
};

base::Result<wire::SnapshotManifest> write_snapshot(const Brand& brand, const std::filesystem::path& path) {
  MILLPOND_TRY(const auto writer, snapshot::Writer::create({.path = path, .cursor = {1, brand.members(), 0}}));
  const auto add = [&](const wire::DownRow& row) { return writer->add(row.kind, row.key, row.body); };
  for (std::uint64_t i = 0; i < brand.members(); ++i) MILLPOND_TRY_DO(add(brand.member_row(i)));
  for (std::uint64_t i = 0; i < brand.coupons(); ++i) MILLPOND_TRY_DO(add(brand.coupon_row(i)));
  for (const auto& [key, member] : brand.phones()) {
    MILLPOND_TRY_DO(writer->add(static_cast<std::uint8_t>(RowKind::phone), key, key_of(member)));
  }
  for (std::uint32_t i = 1; i <= 200; ++i) MILLPOND_TRY_DO(writer->add_mark({i}, {{i}, {position}}));
  return writer->finish();
}

// A file in pieces.
base::Result<> read_pieces(const std::filesystem::path& path, const wire::PieceSink& sink) {
  MILLPOND_TRY(const auto file, sqlite::File::open({}, path, sqlite::FileUse::read));
  MILLPOND_TRY(const auto bytes, file->size());
  base::Bytes piece;
  for (std::uint64_t at = 0; at < bytes; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min(piece_bytes, bytes - at)));
    MILLPOND_TRY_DO(file->read(at, piece));
    MILLPOND_TRY_DO(sink(piece));
  }
  return {};
}

// The least that any way of using the file costs.
base::Result<double> unpack_plainly(const std::filesystem::path& from, std::uint64_t raw_bytes,
                                    const std::filesystem::path& to) {
  const auto begin = Clock::now();
  const auto temporary = to.string() + ".new";
  {
    MILLPOND_TRY(const auto file, sqlite::File::open({}, temporary, sqlite::FileUse::write));
    wire::StreamDecompressor decompressor{raw_bytes};
    std::uint64_t written = 0;
    const wire::PieceSink keep = [&](base::ByteView piece) -> base::Result<> {
      MILLPOND_TRY_DO(file->write(written, piece));
      written += piece.size();
      return {};
    };
    MILLPOND_TRY_DO(read_pieces(from, [&](base::ByteView piece) { return decompressor.add(piece, keep); }));
    MILLPOND_TRY_DO(decompressor.finish());
    MILLPOND_TRY_DO(file->sync());
  }
  MILLPOND_TRY_DO(sqlite::rename_file({}, temporary, to));
  const auto seconds = seconds_since(begin);
  MILLPOND_TRY_DO(sqlite::remove_file({}, to));
  return seconds;
}

// The most that this process has resident from a call to reset_peak() on, in MiB.
void reset_peak() {
  ::malloc_trim(0);
  std::ofstream{"/proc/self/clear_refs"} << "5";
}
double peak_mib() {
  std::ifstream status{"/proc/self/status"};
  std::string word;
  while (status >> word) {
    double kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib / 1'024;
  }
  return 0;
}

struct Fetched {
  double served_s{};  // from the arrival of the last byte to the first member found
  double peak{};
};

base::Result<Fetched> fetch(store::Replica& replica, const std::filesystem::path& file,
                            const wire::SnapshotManifest& manifest, base::MemberId somebody) {
  reset_peak();
  MILLPOND_TRY(auto download, snapshot::Download::open(replica.place(), manifest));
  Clock::time_point last_arrived;
  MILLPOND_TRY_DO(read_pieces(file, [&](base::ByteView piece) {
    last_arrived = Clock::now();
    return download->append(download->have(), piece);
  }));
  MILLPOND_TRY(auto staged, snapshot::Staged::open(std::move(download)));
  MILLPOND_TRY(const auto documents, staged->documents());
  MILLPOND_TRY(const auto includes, staged->includes(terminal));
  MILLPOND_TRY_DO(replica.adopt(std::move(staged), includes.through.value + documents.size()));
  MILLPOND_TRY(const auto found, replica.find_member(somebody));
  if (!found) return base::Error{base::Code::internal, "fetch snapshot", "the member is missing"};
  return Fetched{seconds_since(last_arrived), peak_mib()};
}

// The same kinds of rows by pages of the downlink, each one transaction: a part of them, in the order of enrolment.
base::Result<double> apply_pages(const Brand& brand, std::uint64_t members, const std::filesystem::path& path) {
  MILLPOND_TRY(const auto replica, store::Replica::open(path));
  base::SeededRng rng{seed};
  double seconds = 0;
  wire::DownPage page;
  page.next.generation = 1;
  const auto apply = [&]() -> base::Result<> {
    page.next.hub_seq += page.rows.size();
    const auto begin = Clock::now();
    MILLPOND_TRY_DO(replica->apply(page, 0));
    seconds += seconds_since(begin);
    page.rows.clear();
    return {};
  };
  for (std::uint64_t i = 0; i < members; ++i) {
    page.rows.push_back(brand.member_row(i));
    if (i % 5 == 0) page.rows.push_back(brand.coupon_row(i / 5));
    base::Bytes key(16);
    rng.fill(key);
    page.rows.push_back({static_cast<std::uint8_t>(RowKind::phone), key, false, key_of(brand.member(i))});
    if (page.rows.size() + 3 > rows_a_page) MILLPOND_TRY_DO(apply());
  }
  MILLPOND_TRY_DO(apply());
  const auto begin = Clock::now();
  MILLPOND_TRY_DO(replica->checkpoint_to_disk());
  return seconds + seconds_since(begin);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

Row row(std::string name, double value, std::string unit, double target, std::size_t n, double baseline = 0,
        std::string baseline_name = {}) {
  const double ratio = baseline > 0 ? value / baseline : 0;
  return {std::move(name),
          value,
          std::move(unit),
          baseline,
          std::move(baseline_name),
          ratio,
          target,
          (baseline > 0 ? ratio : value) <= target,
          n};
}

void remove_files(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const char* name : {"snapshot", "replica.db", "replica.db-wal", "replica.db.download", "pages.db",
                           "pages.db-wal", "plain.db", "plain.db.new"}) {
    std::filesystem::remove(folder / name, ignored);
  }
}

base::Result<std::vector<Row>> measure(const Options& options) {
  const Brand brand{options.quick ? 100'000U : 1'000'000U};
  const auto members = static_cast<double>(brand.members());
  const auto file = options.dir / "snapshot";
  auto begin = Clock::now();
  MILLPOND_TRY(const auto manifest, write_snapshot(brand, file));
  const auto publish_s = seconds_since(begin);

  const std::size_t rounds = 3;
  std::vector<double> plain_s;
  std::vector<double> served_s;
  std::vector<double> peaks;
  MILLPOND_TRY(auto replica, store::Replica::open(options.dir / "replica.db"));
  for (std::size_t i = 0; i < rounds; ++i) {
    MILLPOND_TRY(plain_s.emplace_back(), unpack_plainly(file, manifest.raw_bytes, options.dir / "plain.db"));
    MILLPOND_TRY(const auto fetched, fetch(*replica, file, manifest, {brand.member(brand.members() / 2)}));
    served_s.push_back(fetched.served_s);
    peaks.push_back(fetched.peak);
  }
  replica.reset();
  begin = Clock::now();
  MILLPOND_TRY(replica, store::Replica::open(options.dir / "replica.db"));
  const auto open_s = seconds_since(begin);
  // A tenth is enough: every table grows at its end or at random, so that the rest costs no less a row.
  MILLPOND_TRY(const auto part_s, apply_pages(brand, brand.members() / 10, options.dir / "pages.db"));

  const auto served = median(served_s);
  const auto rows = members + static_cast<double>(brand.coupons()) + members;
  return std::vector{
      row("bootstrap.served", served, "s", 2.0, rounds),
      row("bootstrap.served.unpack", served, "s", 6.0, rounds, median(plain_s), "decompress + fsync + rename"),
      row("bootstrap.served.pages", served, "s", 0.2, rounds, part_s * 10,
          "the same rows by pages, extrapolated from a tenth"),
      row("bootstrap.peak_rss", *std::ranges::max_element(peaks), "MiB", 64, rounds),
      row("bootstrap.raw_bytes_per_row", static_cast<double>(manifest.raw_bytes) / rows, "bytes", 70, 1),
      row("bootstrap.wire_bytes_per_member", static_cast<double>(manifest.bytes) / members, "bytes", 60, 1),
      row("bootstrap.open", open_s, "s", 2.0, 1),
      row("bootstrap.publish", publish_s, "s", 30, 1)};
}

base::Result<std::vector<Row>> run_bootstrap(const Options& options) {
  auto rows = measure(options);
  remove_files(options.dir);
  return rows;
}

const Registration registration{"bootstrap", "a million members from the last byte of a snapshot to the first answer",
                                run_bootstrap};

}  // namespace
}  // namespace millpond::bench
