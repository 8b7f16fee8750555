// SPDX-License-Identifier: Apache-2.0
// Shots: settled screens as PNG files, for the demo, support and the manual. Files are numbered in the order of the
// screens: 03-card-zh-CN.png. Writing happens on a thread of its own, so that no frame waits for a disk; when more
// than eight wait, further ones are left out and counted.
#pragma once

#include "hardware/image/image.h"
#include "kiosk/flow/view_model.h"
#include "sync/base/queue.h"

#include <filesystem>
#include <string>
#include <thread>

namespace millpond::screen {

class Shots {
 public:
  explicit Shots(std::filesystem::path folder);
  ~Shots();  // writes what is queued
  Shots(const Shots&) = delete;
  Shots& operator=(const Shots&) = delete;

  void save(const flow::ViewModel& view, image::RgbaImage picture);

 private:
  struct Job {
    std::filesystem::path path;
    image::RgbaImage picture;
  };
  const std::filesystem::path folder_;
  int count_ = 0;
  base::Queue<Job> jobs_{8, base::Overflow::refuse};
  std::thread thread_;
};

}  // namespace millpond::screen
