// SPDX-License-Identifier: Apache-2.0
// The commands "member" and "card": what the command line may see of a member and print for them. The member's own code
// is enough; a phone or a number, which anybody can type, needs somebody behind the counter with their PIN. Runs on the
// work thread; a PIN takes 250 to 500 ms by design and is in no answer, error or log.
#pragma once

#include "sync/base/result.h"

#include <string>

namespace millpond::service {

class Shop;

// {"whom"} or {"whom", "staff", "pin", "reason"}. Errors: identity_too_weak without an approval (known or not), those
// of StaffDesk::authorise(), Terminal::see() and Terminal::look_up().
[[nodiscard]] base::Result<std::string> show_member(Shop& shop, const std::string& locale,
                                                    const std::string& params_json);

// The same parameters; prints the member's card. Errors besides: those of Terminal::request_card_slip().
[[nodiscard]] base::Result<std::string> print_member_card(Shop& shop, const std::string& locale,
                                                          const std::string& params_json);

}  // namespace millpond::service
