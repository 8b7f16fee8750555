// SPDX-License-Identifier: Apache-2.0
// The bill as the customer beside the till sees it while it is rung up. Not for other rooms. Pure.
#pragma once

#include "kiosk/flow/flow.h"
#include "kiosk/flow/words.h"

namespace millpond::flow {

// Whether somebody's bill is on the screen: nobody does anything else there.
[[nodiscard]] bool shows_bill(const Model& model);

// Whoever looks over the customer's shoulder learns what is bought and which coupon takes what, and not who it is.
[[nodiscard]] BillView running_sale(const BasketTold& told, const Model& model, const Words& words);

}  // namespace millpond::flow
