// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/encode.h"
#include "hardware/scan/scan_stream.h"
#include "hardware/sim/phone.h"
#include "hardware/sim/presentation.h"
#include "tests/bench/decoders.h"
#include "tests/bench/scan_rows.h"
#include "tests/support/drawn_code.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millpond::bench {
namespace {

constexpr double frame_ms = 1000.0 / 30;
constexpr double soon_ms = 300;
constexpr double look_ms = 2500;  // from the code's first sight in full; who was not identified by then has given up

// What one decoder made of one stream after another.
struct Course {
  std::size_t identified = 0;
  std::size_t soon = 0;
  std::size_t wrong = 0;
  double cpu_ms = 0;
  double watched_ms = 0;  // until identified, or to the stream's end
  std::vector<double> frame_cpu_ms;
  std::vector<double> wait_ms;

  [[nodiscard]] double core_share() const { return watched_ms > 0 ? cpu_ms / watched_ms : 0; }
};

// One decoder in one stream.
struct Runner {
  double busy_until_ms = 0;
  bool done = false;
};

// What a camera gives of a presentation while there is a phone, until nobody would wait any longer.
struct Shots {
  struct Shot {
    ports::GrayFrame frame;
    double at_ms;
  };
  std::vector<Shot> frames;
  double in_sight_ms = -1;  // the code in full, for the first time
};

Shots shoot(const std::vector<sim::FrameScene>& scenes) {
  Shots shots;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const double now_ms = static_cast<double>(i) * frame_ms;
    if (!scenes[i].phone) continue;  // the empty shop is measured by itself
    if (shots.in_sight_ms < 0 && code_is_in_sight(scenes[i])) shots.in_sight_ms = now_ms;
    if (shots.in_sight_ms >= 0 && now_ms > shots.in_sight_ms + look_ms) break;
    shots.frames.push_back({sim::render(scenes[i]), now_ms});
  }
  return shots;
}

// Everybody in the same streams, or ours alone with some of its parts.
class Race {
 public:
  Race() = default;
  explicit Race(scan::StreamParts parts) : parts_{parts}, alone_{true} {}

  void run(const Shots& shots, const std::string& truth) {
    scan::ScanStream stream{{.parts = parts_}};
    std::array<Runner, everybody.size()> runners{};
    for (const auto& [frame, now_ms] : shots.frames) {
      for (std::size_t k = 0; k < everybody.size(); ++k) {
        const auto who = everybody[(turn_ + k) % everybody.size()];
        auto& runner = runners[static_cast<std::size_t>(who)];
        // The newest frame wins: this one is lost when the next is there before the decoder is free.
        if (!takes_part(who) || (alone_ && who != Who::ours) || runner.done) continue;
        auto& course = courses_[static_cast<std::size_t>(who)];
        course.watched_ms += frame_ms;
        if (runner.busy_until_ms > now_ms + frame_ms) continue;
        const auto result = look(who, stream, frame);
        course.cpu_ms += result.cpu_ms;
        course.frame_cpu_ms.push_back(result.cpu_ms);
        runner.busy_until_ms = std::max(now_ms, runner.busy_until_ms) + result.cpu_ms;
        if (!result.text) continue;
        runner.done = true;
        note(course, *result.text == truth, runner.busy_until_ms - std::max(shots.in_sight_ms, 0.0));
      }
      ++turn_;
    }
  }
  [[nodiscard]] const Course& course(Who who) const { return courses_[static_cast<std::size_t>(who)]; }

 private:
  Read look(Who who, scan::ScanStream& stream, const ports::GrayFrame& frame) {
    if (who != Who::ours) return decoders_.read(who, frame, {});
    const auto start_ms = scan::thread_cpu_ms();
    auto step = stream.feed(frame);
    const double cpu_ms = scan::thread_cpu_ms() - start_ms;
    return {step.seen ? std::optional{std::move(step.seen->text)} : std::nullopt, cpu_ms, {}};
  }

  static void note(Course& course, bool right, double waited_ms) {
    if (!right) {
      ++course.wrong;
      return;
    }
    ++course.identified;
    course.wait_ms.push_back(waited_ms);
    if (waited_ms <= soon_ms) ++course.soon;
  }

  const scan::StreamParts parts_{};
  const bool alone_ = false;
  Decoders decoders_;
  std::array<Course, everybody.size()> courses_{};
  std::size_t turn_ = 0;
};

Row against(std::string name, double ours, double theirs, std::string unit, Who other, double target, bool at_least,
            std::size_t n) {
  const double ratio = theirs > 0 ? ours / theirs : 0;
  const bool holds = at_least ? ours >= target * theirs : ours <= target * theirs;
  return {std::move(name), ours, std::move(unit), theirs, std::string{decoder_name(other)}, ratio, target, holds, n};
}

// How many of the streams, which cannot be more than all of them.
Row count_against(std::string name, std::size_t ours, std::size_t theirs, Who other, double target,
                  std::size_t streams) {
  auto row = against(std::move(name), static_cast<double>(ours), static_cast<double>(theirs), "streams", other, target,
                     true, streams);
  row.ratio_max = theirs > 0 ? static_cast<double>(streams) / static_cast<double>(theirs) : 0;
  return row;
}

double percentile(std::vector<double> values, std::size_t percent) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) * percent / 100];
}

void add_rows(std::vector<Row>& rows, const Race& race, std::size_t streams) {
  const auto& ours = race.course(Who::ours);
  for (const auto other : {Who::zxing, Who::zbar}) {
    if (!takes_part(other)) continue;
    const auto& theirs = race.course(other);
    const std::string suffix = other == Who::zbar ? ".zbar" : ".zxing";
    rows.push_back(
        count_against("scan.streams.identified" + suffix, ours.identified, theirs.identified, other, 1, streams));
    rows.push_back(count_against("scan.streams.within_300ms" + suffix, ours.soon, theirs.soon, other, 1.4, streams));
    rows.push_back(against("scan.streams.core_share" + suffix, 100 * ours.core_share(), 100 * theirs.core_share(), "%",
                           other, 0.2, false, streams));
    rows.push_back(against("scan.streams.wait.p50" + suffix, percentile(ours.wait_ms, 50),
                           percentile(theirs.wait_ms, 50), "ms", other, 1, false, ours.wait_ms.size()));
    rows.push_back(against("scan.streams.frame_cpu.p99" + suffix, percentile(ours.frame_cpu_ms, 99),
                           percentile(theirs.frame_cpu_ms, 99), "ms", other, 1, false, ours.frame_cpu_ms.size()));
  }
  const double p99_ms = percentile(ours.frame_cpu_ms, 99);
  constexpr double p99_max_ms = 12;
  rows.push_back({"scan.streams.frame_cpu.p99", p99_ms, "ms", 0, "", 0, p99_max_ms, p99_ms <= p99_max_ms,
                  ours.frame_cpu_ms.size()});
  rows.push_back(
      {"scan.streams.wrong", static_cast<double>(ours.wrong), "streams", 0, "", 0, 0, ours.wrong == 0, streams});
}

// An empty shop: nothing but the noise of the sensor moves, and the light of lamps on the mains.
struct Shop {
  const char* name;
  double noise_levels;
  double flicker_levels;
};

std::vector<ports::GrayFrame> frames_of(const Shop& shop) {
  std::vector<ports::GrayFrame> frames;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    sim::FrameScene scene;
    scene.seed = seed;
    scene.noise_levels = shop.noise_levels;
    scene.brightness_levels = seed % 2 == 0 ? shop.flicker_levels : -shop.flicker_levels;
    frames.push_back(sim::render(scene));
  }
  return frames;
}

void run_idle(const Shop& shop, bool quick, std::vector<Row>& rows) {
  auto frames = frames_of(shop);
  scan::ScanStream stream;
  const int count = quick ? 180 : 900;
  std::size_t active = 0;
  const auto feed = [&](int i) {
    auto& frame = frames[static_cast<std::size_t>(i) % frames.size()];
    frame.taken_at_ms = static_cast<std::int64_t>(i * frame_ms);
    const auto start_ms = scan::thread_cpu_ms();
    active += stream.feed(frame).active ? 1 : 0;
    return scan::thread_cpu_ms() - start_ms;
  };
  // The first frames count as movement, and the shop is learnt in the ten seconds after.
  constexpr int settled = 400;
  for (int i = 0; i < settled; ++i) feed(i);
  active = 0;
  double cpu_ms = 0;
  for (int i = settled; i < settled + count; ++i) cpu_ms += feed(i);
  const double share = 100 * cpu_ms / (count * frame_ms);
  constexpr double share_max = 1;
  const auto n = static_cast<std::size_t>(count);
  const std::string name = std::string{"scan.idle"} + shop.name;
  rows.push_back({name + ".core_share", share, "%", 0, "", 0, share_max, share <= share_max, n});
  rows.push_back({name + ".taken_for_movement", static_cast<double>(active), "frames", 0, "", 0, 0, active == 0, n});
}

// The same shop as a camera gives it that packs colour between the pixels: read where it lies, and beside that with
// every picture copied out first, as whoever wants a frame of their own has to.
void run_idle_packed(bool quick, std::vector<Row>& rows) {
  struct Packed {
    base::Bytes pairs;
    ports::GrayView luma;
  };
  std::vector<Packed> pictures;
  for (const auto& frame : frames_of({"", 2, 0})) {
    auto& picture = pictures.emplace_back(Packed{base::Bytes(2 * frame.bytes.size(), 128), {}});
    for (std::size_t i = 0; i < frame.bytes.size(); ++i) picture.pairs[2 * i] = frame.bytes[i];
    picture.luma = {picture.pairs.data(), frame.width, frame.height, 2 * frame.width, 2, 0};
  }
  std::array<scan::ScanStream, 2> streams;
  std::array<double, 2> cpu_ms{};
  constexpr int settled = 400;
  const int count = settled + (quick ? 180 : 900);
  for (int i = 0; i < count; ++i) {
    auto& luma = pictures[static_cast<std::size_t>(i) % pictures.size()].luma;
    luma.taken_at_ms = static_cast<std::int64_t>(i * frame_ms);
    for (const bool copied : {false, true}) {
      const auto start_ms = scan::thread_cpu_ms();
      static_cast<void>(copied ? streams[1].feed(ports::copy_of(luma)) : streams[0].feed(luma));
      if (i >= settled) cpu_ms[copied ? 1 : 0] += scan::thread_cpu_ms() - start_ms;
    }
  }
  const double watched_ms = (count - settled) * frame_ms;
  const double share = 100 * cpu_ms[0] / watched_ms;
  constexpr double share_max = 1;
  rows.push_back({"scan.idle.yuyv.core_share", share, "%", 100 * cpu_ms[1] / watched_ms, "every frame copied",
                  cpu_ms[0] / cpu_ms[1], share_max, share <= share_max, static_cast<std::size_t>(count - settled)});
}

// A poster with a code of its own hangs in the picture: who holds up a phone beside it is identified all the same.
base::Result<> run_poster(base::Rng& rng, std::size_t streams, std::vector<Row>& rows) {
  MILLPOND_TRY(const auto poster, scan::encode_qr("https://example.org/join?shop=1"));
  std::size_t identified = 0;
  for (std::size_t i = 0; i < streams; ++i) {
    const auto text = member_text(rng);
    MILLPOND_TRY(const auto code, scan::encode_qr(text));
    sim::PresentationOptions options;
    options.frames_per_s = 30;
    options.seed = rng.next();
    scan::ScanStream stream;
    bool seen = false;
    for (const auto& scene : sim::presentation(code, options)) {
      auto frame = sim::render(scene);
      tests::draw_code(frame, poster, {60, 60, 5});
      const auto step = stream.feed(frame);
      seen = seen || (step.is_new && step.seen->text == text);
      if (seen) break;
    }
    identified += seen ? 1 : 0;
  }
  rows.push_back({"scan.poster.identified", static_cast<double>(identified), "streams", 0, "", 0,
                  static_cast<double>(streams), identified == streams, streams});
  return {};
}

// The streams of the race and of the ablation: the same texts and scenes each time.
template <typename Run>
base::Result<std::size_t> for_streams(bool quick, base::Rng& rng, Run run) {
  constexpr std::array kinds{sim::SceneClass::plain,    sim::SceneClass::glare,          sim::SceneClass::moire,
                             sim::SceneClass::inverted, sim::SceneClass::low_brightness, sim::SceneClass::cracked,
                             sim::SceneClass::noise,    sim::SceneClass::other_screens};
  const std::uint64_t rounds = quick ? 1 : 3;
  std::size_t streams = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (const auto kind : kinds) {
      const auto text = member_text(rng);
      MILLPOND_TRY(const auto code, scan::encode_qr(text));
      sim::PresentationOptions options;
      options.frames_per_s = 30;
      options.seed = rng.next();
      options.kind = kind;
      run(shoot(sim::presentation(code, options)), text);
      ++streams;
      if (quick && streams == 2) return streams;
    }
  }
  return streams;
}

}  // namespace

bool code_is_in_sight(const sim::FrameScene& scene) {
  if (!scene.phone) return false;
  const auto corners = sim::code_corners(scene);
  for (std::size_t i = 0; i < corners.size(); i += 2) {
    if (corners[i] < 0 || corners[i] >= scene.width) return false;
    if (corners[i + 1] < 0 || corners[i + 1] >= scene.height) return false;
  }
  return true;
}

base::Result<> run_streams(bool quick, std::vector<Row>& rows) {
  base::SeededRng rng{30};
  Race race;
  MILLPOND_TRY(const auto streams, for_streams(quick, rng, [&race](const Shots& shots, const std::string& text) {
                 race.run(shots, text);
               }));
  add_rows(rows, race, streams);
  return run_poster(rng, quick ? 1 : 6, rows);
}

base::Result<> run_ablation(bool quick, std::vector<Row>& rows) {
  struct Variant {
    const char* name;
    scan::StreamParts parts;
  };
  constexpr std::array variants{Variant{"whole", {}}, Variant{"without_sums", {.sums = false}},
                                Variant{"without_regions", {.regions = false}},
                                Variant{"without_own_reader", {.own_reader = false}}};
  std::array<Race, variants.size()> races{Race{variants[0].parts}, Race{variants[1].parts}, Race{variants[2].parts},
                                          Race{variants[3].parts}};
  base::SeededRng rng{30};
  MILLPOND_TRY(const auto streams, for_streams(quick, rng, [&races](const Shots& shots, const std::string& text) {
                 for (auto& race : races) race.run(shots, text);
               }));
  const auto& whole = races[0].course(Who::ours);
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const auto& course = races[i].course(Who::ours);
    const auto row = [&](const char* figure, double value, double of_whole, const char* unit) {
      rows.push_back({std::string{"scan.ablation."} + variants[i].name + "." + figure, value, unit, of_whole, "whole",
                      of_whole > 0 ? value / of_whole : 0, 0, true, streams});
    };
    row("identified", static_cast<double>(course.identified), static_cast<double>(whole.identified), "streams");
    row("within_300ms", static_cast<double>(course.soon), static_cast<double>(whole.soon), "streams");
    row("core_share", 100 * course.core_share(), 100 * whole.core_share(), "%");
    row("wait.p50", percentile(course.wait_ms, 50), percentile(whole.wait_ms, 50), "ms");
  }
  return {};
}

void run_idle_shops(bool quick, std::vector<Row>& rows) {
  for (const auto& shop : {Shop{"", 2, 0}, Shop{".noise_6", 6, 0}, Shop{".noise_12", 12, 0}, Shop{".flicker", 2, 6}}) {
    run_idle(shop, quick, rows);
  }
  run_idle_packed(quick, rows);
}

}  // namespace millpond::bench
