// SPDX-License-Identifier: Apache-2.0
#include "hardware/sim/phone.h"

#include "hardware/sim/glass.h"
#include "sync/base/check.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace millpond::sim {
namespace {

// Millimetres on the phone's plane, origin in its middle, y downwards.
constexpr float body_half_width = 36;
constexpr float body_half_height = 76;
constexpr float screen_half_width = 33.4F;
constexpr float screen_half_height = 73.2F;
constexpr float card_half = 29.5F;
constexpr float code_half = 24.5F;
constexpr float code_center_y = 4;
constexpr double camera_distance = 3.4 * 2 * 76;  // a phone fills the picture from about half a metre

struct Spot {
  float x{};
  float y{};
};

// Levels as an exposed camera sees them.
constexpr float bezel_level = 20;
constexpr float page_level = 214;
constexpr float header_level = 92;
constexpr float card_level = 240;
constexpr float ink_level = 30;
constexpr float skin_level = 168;
constexpr float sleeve_level = 84;

using Matrix = std::array<double, 9>;

Matrix inverse(const Matrix& m) {
  const double a = m[4] * m[8] - m[5] * m[7];
  const double b = m[5] * m[6] - m[3] * m[8];
  const double c = m[3] * m[7] - m[4] * m[6];
  const double determinant = m[0] * a + m[1] * b + m[2] * c;
  MILLPOND_CHECK(determinant != 0);
  const double s = 1 / determinant;
  return {a * s, (m[2] * m[7] - m[1] * m[8]) * s, (m[1] * m[5] - m[2] * m[4]) * s,
          b * s, (m[0] * m[8] - m[2] * m[6]) * s, (m[2] * m[3] - m[0] * m[5]) * s,
          c * s, (m[1] * m[6] - m[0] * m[7]) * s, (m[0] * m[4] - m[1] * m[3]) * s};
}

Spot apply(const Matrix& m, double x, double y) {
  const double w = m[6] * x + m[7] * y + m[8];
  return {static_cast<float>((m[0] * x + m[1] * y + m[2]) / w), static_cast<float>((m[3] * x + m[4] * y + m[5]) / w)};
}

// From the phone's plane to the picture.
Matrix projection(const FrameScene& scene) {
  const auto& pose = *scene.phone;
  constexpr double degree = std::numbers::pi / 180;
  const double cz = std::cos(pose.rotation_deg * degree);
  const double sz = std::sin(pose.rotation_deg * degree);
  const double cx = std::cos(pose.tilt_x_deg * degree);
  const double sx = std::sin(pose.tilt_x_deg * degree);
  const double cy = std::cos(pose.tilt_y_deg * degree);
  const double sy = std::sin(pose.tilt_y_deg * degree);
  // First about the upright axis, then about the level one, then in the picture; the plane's third column is unused.
  const std::array<double, 6> turned{cz * cy - sz * sx * sy, -sz * cx, sz * cy + cz * sx * sy, cz * cx, -cx * sy, sx};
  const double focal = pose.height * scene.height / (2 * body_half_height) * camera_distance;
  const double middle_x = pose.center_x * scene.width;
  const double middle_y = pose.center_y * scene.height;
  return {focal * turned[0] + middle_x * turned[4],
          focal * turned[1] + middle_x * turned[5],
          middle_x * camera_distance,
          focal * turned[2] + middle_y * turned[4],
          focal * turned[3] + middle_y * turned[5],
          middle_y * camera_distance,
          turned[4],
          turned[5],
          camera_distance};
}

// A finger or an arm: a rounded bar, lit from above left.
struct Limb {
  Spot from;
  Spot to;
  float radius;      // at `from`
  float end_radius;  // at `to`
};

void paint_limb(float& level, Spot at, const Limb& limb, float pixel, float tone) {
  const float reach = std::max(limb.radius, limb.end_radius) + 2 * std::max(pixel, 1.2F);
  if (at.x < std::min(limb.from.x, limb.to.x) - reach || at.x > std::max(limb.from.x, limb.to.x) + reach) return;
  if (at.y < std::min(limb.from.y, limb.to.y) - reach || at.y > std::max(limb.from.y, limb.to.y) + reach) return;
  const float dx = limb.to.x - limb.from.x;
  const float dy = limb.to.y - limb.from.y;
  const float along =
      std::clamp(((at.x - limb.from.x) * dx + (at.y - limb.from.y) * dy) / (dx * dx + dy * dy), 0.0F, 1.0F);
  const float ox = at.x - limb.from.x - along * dx;
  const float oy = at.y - limb.from.y - along * dy;
  const float distance = std::sqrt(ox * ox + oy * oy);
  const float radius = mix(limb.radius, limb.end_radius, along);
  const float cover = edge_coverage(distance - radius, std::max(pixel, 1.2F));
  if (cover <= 0) return;
  const float rim = std::min(1.0F, distance / radius);
  const float facing = std::sqrt(std::max(0.0F, 1 - rim * rim));
  const float side = (-0.5F * ox - 0.7F * oy) / radius;
  level = mix(level, tone * (0.52F + 0.4F * facing + 0.16F * side), cover);
}

constexpr std::array fingers{Limb{{24, -14}, {39.5F, -17}, 8, 6.6F}, Limb{{24, 2}, {41.5F, 0}, 8.2F, 7},
                             Limb{{24, 18}, {41, 17}, 8, 6.8F}, Limb{{24, 33}, {39, 33}, 7.2F, 6}};
constexpr Limb forearm{{2, 104}, {26, 230}, 33, 40};
constexpr Limb palm{{-12, 62}, {6, 96}, 33, 30};
constexpr Limb thumb_base{{-14, 96}, {-40, 62}, 24, 13};
constexpr Limb thumb{{-41, 60}, {-33, 30}, 12, 7.4F};
constexpr Spot thumb_nail{-32.6F, 29};

void paint_bar(float& level, Spot at, Spot middle, float half_width, float half_height, float pixel, float tone) {
  if (std::abs(at.y - middle.y) > half_height + pixel || std::abs(at.x - middle.x) > half_width + pixel) return;
  const float distance = round_rect_distance(at.x - middle.x, at.y - middle.y, half_width, half_height, half_height);
  level = mix(level, tone, edge_coverage(distance, pixel));
}

class Screen {
 public:
  Screen(const FrameScene& scene, float pixel)
      : scene_{scene},
        pixel_{pixel},
        card_{scene.inverted ? 24.0F : card_level},
        ink_{scene.inverted ? 232.0F : ink_level} {}

  // What the screen shows at a place, without glass and reflections.
  [[nodiscard]] float level_at(Spot at) const {
    float level = scene_.inverted ? 40.0F : page_level;
    if (at.y < -34) level = mix(level, scene_.inverted ? 58.0F : header_level, edge_coverage(at.y + 34, pixel_));
    header(level, at);
    const float card = round_rect_distance(at.x, at.y - 7, card_half, 37, 4);
    // A soft shadow lifts the card from the page.
    level *= 1 - 0.16F * std::clamp(1 - (card - 0.8F) / 3, 0.0F, 1.0F);
    level = mix(level, card_, edge_coverage(card, pixel_));
    const float faded = mix(card_, ink_, 0.55F);
    paint_bar(level, at, {0, 34.5F}, 14, 1.1F, pixel_, faded);
    paint_bar(level, at, {0, 38.6F}, 9, 0.8F, pixel_, mix(card_, ink_, 0.3F));
    paint_bar(level, at, {-17, 54}, 12, 1.2F, pixel_, scene_.inverted ? 120.0F : 96.0F);
    paint_bar(level, at, {-13, 59}, 16, 0.9F, pixel_, scene_.inverted ? 78.0F : 158.0F);
    paint_bar(level, at, {0, 69.5F}, 12, 0.6F, pixel_, scene_.inverted ? 150.0F : 60.0F);
    return code(level, at);
  }

 private:
  void header(float& level, Spot at) const {
    paint_bar(level, at, {-25, -68.4F}, 4, 0.8F, pixel_, 220);
    paint_bar(level, at, {25.5F, -68.4F}, 3.2F, 0.9F, pixel_, 220);
    if (at.y > -34) return;
    const float mark = std::sqrt((at.x + 22) * (at.x + 22) + (at.y + 51) * (at.y + 51));
    level = mix(level, 226, edge_coverage(mark - 6, pixel_));
    level = mix(level, 120, edge_coverage(std::abs(mark - 3) - 0.7F, pixel_));
    paint_bar(level, at, {-0.5F, -53}, 12, 1.5F, pixel_, 230);
    paint_bar(level, at, {-4.5F, -48.4F}, 8, 0.9F, pixel_, 168);
  }

  // Shapes know how much of a pixel they cover; modules are sampled, nine places a pixel.
  [[nodiscard]] float code(float level, Spot at) const {
    const bool outside = std::abs(at.x) > code_half + pixel_ || std::abs(at.y - code_center_y) > code_half + pixel_;
    if (outside || !scene_.code.is_sound()) return level;
    const float module = 2 * code_half / static_cast<float>(scene_.code.size);
    int dark = 0;
    for (int sample = 0; sample < 9; ++sample) {
      const float x = at.x + static_cast<float>(sample % 3 - 1) * pixel_ / 3 + code_half;
      const float y = at.y + static_cast<float>(sample / 3 - 1) * pixel_ / 3 - code_center_y + code_half;
      dark +=
          scene_.code.get(static_cast<int>(std::floor(x / module)), static_cast<int>(std::floor(y / module))) ? 1 : 0;
    }
    return mix(level, ink_, static_cast<float>(dark) / 9);
  }

  const FrameScene& scene_;
  const float pixel_;
  const float card_;
  const float ink_;
};

class Phone {
 public:
  Phone(const FrameScene& scene, float pixel)
      : scene_{scene}, pixel_{pixel}, screen_{scene, pixel}, cracks_{scene.cracks, scene.shop_seed} {}

  void paint(float& level, Spot at, float picture_x, float picture_y) const {
    const float body = round_rect_distance(at.x, at.y, body_half_width, body_half_height, 10.5F);
    if (body < -4) {
      level = lit(at, picture_x, picture_y);
      paint_front(level, at);
      return;
    }
    if (body > -pixel_) hand_behind(level, at);
    // The body's shadow on the hand behind it.
    level *= 1 - 0.35F * std::clamp(1 - body / 5, 0.0F, 1.0F);
    const float frame_light = mix(bezel_level, 118, std::clamp(1 - std::abs(body + 0.7F) / 0.6F, 0.0F, 1.0F) * 0.7F);
    level = mix(level, frame_light, edge_coverage(body, pixel_));
    const float glass = round_rect_distance(at.x, at.y, screen_half_width, screen_half_height, 8.2F);
    const float cover = edge_coverage(glass, pixel_);
    if (cover > 0) level = mix(level, lit(at, picture_x, picture_y), cover);
    paint_front(level, at);
  }

 private:
  void paint_front(float& level, Spot at) const {
    if (at.y < -60) {
      const float camera_hole = std::sqrt(at.x * at.x + (at.y + 68.4F) * (at.y + 68.4F));
      level = mix(level, 8, edge_coverage(camera_hole - 1.7F, pixel_));
    }
    paint_thumb(level, at);
  }

  void hand_behind(float& level, Spot at) const {
    paint_limb(level, at, forearm, pixel_, sleeve_level);
    paint_limb(level, at, palm, pixel_, skin_level);
    paint_limb(level, at, thumb_base, pixel_, skin_level);
    for (const auto& finger : fingers) paint_limb(level, at, finger, pixel_, skin_level);
  }

  void paint_thumb(float& level, Spot at) const {
    if (at.x > -12 || at.y < 12) return;
    // Its shadow on the glass, up and to the right of it.
    const Limb shadow{{thumb.from.x + 4, thumb.from.y - 2}, {thumb.to.x + 4, thumb.to.y - 2}, 13, 8};
    const float dimmed = level * 0.72F;
    float shaded = level;
    paint_limb(shaded, at, shadow, 7, 0);
    level = mix(level, dimmed, level > 0 ? 1 - shaded / level : 0);
    paint_limb(level, at, thumb, pixel_, skin_level);
    const float dx = (at.x - thumb_nail.x + 0.25F * (at.y - thumb_nail.y)) / 4.3F;
    const float dy = (at.y - thumb_nail.y) / 5.4F;
    const float nail = (std::sqrt(dx * dx + dy * dy) - 1) * 4.3F;
    level = mix(level, std::min(255.0F, level * 1.16F), edge_coverage(nail, std::max(pixel_, 1.0F)));
  }

  [[nodiscard]] float lit(Spot at, float picture_x, float picture_y) const {
    float level = screen_.level_at(at) * (1.01F - 0.0006F * at.y) * static_cast<float>(scene_.screen_light);
    if (scene_.moire > 0) {
      const float wave =
          std::sin(picture_x * 0.61F + picture_y * 0.17F) * std::sin(picture_y * 0.53F - picture_x * 0.11F);
      level *= 1 + static_cast<float>(scene_.moire) * wave;
    }
    level = cracks_.through(level, at.x, at.y, pixel_);
    level += 5;  // the shop's light in the glass
    if (scene_.glare <= 0) return level;
    return level + glare_at(at.x, at.y, static_cast<float>(scene_.glare), static_cast<float>(scene_.glare_x_mm),
                            static_cast<float>(scene_.glare_y_mm));
  }

  const FrameScene& scene_;
  const float pixel_;
  const Screen screen_;
  const Cracks cracks_;
};

}  // namespace

void draw_phone(Canvas& to, const FrameScene& scene) {
  MILLPOND_CHECK(scene.phone.has_value());
  const auto to_plane = inverse(projection(scene));
  const auto pixel = static_cast<float>(2 * body_half_height / (scene.phone->height * scene.height));
  const Phone phone{scene, pixel};
  for (int y = 0; y < to.height; ++y) {
    for (int x = 0; x < to.width; ++x) {
      const auto at = apply(to_plane, x + 0.5, y + 0.5);
      // Beyond the hand nothing changes.
      if (std::abs(at.x) > 72 || at.y < -84) continue;
      phone.paint(to.at(x, y), at, static_cast<float>(x), static_cast<float>(y));
    }
  }
}

std::array<double, 8> code_corners(const FrameScene& scene) {
  MILLPOND_CHECK(scene.phone.has_value());
  const auto to_picture = projection(scene);
  std::array<double, 8> corners{};
  constexpr std::array<Spot, 4> on_phone{
      Spot{-code_half, code_center_y - code_half}, Spot{code_half, code_center_y - code_half},
      Spot{code_half, code_center_y + code_half}, Spot{-code_half, code_center_y + code_half}};
  for (std::size_t i = 0; i < on_phone.size(); ++i) {
    const auto corner = apply(to_picture, on_phone[i].x, on_phone[i].y);
    corners[2 * i] = corner.x;
    corners[2 * i + 1] = corner.y;
  }
  return corners;
}

}  // namespace millpond::sim
