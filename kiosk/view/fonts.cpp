// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/fonts.h"

#include <fcntl.h>
#include <imgui.h>
#include <misc/freetype/imgui_freetype.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace millpond::view {
namespace {

struct FontFile {
  const char* path;
  const char* package;
};

// In the order of Fonts::File.
constexpr std::array<FontFile, 6> font_files{{
    {"/usr/share/fonts/opentype/inter/Inter-Regular.otf", "fonts-inter"},
    {"/usr/share/fonts/opentype/inter/Inter-SemiBold.otf", "fonts-inter"},
    {"/usr/share/fonts/opentype/inter/InterDisplay-SemiBold.otf", "fonts-inter"},
    {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "fonts-noto-cjk"},
    {"/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", "fonts-noto-cjk"},
    {"/usr/share/fonts/truetype/material-design-icons-iconfont/MaterialIcons-Regular.ttf",
     "fonts-material-design-icons-iconfont"},
}};

constexpr int noto_simplified_chinese = 2;  // index in the collection: JP, KR, SC, TC, HK
constexpr float reference_size = 28;        // only the ratio between merged sources matters
// ImGui sizes a source by ascent minus descent, by which hanzi come out a sixth smaller than Inter.
constexpr float noto_scale = 1.17F;
// What Inter leaves to the Chinese font on Chinese screens: quotes, dashes, full-width forms.
constexpr std::array<ImWchar, 7> not_from_inter{0x2000, 0x206F, 0x3000, 0x9FFF, 0xFF00, 0xFFEF, 0};

base::Error missing(const FontFile& file, const char* what) {
  return {base::Code::font_missing, std::string{"open "} + file.path, what,
          std::string{"install the Debian package "} + file.package};
}

base::Result<std::span<const std::byte>> map_file(const FontFile& file) {
  const int descriptor = ::open(file.path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return missing(file, "no such file, or not readable");
  struct stat status {};
  void* memory = MAP_FAILED;
  if (::fstat(descriptor, &status) == 0 && status.st_size > 0) {
    memory = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
  }
  ::close(descriptor);
  if (memory == MAP_FAILED) return missing(file, "empty, or cannot be mapped");
  return std::span{static_cast<const std::byte*>(memory), static_cast<std::size_t>(status.st_size)};
}

struct Source {
  std::span<const std::byte> bytes;
  int index{};
  float scale{1};
  bool merge{};
  const ImWchar* exclude{};
};

ImFont* add_source(ImFontAtlas& atlas, const Source& source) {
  ImFontConfig config;
  config.FontNo = static_cast<ImU32>(source.index);
  config.MergeMode = source.merge;
  config.GlyphExcludeRanges = source.exclude;
  config.OversampleH = 1;
  config.PixelSnapH = true;
  config.FontLoaderFlags = ImGuiFreeTypeLoaderFlags_LightHinting;
  // "Owned" makes ImGui take the pointer instead of a copy, which for Noto would be 20 MB; afterwards it is told that
  // it is not the owner, so that it does not free what is mapped.
  config.FontDataOwnedByAtlas = true;
  ImFont* font =
      atlas.AddFontFromMemoryTTF(const_cast<std::byte*>(source.bytes.data()), static_cast<int>(source.bytes.size()),
                                 reference_size * source.scale, &config);
  atlas.Sources.back().FontDataOwnedByAtlas = false;
  return font;
}

}  // namespace

base::Result<Fonts> Fonts::load() {
  Fonts fonts;
  for (std::size_t i = 0; i < font_files.size(); ++i) { MILLPOND_TRY(fonts.files_[i], map_file(font_files[i])); }
  return fonts;
}

Fonts::Fonts(Fonts&& other) noexcept : files_{std::exchange(other.files_, {})} {}

Fonts::~Fonts() {
  for (const auto& file : files_) {
    if (!file.empty()) ::munmap(const_cast<std::byte*>(file.data()), file.size());
  }
}

void Faces::prepare(ImFontAtlas& atlas, Script script) {
  using File = Fonts::File;
  if (icons_ == nullptr) {
    atlas.SetFontLoader(ImGuiFreeType::GetFontLoader());
    icons_ = add_source(atlas, {.bytes = fonts_.file(File::icons)});
  }
  auto& set = faces_[static_cast<std::size_t>(script)];
  if (set[0] != nullptr) return;
  const ImWchar* exclude = script == Script::chinese ? not_from_inter.data() : nullptr;
  const auto add_text_face = [&](Face face, File latin, File chinese) {
    set[static_cast<std::size_t>(face)] = add_source(atlas, {.bytes = fonts_.file(latin), .exclude = exclude});
    add_source(atlas,
               {.bytes = fonts_.file(chinese), .index = noto_simplified_chinese, .scale = noto_scale, .merge = true});
  };
  add_text_face(Face::regular, File::inter_regular, File::noto_regular);
  add_text_face(Face::bold, File::inter_bold, File::noto_bold);
  add_text_face(Face::display, File::inter_display, File::noto_bold);
  set[static_cast<std::size_t>(Face::icons)] = icons_;
}

}  // namespace millpond::view
