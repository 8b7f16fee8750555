// SPDX-License-Identifier: Apache-2.0
// Symbology identifiers (ISO/IEC 15424): three characters, "]Q1", that a scanner may be set to send before each code.
// Pure; any thread.
#pragma once

#include <string_view>

namespace millpond::scan {

// Of GS1 element strings, which keep theirs, or nobody could tell them from digits that mean something else.
[[nodiscard]] bool is_gs1_identifier(std::string_view identifier);

// A text without the identifier before it, if there is one that is not GS1's. Borrows the text.
[[nodiscard]] std::string_view without_symbology(std::string_view text);

}  // namespace millpond::scan
