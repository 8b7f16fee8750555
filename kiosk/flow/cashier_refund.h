// SPDX-License-Identifier: Apache-2.0
// Goods that come back, at a cashier's screen: which sale, how much, and a manager's word. The steps, and what is shown
// at each. Not for other rooms. Pure.
#pragma once

#include "kiosk/flow/cashier.h"
#include "kiosk/flow/words.h"

#include <functional>

namespace millpond::flow {

// A refund needs no customer and belongs to none: whoever is being served is served first.
[[nodiscard]] bool serves_somebody(const CashierModel& model);

// Whether an amount or the whole may be chosen: the sale is known here, or somebody has said who recorded it.
[[nodiscard]] bool may_choose(const CashierModel& model);
// What is left of a known sale; 0 of any other.
[[nodiscard]] std::int64_t left_minor(const PastSale& sale);

// What "Next" does at a step of the refund; the pages before are kept.
[[nodiscard]] std::optional<std::variant<FindSale, RefundSale>> take_refund_step(CashierModel& model);
// The step before, with what was typed there. False at the first.
[[nodiscard]] bool step_back(CashierModel& model);
void take_whole(CashierModel& model);

// The pad's own buttons know what waits and why; these are the page's.
using MakeButton = std::function<Button(Target target, text::Key label, Icon icon, const char* key)>;
[[nodiscard]] DeskPrompt refund_prompt(const CashierModel& model, const Words& words, const MakeButton& button);
[[nodiscard]] std::optional<Bill> refund_bill(const CashierModel& model, const Words& words);
void describe_refund(Pad& pad, const CashierModel& model, const Words& words, const MakeButton& button);
[[nodiscard]] Outcome refund_outcome(const Refunded& refunded, const CashierModel& model, const Words& words,
                                     const MakeButton& button);

}  // namespace millpond::flow
