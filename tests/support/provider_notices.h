// SPDX-License-Identifier: Apache-2.0
// Notices as providers send them, shaped by their public documentation, under keys made for the test: WeChat Pay API v3
// (TRANSACTION.SUCCESS, REFUND.SUCCESS), Alipay (trade_status_sync), Frappe's webhook of a POS Invoice, and the order
// that docs/notices.md lets Odoo post.
#pragma once

#include "sync/notices/read.h"
#include "tests/support/provider_keys.h"

#include <map>
#include <string>

namespace millpond::tests {

inline constexpr std::int64_t notice_now_ms = 1'795'000'000'000;  // 2026-11-18T11:06:40Z

// A request as it comes: headers by name as they are written, and the body.
struct PostedNotice {
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  [[nodiscard]] notices::Received at(std::int64_t now_ms = notice_now_ms) const {
    return {[this](std::string_view name) -> std::string_view {
              const auto found = headers.find(name);
              return found == headers.end() ? std::string_view{} : found->second;
            },
            base::view_of(body), now_ms};
  }
};

// Two accounts at payment providers and two at other systems, with what the other side has.
class PretendProviders {
 public:
  PretendProviders();

  notices::Account wechat_pay;
  notices::Account alipay;
  notices::Account erpnext;
  notices::Account odoo;

  // The plain resource under its box and signature. event: "TRANSACTION.SUCCESS".
  [[nodiscard]] PostedNotice wechat(const std::string& id, const std::string& event, const std::string& inside,
                                    std::int64_t at_ms = notice_now_ms) const;
  [[nodiscard]] PostedNotice wechat_paid(const std::string& transaction, std::int64_t minor,
                                         const std::string& openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o") const;
  [[nodiscard]] PostedNotice wechat_refunded(const std::string& transaction, const std::string& refund,
                                             std::int64_t minor) const;
  // Signs the parameters and posts them as a form.
  [[nodiscard]] PostedNotice form(std::map<std::string, std::string> parameters) const;
  [[nodiscard]] std::map<std::string, std::string> alipay_paid(const std::string& trade, const std::string& yuan) const;
  [[nodiscard]] PostedNotice frappe(const std::string& json) const;
  [[nodiscard]] PostedNotice odoo_posts(const std::string& json, std::int64_t at_ms = notice_now_ms) const;

  static constexpr std::string_view serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
  static constexpr std::string_view api_key = "0123456789abcdef0123456789abcdef";
  static constexpr std::string_view secret = "a secret of two machines";
  ProviderKeys keys;
};

[[nodiscard]] std::string erpnext_invoice(const std::string& name, const std::string& total);
[[nodiscard]] std::string erpnext_return(const std::string& name, const std::string& of, const std::string& total);
[[nodiscard]] std::string odoo_order(const std::string& uuid, const std::string& total);

}  // namespace millpond::tests
