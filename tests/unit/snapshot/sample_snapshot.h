// SPDX-License-Identifier: Apache-2.0
// A small snapshot and the steps that bring it to a replica, for the tests of this room.
#pragma once

#include "sync/base/file.h"
#include "sync/snapshot/staged.h"
#include "sync/snapshot/writer.h"
#include "sync/sqlite/file.h"
#include "sync/store/replica.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace millpond::tests {

inline constexpr base::TerminalId our_terminal{7};

inline base::Bytes key_of(std::uint64_t id, std::size_t size = 8) {
  base::Bytes key;
  base::append_big_endian(key, id, size);
  return key;
}

inline wire::DownRow member_row(std::uint64_t id, std::int64_t points) {
  return {static_cast<std::uint8_t>(wire::RowKind::member), key_of(id), false,
          wire::encode(wire::MemberRow{{id}, points, points * 100, 1})};
}

inline wire::CouponRow coupon(std::uint64_t id, std::uint64_t member) {
  return {{id}, {member}, {2}, {3}, {4}, 500, 0, 1, 2, wire::CouponState::issued};
}

// Members 1 to n, and one row or more of every kind.
inline std::vector<wire::DownRow> sample_rows(std::uint64_t n) {
  using wire::RowKind;
  const auto row = [](RowKind kind, base::Bytes key, base::Bytes body) {
    return wire::DownRow{static_cast<std::uint8_t>(kind), std::move(key), false, std::move(body)};
  };
  std::vector<wire::DownRow> rows;
  for (std::uint64_t id = 1; id <= n; ++id) rows.push_back(member_row(id, static_cast<std::int64_t>(id * 10)));
  for (std::uint64_t id = 1; id <= n; id += 2)
    rows.push_back(row(RowKind::coupon, key_of(id + 500'000), wire::encode(coupon(id + 500'000, id))));
  rows.push_back(row(RowKind::programme, key_of(1, 4), {1, 2, 3}));
  rows.push_back(row(RowKind::issuer, key_of(9, 4), {9}));
  rows.push_back(row(RowKind::profile, key_of(1), wire::encode(wire::ProfileRow{{1}, "138****2917"})));
  rows.push_back(row(RowKind::phone, base::Bytes(16, 7), key_of(2)));
  rows.push_back({99, {1, 2, 3}, false, {4, 5}});
  return rows;
}

// What the hub would count over live member rows.
inline wire::Checkpoint checkpoint_of(const std::vector<wire::DownRow>& rows) {
  wire::Checkpoint sum;
  for (const auto& row : rows) {
    if (row.kind != static_cast<std::uint8_t>(wire::RowKind::member)) continue;
    ++sum.count;
    sum.checksum += wire::row_checksum(row.key, row.body);
  }
  return sum;
}

// The last page of an answer.
inline wire::DownPage last_page(wire::DownCursor next, std::vector<wire::DownRow> rows = {}) {
  wire::DownPage page;
  page.next = next;
  page.rows = std::move(rows);
  page.checkpoint = wire::Checkpoint{};
  return page;
}

struct Published {
  wire::SnapshotManifest manifest;
  base::Bytes file;
};

inline base::Result<Published> publish(const std::filesystem::path& path, const std::vector<wire::DownRow>& rows,
                                       wire::DownCursor cursor = {3, 40, 0}) {
  MILLPOND_TRY(const auto writer, snapshot::Writer::create({.path = path, .cursor = cursor, .hub_wall_ms = 1'234'567}));
  for (const auto& row : rows) MILLPOND_TRY_DO(writer->add(row.kind, row.key, row.body));
  MILLPOND_TRY_DO(writer->add_mark({5}, {{50}, {500}}));
  MILLPOND_TRY_DO(writer->add_mark(our_terminal, {{70}, {11}}));
  MILLPOND_TRY_DO(writer->add_mark(our_terminal, {{71}, {22}}));
  MILLPOND_TRY_DO(writer->add_mark(our_terminal, {{72}, {0}}));
  Published published;
  MILLPOND_TRY(published.manifest, writer->finish());
  MILLPOND_TRY(published.file, base::read_file(path));
  return published;
}

// One that tests share, because making it is the slow part.
inline const Published& sample_snapshot() {
  static const Published published = [] {
    const TempDir folder;
    return publish(folder / "snapshot", sample_rows(300)).value();
  }();
  return published;
}

inline base::Result<std::unique_ptr<snapshot::Download>> downloaded(const snapshot::Place& place,
                                                                    const Published& published) {
  MILLPOND_TRY(auto download, snapshot::Download::open(place, published.manifest));
  while (!download->finished()) {
    const auto rest = base::ByteView{published.file}.subspan(static_cast<std::size_t>(download->have()));
    MILLPOND_TRY_DO(download->append(download->have(), rest.first(std::min<std::size_t>(rest.size(), 3'000))));
  }
  return download;
}

inline base::Result<std::unique_ptr<snapshot::Staged>> staged(const snapshot::Place& place,
                                                              const Published& published) {
  MILLPOND_TRY(auto download, downloaded(place, published));
  return snapshot::Staged::open(std::move(download));
}

inline base::Result<> fetch_and_adopt(store::Replica& replica, const Published& published, std::uint64_t position) {
  MILLPOND_TRY(auto ready, staged(replica.place(), published));
  return replica.adopt(std::move(ready), position);
}

}  // namespace millpond::tests
