// SPDX-License-Identifier: Apache-2.0
// The look of a screen from a settings file: theme, the brand's name, colour and logo, motion. What a brand chooses
// never makes a screen unreadable: its colour is corrected, and said to be, or refused. Blocking files; any thread.
#pragma once

#include "hardware/image/image.h"
#include "kiosk/screen/turn.h"
#include "kiosk/view/view.h"
#include "sync/base/result.h"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace millpond::screen {

struct LookFile {
  view::Look look{view::Look::of(view::tea_house())};
  std::array<std::string, 2> names;  // by flow::Locale; empty: what the programme says
  std::optional<image::RgbaImage> logo;
  bool still{};                            // reduced motion
  Turn turn{};                             // of the picture on its display
  std::optional<std::string> asked{};      // a colour that was corrected, "#FFE14D",
  std::optional<std::string> corrected{};  // and what it became
};

inline constexpr int logo_side_max = 1024;

// The text of such a file; its name is for errors and for the logo's place. Errors: config_unknown_key and
// config_invalid, with line and key as detail (also a colour that no correction saves); those of image::load_rgba.
[[nodiscard]] base::Result<LookFile> parse_look(std::string_view text, const std::filesystem::path& file);
// Errors besides: those of base::read_file.
[[nodiscard]] base::Result<LookFile> load_look(const std::filesystem::path& file);

}  // namespace millpond::screen
