// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/scan_tip.h"

#include "kiosk/flow/flow.h"
#include "sync/text/text.h"

namespace millpond::flow {

std::string scan_tip(ScanTip tip, Locale locale) {
  using text::Key;
  const auto get = [locale](Key key) { return std::string{text::get(key, language_of(locale))}; };
  switch (tip) {
    case ScanTip::closer:
      return get(Key::scan_tip_closer);
    case ScanTip::further:
      return get(Key::scan_tip_further);
    case ScanTip::brighter:
      return get(Key::scan_tip_brighter);
    case ScanTip::turn:
      return get(Key::scan_tip_turn);
    case ScanTip::hold_still:
      return get(Key::scan_tip_hold_still);
    case ScanTip::none:
      break;
  }
  return {};
}

}  // namespace millpond::flow
