// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/fonts.h"

#include "kiosk/view/line_breaks.h"

#include <algorithm>
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

constexpr std::uint16_t first_number = 0x100;  // what is below is itself
constexpr char32_t unknown_letter = 0xFFFD;

void append_utf8(std::string& text, std::uint16_t number) {
  const auto tail = [](unsigned bits) { return static_cast<char>(0x80U | (bits & 0x3FU)); };
  if (number < 0x80) {
    text += static_cast<char>(number);
  } else if (number < 0x800) {
    text += {static_cast<char>(0xC0U | number >> 6U), tail(number)};
  } else {
    text += {static_cast<char>(0xE0U | number >> 12U), tail(number >> 6U), tail(number)};
  }
}

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

void Fonts::let_pages_go() const {
  for (const auto& file : files_) {
    if (!file.empty()) ::madvise(const_cast<std::byte*>(file.data()), file.size(), MADV_DONTNEED);
  }
}

Faces::Faces(const Fonts& fonts) : fonts_{fonts}, numbers_(unknown_letter + 1) {}

std::uint16_t Faces::number_of(char32_t letter) {
  if (letter < first_number) return static_cast<std::uint16_t>(letter);
  auto& number = numbers_[std::min(letter, unknown_letter)];
  if (number != 0) return number;
  number = static_cast<std::uint16_t>(first_number + letters_.size());
  letters_.push_back(static_cast<std::uint16_t>(std::min(letter, unknown_letter)));
  const auto teach_one = [&](ImFont* font) {
    if (font != nullptr) font->AddRemapChar(number, letters_.back());
  };
  for (const auto& set : faces_) {
    for (std::size_t face = 0; face < static_cast<std::size_t>(Face::icons); ++face) teach_one(set[face]);
  }
  teach_one(icons_);
  return number;
}

std::string Faces::in_numbers(std::string_view text) {
  std::string numbers;
  numbers.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    append_utf8(numbers, number_of(next.value));
    text.remove_prefix(next.bytes);
  }
  return numbers;
}

// Dear ImGui looks its own sign for a letter that is missing up in every size.
void Faces::teach(ImFont& font) const {
  for (std::size_t i = 0; i < letters_.size(); ++i) {
    font.AddRemapChar(static_cast<ImWchar>(first_number + i), letters_[i]);
  }
  font.FallbackChar = numbers_[unknown_letter];
}

void Faces::prepare(ImFontAtlas& atlas, Script script) {
  using File = Fonts::File;
  static_cast<void>(number_of(unknown_letter));
  if (icons_ == nullptr) {
    atlas.SetFontLoader(ImGuiFreeType::GetFontLoader());
    icons_ = add_source(atlas, {.bytes = fonts_.file(File::icons)});
    teach(*icons_);
  }
  auto& set = faces_[static_cast<std::size_t>(script)];
  if (set[0] != nullptr) return;
  const ImWchar* exclude = script == Script::chinese ? not_from_inter.data() : nullptr;
  const auto add_text_face = [&](Face face, File latin, File chinese) {
    ImFont* const font = add_source(atlas, {.bytes = fonts_.file(latin), .exclude = exclude});
    set[static_cast<std::size_t>(face)] = font;
    add_source(atlas,
               {.bytes = fonts_.file(chinese), .index = noto_simplified_chinese, .scale = noto_scale, .merge = true});
    teach(*font);
  };
  add_text_face(Face::regular, File::inter_regular, File::noto_regular);
  add_text_face(Face::bold, File::inter_bold, File::noto_bold);
  add_text_face(Face::display, File::inter_display, File::noto_bold);
  set[static_cast<std::size_t>(Face::icons)] = icons_;
}

}  // namespace millpond::view
