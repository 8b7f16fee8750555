// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/video_file.h"

#include "hardware/scan/jpeg_luma.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace millpond::scan {
namespace {

constexpr const char* operation = "read video file";
constexpr std::string_view plain_magic = "YUV4MPEG2";
constexpr std::size_t line_max = 512;  // of a header, whose parameters are a few characters each
constexpr std::int64_t pixels_max = 16'000'000;
constexpr std::size_t jpeg_bytes_max = 16'000'000;
constexpr std::size_t chunk_bytes = 256 * 1024;
constexpr std::int64_t usual_interval_ms = 33;

base::Error refused(base::Code code, const char* detail) { return {code, operation, detail}; }

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, cause] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = cause == std::errc{} && end == text.data() + text.size() && value > 0;
  return whole ? std::optional{value} : std::nullopt;
}

// Bytes of both colour planes, and of transparency; nothing for layouts that are not known.
std::optional<std::size_t> colour_bytes(std::string_view layout, std::size_t width, std::size_t height) {
  const bool halved = layout == "420" || layout == "420jpeg" || layout == "420mpeg2" || layout == "420paldv";
  if (halved) return 2 * ((width + 1) / 2) * ((height + 1) / 2);
  if (layout == "422") return 2 * ((width + 1) / 2) * height;
  if (layout == "411") return 2 * ((width + 3) / 4) * height;
  if (layout == "444") return 2 * width * height;
  if (layout == "444alpha") return 3 * width * height;
  if (layout == "mono") return 0;
  return std::nullopt;
}

std::optional<std::int64_t> interval_of(std::string_view rate) {
  const auto colon = rate.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto pictures = number(rate.substr(0, colon));
  const auto seconds = number(rate.substr(colon + 1));
  if (!pictures || !seconds) return std::nullopt;
  constexpr std::int64_t slowest_ms = 60'000;
  return std::clamp<std::int64_t>(std::int64_t{1'000} * *seconds / *pictures, 1, slowest_ms);
}

base::Result<VideoLayout> plain_layout(std::string_view text) {
  const auto end = text.substr(0, line_max).find('\n');
  if (end == std::string_view::npos) return refused(base::Code::picture_unreadable, "no header");
  VideoLayout layout;
  layout.header_bytes = end + 1;
  std::string_view colour = "420";
  auto left = text.substr(plain_magic.size(), end - plain_magic.size());
  while (!left.empty()) {
    const auto next = std::min(left.find(' ', 1), left.size());
    const auto parameter = left.substr(0, next);
    left.remove_prefix(next);
    if (parameter.size() < 3 || parameter[0] != ' ') continue;
    const auto value = parameter.substr(2);
    if (parameter[1] == 'W') layout.width = number(value).value_or(0);
    if (parameter[1] == 'H') layout.height = number(value).value_or(0);
    if (parameter[1] == 'F') layout.interval_ms = interval_of(value);
    if (parameter[1] == 'C') colour = value;
  }
  if (layout.width == 0 || layout.height == 0) return refused(base::Code::picture_unreadable, "no sides");
  const bool huge = layout.width > ports::frame_side_max || layout.height > ports::frame_side_max ||
                    std::int64_t{layout.width} * layout.height > pixels_max;
  if (huge) return refused(base::Code::too_large, "picture");
  const auto width = static_cast<std::size_t>(layout.width);
  const auto height = static_cast<std::size_t>(layout.height);
  const auto coloured = colour_bytes(colour, width, height);
  if (!coloured) return refused(base::Code::unsupported, "colour layout");
  layout.picture_bytes = width * height + *coloured;
  return layout;
}

bool stands_alone(std::uint8_t marker) { return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7); }

// Past the end of the picture that begins at `at`; 0 when the bytes end before it does, and nothing when it is none.
std::optional<std::size_t> jpeg_end(base::ByteView bytes, std::size_t at) {
  constexpr std::uint8_t end_of_image = 0xD9;
  constexpr std::uint8_t start_of_scan = 0xDA;
  std::size_t place = at + 2;
  while (true) {
    if (place + 2 > bytes.size()) return 0;
    if (bytes[place] != 0xFF) return std::nullopt;
    const auto marker = bytes[place + 1];
    if (marker == 0xFF) {  // filling
      ++place;
      continue;
    }
    place += 2;
    if (marker == end_of_image) return place;
    if (stands_alone(marker)) continue;
    if (place + 2 > bytes.size()) return 0;
    const std::size_t length = std::size_t{bytes[place]} << 8 | bytes[place + 1];
    if (length < 2) return std::nullopt;
    place += length;
    if (marker != start_of_scan) continue;
    // Compressed data: until a marker that is neither a stuffed zero nor a restart.
    while (place + 1 < bytes.size()) {
      const auto next = bytes[place + 1];
      if (bytes[place] == 0xFF && next != 0x00 && next != 0xFF && !stands_alone(next)) break;
      ++place;
    }
  }
}

}  // namespace

base::Result<VideoLayout> video_layout(base::ByteView beginning) {
  const auto text = base::text_of(beginning);
  if (text.starts_with(plain_magic)) return plain_layout(text);
  const bool container = text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 4) == "AVI ";
  const bool bare = beginning.size() >= 2 && beginning[0] == 0xFF && beginning[1] == 0xD8;
  if (!container && !bare) return refused(base::Code::picture_unreadable, "neither YUV4MPEG2 nor Motion JPEG");
  VideoLayout layout;
  layout.jpeg = true;
  return layout;
}

JpegPlace find_jpeg(base::ByteView bytes) {
  constexpr std::array<std::uint8_t, 3> start{0xFF, 0xD8, 0xFF};
  auto from = bytes.begin();
  while (true) {
    const auto found = std::search(from, bytes.end(), start.begin(), start.end());
    const auto at = static_cast<std::size_t>(found - bytes.begin());
    if (found == bytes.end()) return {bytes.size() - std::min<std::size_t>(bytes.size(), start.size() - 1), 0};
    const auto end = jpeg_end(bytes, at);
    if (end) return {at, *end == 0 ? 0 : *end - at};
    from = found + 1;
  }
}

VideoFile::VideoFile(VideoFileSettings settings, const base::Clock& clock)
    : settings_{std::move(settings)}, clock_{clock} {}

base::Error VideoFile::unreadable(const char* detail) const {
  return {base::Code::picture_unreadable, operation, detail, settings_.file.string()};
}

base::Result<> VideoFile::open() {
  file_ = std::ifstream{settings_.file, std::ios::binary};
  if (!file_) {
    const bool denied = errno == EACCES || errno == EPERM;
    state_ = denied ? ports::DeviceState::permission_denied : ports::DeviceState::absent;
    return base::Error{denied ? base::Code::permission_denied : base::Code::device_absent, operation,
                       std::strerror(errno), settings_.file.string()};
  }
  base::Bytes beginning(line_max);
  file_.read(reinterpret_cast<char*>(beginning.data()), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(file_.gcount()));
  auto layout = video_layout(beginning);
  if (!layout) {
    state_ = ports::DeviceState::unsupported;
    auto error = std::move(layout).error();
    error.hint = settings_.file.string();
    return error;
  }
  layout_ = *layout;
  rewind();
  last_ms_.reset();
  state_ = ports::DeviceState::ok;
  return {};
}

void VideoFile::rewind() {
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(layout_.header_bytes));
  buffer_.clear();
  played_ = false;
}

base::Result<std::optional<ports::GrayFrame>> VideoFile::next(std::int64_t timeout_ms) {
  if (state_ != ports::DeviceState::ok) return base::Error{base::Code::device_absent, operation, "not open"};
  const auto interval_ms = settings_.interval_ms.value_or(layout_.interval_ms.value_or(usual_interval_ms));
  const auto now_ms = clock_.monotonic_ms();
  const auto wait_ms = last_ms_ ? std::max<std::int64_t>(0, *last_ms_ + interval_ms - now_ms) : 0;
  std::this_thread::sleep_for(std::chrono::milliseconds{std::min(wait_ms, timeout_ms)});
  if (wait_ms > timeout_ms) return std::optional<ports::GrayFrame>{};
  auto frame = read_picture(clock_.monotonic_ms());
  if (frame && !*frame && settings_.loop && played_) {
    rewind();
    frame = read_picture(clock_.monotonic_ms());
  }
  if (frame && !*frame) {
    std::this_thread::sleep_for(std::chrono::milliseconds{timeout_ms - std::min(wait_ms, timeout_ms)});
    return frame;
  }
  last_ms_ = clock_.monotonic_ms();
  played_ = played_ || frame.has_value();
  return frame;
}

base::Result<std::optional<ports::GrayFrame>> VideoFile::read_picture(std::int64_t now_ms) {
  return layout_.jpeg ? read_jpeg(now_ms) : read_plain(now_ms);
}

base::Result<std::optional<ports::GrayFrame>> VideoFile::read_plain(std::int64_t now_ms) {
  std::string line;
  for (char c = 0; line.size() < line_max && file_.get(c) && c != '\n';) line += c;
  if (file_.eof() && line.empty()) return std::optional<ports::GrayFrame>{};
  ports::GrayFrame frame{layout_.width, layout_.height, layout_.width, {}, now_ms};
  frame.bytes.resize(static_cast<std::size_t>(layout_.width) * static_cast<std::size_t>(layout_.height));
  const bool begins = line.starts_with("FRAME");
  if (begins) {
    file_.read(reinterpret_cast<char*>(frame.bytes.data()), static_cast<std::streamsize>(frame.bytes.size()));
    file_.ignore(static_cast<std::streamsize>(layout_.picture_bytes - frame.bytes.size()));
  }
  if (!begins || !file_) {
    // Nothing after it can be found again.
    file_.clear();
    file_.seekg(0, std::ios::end);
    file_.peek();
    return unreadable("a picture is cut off");
  }
  return std::optional{std::move(frame)};
}

base::Result<std::optional<ports::GrayFrame>> VideoFile::read_jpeg(std::int64_t now_ms) {
  while (true) {
    const auto place = find_jpeg(buffer_);
    if (place.length > 0) {
      auto frame = take_jpeg_luma(base::ByteView{buffer_}.subspan(place.at, place.length), now_ms);
      buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(place.at + place.length));
      if (!frame) return unreadable("a picture is torn");
      return std::optional{std::move(*frame)};
    }
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(place.at));
    if (buffer_.size() > jpeg_bytes_max) {
      buffer_.erase(buffer_.begin(), buffer_.begin() + 2);
      return unreadable("a picture has no end");
    }
    const auto had = buffer_.size();
    buffer_.resize(had + chunk_bytes);
    file_.read(reinterpret_cast<char*>(buffer_.data() + had), static_cast<std::streamsize>(chunk_bytes));
    buffer_.resize(had + static_cast<std::size_t>(file_.gcount()));
    if (buffer_.size() > had) continue;
    const bool cut_off = buffer_.size() > 2;
    buffer_.clear();
    if (cut_off) return unreadable("a picture is cut off");
    return std::optional<ports::GrayFrame>{};
  }
}

}  // namespace millpond::scan
