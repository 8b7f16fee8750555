// SPDX-License-Identifier: Apache-2.0
// A terminal that pages would take too long for.
#include "sync/snapshot/tables.h"
#include "sync/snapshot/writer.h"
#include "sync/sqlite/connection.h"
#include "tests/unit/client/executor_bench.h"

#include <fstream>
#include <iterator>

using namespace millpond;
using tests::bytes_of;
using tests::code_in;

namespace {

struct Bench : tests::ExecutorBench {
  wire::SnapshotManifest manifest;
  base::Bytes file;
  std::atomic<bool> cancelled{};  // as a stop of the program sets it

  explicit Bench(std::uint64_t hub_seq = 500) { publish(hub_seq); }

  void publish(std::uint64_t hub_seq) {
    snapshot::WriterOptions made;
    made.path = folder / "snapshot";
    made.cursor = {1, hub_seq, 0};
    made.hub_wall_ms = clock.wall;
    auto writer = snapshot::Writer::create(made).value();
    for (std::uint64_t member = 1; member <= 300; ++member) {
      const auto row = member_row(member, static_cast<std::int64_t>(member * hub_seq));
      REQUIRE(writer->add(row.kind, row.key, row.body));
    }
    manifest = writer->finish().value();
    std::ifstream stream{made.path, std::ios::binary};
    file.assign(std::istreambuf_iterator<char>{stream}, {});
    REQUIRE(file.size() == manifest.bytes);
  }

  [[nodiscard]] client::Outgoing fetch(std::uint32_t piece_bytes_max = 1'000) {
    auto outcome = executor->execute(engine::FetchSnapshot{piece_bytes_max, 1'000});
    REQUIRE(outcome.outgoing.has_value());
    return std::move(*outcome.outgoing);
  }

  [[nodiscard]] engine::Input told_manifest() { return answer(fetch(), 200, wire::encode(manifest)); }

  // The next piece, as a hub answers it; `cut` bytes of it reach the sink before the line breaks.
  engine::Input piece(std::optional<std::size_t> cut = {}) {
    const auto outgoing = fetch();
    REQUIRE(outgoing.question == client::Question::piece);
    const auto& part = *outgoing.signed_request.http.part;
    const auto size = std::min<std::uint64_t>(part.bytes_max, file.size() - part.from);
    const base::ByteView bytes{file.data() + part.from, size};
    REQUIRE(part.sink(bytes.first(cut.value_or(size))));
    if (cut) return executor->finish(outgoing, base::Error{base::Code::hub_unreachable, "", ""}).back();
    return executor->finish(outgoing, net::HttpAnswer{206, {}, {}, 0, size}).back();
  }

  void all_pieces() {
    while (true) {
      auto next = executor->execute(engine::FetchSnapshot{1'000, 1'000}).outgoing;
      REQUIRE(next.has_value());
      if (next->question == client::Question::staging) return;
      const auto& part = *next->signed_request.http.part;
      const auto size = std::min<std::uint64_t>(part.bytes_max, file.size() - part.from);
      REQUIRE(part.sink({file.data() + part.from, size}));
      REQUIRE(std::holds_alternative<engine::SnapshotProgress>(
          executor->finish(*next, net::HttpAnswer{206, {}, {}, 0, size}).back()));
    }
  }

  engine::Input stage() {
    const auto outgoing = fetch();
    REQUIRE(outgoing.question == client::Question::staging);
    const auto done = outgoing.work(cancelled);
    if (!done) return executor->finish(outgoing, done.error()).back();
    return executor->finish(outgoing, net::HttpAnswer{200, {}, {}}).back();
  }

  // As the disk does: beside the program that has the file open.
  void damage_member(std::uint64_t member) {
    executor.reset();
    replica.reset();
    {
      const auto db = sqlite::Connection::open({.path = folder / "replica.db"});
      REQUIRE(db);
      REQUIRE((*db)->run("UPDATE members SET body = x'09010000000000000010904e' WHERE member = ?1", member));
    }
    replica = store::Replica::open(folder / "replica.db").value();
    open();
  }

  void restart() {
    executor.reset();
    replica.reset();
    replica = store::Replica::open(folder / "replica.db").value();
    open();
  }
};

}  // namespace

TEST_CASE("a page that asks for a snapshot is urgent until the replica was whole once") {
  Bench bench;
  auto page = bench.page(0);
  page.snapshot_required = true;
  const auto first = bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(std::get<engine::DownArrived>(first).snapshot == engine::Snapshot::urgent);
  CHECK_FALSE(std::get<engine::DownArrived>(first).more);

  auto whole = bench.page(3);
  whole.checkpoint = wire::Checkpoint{};
  (void)bench.answer(bench.ask(), 200, wire::encode(whole));
  page.next = {1, 3};
  const auto second = bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(std::get<engine::DownArrived>(second).snapshot == engine::Snapshot::wanted);
}

TEST_CASE("a snapshot is described, comes in pieces, is checked, and takes the replica's place") {
  Bench bench;
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?"));  // whose answer says that one is required
  const auto question = bench.fetch();
  CHECK(question.signed_request.http.target == "/v1/snapshot?schema=" + std::to_string(snapshot::schema_version));
  CHECK(bench.hub.signed_by_terminal(question.signed_request.http));
  CHECK(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  CHECK(bench.fetch().signed_request.http.target == "/v1/snapshot/" + base::to_hex(bench.manifest.hash));
  bench.all_pieces();
  CHECK(std::holds_alternative<engine::SnapshotAdopted>(bench.stage()));
  CHECK(bench.replica->cursor().value() == wire::DownCursor{1, 500, 0});
  CHECK(bench.replica->find_member(base::MemberId{7}).value()->row.points == 3'500);
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.500.0&"));
}

TEST_CASE("a piece that broke off goes on where it was, over a restart too") {
  Bench bench;
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  CHECK(code_in<engine::DownFailed>(bench.piece(300)) == "hub_unreachable");
  CHECK(bench.fetch().signed_request.http.part->from == 300);
  bench.restart();
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  CHECK(bench.fetch().signed_request.http.part->from <= 300);  // as much of it as was durable
  bench.all_pieces();
  CHECK(std::holds_alternative<engine::SnapshotAdopted>(bench.stage()));
}

TEST_CASE("bytes that are not what the hub described are never used, and the description is asked for again") {
  Bench bench;
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  bench.file[bench.file.size() / 2] ^= 1;
  bench.all_pieces();
  CHECK(code_in<engine::DownFailed>(bench.stage()) == "bad_input");
  CHECK(bench.fetch().question == client::Question::manifest);
  CHECK_FALSE(bench.replica->find_member(base::MemberId{7}).value().has_value());
}

TEST_CASE("a hub that has a newer snapshot by now is asked for that one") {
  Bench bench;
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  const auto gone = bench.answer(bench.fetch(), 404, bytes_of(R"({"code":"not_found"})"));
  CHECK(code_in<engine::DownFailed>(gone) == "not_found");
  bench.publish(900);
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  bench.all_pieces();
  CHECK(std::holds_alternative<engine::SnapshotAdopted>(bench.stage()));
  CHECK(bench.replica->cursor().value().hub_seq == 900);
}

TEST_CASE("descriptions that lead nowhere are refused") {
  Bench bench;
  auto page = bench.page(700);
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(code_in<engine::DownFailed>(bench.told_manifest()) == "not_found");  // older than what is here
  CHECK(code_in<engine::DownFailed>(bench.answer(bench.fetch(), 200, bytes_of("\x08"))) == "bad_input");
  const auto portal = bench.executor->finish(bench.fetch(), net::HttpAnswer{200, {}, bytes_of("<html>"), 0}).back();
  CHECK(code_in<engine::DownFailed>(portal) == "hub_not_a_hub");
  const auto none = bench.answer(bench.fetch(), 404, bytes_of(R"({"code":"not_found"})"));
  CHECK(code_in<engine::DownFailed>(none) == "not_found");
}

TEST_CASE("uploads go on between the pieces") {
  Bench bench;
  bench.earn(3);
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  const auto up = bench.send();
  CHECK(std::holds_alternative<engine::SnapshotProgress>(bench.piece()));
  CHECK(std::holds_alternative<engine::UpAccepted>(bench.answer(up, 200, wire::encode(Bench::taken(up)))));
}

TEST_CASE("a snapshot that pages overtook while it arrived is not adopted") {
  Bench bench;
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  auto page = bench.page(600);
  page.rows = {bench.member_row(7, 42)};
  REQUIRE(std::holds_alternative<engine::DownArrived>(bench.answer(bench.ask(), 200, wire::encode(page))));
  bench.all_pieces();
  CHECK(code_in<engine::DownFailed>(bench.stage()) == "not_found");
  CHECK(bench.replica->cursor().value() == wire::DownCursor{1, 600, 0});
  CHECK(bench.replica->find_member(base::MemberId{7}).value()->row.points == 42);
  CHECK(bench.fetch().question == client::Question::manifest);
}

TEST_CASE("a check of a snapshot that the end of the program cuts short keeps what was fetched") {
  Bench bench;
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  bench.all_pieces();
  bench.cancelled = true;
  CHECK(code_in<engine::DownFailed>(bench.stage()) == "cancelled");

  bench.cancelled = false;
  bench.restart();
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  CHECK(std::holds_alternative<engine::SnapshotAdopted>(bench.stage()));
}

TEST_CASE("a replica that differs serves on until a snapshot takes its place, even one that is older") {
  Bench bench;
  auto page = bench.page(700);
  page.rows = {Bench::member_row(7, 40)};
  page.checkpoint = wire::Checkpoint{2, 5};
  const auto differs = bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(std::get<engine::DownArrived>(differs).snapshot == engine::Snapshot::urgent);
  const auto serves = [&] { return bench.replica->find_member(base::MemberId{7}).value()->row.points; };

  // A question on the way hears what the hub holds and asks for no rows: they would only be thrown away.
  const auto question = bench.ask(wire::page_rows_max, 10'000);
  CHECK(question.signed_request.http.target.ends_with("&limit=1"));
  CHECK(question.signed_request.http.held_ms == 0);
  page.rows = {Bench::member_row(7, 99)};
  page.checkpoint.reset();
  const auto again = bench.answer(question, 200, wire::encode(page));
  CHECK(std::get<engine::DownArrived>(again).snapshot == engine::Snapshot::urgent);
  CHECK(serves() == 40);

  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  CHECK(code_in<engine::DownFailed>(bench.piece(300)) == "hub_unreachable");
  CHECK(serves() == 40);
  bench.all_pieces();
  CHECK(serves() == 40);
  CHECK(std::holds_alternative<engine::SnapshotAdopted>(bench.stage()));
  CHECK(serves() == 3'500);
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=1.500.0&"));
}

TEST_CASE("a replica that changed on the disk serves what can be read until a snapshot takes its place") {
  Bench bench;
  auto page = bench.page(20);
  for (std::uint64_t member = 1; member <= 50; ++member) page.rows.push_back(Bench::member_row(member, 40));
  page.checkpoint = tests::checkpoint_of(page.rows);
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  bench.damage_member(7);
  CHECK_FALSE(bench.replica->find_member(base::MemberId{7}));
  REQUIRE(bench.replica->damaged());

  page = bench.page(20);
  const auto told = bench.answer(bench.ask(), 200, wire::encode(page));
  CHECK(std::get<engine::DownArrived>(told).snapshot == engine::Snapshot::urgent);
  CHECK(bench.replica->find_member(base::MemberId{8}).value()->row.points == 40);
  REQUIRE(std::holds_alternative<engine::SnapshotProgress>(bench.told_manifest()));
  bench.all_pieces();
  CHECK(std::holds_alternative<engine::SnapshotAdopted>(bench.stage()));
  CHECK(bench.replica->find_member(base::MemberId{7}).value()->row.points == 3'500);
  CHECK_FALSE(bench.replica->damaged());
}

TEST_CASE("a snapshot of another generation than the hub's is none") {
  Bench bench;
  auto page = bench.page(12);
  page.rows = {Bench::member_row(7, 40)};
  (void)bench.answer(bench.ask(), 200, wire::encode(page));
  auto restart = bench.page(0);
  restart.next = {2, 0};
  restart.restart = true;
  (void)bench.answer(bench.ask(), 200, wire::encode(restart));
  CHECK(code_in<engine::DownFailed>(bench.told_manifest()) == "not_found");
  CHECK(bench.ask().signed_request.http.target.starts_with("/v1/down?cursor=2.0.0&"));
}
