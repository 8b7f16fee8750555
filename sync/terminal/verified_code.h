// SPDX-License-Identifier: Apache-2.0
// Reading a code offline: the brand, then the key of its issuer out of what this terminal holds, then the signature.
// Inside `terminal` only. Any thread but the journal's own.
#pragma once

#include "sync/codes/payload.h"
#include "sync/store/journal_thread.h"
#include "sync/terminal/identity.h"

namespace millpond::terminal {

// Keys come from this terminal, its hub, and the issuer directory in the journal. Errors: code_payment (told before
// anything else looks at the text), code_unknown_kind, code_malformed, code_wrong_brand, code_unknown_issuer (also a
// revoked one), code_forged; those of the journal.
[[nodiscard]] base::Result<codes::Payload> read_code(std::string_view text, const Identity& identity,
                                                     store::JournalThread& journal);

// The same for one kind of code. Error: code_unknown_kind for the other one.
[[nodiscard]] base::Result<codes::MemberCode> read_member_code(std::string_view text, const Identity& identity,
                                                               store::JournalThread& journal);
[[nodiscard]] base::Result<codes::CouponCode> read_coupon_code(std::string_view text, const Identity& identity,
                                                               store::JournalThread& journal);

// Under which this terminal's own codes are signed.
[[nodiscard]] codes::Issuer own_issuer(const Identity& identity);

}  // namespace millpond::terminal
