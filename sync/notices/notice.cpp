// SPDX-License-Identifier: Apache-2.0
#include "sync/notices/notice.h"

#include <array>
#include <utility>

namespace millpond::notices {
namespace {

constexpr std::array<std::pair<Provider, std::string_view>, 4> providers{{{Provider::wechat_pay, "wechat_pay"},
                                                                          {Provider::alipay, "alipay"},
                                                                          {Provider::erpnext, "erpnext"},
                                                                          {Provider::odoo, "odoo"}}};

}  // namespace

std::string_view name_of(Provider provider) {
  for (const auto& [value, name] : providers) {
    if (value == provider) return name;
  }
  return "unknown";
}

std::optional<Provider> provider_of(std::string_view name) {
  for (const auto& [value, known] : providers) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::string_view name_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::payment:
      return "payment";
    case NoticeKind::refund:
      return "refund";
    case NoticeKind::sale:
      return "sale";
    case NoticeKind::sale_refund:
      return "sale_refund";
    case NoticeKind::nothing:
      return "nothing";
  }
  return "unknown";
}

base::StoreId Account::store_of(const Notice& notice) const {
  for (const auto& hint : {notice.device, notice.shop}) {
    const auto found = hint.empty() ? stores.end() : stores.find(hint);
    if (found != stores.end()) return found->second;
  }
  return store;
}

}  // namespace millpond::notices
