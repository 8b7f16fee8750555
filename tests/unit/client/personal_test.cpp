// SPDX-License-Identifier: Apache-2.0
// What a terminal forgets that does not hear its hub, and which app cards it believes no more.
#include "sync/wire/app_card_rows.h"
#include "tests/unit/client/executor_bench.h"

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
    hear(bench, 1, {profile_row()});
    const auto wait = [&](std::int64_t ms) {
      bench.clock.wall += ms;
      bench.clock.monotonic += ms;
      static_cast<void>(bench.ask());  // no answer comes
    };
    wait(row.kept_days * day_ms - 1);
    CHECK(bench.replica->find_profile(member).value().has_value());
    wait(1);
    CHECK_FALSE(bench.replica->find_profile(member).value().has_value());
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
