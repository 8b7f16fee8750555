// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/chime.h"

#include <SDL.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace millpond::screen {
namespace {

constexpr int samples_a_second = 48'000;
constexpr Uint16 buffer_samples = 1'024;  // 21 ms: less than a frame of the camera, and few wake-ups an idle second
constexpr double tone_hz = 1'850;         // where small speakers are loud
constexpr int tone_ms = 90;
constexpr int ramp_ms = 6;  // else it clicks
constexpr double loudness = 0.5;

base::Error absent() { return {base::Code::device_absent, "open sound", SDL_GetError()}; }

std::vector<std::int16_t> drawn_tone() {
  constexpr std::size_t count = samples_a_second * tone_ms / 1'000;
  constexpr double ramp = samples_a_second * ramp_ms / 1'000.0;
  std::vector<std::int16_t> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = static_cast<double>(i);
    const double envelope = std::min({1.0, at / ramp, static_cast<double>(count - i) / ramp});
    const double level = std::sin(2 * std::numbers::pi * tone_hz * at / samples_a_second);
    samples[i] = static_cast<std::int16_t>(32'767 * loudness * envelope * level);
  }
  return samples;
}

}  // namespace

Chime::Chime(std::uint32_t device) : device_{device}, tone_{drawn_tone()} {}

Chime::~Chime() {
  SDL_CloseAudioDevice(device_);
  SDL_QuitSubSystem(SDL_INIT_AUDIO);
}

base::Result<std::unique_ptr<Chime>> Chime::open() {
  if (SDL_InitSubSystem(SDL_INIT_AUDIO) != 0) return absent();
  SDL_AudioSpec wanted{};
  wanted.freq = samples_a_second;
  wanted.format = AUDIO_S16SYS;
  wanted.channels = 1;
  wanted.samples = buffer_samples;
  const auto device = SDL_OpenAudioDevice(nullptr, 0, &wanted, nullptr, 0);
  if (device == 0) {
    const auto error = absent();
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    return error;
  }
  SDL_PauseAudioDevice(device, 0);
  return std::unique_ptr<Chime>{new Chime{device}};
}

void Chime::play() {
  if (SDL_GetQueuedAudioSize(device_) > 0) return;
  // What cannot be queued is not heard; the screen says the same.
  SDL_QueueAudio(device_, tone_.data(), static_cast<Uint32>(tone_.size() * sizeof tone_.front()));
}

}  // namespace millpond::screen
