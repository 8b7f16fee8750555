// SPDX-License-Identifier: Apache-2.0
// What a terminal forgets that does not hear its hub, or hears that somebody was erased, and which app cards it
// believes no more.
#include "sync/base/file.h"
#include "sync/wire/app_card_rows.h"
#include "tests/unit/client/executor_bench.h"

#include <algorithm>

using namespace millpond;
using Bench = tests::ExecutorBench;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr base::MemberId member{7};

void hear(Bench& bench, std::uint64_t hub_seq, std::vector<wire::DownRow> rows) {
  const auto asked = bench.ask();
  auto page = bench.page(hub_seq);
  page.rows = std::move(rows);
  static_cast<void>(bench.answer(asked, 200, wire::encode(page)));
}

wire::DownRow profile_row() {
  wire::DownRow row;
  row.kind = static_cast<std::uint8_t>(wire::RowKind::profile);
  base::append_big_endian(row.key, member.value, 8);
  row.body = wire::encode(wire::ProfileRow{member, "138****8000"});
  return row;
}

wire::DownRow cards_row(const wire::AppCards& cards, base::MemberId key_of) {
  wire::DownRow row;
  row.kind = static_cast<std::uint8_t>(wire::RowKind::app_cards);
  row.key = wire::app_cards_key(key_of);
  row.body = wire::encode(cards);
  return row;
}

base::Bytes drawn(std::uint8_t seed, std::size_t size) {
  base::Bytes bytes;
  while (bytes.size() < size) base::append(bytes, crypto::blake2b(base::Bytes{seed, std::uint8_t(bytes.size())}));
  bytes.resize(size);
  return bytes;
}

const base::Bytes lookup = drawn(1, 16);
const base::Bytes box = drawn(2, 80);

wire::DownRow phone_row() {
  wire::DownRow row;
  row.kind = static_cast<std::uint8_t>(wire::RowKind::phone);
  row.key = lookup;
  base::append_big_endian(row.body, member.value, 8);
  return row;
}

wire::DownRow taken_back(wire::DownRow row) {
  row.deleted = true;
  row.body.clear();
  return row;
}

// As a till's enrolment does it. Returns the fact's number.
base::Seq enrol(Bench& bench, base::MemberId who = member, const base::Bytes& key = lookup) {
  base::Seq seq;
  const store::Action action = [&](store::Transaction& transaction) -> base::Result<> {
    const base::Bytes salt(16, 3);
    const model::MemberEnrolled fact{who, {1}, {}, {}, crypto::blake2b(salt, box)};
    MILLPOND_TRY(seq, transaction.append(fact, bench.clock.wall, 480, 1, salt, box));
    return transaction.put_phone(key, who);
  };
  REQUIRE(bench.journal->commit({&action, 1}).front());
  return seq;
}

void acknowledge(Bench& bench) {
  const auto status = bench.outbox();
  REQUIRE(bench.journal->acknowledge(status.epoch, status.head, {}, bench.clock.wall));
}

// What is here of the member, a word each.
std::string left(Bench& bench, base::Seq enrolled) {
  std::string words;
  const auto say = [&](bool there, const char* word) { words += there ? std::string{" "} + word : std::string{}; };
  say(bench.replica->find_profile(member).value().has_value(), "name");
  say(bench.replica->find_phone(lookup).value().has_value(), "phone");
  REQUIRE(bench.journal->read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto found, transaction.find_phone(lookup));
    say(found.has_value(), "own_phone");
    return {};
  }));
  const auto batch = bench.journal->read_batch(bench.outbox().epoch, enrolled, 1, 1U << 20);
  REQUIRE(batch);
  say(!batch->rows.front().payload.empty(), "payload");
  return words;
}

constexpr const char* everything = " name phone own_phone payload";

// Closes the files and reads every one beside them too, the logs.
std::string on_disk(Bench& bench) {
  bench.executor.reset();
  bench.journal.reset();
  bench.replica.reset();
  std::string words;
  const auto look_for = [&](base::ByteView wanted, const char* word) {
    for (const auto& entry : std::filesystem::directory_iterator{bench.folder.path()}) {
      const auto bytes = base::read_file(entry.path());
      REQUIRE(bytes);
      if (std::ranges::search(*bytes, wanted).begin() == bytes->end()) continue;
      words += std::string{" "} + word;
      return;
    }
  };
  look_for(lookup, "phone");
  look_for(base::ByteView{box}.first(24), "payload");
  look_for(base::ByteView{box}.last(24), "payload");
  look_for(base::view_of("138****8000"), "name");
  return words;
}

void pass(Bench& bench, std::int64_t ms) {
  bench.clock.wall += ms;
  bench.clock.monotonic += ms;
  bench.executor->tend_personal();
}

}  // namespace

TEST_CASE("personal data stays without the hub as long as the country lets it, and never above 30 days") {
  struct Row {
    std::optional<std::int64_t> days;  // of the country; nothing: nobody says
    std::int64_t kept_days;
  };
  for (const Row& row : {Row{std::nullopt, 30}, Row{30, 30}, Row{14, 14}, Row{1, 1}, Row{90, 30}}) {
    CAPTURE(row.days.value_or(-1));
    Bench bench;
    if (row.days) bench.executor->set_personal_kept([days = *row.days] { return days * day_ms; });
    const auto enrolled = enrol(bench);
    acknowledge(bench);
    hear(bench, 1, {profile_row(), phone_row()});
    pass(bench, row.kept_days * day_ms - 1);
    CHECK(left(bench, enrolled) == everything);
    pass(bench, 1);
    CHECK(left(bench, enrolled).empty());
    CHECK(on_disk(bench).empty());
  }
}

TEST_CASE("an enrolment that the hub does not have keeps its sealed phone and nothing else") {
  Bench bench;
  const auto enrolled = enrol(bench);
  hear(bench, 1, {profile_row(), phone_row()});
  pass(bench, 31 * day_ms);
  CHECK(left(bench, enrolled) == " payload");
  CHECK(bench.send().signed_request.http.body.size() > box.size());
  // Uploads may go on where pages are refused: within the hour it goes as well.
  acknowledge(bench);
  pass(bench, 3'600'000);
  CHECK(left(bench, enrolled).empty());
}

TEST_CASE("a terminal whose questions are refused for good forgets all the same") {
  for (const auto* reason : {"terminal_revoked", "unauthorized"}) {
    CAPTURE(reason);
    Bench bench;
    const auto enrolled = enrol(bench);
    acknowledge(bench);
    hear(bench, 1, {profile_row(), phone_row()});
    const auto refusal = bench.answer(bench.ask(), 403, tests::bytes_of(R"({"code":")" + std::string{reason} + "\"}"));
    CHECK(tests::code_in<engine::DownRefused>(refusal) == reason);
    for (int hour = 0; hour < 31 * 24; ++hour) pass(bench, 3'600'000);  // and nothing is ever asked
    CHECK(left(bench, enrolled).empty());
    CHECK(on_disk(bench).empty());
  }
}

TEST_CASE("a page with more behind it does not put off what is due to go") {
  Bench bench;
  const auto enrolled = enrol(bench);
  acknowledge(bench);
  hear(bench, 1, {profile_row(), phone_row()});
  pass(bench, 29 * day_ms);
  auto page = bench.page(2);
  page.more = true;
  static_cast<void>(bench.answer(bench.ask(), 200, wire::encode(page)));
  pass(bench, day_ms);
  CHECK(left(bench, enrolled).empty());
}

TEST_CASE("what stands beside a fact goes 30 days after the hub had it, however often the hub is heard") {
  Bench bench;
  const auto enrolled = enrol(bench);
  acknowledge(bench);
  for (std::uint64_t day = 0; day <= 30; ++day) {
    CAPTURE(day);
    hear(bench, day + 1, {profile_row(), phone_row()});
    pass(bench, 3'600'000);
    CHECK(left(bench, enrolled) == everything);
    pass(bench, day_ms - 3'600'000);
  }
  hear(bench, 40, {});
  pass(bench, 3'600'000);
  CHECK(left(bench, enrolled) == " name phone");
}

TEST_CASE("who was erased goes from journal and replica with the page that says so") {
  Bench bench;
  const auto enrolled = enrol(bench);
  const auto other = drawn(9, 16);
  enrol(bench, {8}, other);
  acknowledge(bench);
  hear(bench, 1, {profile_row(), phone_row(), Bench::member_row(7, 10), Bench::member_row(8, 10)});
  CHECK(left(bench, enrolled) == everything);
  for (std::uint64_t twice = 0; twice < 2; ++twice) {
    hear(bench, 2 + twice, {taken_back(phone_row()), taken_back(profile_row()), taken_back(Bench::member_row(7, 0))});
    CHECK(left(bench, enrolled).empty());
  }
  const auto status = bench.outbox();
  CHECK_FALSE(bench.journal->read_batch(status.epoch, {enrolled.value + 1}, 1, 1U << 20)->rows.front().payload.empty());
  REQUIRE(bench.journal->read([&](store::Transaction& transaction) -> base::Result<> {
    CHECK(transaction.find_phone(other).value() == base::MemberId{8});
    return {};
  }));
  REQUIRE(bench.journal->forget_members(std::vector{base::MemberId{8}}));  // who has the same box here
  CHECK(on_disk(bench).empty());
}

TEST_CASE("the cursor does not pass a tombstone that the journal did not take") {
  Bench bench;
  const auto enrolled = enrol(bench);
  acknowledge(bench);
  hear(bench, 1, {Bench::member_row(7, 10)});
  const auto before = bench.replica->cursor().value();
  // A reader of the same file is in the way of every commit.
  bench.executor.emplace(
      bench.hub.credentials(), *bench.time,
      [&](const std::function<void(store::Journal&)>& function) -> base::Result<> {
        static int asked = 0;
        if (++asked > 3) return base::Error{base::Code::disk_full, "ask journal", "no space"};
        function(*bench.journal);
        return {};
      },
      *bench.replica, bench.clock, bench.rng);
  const auto input = [&] {
    auto page = bench.page(2);
    page.rows = {taken_back(Bench::member_row(7, 0))};
    return bench.answer(bench.ask(), 200, wire::encode(page));
  };
  CHECK(tests::code_in<engine::DownFailed>(input()) == "disk_full");
  CHECK(bench.replica->cursor().value() == before);
  bench.open();
  static_cast<void>(input());
  CHECK(bench.replica->cursor().value() != before);
  CHECK(left(bench, enrolled).empty());
}

TEST_CASE("who is missing where rows came without tombstones was erased, unless the rows do not include their fact") {
  struct Row {
    bool included;
    bool has_row;
    const char* left;
  };
  for (const Row& row :
       {Row{true, false, ""}, Row{true, true, " own_phone payload"}, Row{false, false, " own_phone payload"}}) {
    CAPTURE(row.included, row.has_row);
    Bench bench;
    const auto enrolled = enrol(bench);
    acknowledge(bench);
    REQUIRE(bench.replica->restart(1));
    auto page = bench.page(5);
    page.rows = {Bench::member_row(8, 10)};
    if (row.has_row) page.rows.push_back(Bench::member_row(7, 10));
    page.checkpoint = tests::checkpoint_of(page.rows);
    page.includes_epoch = bench.outbox().epoch;
    page.includes_your_seq = {enrolled.value - (row.included ? 0U : 1U)};
    page.accepted = {{bench.outbox().epoch, enrolled}};
    static_cast<void>(bench.answer(bench.ask(), 200, wire::encode(page)));
    CHECK(bench.replica->complete().value());
    CHECK(left(bench, enrolled) == row.left);
  }
}

TEST_CASE("withdrawn app cards are kept in the journal, and an older word changes nothing") {
  Bench bench;
  const auto kept = [&]() -> std::optional<wire::AppCards> {
    const auto document = bench.journal->document(wire::app_cards_document(member)).value();
    if (!document) return std::nullopt;
    return wire::decode_app_cards(*document).value();
  };
  const wire::AppCards second{member, 2, 4, {}};
  hear(bench, 1, {cards_row({member, 1, 3, {crypto::PublicKey{5}}}, {8})});  // under another member's key
  CHECK_FALSE(kept());
  hear(bench, 2, {cards_row({member, 1, 3, {crypto::PublicKey{5}}}, member), cards_row(second, member)});
  CHECK(kept() == second);
  hear(bench, 3, {cards_row({member, 1, 3, {crypto::PublicKey{5}}}, member)});
  CHECK(kept() == second);
  bench.open();
  CHECK(kept() == second);

  // The hub tells of it no more: every card that it withdrew has ended.
  auto other = cards_row(second, {8});
  auto ended = cards_row(second, member);
  for (auto* const row : {&other, &ended}) {
    row->deleted = true;
    row->body.clear();
  }
  hear(bench, 4, {other});
  CHECK(kept() == second);
  hear(bench, 5, {ended});
  CHECK_FALSE(kept());
  hear(bench, 6, {ended});
  CHECK_FALSE(kept());
  hear(bench, 7, {cards_row({member, 3, 5, {}}, member)});
  CHECK(kept()->version == 3);
}
