// SPDX-License-Identifier: Apache-2.0
#include "hardware/print/fonts.h"

#include "sync/base/check.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include <array>
#include <map>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

namespace millpond::print {
namespace {

constexpr FT_Long simplified_chinese = 2;  // the face of Noto Sans CJK's collection with mainland forms

struct KnownFont {
  std::filesystem::path FontPaths::*role;
  const char* path;
  const char* package;
};
const std::array known_fonts{
    KnownFont{&FontPaths::latin, "/usr/share/fonts/opentype/inter/Inter-Medium.otf", "fonts-inter"},
    KnownFont{&FontPaths::latin_bold, "/usr/share/fonts/opentype/inter/Inter-Bold.otf", "fonts-inter"},
    KnownFont{&FontPaths::cjk, "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "fonts-noto-cjk"},
    KnownFont{&FontPaths::cjk_bold, "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", "fonts-noto-cjk"},
};

base::Error missing(const std::filesystem::path& path, std::string detail) {
  std::string hint;
  for (const auto& known : known_fonts) {
    if (path == known.path) hint = std::string{"apt-get install "} + known.package;
  }
  return {base::Code::font_missing, "open font", path.string() + ": " + std::move(detail), std::move(hint)};
}

struct CloseLibrary {
  void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};
struct CloseFace {
  void operator()(FT_Face face) const { FT_Done_Face(face); }
};
using LibraryHandle = std::unique_ptr<FT_LibraryRec_, CloseLibrary>;
using FaceHandle = std::unique_ptr<FT_FaceRec_, CloseFace>;

std::size_t slot_of(Script script, Weight weight) {
  return static_cast<std::size_t>(script) * 2 + static_cast<std::size_t>(weight);
}

}  // namespace

base::Result<FontPaths> find_fonts() {
  FontPaths paths;
  for (const auto& known : known_fonts) {
    std::error_code cause;
    if (!std::filesystem::exists(known.path, cause)) return missing(known.path, "no such file");
    paths.*known.role = known.path;
  }
  return paths;
}

class Fonts::Faces {
 public:
  base::Result<> open(const FontPaths& paths) {
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0) return base::Error{base::Code::internal, "open fonts", "FreeType"};
    library_.reset(library);
    MILLPOND_TRY_DO(open_face(Script::latin, Weight::regular, paths.latin));
    MILLPOND_TRY_DO(open_face(Script::latin, Weight::bold, paths.latin_bold));
    MILLPOND_TRY_DO(open_face(Script::cjk, Weight::regular, paths.cjk));
    MILLPOND_TRY_DO(open_face(Script::cjk, Weight::bold, paths.cjk_bold));
    return {};
  }

  bool has(Script script, char32_t character) const {
    return FT_Get_Char_Index(faces_[slot_of(script, Weight::regular)].get(), character) != 0;
  }

  const Glyph& glyph(Script script, Weight weight, int size_px, char32_t character) {
    const auto slot = slot_of(script, weight);
    const auto [entry, is_new] = glyphs_.try_emplace({slot, size_px, character});
    if (is_new) entry->second = draw(faces_[slot].get(), size_px, character);
    return entry->second;
  }

 private:
  base::Result<> open_face(Script script, Weight weight, const std::filesystem::path& path) {
    FT_Face face = nullptr;
    const bool collection = path.extension() == ".ttc";
    if (FT_New_Face(library_.get(), path.c_str(), collection ? simplified_chinese : 0, &face) != 0) {
      return missing(path, "not readable as a font");
    }
    faces_[slot_of(script, weight)].reset(face);
    if (!FT_IS_SCALABLE(face)) return missing(path, "not a scalable font");
    return {};
  }

  static Glyph draw(FT_Face face, int size_px, char32_t character) {
    // Light hinting snaps rows to dots and leaves widths alone, which is what a coarse printer wants.
    constexpr FT_Int32 flags = FT_LOAD_TARGET_LIGHT | FT_LOAD_RENDER;
    if (FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(size_px)) != 0) return {};
    if (FT_Load_Glyph(face, FT_Get_Char_Index(face, character), flags) != 0) return {};
    const auto& slot = *face->glyph;
    Glyph glyph;
    glyph.width = static_cast<int>(slot.bitmap.width);
    glyph.height = static_cast<int>(slot.bitmap.rows);
    glyph.left = slot.bitmap_left;
    glyph.top = slot.bitmap_top;
    glyph.advance_64 = static_cast<int>(slot.linearHoriAdvance >> 10);  // 16.16 to 26.6
    glyph.coverage.reserve(static_cast<std::size_t>(glyph.width) * static_cast<std::size_t>(glyph.height));
    for (int y = 0; y < glyph.height; ++y) {
      const auto* row = slot.bitmap.buffer + static_cast<std::ptrdiff_t>(y) * slot.bitmap.pitch;
      glyph.coverage.insert(glyph.coverage.end(), row, row + glyph.width);
    }
    return glyph;
  }

  LibraryHandle library_;  // before the faces, which must go first
  std::array<FaceHandle, 4> faces_;
  std::map<std::tuple<std::size_t, int, char32_t>, Glyph> glyphs_;
};

Fonts::Fonts(std::unique_ptr<Faces> faces) : faces_{std::move(faces)} {}
Fonts::Fonts(Fonts&&) noexcept = default;
Fonts& Fonts::operator=(Fonts&&) noexcept = default;
Fonts::~Fonts() = default;

base::Result<Fonts> Fonts::open(const FontPaths& paths) {
  auto faces = std::make_unique<Faces>();
  MILLPOND_TRY_DO(faces->open(paths));
  return Fonts{std::move(faces)};
}

bool Fonts::has(Script script, char32_t character) const { return faces_->has(script, character); }

const Glyph& Fonts::glyph(Script script, Weight weight, int size_px, char32_t character) {
  MILLPOND_CHECK(size_px > 0);
  return faces_->glyph(script, weight, size_px, character);
}

}  // namespace millpond::print
