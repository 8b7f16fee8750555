// SPDX-License-Identifier: Apache-2.0
// Documents: every kind of document that a brand publishes or that `millpond campaign replay` reads, with its parser,
// by the name of its schema in assets/schema. For tests that hold the two against each other. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace millpond::tests {

struct DocumentKind {
  std::string_view name;  // assets/schema/NAME.json
  // Empty when the parser takes it, else "POINTER: what is wrong".
  std::string (*refusal)(base::ByteView json);
};

[[nodiscard]] std::span<const DocumentKind> document_kinds();
// Null for a name that is none.
[[nodiscard]] const DocumentKind* document_kind(std::string_view name);

}  // namespace millpond::tests
