// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/column_planes.h"

#include "sync/base/check.h"
#include "sync/wire/proto_fields.h"

#include <bit>
#include <memory>
#include <zstd.h>

namespace millpond::wire {
namespace {

constexpr std::uint8_t planes_tag = 15U << 3 | 2U;  // UpColumns.planes, written by hand behind the other fields
constexpr std::size_t block_bytes_min = 48;         // a shorter plane shares the block of the one behind it

void append_varint(base::Bytes& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<std::uint8_t>(value | 0x80));
  to.push_back(static_cast<std::uint8_t>(value));
}

void append_plane(base::Bytes& to, const std::vector<std::uint64_t>& values, unsigned shift) {
  const auto begin = to.size();
  to.resize(begin + values.size());
  auto* out = to.data() + begin;
  for (const auto value : values) *out++ = static_cast<std::uint8_t>(value >> shift);
}

unsigned planes_of(std::uint64_t all_bits) { return static_cast<unsigned>(std::bit_width(all_bits) + 7) / 8; }

}  // namespace

base::Bytes PlaneWriter::content(const ColumnsHead& head, std::vector<std::size_t>& ends) const {
  proto::UpColumns directory;
  if (head.brand != base::BrandId{}) directory.set_brand(text_of_array(head.brand.bytes));
  for (const auto& ratio : {head.points, head.tax}) {
    directory.add_ratios(ratio.numerator);
    directory.add_ratios(ratio.denominator);
  }
  directory.set_occurred_at_ms(head.occurred_at_ms);
  directory.set_utc_offset_min(head.utc_offset_min);
  directory.set_programme_version(head.programme_version);
  directory.set_store(head.store);
  directory.set_newest_id(head.newest_id);
  base::Bytes planes;
  std::vector<std::size_t> plane_ends;
  for (std::size_t number = 0; number < columns_.size(); ++number) {
    const auto& column = columns_[number];
    const auto width = column.raw.empty() ? planes_of(column.all_bits) : 1U;
    if (width == 0) continue;
    const auto count = column.raw.empty() ? column.values.size() : column.raw.size();
    directory.add_numbers(static_cast<std::uint32_t>(number));
    directory.add_widths(width);
    directory.add_counts(static_cast<std::uint32_t>(count));
    base::append(planes, column.raw);
    for (unsigned plane = 0; plane < width && column.raw.empty(); ++plane) {
      append_plane(planes, column.values, 8 * plane);
      plane_ends.push_back(planes.size());
    }
    plane_ends.push_back(planes.size());
  }
  auto content = serialize(directory);
  content.push_back(planes_tag);
  append_varint(content, planes.size());
  ends = {content.size()};
  for (const auto end : plane_ends) {
    if (content.size() + end - ends.back() >= block_bytes_min) ends.push_back(content.size() + end);
  }
  base::append(content, planes);
  ends.back() = content.size();
  return content;
}

base::Bytes compress_blocks(base::ByteView content, const std::vector<std::size_t>& ends) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(), &ZSTD_freeCCtx};
  MILLPOND_CHECK(context != nullptr);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 1);
  ZSTD_CCtx_setPledgedSrcSize(context.get(), content.size());
  base::Bytes out(ZSTD_compressBound(content.size()) + 16 * (ends.size() + 2));
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    ZSTD_inBuffer from{content.data() + begin, ends[i] - begin, 0};
    const auto mode = i + 1 == ends.size() ? ZSTD_e_end : ZSTD_e_flush;
    const auto left = ZSTD_compressStream2(context.get(), &to, &from, mode);
    MILLPOND_CHECK(ZSTD_isError(left) == 0 && left == 0 && from.pos == from.size);  // the buffer holds the bound
    begin = ends[i];
  }
  out.resize(to.pos);
  return out;
}

base::Result<PlaneReader> PlaneReader::open(base::ByteView content) {
  MILLPOND_TRY(const auto in, parse<proto::UpColumns>(content, "up columns", up_body_bytes_max));
  const auto columns = in.numbers_size();
  if (in.widths_size() != columns || in.counts_size() != columns || in.ratios_size() != 4) {
    return bad_message("up columns", "a directory of unequal lists");
  }
  PlaneReader reader;
  if (!in.brand().empty() && !copy_exactly(in.brand(), reader.head_.brand.bytes)) {
    return bad_message("up columns", "a brand of another length");
  }
  reader.head_.points = {in.ratios(0), in.ratios(1)};
  reader.head_.tax = {in.ratios(2), in.ratios(3)};
  reader.head_.occurred_at_ms = in.occurred_at_ms();
  reader.head_.utc_offset_min = in.utc_offset_min();
  reader.head_.programme_version = in.programme_version();
  reader.head_.store = in.store();
  reader.head_.newest_id = in.newest_id();
  reader.planes_.assign(in.planes().begin(), in.planes().end());
  std::size_t at = 0;
  for (int i = 0; i < columns; ++i) {
    const std::uint64_t bytes = std::uint64_t{in.widths(i)} * in.counts(i);
    if (in.numbers(i) >= columns_max || in.widths(i) < 1 || in.widths(i) > 8 || bytes > reader.planes_.size() - at) {
      return bad_message("up columns", "a column that is not there");
    }
    auto& column = reader.columns_[in.numbers(i)];
    if (column.width != 0) return bad_message("up columns", "a column twice");
    column = {reader.planes_.data() + at, in.counts(i), 0, in.widths(i)};
    at += static_cast<std::size_t>(bytes);
  }
  if (at != reader.planes_.size()) return bad_message("up columns", "bytes of no column");
  return reader;
}

base::ByteView PlaneReader::bytes(Column column, std::uint64_t size) {
  auto& at = columns_[static_cast<std::size_t>(column)];
  if (size == 0) return {};
  if (at.width != 1 || size > at.count - at.next) {
    fail();
    return {};
  }
  const base::ByteView found{at.start + at.next, static_cast<std::size_t>(size)};
  at.next += static_cast<std::size_t>(size);
  return found;
}

bool PlaneReader::finished() const {
  return std::ranges::all_of(columns_, [](const Place& column) { return column.next == column.count; });
}

}  // namespace millpond::wire
