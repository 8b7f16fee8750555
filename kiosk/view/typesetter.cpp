// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/typesetter.h"

#include "kiosk/view/line_breaks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <imgui.h>

namespace millpond::view {
namespace {

constexpr float line_spacing = 1.32F;  // of the size; hanzi fill their line more than Latin

Advance advance_at(Faces& faces, ImFont& font, int size_px) {
  ImFontBaked* baked = font.GetFontBaked(static_cast<float>(size_px));
  return [baked, &faces](char32_t c) { return baked->GetCharAdvance(faces.number_of(c)); };
}

float line_width(std::string_view line, const Advance& advance) {
  float width = 0;
  while (!line.empty()) {
    const CodePoint next = first_code_point(line);
    width += advance(next.value);
    line.remove_prefix(next.bytes);
  }
  return width;
}

// From one line to the next; whole pixels, so that many lines take what they were measured to.
float line_step(int size_px) { return std::round(static_cast<float>(size_px) * line_spacing); }

float block_height(std::size_t lines, int size_px) {
  return static_cast<float>(size_px) + line_step(size_px) * static_cast<float>(lines - 1);
}

// The longest beginning that leaves room for an ellipsis.
std::string shorten(std::string_view line, float width, const Advance& advance) {
  constexpr std::string_view ellipsis = "…";
  const float room = width - advance(U'…');
  float used = 0;
  std::size_t end = 0;
  while (end < line.size()) {
    const CodePoint next = first_code_point(line.substr(end));
    used += advance(next.value);
    if (used > room) break;
    end += next.bytes;
  }
  return std::string{line.substr(0, end)}.append(ellipsis);
}

float placed(float from, float room, float needed, Side side) {
  switch (side) {
    case Side::start:
      return from;
    case Side::middle:
      return from + (room - needed) / 2;
    case Side::end:
      break;
  }
  return from + room - needed;
}

}  // namespace

// Widths at a smaller size are nearly in proportion, so the size is found from one measuring and only checked at the
// end: measuring at every size would make glyphs of every size.
Typesetter::Setting Typesetter::fit(float width_px, float height_px, std::string_view text,
                                    const TextStyle& style) const {
  ImFont& font = faces_.get(style.face, script_);
  const int wanted = std::max(1, static_cast<int>(std::lround(style.size * text_scale_ * canvas_.scale())));
  const int smallest = std::min(wanted, std::max(1, static_cast<int>(std::lround(style.size_min * canvas_.scale()))));
  const auto lines_max = static_cast<std::size_t>(std::max(1, style.lines_max));
  const Advance at_wanted = advance_at(faces_, font, wanted);

  int size = wanted;
  for (; size > smallest; --size) {
    // One line shrinks until it fits; several break into the width that they would have.
    const float room = width_px * static_cast<float>(wanted) / static_cast<float>(size);
    const bool fits =
        lines_max == 1 ? line_width(text, at_wanted) <= room : break_lines(text, room, at_wanted).size() <= lines_max;
    const std::size_t lines = lines_max == 1 ? 1 : break_lines(text, room, at_wanted).size();
    if (fits && block_height(lines, size) <= height_px + 1) break;
  }
  while (true) {
    const Advance advance = advance_at(faces_, font, size);
    Setting setting{size, {}, false};
    setting.lines = lines_max == 1 ? std::vector<std::string>{std::string{text}} : break_lines(text, width_px, advance);
    const auto too_wide = [&](const std::string& line) { return line_width(line, advance) > width_px; };
    // As many lines as the box has room for, but one.
    std::size_t room = lines_max;
    while (room > 1 && block_height(room, size) > height_px + 1) --room;
    const bool fits =
        setting.lines.size() <= room && std::none_of(setting.lines.begin(), setting.lines.end(), too_wide);
    if (fits) return setting;
    if (size > smallest) {
      --size;
      continue;
    }
    setting.shortened = true;
    if (setting.lines.size() > room) {
      // What did not get a line of its own continues the last one, so that the cut shows.
      for (std::size_t i = room; i < setting.lines.size(); ++i) setting.lines[room - 1] += " " + setting.lines[i];
      setting.lines.resize(room);
    }
    for (std::string& line : setting.lines) {
      if (too_wide(line)) line = shorten(line, width_px, advance);
    }
    return setting;
  }
}

Box Typesetter::set(const Box& box, std::string_view text, const TextStyle& style) {
  if (text.empty()) return {box.x0, box.y0, box.x0, box.y0};
  const ImVec2 from = canvas_.to_px({box.x0, box.y0});
  const ImVec2 room{box.width() * canvas_.scale(), box.height() * canvas_.scale()};
  const Setting setting = fit(room.x, room.y, text, style);
  ImFont& font = faces_.get(style.face, script_);
  const auto size = static_cast<float>(setting.size_px);
  const Advance advance = advance_at(faces_, font, setting.size_px);
  float y = std::round(placed(from.y, room.y, block_height(setting.lines.size(), setting.size_px), style.down));
  ImVec2 low{from.x + room.x, y};
  ImVec2 high{from.x, y};
  for (const std::string& line : setting.lines) {
    const float width = line_width(line, advance);
    const float x = std::round(placed(from.x, room.x, width, style.across));
    if (!watch_.hidden) {
      const std::string numbers = faces_.in_numbers(line);
      canvas_.list().AddText(&font, size, {x, y}, style.color, numbers.data(), numbers.data() + numbers.size());
    }
    low.x = std::min(low.x, x);
    high.x = std::max(high.x, x + width);
    high.y = y + size;
    y += line_step(setting.size_px);
  }
  const Point used_from = canvas_.to_units(low);
  const Point used_to = canvas_.to_units(high);
  const Box used{used_from.x, used_from.y, used_to.x, used_to.y};
  if (watch_.wanted) {
    watch_.texts.push_back({std::string{text}, box, used, setting.shortened, style.color, size / canvas_.scale()});
  }
  return used;
}

std::optional<float> Typesetter::size_in(const Box& box, std::string_view text, const TextStyle& style) const {
  const Setting setting = fit(box.width() * canvas_.scale(), box.height() * canvas_.scale(), text, style);
  if (setting.shortened) return std::nullopt;
  return static_cast<float>(setting.size_px) / (text_scale_ * canvas_.scale());
}

float Typesetter::width(std::string_view text, const TextStyle& style) const {
  const int size = std::max(1, static_cast<int>(std::lround(style.size * text_scale_ * canvas_.scale())));
  // A pixel more than it takes, so that a box made from this width never shortens the text by rounding.
  return (line_width(text, advance_at(faces_, faces_.get(style.face, script_), size)) + 1) / canvas_.scale();
}

float Typesetter::height(float width, std::string_view text, const TextStyle& style) const {
  const Setting setting = fit(width * canvas_.scale(), 1e6F, text, style);
  return (block_height(setting.lines.size(), setting.size_px) + 1) / canvas_.scale();
}

void Typesetter::icon(Point center, float size, unsigned code_point, Color color) {
  if (code_point == 0) return;
  const float size_px = std::max(1.0F, std::round(size * canvas_.scale()));
  const ImVec2 at = canvas_.to_px(center);
  ImFont& font = faces_.get(Face::icons, script_);
  const auto number = faces_.number_of(code_point);
  const float advance = font.GetFontBaked(size_px)->GetCharAdvance(number);
  font.RenderChar(&canvas_.list(), size_px, {std::round(at.x - advance / 2), std::round(at.y - size_px / 2)}, color,
                  number);
}

}  // namespace millpond::view
