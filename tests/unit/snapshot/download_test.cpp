// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/snapshot/sample_snapshot.h"

using namespace millpond;
using namespace millpond::tests;
using base::Code;

namespace {

// A manifest for bytes that are no snapshot: only lengths matter to a download.
wire::SnapshotManifest manifest_for(std::uint64_t bytes, std::uint8_t which = 1) {
  wire::SnapshotManifest manifest{1, {3, 40, 0}, bytes, 10'000'000, {}, {}};
  manifest.hash.fill(which);
  return manifest;
}

}  // namespace

TEST_CASE("a download goes on after a restart with what was recorded") {
  const TempDir folder;
  const snapshot::Place place{folder / "replica.db"};
  const auto manifest = manifest_for(900'000);
  const base::Bytes piece(100'000, 1);
  auto download = snapshot::Download::open(place, manifest).value();
  CHECK(download->have() == 0);
  for (int i = 0; i < 5; ++i) REQUIRE(download->append(download->have(), piece));
  CHECK(download->have() == 500'000);
  download.reset();
  download = snapshot::Download::open(place, manifest).value();
  CHECK(download->have() == 299'008);  // recorded after each 256 KiB, in whole sectors
  while (!download->finished()) {
    const auto rest = static_cast<std::size_t>(900'000 - download->have());
    REQUIRE(download->append(download->have(), base::ByteView{piece}.first(std::min(rest, piece.size()))));
  }
  download.reset();
  CHECK(snapshot::Download::open(place, manifest).value()->finished());
}

TEST_CASE("a download takes the next bytes only, and no more than were announced") {
  const TempDir folder;
  auto download = snapshot::Download::open({folder / "replica.db"}, manifest_for(1'000)).value();
  REQUIRE(download->append(0, base::Bytes(600, 1)));
  CHECK(download->append(0, base::Bytes(10, 1)).error().code == Code::bad_input);
  CHECK(download->append(700, base::Bytes(10, 1)).error().code == Code::bad_input);
  CHECK(download->append(600, base::Bytes(401, 1)).error().code == Code::too_large);
  CHECK(download->have() == 600);
  CHECK_FALSE(download->finished());
  REQUIRE(download->append(600, base::Bytes(400, 1)));
  CHECK(download->finished());
  CHECK(download->append(1'000, base::Bytes(1, 1)).error().code == Code::too_large);
}

TEST_CASE("a download of another manifest begins anew") {
  const TempDir folder;
  const snapshot::Place place{folder / "replica.db"};
  REQUIRE(snapshot::Download::open(place, manifest_for(1'000)).value()->append(0, base::Bytes(1'000, 1)));
  CHECK(snapshot::Download::open(place, manifest_for(1'000)).value()->have() == 1'000);
  CHECK(snapshot::Download::open(place, manifest_for(1'000, 2)).value()->have() == 0);
  CHECK(snapshot::Download::open(place, manifest_for(1'000)).value()->have() == 0);
}

TEST_CASE("limits and tables of the future are refused before a byte is asked for") {
  const TempDir folder;
  const snapshot::Place place{folder / "replica.db"};
  auto manifest = manifest_for(wire::snapshot_bytes_max + 1);
  CHECK(snapshot::Download::open(place, manifest).error().code == Code::too_large);
  manifest = manifest_for(1);
  manifest.raw_bytes = wire::snapshot_raw_bytes_max + 1;
  CHECK(snapshot::Download::open(place, manifest).error().code == Code::too_large);
  manifest = manifest_for(1);
  manifest.schema = 2;
  CHECK(snapshot::Download::open(place, manifest).error().code == Code::store_newer);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a replica that is past a download drops it when it opens") {
  const struct {
    wire::DownCursor cursor;
    bool dropped;
  } cases[] = {{{3, 39, 0}, false}, {{3, 40, 0}, true}, {{3, 50, 0}, true}, {{2, 50, 0}, false}, {{4, 1, 0}, false}};
  for (const auto& each : cases) {
    INFO(each.cursor.generation << "." << each.cursor.hub_seq);
    const TempDir folder;
    const auto path = folder / "replica.db";
    const snapshot::Place place{path};
    REQUIRE(snapshot::Download::open(place, manifest_for(100)).value()->append(0, base::Bytes(100, 1)));
    REQUIRE(store::Replica::open(path).value()->apply(last_page(each.cursor), 0));
    REQUIRE(store::Replica::open(path));
    CHECK(std::filesystem::exists(place.download()) != each.dropped);
  }
}
