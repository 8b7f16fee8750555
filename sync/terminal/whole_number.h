// SPDX-License-Identifier: Apache-2.0
// Numbers in JSON that this machine wrote and a disk may have changed. The JSON library makes a whole number of any,
// and of one that does not fit whatever the compiler likes.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace millpond::terminal {

// Throws std::out_of_range when it is not a whole number of this type; readers catch it with the library's own.
template <class Number, class Json>
[[nodiscard]] Number whole(const Json& json) {
  const bool fits = json.is_number_unsigned()
                        ? std::in_range<Number>(json.template get<std::uint64_t>())
                        : json.is_number_integer() && std::in_range<Number>(json.template get<std::int64_t>());
  if (!fits) throw std::out_of_range{"not a whole number that fits"};
  return json.template get<Number>();
}

}  // namespace millpond::terminal
