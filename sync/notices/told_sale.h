// SPDX-License-Identifier: Apache-2.0
// What readers of other systems' sales share: authentication by a shared secret, lines, tenders, sums. Inside
// `notices` only. Pure.
#pragma once

#include "sync/notices/fields.h"
#include "sync/notices/notice.h"

#include <string>
#include <string_view>

namespace millpond::notices {

// Whether a header has the base64 of HMAC-SHA256 over the text by one of the account's secrets.
[[nodiscard]] bool is_authentic(const Account& account, std::string_view header, base::ByteView text);

// By what a way of paying is called; other when nothing is known of the word.
[[nodiscard]] model::TenderType tender_type_of(std::string_view words);

// "1", "0.350": what a fact holds, of a number however spelled; without a sign. Empty when it is none.
[[nodiscard]] std::string quantity_of(std::string_view spelled);

// Makes the notice a sale, or a refund of `of`, with the sums that it told; amounts lose their sign.
void tell(Notice& notice, ToldSale told);

}  // namespace millpond::notices
