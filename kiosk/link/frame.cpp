// SPDX-License-Identifier: Apache-2.0
#include "kiosk/link/frame.h"

namespace millpond::link {
namespace {
constexpr std::size_t length_bytes = 4;
}

base::Result<std::optional<base::Bytes>> FrameReader::next() {
  const base::ByteView rest{bytes_.data() + read_, bytes_.size() - read_};
  const auto wait_for_more = [&] {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
    return std::optional<base::Bytes>{};
  };
  if (rest.size() < length_bytes) return wait_for_more();
  const auto size = static_cast<std::size_t>(base::read_big_endian(rest.first(length_bytes)));
  if (size > body_bytes_max_) {
    return base::Error{base::Code::too_large, "read a link frame", std::to_string(size) + " bytes announced"};
  }
  if (rest.size() < length_bytes + size) return wait_for_more();
  read_ += length_bytes + size;
  const auto body = rest.subspan(length_bytes, size);
  return std::optional{base::Bytes{body.begin(), body.end()}};
}

}  // namespace millpond::link
