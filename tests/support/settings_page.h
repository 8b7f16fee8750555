// SPDX-License-Identifier: Apache-2.0
// SettingsPage: what docs/settings.md says of one file's keys, so that a test can hold it to the parser. A file is a
// part of the page under "## `NAME`", a section one under "### `[section]`" ("### Before every section" for none), a
// key a row "| `key` | `default` | ...", where the default is written as the file has it.
#pragma once

#include "tests/support/paths.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace millpond::tests {

class SettingsPage {
 public:
  explicit SettingsPage(const std::string& name) {
    std::ifstream page{source_dir() / "docs/settings.md"};
    if (!page) throw std::runtime_error{"docs/settings.md cannot be read"};
    std::string section;
    bool ours = false;
    bool begun = true;  // the section, in text_
    for (std::string line; std::getline(page, line);) {
      if (line.starts_with("## ")) ours = line == "## `" + name + "`";
      if (!ours) continue;
      if (line.starts_with("### ")) {
        section = line.starts_with("### `[") ? between(line, "[", "]") : "";
        begun = section.empty();
      }
      if (!line.starts_with("| `")) continue;
      const auto key = between(line, "| `", "` |");
      const auto rest = line.substr(line.find("` |") + 3);
      if (!std::exchange(begun, true)) text_ += "[" + section + "]\n";
      keys_.push_back(section.empty() ? key : section + "." + key);
      text_ += key + " = " + between(rest, "`", "`") + "\n";
    }
    std::sort(keys_.begin(), keys_.end());
  }

  // As "section.key", in order; a key that stands twice is here twice.
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }
  // A file with every key at its default.
  [[nodiscard]] const std::string& defaults() const { return text_; }

 private:
  static std::string between(const std::string& line, const std::string& from, const std::string& to) {
    const auto begin = line.find(from);
    if (begin == std::string::npos) throw std::runtime_error{"docs/settings.md: " + line};
    const auto end = line.find(to, begin + from.size());
    if (end == std::string::npos) throw std::runtime_error{"docs/settings.md: " + line};
    return line.substr(begin + from.size(), end - begin - from.size());
  }

  std::vector<std::string> keys_;
  std::string text_;
};

}  // namespace millpond::tests
