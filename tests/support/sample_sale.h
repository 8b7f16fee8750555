// SPDX-License-Identifier: Apache-2.0
// A whole sale as the terminal records one: the sale, its points and the answer to the till.
#pragma once

#include "sync/store/journal.h"

namespace millpond::tests {

inline model::SaleKey sale_key(std::uint64_t number) {
  return {{12}, "till-1", {20'775}, "T-" + std::to_string(number)};
}

inline base::Result<> record_sale(store::Transaction& transaction, std::uint64_t number, base::MemberId member = {77}) {
  model::SaleRecorded sale;
  sale.key = sale_key(number);
  sale.member = member;
  sale.currency = *base::parse_currency("CNY");
  sale.total_minor = sale.eligible_minor = 1'000;
  sale.lines = {{"1", "SKU-" + std::to_string(number), "1", "tea", 1'000, 0}};
  sale.tenders = {{model::TenderType::alipay, 1'000}};
  MILLPOND_TRY(const auto seq, transaction.append(sale, 1'700'000'000'000, 480, 1));
  MILLPOND_TRY_DO(transaction.append(model::PointsEarned{member, seq, 10, 1'000}, 1'700'000'000'000, 480, 1));
  return transaction.put_sale({sale.key, {}, seq, {'o', 'k'}});
}

inline store::Action sale_action(std::uint64_t number) {
  return [number](store::Transaction& transaction) { return record_sale(transaction, number); };
}

}  // namespace millpond::tests
