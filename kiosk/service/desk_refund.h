// SPDX-License-Identifier: Apache-2.0
// Refunds at a cashier's screen: the sale that a receipt's number and day name, and its refund with a manager's word.
// Records through refund_by_hand(), as the command does. Runs on the work thread; blocks for a PIN's check and a
// commit.
#pragma once

#include "kiosk/flow/flow.h"
#include "kiosk/service/refund_command.h"
#include "kiosk/service/settings.h"
#include "kiosk/service/shop.h"

#include <filesystem>
#include <string>
#include <vector>

namespace millpond::service {

// Under which names sales may have been recorded here, the one for sales by hand first: a receipt says no till.
[[nodiscard]] std::vector<std::string> tills_here(const std::filesystem::path& folder, const Settings& settings);

// The first till's sale of this number and day, and of whichever is not known here, the first till's own. Of a refund
// that comes of it, `number` is the first that is free today: refund_at_desk() with it again is the same refund.
// Errors: bad_input (no such day in the past year), no_programme, time_unknown, too_large (99 refunds of one sale in a
// day), the journal's.
[[nodiscard]] base::Result<flow::PastSale> find_sale_at_desk(Shop& shop, const std::vector<std::string>& tills,
                                                             const flow::FindSale& wanted);
// Errors: those of StaffDesk::authorise() for Act::sale_corrected, and of refund_by_hand().
[[nodiscard]] base::Result<flow::Refunded> refund_at_desk(Shop& shop, ports::TillHandler& handler,
                                                          const std::string& till, const flow::RefundSale& refund);

}  // namespace millpond::service
