// SPDX-License-Identifier: Apache-2.0
// Streams of other programs on the emulated printer. MILLPOND_ESCPOS_STREAMS names a folder of .bin files with what
// drivers send; each must be read to its end without a command that nobody knows. With MILLPOND_ESCPOS_PICTURES the
// paper is written there, to be looked at.
#include "sync/base/file.h"
#include "tests/support/escpos_interpreter.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace millpond;

namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

TEST_CASE("streams of other drivers are read to their end, every command known") {
  const auto folder = setting("MILLPOND_ESCPOS_STREAMS");
  if (folder.empty()) SKIP("MILLPOND_ESCPOS_STREAMS names no folder of ESC/POS streams (*.bin)");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() == ".bin") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE_FALSE(files.empty());
  for (const auto& file : files) {
    CAPTURE(file.filename().string());
    const auto bytes = base::read_file(file);
    REQUIRE(bytes);
    tests::EscposInterpreter printer;
    tests::EmulatorState state;
    for (const auto byte : *bytes) static_cast<void>(printer.take(byte, state));
    const auto& paper = printer.paper();
    CHECK(paper.unknown.empty());
    CHECK(paper.job_bytes == *bytes);
    CHECK(paper.height() > 0);
    CHECK(std::find(paper.dots.begin(), paper.dots.end(), 1) != paper.dots.end());
    CHECK(paper.text.find("\xEF\xBF\xBD") == std::string::npos);
    if (const auto pictures = setting("MILLPOND_ESCPOS_PICTURES"); !pictures.empty()) {
      REQUIRE(base::write_file(std::filesystem::path{pictures} / (file.stem().string() + ".png"), paper.png()));
    }
  }
}
