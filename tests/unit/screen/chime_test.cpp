// SPDX-License-Identifier: Apache-2.0
// The tone as SDL's driver for files writes it.
#include "kiosk/screen/chime.h"

#include "sync/base/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace millpond;

namespace {

std::vector<std::int16_t> samples_in(const std::string& file) {
  const auto bytes = base::read_file(file);
  if (!bytes) return {};
  std::vector<std::int16_t> samples(bytes->size() / sizeof(std::int16_t));
  std::memcpy(samples.data(), bytes->data(), samples.size() * sizeof(std::int16_t));
  return samples;
}

std::size_t loud(const std::vector<std::int16_t>& samples) {
  std::size_t count = 0;
  for (const auto level : samples) count += std::abs(level) > 8'000 ? 1U : 0U;
  return count;
}

}  // namespace

TEST_CASE("a tone sounds once however often it is asked for meanwhile, and then silence") {
  const tests::TempDir folder;
  const std::string file = folder / "sound";
  ::setenv("SDL_AUDIODRIVER", "disk", 1);
  ::setenv("SDL_DISKAUDIOFILE", file.c_str(), 1);
  ::setenv("SDL_DISKAUDIODELAY", "1", 1);
  {
    const auto chime = screen::Chime::open();
    REQUIRE(chime);
    for (int i = 0; i < 5; ++i) (*chime)->play();
    const auto tone_is_over = [&file] {
      const auto samples = samples_in(file);
      const auto heard = loud(samples);
      return heard > 0 &&
             loud({samples.end() - std::min<std::ptrdiff_t>(1'000, std::ssize(samples)), samples.end()}) == 0;
    };
    for (int i = 0; i < 2'000 && !tone_is_over(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  const auto samples = samples_in(file);
  // 90 ms at 48,000 a second; half the loudness is passed for two thirds of a sine.
  CHECK(loud(samples) > 2'000);
  CHECK(loud(samples) < 4'320);
  std::size_t turns = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) turns += (samples[i - 1] < 0) != (samples[i] < 0) ? 1U : 0U;
  CHECK(turns > 300);  // 1,850 a second, two each
  CHECK(turns < 370);
}

TEST_CASE("a machine without sound says so") {
  ::setenv("SDL_AUDIODRIVER", "none of these", 1);
  CHECK(screen::Chime::open().error().code == base::Code::device_absent);
}
