// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_finder.h"

#include "hardware/scan/qr_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace millpond::scan {
namespace {

constexpr std::size_t finders_max = 12;  // 220 triples
constexpr std::size_t open_max = 400;    // a chequered tablecloth has thousands
constexpr std::size_t closed_max = 1500;
constexpr float faintness_weight = 0.1F;
constexpr float contrast_min = 4;  // levels, of means: what is left of noise is below

// Dark, light, dark, light, dark as 1:1:3:1:1; blur widens the middle and swallows the rings.
bool has_proportions(const int* runs, float& unit) {
  const int total = runs[0] + runs[1] + runs[2] + runs[3] + runs[4];
  if (total < 7) return false;
  unit = static_cast<float>(total) / 7;
  for (const int ring : {0, 1, 3, 4}) {
    const auto width = static_cast<float>(runs[ring]);
    if (width < 0.35F * unit || width > 1.9F * unit) return false;
  }
  const auto middle = static_cast<float>(runs[2]);
  return middle > 1.9F * unit && middle < 4.3F * unit;
}

float length(float x, float y) { return std::sqrt(x * x + y * y); }

// Largest over smallest.
float spread(float a, float b, float c) { return std::max({a, b, c}) / std::min({a, b, c}); }

// Mean over a ring of that radius in modules.
float ring_mean(const ports::GrayView& luma, const Finder& finder, float radius) {
  constexpr float diagonal = 0.7071F;
  constexpr std::array directions{Point{1, 0},  Point{diagonal, diagonal},   Point{0, 1},  Point{-diagonal, diagonal},
                                  Point{-1, 0}, Point{-diagonal, -diagonal}, Point{0, -1}, Point{diagonal, -diagonal}};
  float sum = 0;
  for (const auto& direction : directions) {
    const int x = static_cast<int>(finder.x + direction.x * radius * finder.unit);
    const int y = static_cast<int>(finder.y + direction.y * radius * finder.unit);
    const int inside_x = std::clamp(x, 0, luma.width - 1);
    const int inside_y = std::clamp(y, 0, luma.height - 1);
    sum += luma.at(inside_x, inside_y);
  }
  return sum / directions.size();
}

// How much lighter the light ring is than the middle and the dark ring.
float ring_contrast(const ports::GrayView& luma, const Finder& finder) {
  const float middle = (ring_mean(luma, finder, 0.4F) + ring_mean(luma, finder, 0.9F)) / 2;
  const float light = ring_mean(luma, finder, 2.15F);
  const float dark = ring_mean(luma, finder, 3.15F);
  return light - middle + 0.5F * (light - dark);
}

bool are_one(const Finder& a, const Finder& b) { return std::abs(a.x - b.x) < a.unit && std::abs(a.y - b.y) < a.unit; }

// Within the upright box around an outline: nothing else of use lies in its corners.
bool lies_within(const Finder& finder, const Corners& outline) {
  const auto [left, right] = std::minmax({outline[0].x, outline[1].x, outline[2].x, outline[3].x});
  const auto [top, bottom] = std::minmax({outline[0].y, outline[1].y, outline[2].y, outline[3].y});
  return finder.x > left && finder.x < right && finder.y > top && finder.y < bottom;
}

}  // namespace

void FinderSearch::note(float x, float y, float unit) {
  for (auto& cluster : open_) {
    auto& finder = cluster.finder;
    const bool same = std::abs(x - finder.x) < 1.5F * unit && y - cluster.last_y <= 2 + unit / 2 &&
                      unit < 1.5F * finder.unit && finder.unit < 1.5F * unit;
    if (!same) continue;
    const auto rows = static_cast<float>(++finder.rows);
    finder.x += (x - finder.x) / rows;
    finder.y += (y - finder.y) / rows;
    finder.unit += (unit - finder.unit) / rows;
    cluster.last_y = y;
    return;
  }
  if (open_.size() < open_max) open_.push_back({{x, y, unit, 1}, y});
}

void FinderSearch::scan_line(const Line& line, int at) {
  edges_.clear();
  const auto level = [&line](int i) { return line.first[i * line.step]; };
  for (int i = 1; i < line.count; ++i) {
    if (level(i) != level(i - 1)) edges_.push_back(i);
  }
  for (std::size_t i = 0; i + 5 < edges_.size(); ++i) {
    if (level(edges_[i]) != 0) continue;  // runs begin dark
    const int runs[5] = {edges_[i + 1] - edges_[i], edges_[i + 2] - edges_[i + 1], edges_[i + 3] - edges_[i + 2],
                         edges_[i + 4] - edges_[i + 3], edges_[i + 5] - edges_[i + 4]};
    float unit = 0;
    if (!has_proportions(runs, unit)) continue;
    const float middle = static_cast<float>(edges_[i + 2] + edges_[i + 3]) / 2;
    note(middle, static_cast<float>(at) + 0.5F, unit);
  }
}

void FinderSearch::scan_rows(const LumaBuffer& binary) {
  for (int y = 0; y < binary.height; ++y) {
    close_before(static_cast<float>(y));
    scan_line({binary.pixels.data() + static_cast<std::ptrdiff_t>(y) * binary.width, 1, binary.width}, y);
  }
  close_before(1e9F);
}

// As of a picture that lies on its side.
void FinderSearch::scan_columns(const LumaBuffer& binary) {
  const auto of_rows = finders_.size();
  for (int x = 0; x < binary.width; ++x) {
    close_before(static_cast<float>(x));
    scan_line({binary.pixels.data() + x, binary.width, binary.height}, x);
  }
  close_before(1e9F);
  for (auto i = of_rows; i < finders_.size(); ++i) std::swap(finders_[i].x, finders_[i].y);
}

// A finder's middle is three modules high, and as many rows run through it; stray proportions last for one or two.
void FinderSearch::close_before(float y) {
  const auto closes = [&](const Cluster& cluster) { return y - cluster.last_y > 2 + cluster.finder.unit / 2; };
  for (const auto& cluster : open_) {
    const auto& finder = cluster.finder;
    const bool stands = finder.rows >= 2 && static_cast<float>(finder.rows) > 0.7F * finder.unit;
    if (closes(cluster) && stands && finders_.size() < closed_max) finders_.push_back(finder);
  }
  std::erase_if(open_, closes);
}

void FinderSearch::pass_over(std::span<const Corners> outlines) {
  for (const auto& outline : outlines) {
    std::erase_if(finders_, [&outline](const Finder& finder) { return lies_within(finder, outline); });
  }
}

void FinderSearch::keep_the_best(const ports::GrayView& luma, bool inverted) {
  for (auto& finder : finders_) {
    const float trust = std::min(1.0F, static_cast<float>(finder.rows) / (2 * finder.unit));
    finder.score = trust * ring_contrast(luma, finder) * (inverted ? -1.0F : 1.0F);
  }
  std::erase_if(finders_, [](const Finder& finder) { return finder.score < contrast_min; });
  std::sort(finders_.begin(), finders_.end(), [](const Finder& a, const Finder& b) { return a.score > b.score; });
  // One that rows and columns saw is one.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < finders_.size() && kept < finders_max; ++i) {
    const auto& finder = finders_[i];
    const bool known = std::any_of(finders_.begin(), finders_.begin() + static_cast<std::ptrdiff_t>(kept),
                                   [&finder](const Finder& better) { return are_one(finder, better); });
    if (!known) finders_[kept++] = finder;
  }
  finders_.resize(kept);
}

void FinderSearch::pair_up() {
  triples_.clear();
  for (std::size_t i = 0; i < finders_.size(); ++i) {
    for (std::size_t j = i + 1; j < finders_.size(); ++j) {
      for (std::size_t k = j + 1; k < finders_.size(); ++k) {
        Finder a = finders_[i];
        Finder b = finders_[j];
        Finder c = finders_[k];
        if (spread(a.unit, b.unit, c.unit) > 1.8F) continue;
        // The corner lies opposite the longest side.
        const float ab = length(a.x - b.x, a.y - b.y);
        const float ac = length(a.x - c.x, a.y - c.y);
        const float bc = length(b.x - c.x, b.y - c.y);
        if (ab > ac && ab > bc) std::swap(a, c);
        if (ac > ab && ac > bc) std::swap(a, b);
        const float bx = b.x - a.x;
        const float by = b.y - a.y;
        const float cx = c.x - a.x;
        const float cy = c.y - a.y;
        const float side_b = length(bx, by);
        const float side_c = length(cx, cy);
        const float unit = (a.unit + b.unit + c.unit) / 3;
        // A run through a turned finder is longer than its side by up to the square root of two.
        const float turn = std::max(std::abs(bx), std::abs(by)) / side_b;
        const float modules = (side_b + side_c) / 2 / (unit * turn);
        const float skew = std::abs(bx * cx + by * cy) / (side_b * side_c);
        const float sides = std::max(side_b, side_c) / std::min(side_b, side_c);
        if (modules < 10 || modules > 1.3F * static_cast<float>(qr_size_of(qr_version_max))) continue;
        if (skew > 0.6F || sides > 1.8F) continue;
        const float faintness = faintness_weight * std::log(spread(a.score, b.score, c.score));
        FinderTriple triple{a, b, c, modules, skew + (sides - 1) + (spread(a.unit, b.unit, c.unit) - 1) + faintness};
        if (bx * cy - by * cx < 0) std::swap(triple.top_right, triple.bottom_left);
        triples_.push_back(triple);
      }
    }
  }
  std::sort(triples_.begin(), triples_.end(),
            [](const FinderTriple& a, const FinderTriple& b) { return a.doubt < b.doubt; });
  if (triples_.size() > triples_max) triples_.resize(triples_max);
}

const std::vector<FinderTriple>& FinderSearch::search(const LumaBuffer& binary, const ports::GrayView& luma,
                                                      bool inverted, Lines lines, std::span<const Corners> overlooked) {
  open_.clear();
  finders_.clear();
  scan_rows(binary);
  if (lines == Lines::both) scan_columns(binary);
  pass_over(overlooked);
  keep_the_best(luma, inverted);
  pair_up();
  if (triples_.empty() && lines == Lines::rows_first) {
    scan_columns(binary);
    pass_over(overlooked);
    keep_the_best(luma, inverted);
    pair_up();
  }
  return triples_;
}

}  // namespace millpond::scan
