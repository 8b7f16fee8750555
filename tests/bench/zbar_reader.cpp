// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/zbar_reader.h"

#include "sync/base/check.h"

#include <zbar.h>

#include <cstdint>

namespace millpond::bench {
namespace {

// The library's name for eight bits of luma a pixel.
constexpr unsigned long y800 = 'Y' | '8' << 8 | '0' << 16 | '0' << 24;

}  // namespace

struct ZbarReader::Scanner {
  zbar::zbar_image_scanner_t* handle = zbar::zbar_image_scanner_create();
  Scanner() {
    zbar::zbar_image_scanner_set_config(handle, zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
    zbar::zbar_image_scanner_set_config(handle, zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_ENABLE, 1);
  }
  ~Scanner() { zbar::zbar_image_scanner_destroy(handle); }
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;
};

ZbarReader::ZbarReader() : scanner_{std::make_unique<Scanner>()} {}
ZbarReader::~ZbarReader() = default;

bool ZbarReader::is_built_in() { return true; }

std::optional<std::string> ZbarReader::read(const ports::GrayFrame& frame) {
  MILLPOND_CHECK(frame.is_sound() && frame.stride == frame.width);
  auto* image = zbar::zbar_image_create();
  zbar::zbar_image_set_format(image, y800);
  zbar::zbar_image_set_size(image, static_cast<unsigned>(frame.width), static_cast<unsigned>(frame.height));
  zbar::zbar_image_set_data(image, frame.bytes.data(), frame.bytes.size(), nullptr);
  std::optional<std::string> text;
  if (zbar::zbar_scan_image(scanner_->handle, image) > 0) {
    const auto* symbol = zbar::zbar_image_first_symbol(image);
    text.emplace(zbar::zbar_symbol_get_data(symbol), zbar::zbar_symbol_get_data_length(symbol));
  }
  zbar::zbar_image_destroy(image);
  return text;
}

}  // namespace millpond::bench
