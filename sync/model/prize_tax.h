// SPDX-License-Identifier: Apache-2.0
// PrizeTax: the tax class of a prize or gift, and what is withheld from its winner. What the law of a place asks is the
// brand's declaration in the document; nothing here knows a rate. Pure.
#pragma once

#include "sync/model/allocate.h"
#include "sync/model/document.h"

#include <cstdint>

namespace millpond::model {

enum class TaxClass : std::uint8_t {  // persisted
  none = 1,                           // declared as not taxed: discounts, coupons, nothing won
  incidental_income = 2,              // 偶然所得, whoever the winner is
  employment_income = 3,
  other = 4,
};

struct PrizeTax {
  TaxClass tax_class{TaxClass::none};
  std::int32_t rate_bp{};           // of the whole value, in basis points; 0 to 10,000
  std::int64_t free_up_to_minor{};  // inclusive; a higher value is taxed from its first unit on
  friend bool operator==(const PrizeTax&, const PrizeTax&) = default;
};

// Minor units, rounded half up; from 0 to value_minor, which is not negative.
[[nodiscard]] inline std::int64_t withheld_minor(const PrizeTax& tax, std::int64_t value_minor) {
  if (tax.tax_class == TaxClass::none || value_minor <= tax.free_up_to_minor) return 0;
  return percent_half_up(value_minor, tax.rate_bp);
}

// The member "tax" of an object, {class: none | incidental_income | employment_income | other, rate_bp,
// free_up_to_minor?}; no tax without it. What is wrong is reported to the reader's document.
[[nodiscard]] PrizeTax read_tax(ObjectReader& object);

}  // namespace millpond::model
