// SPDX-License-Identifier: Apache-2.0
// The scan screen: the camera's picture behind a frame, what went wrong with the last code, another way in.
#include "kiosk/view/screens.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace millpond::view {
namespace {

constexpr std::int64_t scan_line_frame_ms = 50;  // 20 frames a second
constexpr float scan_line_ms_per_radian = 450;

struct Lens {
  Box box;  // where the picture is
  Point uv_from, uv_to;
};

// The picture fills the box and is cut where it is too long. It is mirrored, as people expect of a camera that faces
// them: a code moved to the right moves to the right.
Lens make_lens(const Box& box, const CameraPicture& camera) {
  const float box_ratio = box.width() / box.height();
  const float ratio = static_cast<float>(camera.width) / static_cast<float>(camera.height);
  float cut_u = 0;
  float cut_v = 0;
  if (ratio > box_ratio) {
    cut_u = (1 - box_ratio / ratio) / 2;
  } else {
    cut_v = (1 - ratio / box_ratio) / 2;
  }
  return {box, {1 - cut_u, cut_v}, {cut_u, 1 - cut_v}};
}

Point through(const Lens& lens, const CameraPicture& camera, Point in_picture) {
  const float u = in_picture.x / static_cast<float>(camera.width);
  const float v = in_picture.y / static_cast<float>(camera.height);
  return {lens.box.x0 + lens.box.width() * (u - lens.uv_from.x) / (lens.uv_to.x - lens.uv_from.x),
          lens.box.y0 + lens.box.height() * (v - lens.uv_from.y) / (lens.uv_to.y - lens.uv_from.y)};
}

void draw_corners(Canvas& canvas, const Box& frame, Color color) {
  constexpr float arm = 92;
  constexpr float radius = 38;
  constexpr int steps = 10;
  const std::array<Point, 4> corners{
      {{frame.x0, frame.y0}, {frame.x1, frame.y0}, {frame.x1, frame.y1}, {frame.x0, frame.y1}}};
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Point at = corners[i];
    const float right = i == 0 || i == 3 ? 1.0F : -1.0F;
    const float down = i < 2 ? 1.0F : -1.0F;
    std::vector<Point> points{{at.x, at.y + down * arm}};
    for (int step = 0; step <= steps; ++step) {
      const float angle = static_cast<float>(step) / steps * 1.5707963F;
      points.push_back({at.x + right * radius * (1 - std::cos(angle)), at.y + down * radius * (1 - std::sin(angle))});
    }
    points.push_back({at.x + right * arm, at.y});
    canvas.path(points, color, 10);
  }
}

void draw_dimmed_around(Canvas& canvas, const Box& view, const Box& frame) {
  const Color dim = rgb(0x000000, 120);
  canvas.fill({view.x0, view.y0, view.x1, frame.y0}, dim);
  canvas.fill({view.x0, frame.y1, view.x1, view.y1}, dim);
  canvas.fill({view.x0, frame.y0, frame.x0, frame.y1}, dim);
  canvas.fill({frame.x1, frame.y0, view.x1, frame.y1}, dim);
}

void draw_scan_line(Kit& kit, const Box& frame) {
  const std::int64_t age_ms = kit.still() ? 500 : kit.screen_age_ms();
  const float phase = static_cast<float>(age_ms % 100'000) / scan_line_ms_per_radian;
  const float y = frame.center().y + frame.height() * 0.42F * std::sin(phase);
  const Color gold = kit.theme().gold_light;
  const Box trail{frame.x0 + 28, y - 84, frame.x1 - 28, y};
  kit.canvas().fill(trail, Paint::down(trail, with_alpha(gold, 0), with_alpha(gold, 0.28F)));
  kit.canvas().fill(Box{trail.x0, y - 3, trail.x1, y + 3}, gold, 3);
  kit.again_in(scan_line_frame_ms);
}

void draw_outline(Kit& kit, const Lens& lens, const CameraPicture& camera) {
  std::vector<Point> outline;
  for (const Point& corner : *camera.outline) outline.push_back(through(lens, camera, corner));
  kit.canvas().path(outline, with_alpha(rgb(0x6FE0B8), 0.35F), 22, true);
  kit.canvas().path(outline, rgb(0x6FE0B8), 8, true);
}

void draw_finder(Kit& kit, const Box& view, const Box& frame) {
  const Theme& theme = kit.theme();
  const CameraPicture& camera = kit.scratch().camera;
  kit.canvas().fill(view, Paint::down(view, theme.night_soft, theme.night));
  const bool pictured = camera.texture != 0 && camera.width > 0 && camera.height > 0;
  if (pictured) {
    const Lens lens = make_lens(view, camera);
    kit.canvas().fill(view, rgb(0x0B0806));  // the picture is light on this: one byte of it is how light
    kit.canvas().picture(camera.texture, view, lens.uv_from, lens.uv_to, theme.camera_tint);
    draw_dimmed_around(kit.canvas(), view, frame);
    if (camera.outline) kit.canvas().clipped(view, [&] { draw_outline(kit, lens, camera); });
  } else {
    kit.canvas().glow(frame.center(), frame.width() * 0.8F, with_alpha(theme.hero_glow, 0.16F));
    kit.icon(frame.center(), 190, flow::Icon::scan, with_alpha(theme.on_night, 0.13F));
  }
  if (!pictured || !camera.outline) draw_scan_line(kit, frame);
  draw_corners(kit.canvas(), frame, theme.gold_light);
}

void draw_camera_problem(Kit& kit, const Box& view, std::string_view problem) {
  const Theme& theme = kit.theme();
  kit.canvas().fill(view, Paint::down(view, theme.night_soft, theme.night));
  kit.canvas().disc({view.center().x, view.center().y - 110}, 92, rgb(0xFFFFFF, 20));
  kit.type().icon({view.center().x, view.center().y - 110}, 92, 0xE04C, theme.on_night_soft);  // videocam_off
  kit.text(Box::around({view.center().x, view.center().y + 90}, std::min(view.width() - 96, 820.0F), 200), problem,
           {.face = Face::bold, .size = 40, .color = theme.on_night, .across = Side::middle, .lines_max = 3});
}

void draw_hints(Kit& kit, const Box& box, const flow::ScanView& view) {
  const Theme& theme = kit.theme();
  const std::string& tip = kit.scratch().camera.tip;
  kit.text(box.top(64), tip.empty() ? view.hint : tip,
           {.face = Face::bold,
            .size = 42,
            .color = tip.empty() ? theme.on_night : theme.gold_light,
            .across = Side::middle});
  kit.text(box.without_top(70).top(48), view.privacy,
           {.size = 30, .color = theme.on_night_soft, .across = Side::middle});
}

void draw_upright(Kit& kit, const Page& page, const Box& content, const flow::ScanView& view) {
  const Theme& theme = kit.theme();
  const Box panel{page.all.x0, content.y1 - 232, page.all.x1, page.all.y1};
  const Box finder{page.all.x0, content.y0 - 8, page.all.x1, panel.y0};
  const Box words{content.x0, panel.y0 - 158, content.x1, panel.y0 - 24};
  const float problem_room = view.problem ? 152 : 0;
  const Box space{content.x0, finder.y0 + 40, content.x1, words.y0 - 30 - problem_room};
  const float side = std::min({700.0F, space.width() - 96, space.height()});
  if (view.camera_ready) {
    draw_finder(kit, finder, Box::around(space.center(), side, side));
    // Whatever the camera sees, the words lie on the night.
    const Box fade{finder.x0, words.y0 - 60, finder.x1, words.y0 - 8};
    kit.canvas().fill(fade, Paint::down(fade, with_alpha(theme.night_soft, 0), theme.night_soft));
    kit.canvas().fill(Box{finder.x0, fade.y1, finder.x1, finder.y1}, theme.night_soft);
    draw_hints(kit, words, view);
  } else {
    draw_camera_problem(kit, finder, view.camera_problem);
  }
  if (view.problem) kit.banner(Box{content.x0, words.y0 - 152, content.x1, words.y0 - 28}, *view.problem);
  kit.canvas().fill(panel, Paint::down(panel, theme.night_soft, theme.night));
  kit.button(Box{content.x0 + 24, panel.y0 + 44, content.x1 - 24, panel.y0 + 180}, view.use_phone, ButtonLook::gold,
             46);
  draw_note(kit, page, view.help, Ground::night);
}

void draw_wide(Kit& kit, const Page& page, const Box& content, const flow::ScanView& view) {
  const Box finder{page.all.x0, content.y0 - 8, page.all.x0 + page.all.width() * 0.62F, page.all.y1};
  const Box side{finder.x1 + 48, content.y0 + 40, content.x1, content.y1};
  const float frame = std::min(finder.height() - 140, 620.0F);
  if (view.camera_ready) {
    draw_finder(kit, finder, Box::around(finder.center(), frame, frame));
    draw_hints(kit, side.top(140), view);
  } else {
    draw_camera_problem(kit, finder, view.camera_problem);
  }
  if (view.problem) kit.banner(side.without_top(180).top(200), *view.problem);
  kit.button(side.without_bottom(60).bottom(136), view.use_phone, ButtonLook::gold, 42);
  kit.text(Box{side.x0, page.strip.y0 + 20, side.x1, page.strip.y1 - 20}, view.help,
           {.size = 30, .color = kit.theme().on_night_soft, .across = Side::middle, .lines_max = 2});
}

}  // namespace

void draw_screen(Kit& kit, const Page& page, const flow::ScanView& view) {
  const Box content = draw_title(kit, page.content, view.title, &view.back, Ground::night);
  if (page.wide) {
    draw_wide(kit, page, content, view);
  } else {
    draw_upright(kit, page, content, view);
  }
}

}  // namespace millpond::view
