// SPDX-License-Identifier: Apache-2.0
// The benchmark "scan": what our decoder reads and what that costs, beside ZXing's defaults and ZBar, in one run and by
// turns: generated frames by class, frames without a code, 30 fps streams, and photographs where a folder of them is
// named.
#include "tests/bench/scan_rows.h"

#include "hardware/scan/decode_file.h"
#include "hardware/scan/encode.h"
#include "hardware/sim/presentation.h"
#include "hardware/sim/scene_classes.h"
#include "sync/base/file.h"
#include "sync/base/rng.h"
#include "tests/bench/decoders.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace millpond::bench {
namespace {

using Tallies = std::array<Tally, everybody.size()>;

const Tally& of(const Tallies& tallies, Who who) { return tallies[static_cast<std::size_t>(who)]; }

Row count_row(std::string name, const Tallies& tallies, Who other, double ratio_min) {
  const auto ours = static_cast<double>(of(tallies, Who::ours).correct);
  const auto theirs = static_cast<double>(of(tallies, other).correct);
  const auto n = of(tallies, Who::ours).cpu_ms.size();
  return {std::move(name),
          ours,
          "frames",
          theirs,
          std::string{decoder_name(other)},
          theirs > 0 ? ours / theirs : 0,
          ratio_min,
          ours >= ratio_min * theirs,
          n,
          theirs > 0 ? static_cast<double>(n) / theirs : 0};
}

Row wrong_row(std::string name, const Tallies& tallies) {
  const auto wrong = static_cast<double>(of(tallies, Who::ours).wrong);
  const auto theirs = static_cast<double>(of(tallies, Who::zxing).wrong + of(tallies, Who::zbar).wrong);
  return {std::move(name),
          wrong,
          "frames",
          theirs,
          "the others together",
          0,
          0,
          wrong == 0,
          of(tallies, Who::ours).cpu_ms.size()};
}

Row cpu_row(std::string name, const Tallies& tallies, Who other, int percent, double ratio_max) {
  const double ratio = of(tallies, Who::ours).ratio_to(of(tallies, other), percent);
  return {std::move(name),
          of(tallies, Who::ours).percentile(percent),
          "ms",
          of(tallies, other).percentile(percent),
          std::string{decoder_name(other)},
          ratio,
          ratio_max,
          ratio <= ratio_max,
          of(tallies, Who::ours).cpu_ms.size()};
}

void add(Tallies& sum, const Tallies& part) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i].correct += part[i].correct;
    sum[i].wrong += part[i].wrong;
    sum[i].cpu_ms.insert(sum[i].cpu_ms.end(), part[i].cpu_ms.begin(), part[i].cpu_ms.end());
  }
}

// The rows of one kind of frames: correct and CPU against each other decoder, and what was read wrongly.
void add_rows(std::vector<Row>& rows, const std::string& name, const Tallies& tallies, double zbar_min,
              double zxing_min) {
  for (const auto& [other, target] : {std::pair{Who::zbar, zbar_min}, {Who::zxing, zxing_min}}) {
    if (!takes_part(other)) continue;
    const auto suffix = other == Who::zbar ? ".zbar" : ".zxing";
    rows.push_back(count_row(name + ".correct" + suffix, tallies, other, target));
    rows.push_back(cpu_row(name + ".cpu.p50" + suffix, tallies, other, 50, 1));
    rows.push_back(cpu_row(name + ".cpu.p99" + suffix, tallies, other, 99, 1));
  }
  rows.push_back(wrong_row(name + ".wrong", tallies));
}

// Where ours ended, for who wants to read more: no finders, no fit of the patterns, no format, or blocks.
void tell_miss(const std::string& name, const Read& ours) {
  const auto& trace = ours.trace;
  std::cerr << "miss " << name << ": " << trace.triples << " triples, match " << trace.match << ", " << trace.mended
            << " of " << trace.blocks << " blocks\n";
}

// A size of frame that cameras give. Blur and smear are lengths in pixels of 720 lines.
struct FrameSize {
  const char* name;
  int width;
  int height;
};
constexpr std::array frame_sizes{FrameSize{"480p", 640, 480}, FrameSize{"720p", 1280, 720},
                                 FrameSize{"1080p", 1920, 1080}};
constexpr std::size_t frames_a_class = 10;  // of each size

template <std::size_t count>
bool is_among(const std::array<sim::SceneClass, count>& kinds, sim::SceneClass kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Who better_of(const Tallies& tallies) {
  return of(tallies, Who::zbar).correct > of(tallies, Who::zxing).correct ? Who::zbar : Who::zxing;
}

// Every class equally often at every size: by class, by size, and summed over the classes of the target, over those
// that shops name, and over all.
base::Result<> run_frames(const Options& options, std::vector<Row>& rows) {
  base::SeededRng rng{2026};
  Decoders decoders;
  Tallies all;
  Tallies of_target;
  Tallies of_shops;
  std::array<Tallies, sim::all_scene_classes.size()> classes;
  std::array<Tallies, frame_sizes.size()> sizes;
  for (std::size_t i = 0; i < (options.quick ? 1 : frames_a_class); ++i) {
    for (std::size_t size = 0; size < frame_sizes.size(); ++size) {
      const auto text = member_text(rng);
      MILLPOND_TRY(const auto code, scan::encode_qr(text));
      for (std::size_t k = 0; k < classes.size(); ++k) {
        const auto kind = sim::all_scene_classes[k];
        auto scene = sim::draw_scene(kind, code, rng.next());
        scene.width = frame_sizes[size].width;
        scene.height = frame_sizes[size].height;
        scene.defocus_px *= scene.height / 720.0;
        scene.motion_px *= scene.height / 720.0;
        Tallies one;
        const auto ours = decoders.take_turns(sim::render(scene), text, scan::full_ladder, one);
        if (options.misses && ours.text != text) {
          tell_miss(std::string{sim::scene_class_name(kind)} + " " + frame_sizes[size].name + " " + std::to_string(i),
                    ours);
        }
        add(all, one);
        add(classes[k], one);
        add(sizes[size], one);
        if (is_among(sim::target_scene_classes, kind)) add(of_target, one);
        if (is_among(sim::shop_scene_classes, kind)) add(of_shops, one);
      }
    }
  }
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const auto name = "scan.frames.class." + std::string{sim::scene_class_name(sim::all_scene_classes[k])};
    rows.push_back(count_row(name, classes[k], better_of(classes[k]), 1));
    if (takes_part(Who::zbar)) rows.push_back(count_row(name + ".zbar", classes[k], Who::zbar, 1));
  }
  add_rows(rows, "scan.frames", of_target, 1.7, 1);
  add_rows(rows, "scan.frames.shops", of_shops, 1.7, 1);
  add_rows(rows, "scan.frames.all", all, 1.7, 1);
  for (std::size_t size = 0; size < sizes.size(); ++size) {
    add_rows(rows, std::string{"scan.frames.all."} + frame_sizes[size].name, sizes[size], 1.7, 1);
  }
  return {};
}

// Frames as they come while somebody holds a phone up: of a presentation of each kind one, at a moment drawn by lot
// while the whole code is in the picture.
base::Result<> run_moments(const Options& options, std::vector<Row>& rows) {
  base::SeededRng rng{2027};
  Decoders decoders;
  Tallies all;
  for (std::size_t i = 0; i < (options.quick ? 1 : 4); ++i) {
    for (const auto& size : frame_sizes) {
      for (const auto kind : sim::all_scene_classes) {
        const auto text = member_text(rng);
        MILLPOND_TRY(const auto code, scan::encode_qr(text));
        sim::PresentationOptions presented{size.width, size.height, 30, rng.next(), kind};
        auto scenes = sim::presentation(code, presented);
        std::erase_if(scenes, [](const sim::FrameScene& scene) { return !code_is_in_sight(scene); });
        const auto& scene = scenes.at(rng.below(scenes.size()));
        const auto ours = decoders.take_turns(sim::render(scene), text, scan::full_ladder, all);
        if (options.misses && ours.text != text) {
          tell_miss("moment " + std::string{sim::scene_class_name(kind)} + " " + size.name, ours);
        }
      }
    }
  }
  add_rows(rows, "scan.moments", all, 1.7, 1);
  return {};
}

// What a stream pays on a frame while nobody is there: one half pass.
void run_empty(std::uint64_t seeds, std::vector<Row>& rows) {
  constexpr std::array half{scan::Rung::half};
  base::SeededRng rng{7};
  Decoders decoders;
  Tallies shop;
  Tallies screens;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    sim::FrameScene scene;
    scene.seed = rng.next();
    scene.shop_seed = rng.next();
    decoders.take_turns(sim::render(scene), std::nullopt, half, shop);
    scene.other_screens = 4;
    decoders.take_turns(sim::render(scene), std::nullopt, scan::file_ladder, screens);
  }
  for (const auto other : {Who::zbar, Who::zxing}) {
    if (!takes_part(other)) continue;
    const std::string suffix = other == Who::zbar ? ".zbar" : ".zxing";
    // 1.15 ms beside 55 and 30 were measured when the passes were chosen.
    rows.push_back(cpu_row("scan.empty.cpu.p50" + suffix, shop, other, 50, other == Who::zbar ? 1.0 / 40 : 1.0 / 20));
  }
  rows.push_back(wrong_row("scan.empty.wrong", shop));
  rows.push_back(wrong_row("scan.other_screens.wrong", screens));
}

std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> pictures;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
    const auto extension = entry.path().extension();
    if (extension == ".png" || extension == ".jpg") pictures.push_back(entry.path());
  }
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

base::Result<> run_pictures(const std::filesystem::path& folder, bool misses, std::vector<Row>& rows) {
  Decoders decoders;
  Tallies camera;
  Tallies file;
  for (const auto& path : pictures_in(folder)) {
    auto truth_path = path;
    const auto truth = base::read_file(truth_path.replace_extension(".txt"));
    if (!truth) continue;
    MILLPOND_TRY(const auto frame, scan::load_frame(path, 0));
    const std::string text{base::text_of(*truth)};
    decoders.take_turns(frame, text, scan::full_ladder, camera);
    const auto ours = decoders.take_turns(frame, text, scan::file_ladder, file);
    if (misses && (!ours.text || comparable(*ours.text) != comparable(text))) tell_miss(path.string(), ours);
  }
  if (of(file, Who::ours).cpu_ms.empty()) {
    return base::Error{base::Code::not_found, "measure pictures", "none with a text beside it", folder.string()};
  }
  add_rows(rows, "scan.pictures.camera_passes", camera, 1.15, 1);
  add_rows(rows, "scan.pictures", file, 1.15, 1);
  return {};
}

base::Result<std::vector<Row>> run_scan(const Options& options) {
  std::vector<Row> rows;
  const auto wanted = [&options](std::string_view part) { return options.only.empty() || options.only == part; };
  if (wanted("frames")) MILLPOND_TRY_DO(run_frames(options, rows));
  if (wanted("moments")) MILLPOND_TRY_DO(run_moments(options, rows));
  if (wanted("empty")) run_empty(options.quick ? 2 : 20, rows);
  if (wanted("streams")) MILLPOND_TRY_DO(run_streams(options.quick, rows));
  if (wanted("ablation")) MILLPOND_TRY_DO(run_ablation(options.quick, rows));
  if (wanted("idle")) run_idle_shops(options.quick, rows);
  const bool pictures_too = wanted("pictures") && !options.pictures.empty();
  if (pictures_too) MILLPOND_TRY_DO(run_pictures(options.pictures, options.misses, rows));
  return rows;
}

const Registration scan_benchmark{"scan", "codes in frames, streams and --pictures against ZXing's defaults and ZBar",
                                  run_scan};

}  // namespace

std::string member_text(base::Rng& rng) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  constexpr std::size_t characters = 128;  // of a member's code with its signature
  std::string text = "K1:";
  while (text.size() < characters) text += alphabet[rng.below(alphabet.size())];
  return text;
}

}  // namespace millpond::bench
