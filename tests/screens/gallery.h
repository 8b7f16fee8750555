// SPDX-License-Identifier: Apache-2.0
// The gallery: thumbnails of every shot on one sheet for each language and theme, in docs/gallery, which people look at
// and from which a difference is shown. Blocking files; one thread.
#pragma once

#include "tests/screens/golden.h"

#include <map>
#include <optional>

namespace millpond::tests {

// The first theme can be read, the others only recognised.
[[nodiscard]] int thumbnail_factor(const std::string& shot);

class Gallery {
 public:
  // dress: "light"; locale: "zh-CN". The name of a shot is sample.locale.dress.
  void add(const std::string& shot, const image::RgbaImage& thumbnail);
  // Every sheet and a page that shows them, into docs/gallery. Errors: those of image::save_png and base::write_file.
  [[nodiscard]] base::Result<> save() const;

  // What docs/gallery shows of a shot, where it has it in this size.
  [[nodiscard]] static std::optional<image::RgbaImage> recorded(const std::string& shot, int width, int height);

 private:
  struct Sheet {
    std::vector<std::string> shots;
    std::vector<image::RgbaImage> thumbnails;
  };
  std::map<std::string, Sheet> sheets_;  // by "zh-CN.light"
};

}  // namespace millpond::tests
