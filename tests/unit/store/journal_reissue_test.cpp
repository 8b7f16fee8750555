// SPDX-License-Identifier: Apache-2.0
// Facts that go on in a new epoch: after a fork, after damage, and when a restored hub lacks what is no longer kept.
#include "sync/crypto/hash.h"
#include "sync/sqlite/connection.h"
#include "tests/support/crash_vfs.h"
#include "tests/unit/store/journal_fixture.h"

#include <map>
#include <set>

using namespace millpond;

namespace {

constexpr std::size_t salt_bytes = 32;

base::Hash cause_of(std::uint64_t number) {
  base::Hash cause{};
  cause[0] = static_cast<std::uint8_t>(number);
  cause[1] = static_cast<std::uint8_t>(number >> 8U);
  return cause;
}

// A visit: a new member with a sealed payload, a sale that earns, a coupon of it, an older coupon spent, a slip.
// Six facts: enrolled, sale, points, issued, redeemed, print finished.
store::Action visit(std::uint64_t number) {
  return [number](store::Transaction& t) -> base::Result<> {
    const base::MemberId member{1'000 + number};
    const base::Bytes salt(salt_bytes, 7);
    const base::Bytes box(80, static_cast<std::uint8_t>(number));
    model::MemberEnrolled enrolled;
    enrolled.member = member;
    enrolled.store = {12};
    enrolled.payload_hash = crypto::blake2b(salt, box);
    MILLPOND_TRY_DO(t.append(enrolled, 5, 0, 0, salt, box));
    MILLPOND_TRY_DO(t.put_phone(base::view_of("phone-key-" + std::to_string(100'000 + number)), member));
    model::SaleRecorded sale;
    sale.key = tests::sale_key(number);
    sale.member = member;
    sale.currency = *base::parse_currency("CNY");
    sale.total_minor = sale.eligible_minor = 1'000;
    MILLPOND_TRY(const auto seq, t.append(sale, 5, 0, 0));
    MILLPOND_TRY_DO(t.append(model::PointsEarned{member, seq, 10, 1'000}, 5, 0, 0));
    model::CouponIssued issued;
    issued.coupon = {5'000 + number};
    issued.member = member;
    issued.cause = cause_of(number);
    issued.sale = seq;
    issued.expires = {30'000};
    MILLPOND_TRY_DO(t.append(issued, 5, 0, 0));
    MILLPOND_TRY_DO(t.append(model::CouponRedeemed{{5'000 + number - 1}, member, {}, seq, 100}, 5, 0, 0));
    MILLPOND_TRY_DO(t.put_print_intent({seq, 1, "en", {1, 2}, store::PrintState::queued}));
    MILLPOND_TRY_DO(t.append(model::PrintFinished{seq, model::PrintOutcome::sent}, 5, 0, 0));
    return t.put_sale({sale.key, cause_of(number), seq, {'o', 'k'}});
  };
}
constexpr std::uint64_t visit_facts = 6;

// What must be the same after a reissue, whatever the facts are called by then.
struct View {
  std::vector<std::pair<std::int32_t, std::int64_t>> facts;  // kind and a value of each but EpochBegun, in order
  std::map<std::uint64_t, std::int64_t> points;
  std::set<std::uint64_t> phones;
  std::map<std::uint64_t, bool> spent;
  std::size_t prints{};
  std::size_t payloads{};
  friend bool operator==(const View&, const View&) = default;
};

std::int64_t value_of(const model::FactBody& body) {
  if (const auto* sale = std::get_if<model::SaleRecorded>(&body)) return std::stoll(sale->key.transaction.substr(2));
  if (const auto* coupon = std::get_if<model::CouponIssued>(&body))
    return static_cast<std::int64_t>(coupon->coupon.value);
  if (const auto* coupon = std::get_if<model::CouponRedeemed>(&body)) {
    return static_cast<std::int64_t>(coupon->coupon.value);
  }
  return static_cast<std::int64_t>(model::member_of(body).value);
}

View view_of(store::Journal& journal, std::uint64_t visits) {
  View view;
  for (const auto& entry : *journal.entries(100'000, false)) {
    const auto kind = model::kind_of(entry.fact.body);
    if (kind == model::FactKind::epoch_begun) continue;
    view.facts.emplace_back(static_cast<std::int32_t>(kind), value_of(entry.fact.body));
  }
  for (std::uint64_t i = 0; i < visits; ++i) {
    view.points[i] = *tests::ask(journal, [&](auto& t) { return t.points_since({1'000 + i}, 0); });
    const auto key = "phone-key-" + std::to_string(100'000 + i);
    if (*tests::ask(journal, [&](auto& t) { return t.find_phone(base::view_of(key)); })) view.phones.insert(i);
    const auto coupon = *tests::ask(journal, [&](auto& t) { return t.find_coupon({5'000 + i}); });
    if (coupon && coupon->redeemed_in) view.spent[i] = true;
  }
  view.prints = journal.unfinished_prints()->size();
  for (const auto& mark : *journal.epochs()) {
    for (auto from = mark.kept_from; from && from <= mark.head;) {
      const auto batch = journal.read_batch(mark.epoch, from, 1'000, 1U << 20);
      REQUIRE(batch);
      for (const auto& row : batch->rows) view.payloads += row.payload.empty() ? 0 : 1;
      from.value += batch->rows.size();
    }
  }
  return view;
}

// Every fact that names a sale names one that is there, of the visit it belongs to; so do the projections.
void check_references(store::Journal& journal) {
  std::map<std::pair<base::Epoch, base::Seq>, std::int64_t> sales;
  const auto entries = *journal.entries(100'000, false);
  for (const auto& entry : entries) {
    if (std::holds_alternative<model::SaleRecorded>(entry.fact.body)) {
      sales[{entry.fact.stamp.epoch, entry.fact.stamp.seq}] = value_of(entry.fact.body);
    }
  }
  const auto number = [&](const model::Fact& fact, base::Epoch epoch, base::Seq sale) {
    const auto found = sales.find({epoch ? epoch : fact.stamp.epoch, sale});
    return found == sales.end() ? -1 : found->second;
  };
  for (const auto& [fact, chain, acked] : entries) {
    if (const auto* earned = std::get_if<model::PointsEarned>(&fact.body)) {
      CHECK(number(fact, earned->sale_epoch, earned->sale) == static_cast<std::int64_t>(earned->member.value) - 1'000);
    }
    if (const auto* issued = std::get_if<model::CouponIssued>(&fact.body)) {
      CHECK(number(fact, issued->sale_epoch, issued->sale) == static_cast<std::int64_t>(issued->coupon.value) - 5'000);
    }
    if (const auto* spent = std::get_if<model::CouponRedeemed>(&fact.body)) {
      CHECK(number(fact, spent->sale_epoch, spent->sale) == static_cast<std::int64_t>(spent->coupon.value) - 4'999);
    }
  }
  for (const auto& [place, value] : sales) {
    const auto stored =
        *tests::ask(journal, [&](auto& t) { return t.find_sale(tests::sale_key(static_cast<std::uint64_t>(value))); });
    REQUIRE(stored);
    CHECK(stored->epoch == place.first);
    CHECK(stored->seq == place.second);
  }
}

struct Fixture {
  tests::CrashDisk disk{"reissued", 1};  // in memory
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options("/journal.db", disk.vfs_name());
  std::unique_ptr<store::Journal> journal = tests::open_journal(options, clock);
  base::Epoch epoch = journal->outbox()->live_epoch;

  explicit Fixture(std::uint64_t visits) {
    for (std::uint64_t i = 0; i < visits; ++i) REQUIRE(tests::commit_one(*journal, visit(i)));
  }
  void acknowledge(std::uint64_t through) {
    while (journal->outbox()->acked.value < through) {
      const auto from = journal->outbox()->acked.value + 1;
      const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(7, through - from + 1));
      const auto batch = journal->read_batch(epoch, {from}, count, 1U << 20);
      REQUIRE(batch);
      REQUIRE(journal->acknowledge(epoch, {from + count - 1}, wire::encode(*batch), 1'700'000'000'000));
    }
  }
};

}  // namespace

TEST_CASE("a fork anywhere sends the rest again under a new epoch, and nothing else changes") {
  constexpr std::uint64_t visits = 4;
  const std::uint64_t head = 1 + visits * visit_facts;
  for (std::uint64_t acked = 0; acked <= head; acked += 5) {
    for (std::uint64_t common = 0; common <= head; ++common) {
      CAPTURE(acked, common);
      Fixture f{visits};
      f.acknowledge(acked);
      const auto before = view_of(*f.journal, visits);
      const auto live = f.journal->reissue(f.epoch, {common}, model::EpochReason::fork);
      REQUIRE(live);
      CHECK(*live != f.epoch);
      const auto marks = *f.journal->epochs();
      REQUIRE(marks.size() == 2);
      CHECK(marks[0].head == base::Seq{common});
      CHECK(marks[0].acked == base::Seq{std::min(common, acked)});
      // The epoch's own first fact is not reissued: what it said is said by the new one's.
      CHECK(marks[1].head.value == 1 + head - common - (common == 0 ? 1 : 0));
      CHECK(marks[1].acked == base::Seq{0});
      const auto first = *f.journal->read_batch(*live, {1}, 1, 1U << 20);
      CHECK(std::get<model::EpochBegun>(wire::decode_fact(first.rows.front().canonical)->body) ==
            model::EpochBegun{model::EpochReason::fork, f.epoch, {common}});
      auto after = view_of(*f.journal, visits);
      // Rights from before the fork may live on in the other copy.
      for (auto it = after.spent.begin(); it != after.spent.end(); ++it) CHECK(before.spent.contains(it->first));
      after.spent = before.spent;
      CHECK(after == before);
      check_references(*f.journal);
      tests::check_sound(*f.journal);
      CHECK(*f.journal->reissue(f.epoch, {common}, model::EpochReason::fork) == *live);
      CHECK(f.journal->epochs()->size() == 2);
    }
  }
}

TEST_CASE("work goes on after a fork: sales, retries, upload, another start") {
  Fixture f{3};
  f.acknowledge(9);
  const auto live = *f.journal->reissue(f.epoch, {6}, model::EpochReason::fork);
  REQUIRE(tests::commit_one(*f.journal, visit(3)));
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 2);
  CHECK(f.journal->outbox()->live_epoch == live);
  auto view = view_of(*f.journal, 4);
  CHECK(view.facts.size() == 4 * visit_facts);
  CHECK(view.payloads == 4);
  check_references(*f.journal);
  tests::acknowledge_all(*f.journal, 5, 1'700'000'000'000);
  CHECK(f.journal->outbox()->queued == 0);
  CHECK(view_of(*f.journal, 4) == view);
  tests::check_sound(*f.journal);
  REQUIRE(f.journal->rewind(live, {2}));
  CHECK(view_of(*f.journal, 4) == view);
  tests::check_sound(*f.journal);
}

TEST_CASE("several forks, also of an epoch that has ended, move each fact on") {
  Fixture f{4};
  const auto before = view_of(*f.journal, 4);
  const auto second = *f.journal->reissue(f.epoch, {12}, model::EpochReason::fork);
  const auto third = *f.journal->reissue(second, {5}, model::EpochReason::fork);
  const auto fourth = *f.journal->reissue(f.epoch, {8}, model::EpochReason::fork);
  CHECK(f.journal->epochs()->size() == 4);
  CHECK(f.journal->outbox()->live_epoch == fourth);
  auto after = view_of(*f.journal, 4);
  CHECK(after.points == before.points);
  CHECK(after.payloads == before.payloads);
  CHECK(after.facts.size() == before.facts.size());
  CHECK(third != fourth);
  tests::check_sound(*f.journal);
  tests::acknowledge_all(*f.journal, 4);
  tests::check_sound(*f.journal);
}

TEST_CASE("what a restored hub lacks and nobody keeps is not made up, the rest goes out again") {
  Fixture f{4};
  f.options.ring_bytes_max = 600;  // the last batch or two
  f.journal.reset();
  f.journal = tests::open_journal(f.options, f.clock, 2);
  f.acknowledge(21);
  const auto kept_from = f.journal->epochs()->front().kept_from;
  REQUIRE(kept_from.value > 4);
  CHECK(f.journal->rewind(f.epoch, {3}).error().code == base::Code::not_found);
  const auto live = *f.journal->reissue(f.epoch, {3}, model::EpochReason::ring_short);
  const auto marks = *f.journal->epochs();
  CHECK(marks[0].head == base::Seq{3});
  CHECK(marks[0].acked == base::Seq{3});
  CHECK(marks[1].head.value == 1 + 25 - (kept_from.value - 1));
  CHECK(f.journal->outbox()->epoch == live);
  tests::check_sound(*f.journal);
}

TEST_CASE("a slip that is on its way when its fact is reissued is still found") {
  Fixture f{2};
  const auto slips = *f.journal->unfinished_prints();
  REQUIRE(slips.size() == 2);
  REQUIRE(f.journal->reissue(f.epoch, {8}, model::EpochReason::fork));
  for (const auto& slip : slips) {
    REQUIRE(tests::commit_one(*f.journal, [&](store::Transaction& t) {
      return t.set_print_state(slip.of, store::PrintState::sent, slip.epoch);
    }));
  }
  CHECK(f.journal->unfinished_prints()->empty());
}

TEST_CASE("slips that a silent printer took are read no more, and go with the ring") {
  Fixture f{200};
  const auto count = [&](const char* sql) {
    f.journal.reset();
    std::int64_t rows = 0;
    {
      auto db = sqlite::Connection::open({.path = f.options.path, .vfs = f.options.vfs});
      REQUIRE(db);
      rows = (*db)->query_integer(sql)->value();
    }
    f.journal = tests::open_journal(f.options, f.clock, 9);
    return rows;
  };
  const auto slips = *f.journal->unfinished_prints();
  REQUIRE(slips.size() == 200);
  for (const auto& slip : slips) {
    REQUIRE(tests::commit_one(*f.journal, [&](store::Transaction& t) {
      return t.set_print_state(slip.of, store::PrintState::sent, slip.epoch);
    }));
  }
  CHECK(f.journal->unfinished_prints()->empty());
  constexpr std::int64_t day_ms = 86'400'000;
  tests::acknowledge_all(*f.journal, 50, 20'000 * day_ms);
  CHECK(count("SELECT count(*) FROM prints") == 200);
  f.clock.advance_ms(40 * day_ms);
  REQUIRE(tests::commit_one(*f.journal, tests::sale_action(5'000)));
  tests::acknowledge_all(*f.journal, 50, 20'040 * day_ms);
  CHECK(count("SELECT count(*) FROM prints") <= 1);
}

TEST_CASE("a fork of an epoch that is not ours, and positions past the end, say nothing") {
  Fixture f{1};
  CHECK(f.journal->reissue({12'345}, {0}, model::EpochReason::fork).error().code == base::Code::not_found);
  const auto live = *f.journal->reissue(f.epoch, {3}, model::EpochReason::fork);
  // The other copy has gone on in the old epoch: the hub's word about that must not cover our facts.
  CHECK(*f.journal->position_of(f.epoch, {500}) < *f.journal->position_of(live, {1}));
}

TEST_CASE("a power cut anywhere in a reissue leaves it undone or done") {
  const tests::ManualClock clock;
  int undone = 0;
  int done = 0;
  for (std::uint64_t after = 0; after < 120; ++after) {
    CAPTURE(after);
    tests::CrashDisk disk{"reissue", after};
    const auto options = tests::journal_options("/journal.db", disk.vfs_name());
    auto journal = tests::open_journal(options, clock);
    for (std::uint64_t i = 0; i < 3; ++i) REQUIRE(tests::commit_one(*journal, visit(i)));
    const auto epoch = journal->outbox()->live_epoch;
    const auto before = view_of(*journal, 3);
    disk.fail_after(after, tests::FaultKind::power_cut);
    const auto answer = journal->reissue(epoch, {9}, model::EpochReason::fork);
    journal.reset();
    if (disk.powered()) break;  // it needs no more operations than that
    disk.power_on();
    journal = tests::open_journal(options, clock, 2);
    const auto marks = *journal->epochs();
    if (answer) CHECK(marks.size() == 2);
    (marks.size() == 2 ? done : undone) += 1;
    tests::check_sound(*journal);
    REQUIRE(journal->reissue(epoch, {9}, model::EpochReason::fork));
    CHECK(journal->epochs()->size() == 2);
    auto now = view_of(*journal, 3);
    now.spent = before.spent;
    CHECK(now == before);
    check_references(*journal);
  }
  CHECK(undone > 0);
  CHECK(done > 0);
}
