// SPDX-License-Identifier: Apache-2.0
// Pictures in memory and as PNG or JPEG files. Not for video, and nothing here draws: it is the only room that knows
// the picture library. Pure values and blocking files; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace millpond::image {

inline constexpr int side_max = 16384;
inline constexpr std::int64_t pixels_max = 64'000'000;  // a 50-megapixel telephone picture fits
inline constexpr std::size_t file_bytes_max = std::size_t{48} << 20;

struct GrayImage {
  int width{};
  int height{};
  std::vector<std::uint8_t> pixels;  // width * height, 0 is black
  friend bool operator==(const GrayImage&, const GrayImage&) = default;
};

struct RgbaImage {
  int width{};
  int height{};
  std::vector<std::uint8_t> pixels;  // width * height * 4: red, green, blue, alpha, not premultiplied
  friend bool operator==(const RgbaImage&, const RgbaImage&) = default;
};

// A picture from the bytes of a PNG or JPEG file; colour becomes luma. Other formats are refused unread, because each
// parser that strangers' files can reach is one more to trust. Errors: picture_unreadable (not a picture, damaged,
// truncated), too_large (a side above side_max, or more than pixels_max).
[[nodiscard]] base::Result<GrayImage> decode_gray(base::ByteView file);
[[nodiscard]] base::Result<RgbaImage> decode_rgba(base::ByteView file);

// The same from disk; also not_found, permission_denied, file_unreadable, and too_large above file_bytes_max.
[[nodiscard]] base::Result<GrayImage> load_gray(const std::filesystem::path& path);
[[nodiscard]] base::Result<RgbaImage> load_rgba(const std::filesystem::path& path);

// The bytes of a PNG file. Errors: bad_input when the pixels do not match the sides, too_large as above.
[[nodiscard]] base::Result<base::Bytes> encode_png(const GrayImage& picture);
[[nodiscard]] base::Result<base::Bytes> encode_png(const RgbaImage& picture);

// Writes a PNG file, replacing it whole or not at all. Errors: those of encode_png and base::write_file.
[[nodiscard]] base::Result<> save_png(const std::filesystem::path& path, const GrayImage& picture);
[[nodiscard]] base::Result<> save_png(const std::filesystem::path& path, const RgbaImage& picture);

}  // namespace millpond::image
