// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/camera_worker.h"
#include "hardware/scan/encode.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

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

// Is absent at first, then opens and gives nothing but faults, then works.
class LooseCamera final : public ports::Camera {
 public:
  explicit LooseCamera(std::deque<ports::GrayFrame> frames) : works_{std::move(frames)} {}
  base::Result<> open() override {
    if (++opened_ == 1) return base::Error{base::Code::device_absent, "open", ""};
    return {};
  }
  base::Result<std::optional<ports::GrayFrame>> next(std::int64_t timeout_ms) override {
    if (opened_ == 2) return base::Error{base::Code::device_failed, "take", ""};
    return works_.next(timeout_ms);
  }
  [[nodiscard]] ports::DeviceState state() const override {
    return opened_ == 1 ? ports::DeviceState::absent : ports::DeviceState::ok;
  }

 private:
  ScriptedCamera works_;
  int opened_ = 0;
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

// Frames that the test puts before a worker, which takes them one by one.
class LiveCamera final : public ports::Camera {
 public:
  struct Frames {
    std::mutex mutex;
    std::deque<ports::GrayFrame> waiting;
    int opened = 0;
    std::vector<ports::FrameUse> uses{};
  };
  explicit LiveCamera(std::shared_ptr<Frames> frames) : frames_{std::move(frames)} {}
  base::Result<> open() override {
    const std::lock_guard lock{frames_->mutex};
    ++frames_->opened;
    return {};
  }
  base::Result<std::optional<ports::GrayFrame>> next(std::int64_t) override {
    {
      const std::lock_guard lock{frames_->mutex};
      if (!frames_->waiting.empty()) {
        auto frame = std::move(frames_->waiting.front());
        frames_->waiting.pop_front();
        return std::optional{std::move(frame)};
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return std::optional<ports::GrayFrame>{};
  }
  void heed(const ports::FrameUse& use, std::int64_t) override {
    const std::lock_guard lock{frames_->mutex};
    frames_->uses.push_back(use);
  }
  [[nodiscard]] ports::DeviceState state() const override { return ports::DeviceState::ok; }

 private:
  std::shared_ptr<Frames> frames_;
};

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
  [[nodiscard]] std::vector<std::string> lines() {
    const std::lock_guard lock{mutex_};
    return lines_;
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

CameraEvents log_to(Log& log) {
  return {.code = [&log](const std::string& text) { log.add("code " + text); },
          .payment_code = [&log] { log.add("payment"); },
          .state = [&log](ports::DeviceState state) { log.add("state " + std::string{ports::state_name(state)}); },
          .picture = [&log](const Pictured& picture) { log.add(picture.outline ? "outlined" : "picture"); },
          .found = [&log] { log.add("found"); }};
}

std::unique_ptr<CameraWorker> start(std::deque<ports::GrayFrame> frames, Log& log, Looking how) {
  CameraSettings settings;
  settings.make = [frames] { return std::make_unique<ScriptedCamera>(frames); };
  auto worker = std::make_unique<CameraWorker>(std::move(settings), log_to(log));
  worker->look(how);
  return worker;
}

// A worker whose camera never runs dry, and when each thing happens.
class Visit {
 public:
  explicit Visit(std::int64_t close_after_ms = 10'000) {
    CameraSettings settings;
    settings.close_after_ms = close_after_ms;
    settings.make = [frames = frames_] { return std::make_unique<LiveCamera>(frames); };
    worker_.emplace(std::move(settings), log_to(log_));
    worker_->look(Looking::decoding);
  }
  CameraWorker& worker() { return *worker_; }
  Log& log() { return log_; }
  int opened() {
    const std::lock_guard lock{frames_->mutex};
    return frames_->opened;
  }
  std::vector<ports::FrameUse> uses() {
    const std::lock_guard lock{frames_->mutex};
    return frames_->uses;
  }
  void wait_until_opened(int times) {
    while (opened() < times) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }

  // Ten frames a second from one moment to before another; returns when the worker has seen them all.
  void show(std::int64_t from_ms, std::int64_t to_ms, const std::string& text) {
    {
      const std::lock_guard lock{frames_->mutex};
      for (auto at_ms = from_ms; at_ms < to_ms; at_ms += 100) {
        frames_->waiting.push_back(text.empty() ? shop_frame(at_ms) : frame_of(text, at_ms));
      }
    }
    while (!drained()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  // Seen by the worker after everything before it; each mark only once in a visit.
  void mark(std::int64_t at_ms, const std::string& text) {
    show(at_ms, at_ms + 1, text);
    REQUIRE(log_.wait_for("code " + text));
  }

 private:
  // Of the size of a frame with a code, as one camera's are.
  static ports::GrayFrame shop_frame(std::int64_t at_ms) {
    auto frame = frame_of("K1:SHOP", at_ms);
    std::fill(frame.bytes.begin(), frame.bytes.end(), std::uint8_t{90});
    return frame;
  }
  bool drained() {
    const std::lock_guard lock{frames_->mutex};
    return frames_->waiting.empty();
  }

  Log log_;
  std::shared_ptr<LiveCamera::Frames> frames_ = std::make_shared<LiveCamera::Frames>();
  std::optional<CameraWorker> worker_;
};

const std::string member = "K1:4K7Q9TXN2W6BHC3D";
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

TEST_CASE("who left a phone before the camera begins no second session by it") {
  Visit visit;
  visit.show(1'000, 1'500, member);
  REQUIRE(visit.log().wait_for("code " + member));
  for (const std::int64_t back_ms : {6'500, 60'000, 4'000'000}) {
    CAPTURE(back_ms);
    visit.worker().look(Looking::away);
    visit.worker().forget();
    visit.worker().look(Looking::decoding);
    visit.show(back_ms, back_ms + 3'000, member);
  }
  visit.mark(4'003'000, "END");
  CHECK(visit.log().count("code " + member) == 1);
}

TEST_CASE("a camera that was closed in between tells the same code as little") {
  Visit visit{1};
  visit.show(1'000, 1'500, member);
  REQUIRE(visit.log().wait_for("code " + member));
  visit.worker().look(Looking::away);
  // Nothing tells that a camera was closed but that it is opened again.
  while (visit.opened() < 2) {
    visit.worker().look(Looking::away);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    visit.worker().look(Looking::decoding);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  visit.show(30'000, 32'000, member);
  visit.mark(32'000, "END");
  CHECK(visit.log().count("code " + member) == 1);
}

TEST_CASE("who comes back after the camera saw that nobody was there is read again") {
  Visit visit;
  visit.show(1'000, 1'500, member);
  visit.worker().look(Looking::away);
  visit.worker().forget();
  visit.worker().look(Looking::decoding);
  visit.show(9'000, 12'000, "");
  visit.show(12'000, 12'500, member);
  visit.mark(12'500, "END");
  CHECK(visit.log().count("code " + member) == 2);
}

TEST_CASE("a code that stays while the picture is shown is told again a few times, and never after a session") {
  Visit visit;
  visit.worker().look(Looking::showing);
  visit.show(1'000, 60'000, member);
  visit.mark(60'000, "MARK 1");
  CHECK(visit.log().count("code " + member) == 4);
  visit.worker().look(Looking::away);
  visit.worker().look(Looking::showing);
  visit.show(60'100, 90'000, member);
  visit.mark(90'000, "MARK 2");
  CHECK(visit.log().count("code " + member) == 4);
}

TEST_CASE("without the picture a code that stays is told once: a cashier's next sale is another's") {
  Visit visit;
  visit.show(1'000, 60'000, member);
  visit.mark(60'000, "END");
  CHECK(visit.log().count("code " + member) == 1);
}

TEST_CASE("a frame in which a payment code could not be read is not shown either") {
  Visit visit;
  visit.worker().look(Looking::showing);
  visit.show(1'000, 1'300, payment);
  visit.show(1'300, 1'700, "");
  visit.mark(5'000, "END");
  CHECK(visit.log().count("picture") == 0);
}

TEST_CASE("what hangs there and is nobody's is told once, also when somebody passed before it") {
  Visit visit;
  visit.show(1'000, 20'000, "https://example.org/join");
  visit.show(20'000, 25'000, "");
  visit.show(25'000, 27'000, "https://example.org/join");
  visit.mark(27'000, "END");
  CHECK(visit.log().count("code https://example.org/join") == 1);
}

TEST_CASE("a camera is told of each frame what it was good for") {
  Visit visit;
  visit.show(0, 300, "");
  visit.mark(300, "K1:SEEN");
  visit.mark(5'000, "K1:LAST");  // seen after the worker is done with everything before
  const auto uses = visit.uses();
  REQUIRE(uses.size() >= 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK_FALSE(uses[i].read);
  CHECK(uses[3].read);
  CHECK_FALSE(uses[3].unread);
}

TEST_CASE("who holds up what cannot be read is told what would help, for long enough to read it") {
  Log log;
  std::deque<ports::GrayFrame> frames;
  // A shop, and then somebody's screen that is switched off before a lamp.
  for (int i = 0; i < 130; ++i) frames.push_back({640, 360, 640, base::Bytes(640 * 360, 110), 1'000 + i * 100});
  for (int i = 0; i < 60; ++i) {
    ports::GrayFrame frame{640, 360, 640, base::Bytes(640 * 360, 110), 14'000 + i * 100};
    for (int y = 60; y < 300; ++y) {
      for (int x = 200; x < 440; ++x) frame.bytes[static_cast<std::size_t>(y * 640 + x)] = 255;
    }
    frames.push_back(std::move(frame));
  }
  frames.push_back(frame_of("END", 20'100));
  CameraSettings settings;
  settings.make = [frames] { return std::make_unique<ScriptedCamera>(frames); };
  auto events = log_to(log);
  events.picture = [&log](const Pictured& picture) {
    if (picture.tip == flow::ScanTip::turn)
      log.add("turn it");
    else if (picture.tip != flow::ScanTip::none)
      log.add("another tip");
    if (picture.outline && picture.tip != flow::ScanTip::none) log.add("a tip for what was read");
  };
  CameraWorker worker{std::move(settings), std::move(events)};
  worker.look(Looking::showing);
  REQUIRE(log.wait_for("code END"));
  // Two seconds of waiting are without one.
  CHECK(log.count("turn it") >= 25);
  CHECK(log.count("turn it") <= 42);
  CHECK(log.count("another tip") == 0);
  CHECK(log.count("a tip for what was read") == 0);
}

TEST_CASE("a device that is gone is tried again at once, and ever more rarely") {
  ReopenPause pause;
  for (const std::int64_t ms : {250, 500, 1'000, 2'000, 4'000, 5'000, 5'000}) CHECK(pause.after_failure_ms() == ms);
  pause.works();
  CHECK(pause.after_failure_ms() == 250);
}

TEST_CASE("a camera that comes and goes is opened until it works, and then read") {
  Log log;
  CameraSettings settings;
  settings.make = [] { return std::make_unique<LooseCamera>(std::deque{frame_of(member, 1'000)}); };
  CameraWorker worker{std::move(settings), log_to(log)};
  worker.look(Looking::decoding);
  REQUIRE(log.wait_for("code " + member));
  CHECK(log.count("state absent") == 1);
  CHECK(log.count("state ok") == 1);
}

TEST_CASE("a code is heard, then shown with its outline, and only then told, so that no answer comes first") {
  Log log;
  const auto worker = start({frame_of("K1:SEEN", 10)}, log, Looking::showing);
  REQUIRE(log.wait_for("code K1:SEEN"));
  auto lines = log.lines();
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("state"); });
  CHECK(lines == std::vector<std::string>{"found", "outlined", "code K1:SEEN"});
}

TEST_CASE("what is not ours makes no tone, and a code that stays makes one") {
  Visit visit;
  visit.worker().look(Looking::showing);
  visit.show(0, 3'000, "K1:STAYS");
  visit.mark(3'100, "https://example.org");
  visit.show(3'300, 3'700, "134567890123456789");
  CHECK(visit.log().count("found") == 1);
  CHECK(visit.log().count("code K1:STAYS") >= 2);  // told again
}
