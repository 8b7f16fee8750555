// SPDX-License-Identifier: Apache-2.0
// SlipReceipt: the paper that a print intent of the journal stands for, and the page of a printer's self-test. Pure.
#pragma once

#include "hardware/ports/device_state.h"
#include "hardware/print/self_test.h"
#include "kiosk/service/settings.h"
#include "sync/model/programme.h"
#include "sync/store/journal_values.h"
#include "sync/terminal/terminal_values.h"

#include <cstdint>
#include <string>

namespace millpond::service {

enum class Copy : std::uint8_t { first, again };

// What goes on the paper. A reprint says under its headline that it is one, and carries the same coupons with the same
// codes and numbers. Errors: those of decode_slip().
[[nodiscard]] base::Result<ports::Receipt> slip_receipt(const store::PrintIntent& intent,
                                                        const model::Programme& programme, Copy which);

// The text in the page's code: "MILLPOND TEST 20261122-0831", in universal time. No member or coupon code looks so.
[[nodiscard]] std::string self_test_code(std::int64_t wall_ms);
// In the language of the settings, with what they say of the printer, and its state as it was told.
[[nodiscard]] print::SelfTestPage self_test_page(const Settings& settings, ports::DeviceState state,
                                                 std::int64_t wall_ms);

}  // namespace millpond::service
