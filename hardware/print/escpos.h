// SPDX-License-Identifier: Apache-2.0
// ESC/POS: the bytes that make a thermal printer print a bitmap, and its status answers. Raster only: Chinese then
// never depends on a printer's code page. Pure; any thread.
#pragma once

#include "hardware/ports/device_state.h"
#include "hardware/print/bitmap.h"
#include "sync/base/bytes.h"

#include <cstdint>
#include <optional>

namespace millpond::print {

struct EscposOptions {
  bool cut = true;           // partial cut after the feed, so that paper does not fall to the floor
  bool kick_drawer = false;  // before the print, so that change can be counted meanwhile
};

// ESC @, drawer, GS v 0 in bands of 128 rows (small printers' buffers hold no more), feed, cut.
[[nodiscard]] base::Bytes to_escpos(const Bitmap& bitmap, const EscposOptions& options = {});

// Real-time questions: answered at once, also in the middle of a job.
[[nodiscard]] base::ByteView ask_offline_cause();  // DLE EOT 2
[[nodiscard]] base::ByteView ask_paper();          // DLE EOT 4
// Answered in turn, after everything before it was processed: the only sign that a job came out.
[[nodiscard]] base::ByteView ask_in_turn();  // GS r 1

// What an answer says; nothing for a byte that is no such answer.
[[nodiscard]] std::optional<ports::DeviceState> read_offline_cause(std::uint8_t answer);
[[nodiscard]] std::optional<ports::DeviceState> read_paper(std::uint8_t answer);
[[nodiscard]] std::optional<ports::DeviceState> read_in_turn(std::uint8_t answer);

}  // namespace millpond::print
