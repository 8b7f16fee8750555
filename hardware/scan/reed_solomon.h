// SPDX-License-Identifier: Apache-2.0
// The Reed-Solomon code of QR symbols, GF(256) over x^8 + x^4 + x^3 + x^2 + 1, with errors and erasures: a byte that is
// known to be doubtful costs half of what a wrong one costs. Pure; any thread; microseconds.
#pragma once

#include <cstdint>
#include <span>

namespace millpond::scan {

// Corrects `codeword` in place, whose last `check_count` bytes are check bytes, given the places of doubtful bytes.
// False, with the codeword as it was, when no codeword lies within 2 * errors + erasures <= check_count - spare. What
// is left of the check bytes is what speaks against a misread: each spare byte makes one 256 times less likely.
// Places must be distinct and in the codeword; a codeword has at most 255 bytes.
[[nodiscard]] bool correct_errors(std::span<std::uint8_t> codeword, int check_count, std::span<const int> doubtful,
                                  int spare);

}  // namespace millpond::scan
