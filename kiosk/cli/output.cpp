// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/output.h"

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace millpond::cli {

text::Language language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view{value}.starts_with("zh") ? text::Language::zh_cn : text::Language::en;
  }
  return text::Language::en;
}

int fail(const base::Error& error) {
  const auto sentence = text::sentence(error.code, language());
  std::cerr << sentence.what << '\n';
  if (!sentence.why.empty()) std::cerr << "  " << sentence.why << '\n';
  if (!sentence.next.empty()) std::cerr << "  -> " << sentence.next << '\n';
  std::cerr << "  [" << base::describe(error) << "]\n";
  return 1;
}

}  // namespace millpond::cli
