// SPDX-License-Identifier: Apache-2.0
// What a sale asks the hub while somebody waits, before it is committed, because what the hub says decides what is.
#pragma once

#include "kiosk/service/shop.h"

namespace millpond::service {

// Coupons first, then points in what is left of the time: client::RedeemLine::limit_ms for both. What cannot be asked
// in time is judged by what is known here. Any thread but the journal's.
[[nodiscard]] terminal::HubAnswers ask_hub(Shop& shop, const terminal::HubQuestions& questions);

}  // namespace millpond::service
