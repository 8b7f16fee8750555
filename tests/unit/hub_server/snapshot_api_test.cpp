// SPDX-License-Identifier: Apache-2.0
// Snapshots and held requests as a terminal sees them.
#include "sync/hub/server/snapshot_api.h"
#include "sync/base/file.h"
#include "sync/hub/server/poll_slots.h"
#include "sync/snapshot/staged.h"
#include "tests/support/pretend_brand.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

struct Shelf {
  Shelf() {
    auto terminal = brand.provision();
    terminal.begin_epoch();
    for (std::uint64_t member = 1; member <= 300; ++member) terminal.enrol({member}, {1});
    terminal.sell({7}, "a", 1000, 10);
    REQUIRE(brand.up(terminal.all()).status == wire::UpStatus::accepted);
    REQUIRE(brand.core->project());
    hub::ShelfOptions options;
    options.folder = brand.dir.path();
    options.rows_min = 10;
    auto opened = hub::SnapshotShelf::open(*brand.core, brand.clock, options);
    REQUIRE(opened);
    shelf = std::move(opened).value();
  }
  [[nodiscard]] http::Response get(const std::string& target, const std::string& range = {}) const {
    http::Request request{"GET", target, {}, {}, "x:1"};
    if (!range.empty()) request.headers = {{"Range", range}};
    const auto answer = hub::SnapshotApi{*shelf}.answer(request);
    if (answer) return *answer;
    return {answer.error().code == base::Code::not_found ? 404 : 400, "", {}, {}};
  }

  tests::PretendBrand brand;
  std::unique_ptr<hub::SnapshotShelf> shelf;
};

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("A range is one pair of bytes and nothing else") {
  struct Row {
    std::string text;
    bool good;
    std::uint64_t first;
    std::uint64_t last;
  };
  const Row rows[] = {
      {"bytes=0-0", true, 0, 0},  {"bytes=4-", true, 4, UINT64_MAX},
      {"bytes=4-9", true, 4, 9},  {"bytes=-5", false, 0, 0},
      {"bytes=9-4", false, 0, 0}, {"bytes=0-1,4-5", false, 0, 0},
      {"bytes=", false, 0, 0},    {"", false, 0, 0},
      {"lines=0-1", false, 0, 0}, {"bytes=99999999999999999999-", false, 0, 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto range = hub::parse_range(row.text);
    REQUIRE(range.has_value() == row.good);
    if (!range) continue;
    CHECK(range->first == row.first);
    CHECK(range->last == row.last);
  }
}

TEST_CASE("A snapshot is announced, fetched in pieces, and becomes a replica with everybody in it") {
  Shelf hub;
  CHECK(hub.get("/v1/snapshot?schema=1").status == 404);
  REQUIRE(*hub.shelf->refresh());
  CHECK_FALSE(*hub.shelf->refresh());  // nothing has moved
  CHECK(hub.get("/v1/snapshot").status == 400);
  CHECK(hub.get("/v1/snapshot?schema=0").status == 400);
  const auto announced = hub.get("/v1/snapshot?schema=1");
  REQUIRE(announced.status == 200);
  const auto manifest = wire::decode_snapshot_manifest(announced.body);
  REQUIRE(manifest);
  CHECK(manifest->members.count == 300);

  const auto file = "/v1/snapshot/" + base::to_hex(manifest->hash);
  const auto end = std::to_string(manifest->bytes - 1);
  const auto size = std::to_string(manifest->bytes);
  struct Row {
    std::string target;
    std::string range;
    int status;
    std::string content_range;
    std::size_t bytes;
  };
  const Row rows[] = {
      {file, "", 200, "", manifest->bytes},
      {file, "bytes=0-", 206, "bytes 0-" + end + "/" + size, manifest->bytes},
      {file, "bytes=10-19", 206, "bytes 10-19/" + size, 10},
      {file, "bytes=" + end + "-999999999", 206, "bytes " + end + "-" + end + "/" + size, 1},
      {file, "bytes=" + size + "-", 416, "bytes */" + size, 0},
      {file, "bytes=nonsense", 416, "bytes */" + size, 0},
      {"/v1/snapshot/" + std::string(64, '0'), "bytes=0-", 404, "", 0},
      {"/v1/snapshot/xyz", "bytes=0-", 400, "", 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.target, row.range);
    const auto response = hub.get(row.target, row.range);
    CHECK(response.status == row.status);
    CHECK(header(response, "Content-Range") == row.content_range);
    CHECK(response.body.size() == row.bytes);
  }

  auto download = snapshot::Download::open({hub.brand.dir / "replica.db"}, *manifest);
  REQUIRE(download);
  while (!(*download)->finished()) {
    const auto from = (*download)->have();
    const auto piece = hub.get(file, "bytes=" + std::to_string(from) + "-" + std::to_string(from + 999));
    REQUIRE(piece.status == 206);
    REQUIRE((*download)->append(from, piece.body));
  }
  const auto staged = snapshot::Staged::open(std::move(*download));
  REQUIRE(staged);
  CHECK((*staged)->includes({1}).value() == base::EpochMark{{77}, {303}});
  CHECK((*staged)->documents()->size() == 2);  // the hub's issuer and this terminal's
}

TEST_CASE("The newest snapshots outlive the hub, damaged and foreign ones do not") {
  Shelf hub;
  REQUIRE(*hub.shelf->refresh());
  const auto first = *hub.shelf->newest();
  hub::ShelfOptions options;
  options.folder = hub.brand.dir.path();
  options.rows_min = 10;
  options.moved_min = 1;
  options.moved_percent = 0;
  const auto reopened = [&] {
    auto shelf = hub::SnapshotShelf::open(*hub.brand.core, hub.brand.clock, options);
    REQUIRE(shelf);
    return std::move(shelf).value();
  };
  auto shelf = reopened();
  CHECK(shelf->newest() == first);
  REQUIRE(hub.brand.core->publish_programme(base::view_of(tests::hub_programme_json(1))));
  REQUIRE(*shelf->refresh());
  const auto second = *shelf->newest();
  CHECK(second.cursor.hub_seq > first.cursor.hub_seq);
  CHECK(shelf->read(first.hash, 0, 10).has_value());  // a download of it may still run
  REQUIRE(hub.brand.core->publish_programme(base::view_of(tests::hub_programme_json(2))));
  REQUIRE(*shelf->refresh());
  CHECK(shelf->read(first.hash, 0, 10).error().code == base::Code::not_found);
  CHECK(shelf->read(second.hash, 0, 10).has_value());

  const auto third = *shelf->newest();
  for (const char* slot : {"snapshot-1.zst", "snapshot-2.zst"}) {
    const auto path = hub.brand.dir / slot;
    auto bytes = *base::read_file(path);
    if (crypto::blake2b(bytes) != third.hash) continue;
    bytes.back() ^= 1U;
    REQUIRE(base::write_file(path, bytes));
  }
  CHECK(reopened()->newest() == second);
  REQUIRE(hub.brand.core->rebuild());
  CHECK_FALSE(reopened()->newest().has_value());
}

TEST_CASE("A snapshot that changes while it is served is replaced within the hour") {
  Shelf hub;
  REQUIRE(*hub.shelf->refresh());
  const auto served = *hub.shelf->newest();
  const auto path = hub.brand.dir / "snapshot-1.zst";
  auto bytes = *base::read_file(path);
  bytes[bytes.size() / 2] ^= 1U;
  REQUIRE(base::write_file(path, bytes));
  CHECK_FALSE(*hub.shelf->refresh());
  hub.brand.clock.advance_ms(3'600'000);
  REQUIRE(*hub.shelf->refresh());
  const auto next = *hub.shelf->newest();
  CHECK(next.cursor == served.cursor);
  const auto piece = hub.shelf->read(next.hash, 0, next.bytes);
  REQUIRE(piece);
  CHECK(crypto::blake2b(*piece) == next.hash);
}

TEST_CASE("Tombstones go when they are old and every kept snapshot lacks their rows") {
  Shelf hub;
  auto& core = *hub.brand.core;
  REQUIRE(*hub.shelf->refresh());
  const auto before = core.feed_head()->hub_seq;
  REQUIRE(core.remove_member({5}));
  REQUIRE(core.project());
  const auto generation = core.feed_head()->generation;
  const auto asks = [&](std::uint64_t hub_seq) {
    const auto page = core.down({1}, {generation, hub_seq, hub_seq});
    REQUIRE(page);
    return page->snapshot_required;
  };
  hub::ShelfOptions options;
  options.folder = hub.brand.dir.path();
  options.rows_min = 10'000;
  options.moved_min = 1;
  options.moved_percent = 0;
  auto shelf = hub::SnapshotShelf::open(core, hub.brand.clock, options);
  REQUIRE(shelf);
  hub.brand.clock.advance_ms(options.tombstone_ms + 1);
  REQUIRE(*(*shelf)->refresh());  // the first one still has the member
  CHECK(core.feed_head()->horizon == 0);
  CHECK_FALSE(asks(before));
  REQUIRE(core.publish_programme(base::view_of(tests::hub_programme_json(1))));
  REQUIRE(*(*shelf)->refresh());
  const auto horizon = core.feed_head()->horizon;
  CHECK(horizon > before);
  CHECK(horizon <= (*shelf)->newest()->cursor.hub_seq);
  CHECK(asks(0));
  CHECK(asks(before));
  CHECK_FALSE(asks(horizon));
  CHECK(core.check()->holds());
}

TEST_CASE("Where little happens snapshots are made for old tombstones alone, so that they go as well") {
  for (const bool has_old_snapshot : {false, true}) {
    CAPTURE(has_old_snapshot);
    Shelf hub;
    auto& core = *hub.brand.core;
    if (has_old_snapshot) REQUIRE(*hub.shelf->refresh());
    REQUIRE(core.remove_member({5}));
    REQUIRE(core.project());
    const auto removed_at = core.feed_head()->hub_seq;
    hub::ShelfOptions options;
    options.folder = hub.brand.dir.path();
    auto shelf = hub::SnapshotShelf::open(core, hub.brand.clock, options);
    REQUIRE(shelf);
    CHECK_FALSE(*(*shelf)->refresh());  // too few rows, and nothing is old
    CHECK_FALSE(*(*shelf)->refresh());
    hub.brand.clock.advance_ms(options.tombstone_ms + 1);
    std::size_t made = 0;
    for (int i = 0; i < 6; ++i) made += *(*shelf)->refresh() ? 1 : 0;
    CHECK(made == (has_old_snapshot ? 2 : 1));  // until no kept one has the member's row
    CHECK(core.feed_head()->horizon > 0);
    CHECK(core.feed_head()->horizon <= removed_at);
    CHECK_FALSE(core.purge_tombstones(UINT64_MAX, hub.brand.clock.wall_ms())->gone > 0);
  }
}

TEST_CASE("Slots are few, stay with whoever uses them, and pass on when nobody does") {
  hub::PollSlots slots{2};
  CHECK(slots.grant({1}, 0) == hub::poll_slot_ms);
  CHECK(slots.grant({2}, 0) == hub::poll_slot_ms);
  CHECK(slots.grant({3}, 0) == 0);
  CHECK(slots.grant({1}, 40'000) == hub::poll_slot_ms);
  CHECK(slots.grant({3}, 60'000) == hub::poll_slot_ms);  // the second one was not heard of
  CHECK(slots.grant({2}, 60'000) == 0);
  CHECK(hub::PollSlots{0}.grant({1}, 0) == 0);
}
