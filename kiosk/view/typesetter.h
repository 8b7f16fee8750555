// SPDX-License-Identifier: Apache-2.0
// Typesetter: text into boxes. A text is set at its size, wrapped by the rules of both scripts, made smaller down to a
// limit when it does not fit, and shortened with an ellipsis only when that is not enough: no text leaves its box.
// Sizes in design units. Lives for one frame.
#pragma once

#include "kiosk/view/canvas.h"
#include "kiosk/view/fonts.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::view {

enum class Side : unsigned char { start, middle, end };

struct TextStyle {
  Face face{Face::regular};
  float size{36};
  Color color{};
  Side across{Side::start};
  Side down{Side::middle};
  int lines_max{1};
  float size_min{24};  // smaller is not readable at arm's length
};

// What was set, for tests: where it was allowed and where it went.
struct SetText {
  std::string text;
  Box allowed;
  Box used;
  bool shortened{};
  Color color{};
  float size{};  // that it got
};

// Who watches the setting of texts: tests.
struct TextWatch {
  bool wanted{};                 // note every text in `texts`
  bool hidden{};                 // measure and note them, but draw none: what is left is what they would lie on
  std::vector<SetText> texts{};  // of the frame drawn last
};

class Typesetter {
 public:
  // text_scale: how much larger every text is asked for; its smallest size and its box stay.
  Typesetter(Canvas& canvas, Faces& faces, Script script, float text_scale, TextWatch& watch)
      : canvas_{canvas}, faces_{faces}, script_{script}, text_scale_{text_scale}, watch_{watch} {}

  // Returns the box that the text took.
  Box set(const Box& box, std::string_view text, const TextStyle& style);
  // The largest size, at most the style's, at which this text stands whole in its box; nothing when it would be cut.
  [[nodiscard]] std::optional<float> size_in(const Box& box, std::string_view text, const TextStyle& style) const;
  // Width of one line at the style's size.
  [[nodiscard]] float width(std::string_view text, const TextStyle& style) const;
  // Height that set() takes in this width, at most lines_max lines.
  [[nodiscard]] float height(float width, std::string_view text, const TextStyle& style) const;
  void icon(Point center, float size, unsigned code_point, Color color);

 private:
  struct Setting {
    int size_px{};
    std::vector<std::string> lines;
    bool shortened{};
  };
  [[nodiscard]] Setting fit(float width_px, float height_px, std::string_view text, const TextStyle& style) const;

  Canvas& canvas_;
  Faces& faces_;
  Script script_;
  float text_scale_;
  TextWatch& watch_;
};

}  // namespace millpond::view
