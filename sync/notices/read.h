// SPDX-License-Identifier: Apache-2.0
// Reads what comes to one account's address: signature, inside, then fields, in this order, so that an unsigned body
// costs a check of its signature and nothing it claims is believed. And the answers that providers ask for. Not the
// door (rate, size of a request) and not what follows from a notice. Pure but for OpenSSL's allocations; any thread.
#pragma once

#include "sync/base/result.h"
#include "sync/notices/notice.h"

#include <functional>
#include <string>
#include <string_view>

namespace millpond::notices {

// Of providers that sign the time: how far it may be from ours.
inline constexpr std::int64_t skew_max_ms = 300'000;

struct Received {
  std::function<std::string_view(std::string_view name)> header;  // empty when absent
  base::ByteView body;
  std::int64_t now_ms{};
};

// Errors: signature_invalid (nobody we know signed it), notice_key_unknown (the key that it names is not installed),
// notice_expired, notice_malformed, too_large, notice_other_account, currency_mismatch. Details name fields, never
// what they held.
[[nodiscard]] base::Result<Notice> read_notice(const Account& account, const Received& received);

// By account.provider; the same errors.
[[nodiscard]] base::Result<Notice> read_wechat_pay(const Account& account, const Received& received);
[[nodiscard]] base::Result<Notice> read_alipay(const Account& account, const Received& received);
[[nodiscard]] base::Result<Notice> read_erpnext(const Account& account, const Received& received);
[[nodiscard]] base::Result<Notice> read_odoo(const Account& account, const Received& received);

// What the provider takes for "received" (null error), or for "send it again later". Status 0: as the door has it.
struct Answer {
  int status{};
  std::string content_type;
  std::string body;
};
[[nodiscard]] Answer answer_to(Provider provider, const base::Error* error, int status_of_error);

}  // namespace millpond::notices
