// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/soft_reader.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace millpond::scan {
namespace {

constexpr std::int64_t same_symbol_ms = 400;  // longer apart, another phone may be there
constexpr float fading = 0.8F;                // of what was seen before, at each further frame
constexpr float sure_match = 0.6F;            // of fixed patterns: here is a symbol, others are chance
constexpr float worth_match = 0.45F;          // below, three chance patterns are likelier than a blurred symbol
constexpr int wide_rounds_size_max = 57;      // modules; larger symbols would cost a stream's frame too much
constexpr std::size_t stream_triples = 2;     // so that a frame of a stream costs what it may

// Places in the half-size picture, in pixels of the whole one.
FinderTriple doubled(FinderTriple triple) {
  for (auto* finder : {&triple.top_left, &triple.top_right, &triple.bottom_left}) {
    finder->x *= 2;
    finder->y *= 2;
    finder->unit *= 2;
  }
  return triple;
}

}  // namespace

std::optional<RawRead> SoftReader::read(const LumaView& luma, const LumaBuffer& half, const LumaBuffer& binary,
                                        bool inverted, std::optional<std::int64_t> at_ms) {
  suspected_.reset();
  std::size_t left = at_ms ? stream_triples : FinderSearch::triples_max;
  for (const auto& triple : search_.search(binary, half, inverted)) {
    if (left-- == 0) break;
    const auto fit = fit_symbol(luma, doubled(triple), inverted);
    if (!fit) continue;
    const bool sure = fit->match > sure_match;
    if (sure) suspected_ = fit->pose.outline();
    if (auto text = read_fit(luma, *fit, inverted, at_ms)) {
      return RawRead{std::move(*text), ports::Symbology::qr, fit->pose.outline()};
    }
    if (sure) break;
  }
  return std::nullopt;
}

std::optional<std::string> SoftReader::read_fit(const LumaView& luma, const QrFit& fit, bool inverted,
                                                std::optional<std::int64_t> at_ms) {
  const auto grid = sample_modules(luma, fit, inverted);
  if (auto text = read_soft(soften(grid))) return text;
  if (fit.match < worth_match) return std::nullopt;
  const int rounds = at_ms && grid.size > wide_rounds_size_max ? Equalizer::rounds_max - 1 : Equalizer::rounds_max;
  Equalizer equalizer{grid, qr_layout(fit.version)};
  const SoftModules* modules = nullptr;
  for (int round = 0; round < rounds; ++round) {
    modules = &equalizer.next_round();
    if (auto text = read_soft(*modules)) return text;
  }
  return at_ms && fit.match > sure_match ? add_up(*modules, fit.match, *at_ms) : std::nullopt;
}

std::optional<std::string> SoftReader::add_up(const SoftModules& modules, float match, std::int64_t at_ms) {
  const bool goes_on = sum_.size == modules.size && at_ms - sum_at_ms_ <= same_symbol_ms && at_ms >= sum_at_ms_;
  sum_at_ms_ = at_ms;
  if (!goes_on) {
    sum_ = modules;
    for (auto& level : sum_.levels) level *= match;
    return std::nullopt;
  }
  for (std::size_t i = 0; i < sum_.levels.size(); ++i) {
    sum_.levels[i] = fading * sum_.levels[i] + match * modules.levels[i];
  }
  return read_soft(sum_);
}

}  // namespace millpond::scan
