// SPDX-License-Identifier: Apache-2.0
// Causes: what makes a thing that was given one and the same thing, wherever and however often the event behind it is
// told. Everything here is persisted in facts and never changes. Pure; any thread.
#pragma once

#include "sync/model/sale_facts.h"

namespace millpond::model {

// Of a payment: self-delimiting, and no other event has one like it.
[[nodiscard]] base::Bytes event_key(const SaleKey& payment);

// BLAKE2b-256 over brand, event, number, member and ordinal.
[[nodiscard]] base::Hash cause_of(const base::BrandId& brand, base::ByteView event, std::uint32_t number,
                                  base::MemberId member, std::uint32_t ordinal);
// Of a coupon after payment: number is its offer's, ordinal counts the coupons of that offer for this payment.
[[nodiscard]] base::Hash coupon_cause(const base::BrandId& brand, const SaleKey& payment, base::CampaignId offer,
                                      base::MemberId member, std::uint32_t ordinal);

}  // namespace millpond::model
