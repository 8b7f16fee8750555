// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/pairing.h"

#include "hardware/till/strict_json.h"
#include "sync/crypto/hash.h"

#include <algorithm>

namespace millpond::till {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t nonce_digits_min = 32;
constexpr std::size_t nonce_digits_max = 128;
constexpr std::size_t fingerprint_digits = 24;
constexpr std::size_t group_digits = 4;

bool is_hexadecimal(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string pairing_fingerprint(std::string_view certificate_fingerprint, std::string_view nonce) {
  std::string of{"millpond till pairing 1\n"};
  of.append(certificate_fingerprint).append("\n").append(nonce).append("\n");
  const auto digits = base::to_hex(crypto::sha256(base::view_of(of))).substr(0, fingerprint_digits);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); i += group_digits) {
    grouped += (grouped.empty() ? "" : " ") + digits.substr(i, group_digits);
  }
  return grouped;
}

Result<std::string> parse_pairing(base::ByteView json) {
  std::string nonce;
  StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    nonce = object.text("nonce", nonce_digits_min, nonce_digits_max);
    if (!is_hexadecimal(nonce)) object.misfit("nonce", "must be small hexadecimal digits");
  });
  if (misfit) return Error{Code::bad_input, "read pairing", misfit->what, misfit->pointer};
  return nonce;
}

void Pairing::forget_old() {
  if (state_ == State::closed || clock_.monotonic_ms() < until_ms_) return;
  state_ = State::closed;
  nonce_.clear();
  key_.reset();
}

void Pairing::open(const std::string& till) {
  const std::lock_guard lock{mutex_};
  state_ = State::open;
  till_ = till;
  nonce_.clear();
  key_.reset();
  until_ms_ = clock_.monotonic_ms() + pairing_open_ms;
}

void Pairing::close() {
  const std::lock_guard lock{mutex_};
  until_ms_ = 0;
  forget_old();
}

Pairing::Standing Pairing::standing() {
  const std::lock_guard lock{mutex_};
  forget_old();
  Standing standing{state_, till_, {}};
  if (state_ == State::asked || state_ == State::paired) {
    standing.fingerprint = pairing_fingerprint(certificate_, nonce_);
  }
  return standing;
}

Result<> Pairing::confirm(const std::string& fingerprint, Key key) {
  const std::lock_guard lock{mutex_};
  forget_old();
  if (state_ == State::paired) return Error{Code::already_exists, "pair till", "this till has its key"};
  if (state_ != State::asked || fingerprint != pairing_fingerprint(certificate_, nonce_)) {
    return Error{Code::not_found, "pair till", "no till asks with this fingerprint"};
  }
  state_ = State::paired;
  key_ = std::move(key);
  return {};
}

Result<std::optional<Key>> Pairing::ask(const std::string& nonce) {
  const std::lock_guard lock{mutex_};
  forget_old();
  const Error nobody{Code::not_found, "pair till", "no pairing is open at this terminal"};
  if (state_ == State::closed || state_ == State::disturbed) return nobody;
  if (state_ == State::open) {
    state_ = State::asked;
    nonce_ = nonce;
    return std::optional<Key>{};
  }
  if (nonce_ == nonce) return key_;
  // Who asks second may be the right one. Once somebody has compared, a stranger cannot undo it.
  if (state_ == State::asked) {
    state_ = State::disturbed;
    nonce_.clear();
  }
  return nobody;
}

}  // namespace millpond::till
