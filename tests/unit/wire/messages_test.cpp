// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/messages.h"
#include "sync/wire/canonical.h"
#include "tests/unit/wire/sample_facts.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

wire::UpRequest sample_up(std::size_t rows) {
  wire::UpRequest message;
  message.terminal = {7};
  message.epoch = {0xC0FFEE01};
  message.first_seq = {42};
  message.chain_before = tests::hash_of_byte(1);
  message.chain_head = tests::hash_of_byte(2);
  message.device_wall_ms = -5;
  message.device_monotonic_ms = 123;
  message.boot_id = "boot";
  message.signature.fill(9);
  for (std::size_t i = 0; i < rows; ++i) {
    wire::Row row{*wire::encode_fact(tests::sample_facts()[i % 9]), {}, {}};
    if (i % 9 == 1) {
      row.payload_salt = {1, 2, 3};
      row.payload = base::Bytes(80, 0x5A);
    }
    message.rows.push_back(std::move(row));
  }
  return message;
}

wire::DownPage sample_down() {
  wire::DownPage page;
  page.next = {0xFFFF'FFFF'FFFF'FFFF, 1234, 1200};
  page.more = true;
  page.rows = {{1, {1, 2}, false, {3, 4, 5}}, {2, {9}, true, {}}, {200, {7}, false, {}}};
  page.includes_epoch = {5};
  page.includes_your_seq = {77};
  page.accepted = {{{4}, {9}}, {{5}, {78}}};
  page.snapshot_required = true;
  page.value_suspended = true;
  page.checkpoint = wire::Checkpoint{2, 0xFFFF'FFFF'FFFF'0000};
  page.hub_wall_ms = 1'795'000'000'000;
  page.credit = {10, 20, 30, 40, 50};
  return page;
}

}  // namespace

TEST_CASE("messages come back as they were") {
  for (const std::size_t rows : {0U, 1U, 9U, 500U}) {
    const auto up = sample_up(rows);
    const auto back = wire::decode_up_request(wire::encode(up));
    REQUIRE(back);
    CHECK(*back == up);
  }
  const auto down = sample_down();
  CHECK(*wire::decode_down_page(wire::encode(down)) == down);
  const wire::UpAnswer answer{wire::UpStatus::fork, {3},        {4}, {2}, tests::hash_of_byte(8), -1,
                              {1, 2, 3, 4, 5},      "hub_fork", 1};
  CHECK(*wire::decode_up_answer(wire::encode(answer)) == answer);
}

TEST_CASE("downlink rows come back as they were") {
  const wire::MemberRow member{{0xFFFF'FFFF'FFFF'FFFF}, -10, 5'000, 7, {}, {{3}, {4}}, 14};
  CHECK(*wire::decode_member_row(wire::encode(member)) == member);
  const wire::MemberRow alias{{3}, 0, 0, 0, {0xFFFF'FFFF'FFFF'FFFF}};
  CHECK(*wire::decode_member_row(wire::encode(alias)) == alias);
  const wire::MemberRow crowd{{3}, 0, 0, 0, {}, std::vector<base::MemberId>(wire::member_aliases_max + 1)};
  CHECK(wire::decode_member_row(wire::encode(crowd)).error().code == base::Code::too_large);
  const wire::MemberRow older{{3}, 0, 0, 0, {}, {}, 151};
  CHECK(wire::decode_member_row(wire::encode(older)).error().code == base::Code::bad_input);
  const wire::MemberRow with_lots{{3}, 90, 0, 0, {}, {}, 0, {{20'001, 30}, {20'008, 5}}, 20'400, 55};
  CHECK(*wire::decode_member_row(wire::encode(with_lots)) == with_lots);
  wire::MemberRow guest{{3}, 90, 0, 1};
  guest.visits = 0;
  guest.came_by = model::Channel::gateway;
  CHECK(*wire::decode_member_row(wire::encode(guest)) == guest);
  guest.visits = 12;
  guest.last_visit_day = 20'777;
  CHECK(*wire::decode_member_row(wire::encode(guest)) == guest);
  guest.marks = {true, "general_value", {"student", "\xE8\x8C\xB6"}};
  CHECK(*wire::decode_member_row(wire::encode(guest)) == guest);
  for (const auto& marks : std::vector<model::MemberMarks>{
           {false, "", {"b", "a"}}, {false, "", {"a", "a"}}, {false, std::string(65, 'x'), {}}}) {
    auto odd = guest;
    odd.marks = marks;
    CHECK(wire::decode_member_row(wire::encode(odd)).error().code == base::Code::bad_input);
  }
  auto tagged = guest;
  for (char c = 'a'; c <= 'q'; ++c) tagged.marks.tags.emplace_back(1, c);
  CHECK(wire::decode_member_row(wire::encode(tagged)).error().code == base::Code::too_large);
  guest.given = {{{7}, 3, {20'777}, 2}, {{9}, 1, {20'700}, 1}};
  CHECK(*wire::decode_member_row(wire::encode(guest)) == guest);
  for (const auto& given : std::vector<std::vector<model::CampaignTimes>>{
           {{{9}, 1, {}, 1}, {{7}, 1, {}, 1}}, {{{9}, 1, {}, 2}}, {{{9}, 1'000'000'001, {}, 0}}}) {
    auto odd = guest;
    odd.given = given;
    CHECK(wire::decode_member_row(wire::encode(odd)).error().code == base::Code::bad_input);
  }
  auto showered = guest;
  for (std::uint32_t i = 10; i < 10 + model::campaign_times_max; ++i) showered.given.push_back({{i}, 1, {}, 0});
  CHECK(wire::decode_member_row(wire::encode(showered)).error().code == base::Code::too_large);
  guest.visits = 1'000'000'001;
  CHECK(wire::decode_member_row(wire::encode(guest)).error().code == base::Code::bad_input);
  const wire::MemberRow many_days{{3}, 90, 0, 0,
                                  {},  {}, 0, std::vector<wire::PendingPoints>(wire::member_pending_max + 1)};
  CHECK(wire::decode_member_row(wire::encode(many_days)).error().code == base::Code::too_large);
  const wire::CouponRow coupon{{1}, {2}, {3}, {4}, {5}, 600, 700, 20'000, 20'030, wire::CouponState::redeemed};
  CHECK(*wire::decode_coupon_row(wire::encode(coupon)) == coupon);
  wire::IssuerRow issuer{0x0102'0304, {}, 9};
  issuer.key.fill(4);
  CHECK(*wire::decode_issuer_row(wire::encode(issuer)) == issuer);
  const wire::ProfileRow profile{{5}, "138****2917", {{1, 2}, {3, 1}}, {{2, 4, true}, {3, 1, false}}};
  CHECK(*wire::decode_profile_row(wire::encode(profile)) == profile);
  wire::ProgrammeRow programme{3, 1, {'{', '}'}, {}};
  programme.signature.fill(7);
  CHECK(*wire::decode_programme_row(wire::encode(programme)) == programme);
  const wire::VerdictRow verdict{{1}, {2}, "member_unknown"};
  CHECK(*wire::decode_verdict_row(wire::encode(verdict)) == verdict);
}

TEST_CASE("a member's row without lots has the bytes that it always had") {
  const wire::MemberRow member{{0x0102'0304'0506'0708}, 35, 5'000, 7};
  CHECK(base::to_hex(wire::encode(member)) ==
        "090807060504030201"
        "1046"
        "18904e"
        "2007");
}

TEST_CASE("a member's row says what it comes to on days that nobody has told of") {
  const wire::MemberRow row{{3}, 100, 0, 0, {}, {}, 0, {{20'001, 30}, {20'008, 5}}, 20'400, 55};
  struct Row {
    std::int32_t today;
    wire::PointsOnDay expected;
  };
  for (const auto& [today, expected] : {Row{20'000, {100, 35}}, Row{20'001, {100, 5}}, Row{20'007, {100, 5}},
                                        Row{20'008, {100, 0}}, Row{20'400, {100, 0}}, Row{20'401, {45, 0}}}) {
    INFO(today);
    CHECK(wire::points_on(row, {today}) == expected);
  }
  CHECK(wire::points_on({{3}, -5}, {20'000}) == wire::PointsOnDay{-5, 0});
}

TEST_CASE("messages past a limit are refused by name") {
  auto other_version = sample_up(1);
  other_version.protocol = 2;
  CHECK(wire::decode_up_request(wire::encode(other_version)).error().code == base::Code::protocol_mismatch);
  auto many = sample_up(1);
  many.rows.resize(wire::batch_events_max + 1, wire::Row{{1}, {}, {}});
  CHECK(wire::decode_up_request(wire::encode(many)).error().code == base::Code::too_large);
  auto bomb = sample_up(0);  // 20 MB of zeros compress to a few kilobytes
  bomb.rows.resize(400, wire::Row{{1}, {}, base::Bytes(50'000)});
  const auto small = wire::encode(bomb);
  CHECK(small.size() < 100'000);
  CHECK(wire::decode_up_request(small).error().code == base::Code::too_large);
  auto long_fact = sample_up(0);
  long_fact.rows.push_back({base::Bytes(wire::canonical_bytes_max + 1), {}, {}});
  CHECK(wire::decode_up_request(wire::encode(long_fact)).error().code == base::Code::too_large);
  auto page = sample_down();
  page.rows.resize(wire::page_rows_max + 1, page.rows.front());
  CHECK(wire::decode_down_page(wire::encode(page)).error().code == base::Code::too_large);
}

TEST_CASE("damaged and truncated messages are refused and never crash") {
  const auto html = std::string_view{"<html><body>Please log in to this network</body></html>"};
  CHECK_FALSE(wire::decode_up_request(base::view_of(html)));
  CHECK_FALSE(wire::decode_up_answer(base::view_of(html)));
  CHECK_FALSE(wire::decode_down_page(base::view_of(html)));
  const auto up = wire::encode(sample_up(20));
  const auto down = wire::encode(sample_down());
  for (std::size_t size = 0; size + 1 < up.size(); size += 7) {
    CHECK_FALSE(wire::decode_up_request(base::ByteView{up}.first(size)));
  }
  for (std::size_t bit = 0; bit < up.size() * 8; bit += 3) {
    auto flipped = up;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    static_cast<void>(wire::decode_up_request(flipped));
  }
  for (std::size_t bit = 0; bit < down.size() * 8; ++bit) {
    auto flipped = down;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    static_cast<void>(wire::decode_down_page(flipped));
  }
  SUCCEED();
}
