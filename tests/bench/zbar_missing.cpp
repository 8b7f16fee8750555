// SPDX-License-Identifier: Apache-2.0
// In place of zbar_reader.cpp where libzbar-dev is not installed.
#include "sync/base/check.h"
#include "tests/bench/zbar_reader.h"

namespace millpond::bench {

struct ZbarReader::Scanner {};

ZbarReader::ZbarReader() = default;
ZbarReader::~ZbarReader() = default;

bool ZbarReader::is_built_in() { return false; }

std::optional<std::string> ZbarReader::read(const ports::GrayFrame&) {
  MILLPOND_CHECK(is_built_in());
  return std::nullopt;
}

}  // namespace millpond::bench
