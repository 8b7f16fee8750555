// SPDX-License-Identifier: Apache-2.0
// What a cashier reads about a member, the machine and the shift. Not for other rooms. Pure.
#pragma once

#include "kiosk/flow/cashier.h"
#include "kiosk/flow/words.h"

namespace millpond::flow {

// "138 **** 8000" of what was typed.
[[nodiscard]] std::string masked_phone(const std::string& digits);

// What may help to serve: figures, and hints from what is known here. What is not known is not guessed.
[[nodiscard]] DeskMember desk_member(const MemberCard& card, const CashierModel& model, const Words& words);

void describe_service(ReportView& view, const ServiceStanding& standing, const CashierModel& model, const Words& words);
// since_ms: as ShiftTold has it.
void describe_shift(ReportView& view, const std::vector<model::ShiftRow>& rows, std::int64_t since_ms,
                    const Words& words);

}  // namespace millpond::flow
