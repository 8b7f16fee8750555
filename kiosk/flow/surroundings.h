// SPDX-License-Identifier: Apache-2.0
// What screens of every role do with news of the machine around them, and how they say it. Not for other rooms. Pure.
#pragma once

#include "kiosk/flow/flow.h"
#include "kiosk/flow/words.h"

namespace millpond::flow {

// True when something changed.
bool take_line(Surroundings& surroundings, const LineChanged& line);

[[nodiscard]] Appearance next_appearance(Appearance appearance);

// Whose law holds: the programme's, and China's before there is one.
[[nodiscard]] const model::Country& country_of(const Surroundings& surroundings);
// "11", or "11–12" where mobile numbers differ in length.
[[nodiscard]] std::string phone_digits(const model::Country& country);

// "断网 · 7 条待同步", while it is so or the queue drains.
[[nodiscard]] std::optional<Banner> line_banner(const Surroundings& surroundings, const Words& words);
// The seconds that are left of a session that nobody goes on with; nothing before the warning.
[[nodiscard]] std::optional<Banner> idle_countdown(const Surroundings& surroundings, const Words& words,
                                                   std::int64_t now_ms);
[[nodiscard]] Button appearance_button(const Surroundings& surroundings, const Words& words);
[[nodiscard]] Banner problem_banner(base::Code code, const Words& words);

// A Cmd is on its way; its outcome carries the ticket.
void begin_waiting(Surroundings& surroundings, std::int64_t now_ms);
// True when its outcome is late: it is not waited for any more, and will be nobody's.
[[nodiscard]] bool give_up_waiting(Surroundings& surroundings, std::int64_t now_ms);

// When Ticked is wanted for toast, countdown and an outcome that is late; 0: not at all.
[[nodiscard]] std::int64_t tick_at(const Surroundings& surroundings, std::int64_t now_ms);

}  // namespace millpond::flow
