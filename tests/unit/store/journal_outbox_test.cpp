// SPDX-License-Identifier: Apache-2.0
// Batches, acknowledgement, the sent ring and rewinding.
#include "sync/sqlite/connection.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;

namespace {

constexpr std::int64_t day_ms = 86'400'000;

struct Fixture {
  tests::TempDir folder;
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options(folder / "journal.db");
  std::unique_ptr<store::Journal> journal;
  base::Epoch epoch;

  explicit Fixture(std::uint64_t sales) : journal{tests::open_journal(options, clock)} {
    std::vector<store::Action> actions;
    for (std::uint64_t i = 0; i < sales; ++i) actions.push_back(tests::sale_action(i));
    for (const auto& result : journal->commit(actions)) REQUIRE(result);
    epoch = journal->outbox()->live_epoch;
  }
  wire::UpRequest batch(std::uint64_t from, std::uint32_t events = 10'000, std::size_t bytes = 1U << 24) {
    auto read = journal->read_batch(epoch, {from}, events, bytes);
    INFO((read ? std::string{} : base::describe(read.error())));
    REQUIRE(read);
    return std::move(*read);
  }
  std::vector<base::Bytes> all_facts() {
    std::vector<base::Bytes> facts;
    const auto entries = journal->entries(100'000, false);
    REQUIRE(entries);
    for (const auto& entry : *entries) facts.push_back(*wire::encode_fact(entry.fact));
    return facts;
  }
};

bool joins(const wire::UpRequest& batch) {
  auto chain = batch.chain_before;
  for (const auto& row : batch.rows) chain = wire::chain_next(chain, row.canonical);
  return chain == batch.chain_head;
}

}  // namespace

TEST_CASE("batches are contiguous, bounded and chained") {
  Fixture f{50};  // 101 facts
  auto from = std::uint64_t{1};
  auto before = wire::chain_start(f.options.owner.brand, {7}, f.epoch);
  while (from <= 101) {
    const auto batch = f.batch(from, 30);
    CHECK(batch.first_seq.value == from);
    CHECK(batch.rows.size() <= 30);
    CHECK(batch.chain_before == before);
    CHECK(joins(batch));
    before = batch.chain_head;
    from += batch.rows.size();
  }
  CHECK(from == 102);
  CHECK(f.batch(1, 10'000, 1).rows.size() == 1);  // one fact goes whatever its size
  CHECK(f.batch(1, 10'000, 1'000).rows.size() < 20);
  CHECK(f.journal->read_batch(f.epoch, {102}, 10, 1'000).error().code == base::Code::not_found);
  CHECK(f.journal->read_batch({1}, {1}, 10, 1'000).error().code == base::Code::not_found);
}

TEST_CASE("acknowledged rows leave the queue, and repeating it changes nothing") {
  Fixture f{10};
  const auto facts = f.all_facts();
  const auto sent = wire::encode(f.batch(1, 8));
  REQUIRE(f.journal->acknowledge(f.epoch, {8}, sent, 0));
  REQUIRE(f.journal->acknowledge(f.epoch, {8}, sent, 0));
  REQUIRE(f.journal->acknowledge(f.epoch, {5}, sent, 0));
  auto status = *f.journal->outbox();
  CHECK(status.acked == base::Seq{8});
  CHECK(status.queued == 13);
  CHECK(f.batch(9).rows.size() == 13);
  CHECK(f.batch(3).rows.size() == 6);  // from the ring
  CHECK(joins(f.batch(3)));
  CHECK(f.all_facts() == facts);
  CHECK(f.journal->entries(100, true)->size() == 13);
  CHECK(f.journal->acknowledge(f.epoch, {22}, sent, 0).error().code == base::Code::bad_input);
  CHECK(f.journal->acknowledge({1}, {1}, sent, 0).error().code == base::Code::bad_input);
  tests::check_sound(*f.journal);
}

TEST_CASE("an acknowledgement keeps every fact whatever batch came with it") {
  struct Row {
    const char* what;
    std::uint64_t sent_first;
    std::uint32_t sent_count;
    std::uint64_t through;
  };
  for (const auto& row : {Row{"the hub took less", 1, 10, 6}, Row{"the hub knew more", 1, 4, 15},
                          Row{"exactly", 1, 9, 9}, Row{"another range", 5, 3, 12}, Row{"no batch at all", 0, 0, 7}}) {
    CAPTURE(row.what);
    Fixture f{10};
    const auto facts = f.all_facts();
    const auto sent = row.sent_count == 0 ? base::Bytes{} : wire::encode(f.batch(row.sent_first, row.sent_count));
    REQUIRE(f.journal->acknowledge(f.epoch, {row.through}, sent, 0));
    CHECK(f.journal->outbox()->acked == base::Seq{row.through});
    CHECK(f.all_facts() == facts);
    REQUIRE(f.journal->rewind(f.epoch, {0}));
    CHECK(f.journal->outbox()->queued == 21);
    CHECK(f.all_facts() == facts);
    tests::check_sound(*f.journal);
  }
}

TEST_CASE("payloads come with their fact from the queue and from the ring") {
  Fixture f{1};
  const base::Bytes salt(16, 1);
  const base::Bytes box(80, 2);
  REQUIRE(tests::commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(t.append(model::MemberEnrolled{{5}, {12}, {}, {}, {}}, 5, 0, 0, salt, box));
    return {};
  }));
  const auto expect = [&](const wire::UpRequest& batch) {
    CHECK(batch.rows.back().payload == box);
    CHECK(batch.rows.back().payload_salt == salt);
    CHECK(batch.rows.front().payload.empty());
  };
  const auto sent = f.batch(1);
  expect(sent);
  REQUIRE(f.journal->acknowledge(f.epoch, {4}, wire::encode(sent), 0));
  expect(f.batch(1));
  REQUIRE(f.journal->rewind(f.epoch, {0}));
  expect(f.batch(1));
}

TEST_CASE("a restored hub is refilled from the ring") {
  for (const std::uint64_t hub_has : {0U, 1U, 7U, 20U, 24U, 40U}) {
    CAPTURE(hub_has);
    Fixture f{20};  // 41 facts
    const auto facts = f.all_facts();
    for (const std::uint64_t through : {10U, 25U, 40U}) {
      const auto first = f.journal->outbox()->acked.value + 1;
      const auto sent = f.batch(first, static_cast<std::uint32_t>(through - first + 1));
      REQUIRE(f.journal->acknowledge(f.epoch, {through}, wire::encode(sent), 0));
    }
    REQUIRE(f.journal->rewind(f.epoch, {hub_has}));
    const auto status = *f.journal->outbox();
    CHECK(status.acked == base::Seq{hub_has});
    CHECK(status.queued == 41 - hub_has);
    CHECK(f.all_facts() == facts);
    tests::check_sound(*f.journal);
    f.journal.reset();
    f.journal = tests::open_journal(f.options, f.clock, 2);
    CHECK(f.journal->outbox()->acked == base::Seq{hub_has});
    const auto batch = f.batch(hub_has + 1);
    CHECK(batch.rows.size() == 41 - hub_has);
    CHECK(joins(batch));
    REQUIRE(tests::commit_one(*f.journal, tests::sale_action(1'000)));
    tests::acknowledge_all(*f.journal, 6);
    CHECK(f.journal->outbox()->queued == 0);
    tests::check_sound(*f.journal);
  }
}

TEST_CASE("the ring and what belongs to it go after the retention in hub time, and a rewind says what is gone") {
  constexpr std::int64_t begin = 1'700'000'000'000;
  struct Row {
    const char* what;
    std::int64_t first_ms;  // hub time of the answers
    std::int64_t second_ms;
    std::int64_t clock_ms;  // how far both clocks of the machine go meanwhile
    bool gone;
  };
  const auto retention = store::JournalOptions{}.retention_ms;
  const std::vector<Row> rows{
      {"the hub says that the retention is over", begin, begin + retention + 1, retention + 1, true},
      {"a machine that was off through the retention hears of it once", begin, begin + retention + 1,
       retention / 24 + 1, false},
      {"a hub has got a wrong year while the shop was shut from Saturday to Monday", begin,
       begin + 10 * 365 * 86'400'000LL, 36 * 3'600'000LL, false},
      {"the hub's clock jumps ten years ahead", begin, begin + 10 * 365 * 86'400'000LL, 3'600'000, false},
      {"the machine's clock runs ten years ahead", begin, begin + 1'000, 10 * 365 * 86'400'000LL, false},
      {"the hub's clock goes back", begin, begin - retention - 1, 0, false},
      {"no answer ever had a time", 0, 0, 2 * retention, false},
      {"time is heard late, and counts from then", 0, begin, 0, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Fixture f{5};  // 11 facts
    REQUIRE(f.journal->acknowledge(f.epoch, {11}, wire::encode(f.batch(1)), row.first_ms));
    f.clock.advance_ms(row.clock_ms);
    REQUIRE(tests::commit_one(*f.journal, tests::sale_action(100)));
    REQUIRE(f.journal->acknowledge(f.epoch, {13}, wire::encode(f.batch(12)), row.second_ms));
    CHECK(tests::has_sale(*f.journal, 1) != row.gone);
    CHECK(tests::has_sale(*f.journal, 100));
    CHECK(f.journal->entries(100, false)->size() == (row.gone ? 2 : 13));
    CHECK(f.journal->epochs()->front().kept_from == base::Seq{row.gone ? 12U : 1U});
    CHECK_FALSE(f.journal->health()->ring_cut_through);
    tests::check_sound(*f.journal);
    if (!row.gone) continue;
    CHECK(f.journal->rewind(f.epoch, {3}).error().code == base::Code::not_found);
    CHECK(f.journal->outbox()->acked == base::Seq{11});
    CHECK(f.journal->outbox()->queued == 2);
    CHECK(f.journal->read_batch(f.epoch, {3}, 10, 1'000).error().code == base::Code::not_found);
  }
}

TEST_CASE("a machine that was off through the retention knows it after a day and a half of words, and no sooner") {
  constexpr std::int64_t begin = 1'700'000'000'000;
  constexpr std::int64_t pause = 600'000;
  Fixture f{1};
  tests::acknowledge_all(*f.journal, 50, begin);
  const auto retention = f.options.retention_ms;
  auto words = std::int64_t{};
  for (; tests::has_sale(*f.journal, 0) && words < 300; ++words) {
    f.clock.advance_ms(pause);
    REQUIRE(tests::commit_one(*f.journal, tests::sale_action(100 + static_cast<std::uint64_t>(words))));
    tests::acknowledge_all(*f.journal, 50, begin + retention + day_ms + words * pause);
  }
  CHECK(words == retention / (24 * pause) + 1);
}

// A line that was first heard while the hub was in a wrong year: no right word reaches that age, and nothing would ever
// be old again.
TEST_CASE("words that stay behind the age for a day of hearing them are believed, others are not") {
  constexpr std::int64_t begin = 1'800'000'000'000;  // a program knows that it is not before 2026
  constexpr std::int64_t pause = 600'000;
  Fixture f{1};
  tests::acknowledge_all(*f.journal, 50, begin + 3'650 * day_ms);
  auto number = std::uint64_t{100};
  const auto say = [&](std::int64_t after_ms, std::int64_t hub_ms) {
    f.clock.advance_ms(after_ms);
    REQUIRE(tests::commit_one(*f.journal, tests::sale_action(++number)));
    tests::acknowledge_all(*f.journal, 50, hub_ms);
  };
  for (int i = 0; i < 100; ++i) say(pause, begin + i * pause);
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 4);
  for (int i = 100; i < 143; ++i) say(pause, begin + i * pause);
  say(40 * day_ms, begin + 40 * day_ms);  // still of the wrong age, so that nothing goes
  CHECK(tests::has_sale(*f.journal, 0));
  say(40 * day_ms, begin + 80 * day_ms);
  CHECK_FALSE(tests::has_sale(*f.journal, 0));
  CHECK(tests::has_sale(*f.journal, number));
  tests::check_sound(*f.journal);
}

TEST_CASE("a hub that spends days in a wrong year makes nothing old, and what it stamped then is stamped anew") {
  constexpr std::int64_t begin = 1'700'000'000'000;
  constexpr std::int64_t day = 86'400'000;
  constexpr std::int64_t hour = 3'600'000;
  struct Row {
    const char* what;
    std::int64_t off_ms;         // of the hub's word, for as long as it is wrong
    std::int64_t wrong_for_ms;   // on the machine's monotonic clock
    std::int64_t goes_after_ms;  // of right time after that: from when the first batch may be gone
  };
  for (const auto& row :
       {Row{"an hour in 2033", 3'650 * day, hour, 34 * day}, Row{"a day in 2033", 3'650 * day, day, 33 * day},
        Row{"a day in 2013", -3'650 * day, day, 34 * day}}) {
    CAPTURE(row.what);
    Fixture f{1};
    const auto say = [&](std::uint64_t number, std::int64_t after_ms, std::int64_t hub_ms) {
      f.clock.advance_ms(after_ms);
      REQUIRE(tests::commit_one(*f.journal, tests::sale_action(number)));
      tests::acknowledge_all(*f.journal, 50, hub_ms);
    };
    auto now = begin;
    tests::acknowledge_all(*f.journal, 50, now);
    for (int part = 0; part < 4; ++part) {
      now += row.wrong_for_ms / 4;
      say(100 + static_cast<std::uint64_t>(part), row.wrong_for_ms / 4, now + row.off_ms);
      CHECK(tests::has_sale(*f.journal, 0));
    }
    f.journal.reset();  // the program restarts, and the hub's clock is put right
    f.journal = tests::open_journal(f.options, f.clock, 4);
    auto right = std::int64_t{};
    std::uint64_t number = 200;
    while (tests::has_sale(*f.journal, 0)) {
      REQUIRE(right < 36 * day);
      right += 6 * hour;
      now += 6 * hour;
      say(++number, 6 * hour, now);
    }
    CHECK(right >= row.goes_after_ms);
    // What was acknowledged while the word was wrong goes too, a retention after it and not in 2033.
    for (int i = 0; i < 4 * 36 && tests::has_sale(*f.journal, 103); ++i) {
      now += 6 * hour;
      say(++number, 6 * hour, now);
    }
    CHECK_FALSE(tests::has_sale(*f.journal, 103));
    CHECK(tests::has_sale(*f.journal, number));
    tests::check_sound(*f.journal);
  }
}

TEST_CASE("a ring that is too large is cut at its old end, and says so until the retention is over") {
  Fixture f{0};
  f.options.ring_bytes_max = 5'000;
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 2);
  constexpr std::int64_t begin = 1'700'000'000'000;
  for (std::uint64_t i = 0; i < 400; ++i) REQUIRE(tests::commit_one(*f.journal, tests::sale_action(i)));
  tests::acknowledge_all(*f.journal, 50, begin);
  auto health = *f.journal->health();
  CHECK(health.ring_bytes <= f.options.ring_bytes_max);
  CHECK(health.ring_bytes > 0);
  REQUIRE(health.ring_cut_through);
  CHECK(health.ring_cut_epoch == f.epoch);
  CHECK(f.journal->epochs()->front().kept_from == base::Seq{health.ring_cut_through.value + 1});
  CHECK_FALSE(health.healthy());
  tests::check_sound(*f.journal);
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 3);
  const auto again = *f.journal->health();
  CHECK(again.ring_cut_through == health.ring_cut_through);
  CHECK(again.ring_bytes == health.ring_bytes);
  REQUIRE(tests::commit_one(*f.journal, tests::sale_action(1'000)));
  f.clock.advance_ms(f.options.retention_ms);
  tests::acknowledge_all(*f.journal, 50, begin + f.options.retention_ms);
  CHECK_FALSE(f.journal->health()->ring_cut_through);
}

TEST_CASE("refused sales that wait for a person are bounded by number and by the hub's time") {
  Fixture f{1};
  const auto count = [&] {
    f.journal.reset();
    std::int64_t rows = 0;
    {
      auto db = sqlite::Connection::open({.path = f.options.path});
      REQUIRE(db);
      rows = (*db)->query_integer("SELECT count(*) FROM reviews")->value();
    }
    f.journal = tests::open_journal(f.options, f.clock, 9);
    return rows;
  };
  for (int group = 0; group < 11; ++group) {
    REQUIRE(tests::commit_one(*f.journal, [](store::Transaction& t) -> base::Result<> {
      for (int i = 0; i < 100; ++i) MILLPOND_TRY_DO(t.put_review("sale_changed", base::Bytes(10), 5));
      return {};
    }));
  }
  CHECK(count() == 1'000);
  constexpr std::int64_t begin = 1'700'000'000'000;
  tests::acknowledge_all(*f.journal, 50, begin);
  CHECK(count() == 1'000);
  REQUIRE(tests::commit_one(*f.journal, tests::sale_action(1'000)));
  f.clock.advance_ms(f.options.retention_ms + 86'400'001);
  tests::acknowledge_all(*f.journal, 50, begin + f.options.retention_ms + 86'400'001);
  CHECK(count() == 0);
}

TEST_CASE("a file stays small however many facts pass through it") {
  Fixture f{0};
  f.options.retention_ms = 0;
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 2);
  std::uint64_t peak = 0;
  std::uint64_t number = 0;
  std::int64_t hub_ms = 1'700'000'000'000;
  for (int round = 0; round < 10; ++round) {
    std::vector<store::Action> actions;
    for (int i = 0; i < 1'000; ++i) actions.push_back(tests::sale_action(number++));
    for (const auto& result : f.journal->commit(actions)) REQUIRE(result);
    peak = std::max<std::uint64_t>(peak, std::filesystem::file_size(f.options.path));
    hub_ms += 1'000;
    f.clock.advance_ms(1'000);
    tests::acknowledge_all(*f.journal, 1'000, hub_ms);
    const auto status = *f.journal->outbox();
    REQUIRE(f.journal->prune_deltas(*f.journal->position_of(status.live_epoch, status.live_head)));
  }
  CHECK(f.journal->outbox()->live_head.value > 20'000);
  REQUIRE(tests::commit_one(*f.journal, tests::sale_action(number)));
  f.clock.advance_ms(1'000);
  tests::acknowledge_all(*f.journal, 1'000, hub_ms + 1'000);
  const auto left = std::filesystem::file_size(f.options.path);
  WARN("20,000 facts: file at most " << peak << " bytes, " << left << " when drained");
  CHECK(left < 400'000);
}

// More pages than one step gives back are free at once, and nothing else happens for hours.
TEST_CASE("a file is small again once the hub's word includes a long time without a line") {
  Fixture f{0};
  constexpr int facts = 230'000;
  std::vector<store::Action> actions;
  for (int i = 0; i < facts; i += 1'000) {
    actions.emplace_back([&](store::Transaction& t) -> base::Result<> {
      for (int each = 0; each < 1'000; ++each) {
        MILLPOND_TRY_DO(t.append(model::PointsEarned{{77}, {}, 10, 1'000}, 5, 0, 0));
      }
      return {};
    });
  }
  for (const auto& result : f.journal->commit(actions)) REQUIRE(result);
  tests::acknowledge_all(*f.journal, 10'000);
  const auto status = *f.journal->outbox();
  REQUIRE(f.journal->prune_deltas(*f.journal->position_of(status.live_epoch, status.live_head)));
  f.journal.reset();
  const auto file = sqlite::Connection::open({.path = f.options.path});
  REQUIRE(file);
  CHECK((*file)->query_integer("SELECT count(*) FROM deltas")->value() == 0);
  CHECK((*file)->query_integer("PRAGMA freelist_count")->value() == 0);
}
