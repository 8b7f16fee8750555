// SPDX-License-Identifier: Apache-2.0
// What the generated source gives to text.cpp: one text per Key and language, and the keys of every error code.
// Not for other rooms; values that live for the whole program.
#pragma once

#include "sync/text/keys.h"

#include <span>
#include <string_view>

namespace millpond::text {

struct ErrorKeys {
  Key what;
  Key why;
  Key next;
};

struct Tables {
  std::span<const std::string_view> zh_cn;
  std::span<const std::string_view> en;
  std::span<const std::string_view> names;  // "error.disk_full.what"
  std::span<const ErrorKeys> errors;        // in the order of base::Code
};

[[nodiscard]] Tables tables();

}  // namespace millpond::text
