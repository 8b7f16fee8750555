// SPDX-License-Identifier: Apache-2.0
#include "tests/support/packed_jpeg.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
// This needs the two above.
#include <jpeglib.h>

#include <vector>

namespace millpond::tests {
namespace {

// Without its DHT segments.
base::Bytes without_tables(const base::Bytes& jpeg) {
  base::Bytes left{jpeg[0], jpeg[1]};
  std::size_t at = 2;
  constexpr std::uint8_t start_of_scan = 0xDA;
  constexpr std::uint8_t huffman_tables = 0xC4;
  while (jpeg[at + 1] != start_of_scan) {
    const std::size_t length = 2U + (std::size_t{jpeg[at + 2]} << 8U | jpeg[at + 3]);
    if (jpeg[at + 1] != huffman_tables)
      left.insert(left.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(at),
                  jpeg.begin() + static_cast<std::ptrdiff_t>(at + length));
    at += length;
  }
  left.insert(left.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(at), jpeg.end());
  return left;
}

}  // namespace

base::Bytes packed_jpeg(const PackedJpeg& picture) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* packed = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &packed, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  if (picture.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  std::vector<std::uint8_t> line(static_cast<std::size_t>(picture.width) * 3);
  for (std::size_t i = 0; i < line.size(); ++i) line[i] = i < line.size() / 2 ? packed_dark : packed_light;
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = line.data();
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  base::Bytes bytes{packed, packed + size};
  std::free(packed);
  jpeg_destroy_compress(&info);
  return picture.with_tables ? bytes : without_tables(bytes);
}

}  // namespace millpond::tests
