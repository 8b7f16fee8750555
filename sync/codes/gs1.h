// SPDX-License-Identifier: Apache-2.0
// GS1 element strings and article numbers, as scanners hand them over for goods. Strict: what is not understood whole
// is refused, because half of a weight is a wrong price. Identifies goods and never people; says nothing of whether an
// article exists. Pure; any thread.
#pragma once

#include "sync/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::codes {

struct Gs1Element {
  std::string identifier;  // "01", "3103"
  std::string value;       // without separators; digits and characters as the identifier demands
  friend bool operator==(const Gs1Element&, const Gs1Element&) = default;
};

// An element string with its symbology identifier ("]C1", "]d2", "]Q3", "]e0") or FNC1 (as the group separator) before
// it. Elements of variable length end with a group separator or the text; after one of fixed length a separator is
// allowed, as the standard asks of readers. At most 128 characters.
// Errors: code_malformed (no element string, an identifier that is not in our table, wrong length or characters, a
// check digit or a date that is none, an element twice), too_large.
[[nodiscard]] base::Result<std::vector<Gs1Element>> parse_gs1(std::string_view text);

// The value of an identifier; nothing when it is not there.
[[nodiscard]] std::optional<std::string_view> gs1_value(const std::vector<Gs1Element>& elements,
                                                        std::string_view identifier);

// The fourteen digits of an article from EAN-8, UPC-A, EAN-13 or GTIN-14 digits; nothing unless length and check digit
// are right.
[[nodiscard]] std::optional<std::string> gtin14(std::string_view digits);

}  // namespace millpond::codes
