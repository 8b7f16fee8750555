// SPDX-License-Identifier: Apache-2.0
// Files that are not what their manifest says, and files that changed later. On a disk in memory, because there are
// thousands of them.
#include "sync/crypto/hash.h"
#include "sync/sqlite/connection.h"
#include "sync/wire/compress_stream.h"
#include "tests/support/crash_vfs.h"
#include "tests/unit/snapshot/sample_snapshot.h"

#include <functional>

using namespace millpond;
using namespace millpond::tests;
using base::Bytes;
using base::Code;

namespace {

Bytes unpacked(const Published& published) {
  Bytes raw;
  wire::StreamDecompressor decompressor{published.manifest.raw_bytes};
  REQUIRE(decompressor.add(published.file, [&](base::ByteView piece) -> base::Result<> {
    base::append(raw, piece);
    return {};
  }));
  REQUIRE(decompressor.finish());
  return raw;
}

// What a hub would publish that trusts these bytes: lengths and hash fit.
Published packed(const Bytes& raw, wire::SnapshotManifest manifest = sample_snapshot().manifest) {
  Published published;
  const wire::PieceSink keep = [&](base::ByteView piece) -> base::Result<> {
    base::append(published.file, piece);
    return {};
  };
  wire::StreamCompressor compressor{1, raw.size()};
  REQUIRE(compressor.add(raw, keep));
  REQUIRE(compressor.finish(keep));
  manifest.bytes = published.file.size();
  manifest.raw_bytes = raw.size();
  manifest.hash = crypto::blake2b(published.file);
  published.manifest = manifest;
  return published;
}

Published with_file(Bytes changed) {
  auto published = sample_snapshot();
  published.file = std::move(changed);
  published.manifest.bytes = published.file.size();
  published.manifest.hash = crypto::blake2b(published.file);
  return published;
}

// The raw file after some SQL.
Bytes altered(const std::string& sql) {
  const TempDir folder;
  REQUIRE(base::write_file(folder / "raw", unpacked(sample_snapshot())));
  {
    const auto db = sqlite::Connection::open({.path = folder / "raw"}).value();
    REQUIRE(db->execute(sql));
  }
  return base::read_file(folder / "raw").value();
}

// A replica that must go on serving whatever is offered to it.
struct Target {
  CrashDisk disk{"target", 1};
  std::unique_ptr<store::Replica> replica = store::Replica::open("replica.db", disk.vfs_name()).value();

  Target() { REQUIRE(replica->apply(last_page({2, 9, 9}, {member_row(1, 1)}), 5)); }

  Code refuses(const Published& published) {
    const auto outcome = fetch_and_adopt(*replica, published, 22);
    REQUIRE_FALSE(outcome);
    CHECK(*replica->cursor() == wire::DownCursor{2, 9, 9});
    CHECK((*replica->find_member({1}))->row.points == 1);
    CHECK_FALSE(exists(replica->place().incoming()));
    CHECK(exists(replica->place().download()) == (outcome.error().code != Code::bad_input));
    return outcome.error().code;
  }

  [[nodiscard]] bool exists(const std::filesystem::path& path) const {
    return sqlite::file_exists(disk.vfs_name(), path).value();
  }
};

}  // namespace

TEST_CASE("a compressed file with any bit changed is refused before it is unpacked") {
  Target target;
  const auto& good = sample_snapshot();
  for (std::size_t at = 0; at < good.file.size(); at += 199) {
    INFO("byte " << at);
    auto published = good;
    published.file[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    CHECK(target.refuses(published) == Code::bad_input);
  }
}

TEST_CASE("a file cut anywhere is refused, even when its manifest fits it") {
  Target target;
  const auto& good = sample_snapshot();
  const auto size = good.file.size();
  for (const std::size_t left :
       {std::size_t{1}, std::size_t{4}, std::size_t{9}, std::size_t{18}, size / 2, size - 5, size - 4, size - 1}) {
    INFO("first " << left << " bytes of " << size);
    CHECK(target.refuses(with_file({good.file.begin(), good.file.begin() + static_cast<std::ptrdiff_t>(left)})) ==
          Code::bad_input);
  }
  const auto raw = unpacked(good);
  for (const std::size_t left : {std::size_t{0}, std::size_t{99}, std::size_t{4'096}, raw.size() / 2,
                                 raw.size() - 4'096, raw.size() - 100, raw.size() - 1}) {
    INFO("first " << left << " bytes of the database's " << raw.size());
    auto published = packed({raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(left)});
    CHECK(target.refuses(published) == Code::bad_input);
  }
}

TEST_CASE("a file that holds more or other things than its manifest says is refused") {
  Target target;
  const auto& good = sample_snapshot();
  const struct {
    const char* what;
    std::function<void(Published&)> change;
  } lies[] = {
      {"bytes behind the frame",
       [](auto& p) {
         p = with_file([&] {
           auto f = p.file;
           f.push_back(0);
           return f;
         }());
       }},
      {"a second frame behind it",
       [](auto& p) {
         auto file = p.file;
         base::append(file, p.file);
         p = with_file(file);
       }},
      {"less than unpacks", [](auto& p) { p.manifest.raw_bytes -= 1; }},
      {"more than unpacks", [](auto& p) { p.manifest.raw_bytes += 1; }},
      {"a thousandth of what unpacks",
       [](auto& p) {
         p = packed(Bytes(20'000'000), p.manifest);
         p.manifest.raw_bytes = 20'000;
       }},
      {"another hash", [](auto& p) { p.manifest.hash[31] ^= 1; }},
      {"another cursor", [](auto& p) { p.manifest.cursor.hub_seq += 1; }},
      {"another generation", [](auto& p) { p.manifest.cursor.generation += 1; }},
      {"another count of members", [](auto& p) { p.manifest.members.count += 1; }},
      {"another sum over members", [](auto& p) { p.manifest.members.checksum += 1; }},
      {"no zstd frame", [](auto& p) { p = with_file(Bytes(5'000, 'x')); }},
      {"no database", [](auto& p) { p = packed(Bytes(40'960, 'x'), p.manifest); }},
  };
  for (const auto& lie : lies) {
    INFO(lie.what);
    auto published = good;
    lie.change(published);
    CHECK(target.refuses(published) == Code::bad_input);
  }
}

TEST_CASE("a database of another form is refused, and one of the future is named as such") {
  Target target;
  const struct {
    const char* sql;
    Code expected;
  } forms[] = {
      {"PRAGMA user_version = 2", Code::store_newer},
      {"PRAGMA user_version = 0", Code::bad_input},
      {"CREATE TABLE more(a)", Code::bad_input},
      {"CREATE TRIGGER t AFTER INSERT ON members BEGIN DELETE FROM members; END", Code::bad_input},
      {"CREATE VIEW v AS SELECT 1", Code::bad_input},
      {"DROP INDEX coupons_member", Code::bad_input},
      {"DROP TABLE phones; CREATE TABLE phones(key, guard, member)", Code::bad_input},
      {"DELETE FROM state", Code::bad_input},
      {"UPDATE state SET as_of_ms = as_of_ms + 1", Code::bad_input},
      {"DELETE FROM members WHERE member = 3", Code::bad_input},
      {"UPDATE members SET guard = guard + 1 WHERE member = 3", Code::bad_input},
  };
  for (const auto& form : forms) {
    INFO(form.sql);
    CHECK(target.refuses(packed(altered(form.sql))) == form.expected);
  }
  REQUIRE(fetch_and_adopt(*target.replica, packed(altered("PRAGMA application_id = 0")), 22));
}

TEST_CASE("a bit that changes in a replica's file is never served as if it were right") {
  const auto raw = unpacked(sample_snapshot());
  int set_aside = 0;
  int refused = 0;
  for (std::size_t at = 0; at < raw.size(); at += 307) {
    INFO("byte " << at);
    const CrashDisk disk{"flips", 1};
    auto changed = raw;
    changed[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    REQUIRE(sqlite::File::open(disk.vfs_name(), "replica.db", sqlite::FileUse::write).value()->write(0, changed));
    const auto replica = store::Replica::open("replica.db", disk.vfs_name()).value();
    const bool aside = sqlite::file_exists(disk.vfs_name(), replica->place().damaged()).value();
    bool seen = false;
    int wrong = 0;
    int missing = 0;
    for (std::uint64_t id = 1; id <= 300; ++id) {
      const auto points = static_cast<std::int64_t>(id * 10);
      const auto member = replica->find_member({id});
      if (member && *member && (*member)->row != wire::MemberRow{{id}, points, points * 100, 1}) ++wrong;
      const auto coupons = replica->coupons_of({id});
      if (coupons && !coupons->empty() && coupons->front() != coupon(id + 500'000, id)) ++wrong;
      if ((!member && member.error().code != Code::store_corrupt)) ++wrong;
      if (member && !*member) ++missing;
      seen = seen || !member || !coupons;
    }
    CHECK(wrong == 0);
    const auto phone = replica->find_phone(Bytes(16, 7));
    if (phone && *phone) CHECK(*phone == base::MemberId{2});
    if (!phone) seen = true;
    CHECK((replica->damaged() || !seen));
    // Nobody is unknown without its being known that something is missing.
    CHECK((missing == 0 || aside || replica->damaged()));
    set_aside += aside ? 1 : 0;
    refused += seen ? 1 : 0;
    if (aside) CHECK(*replica->cursor() == wire::DownCursor{});
  }
  CHECK(set_aside > 0);
  CHECK(refused > 0);
}

TEST_CASE("a replica with a changed row serves the rest, and a fresh snapshot heals it") {
  const TempDir folder;
  auto replica = store::Replica::open(folder / "replica.db").value();
  REQUIRE(fetch_and_adopt(*replica, sample_snapshot(), 22));
  replica.reset();
  {
    const auto db = sqlite::Connection::open({.path = folder / "replica.db"}).value();
    REQUIRE(
        db->execute("UPDATE coupons SET body = (SELECT body FROM coupons WHERE coupon = 500003) "
                    "WHERE coupon = 500001"));
  }
  replica = store::Replica::open(folder / "replica.db").value();
  CHECK(replica->damaged());
  CHECK(replica->find_coupon({500'001}).error().code == Code::store_corrupt);
  CHECK(*replica->find_coupon({500'003}) == coupon(500'003, 3));
  CHECK((*replica->find_member({1}))->row.points == 10);
  SECTION("by another snapshot") {
    REQUIRE(fetch_and_adopt(*replica, sample_snapshot(), 22));
    CHECK_FALSE(replica->damaged());
    CHECK(*replica->find_coupon({500'001}) == coupon(500'001, 1));
  }
  SECTION("by a restart, which keeps the damaged file for a person") {
    REQUIRE(replica->restart(3));
    CHECK_FALSE(replica->damaged());
    CHECK(*replica->cursor() == wire::DownCursor{3, 0, 0});
    CHECK(std::filesystem::exists(replica->place().damaged()));
  }
}
