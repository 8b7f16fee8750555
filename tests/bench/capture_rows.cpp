// SPDX-License-Identifier: Apache-2.0
// What sitting between till and printer costs: a question and its answer through us against a line of its own, in turns
// in the same run.
#include "hardware/capture/pass_through.h"
#include "tests/bench/bench.h"
#include "tests/support/till_line.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace millpond::bench {
namespace {

using tests::TillLine;

// Takes pieces of a known size and answers each with one byte, as a printer its status.
class AnsweringPrinter {
 public:
  AnsweringPrinter(TillLine line, std::size_t piece) : line_{std::move(line)} {
    thread_ = std::thread{[this, piece] {
      while (line_.hear(piece, 60'000).bytes.size() == piece) line_.send(base::Bytes{0x12});
    }};
  }
  ~AnsweringPrinter() { thread_.join(); }
  AnsweringPrinter(const AnsweringPrinter&) = delete;
  AnsweringPrinter& operator=(const AnsweringPrinter&) = delete;

 private:
  TillLine line_;
  std::thread thread_;
};

double round_ms(const TillLine& line, base::ByteView piece) {
  const auto began = std::chrono::steady_clock::now();
  line.send(piece);
  static_cast<void>(line.hear(1, 60'000));
  return std::chrono::duration<double, std::milli>{std::chrono::steady_clock::now() - began}.count();
}

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

base::Result<std::vector<Row>> run_capture(const Options& options) {
  constexpr std::size_t piece_bytes = 512;
  constexpr double target_ms = 2;
  const std::size_t rounds = options.quick ? 500 : 5'000;
  tests::PrinterDoor door;
  capture::Tap tap{capture::tap_pieces_max, base::Overflow::refuse};
  capture::PassThroughSettings settings;
  settings.listen_port = 0;
  settings.printer_host = "127.0.0.1";
  settings.printer_port = door.port();
  MILLPOND_TRY(const auto through, capture::PassThrough::start(settings, tap));
  std::atomic<std::size_t> tapped{0};
  std::thread reader{[&] {
    while (const auto piece = tap.pop()) tapped += piece->bytes.size();
  }};
  std::vector<double> direct_ms;
  std::vector<double> through_ms;
  {
    auto direct = TillLine::to(door.port());
    AnsweringPrinter direct_printer{door.accept(), piece_bytes};
    auto between = TillLine::to(through->port());
    AnsweringPrinter printer{door.accept(), piece_bytes};
    const base::Bytes piece(piece_bytes, 'x');
    for (std::size_t i = 0; i < rounds; ++i) {
      direct_ms.push_back(round_ms(direct, piece));
      through_ms.push_back(round_ms(between, piece));
    }
    direct.close();
    between.close();
  }
  tap.close();
  reader.join();
  std::vector<Row> rows;
  for (const auto& [name, part] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}}) {
    const auto own = percentile(direct_ms, part);
    const auto ours = percentile(through_ms, part);
    rows.push_back(
        {std::string{"capture.round."} + name, ours, "ms", own, "the same without us", ours / own, 0, true, rounds});
    rows.push_back(
        {std::string{"capture.added."} + name, ours - own, "ms", 0, "", 0, target_ms, ours - own <= target_ms, rounds});
  }
  return rows;
}

const Registration registration{"capture", "between till and printer: what a question and its answer take longer",
                                run_capture};

}  // namespace
}  // namespace millpond::bench
