// SPDX-License-Identifier: Apache-2.0
#include "hardware/image/image.h"

#include "sync/base/file.h"

#include <stb_image.h>
#include <stb_image_write.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>

namespace millpond::image {
namespace {

constexpr int gray_channels = 1;
constexpr int rgba_channels = 4;

base::Error unreadable(std::string detail) {
  return {base::Code::picture_unreadable, "read picture", std::move(detail)};
}

bool starts_with(base::ByteView file, std::span<const std::uint8_t> magic) {
  return file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
}

bool is_png_or_jpeg(base::ByteView file) {
  constexpr std::array<std::uint8_t, 8> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  constexpr std::array<std::uint8_t, 3> jpeg{0xFF, 0xD8, 0xFF};
  return starts_with(file, png) || starts_with(file, jpeg);
}

bool fits(int width, int height) {
  return width >= 1 && height >= 1 && width <= side_max && height <= side_max &&
         std::int64_t{width} * height <= pixels_max;
}

base::Error exceeds(int width, int height) {
  return {base::Code::too_large, "picture", std::to_string(width) + " x " + std::to_string(height) + " pixels"};
}

struct FreePixels {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};

template <class Picture, int channels>
base::Result<Picture> decode(base::ByteView file) {
  if (file.size() > file_bytes_max) {
    return base::Error{base::Code::too_large, "read picture", std::to_string(file.size()) + " bytes"};
  }
  if (!is_png_or_jpeg(file)) return unreadable("neither PNG nor JPEG");
  const auto length = static_cast<int>(file.size());
  int width = 0;
  int height = 0;
  int in_file = 0;
  // The sides are in the first bytes: a bomb is refused before a pixel is unpacked.
  if (stbi_info_from_memory(file.data(), length, &width, &height, &in_file) == 0) {
    return unreadable(stbi_failure_reason());
  }
  if (!fits(width, height)) return exceeds(width, height);
  const std::unique_ptr<stbi_uc, FreePixels> pixels{
      stbi_load_from_memory(file.data(), length, &width, &height, &in_file, channels)};
  if (!pixels) return unreadable(stbi_failure_reason());
  if (!fits(width, height)) return exceeds(width, height);
  const auto count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * channels;
  return Picture{width, height, {pixels.get(), pixels.get() + count}};
}

void append_chunk(void* context, void* data, int size) {
  auto& to = *static_cast<base::Bytes*>(context);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  to.insert(to.end(), bytes, bytes + size);
}

template <class Picture>
base::Result<base::Bytes> encode(const Picture& picture, int channels) {
  if (!fits(picture.width, picture.height)) return exceeds(picture.width, picture.height);
  const auto row_bytes = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(channels);
  if (picture.pixels.size() != row_bytes * static_cast<std::size_t>(picture.height)) {
    return base::Error{base::Code::bad_input, "write picture", "pixels do not match the sides"};
  }
  base::Bytes file;
  const auto written = stbi_write_png_to_func(append_chunk, &file, picture.width, picture.height, channels,
                                              picture.pixels.data(), static_cast<int>(row_bytes));
  if (written == 0 || file.empty()) return base::Error{base::Code::internal, "write picture", "out of memory"};
  return file;
}

template <class Picture>
base::Result<> save(const std::filesystem::path& path, const Picture& picture) {
  MILLPOND_TRY(const auto file, encode_png(picture));
  return base::write_file(path, file);
}

}  // namespace

base::Result<GrayImage> decode_gray(base::ByteView file) { return decode<GrayImage, gray_channels>(file); }
base::Result<RgbaImage> decode_rgba(base::ByteView file) { return decode<RgbaImage, rgba_channels>(file); }

base::Result<GrayImage> load_gray(const std::filesystem::path& path) {
  MILLPOND_TRY(const auto file, base::read_file(path, file_bytes_max));
  return decode_gray(file);
}

base::Result<RgbaImage> load_rgba(const std::filesystem::path& path) {
  MILLPOND_TRY(const auto file, base::read_file(path, file_bytes_max));
  return decode_rgba(file);
}

base::Result<base::Bytes> encode_png(const GrayImage& picture) { return encode(picture, gray_channels); }
base::Result<base::Bytes> encode_png(const RgbaImage& picture) { return encode(picture, rgba_channels); }

base::Result<> save_png(const std::filesystem::path& path, const GrayImage& picture) { return save(path, picture); }
base::Result<> save_png(const std::filesystem::path& path, const RgbaImage& picture) { return save(path, picture); }

}  // namespace millpond::image
