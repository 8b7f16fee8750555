// SPDX-License-Identifier: Apache-2.0
#include "sync/client/executor.h"

#include "sync/base/file.h"
#include "sync/sqlite/connection.h"
#include "sync/wire/hub_address.h"
#include "tests/unit/client/executor_bench.h"

#include <algorithm>

using namespace millpond;
using Bench = tests::ExecutorBench;
using tests::bytes_of;
using tests::checkpoint_of;
using tests::code_in;
using tests::PretendHub;

TEST_CASE("a batch goes out signed twice over, and leaves the outbox when it was taken") {
  Bench bench;
  bench.earn(4);
  const auto before = bench.outbox();
  const auto outgoing = bench.send();
  const auto& request = outgoing.signed_request.http;
  CHECK(bench.hub.signed_by_terminal(request));
  CHECK(request.target == "/v1/up");

  const auto sent = wire::decode_up_request(request.body);
  REQUIRE(sent);
  CHECK(sent->rows.size() == before.queued);
  CHECK(sent->boot_id == "boot");
  CHECK(crypto::verify(
      tests::seeded_key(2).public_key(), crypto::context::batch, bench.hub.brand(),
      wire::batch_signed_bytes(sent->terminal, sent->epoch, sent->first_seq, sent->rows.size(), sent->chain_head),
      sent->signature));

  const auto input = bench.answer(outgoing, 200, wire::encode(Bench::taken(outgoing)));
  const auto* accepted = std::get_if<engine::UpAccepted>(&input);
  REQUIRE(accepted != nullptr);
  CHECK(accepted->through == before.head);
  CHECK(accepted->hub_through == before.head);
  CHECK(bench.outbox().queued == before.queued);  // not before the engine says so

  const auto reports = bench.executor->execute(engine::Acknowledge{accepted->epoch, accepted->through}).inputs;
  REQUIRE(reports.size() == 1);
  const auto* report = std::get_if<engine::OutboxChanged>(&reports.front());
  REQUIRE(report != nullptr);
  CHECK(report->queued == 0);
  CHECK(report->acked == before.head);
}

TEST_CASE("what the hub may say to a batch, and what the engine hears") {
  Bench bench;
  bench.earn(3);
  const auto good = Bench::taken(bench.send());
  const auto with = [&](auto change) {
    auto answer = good;
    change(answer);
    return wire::encode(answer);
  };
  const auto refused = [&](const char* reason) {
    return with([&](auto& a) {
      a.status = wire::UpStatus::refused;
      a.reason = reason;
    });
  };
  struct Row {
    const char* name;
    int status;
    base::Bytes body;
    std::string outcome;
  };
  const std::vector<Row> rows{
      {"another chain at our head", 200, with([](auto& a) { a.head[0] ^= 1; }), "refused hub_fork"},
      {"another chain before our batch", 200, with([](auto& a) {
         a.accepted_through = base::Seq{0};
         a.head[0] ^= 1;
       }),
       "refused hub_fork"},
      {"another epoch", 200, with([](auto& a) { a.epoch.value ^= 1; }), "failed protocol_mismatch"},
      {"not one of ours any more", 401, refused("unauthorized"), "refused unauthorized"},
      {"sent twice by a proxy", 401, refused("replayed"), "failed replayed"},
      {"an unknown reason", 403, refused("from_the_future"), "refused hub_refused"},
      {"too large", 413, bytes_of(R"({"code":"too_large"})"), "failed too_large"},
      {"the hub's disk is full", 503, bytes_of(R"({"code":"disk_full"})"), "failed disk_full"},
      {"a hub in trouble", 500, bytes_of("{}"), "failed hub_refused"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const auto input = bench.answer(bench.send(), row.status, row.body);
    const auto heard = std::holds_alternative<engine::UpRefused>(input) ? "refused " + code_in<engine::UpRefused>(input)
                                                                        : "failed " + code_in<engine::UpFailed>(input);
    CHECK(heard == row.outcome);
  }
  const auto fork = bench.answer(bench.send(), 409, with([](auto& a) {
                                   a.status = wire::UpStatus::fork;
                                   a.common_through = base::Seq{2};
                                 }));
  REQUIRE(std::holds_alternative<engine::UpForked>(fork));
  CHECK(std::get<engine::UpForked>(fork).common_through == base::Seq{2});
  const auto from_the_start = bench.answer(bench.send(), 409, with([](auto& a) { a.status = wire::UpStatus::fork; }));
  REQUIRE(std::holds_alternative<engine::UpForked>(from_the_start));  // nothing is the same: everything goes on
  CHECK(!std::get<engine::UpForked>(from_the_start).common_through);
  const auto gap = bench.answer(bench.send(), 409, with([](auto& a) {
                                  a.status = wire::UpStatus::gap;
                                  a.accepted_through = base::Seq{0};
                                }));
  CHECK(std::holds_alternative<engine::UpGap>(gap));
}

TEST_CASE("a clock that is far off is answered by signing with the hub's time") {
  Bench bench;
  bench.earn(1);
  bench.clock.wall -= 400LL * 86'400'000;
  wire::UpAnswer skew;
  skew.status = wire::UpStatus::refused;
  skew.reason = "clock_skew";
  skew.hub_wall_ms = 1'790'000'000'000;
  CHECK(code_in<engine::UpFailed>(bench.answer(bench.send(), 401, wire::encode(skew))) == "clock_skew");
  const auto again = bench.send();
  CHECK(PretendHub::header(again.signed_request.http, wire::header_time) == "1790000000000");
  CHECK(again.batch->device_wall_ms == bench.clock.wall);  // facts keep the machine's own time
}

TEST_CASE("an unsigned answer is never believed, whatever it says") {
  Bench bench;
  bench.earn(1);
  const auto up = bench.send();
  const auto input = bench.executor->finish(up, net::HttpAnswer{200, {}, wire::encode(Bench::taken(up)), 7'000});
  CHECK(code_in<engine::UpFailed>(input.back()) == "hub_not_a_hub");
  CHECK(std::get<engine::UpFailed>(input.back()).retry_after_ms == 7'000);
  const auto down = bench.executor->finish(bench.ask(), net::HttpAnswer{200, {}, wire::encode(bench.page(9)), 0});
  CHECK(code_in<engine::DownFailed>(down.back()) == "hub_not_a_hub");
  CHECK(bench.executor->seen().last_contact_ms == 0);
}

TEST_CASE("a hub that lost its disk is filled from the ring") {
  Bench bench;
  bench.earn(5);
  const auto outgoing = bench.send();
  const auto answer = Bench::taken(outgoing);
  (void)bench.executor->execute(engine::Acknowledge{answer.epoch, answer.accepted_through});
  REQUIRE(bench.outbox().queued == 0);
  const auto reports = bench.executor->execute(engine::Rewind{{{answer.epoch, base::Seq{0}}}}).inputs;
  REQUIRE(reports.size() == 1);
  CHECK(std::get<engine::OutboxChanged>(reports.front()).queued == answer.accepted_through.value);
  CHECK(bench.send().batch->chain_head == outgoing.batch->chain_head);
}

TEST_CASE("a page is applied with its cursor and its checkpoint is compared") {
  Bench bench;
  const auto rows = std::vector{Bench::member_row(7, 40), Bench::member_row(8, 2)};
  auto page = bench.page(12);
  page.rows = rows;
  page.checkpoint = checkpoint_of(rows);
  const auto outgoing = bench.ask();
  CHECK(outgoing.signed_request.http.target.starts_with("/v1/down?cursor=0.0.0&epoch="));
  const auto input = bench.answer(outgoing, 200, wire::encode(page));
  const auto* arrived = std::get_if<engine::DownArrived>(&input);
  REQUIRE(arrived != nullptr);
  CHECK_FALSE(arrived->more);
  CHECK(arrived->poll_ms == 4'000);
  CHECK(bench.replica->find_member(base::MemberId{7}).value()->row.points == 40);
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.12.0&epoch="));
  CHECK(bench.executor->seen().as_of_ms == bench.clock.wall);
}

namespace {

// The way a replica that is to be fetched again goes when its hub has no snapshot.
void find_no_snapshot(Bench& bench) {
  const auto question = bench.executor->execute(engine::FetchSnapshot{1'000, 1'000}).outgoing;
  REQUIRE(question.has_value());
  CHECK(code_in<engine::DownFailed>(bench.answer(*question, 404, bytes_of(R"({"code":"not_found"})"))) == "not_found");
}

}  // namespace

TEST_CASE("a replica that differs from the hub's checkpoint is fetched again, at once and then with pauses") {
  Bench bench;
  auto page = bench.page(12);
  page.rows = {Bench::member_row(7, 40)};
  page.checkpoint = wire::Checkpoint{2, 5};
  const auto first = bench.answer(bench.ask(), 200, wire::encode(page));
  REQUIRE(std::holds_alternative<engine::DownArrived>(first));
  CHECK(std::get<engine::DownArrived>(first).snapshot == engine::Snapshot::urgent);
  CHECK(bench.replica->find_member(base::MemberId{7}).value()->row.points == 40);  // until there is better
  find_no_snapshot(bench);
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.0.0&epoch="));
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::encode(page))) == "store_corrupt");
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.0.0&epoch="));
  page.checkpoint = checkpoint_of(page.rows);
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(page))));
}

TEST_CASE("a new generation is fetched while the old one serves on, in pages when its hub has no snapshot") {
  Bench bench;
  auto page = bench.page(12);
  page.rows = {Bench::member_row(7, 40)};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  auto restart = bench.page(0);
  restart.next = {2, 0};
  restart.restart = true;
  const auto input = bench.answer(bench.ask(), 200, wire::encode(restart));
  CHECK(std::get<engine::DownArrived>(input).snapshot == engine::Snapshot::urgent);
  CHECK(bench.replica->find_member(base::MemberId{7}).value().has_value());
  find_no_snapshot(bench);
  CHECK_FALSE(bench.replica->find_member(base::MemberId{7}).value().has_value());
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=2.0.0&epoch="));
}

TEST_CASE("pages that contradict the cursor are refused") {
  Bench bench;
  auto page = bench.page(12);
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  page.next = {1, 11};
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::encode(page))) == "protocol_mismatch");
  page.next = {2, 13};
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::encode(page))) == "protocol_mismatch");
  CHECK(bench.replica->cursor().value() == wire::DownCursor{1, 12});
}

TEST_CASE("a programme is kept when a hub key signed it, and only a newer one is news") {
  Bench bench;
  auto page = bench.page(3);
  page.rows = {bench.programme_row(4, bench.hub.signing())};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(bench.executor->take_new_programme() == 4U);
  CHECK_FALSE(bench.executor->take_new_programme().has_value());
  CHECK(bench.journal->document(client::programme_document).value() == page.rows.front().body);

  page.next.hub_seq = 4;
  page.rows = {bench.programme_row(3, bench.hub.signing())};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK_FALSE(bench.executor->take_new_programme().has_value());

  page.next.hub_seq = 5;
  page.rows = {bench.programme_row(5, tests::seeded_key(66))};
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::encode(page))) == "signature_invalid");
  CHECK(bench.replica->cursor().value().hub_seq == 4);  // the page is asked for again
}

TEST_CASE("a page that only moves the cursor is news all the same") {
  Bench bench;
  const auto first = bench.answer(bench.ask(), 200, wire::encode(bench.page(3)));
  CHECK(std::get<engine::DownArrived>(first).news);
  const auto moved = bench.answer(bench.ask(), 200, wire::encode(bench.page(4)));
  CHECK(std::get<engine::DownArrived>(moved).news);
  const auto nothing = bench.answer(bench.ask(), 200, wire::encode(bench.page(4)));
  CHECK_FALSE(std::get<engine::DownArrived>(nothing).news);
}

TEST_CASE("issuers of a page can verify codes afterwards") {
  Bench bench;
  wire::DownRow row;
  row.kind = static_cast<std::uint8_t>(wire::RowKind::issuer);
  base::append_big_endian(row.key, 77, 4);
  const wire::IssuerRow issuer{77, tests::seeded_key(5).public_key(), 0};
  row.body = wire::encode(issuer);
  auto page = bench.page(3);
  page.rows = {row};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(bench.journal->issuer(77).value() == issuer);
}

TEST_CASE("a page says which hub key was withdrawn, and the next answer by it is no hub's") {
  Bench bench;
  bench.hub.change_key(2);
  auto page = bench.page(3);
  const wire::IssuerRow first{1, tests::seeded_key(1).public_key(), 1};
  wire::DownRow row{static_cast<std::uint8_t>(wire::RowKind::issuer), {0, 0, 0, 1}, false, wire::encode(first)};
  page.rows = {row};
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(page))));
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(bench.page(4)))));
  const wire::IssuerRow second{2, tests::seeded_key(102).public_key(), 1};
  row.key = {0, 0, 0, 2};
  row.body = wire::encode(second);
  page = bench.page(5);
  page.rows = {row};
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(page))));
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::encode(bench.page(6)))) == "hub_not_a_hub");
}

TEST_CASE("a question names the live epoch, and a wait or fewer rows only when they are wished") {
  Bench bench;
  const auto epoch = std::to_string(bench.outbox().live_epoch.value);
  CHECK(bench.ask().signed_request.http.target == "/v1/down?cursor=0.0.0&epoch=" + epoch);
  CHECK(bench.ask(50, 30'000).signed_request.http.target ==
        "/v1/down?cursor=0.0.0&epoch=" + epoch + "&wait=30000&limit=50");
}

TEST_CASE("a page that names less than was acknowledged when it was asked for is a restored hub's") {
  Bench bench;
  bench.earn(5);
  const auto early = bench.ask();  // before anything was acknowledged
  const auto answer = Bench::taken(bench.send());
  (void)bench.executor->execute(engine::Acknowledge{answer.epoch, answer.accepted_through});
  bench.earn(1);
  struct Row {
    const char* name;
    std::vector<base::EpochMark> accepted;
    std::vector<base::EpochMark> behind;
  };
  const std::vector<Row> rows{
      {"all of it", {{answer.epoch, answer.accepted_through}}, {}},
      {"more: an acknowledgement was lost", {{answer.epoch, base::Seq{answer.accepted_through.value + 1}}}, {}},
      {"less", {{answer.epoch, base::Seq{3}}}, {{answer.epoch, base::Seq{3}}}},
      {"nothing of the epoch", {{base::Epoch{1}, base::Seq{3}}}, {{answer.epoch, base::Seq{0}}}},
      {"more epochs than a page names", std::vector<base::EpochMark>(wire::epoch_marks_max), {}},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    auto page = bench.page(12);
    page.accepted = row.accepted;
    const auto input = bench.answer(bench.ask(), 200, wire::encode(page));
    REQUIRE(std::holds_alternative<engine::DownArrived>(input));
    CHECK(std::get<engine::DownArrived>(input).behind == row.behind);
  }
  const auto late = bench.answer(early, 200, wire::encode(bench.page(12)));
  CHECK(std::get<engine::DownArrived>(late).behind.empty());
}

TEST_CASE("what the hub says of this copy is kept in the journal, once for each change") {
  Bench bench;
  const auto heard = [&](bool suspended) {
    auto page = bench.page(12);
    page.value_suspended = suspended;
    const auto input = bench.answer(bench.ask(), 200, wire::encode(page));
    CHECK(std::get<engine::DownArrived>(input).value_suspended == suspended);
    return bench.journal->document(client::standing_document).value();
  };
  CHECK_FALSE(heard(false).has_value());
  const auto suspended = heard(true);
  REQUIRE(suspended.has_value());
  CHECK(suspended->front() == 1);
  CHECK(heard(true) == suspended);
  CHECK(heard(false)->front() == 0);
  CHECK(heard(true)->front() == 1);
}

TEST_CASE("rows are laid out as the hub said that it reads them, and verbatim before it said anything") {
  Bench bench;
  bench.earn(1);
  const auto schema_sent = [&] { return wire::decode_up_request(bench.send().signed_request.http.body)->schema; };
  CHECK(schema_sent() == wire::schema_verbatim);
  auto page = bench.page(12);
  page.schema_max = wire::schema_max + 5;
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(schema_sent() == wire::schema_max);
  page.schema_max = wire::schema_verbatim;
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(schema_sent() == wire::schema_verbatim);
}

TEST_CASE("what follows a fork goes out again under a new epoch") {
  Bench bench;
  bench.earn(5);
  const auto before = bench.outbox();
  const auto reports = bench.executor->execute(engine::Reissue{before.epoch, base::Seq{3}}).inputs;
  REQUIRE(reports.size() == 1);
  // The first three stay queued where they are: the other copy may never send them.
  const auto& old = std::get<engine::OutboxChanged>(reports.front());
  CHECK(old.epoch == before.epoch);
  CHECK(old.head == base::Seq{3});
  CHECK(bench.outbox().live_epoch != before.epoch);
  const auto first = bench.send();
  CHECK(first.rows == 3);
  const auto taken = Bench::taken(first);
  (void)bench.answer(first, 200, wire::encode(taken));
  (void)bench.executor->execute(engine::Acknowledge{taken.epoch, taken.accepted_through});
  const auto second = bench.send();
  CHECK(second.batch->epoch == bench.outbox().live_epoch);
  CHECK(second.rows == before.head.value - 3 + 1);  // with the fact that begins the epoch
}

TEST_CASE("a hub that lost more than is kept gets what is kept under a new epoch") {
  Bench bench{1};
  bench.earn(5);
  const auto outgoing = bench.send();
  const auto answer = Bench::taken(outgoing);
  (void)bench.answer(outgoing, 200, wire::encode(answer));
  (void)bench.executor->execute(engine::Acknowledge{answer.epoch, answer.accepted_through});
  bench.earn(2);
  const auto reports = bench.executor->execute(engine::Rewind{{{answer.epoch, base::Seq{1}}}}).inputs;
  const auto& outbox = std::get<engine::OutboxChanged>(reports.back());
  CHECK(outbox.epoch != answer.epoch);
  CHECK(outbox.queued > 2);
  CHECK(bench.send().batch->epoch == outbox.epoch);
  // The lost epoch ends where the hub has it: a page that names it so is no loss any more.
  auto page = bench.page(12);
  page.accepted = {{answer.epoch, base::Seq{1}}};
  const auto input = bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(std::get<engine::DownArrived>(input).behind.empty());
}

TEST_CASE("a replica that another journal stood beside is fetched again, and with it what that journal was told") {
  Bench bench;
  const auto filled = [&] {
    wire::DownPage page;
    page.next = {1, 5, 5};
    page.checkpoint = wire::Checkpoint{};
    return page;
  };
  static_cast<void>(bench.answer(bench.ask(), 200, wire::encode(filled())));
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.5.5&"));
  bench.open();  // the same journal again
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.5.5&"));
  bench.options.path = bench.folder / "new.db";
  bench.open();
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.0.0&"));
  static_cast<void>(bench.answer(bench.ask(), 200, wire::encode(filled())));
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.5.5&"));
}

TEST_CASE("a hub's new key is kept over a restart, and documents of both keys are taken") {
  Bench bench;
  (void)bench.answer(bench.ask(), 200, wire::encode(bench.page(1)));
  bench.hub.change_key(2);
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(bench.page(2)))));
  bench.open();
  const auto question = bench.ask();
  CHECK(PretendHub::header(question.signed_request.http, wire::header_hub_key) == "2");
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(question, 200, wire::encode(bench.page(3)))));

  auto page = bench.page(4);
  page.rows = {bench.programme_row(1, tests::seeded_key(1)), bench.programme_row(2, tests::seeded_key(102), 2)};
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(page))));
  CHECK(bench.executor->take_new_programme() == 2U);
  page = bench.page(5);
  page.rows = {bench.programme_row(3, tests::seeded_key(102), 1)};  // under the number of another key
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::encode(page))) == "signature_invalid");
}

TEST_CASE(
    "a key that a page brings is believed before it signs, and one that another root vouches for stops the page") {
  Bench bench;
  const wire::HubKey next{2, tests::seeded_key(102).public_key(), {}, 21'000, 21'366};
  const auto row_of = [](wire::RowKind kind, base::Bytes body) {
    return wire::DownRow{static_cast<std::uint8_t>(kind), {0, 0, 0, 2}, false, std::move(body)};
  };
  auto page = bench.page(1);
  page.rows = {row_of(wire::RowKind::hub_key, wire::vouch_hub_key(next, tests::seeded_key(9))),
               bench.programme_row(1, tests::seeded_key(102), 2)};
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(page))));
  CHECK(bench.executor->take_new_programme() == 1U);
  // The first one still signs, and is what a request names.
  CHECK(PretendHub::header(bench.ask().signed_request.http, wire::header_hub_key) == "1");
  bench.open();
  auto later = bench.page(2);
  later.rows = {bench.programme_row(2, tests::seeded_key(102), 2)};
  CHECK(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(later))));

  auto forged = bench.page(3);
  forged.rows = {row_of(wire::RowKind::hub_key, wire::vouch_hub_key(next, tests::seeded_key(77)))};
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.ask(), 200, wire::encode(forged))) == "hub_key_unvouched");
}

TEST_CASE("an address of the hub is kept from the brand's root only, the newest one") {
  Bench bench;
  const auto page_with = [&](std::uint64_t hub_seq, const wire::HubAddress& address, std::uint8_t root) {
    auto page = bench.page(hub_seq);
    page.rows = {{static_cast<std::uint8_t>(wire::RowKind::hub_address), bytes_of("address"), false,
                  wire::sign_hub_address(address, tests::seeded_key(root))}};
    return bench.answer(bench.ask(), 200, wire::encode(page));
  };
  const auto kept = [&] {
    const auto content = bench.journal->document(client::address_document).value();
    return content ? wire::open_hub_address(*content, tests::seeded_key(9).public_key())->url : std::string{};
  };
  CHECK(code_in<engine::DownFailed>(page_with(1, {1, "https://evil.example"}, 77)) == "hub_key_unvouched");
  CHECK(kept().empty());
  CHECK(std::holds_alternative<engine::DownArrived>(page_with(2, {2, "https://b.example"}, 9)));
  CHECK(std::holds_alternative<engine::DownArrived>(page_with(3, {1, "https://a.example"}, 9)));
  CHECK(kept() == "https://b.example");
}
