// SPDX-License-Identifier: Apache-2.0
// A file that changed on the disk: nothing that changed is ever sent, what is whole goes on, and the till goes on
// selling.
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/sqlite/connection.h"
#include "sync/sqlite/file.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <utility>

using namespace millpond;

namespace {

// The number of the sale that a fact belongs to, with its kind: the same before and after it is reissued.
std::string name_of(const model::Fact& fact) {
  const auto kind = std::to_string(static_cast<int>(model::kind_of(fact.body)));
  if (const auto* sale = std::get_if<model::SaleRecorded>(&fact.body)) {
    return kind + " " + sale->key.transaction + " " + std::to_string(sale->total_minor) + " " + sale->lines[0].sku;
  }
  if (const auto* earned = std::get_if<model::PointsEarned>(&fact.body)) {
    return kind + " " + std::to_string(earned->member.value) + " " + std::to_string(earned->points);
  }
  if (const auto* enrolled = std::get_if<model::MemberEnrolled>(&fact.body)) {
    return kind + " " + std::to_string(enrolled->member.value) + base::to_hex(enrolled->payload_hash);
  }
  return kind;
}

base::Bytes box_of(std::uint64_t number) { return base::Bytes(80, static_cast<std::uint8_t>(number + 1)); }

// Three facts each: a member with a payload, a sale and its points.
store::Action visit(std::uint64_t number) {
  return [number](store::Transaction& t) -> base::Result<> {
    const base::MemberId member{1'000 + number};
    const base::Bytes salt(32, 7);
    model::MemberEnrolled enrolled;
    enrolled.member = member;
    enrolled.payload_hash = crypto::blake2b(salt, box_of(number));
    MILLPOND_TRY_DO(t.append(enrolled, 5, 0, 0, salt, box_of(number)));
    return tests::record_sale(t, number, member);
  };
}

// What a line would do: reads every epoch that is kept, and parts damage off when it meets some.
struct Sent {
  std::multiset<std::string> facts;
  std::vector<base::Bytes> payloads;
  std::uint64_t unreadable{};
};

void read_epoch(store::Journal& journal, const store::EpochMark& mark, Sent& sent) {
  for (auto from = mark.kept_from; from && from <= mark.head;) {
    const auto batch = journal.read_batch(mark.epoch, from, 1'000, 1U << 20);
    if (!batch && batch.error().code == base::Code::not_found && from <= mark.acked) {
      ++from.value;  // of the ring, and in the quarantine: the hub has it
      continue;
    }
    if (!batch) {
      ++sent.unreadable;
      return;
    }
    auto chain = batch->chain_before;
    for (const auto& row : batch->rows) {
      chain = wire::chain_next(chain, row.canonical);
      const auto fact = wire::decode_fact(row.canonical);
      REQUIRE(fact);
      if (model::kind_of(fact->body) != model::FactKind::epoch_begun) sent.facts.insert(name_of(*fact));
      if (!row.payload.empty()) sent.payloads.push_back(row.payload);
    }
    REQUIRE(chain == batch->chain_head);
    from.value += batch->rows.size();
  }
}

Sent send_all(store::Journal& journal, const std::map<base::Epoch, base::Seq>& hub) {
  for (int round = 0; round < 3; ++round) {
    Sent sent;
    const auto marks = journal.epochs();
    REQUIRE(marks);
    for (const auto& mark : *marks) read_epoch(journal, mark, sent);
    auto damaged = journal.health()->damaged;
    if (damaged.empty()) return sent;
    for (const auto epoch : damaged) {
      const auto known = hub.find(epoch);
      REQUIRE(journal.quarantine_damage(epoch, known == hub.end() ? base::Seq{} : known->second));
    }
  }
  FAIL("an epoch stays damaged");
  return {};
}

// MILLPOND_BIT_FLIPS makes a longer run than the default.
std::uint64_t wanted_flips() {
  const char* const text = std::getenv("MILLPOND_BIT_FLIPS");
  return text == nullptr ? 500 : std::strtoull(text, nullptr, 10);
}

struct Fixture {
  mutable tests::CrashDisk disk{"damage", 1};
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options("/journal.db", disk.vfs_name());
  std::map<base::Epoch, base::Seq> hub;
  Sent whole;

  Fixture(std::uint64_t visits, std::uint64_t acked_visits) {
    auto journal = tests::open_journal(options, clock);
    const auto epoch = journal->outbox()->live_epoch;
    for (std::uint64_t i = 0; i < visits; ++i) REQUIRE(tests::commit_one(*journal, visit(i)));
    hub[epoch] = {1 + 3 * acked_visits};
    while (acked_visits > 0 && journal->outbox()->acked < hub[epoch]) {
      const auto from = journal->outbox()->acked.value + 1;
      const auto batch = journal->read_batch(
          epoch, {from}, static_cast<std::uint32_t>(std::min<std::uint64_t>(10, hub[epoch].value - from + 1)),
          1U << 20);
      REQUIRE(batch);
      REQUIRE(journal->acknowledge(epoch, {from + batch->rows.size() - 1}, wire::encode(*batch), 1'700'000'000'000));
    }
    whole = send_all(*journal, hub);
    REQUIRE(whole.facts.size() == 3 * visits);
    REQUIRE(whole.payloads.size() == visits);
  }
  [[nodiscard]] std::unique_ptr<store::Journal> open(std::uint64_t seed = 2) const {
    return tests::open_journal(options, clock, seed);
  }
  void sql(const std::string& text) const {
    auto db = sqlite::Connection::open({.path = options.path, .vfs = options.vfs});
    REQUIRE(db);
    REQUIRE((*db)->execute(text));
  }
  [[nodiscard]] std::uint64_t size() const {
    auto file = sqlite::File::open(options.vfs, options.path, sqlite::FileUse::read);
    REQUIRE(file);
    return *(*file)->size();
  }
  void overwrite(std::uint64_t at, const base::Bytes& bytes) const {
    auto file = sqlite::File::open(options.vfs, options.path, sqlite::FileUse::write);
    REQUIRE(file);
    REQUIRE((*file)->write(at, bytes));
    REQUIRE((*file)->sync());
  }
};

template <class T>
bool within(const T& part, const T& all) {
  return std::includes(all.begin(), all.end(), part.begin(), part.end());
}

}  // namespace

TEST_CASE("one bit that flipped anywhere in the file never reaches the hub, and the terminal goes on") {
  const Fixture f{60, 25};
  const auto original = f.disk.image();
  const auto size = f.size();
  const std::set<base::Bytes> payloads{f.whole.payloads.begin(), f.whole.payloads.end()};
  struct {
    std::uint64_t flips{}, refused{}, salvaged{}, parted{}, lost{}, sent{};
  } tally;
  base::SeededRng rng{20'26};
  for (std::uint64_t flip = 0; flip < wanted_flips(); ++flip) {
    const auto at = rng.below(size);
    const auto bit = static_cast<unsigned>(rng.below(8));
    CAPTURE(flip, at, bit);
    f.disk.restore(*original);
    REQUIRE(f.disk.flip_bit("/journal.db", at, bit));
    base::SeededRng epoch_rng{flip + 10};
    auto opened = store::Journal::open(f.options, f.clock, epoch_rng);
    ++tally.flips;
    if (!opened) {
      CAPTURE(base::describe(opened.error()));
      // The owner's name is what a person must look at; everything else is mended.
      CHECK((opened.error().code == base::Code::config_invalid || opened.error().code == base::Code::store_newer));
      ++tally.refused;
      continue;
    }
    auto& journal = **opened;
    const auto sent = send_all(journal, f.hub);
    const auto health = *journal.health();
    REQUIRE(within(sent.facts, f.whole.facts));
    for (const auto& payload : sent.payloads) REQUIRE(payloads.contains(payload));
    CHECK(sent.unreadable == 0);
    const auto lost = f.whole.facts.size() - sent.facts.size();
    tally.salvaged += health.salvaged ? 1 : 0;
    tally.parted += health.quarantined > 0 ? 1 : 0;
    tally.lost += lost;
    tally.sent += sent.facts.size();
    if (!health.salvaged && health.quarantined == 0) CHECK(lost == 0);
    if (lost > 0) CHECK_FALSE(health.healthy());
    REQUIRE(tests::commit_one(journal, visit(1'000)));
    tests::acknowledge_all(journal);
    CHECK(journal.outbox()->queued == 0);
  }
  std::cout << "bit flips " << tally.flips << ", refused by name " << tally.refused << ", salvaged " << tally.salvaged
            << ", parted off " << tally.parted << ", whole facts sent " << tally.sent << ", lost with their page "
            << tally.lost << ", changed ones sent 0" << std::endl;
  CHECK(tally.refused * 50 <= tally.flips);
}

// A till works on: sales, and what a line asks for. No start in between, which would find the damage by itself.
TEST_CASE("a page that becomes damaged under a working journal is met once, and the journal goes on without a start") {
  Fixture f{60, 25};
  f.options.cache_kib = 40;  // ten pages: the others are read from the disk again
  const auto original = f.disk.image();
  const auto pages = f.size() / 4096;
  struct {
    std::uint64_t pages{}, met{}, salvaged{}, refused{}, lost{};
  } tally;
  for (std::uint64_t page = 1; page < pages; ++page) {
    CAPTURE(page);
    f.disk.restore(*original);
    auto journal = f.open(page + 10);
    f.overwrite(page * 4096, base::Bytes(200, 0xFF));
    ++tally.pages;
    std::multiset<std::string> sold;
    std::uint64_t refused{};
    for (std::uint64_t number = 2'000; number < 2'008; ++number) {
      f.clock.advance_ms(11'000);
      const auto done = tests::commit_one(*journal, visit(number));
      if (!done) {
        CAPTURE(base::describe(done.error()));
        CHECK((done.error().code == base::Code::store_corrupt || done.error().code == base::Code::commit_unknown));
        ++refused;
        continue;
      }
      sold.insert(std::to_string(static_cast<int>(model::FactKind::points_earned)) + " " +
                  std::to_string(1'000 + number));
      // What a page of the hub, a look at the queue and a receipt of yesterday ask for.
      static_cast<void>(journal->outbox());
      static_cast<void>(journal->document("programme"));
      static_cast<void>(journal->read([&](store::Transaction& t) {
        const auto found = t.find_sale(tests::sale_key(number - 1'990));
        return found ? base::Result<>{} : base::Result<>{found.error()};
      }));
      if (page % 2 == 0) static_cast<void>(journal->verify());
    }
    CHECK(refused <= 2);
    static_cast<void>(journal->verify());  // `millpond journal verify`: where nothing else has met it
    f.clock.advance_ms(11'000);
    const auto sent = send_all(*journal, f.hub);
    CHECK(sent.unreadable == 0);
    std::multiset<std::string> earned;
    for (const auto& name : sent.facts) {
      const auto last = name.rfind(' ');
      earned.insert(name.substr(0, last));
    }
    CHECK(within(sold, earned));  // nothing that was said yes to after the damage came
    const auto health = *journal->health();
    tally.met += health.salvaged || refused > 0 ? 1 : 0;
    tally.salvaged += health.salvaged ? 1 : 0;
    tally.refused += refused;
    std::multiset<std::string> old;
    std::ranges::set_intersection(sent.facts, f.whole.facts, std::inserter(old, old.end()));
    tally.lost += f.whole.facts.size() - old.size();
    tests::acknowledge_all(*journal);
    CHECK(journal->outbox()->queued == 0);
    CHECK(journal->verify()->sqlite_ok);
  }
  std::cout << "pages damaged under a working journal " << tally.pages << ", met " << tally.met << ", salvaged "
            << tally.salvaged << ", calls refused " << tally.refused << ", facts lost with their page " << tally.lost
            << std::endl;
  CHECK(tally.salvaged * 2 > tally.pages);
}

TEST_CASE("facts that changed stay here, whole ones before and behind them go out") {
  struct Row {
    const char* what;
    const char* sql;
    std::uint64_t quarantined;
    std::size_t lost;
  };
  const std::vector<Row> rows{
      {"a fact in the middle", "UPDATE outbox SET canonical = zeroblob(30) WHERE position = 20", 1, 1},
      {"three facts", "UPDATE outbox SET canonical = zeroblob(30) WHERE position IN (15, 16, 25)", 3, 3},
      {"the first queued", "UPDATE outbox SET canonical = zeroblob(9) WHERE position = 8", 1, 1},
      {"the last", "UPDATE outbox SET canonical = zeroblob(9) WHERE position = 31", 1, 1},
      {"a fact that is gone", "DELETE FROM outbox WHERE position = 20", 1, 1},
      {"many that are gone", "DELETE FROM outbox WHERE position BETWEEN 12 AND 18", 1, 7},
      {"only a link", "UPDATE outbox SET chain = zeroblob(32) WHERE position = 20", 0, 0},
      {"the last link", "UPDATE outbox SET chain = zeroblob(32) WHERE position = 31", 0, 0},
      {"two facts that changed places",
       "UPDATE outbox SET position = -1 WHERE position = 20; UPDATE outbox SET position = 20 WHERE position = 22;"
       "UPDATE outbox SET position = 22 WHERE position = -1",
       2, 2},
      {"a fact whose key changed", "UPDATE outbox SET position = 7 WHERE position = 8", 0, 0},
      {"a batch of the ring", "UPDATE ring SET batch = zeroblob(50)", 1, 6},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const Fixture f{10, 2};
    f.sql(row.sql);
    auto journal = f.open();
    const auto sent = send_all(*journal, f.hub);
    CHECK(within(sent.facts, f.whole.facts));
    CHECK(sent.unreadable == 0);
    CHECK(f.whole.facts.size() - sent.facts.size() == row.lost);
    CHECK(journal->health()->quarantined == row.quarantined);
    REQUIRE(tests::commit_one(*journal, visit(500)));
    journal.reset();
    journal = f.open(3);
    CHECK(send_all(*journal, f.hub).facts.size() == sent.facts.size() + 3);
    tests::acknowledge_all(*journal, 4);
    CHECK(journal->health()->damaged.empty());
  }
}

TEST_CASE("a payload that changed is left out, its fact goes") {
  const Fixture f{3, 0};
  f.sql("UPDATE payloads SET box = zeroblob(80) WHERE position = 5");
  auto journal = f.open();
  const auto sent = send_all(*journal, f.hub);
  CHECK(sent.facts == f.whole.facts);
  CHECK(sent.payloads.size() == 2);
}

TEST_CASE("facts behind the damage that the hub has had already are not sent again") {
  for (const std::uint64_t hub_has : {0, 10, 19, 20, 25, 31, 40}) {
    CAPTURE(hub_has);
    const Fixture f{10, 2};
    f.sql("UPDATE outbox SET canonical = zeroblob(30) WHERE position = 20");
    auto journal = f.open();
    const auto epoch = journal->outbox()->epoch;
    REQUIRE(journal->quarantine_damage(epoch, {hub_has}));
    const auto marks = *journal->epochs();
    const auto reissued = marks.back().head.value - 1;
    CHECK(reissued == (hub_has < 20 ? 11 : hub_has < 31 ? 31 - hub_has : 0));
    CHECK(marks.front().head.value == (hub_has < 20 ? 19 : std::min<std::uint64_t>(hub_has, 31)));
    CHECK(*journal->quarantine_damage(epoch, {hub_has}) == 0);
    CHECK(journal->epochs()->size() == marks.size());
    tests::acknowledge_all(*journal, 4);
    CHECK(journal->outbox()->queued == 0);
  }
}

TEST_CASE("a file that is no database is set aside, and the terminal begins again") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  const auto garbage = base::view_of(std::string_view{"no database at all, and longer than a header would be"});
  REQUIRE(base::write_file(options.path, garbage));
  auto looking = options;
  looking.repair = false;
  base::SeededRng rng{3};
  CHECK(store::Journal::open(looking, clock, rng).error().code == base::Code::store_corrupt);

  auto journal = tests::open_journal(options, clock, 1);
  const auto entries = *journal->entries(10, false);
  CHECK(std::get<model::EpochBegun>(entries.front().fact.body).reason == model::EpochReason::journal_lost);
  const auto health = *journal->health();
  CHECK(health.salvaged == std::optional<std::uint64_t>{0});
  CHECK(health.set_aside == std::vector<std::string>{"journal.db.damaged-1"});
  CHECK(std::ranges::equal(*base::read_file(folder / "journal.db.damaged-1", 1U << 20), garbage));
  // Balances of a replica that knows the positions of the lost file must not cover new facts.
  const auto epoch = journal->outbox()->live_epoch;
  CHECK(*journal->position_of(epoch, {1}) > 1'000'000);
  REQUIRE(tests::commit_one(*journal, visit(1)));
  journal.reset();
  journal = tests::open_journal(options, clock, 3);
  CHECK(journal->outbox()->live_epoch == epoch);
  CHECK_FALSE(journal->health()->salvaged);
  CHECK(journal->health()->set_aside.size() == 1);
  journal.reset();
  REQUIRE(base::write_file(options.path, garbage));
  CHECK(tests::open_journal(options, clock, 4)->health()->set_aside.size() == 2);
}

TEST_CASE("damaged files that were set aside go when the last of them is older than what the ring keeps") {
  const tests::TempDir folder;
  tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  const auto garbage = base::view_of(std::string_view{"no database at all, and longer than a header would be"});
  constexpr std::int64_t day_ms = 86'400'000;
  std::unique_ptr<store::Journal> journal;
  std::uint64_t number = 0;
  std::int64_t today = 99;
  const auto hear_on_day = [&](std::int64_t day) {
    clock.advance_ms((day - std::exchange(today, day)) * day_ms);
    REQUIRE(tests::commit_one(*journal, visit(++number)));
    tests::acknowledge_all(*journal, 1'000, day * day_ms);
    return journal->health()->set_aside.size();
  };
  REQUIRE(base::write_file(options.path, garbage));
  journal = tests::open_journal(options, clock, 1);
  CHECK(hear_on_day(100) == 1);
  CHECK(hear_on_day(130) == 1);
  journal.reset();
  REQUIRE(base::write_file(options.path, garbage));
  REQUIRE(base::write_file(folder / "journal.db-wal", garbage));
  journal = tests::open_journal(options, clock, 2);
  CHECK(hear_on_day(131) == 2);
  journal.reset();
  journal = tests::open_journal(options, clock, 3);
  CHECK(hear_on_day(165) == 2);
  CHECK(hear_on_day(167) == 0);
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    CHECK(entry.path().filename().string().find("damaged") == std::string::npos);
  }
  // One that comes later has its own time.
  journal.reset();
  REQUIRE(base::write_file(options.path, garbage));
  journal = tests::open_journal(options, clock, 4);
  CHECK(hear_on_day(168) == 1);
  CHECK(hear_on_day(203) == 1);
  CHECK(hear_on_day(204) == 0);
}

TEST_CASE("a power cut anywhere in a salvage only repeats it") {
  const Fixture f{20, 5};
  const auto pages = f.size() / 4'096;
  f.overwrite((pages - 2) * 4'096, base::Bytes(4'096, 0xA5));
  const auto original = f.disk.image();
  std::size_t sent = 0;
  std::uint64_t after = 0;
  for (;; after += 3) {
    CAPTURE(after);
    f.disk.restore(*original);
    f.disk.fail_after(after, tests::FaultKind::power_cut);
    base::SeededRng rng{after};
    static_cast<void>(store::Journal::open(f.options, f.clock, rng));
    const bool whole_run = f.disk.powered();
    if (!whole_run) f.disk.power_on();
    f.disk.heal();
    auto journal = f.open(after + 1);
    const auto facts = send_all(*journal, f.hub).facts;
    REQUIRE(within(facts, f.whole.facts));
    if (after == 0) sent = facts.size();
    CHECK(facts.size() == sent);
    CHECK(journal->health()->set_aside.size() == 1);
    REQUIRE(tests::commit_one(*journal, visit(1'000)));
    if (whole_run) break;
  }
  CHECK(after > 30);
}

TEST_CASE("a whole page of garbage costs what stood on it and no more") {
  const Fixture f{200, 0};
  const auto original = f.disk.image();
  const auto pages = f.size() / 4'096;
  std::uint64_t lost = 0;
  std::uint64_t opened = 0;
  for (std::uint64_t page = 0; page < pages; ++page) {
    CAPTURE(page);
    f.disk.restore(*original);
    f.overwrite(page * 4'096, base::Bytes(4'096, 0xA5));
    base::SeededRng rng{page};
    auto journal = store::Journal::open(f.options, f.clock, rng);
    REQUIRE(journal);
    ++opened;
    const auto sent = send_all(**journal, f.hub);
    REQUIRE(within(sent.facts, f.whole.facts));
    lost += f.whole.facts.size() - sent.facts.size();
    // No page holds more than fifty facts, and those of the schema hold none: it is known without them.
    CHECK(f.whole.facts.size() - sent.facts.size() <= 50);
    REQUIRE(tests::commit_one(**journal, visit(1'000)));
  }
  std::cout << "pages of garbage " << opened << ", facts lost a page "
            << static_cast<double>(lost) / static_cast<double>(opened) << " of " << f.whole.facts.size() << std::endl;
}

TEST_CASE("what a person has looked at is kept and named no more, and the next damage is") {
  const Fixture f{10, 2};
  f.sql("UPDATE outbox SET canonical = zeroblob(30) WHERE position = 20; DELETE FROM outbox WHERE position = 26");
  auto journal = f.open();
  send_all(*journal, f.hub);
  REQUIRE(journal->health()->quarantined == 2);
  const auto epoch = journal->epochs()->front().epoch;
  const auto kept = *journal->quarantine();
  REQUIRE(kept.size() == 2);
  const auto changed = std::ranges::find(kept, "fact", &store::QuarantinedRow::kind);
  REQUIRE(changed != kept.end());
  CHECK(changed->epoch == epoch);
  CHECK(changed->seq == base::Seq{20});
  CHECK(changed->content == base::Bytes(30));
  CHECK_FALSE(changed->closed);
  const auto missing = std::ranges::find(kept, "missing", &store::QuarantinedRow::kind);
  REQUIRE(missing != kept.end());
  CHECK(missing->seq == base::Seq{26});
  CHECK(base::text_of(missing->content) == "1");

  REQUIRE(journal->close_quarantine());
  CHECK(journal->health()->healthy());
  journal.reset();
  journal = f.open(3);
  CHECK(journal->health()->healthy());
  CHECK(std::ranges::all_of(*journal->quarantine(), &store::QuarantinedRow::closed));
  CHECK(journal->quarantine()->size() == 2);

  REQUIRE(tests::commit_one(*journal, visit(700)));
  const auto live = journal->outbox()->live_epoch;
  const auto last = *journal->position_of(live, journal->outbox()->live_head);
  journal.reset();
  f.sql("UPDATE outbox SET canonical = zeroblob(30) WHERE position = " + std::to_string(last));
  journal = f.open(4);
  send_all(*journal, f.hub);
  CHECK(journal->health()->quarantined == 1);
  CHECK_FALSE(journal->health()->healthy());
  CHECK(journal->quarantine()->size() == 3);
}

TEST_CASE("files set aside are named until a person has looked, and new ones after that") {
  const tests::TempDir folder;
  const tests::ManualClock clock;
  const auto options = tests::journal_options(folder / "journal.db");
  const auto garbage = base::view_of(std::string_view{"no database at all, and longer than a header would be"});
  const auto aside_after_damage = [&](std::uint64_t seed) {
    REQUIRE(base::write_file(options.path, garbage));
    auto journal = tests::open_journal(options, clock, seed);
    auto names = journal->health()->set_aside;
    REQUIRE(journal->close_quarantine());
    CHECK(journal->health()->set_aside.empty());
    return names;
  };
  CHECK(aside_after_damage(1) == std::vector<std::string>{"journal.db.damaged-1"});
  // A new file knows nothing of what somebody looked at in the one before.
  CHECK(aside_after_damage(2).size() == 2);
  CHECK(std::filesystem::exists(folder / "journal.db.damaged-1"));
}
