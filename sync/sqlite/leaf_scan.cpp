// SPDX-License-Identifier: Apache-2.0
// Offsets and formulas are those of "Database File Format", sqlite.org/fileformat2.html, sections 1.6 and 2.1, for
// pages of 4096 bytes without reserved ones.
#include "sync/sqlite/leaf_scan.h"

#include "sync/sqlite/file.h"

#include <algorithm>
#include <optional>

namespace millpond::sqlite {
namespace {

constexpr std::size_t page_bytes = 4'096;
constexpr std::uint8_t table_leaf = 0x0D;
constexpr std::uint64_t record_bytes_max = 32U << 20;

// Reads forward through bytes that may be anything.
struct Reader {
  base::ByteView bytes;
  std::size_t at{};
  bool good{true};

  base::ByteView take(std::uint64_t count) {
    if (!good || count > bytes.size() - at) {
      good = false;
      return {};
    }
    const auto piece = bytes.subspan(at, static_cast<std::size_t>(count));
    at += piece.size();
    return piece;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
      const auto byte = take(1);
      if (!good) return 0;
      if (i == 8) return (value << 8U) | byte[0];
      value = (value << 7U) | (byte[0] & 0x7FU);
      if ((byte[0] & 0x80U) == 0) break;
    }
    return value;
  }
};

std::optional<LeafValue> value_of(Reader& body, std::uint64_t serial) {
  constexpr std::array<std::uint8_t, 7> integer_bytes{0, 1, 2, 3, 4, 6, 8};
  if (serial == 0) return LeafValue{};
  if (serial == 8 || serial == 9) return LeafValue{static_cast<std::int64_t>(serial - 8)};
  if (serial < integer_bytes.size()) {
    const auto bytes = body.take(integer_bytes[static_cast<std::size_t>(serial)]);
    if (!body.good) return {};
    auto value = base::read_big_endian(bytes);
    const auto bits = bytes.size() * 8;
    if (bits < 64 && (value >> (bits - 1)) != 0) value |= ~std::uint64_t{0} << bits;
    return LeafValue{static_cast<std::int64_t>(value)};
  }
  if (serial < 12) return {};
  const auto bytes = body.take((serial - 12) / 2);
  if (!body.good) return {};
  return LeafValue{base::Bytes{bytes.begin(), bytes.end()}};
}

std::optional<std::vector<LeafValue>> decode(base::ByteView record, std::size_t columns) {
  Reader header{record};
  const auto header_bytes = header.varint();
  if (!header.good || header_bytes > record.size() || header_bytes > 9 * (columns + 1)) return {};
  Reader body{record, static_cast<std::size_t>(header_bytes)};
  std::vector<LeafValue> values;
  while (header.good && header.at < header_bytes && values.size() <= columns) {
    auto value = value_of(body, header.varint());
    if (!value) return {};
    values.push_back(std::move(*value));
  }
  if (!header.good || header.at != header_bytes || values.size() != columns) return {};
  return values;
}

class Scan {
 public:
  explicit Scan(File& file, std::uint64_t bytes) : file_{file}, pages_{bytes / page_bytes} {}

  base::Result<> run(std::size_t columns, const std::function<base::Result<>(const LeafRow&)>& found) {
    for (std::uint64_t number = 2; number <= pages_; ++number) {
      MILLPOND_TRY(const auto page, read(number));
      if (page[0] != table_leaf) continue;
      const auto cells = std::min<std::uint64_t>(base::read_big_endian(base::ByteView{page}.subspan(3, 2)), 1'000);
      for (std::uint64_t cell = 0; cell < cells; ++cell) {
        const auto offset = base::read_big_endian(base::ByteView{page}.subspan(8 + 2 * cell, 2));
        if (offset >= page_bytes) continue;
        const auto row = row_at(base::ByteView{page}.subspan(offset), columns);
        if (row) MILLPOND_TRY_DO(found(*row));
      }
    }
    return {};
  }

 private:
  base::Result<base::Bytes> read(std::uint64_t number) {
    base::Bytes page(page_bytes);
    MILLPOND_TRY_DO(file_.read((number - 1) * page_bytes, page));
    return page;
  }

  std::optional<LeafRow> row_at(base::ByteView cell, std::size_t columns) {
    Reader reader{cell};
    const auto size = reader.varint();
    LeafRow row;
    row.rowid = static_cast<std::int64_t>(reader.varint());
    if (!reader.good || size > record_bytes_max) return {};
    constexpr std::uint64_t local_max = page_bytes - 35;
    constexpr std::uint64_t local_min = (page_bytes - 12) * 32 / 255 - 23;
    const auto spilt = local_min + (size - local_min) % (page_bytes - 4);
    const auto local = size <= local_max ? size : spilt <= local_max ? spilt : local_min;
    const auto first = reader.take(local);
    if (!reader.good) return {};
    base::Bytes record{first.begin(), first.end()};
    if (size > local && !follow(base::read_big_endian(reader.take(size > local ? 4 : 0)), size, record)) return {};
    auto values = decode(record, columns);
    if (!values) return {};
    row.values = std::move(*values);
    return row;
  }

  bool follow(std::uint64_t next, std::uint64_t size, base::Bytes& record) {
    while (record.size() < size) {
      if (next < 2 || next > pages_) return false;
      const auto page = read(next);
      if (!page) return false;
      next = base::read_big_endian(base::ByteView{*page}.first(4));
      const auto rest = static_cast<std::size_t>(std::min<std::uint64_t>(size - record.size(), page_bytes - 4));
      base::append(record, base::ByteView{*page}.subspan(4, rest));
    }
    return true;
  }

  File& file_;
  std::uint64_t pages_;
};

}  // namespace

base::Result<> scan_leaves(const std::string& vfs, const std::filesystem::path& path, std::size_t columns,
                           const std::function<base::Result<>(const LeafRow&)>& found) {
  MILLPOND_TRY(const auto file, File::open(vfs, path, FileUse::read));
  MILLPOND_TRY(const auto bytes, file->size());
  return Scan{*file, bytes}.run(columns, found);
}

}  // namespace millpond::sqlite
