// SPDX-License-Identifier: Apache-2.0
#include "sync/notices/read.h"

#include <nlohmann/json.hpp>

namespace millpond::notices {

base::Result<Notice> read_notice(const Account& account, const Received& received) {
  switch (account.provider) {
    case Provider::wechat_pay:
      return read_wechat_pay(account, received);
    case Provider::alipay:
      return read_alipay(account, received);
    case Provider::erpnext:
      return read_erpnext(account, received);
    case Provider::odoo:
      return read_odoo(account, received);
  }
  return base::Error{base::Code::internal, "read notice", "no such provider"};
}

// WeChat Pay looks at the status and shows the message to the merchant; Alipay looks for one word and at nothing else.
Answer answer_to(Provider provider, const base::Error* error, int status_of_error) {
  const int status = error == nullptr ? 200 : status_of_error;
  if (provider == Provider::alipay) return {status, "text/plain; charset=utf-8", error == nullptr ? "success" : "fail"};
  if (provider == Provider::wechat_pay) {
    const nlohmann::ordered_json body{{"code", error == nullptr ? "SUCCESS" : "FAIL"},
                                      {"message", error == nullptr ? "" : base::code_name(error->code)}};
    return {status, "application/json", body.dump()};
  }
  const nlohmann::ordered_json body{{"received", error == nullptr},
                                    {"code", error == nullptr ? "" : base::code_name(error->code)}};
  return {status, "application/json", body.dump()};
}

}  // namespace millpond::notices
