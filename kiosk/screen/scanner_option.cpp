// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/scanner_option.h"

#include "hardware/ports/serial_line.h"
#include "hardware/scan/evdev_scanner.h"
#include "hardware/scan/serial_scanner.h"

#include <charconv>
#include <string_view>
#include <utility>

namespace millpond::screen {
namespace {

base::Error bad_option(std::string detail) {
  return {base::Code::bad_input, "read options", std::move(detail), "see --help"};
}

// What stands after the last colon, when it is what `read` takes for one: a name under /dev may hold colons as well.
template <class Read>
auto take_suffix(std::string_view& text, Read read) -> decltype(read(text)) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto value = read(text.substr(colon + 1));
  if (value) text = text.substr(0, colon);
  return value;
}

std::optional<int> speed_from(std::string_view text) {
  int speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && ports::is_serial_speed(speed) ? std::optional{speed} : std::nullopt;
}

base::Result<ScannerSettings> make_scanner(const std::string& option, const TillShare& till, const base::Clock& clock) {
  std::string_view path{option};
  const auto takes = [&path](std::string_view prefix) {
    const bool it_is = path.starts_with(prefix);
    if (it_is) path.remove_prefix(prefix.size());
    return it_is;
  };
  std::unique_ptr<ports::Scanner> scanner;
  if (takes("evdev:")) {
    const auto layout = take_suffix(path, scan::layout_from_name).value_or(scan::KeyboardLayout::us);
    std::optional<scan::KeyShare> share;
    if (till.keyboard) {
      MILLPOND_TRY(auto keyboard, scan::UinputKeyboard::make(till.uinput));
      share = {std::move(keyboard), is_ours};
    }
    scanner = std::make_unique<scan::EvdevScanner>(scan::EvdevSettings{path, layout}, clock, std::move(share));
  } else if (takes("serial:")) {
    scan::SerialSettings settings;
    settings.bits_per_s = take_suffix(path, speed_from).value_or(settings.bits_per_s);
    settings.device = path;
    scanner = std::make_unique<scan::SerialScanner>(std::move(settings), clock);
  }
  if (!scanner || !path.starts_with('/')) {
    return bad_option("--scanner " + option + ": expected none, evdev:/PATH[:us|de|fr] or serial:/PATH[:BAUD]");
  }
  return ScannerSettings{std::move(scanner), nullptr, path};
}

}  // namespace

base::Result<ScannerSettings> parse_scanner(const std::string& scanner, const TillShare& till,
                                            const base::Clock& clock) {
  if (till.keyboard && !till.line.empty()) return bad_option("either --till-line or --till-keyboard");
  if (till.keyboard && !scanner.starts_with("evdev:")) {
    return bad_option("--till-keyboard repeats the keys of an evdev --scanner; others have --till-line");
  }
  if (scanner == "none") {
    if (!till.line.empty()) return bad_option("--till-line passes on what a --scanner reads");
    return ScannerSettings{};
  }
  MILLPOND_TRY(auto settings, make_scanner(scanner, till, clock));
  if (!till.line.empty()) { MILLPOND_TRY(settings.till, scan::PtyOutlet::make(till.line, clock)); }
  return settings;
}

}  // namespace millpond::screen
