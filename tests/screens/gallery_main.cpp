// SPDX-License-Identifier: Apache-2.0
// millpond-gallery: draws every screen anew, records what the tests compare with on this set-up, and writes the
// documentation's gallery. The only way to change either. With --full DIR it also writes every picture in real size.
#include "tests/screens/gallery.h"
#include "tests/screens/shots.h"

#include <iostream>

using namespace millpond;
using namespace millpond::tests;

namespace {

int failed(const base::Error& error) {
  std::cerr << base::describe(error) << '\n';
  return 1;
}

int write_full(const std::filesystem::path& folder, const std::string& only) {
  std::filesystem::create_directories(folder);
  int status = 0;
  for_every_shot([&](const Shot& shot, Stage&) {
    if (shot.name.find(only) == std::string::npos) return;
    Stage stage{shot.display.real, shot.dress.theme()};
    stage.show(shot.sample.view);
    if (const auto saved = image::save_png(folder / (shot.name + ".png"), stage.image()); !saved) {
      status = failed(saved.error());
    }
  });
  return status;
}

int record() {
  Goldens goldens = load_goldens();
  goldens.hashes.clear();
  Gallery gallery;
  for_every_shot([&](const Shot& shot, Stage& stage) {
    stage.show(shot.sample.view);
    goldens.hashes[shot.name] = picture_hash(stage.image());
    gallery.add(shot.name, thumbnail(stage.image(), thumbnail_factor(shot.name)));
  });
  if (const auto saved = save_goldens(goldens); !saved) return failed(saved.error());
  if (const auto saved = gallery.save(); !saved) return failed(saved.error());
  std::cout << goldens.hashes.size() << " pictures recorded in " << goldens.file << " and docs/gallery\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return record();
  if (arguments.size() >= 2 && arguments[0] == "--full") {
    return write_full(arguments[1], arguments.size() > 2 ? arguments[2] : "");
  }
  std::cerr << "millpond-gallery             records every screen and writes docs/gallery\n"
               "millpond-gallery --full DIR [WORD]  writes pictures whose name has WORD in real size\n";
  return 2;
}
