// SPDX-License-Identifier: Apache-2.0
#include "tests/screens/golden.h"

#include "sync/base/file.h"
#include "tests/screens/stage.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <gnu/libc-version.h>
#include <imgui.h>
#include <link.h>
#include <sstream>

namespace millpond::tests {
namespace {

constexpr std::uint64_t hash_start = 0xCBF29CE484222325U;

// FNV-1a over eight bytes at a time, turned so that high bits matter too. For equality only, against accidents.
std::uint64_t hash_bytes(const void* bytes, std::size_t size, std::uint64_t hash = hash_start) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  while (size > 0) {
    std::uint64_t word = 0;
    const std::size_t step = std::min<std::size_t>(size, sizeof word);
    std::memcpy(&word, at, step);
    hash = (hash ^ word) * 0x100000001B3U;
    hash ^= hash >> 29;
    at += step;
    size -= step;
  }
  return hash;
}

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

// The bytes of the FreeType that is loaded: distributions patch it without a new version.
std::string freetype() {
  std::string path;
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* found) {
        const std::string_view name{object->dlpi_name == nullptr ? "" : object->dlpi_name};
        if (name.find("libfreetype") == std::string_view::npos) return 0;
        *static_cast<std::string*>(found) = name;
        return 1;
      },
      &path);
  const auto bytes = base::read_file(path, std::size_t{16} << 20);
  return bytes ? hex(hash_bytes(bytes->data(), bytes->size())) : "none";
}

std::string fonts() {
  std::uint64_t hash = hash_start;
  for (int file = 0; file < 6; ++file) {
    const auto bytes = shared_fonts().file(static_cast<view::Fonts::File>(file));
    hash = hash_bytes(bytes.data(), bytes.size(), hash);
  }
  return hex(hash);
}

// With SSE, edges are rounded as each processor likes.
#ifdef IMGUI_DISABLE_SSE
constexpr const char* rounding = "";
#else
constexpr const char* rounding = " with SSE";
#endif

// The C library chooses sinf and powf by what the processor has.
std::string machine() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("fma") ? "x86_64 with fma" : "x86_64 without fma";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

}  // namespace

std::vector<std::string> golden_setup() {
  return {std::string{"compiler "} + __VERSION__,
          "imgui " + std::to_string(IMGUI_VERSION_NUM) + rounding,
          "freetype " + freetype(),
          "fonts " + fonts(),
          std::string{"libc "} + gnu_get_libc_version(),
          "machine " + machine()};
}

std::uint64_t picture_hash(const image::RgbaImage& picture) {
  return hash_bytes(picture.pixels.data(), picture.pixels.size());
}

Goldens load_goldens() {
  const auto setup = golden_setup();
  std::string whole;
  for (const auto& line : setup) whole += line + "\n";
  Goldens goldens;
  goldens.file = source_dir() / "tests/screens/golden" / (hex(hash_bytes(whole.data(), whole.size())) + ".txt");
  const auto bytes = base::read_file(goldens.file, std::size_t{1} << 20);
  if (!bytes) return goldens;
  goldens.recorded = true;
  std::istringstream lines{std::string{base::text_of(*bytes)}};
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string::npos) continue;
    std::uint64_t hash = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), hash, 16);
    goldens.hashes[line.substr(0, space)] = hash;
  }
  return goldens;
}

base::Result<> save_goldens(const Goldens& goldens) {
  std::string text;
  for (const auto& line : golden_setup()) text += "# " + line + "\n";
  for (const auto& [name, hash] : goldens.hashes) text += name + " " + hex(hash) + "\n";
  return base::write_file(goldens.file, base::view_of(text));
}

image::RgbaImage thumbnail(const image::RgbaImage& picture, int factor) {
  image::RgbaImage small{picture.width / factor, picture.height / factor, {}};
  small.pixels.reserve(static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height) * 4);
  for (int y = 0; y < small.height; ++y) {
    for (int x = 0; x < small.width; ++x) {
      for (int channel = 0; channel < 4; ++channel) {
        int sum = 0;
        for (int dy = 0; dy < factor; ++dy) {
          for (int dx = 0; dx < factor; ++dx) {
            sum += picture.pixels[static_cast<std::size_t>(((y * factor + dy) * picture.width + x * factor + dx) * 4 +
                                                           channel)];
          }
        }
        const int mean = sum / (factor * factor);
        small.pixels.push_back(static_cast<std::uint8_t>((mean & 0xFC) | mean >> 6));
      }
    }
  }
  return small;
}

void paste(image::RgbaImage& into, const image::RgbaImage& picture, int x, int y) {
  const int rows = std::min(picture.height, into.height - y);
  const int columns = std::min(picture.width, into.width - x);
  for (int row = 0; row < rows; ++row) {
    std::memcpy(into.pixels.data() + static_cast<std::size_t>(((y + row) * into.width + x) * 4),
                picture.pixels.data() + static_cast<std::size_t>(row * picture.width * 4),
                static_cast<std::size_t>(columns) * 4);
  }
}

image::RgbaImage cut(const image::RgbaImage& from, int x, int y, int width, int height) {
  image::RgbaImage part{width, height, {}};
  part.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
  for (int row = 0; row < height; ++row) {
    std::memcpy(part.pixels.data() + static_cast<std::size_t>(row * width * 4),
                from.pixels.data() + static_cast<std::size_t>(((y + row) * from.width + x) * 4),
                static_cast<std::size_t>(width) * 4);
  }
  return part;
}

image::RgbaImage side_by_side(const std::vector<image::RgbaImage>& pictures) {
  constexpr int gap = 12;
  image::RgbaImage all{gap, 0, {}};
  for (const auto& picture : pictures) {
    all.width += picture.width + gap;
    all.height = std::max(all.height, picture.height);
  }
  all.pixels.assign(static_cast<std::size_t>(all.width) * static_cast<std::size_t>(all.height) * 4, 255);
  int x = gap;
  for (const auto& picture : pictures) {
    paste(all, picture, x, 0);
    x += picture.width + gap;
  }
  return all;
}

image::RgbaImage difference(const image::RgbaImage& before, const image::RgbaImage& after) {
  constexpr int visible = 20;  // thumbnails are rounded to steps of eight
  image::RgbaImage marked = after;
  const std::size_t pixels = std::min(before.pixels.size(), after.pixels.size()) / 4;
  for (std::size_t i = 0; i < pixels; ++i) {
    int most = 0;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      most = std::max(most, std::abs(before.pixels[i * 4 + channel] - after.pixels[i * 4 + channel]));
      marked.pixels[i * 4 + channel] = static_cast<std::uint8_t>(190 + after.pixels[i * 4 + channel] / 4);
    }
    if (most > visible) {
      marked.pixels[i * 4] = 200;
      marked.pixels[i * 4 + 1] = 0;
      marked.pixels[i * 4 + 2] = 0;
    }
  }
  return marked;
}

}  // namespace millpond::tests
