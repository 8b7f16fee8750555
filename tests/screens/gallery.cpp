// SPDX-License-Identifier: Apache-2.0
#include "tests/screens/gallery.h"

#include "sync/base/file.h"
#include "tests/screens/packed_png.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <sstream>

namespace millpond::tests {
namespace {

constexpr int sheet_width = 1160;
constexpr int gap = 12;

std::filesystem::path folder() { return source_dir() / "docs/gallery"; }

std::string sheet_of(const std::string& shot) { return shot.substr(shot.find('.') + 1); }
std::string sample_of(const std::string& shot) { return shot.substr(0, shot.find('.')); }

struct Place {
  int x{};
  int y{};
};

// Left to right, row by row; a row is as high as its highest picture.
struct Shelf {
  std::vector<Place> places;
  int height{gap};
  explicit Shelf(const std::vector<image::RgbaImage>& pictures) {
    int x = gap;
    int row = 0;
    for (const auto& picture : pictures) {
      if (x + picture.width + gap > sheet_width) {
        height += row + gap;
        x = gap;
        row = 0;
      }
      places.push_back({x, height});
      x += picture.width + gap;
      row = std::max(row, picture.height);
    }
    height += row + gap;
  }
};

}  // namespace

int thumbnail_factor(const std::string& shot) { return shot.ends_with(".light") ? 3 : 5; }

void Gallery::add(const std::string& shot, const image::RgbaImage& thumbnail) {
  auto& sheet = sheets_[sheet_of(shot)];
  sheet.shots.push_back(shot);
  sheet.thumbnails.push_back(thumbnail);
}

base::Result<> Gallery::save() const {
  std::filesystem::create_directories(folder());
  std::string page =
      "# Every screen\n\nEach screen with made-up people, in both languages and every theme, as the processor draws "
      "it. "
      "Made by\n`millpond-gallery`, which also records what the tests compare pictures with; do not edit.\n";
  std::string index;
  for (const auto& [name, sheet] : sheets_) {
    const Shelf shelf{sheet.thumbnails};
    image::RgbaImage whole{sheet_width, shelf.height, {}};
    whole.pixels.assign(static_cast<std::size_t>(whole.width) * static_cast<std::size_t>(whole.height) * 4, 255);
    for (std::size_t i = 0; i < sheet.shots.size(); ++i) {
      const auto& picture = sheet.thumbnails[i];
      paste(whole, picture, shelf.places[i].x, shelf.places[i].y);
      index += sheet.shots[i] + " " + std::to_string(shelf.places[i].x) + " " + std::to_string(shelf.places[i].y) +
               " " + std::to_string(picture.width) + " " + std::to_string(picture.height) + "\n";
    }
    MILLPOND_TRY_DO(save_packed_png(folder() / (name + ".png"), whole));
    page += "\n## " + name + "\n\n![" + name + "](" + name + ".png)\n\n";
    for (std::size_t i = 0; i < sheet.shots.size(); ++i) page += (i > 0 ? " · " : "") + sample_of(sheet.shots[i]);
    page += "\n";
  }
  MILLPOND_TRY_DO(base::write_file(folder() / "README.md", base::view_of(page)));
  return base::write_file(folder() / "places.txt", base::view_of(index));
}

std::optional<image::RgbaImage> Gallery::recorded(const std::string& shot, int width, int height) {
  const auto index = base::read_file(folder() / "places.txt", std::size_t{1} << 20);
  if (!index) return std::nullopt;
  std::istringstream lines{std::string{base::text_of(*index)}};
  std::string name;
  int x = 0;
  int y = 0;
  int wide = 0;
  int high = 0;
  while (lines >> name >> x >> y >> wide >> high) {
    if (name != shot || wide != width || high != height) continue;
    const auto sheet = image::load_rgba(folder() / (sheet_of(shot) + ".png"));
    if (!sheet || x + wide > sheet->width || y + high > sheet->height) return std::nullopt;
    return cut(*sheet, x, y, wide, high);
  }
  return std::nullopt;
}

}  // namespace millpond::tests
