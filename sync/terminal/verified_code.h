// SPDX-License-Identifier: Apache-2.0
// Reading a code offline: the brand, then the key of its issuer out of what this terminal holds, then the signature.
// Inside `terminal` only. Any thread; waits for no commit.
#pragma once

#include "sync/codes/classify.h"
#include "sync/codes/payload.h"
#include "sync/model/strength.h"
#include "sync/store/journal_thread.h"
#include "sync/store/replica.h"
#include "sync/terminal/identity.h"

#include <optional>

namespace millpond::terminal {

// What a code is read against.
struct Reading {
  const Identity& identity;
  const store::JournalThread& journal;
  store::Replica& replica;
};

// A genuine code. Of a revoked terminal anybody may have signed it who has that terminal's key by now: a card still
// says whom somebody names, and proves no more than a typed number does.
struct ReadCode {
  codes::Payload payload;
  bool issuer_revoked{};
  bool day_unknown{};  // of a phone's card, whose days may be over
  // How certain it makes that its member stands here; of a rotating code as of a picture of it.
  [[nodiscard]] model::Strength strength() const {
    return issuer_revoked || day_unknown ? model::Strength::phone_typed : model::Strength::member_code;
  }
};

// Why a text that is not a code of ours is none that this machine can use; nothing for what may be one.
[[nodiscard]] std::optional<base::Code> not_ours(codes::TextKind kind);

// Keys come from this terminal, its hub, and the issuer directory in the journal. A revoked issuer's code is read only
// when the hub has told this terminal of the member or coupon; a coupon counts by what the hub told of it.
// Errors: code_payment (told before anything else looks at the text), code_unknown_kind, code_malformed,
// code_wrong_brand, code_unknown_issuer (also a revoked one), code_forged, code_withdrawn (the hub has taken this
// card back, or the key that signed a phone's); those of the replica.
[[nodiscard]] base::Result<ReadCode> read_code(std::string_view text, const Reading& reading);

// Whose code it is: of a card, or of a phone that shows a rotating one, fresh or not. A rotating code that is late or
// was shown before is worth what a picture of a card is: enough to earn. Error: code_unknown_kind for a coupon.
[[nodiscard]] base::Result<base::MemberId> member_of(const codes::Payload& payload);

// A code of one kind. Errors: code_unknown_kind for the other one; of a coupon those of not_ours().
[[nodiscard]] base::Result<codes::MemberCode> read_member_code(std::string_view text, const Reading& reading);
[[nodiscard]] base::Result<codes::CouponCode> read_coupon_code(std::string_view text, const Reading& reading);

// What a coupon's code says whose issuer this terminal does not know, or knows to be revoked: for the question to the
// hub. Nothing in it may be believed before the hub said that it is genuine. Nothing for any other text.
[[nodiscard]] std::optional<codes::CouponCode> unchecked_coupon(std::string_view text, const Reading& reading);

// The same for a member's code, of a card or a phone.
[[nodiscard]] std::optional<codes::Payload> unchecked_card(std::string_view text, const Reading& reading);

// Under which this terminal's own codes are signed.
[[nodiscard]] codes::Issuer own_issuer(const Identity& identity);

}  // namespace millpond::terminal
