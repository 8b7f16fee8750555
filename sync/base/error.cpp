// SPDX-License-Identifier: Apache-2.0
#include "sync/base/error.h"

#include <array>

namespace millpond::base {
namespace {

struct Row {
  std::string_view name;
  Retry retry;
};

constexpr std::array rows{
#define MILLPOND_ROW(name, retry) Row{#name, Retry::retry},
    MILLPOND_ERROR_CODES(MILLPOND_ROW)
#undef MILLPOND_ROW
};

}  // namespace

std::string_view code_name(Code code) { return rows.at(static_cast<std::size_t>(code)).name; }

std::optional<Code> code_from_name(std::string_view name) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name == name) return static_cast<Code>(i);
  }
  return std::nullopt;
}

Retry retry_class(Code code) { return rows.at(static_cast<std::size_t>(code)).retry; }

std::string describe(const Error& error) {
  std::string line{code_name(error.code)};
  if (!error.operation.empty()) line += ": " + error.operation;
  if (!error.detail.empty()) line += ": " + error.detail;
  if (!error.hint.empty()) line += " (" + error.hint + ")";
  return line;
}

}  // namespace millpond::base
