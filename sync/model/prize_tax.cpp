// SPDX-License-Identifier: Apache-2.0
#include "sync/model/prize_tax.h"

namespace millpond::model {

PrizeTax read_tax(ObjectReader& object) {
  PrizeTax tax;
  if (!object.has("tax")) return tax;
  auto reader = object.object("tax");
  const auto which = reader.choice("class", {"none", "incidental_income", "employment_income", "other"});
  tax.tax_class = static_cast<TaxClass>(which + 1);
  tax.rate_bp = static_cast<std::int32_t>(reader.integer_or("rate_bp", 0, 0, basis_points_whole));
  tax.free_up_to_minor = reader.integer_or("free_up_to_minor", 0, 0, amount_minor_max);
  if (tax.tax_class == TaxClass::none && tax.rate_bp != 0) reader.report("rate_bp", "must be 0 where there is no tax");
  reader.finish();
  return tax;
}

}  // namespace millpond::model
