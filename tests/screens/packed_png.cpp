// SPDX-License-Identifier: Apache-2.0
#include "tests/screens/packed_png.h"

#include "sync/base/check.h"
#include "sync/base/file.h"

#include <initializer_list>
#include <zlib.h>

namespace millpond::tests {
namespace {

constexpr std::uint8_t eight_bits = 8;
constexpr std::uint8_t rgb_kind = 2;

void put(base::Bytes& file, std::uint32_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) file.push_back(static_cast<std::uint8_t>(number >> shift));
}

void put_chunk(base::Bytes& file, const char* kind, const base::Bytes& content) {
  put(file, static_cast<std::uint32_t>(content.size()));
  const auto from = file.size();
  for (int i = 0; i < 4; ++i) file.push_back(static_cast<std::uint8_t>(kind[i]));
  file.insert(file.end(), content.begin(), content.end());
  put(file, static_cast<std::uint32_t>(::crc32(0, file.data() + from, static_cast<uInt>(file.size() - from))));
}

// Rows as they are: flat colours repeat, and what a filter would leave does not.
base::Bytes rows_of(const image::RgbaImage& picture) {
  base::Bytes rows;
  const auto width = static_cast<std::size_t>(picture.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y) {
    rows.push_back(0);
    for (std::size_t x = 0; x < width; ++x) {
      const auto* const pixel = &picture.pixels[(y * width + x) * 4];
      rows.insert(rows.end(), pixel, pixel + 3);
    }
  }
  return rows;
}

}  // namespace

base::Result<> save_packed_png(const std::filesystem::path& path, const image::RgbaImage& picture) {
  base::Bytes head;
  put(head, static_cast<std::uint32_t>(picture.width));
  put(head, static_cast<std::uint32_t>(picture.height));
  for (const std::uint8_t byte : {eight_bits, rgb_kind, std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}}) {
    head.push_back(byte);
  }
  const auto rows = rows_of(picture);
  auto size = ::compressBound(rows.size());
  base::Bytes packed(size);
  const int done = ::compress2(packed.data(), &size, rows.data(), rows.size(), Z_BEST_COMPRESSION);
  MILLPOND_CHECK(done == Z_OK);
  packed.resize(size);
  base::Bytes file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  put_chunk(file, "IHDR", head);
  put_chunk(file, "IDAT", packed);
  put_chunk(file, "IEND", {});
  return base::write_file(path, file);
}

}  // namespace millpond::tests
