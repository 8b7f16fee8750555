// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/folder_camera.h"

#include "hardware/scan/decode_file.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace millpond::scan {
namespace {

constexpr std::int64_t look_interval_ms = 20;

bool is_picture_name(const std::filesystem::path& name) {
  if (name.string().starts_with('.')) return false;
  auto extension = name.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

base::Error folder_error(const std::error_code& cause, const std::filesystem::path& folder) {
  const auto denied = cause == std::errc::permission_denied;
  return {denied ? base::Code::permission_denied : base::Code::device_absent, "open picture folder", cause.message(),
          folder.string()};
}

}  // namespace

FolderCamera::FolderCamera(FolderCameraSettings settings, const base::Clock& clock)
    : settings_{std::move(settings)}, clock_{clock} {}

base::Result<> FolderCamera::open() {
  std::error_code cause;
  const std::filesystem::directory_iterator entries{settings_.folder, cause};
  if (cause) {
    const auto error = folder_error(cause, settings_.folder);
    state_ = error.code == base::Code::permission_denied ? ports::DeviceState::permission_denied
                                                         : ports::DeviceState::absent;
    return error;
  }
  state_ = ports::DeviceState::ok;
  return {};
}

base::Result<std::optional<ports::GrayFrame>> FolderCamera::next(std::int64_t timeout_ms) {
  if (state_ == ports::DeviceState::not_configured) {
    return base::Error{base::Code::device_absent, "read picture folder", "not open"};
  }
  const auto deadline_ms = clock_.monotonic_ms() + timeout_ms;
  while (true) {
    const auto now_ms = clock_.monotonic_ms();
    const auto due_ms = last_ms_ ? *last_ms_ + settings_.interval_ms : now_ms;
    if (now_ms >= due_ms) {
      MILLPOND_TRY(const auto name, next_name());
      if (name) return play(*name);
    }
    if (now_ms >= deadline_ms) return std::optional<ports::GrayFrame>{};
    const auto pause_ms = std::min(look_interval_ms, deadline_ms - now_ms);
    std::this_thread::sleep_for(std::chrono::milliseconds{pause_ms});
  }
}

base::Result<std::optional<std::string>> FolderCamera::next_name() {
  std::optional<std::string> first;
  std::optional<std::string> first_played;
  std::set<std::string> still_there;
  std::error_code cause;
  std::filesystem::directory_iterator entry{settings_.folder, cause};
  for (; !cause && entry != std::filesystem::directory_iterator{}; entry.increment(cause)) {
    const auto name = entry->path().filename();
    if (!is_picture_name(name)) continue;
    const bool played = played_.contains(name.string());
    if (played) still_there.insert(name.string());
    auto& smallest = played ? first_played : first;
    if (!smallest || name.string() < *smallest) smallest = name.string();
  }
  if (cause) {
    state_ = ports::DeviceState::absent;
    return folder_error(cause, settings_.folder);
  }
  // A name that went and comes back is another picture; and a folder that is used for months has had many.
  played_ = std::move(still_there);
  state_ = ports::DeviceState::ok;
  if (first || !settings_.loop) return first;
  played_.clear();
  return first_played;
}

base::Result<std::optional<ports::GrayFrame>> FolderCamera::play(const std::string& name) {
  played_.insert(name);
  last_ms_ = clock_.monotonic_ms();
  auto frame = load_frame(settings_.folder / name, *last_ms_);
  if (frame) return std::optional{std::move(frame).value()};
  auto error = std::move(frame).error();
  error.hint = (settings_.folder / name).string();
  return error;
}

}  // namespace millpond::scan
