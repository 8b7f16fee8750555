// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/shots.h"

#include <cstdio>
#include <iostream>

namespace millpond::screen {

Shots::Shots(std::filesystem::path folder)
    : folder_{std::move(folder)}, thread_{[this] {
        while (auto job = jobs_.pop()) {
          const auto saved = image::save_png(job->path, job->picture);
          if (!saved) std::cerr << "millpond-kiosk: " << base::describe(saved.error()) << '\n';
        }
      }} {}

Shots::~Shots() {
  jobs_.close();
  thread_.join();
}

void Shots::save(const flow::ViewModel& view, image::RgbaImage picture) {
  char number[16];
  std::snprintf(number, sizeof number, "%02d", ++count_);
  const std::string locale = view.locale == flow::Locale::zh_cn ? "zh-CN" : "en";
  const std::string name =
      std::string{number} + "-" + std::string{flow::screen_name(view.screen)} + "-" + locale + ".png";
  if (!jobs_.push({folder_ / name, std::move(picture)})) {
    std::cerr << "millpond-kiosk: no time to write " << name << "; the disk is slow\n";
  }
}

}  // namespace millpond::screen
