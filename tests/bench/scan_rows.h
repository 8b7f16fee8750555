// SPDX-License-Identifier: Apache-2.0
// The parts of the benchmark "scan" that have files of their own.
#pragma once

#include "hardware/sim/frame_scene.h"
#include "sync/base/rng.h"
#include "tests/bench/bench.h"

#include <string>
#include <vector>

namespace millpond::bench {

// A text as long as a member's code and of its characters.
[[nodiscard]] std::string member_text(base::Rng& rng);

// Whether all of the code that a phone shows is within the picture.
[[nodiscard]] bool code_is_in_sight(const sim::FrameScene& scene);

// 30 fps streams of people who hold up a code, every decoder on a clock of its own: a frame that comes while it is busy
// is lost, as from a camera.
[[nodiscard]] base::Result<> run_streams(bool quick, std::vector<Row>& rows);

// The same streams read by us alone, with one part of the stream's reading left out at a time: what each part gives.
[[nodiscard]] base::Result<> run_ablation(bool quick, std::vector<Row>& rows);

// What empty shops cost, under several kinds of noise and light.
void run_idle_shops(bool quick, std::vector<Row>& rows);

}  // namespace millpond::bench
