// SPDX-License-Identifier: Apache-2.0
#include "sync/notices/told_sale.h"

#include "sync/base/base64.h"
#include "sync/crypto/hash.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace millpond::notices {
namespace {

struct Word {
  std::string_view part;
  model::TenderType type;
};
constexpr std::array<Word, 10> words_of_paying{{{"wechat", model::TenderType::wechat_pay},
                                                {"微信", model::TenderType::wechat_pay},
                                                {"alipay", model::TenderType::alipay},
                                                {"支付宝", model::TenderType::alipay},
                                                {"gift", model::TenderType::gift_card},
                                                {"礼品卡", model::TenderType::gift_card},
                                                {"cash", model::TenderType::cash},
                                                {"现金", model::TenderType::cash},
                                                {"card", model::TenderType::card},
                                                {"银行卡", model::TenderType::card}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_authentic(const Account& account, std::string_view header, base::ByteView text) {
  const auto made = base::from_base64(header);
  bool holds = false;
  for (const auto& secret : account.secrets) {
    const auto mac = crypto::hmac_sha256(secret, text);
    holds = (made && crypto::equal_constant_time(mac, *made)) || holds;
  }
  return holds;
}

model::TenderType tender_type_of(std::string_view words) {
  std::string lower{words};
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto& word : words_of_paying) {
    if (lower.find(word.part) != std::string::npos) return word.type;
  }
  return model::TenderType::other;
}

std::string quantity_of(std::string_view spelled) {
  if (spelled.starts_with('-')) spelled.remove_prefix(1);
  const auto point = spelled.find('.');
  const auto whole = spelled.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view{} : spelled.substr(point + 1);
  const bool good = !whole.empty() && whole.size() <= 9 && std::ranges::all_of(whole, is_digit) &&
                    std::ranges::all_of(fraction, is_digit) && fraction.size() <= 20;
  if (!good) return {};
  fraction = fraction.substr(0, 3);
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  return std::string{whole} + (fraction.empty() ? "" : "." + std::string{fraction});
}

void tell(Notice& notice, ToldSale told) {
  auto& sale = told.sale;
  for (auto* const amount : {&sale.total_minor, &sale.tax_minor, &sale.eligible_minor}) *amount = std::abs(*amount);
  notice.kind = told.of.empty() ? NoticeKind::sale : NoticeKind::sale_refund;
  // Of a return lines are negative too; what was exchanged within it stays what it is.
  if (!told.of.empty()) {
    for (auto& line : sale.lines) line.net_minor = -line.net_minor;
    for (auto& tender : sale.tenders) tender.amount_minor = std::abs(tender.amount_minor);
    std::erase_if(sale.lines, [](const model::SaleLine& line) { return line.net_minor <= 0; });
  }
  notice.transaction = sale.key.transaction;
  notice.amount = {sale.total_minor, sale.currency};
  notice.told = std::move(told);
}

}  // namespace millpond::notices
