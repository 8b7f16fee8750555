// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/decoders.h"

#include "hardware/scan/zxing_adapter.h"

#include <algorithm>
#include <utility>

namespace millpond::bench {

std::string_view decoder_name(Who who) {
  switch (who) {
    case Who::ours:
      return "ours";
    case Who::zxing:
      return "ZXing defaults";
    case Who::zbar:
      break;
  }
  return "ZBar";
}

bool takes_part(Who who) { return who != Who::zbar || ZbarReader::is_built_in(); }

double Tally::percentile(int percent) const {
  if (cpu_ms.empty()) return 0;
  auto sorted = cpu_ms;
  std::sort(sorted.begin(), sorted.end());
  return sorted[(sorted.size() - 1) * static_cast<std::size_t>(percent) / 100];
}

double Tally::ratio_to(const Tally& other, int percent) const {
  const double theirs = other.percentile(percent);
  return theirs > 0 ? percentile(percent) / theirs : 0;
}

std::string comparable(std::string_view text) {
  std::string kept;
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept), [](char c) { return c >= ' ' && c <= '~'; });
  return kept;
}

Read Decoders::read(Who who, const ports::GrayFrame& frame, std::span<const scan::Rung> ladder) {
  Read read;
  const auto start_ms = scan::thread_cpu_ms();
  switch (who) {
    case Who::ours:
      for (const auto rung : ladder) {
        if (auto found = ours_.try_rung(frame, rung)) read.text = std::move(found->text);
        if (read.text) break;
        const bool soft = rung == scan::Rung::soft || rung == scan::Rung::soft_inverted;
        if (soft && ours_.trace().match >= read.trace.match && ours_.trace().triples > 0) read.trace = ours_.trace();
      }
      break;
    case Who::zxing:
      if (auto found =
              scan::read_with_library_defaults({frame.bytes.data(), frame.width, frame.height, frame.stride})) {
        read.text = std::move(found->text);
      }
      break;
    case Who::zbar:
      read.text = zbar_.read(frame);
      break;
  }
  read.cpu_ms = scan::thread_cpu_ms() - start_ms;
  return read;
}

Read Decoders::take_turns(const ports::GrayFrame& frame, const std::optional<std::string>& truth,
                          std::span<const scan::Rung> ladder, std::array<Tally, everybody.size()>& tallies) {
  Read ours;
  for (std::size_t i = 0; i < everybody.size(); ++i) {
    const auto who = everybody[(turn_ + i) % everybody.size()];
    if (!takes_part(who)) continue;
    const auto result = read(who, frame, ladder);
    if (who == Who::ours) ours = result;
    auto& tally = tallies[static_cast<std::size_t>(who)];
    tally.cpu_ms.push_back(result.cpu_ms);
    if (!result.text) continue;
    ++(truth && comparable(*result.text) == comparable(*truth) ? tally.correct : tally.wrong);
  }
  ++turn_;
  return ours;
}

}  // namespace millpond::bench
