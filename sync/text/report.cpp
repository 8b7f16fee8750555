// SPDX-License-Identifier: Apache-2.0
#include "sync/text/report.h"

#include <cstdlib>

namespace millpond::text {

Language environment_language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view{value}.starts_with("zh") ? Language::zh_cn : Language::en;
  }
  return Language::en;
}

std::string report(const base::Error& error, Language language) {
  const auto said = sentence(error.code, language);
  std::string lines{said.what};
  lines.append("\n  ").append(said.why).append("\n  -> ").append(said.next);
  if (!error.hint.empty()) lines.append(" (").append(error.hint).append(")");
  lines.append("\n  [").append(base::describe(error)).append("]\n");
  return lines;
}

}  // namespace millpond::text
