// SPDX-License-Identifier: Apache-2.0
// CrashFile: a file of a CrashDisk (crash_vfs.h): what programs see of it, what the platter has, and which sectors
// differ.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/rng.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace millpond::tests {

inline constexpr std::uint64_t sector_bytes = 512;

enum class SectorState : std::uint8_t {
  same,       // on the platter as in memory
  dirty,      // the next sync writes it
  abandoned,  // a failed sync left it in memory only
};

// A file's bytes as programs see them, and as they are on the platter.
struct CrashFile {
  base::Bytes content;
  base::Bytes durable;
  std::vector<SectorState> sectors;  // by number; beyond its end they are the same
  std::vector<std::uint64_t> dirty;  // numbers of those that the next sync writes, in the order of their first write
  std::map<const void*, int> locks;  // SQLite lock level by handle
  bool promised = false;             // a sync said that the rest is on the platter, and it is not

  void mark(std::uint64_t offset, std::uint64_t size) {
    const auto end = (offset + size + sector_bytes - 1) / sector_bytes;
    if (sectors.size() < end) sectors.resize(end, SectorState::same);
    for (auto sector = offset / sector_bytes; sector < end; ++sector) {
      if (sectors[sector] == SectorState::dirty) continue;
      sectors[sector] = SectorState::dirty;
      dirty.push_back(sector);
    }
  }
  void write(std::uint64_t offset, base::ByteView bytes) {
    if (content.size() < offset + bytes.size()) {
      mark(content.size(), offset + bytes.size() - content.size());
      content.resize(offset + bytes.size());
    }
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
    mark(offset, bytes.size());
  }
  void sync() {
    promised = false;
    durable.resize(content.size());
    for (const auto sector : dirty) {
      copy_sector(content, durable, sector);
      sectors[sector] = SectorState::same;
    }
    dirty.clear();
  }
  void fail_sync() {
    for (const auto sector : dirty) sectors[sector] = SectorState::abandoned;
    dirty.clear();
  }
  void all_durable() {
    promised = false;
    durable = content;
    sectors.clear();
    dirty.clear();
  }
  static void copy_sector(const base::Bytes& from, base::Bytes& to, std::uint64_t sector,
                          std::uint64_t from_bytes = UINT64_MAX) {
    const auto begin = sector * sector_bytes;
    const auto end = std::min({begin + sector_bytes, std::uint64_t{from.size()}, std::uint64_t{to.size()}, from_bytes});
    if (begin >= end) return;
    std::copy(from.begin() + static_cast<std::ptrdiff_t>(begin), from.begin() + static_cast<std::ptrdiff_t>(end),
              to.begin() + static_cast<std::ptrdiff_t>(begin));
  }

  // What a power cut leaves. The size is old, new, or, where the file grew, on the way: a journaling file system
  // shrinks a file in one step. Each unsynced sector is new, old or garbage.
  void cut(base::Rng& rng, bool garbles) {
    const auto seen_bytes = content.size();
    const auto low = std::min(durable.size(), content.size());
    const auto high = std::max(durable.size(), content.size());
    switch (rng.below(content.size() < durable.size() ? 2 : 3)) {
      case 0:
        break;
      case 1:
        durable.resize(content.size());
        break;
      default:
        durable.resize(low + rng.below(high - low + 1));
        break;
    }
    // All but the marked sectors and the end are the same in both already: files of megabytes lose power often.
    content.resize(std::max(content.size(), durable.size()));
    for (std::uint64_t sector = 0; sector < sectors.size(); ++sector) {
      if (sectors[sector] == SectorState::same) continue;
      const auto fate = garbles ? rng.below(3) : 2 * rng.below(2);
      if (fate == 0) copy_sector(content, durable, sector, seen_bytes);
      if (fate == 1) garble_sector(rng, sector);
      copy_sector(durable, content, sector);
    }
    content.resize(durable.size());
    if (seen_bytes < durable.size()) {
      const auto from = static_cast<std::ptrdiff_t>(seen_bytes);
      std::copy(durable.begin() + from, durable.end(), content.begin() + from);
    }
    sectors.clear();
    dirty.clear();
    locks.clear();
  }
  void garble_sector(base::Rng& rng, std::uint64_t sector) {
    const auto begin = sector * sector_bytes;
    for (auto i = begin; i < begin + sector_bytes && i < durable.size(); ++i)
      durable[i] = static_cast<std::uint8_t>(rng.next());
  }
};

}  // namespace millpond::tests
