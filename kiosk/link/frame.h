// SPDX-License-Identifier: Apache-2.0
// FrameReader: cuts a stream of bytes into frames, whatever pieces it arrives in. Knows nothing of what is in them.
// One thread; holds at most one frame and what follows it in the last piece.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstddef>
#include <optional>

namespace millpond::link {

class FrameReader {
 public:
  explicit FrameReader(std::size_t body_bytes_max) : body_bytes_max_{body_bytes_max} {}

  void add(base::ByteView piece) { base::append(bytes_, piece); }
  // The body of the next whole frame, nothing when more bytes are needed. Error: too_large; the stream is then lost,
  // because where the next frame starts cannot be trusted.
  [[nodiscard]] base::Result<std::optional<base::Bytes>> next();

 private:
  std::size_t body_bytes_max_;
  base::Bytes bytes_;
  std::size_t read_ = 0;  // bytes at the front that were handed out
};

}  // namespace millpond::link
