// SPDX-License-Identifier: Apache-2.0
// CameraWorker: looks through the screen's camera while somebody may hold a code in front of it. Decodes, drops payment
// codes and the frames that show them, sends other texts to the service, and hands frames to the window when it shows
// the picture. Frames never leave this process. Owns one thread and the camera.
#pragma once

#include "hardware/ports/camera.h"
#include "hardware/scan/scan_stream.h"
#include "kiosk/screen/events.h"
#include "kiosk/screen/looking.h"
#include "kiosk/screen/reopen_pause.h"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace millpond::screen {

struct CameraSettings {
  // Makes the camera; called again after it was closed. Null: there is none.
  std::function<std::unique_ptr<ports::Camera>()> make;
  // False: a folder of pictures, which would start again from the first, and each of which stands for itself.
  bool close_when_away{true};
  std::int64_t close_after_ms{10'000};  // away; a shopper who comes back soon finds the camera ready
  // Its name under /dev: when it comes back the camera is opened at once. Empty: only after the pause.
  std::filesystem::path device{};
};

struct CameraEvents {
  // Once per sight; never a payment code. Told again a few times, ever more rarely, while the code stays in sight, the
  // picture is shown and nobody looked away since: a service that was busy, or could not ask, has another chance.
  std::function<void(const std::string& text)> code;
  std::function<void()> payment_code;  // once per sight
  std::function<void(ports::DeviceState)> state;
  // At most about 15 a second, and whenever a code is new: with its outline, and before it is told, so that the answer
  // does not come first.
  std::function<void(Pictured)> picture;
  std::function<void()> found{};  // a code of ours, once per sight and before anything else of it: for a tone
};

class CameraWorker {
 public:
  // Events come from the worker's thread.
  CameraWorker(CameraSettings settings, CameraEvents events);
  ~CameraWorker();  // at most about a second
  CameraWorker(const CameraWorker&) = delete;
  CameraWorker& operator=(const CameraWorker&) = delete;

  void look(Looking how);
  // At the end of a session: what frames have added up to is forgotten with the next frame. A text goes once its
  // absence was watched and not earlier, or a phone that still lies there would begin the next session by itself.
  void forget();

 private:
  void run();
  [[nodiscard]] bool wait_until_needed();  // false: stop
  [[nodiscard]] bool ready();
  void tell(ports::DeviceState state);
  void take(const ports::GrayView& frame);
  // What the screen says now: a tip stays for as long as it takes to read it.
  [[nodiscard]] flow::ScanTip tip_of(const scan::StreamStep& step, std::int64_t now_ms);
  // Whether the frame may show a payment code, and must go no further.
  [[nodiscard]] bool shows_payment(const scan::StreamStep& step, std::int64_t now_ms);
  void show(const ports::GrayView& frame, const scan::StreamStep& step);
  void tell_code(const scan::Decoded& seen, bool is_new, std::int64_t now_ms, Looking how, std::uint64_t turn);
  void pause();  // after a failure

  const CameraSettings settings_;
  const CameraEvents events_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Looking looking_ = Looking::away;  // guarded by mutex_
  std::uint64_t turns_away_ = 0;     // guarded by mutex_; how often looking_ became away
  bool forget_ = false;              // guarded by mutex_
  bool stopping_ = false;            // guarded by mutex_

  // The worker's own.
  std::unique_ptr<ports::Camera> camera_;
  bool open_ = false;
  ReopenPause reopen_pause_;
  scan::ScanStream stream_;
  std::optional<ports::DeviceState> told_;
  // A code that was told, to tell again.
  struct Told {
    std::string text;
    std::int64_t again_at_ms;
    std::int64_t wait_ms;
    std::uint64_t turn;  // nobody looked away since
  };
  std::optional<Told> told_code_;
  std::optional<std::int64_t> payment_seen_ms_;
  flow::ScanTip tip_{};  // on the screen
  std::int64_t tip_since_ms_ = 0;
  std::int64_t last_picture_ms_ = 0;
  std::thread thread_;  // last: everything above is ready when it starts
};

}  // namespace millpond::screen
