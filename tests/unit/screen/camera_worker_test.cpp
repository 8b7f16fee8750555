// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/camera_worker.h"
#include "hardware/scan/encode.h"
#include "tests/support/sample_views.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

using namespace millpond;
using namespace millpond::screen;

namespace {

// Plays its frames once, then has none.
class ScriptedCamera final : public ports::Camera {
 public:
  explicit ScriptedCamera(std::deque<ports::GrayFrame> frames) : frames_{std::move(frames)} {}
  base::Result<> open() override { return {}; }
  base::Result<std::optional<ports::GrayFrame>> next(std::int64_t) override {
    if (frames_.empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
      return std::optional<ports::GrayFrame>{};
    }
    auto frame = std::move(frames_.front());
    frames_.pop_front();
    return std::optional{std::move(frame)};
  }
  [[nodiscard]] ports::DeviceState state() const override { return ports::DeviceState::ok; }

 private:
  std::deque<ports::GrayFrame> frames_;
};

ports::GrayFrame frame_of(const std::string& text, std::int64_t at_ms) {
  const auto modules = scan::encode_qr(text).value();
  constexpr int module = 6;
  const int side = (modules.size + 8) * module;
  ports::GrayFrame frame{side, side, side, base::Bytes(static_cast<std::size_t>(side * side), 255), at_ms};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      if (modules.get(x / module - 4, y / module - 4)) frame.bytes[static_cast<std::size_t>(y * side + x)] = 0;
    }
  }
  return frame;
}

ports::GrayFrame empty_frame(std::int64_t at_ms) { return {200, 200, 200, base::Bytes(200 * 200, 90), at_ms}; }

// What a worker told, in order: "code TEXT", "payment", "picture", "state NAME".
class Log {
 public:
  void add(std::string line) {
    const std::lock_guard lock{mutex_};
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_for(const std::string& line) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return count_locked(line) > 0; });
  }
  [[nodiscard]] std::ptrdiff_t count(const std::string& line) {
    const std::lock_guard lock{mutex_};
    return count_locked(line);
  }

 private:
  [[nodiscard]] std::ptrdiff_t count_locked(const std::string& line) const {
    return std::count(lines_.begin(), lines_.end(), line);
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

std::unique_ptr<CameraWorker> start(std::deque<ports::GrayFrame> frames, Log& log, Looking how) {
  CameraSettings settings;
  settings.make = [frames] { return std::make_unique<ScriptedCamera>(frames); };
  auto worker = std::make_unique<CameraWorker>(
      std::move(settings),
      CameraEvents{
          .code = [&log](const std::string& text) { log.add("code " + text); },
          .payment_code = [&log] { log.add("payment"); },
          .state = [&log](ports::DeviceState state) { log.add("state " + std::string{ports::state_name(state)}); },
          .picture = [&log](const Pictured& picture) { log.add(picture.outline ? "outlined" : "picture"); }});
  worker->look(how);
  return worker;
}

const std::string member = tests::sample_code_text();
const std::string payment = "134567890123456789";

}  // namespace

TEST_CASE("a code held up is told once, and its frames are shown with its outline") {
  Log log;
  std::deque<ports::GrayFrame> frames;
  for (int i = 0; i < 10; ++i) frames.push_back(frame_of(member, 1'000 + i * 100));
  frames.push_back(frame_of("END", 2'100));
  const auto worker = start(frames, log, Looking::showing);
  REQUIRE(log.wait_for("code END"));
  CHECK(log.count("code " + member) == 1);
  CHECK(log.count("outlined") >= 5);
  CHECK(log.count("state ok") == 1);
}

TEST_CASE("a payment code is told as one, and neither its text nor its frames go further") {
  Log log;
  std::deque<ports::GrayFrame> frames;
  for (int i = 0; i < 10; ++i) frames.push_back(frame_of(payment, 1'000 + i * 100));
  frames.push_back(empty_frame(2'100));
  frames.push_back(frame_of("END", 2'200));
  const auto worker = start(frames, log, Looking::showing);
  REQUIRE(log.wait_for("code END"));
  CHECK(log.count("payment") == 1);
  CHECK(log.count("code " + payment) == 0);
  CHECK(log.count("outlined") + log.count("picture") <= 2);  // the empty frame and the last
}

TEST_CASE("without a picture on the screen codes are read and no frame is handed out") {
  Log log;
  const auto worker = start({frame_of(member, 1'000), frame_of("END", 1'100)}, log, Looking::decoding);
  REQUIRE(log.wait_for("code END"));
  CHECK(log.count("code " + member) == 1);
  CHECK(log.count("outlined") + log.count("picture") == 0);
}

TEST_CASE("no camera is told as not configured") {
  Log log;
  CameraWorker worker{
      {},
      {.code = {},
       .payment_code = {},
       .state = [&log](ports::DeviceState state) { log.add("state " + std::string{ports::state_name(state)}); },
       .picture = {}}};
  CHECK(log.wait_for("state not_configured"));
}
