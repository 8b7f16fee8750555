// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/verified_code.h"

#include "sync/codes/classify.h"

namespace millpond::terminal {
namespace {

base::Result<crypto::PublicKey> key_of(codes::Issuer issuer, const Identity& identity, store::JournalThread& journal) {
  if (issuer == own_issuer(identity)) return identity.key.public_key();
  if (issuer == codes::Issuer{identity.hub_key.number}) return identity.hub_key.key;
  base::Result<std::optional<wire::IssuerRow>> row = std::optional<wire::IssuerRow>{};
  MILLPOND_TRY_DO(journal.with([&](store::Journal& open) { row = open.issuer(issuer.value); }));
  MILLPOND_TRY(const auto found, std::move(row));
  if (!found) return base::Error{base::Code::code_unknown_issuer, "read code", "not in the issuer directory"};
  if (found->revoked_from_seq != 0) return base::Error{base::Code::code_unknown_issuer, "read code", "revoked"};
  return found->key;
}

template <class Kind>
base::Result<Kind> read_kind(std::string_view text, const Identity& identity, store::JournalThread& journal) {
  MILLPOND_TRY(const auto payload, read_code(text, identity, journal));
  if (const auto* wanted = std::get_if<Kind>(&payload)) return *wanted;
  return base::Error{base::Code::code_unknown_kind, "read code", "a genuine code of another kind"};
}

}  // namespace

codes::Issuer own_issuer(const Identity& identity) {
  return codes::Issuer::terminal(identity.certificate.terminal, identity.certificate.generation);
}

base::Result<codes::Payload> read_code(std::string_view text, const Identity& identity, store::JournalThread& journal) {
  if (codes::is_payment(codes::classify(text))) return base::Error{base::Code::code_payment, "read code", "payment"};
  MILLPOND_TRY(const auto code, codes::parse(text, identity.brand));
  MILLPOND_TRY(const auto key, key_of(code.issuer(), identity, journal));
  return codes::verify(code, key, identity.brand);
}

base::Result<codes::MemberCode> read_member_code(std::string_view text, const Identity& identity,
                                                 store::JournalThread& journal) {
  return read_kind<codes::MemberCode>(text, identity, journal);
}

base::Result<codes::CouponCode> read_coupon_code(std::string_view text, const Identity& identity,
                                                 store::JournalThread& journal) {
  return read_kind<codes::CouponCode>(text, identity, journal);
}

}  // namespace millpond::terminal
