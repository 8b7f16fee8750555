// SPDX-License-Identifier: Apache-2.0
// ByteCursor: takes big-endian fields in order from bytes whose length has been checked. A view; pure.
#pragma once

#include "sync/base/bytes.h"

#include <algorithm>

namespace millpond::base {

class ByteCursor {
 public:
  explicit ByteCursor(ByteView rest) : rest_{rest} {}
  ByteView take(std::size_t size) {
    const auto piece = rest_.first(size);
    rest_ = rest_.subspan(size);
    return piece;
  }
  template <class Number>
  Number number(std::size_t size) {
    return static_cast<Number>(read_big_endian(take(size)));
  }
  template <class Array>
  Array array() {
    Array bytes{};
    std::ranges::copy(take(bytes.size()), bytes.begin());
    return bytes;
  }

 private:
  ByteView rest_;
};

}  // namespace millpond::base
