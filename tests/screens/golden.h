// SPDX-License-Identifier: Apache-2.0
// Goldens: hashes of every picture, recorded for a set-up: compiler, Dear ImGui, FreeType, fonts, C library, machine.
// One set-up makes the same bytes for ever; another may round a curve differently, so its pictures are not compared.
// A file for each set-up lies in tests/screens/golden. Blocking files; one thread.
#pragma once

#include "hardware/image/image.h"
#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace millpond::tests {

// "compiler 12.2.0", ...: everything that decides about a pixel and is not in this tree.
[[nodiscard]] std::vector<std::string> golden_setup();

[[nodiscard]] std::uint64_t picture_hash(const image::RgbaImage& picture);

struct Goldens {
  std::filesystem::path file;                   // where this set-up's are or would be
  bool recorded{};                              // somebody has recorded this set-up
  std::map<std::string, std::uint64_t> hashes;  // by shot
};
[[nodiscard]] Goldens load_goldens();
// Errors: those of base::write_file.
[[nodiscard]] base::Result<> save_goldens(const Goldens& goldens);

// A smaller picture, each pixel the mean of factor x factor, in 32 shades a channel, which compress well.
[[nodiscard]] image::RgbaImage thumbnail(const image::RgbaImage& picture, int factor);
// Pictures beside each other with a gap, all of the same height.
[[nodiscard]] image::RgbaImage side_by_side(const std::vector<image::RgbaImage>& pictures);
// Where two pictures of one size differ, in red on a faint copy of the second.
[[nodiscard]] image::RgbaImage difference(const image::RgbaImage& before, const image::RgbaImage& after);
void paste(image::RgbaImage& into, const image::RgbaImage& picture, int x, int y);
[[nodiscard]] image::RgbaImage cut(const image::RgbaImage& from, int x, int y, int width, int height);

}  // namespace millpond::tests
