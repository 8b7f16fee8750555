// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/scanner.h"

#include "hardware/scan/encode.h"
#include "hardware/scan/scanner_binding.h"
#include "kiosk/cli/output.h"
#include "sync/base/clock.h"
#include "sync/crypto/hash.h"
#include "sync/text/report.h"
#include "sync/text/text.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

namespace millpond::cli {
namespace {

// The ENTER that began the command must be up before its keyboard is held, or it would repeat for ever.
constexpr auto fingers_up = std::chrono::milliseconds{700};

int bind(const ScannerOptions& options) {
  constexpr std::uint64_t numbers = 900'000;
  const auto expected =
      std::string{scan::binding_prefix} + std::to_string(numbers / 9 + crypto::system_rng().below(numbers));
  const auto code = scan::encode_qr(expected);
  if (!code) return fail(code.error());
  std::this_thread::sleep_for(fingers_up);
  auto held = scan::HeldKeyboards::hold(scan::keyboards_in(options.devices));
  if (!held) return fail(held.error());
  const auto language = text::environment_language();
  std::cerr << code_in_blocks(*code)
            << text::format(text::Key::scanner_bind_now, language, std::to_string(options.timeout_s)) << std::endl;
  const auto found = held->find(expected, std::int64_t{options.timeout_s} * 1'000, base::system_clock());
  if (!found) return fail(found.error());
  const auto option = "evdev:" + found->device.string() + ":" + std::string{scan::layout_name(found->layout)};
  if (options.json) {
    std::cout << nlohmann::ordered_json{{"scanner", option}}.dump() << '\n';
    return 0;
  }
  std::cerr << text::format(text::Key::scanner_bind_found, language) << '\n';
  std::cout << "--scanner " << option << '\n';
  return 0;
}

}  // namespace

std::string code_in_blocks(const ports::QrModules& code) {
  constexpr int quiet = ports::qr_quiet_zone_modules;
  std::string lines;
  for (int y = -quiet; y < code.size + quiet; y += 2) {
    for (int x = -quiet; x < code.size + quiet; ++x) {
      const bool upper = !code.get(x, y);
      const bool lower = !code.get(x, y + 1);
      lines += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
    }
    lines += '\n';
  }
  return lines;
}

void add_scanner_commands(CLI::App& app, ScannerOptions& options, int& status) {
  auto* scanner = app.add_subcommand("scanner", "the hand scanner of a screen");
  scanner->require_subcommand(1);
  auto* binding = scanner->add_subcommand("bind", "find a scanner that types like a keyboard: scan the code it draws");
  binding->add_option("--devices", options.devices, "folder of the keyboards' names (default: /dev/input/by-id)");
  binding->add_option("--timeout", options.timeout_s, "seconds")->check(CLI::Range(5, 600));
  binding->add_flag("--json", options.json, "for programs");
  binding->callback([&options, &status] { status = bind(options); });
}

}  // namespace millpond::cli
