// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/soft_reader.h"

#include "hardware/scan/qr_detector.h"
#include "hardware/scan/qr_equalizer.h"
#include "hardware/scan/qr_layout.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace millpond::scan {
namespace {

constexpr std::int64_t same_symbol_ms = 400;  // longer apart, another phone may be there
constexpr float fading = 0.8F;                // of what was seen before, at each further frame
constexpr float sure_match = 0.6F;            // of fixed patterns: here is a symbol, others are chance
constexpr float certain_match = 0.9F;         // of a symbol's own finders; with one of them wrong it is less
constexpr float worth_match = 0.45F;          // below, three chance patterns are likelier than a blurred symbol
constexpr int large_size = 57;                // modules; beyond, a detector costs a stream's frame too much
constexpr int stream_rounds = 2;              // of the detector; the next frame may be better
constexpr int file_rounds = 4;
constexpr float sure_level = 0.5F;  // of a module, of 1
constexpr std::size_t different_percent_max = 35;
constexpr std::size_t stream_triples = 2;  // so that a frame of a stream costs what it may

// Places in a smaller picture, in pixels of the whole one.
FinderTriple enlarged(FinderTriple triple, int scale) {
  const auto times = static_cast<float>(scale);
  for (auto* finder : {&triple.top_left, &triple.top_right, &triple.bottom_left}) {
    finder->x *= times;
    finder->y *= times;
    finder->unit *= times;
  }
  return triple;
}

// Whether two sights of a symbol may be of one text: another text has every other data module turned over, while
// patterns are the same in all.
bool say_the_same(const SoftModules& one, const SoftModules& other) {
  const auto& layout = qr_layout((one.size - qr_size_of(0)) / 4);
  std::size_t sure = 0;
  std::size_t different = 0;
  for (std::size_t i = 0; i < one.levels.size(); ++i) {
    if (layout.modules[i] != QrModule::data) continue;
    if (std::abs(one.levels[i]) < sure_level || std::abs(other.levels[i]) < sure_level) continue;
    ++sure;
    different += (one.levels[i] > 0) != (other.levels[i] > 0) ? 1U : 0U;
  }
  return 100 * different <= different_percent_max * sure;
}

}  // namespace

void SoftTrace::note(const SoftRead& read) {
  if (read.mended * std::max(blocks, 1) < mended * std::max(read.blocks, 1) || read.blocks == 0) return;
  blocks = read.blocks;
  mended = read.mended;
}

std::optional<RawRead> SoftReader::read(const SoftPart& part, const SoftSearch& where,
                                        std::optional<std::int64_t> at_ms) {
  suspected_.reset();
  trace_ = {};
  std::vector<Corners> overlooked = part.overlooked;
  const auto scale = static_cast<float>(where.scale);
  for (auto& outline : overlooked) {
    for (auto& corner : outline) corner = {(corner.x - part.origin.x) / scale, (corner.y - part.origin.y) / scale};
  }
  std::size_t left = at_ms ? stream_triples : FinderSearch::triples_max;
  for (const auto& triple : search_.search(where.binary, where.luma, part.inverted, where.lines, overlooked)) {
    if (left-- == 0) break;
    ++trace_.triples;
    const auto fit = fit_symbol(part.luma, enlarged(triple, where.scale), part.inverted);
    if (!fit) continue;
    trace_.match = std::max(trace_.match, fit->match);
    const bool sure = fit->match > sure_match;
    if (sure) suspected_ = fit->pose.outline();
    if (auto text = read_fit(part, *fit, at_ms)) {
      return RawRead{std::move(*text), ports::Symbology::qr, fit->pose.outline()};
    }
    if (fit->match > certain_match) break;
  }
  return std::nullopt;
}

std::optional<std::string> SoftReader::read_fit(const SoftPart& part, const QrFit& fit,
                                                std::optional<std::int64_t> at_ms) {
  const auto grid = sample_modules(part.luma, fit, part.inverted);
  const auto& layout = qr_layout(fit.version);
  auto read = read_soft(soften(grid));
  trace_.note(read);
  if (read.text || fit.match < worth_match) return std::move(read.text);
  const auto guess = equalize(grid, layout);
  read = read_soft(guess);
  trace_.note(read);
  if (read.text) return std::move(read.text);
  const int rounds = !at_ms ? file_rounds : grid.size > large_size ? 0 : stream_rounds;
  ModuleDetector detector{grid, layout, guess};
  const SoftModules* modules = &guess;
  for (int round = 0; round < rounds; ++round) {
    // The next frame may show it better than another round would.
    if (at_ms && round > 0 && read.mended == 0) break;
    if (read.known.size != 0) detector.make_certain(read.known);
    modules = &detector.next_round();
    read = read_soft(*modules);
    trace_.note(read);
    if (read.text) return std::move(read.text);
  }
  if (!at_ms || fit.match <= sure_match) return std::nullopt;
  const auto outline = fit.pose.outline();
  const Point middle{(outline[0].x + outline[2].x) / 2 + part.origin.x,
                     (outline[0].y + outline[2].y) / 2 + part.origin.y};
  const float side = std::hypot(outline[1].x - outline[0].x, outline[1].y - outline[0].y);
  return add_up(*modules, fit.match, {{}, part.inverted, middle, side, *at_ms});
}

// The sum that these modules belong to, or else the one that is longest without a frame, emptied.
SoftReader::Sum& SoftReader::sum_for(const SoftModules& modules, const Sum& place) {
  for (auto& sum : sums_) {
    const bool goes_on = sum.modules.size == modules.size && sum.inverted == place.inverted &&
                         place.at_ms >= sum.at_ms && place.at_ms - sum.at_ms <= same_symbol_ms &&
                         std::hypot(sum.middle.x - place.middle.x, sum.middle.y - place.middle.y) <= sum.side / 2;
    if (!goes_on) continue;
    if (!say_the_same(sum.modules, modules)) sum.modules = {};
    return sum;
  }
  auto& oldest =
      *std::min_element(sums_.begin(), sums_.end(), [](const Sum& a, const Sum& b) { return a.at_ms < b.at_ms; });
  oldest.modules = {};
  return oldest;
}

std::optional<std::string> SoftReader::add_up(const SoftModules& modules, float match, Sum place) {
  auto& sum = sum_for(modules, place);
  const bool goes_on = sum.modules.size == modules.size;
  place.modules = std::move(sum.modules);
  sum = std::move(place);
  if (!goes_on) {
    sum.modules = modules;
    for (auto& level : sum.modules.levels) level *= match;
    return std::nullopt;
  }
  for (std::size_t i = 0; i < modules.levels.size(); ++i) {
    sum.modules.levels[i] = fading * sum.modules.levels[i] + match * modules.levels[i];
  }
  return read_soft(sum.modules).text;
}

}  // namespace millpond::scan
