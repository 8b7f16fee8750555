// SPDX-License-Identifier: Apache-2.0
// ShopFloor: a hub, a line, a terminal and a kiosk, all of them the real programs in a folder of this run, and hands to
// use them with: a shopper who touches the screen and holds up codes, and whoever reads what came out of the printer.
#pragma once

#include "hardware/ports/qr_modules.h"
#include "tests/demo/line.h"
#include "tests/demo/process.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace millpond::demo {

// A step that cannot be taken: the run ends here and says why.
struct Stuck : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct FloorPlan {
  std::filesystem::path programs;   // where millpond-hub and the others were built
  std::filesystem::path programme;  // assets/shop/programme.json
  std::filesystem::path folder;     // of this run; state, logs, pictures
  bool headless{};
  std::uint64_t seed{1};
};

class ShopFloor {
 public:
  explicit ShopFloor(FloorPlan plan);

  // --- before opening
  void start_hub();
  void publish_programme();
  void start_terminal();
  void provision();
  // Adds a cashier at the hub and waits until the terminal knows them. Their number.
  int employ_cashier(const std::string& pin);
  void start_kiosk();

  // --- hands
  void touch(const std::string& target);  // on the kiosk, as a finger would
  void look();                            // long enough for a person, and for a screenshot
  void type_phone(const std::string& digits);
  void show_code(const std::string& text);  // a phone before the camera
  // Waits until the kiosk shows a screen (flow::screen_name); Stuck after timeout_ms.
  void wait_for_screen(const std::string& name, int timeout_ms = 15'000);
  [[nodiscard]] std::string screen();
  // The text of the code on the slip of an event, read from the slip's picture; Stuck when there is none in time.
  [[nodiscard]] std::string code_on_slip(std::uint64_t event, int timeout_ms = 10'000);
  [[nodiscard]] std::string code_on_card();  // of the card that was printed last
  [[nodiscard]] std::size_t slip_count();
  [[nodiscard]] std::uint64_t newest_slip(int timeout_ms = 10'000, std::uint64_t after = 0);

  // --- questions
  [[nodiscard]] nlohmann::json ask_terminal(const std::vector<std::string>& command);  // millpond ... --json
  [[nodiscard]] nlohmann::json ask_hub(const std::vector<std::string>& command);       // millpond-hub ... --json
  void wait_until(const std::string& what, const std::function<bool()>& holds, int timeout_ms = 30'000);

  // --- accidents
  [[nodiscard]] Line& line() { return *line_; }
  void kill_kiosk();
  void kill_terminal();  // as a power cut would; start_terminal() brings it back

  // Starts everything anew so that it stays when we go (--keep), with the hub's own address in place of the line's,
  // which ends with us. Returns the pids, for whoever ends them.
  [[nodiscard]] std::vector<pid_t> leave_running();
  void stop();

  [[nodiscard]] const FloorPlan& plan() const { return plan_; }
  [[nodiscard]] std::filesystem::path terminal_folder() const { return plan_.folder / "terminal"; }
  [[nodiscard]] std::filesystem::path hub_folder() const { return plan_.folder / "hub"; }
  [[nodiscard]] std::filesystem::path camera_folder() const { return plan_.folder / "camera"; }
  [[nodiscard]] std::string program(const std::string& name) const { return (plan_.programs / name).string(); }

 private:
  [[nodiscard]] std::vector<std::uint64_t> slips();
  void run_hub(const std::string& port);
  void connect_terminal_to(const std::string& hub_url);
  void write_frames(const ports::QrModules& modules);

  FloorPlan plan_;
  std::unique_ptr<Line> line_;
  Process hub_;
  Process terminal_;
  Process kiosk_;
  Lifetime lifetime_ = Lifetime::ends_with_us;
  std::uint64_t frames_ = 0;
  int kiosk_starts_ = 0;
};

}  // namespace millpond::demo
