// SPDX-License-Identifier: Apache-2.0
// Fonts: the files of the faces that screens are set in, mapped and shared with every other program that maps them.
// Inter for Latin, Noto Sans CJK SC for hanzi, Material Design icons. Glyphs are made by Dear ImGui when first needed,
// so any hanzi in any size costs what is shown and no more. Mapped once; must outlive every View.
#pragma once

#include "sync/base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ImFont;
struct ImFontAtlas;

namespace millpond::view {

enum class Face : unsigned char { regular, bold, display, icons };  // display: large headlines and numbers
// Whose punctuation is used where both scripts have it: quotes and dashes are as wide as a hanzi in Chinese.
enum class Script : unsigned char { chinese, latin };

class Fonts {
 public:
  // Error: font_missing, whose hint names the Debian package. A few milliseconds.
  [[nodiscard]] static base::Result<Fonts> load();
  Fonts(Fonts&& other) noexcept;
  Fonts& operator=(Fonts&&) = delete;
  ~Fonts();

  enum class File : unsigned char { inter_regular, inter_bold, inter_display, noto_regular, noto_bold, icons };
  [[nodiscard]] std::span<const std::byte> file(File which) const { return files_[static_cast<std::size_t>(which)]; }

  // The pages that were read are the system's again, which keeps them as long as it has room: the letters made from
  // them are in the atlas. Those that are needed once more are mapped once more.
  void let_pages_go() const;

 private:
  Fonts() = default;
  std::array<std::span<const std::byte>, 6> files_;
};

// The faces of both scripts in one atlas. Dear ImGui keeps two tables for each size of a face that reach as far as the
// highest letter in it, which is some 300 KB as soon as there is one hanzi, and a kiosk shows dozens of sizes. So texts
// are handed to it in numbers of our own, given out as letters first appear.
class Faces {
 public:
  explicit Faces(const Fonts& fonts);
  // Adds this script's faces to the atlas of the current context, once. Between frames. Both scripts at once would cost
  // three more megabytes on screens that never change their language.
  void prepare(ImFontAtlas& atlas, Script script);
  // Of a script that was prepared.
  [[nodiscard]] ImFont& get(Face face, Script script) const {
    return *faces_[static_cast<std::size_t>(script)][static_cast<std::size_t>(face)];
  }
  // What Dear ImGui calls this letter in every face; letters past U+FFFF are what stands for an unknown one.
  [[nodiscard]] std::uint16_t number_of(char32_t letter);
  void let_pages_go() const { fonts_.let_pages_go(); }
  // A text in those numbers, as UTF-8.
  [[nodiscard]] std::string in_numbers(std::string_view text);

 private:
  void teach(ImFont& font) const;

  const Fonts& fonts_;
  std::array<std::array<ImFont*, 4>, 2> faces_{};
  ImFont* icons_{};
  std::vector<std::uint16_t> numbers_;  // by letter; 0: it has none yet
  std::vector<std::uint16_t> letters_;  // that have numbers, from first_number
};

}  // namespace millpond::view
