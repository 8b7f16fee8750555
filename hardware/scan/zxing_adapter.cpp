// SPDX-License-Identifier: Apache-2.0
// ZXing 1.4's text() is a wide string unless this is set before its headers; 2.3 ignores it.
#define ZX_USE_UTF8 1

#include "hardware/scan/zxing_adapter.h"

#include "hardware/scan/symbology_identifier.h"

#include <ZXing/BitMatrix.h>
#include <ZXing/MultiFormatWriter.h>
#include <ZXing/ReadBarcode.h>
#if __has_include(<ZXing/Version.h>)
#include <ZXing/Version.h>
#else
#include <ZXing/ZXVersion.h>
#endif

#include <exception>

namespace millpond::scan {
namespace {

#if ZXING_VERSION_MAJOR >= 2
using Options = ZXing::ReaderOptions;
#else
using Options = ZXing::DecodeHints;
#endif

// The writer's scale of 0 to 8 maps pairs to L, M, Q, H: 4 is M.
constexpr int ecc_medium = 4;

ports::Symbology symbology_of(ZXing::BarcodeFormat format) {
  switch (format) {
    case ZXing::BarcodeFormat::QRCode:
      return ports::Symbology::qr;
    case ZXing::BarcodeFormat::EAN13:
      return ports::Symbology::ean13;
    case ZXing::BarcodeFormat::EAN8:
      return ports::Symbology::ean8;
    case ZXing::BarcodeFormat::Code128:
      return ports::Symbology::code128;
    case ZXing::BarcodeFormat::MicroQRCode:
      return ports::Symbology::micro_qr;
    case ZXing::BarcodeFormat::DataMatrix:
      return ports::Symbology::data_matrix;
    default:
      return ports::Symbology::unknown;
  }
}

Options options_of(Pass pass, int symbols_max) {
  const bool thorough = pass == Pass::thorough;
  Options options;
  options.setTryHarder(thorough).setTryRotate(thorough).setTryDownscale(thorough);
  options.setMaxNumberOfSymbols(static_cast<std::uint8_t>(symbols_max));
#if ZXING_VERSION_MAJOR >= 2
  // 1.4 cannot read inverted symbols, so the ladder inverts for both.
  options.setTryInvert(thorough);
  // The default marks control characters up for people; 1.4 gives the text as it is.
  options.setTextMode(ZXing::TextMode::Plain);
#endif
  const auto items = ZXing::BarcodeFormat::EAN13 | ZXing::BarcodeFormat::EAN8 | ZXing::BarcodeFormat::Code128 |
                     ZXing::BarcodeFormat::DataMatrix | ZXing::BarcodeFormat::MicroQRCode;
  // A bar code has a digit or two of its own against a misread; codes of people are read as QR alone, and are signed.
  options.setFormats(ZXing::BarcodeFormat::QRCode);
  if (pass == Pass::items) options.setFormats(items);
  if (thorough) options.setFormats(items | ZXing::BarcodeFormat::QRCode);
  if (pass == Pass::binary) options.setBinarizer(ZXing::Binarizer::BoolCast);
  return options;
}

std::string gs1_prefix(const std::string& identifier) {
  return is_gs1_identifier(identifier) ? identifier : std::string{};
}

std::vector<RawRead> read(const ports::GrayView& view, const Options& options) {
  std::vector<RawRead> reads;
  try {
    const ZXing::ImageView image{view.pixels, view.width, view.height, ZXing::ImageFormat::Lum, view.stride, view.step};
    for (const auto& found : ZXing::ReadBarcodes(image, options)) {
      if (!found.isValid()) continue;
      RawRead read{gs1_prefix(found.symbologyIdentifier()) + found.text(), symbology_of(found.format()), {}};
      for (std::size_t i = 0; i < read.corners.size(); ++i) {
        const auto corner = found.position()[i];
        read.corners[i] = {static_cast<float>(corner.x), static_cast<float>(corner.y)};
      }
      reads.push_back(std::move(read));
    }
  } catch (const std::exception&) { return {}; }
  return reads;
}

std::optional<RawRead> first_of(std::vector<RawRead> reads) {
  if (reads.empty()) return std::nullopt;
  return std::move(reads.front());
}

}  // namespace

std::vector<RawRead> read_symbols(const ports::GrayView& view, Pass pass, int symbols_max) {
  return read(view, options_of(pass, symbols_max));
}

std::optional<RawRead> read_symbol(const ports::GrayView& view, Pass pass) {
  return first_of(read_symbols(view, pass, 1));
}

std::optional<RawRead> read_with_library_defaults(const ports::GrayView& view) {
  return first_of(read(view, Options{}));
}

base::Result<ports::QrModules> write_qr(std::string_view text) {
  try {
    ZXing::MultiFormatWriter writer{ZXing::BarcodeFormat::QRCode};
    writer.setEccLevel(ecc_medium).setMargin(0);
    const auto matrix = writer.encode(std::string{text}, 0, 0);
    ports::QrModules modules{matrix.width(), {}};
    modules.bits.reserve(static_cast<std::size_t>(matrix.width()) * static_cast<std::size_t>(matrix.height()));
    for (int y = 0; y < matrix.height(); ++y) {
      for (int x = 0; x < matrix.width(); ++x) modules.bits.push_back(matrix.get(x, y) ? 1 : 0);
    }
    return modules;
  } catch (const std::exception& failure) { return base::Error{base::Code::too_large, "encode QR", failure.what()}; }
}

}  // namespace millpond::scan
