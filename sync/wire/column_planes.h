// SPDX-License-Identifier: Apache-2.0
// PlaneWriter and PlaneReader: columns of whole numbers and of bytes, to and from one zstd frame. A column of numbers
// lies as byte planes (all lowest bytes, then all second ones, ...) as many as its largest number needs, none when all
// are 0, and each plane is a zstd block with statistics of its own, because a plane's bytes resemble each other and
// not their neighbours: 7.6 against 8.25 bytes an event where both were measured. Inside `wire` only. One thread each.
//
// Both have code(): the writer adds the value and returns it, the reader returns the next one, so that one list of
// fields (column_fields.h) serves both directions.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/wire/column_layout.h"
#include "sync/wire/ratio.h"

#include <array>
#include <string>
#include <vector>

namespace millpond::wire {

// What a batch carries beside its columns.
struct ColumnsHead {
  base::BrandId brand;
  Ratio points;  // of a base
  Ratio tax;     // of a total
  // What the first promises are made from.
  std::int64_t occurred_at_ms{};
  std::int32_t utc_offset_min{};
  std::uint32_t programme_version{};
  std::uint32_t store{};
  std::uint64_t newest_id{};
  friend bool operator==(const ColumnsHead&, const ColumnsHead&) = default;
};

class PlaneWriter {
 public:
  static constexpr bool writing = true;

  std::uint64_t code(Column column, std::uint64_t value) {
    auto& at = columns_[static_cast<std::size_t>(column)];
    at.values.push_back(value);
    at.all_bits |= value;
    return value;
  }
  void bytes(Column column, base::ByteView value) {
    base::append(columns_[static_cast<std::size_t>(column)].raw, value);
  }
  void spend(std::size_t) {}
  void remember() {}
  void fail() {}

  // All columns one behind the other, and the places where a block ends.
  [[nodiscard]] base::Bytes content(const ColumnsHead& head, std::vector<std::size_t>& ends) const;

 private:
  struct Content {
    std::vector<std::uint64_t> values;
    std::uint64_t all_bits{};
    base::Bytes raw;
  };
  std::array<Content, columns_max> columns_;
};

// One zstd frame, level 1, whose blocks end there.
[[nodiscard]] base::Bytes compress_blocks(base::ByteView content, const std::vector<std::size_t>& ends);

// Trusts nothing: what is not there reads as 0 and sticks as a failure.
class PlaneReader {
 public:
  static constexpr bool writing = false;

  PlaneReader(PlaneReader&&) = default;  // the places point into the bytes that move along
  PlaneReader& operator=(PlaneReader&&) = default;

  // The content of a frame, already decompressed. Error: bad_input.
  [[nodiscard]] static base::Result<PlaneReader> open(base::ByteView content);

  std::uint64_t code(Column column, std::uint64_t = 0) {
    auto& at = columns_[static_cast<std::size_t>(column)];
    if (at.width == 0) return 0;
    if (at.next == at.count) {
      fail();
      return 0;
    }
    const auto* plane = at.start + at.next++;
    std::uint64_t value = *plane;
    for (unsigned shift = 8; shift < 8 * at.width; shift += 8) value |= std::uint64_t{*(plane += at.count)} << shift;
    return value;
  }
  // The next `size` bytes of a column of bytes; no bytes after a failure.
  [[nodiscard]] base::ByteView bytes(Column column, std::uint64_t size);
  // Every text of a fact is taken from its allowance, so that a short batch cannot name a long text without end.
  void spend(std::size_t size) {
    if (size > allowance_) return fail();
    allowance_ -= size;
  }
  void allow(std::size_t size) { allowance_ = size; }
  // Nor can it fill the memory with dictionaries.
  void remember() {
    if (++remembered_ > dictionary_entries_max) fail();
  }
  void fail() { failed_ = true; }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool finished() const;  // every column was read to its end
  [[nodiscard]] const ColumnsHead& head() const { return head_; }

 private:
  PlaneReader() = default;

  struct Place {
    const std::uint8_t* start{};
    std::size_t count{};
    std::size_t next{};
    unsigned width{};  // planes; 0: absent
  };
  std::array<Place, columns_max> columns_;
  base::Bytes planes_;
  ColumnsHead head_;
  std::size_t allowance_{};
  std::size_t remembered_{};
  bool failed_{};
};

}  // namespace millpond::wire
