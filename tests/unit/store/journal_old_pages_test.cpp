// SPDX-License-Identifier: Apache-2.0
// A file of which some pages are of an earlier day: what a disk leaves that said it had written and had not. Nobody can
// know what is missing; but what is there is sent, nothing is sent that never was, and the terminal goes on selling.
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/sqlite/connection.h"
#include "sync/sqlite/file.h"
#include "tests/support/crash_vfs.h"
#include "tests/unit/store/journal_fixture.h"

#include <cstdlib>
#include <iostream>
#include <set>

using namespace millpond;

namespace {

constexpr std::size_t page_bytes = 4'096;

// As a terminal does it: a member, a sale that is told again is not recorded again, and a coupon for it.
store::Action visit(std::uint64_t number) {
  return [number](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY(const auto earlier, t.find_sale(tests::sale_key(number)));
    if (earlier) return {};
    MILLPOND_TRY(const auto id, t.next_id());
    const base::MemberId member{id};
    const base::Bytes salt(32, 7);
    const base::Bytes box(80, 9);
    model::MemberEnrolled enrolled;
    enrolled.member = member;
    enrolled.payload_hash = crypto::blake2b(salt, box);
    MILLPOND_TRY_DO(t.append(enrolled, 5, 0, 0, salt, box));
    MILLPOND_TRY_DO(tests::record_sale(t, number, member));
    base::Bytes name(8);
    name[7] = static_cast<std::uint8_t>(number);
    name[6] = static_cast<std::uint8_t>(number >> 8U);
    model::CouponIssued coupon;
    coupon.member = member;
    coupon.campaign = {3};
    coupon.store = {12};
    coupon.value_minor = 500;
    coupon.not_before = {20'775};
    coupon.expires = {20'805};
    coupon.cause = crypto::blake2b(name);
    MILLPOND_TRY(const auto known, t.find_cause(coupon.cause));
    if (known) return {};
    MILLPOND_TRY(const auto coupon_id, t.next_id());
    coupon.coupon = {coupon_id};
    const auto seq = t.append(coupon, 6, 0, 0);
    return seq ? base::Result<>{} : base::Result<>{seq.error()};
  };
}

struct Days {
  tests::CrashDisk disk{"pages", 1};
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options("/journal.db", disk.vfs_name());
  std::vector<base::Bytes> files;  // as they were at each evening
  std::set<base::Bytes> told;      // canonical bytes of every fact that ever was
  std::uint64_t visits = 0;

  Days() {
    for (std::uint64_t day = 0; day < 5; ++day) {
      base::SeededRng rng{day + 100};
      options.machine.machine_id = day < 3 ? "one" : "other";  // an epoch begins on the fourth day
      auto opened = store::Journal::open(options, clock, rng);
      REQUIRE(opened);
      for (int i = 0; i < 70; ++i) REQUIRE(tests::commit_one(**opened, visit(visits++)));
      listen(**opened);
      if (day == 1 || day == 3) tests::acknowledge_all(**opened, 40);
      opened->reset();
      files.push_back(read());
    }
  }
  void listen(store::Journal& journal) {
    const auto marks = journal.epochs();
    REQUIRE(marks);
    for (const auto& mark : *marks) {
      for (auto from = mark.kept_from; from && from <= mark.head;) {
        const auto batch = journal.read_batch(mark.epoch, from, 1'000, 4U << 20);
        REQUIRE(batch);
        for (const auto& row : batch->rows) told.insert(row.canonical);
        from.value += batch->rows.size();
      }
    }
  }
  [[nodiscard]] base::Bytes read() const {
    auto file = sqlite::File::open(options.vfs, options.path, sqlite::FileUse::read);
    REQUIRE(file);
    base::Bytes bytes(*(*file)->size());
    REQUIRE((*file)->read(0, bytes));
    return bytes;
  }
  void write(const base::Bytes& bytes) const {
    auto file = sqlite::File::open(options.vfs, options.path, sqlite::FileUse::write);
    REQUIRE(file);
    REQUIRE((*file)->truncate(bytes.size()));
    REQUIRE((*file)->write(0, bytes));
    REQUIRE((*file)->sync());
  }
};

// Everything queued goes out, as a line would do it, and is a fact that was.
std::uint64_t send_known(store::Journal& journal, const std::set<base::Bytes>& told, std::set<base::Epoch>& lives) {
  std::uint64_t sent = 0;
  for (int round = 0; round < 50; ++round) {
    const auto status = *journal.outbox();
    lives.insert(status.live_epoch);
    if (status.queued == 0) return sent;
    const auto batch = journal.read_batch(status.epoch, {status.acked.value + 1}, 1'000, 4U << 20);
    if (!batch) {
      CAPTURE(base::describe(batch.error()));
      REQUIRE(batch.error().code == base::Code::chain_broken);
      REQUIRE(journal.quarantine_damage(status.epoch, status.acked));
      continue;
    }
    for (const auto& row : batch->rows) {
      const auto fact = wire::decode_fact(row.canonical);
      REQUIRE(fact);
      if (!lives.contains(fact->stamp.epoch)) REQUIRE(told.contains(row.canonical));
    }
    sent += batch->rows.size();
    const base::Seq through{batch->first_seq.value + batch->rows.size() - 1};
    const auto acknowledged = journal.acknowledge(status.epoch, through, wire::encode(*batch), 1'700'000'000'000);
    INFO((acknowledged ? std::string{} : base::describe(acknowledged.error())));
    REQUIRE(acknowledged);
  }
  FAIL("the queue does not drain");
  return 0;
}

std::string integrity(const store::JournalOptions& options) {
  auto db = sqlite::Connection::open({.path = options.path, .vfs = options.vfs});
  REQUIRE(db);
  return (*db)->query_text("PRAGMA integrity_check(1)")->value_or("");
}

// MILLPOND_OLD_PAGES makes a longer run than the default.
std::uint64_t wanted_rounds() {
  const char* const text = std::getenv("MILLPOND_OLD_PAGES");
  return text == nullptr ? 120 : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE("a file with pages of earlier days opens, sends what was, and goes on selling") {
  Days days;
  const auto image = days.disk.image();
  std::uint64_t salvaged = 0;
  std::uint64_t sent = 0;
  base::SeededRng rng{7};
  for (std::uint64_t round = 0; round < wanted_rounds(); ++round) {
    const auto newest = 1 + rng.below(days.files.size() - 1);
    const auto older = rng.below(newest);
    auto bytes = days.files[newest];
    const auto& old = days.files[older];
    if (rng.chance(1, 4)) bytes.resize(old.size());
    const auto share = 1 + rng.below(100);
    for (std::size_t at = 0; at + page_bytes <= std::min(bytes.size(), old.size()); at += page_bytes) {
      if (!rng.chance(share, 100)) continue;
      std::copy_n(old.begin() + static_cast<std::ptrdiff_t>(at), page_bytes,
                  bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    CAPTURE(round, newest, older, share);
    days.disk.restore(*image);
    days.write(bytes);
    base::SeededRng life{round + 1'000};
    days.options.machine.machine_id = newest < 3 ? "one" : "other";
    auto opened = store::Journal::open(days.options, days.clock, life);
    INFO((opened ? std::string{} : base::describe(opened.error())));
    REQUIRE(opened);
    std::set<base::Epoch> lives{(*opened)->outbox()->live_epoch};
    salvaged += (*opened)->health()->salvaged ? 1 : 0;
    // Tills tell again what was not answered, and new sales.
    for (std::uint64_t number = 0; number < days.visits + 3; number += number < days.visits ? 7 : 1) {
      CAPTURE(number);
      const auto committed = tests::commit_one(**opened, visit(number));
      INFO((committed ? std::string{} : base::describe(committed.error())));
      REQUIRE(committed);
    }
    sent += send_known(**opened, days.told, lives);
    opened->reset();
    CHECK(integrity(days.options) == "ok");
    base::SeededRng again{round + 5'000};
    auto reopened = store::Journal::open(days.options, days.clock, again);
    REQUIRE(reopened);
    REQUIRE(tests::commit_one(**reopened, visit(days.visits + 10)));
    sent += send_known(**reopened, days.told, lives);
  }
  std::cout << "files with old pages " << wanted_rounds() << ", salvaged " << salvaged << ", facts sent " << sent
            << std::endl;
}
