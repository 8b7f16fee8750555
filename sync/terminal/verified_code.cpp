// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/verified_code.h"

#include "sync/wire/app_card_rows.h"

namespace millpond::terminal {
namespace {

struct IssuerKey {
  crypto::PublicKey key{};
  bool revoked{};
};

base::Error unknown_issuer(const char* why) { return {base::Code::code_unknown_issuer, "read code", why}; }

base::Result<IssuerKey> key_of(codes::Issuer issuer, const Reading& reading) {
  if (issuer == own_issuer(reading.identity)) return IssuerKey{reading.identity.key.public_key()};
  const auto published = reading.journal.published();
  const auto* const found = published->issuer(issuer.value);
  // The directory before what came with the certificate: it says which hub keys were withdrawn.
  const bool by_hub = issuer == codes::Issuer{reading.identity.hub_key.number};
  if (found == nullptr && by_hub) return IssuerKey{reading.identity.hub_key.key};
  if (found == nullptr) return unknown_issuer("not in the issuer directory");
  return IssuerKey{found->key, found->revoked_from_seq != 0};
}

base::Result<bool> told_by_hub(const codes::Payload& payload, store::Replica& replica) {
  if (const auto* coupon = std::get_if<codes::CouponCode>(&payload)) {
    MILLPOND_TRY(const auto row, replica.find_coupon(coupon->coupon));
    return row.has_value();
  }
  const auto* card = std::get_if<codes::MemberCode>(&payload);
  const auto member = card != nullptr ? card->member : std::get<codes::RotatingCode>(payload).card.member;
  MILLPOND_TRY(const auto row, replica.find_member(member));
  return row.has_value();
}

base::Result<> check_card(const codes::Payload& payload, const store::JournalThread& journal) {
  const auto* const card = std::get_if<codes::MemberCode>(&payload);
  const auto* const phone = std::get_if<codes::RotatingCode>(&payload);
  if (card == nullptr && phone == nullptr) return {};
  const auto member = card != nullptr ? card->member : phone->card.member;
  const auto published = journal.published();
  const auto* const row = published->document(wire::app_cards_document(member));
  if (row == nullptr) return {};
  const auto cards = wire::decode_app_cards(*row);
  const bool good = cards && (card != nullptr ? card->issue_day >= cards->cards_from_day
                                              : !wire::withdraws(*cards, phone->card.card_generation, phone->app_key));
  if (good) return {};
  return base::Error{base::Code::code_withdrawn, "read code", "this card was taken back"};
}

template <class Kind>
base::Result<Kind> read_kind(std::string_view text, const Reading& reading) {
  MILLPOND_TRY(const auto code, read_code(text, reading));
  if (const auto* wanted = std::get_if<Kind>(&code.payload)) return *wanted;
  return base::Error{base::Code::code_unknown_kind, "read code", "a genuine code of another kind"};
}

// What a code says whose issuer is unknown here, or revoked.
std::optional<codes::Payload> unchecked(std::string_view text, const Reading& reading) {
  const auto read = read_code(text, reading);
  if (read || read.error().code != base::Code::code_unknown_issuer) return std::nullopt;
  const auto code = codes::parse(text, reading.identity.brand);
  return code ? std::optional{code->payload} : std::nullopt;
}

}  // namespace

codes::Issuer own_issuer(const Identity& identity) {
  return codes::Issuer::terminal(identity.certificate.terminal, identity.certificate.generation);
}

std::optional<base::Code> not_ours(codes::TextKind kind) {
  if (codes::is_payment(kind)) return base::Code::code_payment;
  if (kind == codes::TextKind::platform_voucher) return base::Code::coupon_elsewhere;
  if (kind == codes::TextKind::gs1_coupon) return base::Code::coupon_online_only;
  return std::nullopt;
}

base::Result<ReadCode> read_code(std::string_view text, const Reading& reading) {
  if (codes::is_payment(codes::classify(text))) return base::Error{base::Code::code_payment, "read code", "payment"};
  const auto& brand = reading.identity.brand;
  MILLPOND_TRY(const auto code, codes::parse(text, brand));
  MILLPOND_TRY(const auto issuer, key_of(code.issuer(), reading));
  MILLPOND_TRY(auto payload, codes::verify(code, issuer.key, brand));
  if (issuer.revoked && std::holds_alternative<codes::RotatingCode>(payload)) {
    return base::Error{base::Code::code_withdrawn, "read code", "the hub's key was withdrawn"};
  }
  MILLPOND_TRY_DO(check_card(payload, reading.journal));
  if (!issuer.revoked) return ReadCode{std::move(payload)};
  MILLPOND_TRY(const bool told, told_by_hub(payload, reading.replica));
  if (!told) return unknown_issuer("of a revoked terminal, and the hub has not told of it");
  return ReadCode{std::move(payload), true};
}

base::Result<base::MemberId> member_of(const codes::Payload& payload) {
  if (const auto* rotating = std::get_if<codes::RotatingCode>(&payload)) return rotating->card.member;
  if (const auto* card = std::get_if<codes::MemberCode>(&payload)) return card->member;
  return base::Error{base::Code::code_unknown_kind, "read code", "a genuine code of another kind"};
}

base::Result<codes::MemberCode> read_member_code(std::string_view text, const Reading& reading) {
  return read_kind<codes::MemberCode>(text, reading);
}

std::optional<codes::CouponCode> unchecked_coupon(std::string_view text, const Reading& reading) {
  const auto payload = unchecked(text, reading);
  const auto* const coupon = payload ? std::get_if<codes::CouponCode>(&*payload) : nullptr;
  return coupon == nullptr ? std::nullopt : std::optional{*coupon};
}

std::optional<codes::Payload> unchecked_card(std::string_view text, const Reading& reading) {
  auto payload = unchecked(text, reading);
  return payload && member_of(*payload) ? std::move(payload) : std::nullopt;
}

base::Result<codes::CouponCode> read_coupon_code(std::string_view text, const Reading& reading) {
  if (const auto why = not_ours(codes::classify(text))) return base::Error{*why, "read code", "not a coupon of ours"};
  return read_kind<codes::CouponCode>(text, reading);
}

}  // namespace millpond::terminal
