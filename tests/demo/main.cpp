// SPDX-License-Identifier: Apache-2.0
// millpond-demo: the main job on the real programs, played by a scripted shopper and till. Also the end-to-end test.
#include "sync/crypto/hash.h"
#include "tests/demo/scenario.h"
#include "tests/support/paths.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

namespace millpond::demo {
namespace {

bool has_display() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return true;
  }
  return false;
}

void leave_running(ShopFloor& floor) {
  std::string pids;
  for (const auto pid : floor.leave_running()) pids += ' ' + std::to_string(pid);
  const auto folder = floor.terminal_folder().string();
  std::cout << "\nHub, terminal and kiosk stay running. To look and to play:\n"
            << "  " << floor.program("millpond") << " --dir " << folder << " status\n"
            << "  " << floor.program("millpond") << " --dir " << folder << " journal --all\n"
            << "  " << floor.program("millpond-hub") << " status --dir " << floor.hub_folder().string() << "\n"
            << "  scan: copy a picture of a member code, under a new name, into " << floor.camera_folder().string()
            << "\n        (slips with codes are in " << folder << "/receipts)\n"
            << "  pay:  " << floor.program("millpond") << " --dir " << folder
            << " till my-till   makes a key; docs/till.md has a till in shell\n"
            << "To end them: kill" << pids << '\n';
}

int play_and_report(const FloorPlan& plan, bool keep) {
  Report report;
  std::error_code ignored;
  std::filesystem::remove_all(plan.folder, ignored);
  std::filesystem::create_directories(plan.folder);
  ShopFloor floor{plan};
  try {
    play(floor, report);
  } catch (const std::exception& stuck) {  // nlohmann's and our own: either way the run did not hold
    report.expect("the demo runs to its end", false, stuck.what());
  }
  report.print_summary();
  report.write_json(plan.folder / "summary.json");
  std::cout << "\nScreens, receipts, logs and summary.json are in " << plan.folder.string() << '\n';
  if (keep && report.all_held())
    leave_running(floor);
  else
    floor.stop();
  return report.all_held() ? 0 : 1;
}

}  // namespace
}  // namespace millpond::demo

int main(int argc, char** argv) {
  using namespace millpond;
  demo::FloorPlan plan;
  plan.programs = std::filesystem::canonical("/proc/self/exe").parent_path();
  plan.programme = tests::source_dir() / "assets/shop/programme.json";
  plan.folder = tests::source_dir() / "out/demo";
  plan.headless = !demo::has_display();
  bool keep = false;
  CLI::App app{"The main job on the real programs: scan, pay, coupon, print, line cut, queue, line back, drained."};
  app.add_flag("--headless", plan.headless, "no window; screenshots instead (automatic without a display)");
  app.add_flag("--keep", keep, "leave everything running at the end, and say how to scan, pay and look");
  app.add_option("--out", plan.folder, "folder of this run; emptied first")->capture_default_str();
  app.add_option("--seed", plan.seed, "of the pictures that the camera sees");
  CLI11_PARSE(app, argc, argv);
  plan.folder = std::filesystem::absolute(plan.folder);
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto started = crypto::start(); !started) return 1;
  return demo::play_and_report(plan, keep);
}
