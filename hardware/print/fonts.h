// SPDX-License-Identifier: Apache-2.0
// Fonts: glyphs of the two typefaces that receipts are set in, as coverage in whole dots. Lays out nothing. Files are
// mapped, not copied. One thread per Fonts; a value that can be moved.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace millpond::print {

struct FontPaths {
  std::filesystem::path latin;
  std::filesystem::path latin_bold;
  std::filesystem::path cjk;
  std::filesystem::path cjk_bold;
};

// Where Debian's packages put them. Errors: font_missing, whose hint is the package to install.
[[nodiscard]] base::Result<FontPaths> find_fonts();

enum class Script : std::uint8_t { latin, cjk };
enum class Weight : std::uint8_t { regular, bold };

struct Glyph {
  int width{};
  int height{};
  int left{};                          // from the pen to the first column
  int top{};                           // from the baseline up to the first row
  int advance_64{};                    // in 64ths of a dot, not rounded: spacing stays even
  std::vector<std::uint8_t> coverage;  // width * height, 255 is inside the outline
};

class Fonts {
 public:
  // Errors: font_missing for a file that is not there or is no font.
  [[nodiscard]] static base::Result<Fonts> open(const FontPaths& paths);
  Fonts(Fonts&&) noexcept;
  Fonts& operator=(Fonts&&) noexcept;
  ~Fonts();

  [[nodiscard]] bool has(Script script, char32_t character) const;
  // The font's empty box for a character that it lacks. The reference lives as long as the Fonts.
  [[nodiscard]] const Glyph& glyph(Script script, Weight weight, int size_px, char32_t character);

 private:
  class Faces;
  explicit Fonts(std::unique_ptr<Faces> faces);
  std::unique_ptr<Faces> faces_;
};

}  // namespace millpond::print
