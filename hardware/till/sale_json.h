// SPDX-License-Identifier: Apache-2.0
// A till's JSON as values, read strictly: every member known, none twice, integers for money, sums that agree. Pure.
#pragma once

#include "hardware/ports/till_gateway.h"
#include "sync/base/result.h"

#include <string>

namespace millpond::till {

// The error's hint is the JSON pointer of the offending place.
// Errors: sale_malformed, sale_not_paid (state is not "paid"), currency_mismatch (unknown currency).
[[nodiscard]] base::Result<ports::TillSale> parse_sale(base::ByteView json);

// {"store", "till", "business_date", "transaction", "of": {"store"?, "till"?, "business_date", "transaction"},
//  "completed_at", "currency", "total_minor" and "lines"?: [{"id", "net_minor"}], or "whole": true, "operator"?,
//  "training"?}. Errors: sale_malformed, currency_mismatch.
[[nodiscard]] base::Result<ports::TillRefund> parse_refund(base::ByteView json);
// What is posted to the void of a sale: {"business_date", "transaction"?, "completed_at", "operator"?, "training"?};
// its own number is "void:" with the sale's unless told. Error: sale_malformed.
[[nodiscard]] base::Result<ports::TillRefund> parse_void(base::ByteView json, const ports::TillSaleKey& sale);

// {"store", "till", "basket"?, "currency", "lines", "member_code"?, "coupons"?, "keep_seconds"?}; lines as of a sale.
// One that must be named may have "approval" as well.
// The basket's name must be there when coupons are to be kept. Errors: bad_input, currency_mismatch.
[[nodiscard]] base::Result<ports::TillBasket> parse_basket(base::ByteView json, bool must_be_named);
// {"phone", "approval"?}. Error: bad_input.
[[nodiscard]] base::Result<ports::TillEnrolment> parse_enrolment(base::ByteView json);
// {"whom", "approval"}. Error: bad_input.
[[nodiscard]] base::Result<ports::TillLookup> parse_lookup(base::ByteView json);

}  // namespace millpond::till
