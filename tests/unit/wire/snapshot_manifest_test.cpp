// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/snapshot_manifest.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;

namespace {

wire::SnapshotManifest sample() {
  wire::SnapshotManifest manifest{1, {0x8000'0000'0000'0001, 77, 0}, 1'000, 5'000, {}, {12, 0xFFFF'0000'1111'2222}};
  manifest.hash.fill(0xAB);
  return manifest;
}

}  // namespace

TEST_CASE("a snapshot's manifest comes back as it was, and its bytes do not change") {
  const auto bytes = wire::encode(sample());
  CHECK(*wire::decode_snapshot_manifest(bytes) == sample());
  CHECK(base::to_hex(bytes) ==
        "080111010000000000008018"
        "4d20e80728882732"
        "20abababababababababababababababababababababababababababababababab"
        "3a0b080c1122221111"
        "0000ffff");
}

TEST_CASE("a manifest past its limits or without a field is refused") {
  const struct {
    const char* what;
    void (*change)(wire::SnapshotManifest&);
    Code expected;
  } cases[] = {
      {"a file too large", [](auto& m) { m.bytes = wire::snapshot_bytes_max + 1; }, Code::too_large},
      {"a database too large", [](auto& m) { m.raw_bytes = wire::snapshot_raw_bytes_max + 1; }, Code::too_large},
      {"no schema", [](auto& m) { m.schema = 0; }, Code::bad_input},
      {"no generation", [](auto& m) { m.cursor.generation = 0; }, Code::bad_input},
      {"no bytes", [](auto& m) { m.bytes = 0; }, Code::bad_input},
      {"no raw bytes", [](auto& m) { m.raw_bytes = 0; }, Code::bad_input},
  };
  for (const auto& each : cases) {
    INFO(each.what);
    auto manifest = sample();
    each.change(manifest);
    CHECK(wire::decode_snapshot_manifest(wire::encode(manifest)).error().code == each.expected);
  }
  auto cut = wire::encode(sample());
  for (std::size_t size = 0; size < cut.size(); ++size) {
    const auto decoded = wire::decode_snapshot_manifest(base::ByteView{cut}.first(size));
    CHECK((!decoded || *decoded != sample()));
  }
}
