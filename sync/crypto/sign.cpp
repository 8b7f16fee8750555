// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/sign.h"

#include "sync/base/file.h"
#include "sync/crypto/key_file.h"

#include <algorithm>
#include <sodium.h>

namespace millpond::crypto {
namespace {

base::Bytes to_be_signed(std::string_view context, const base::BrandId& brand, base::ByteView payload) {
  base::Bytes message;
  message.reserve(context.size() + brand.bytes.size() + payload.size());
  base::append(message, base::view_of(context));
  base::append(message, brand.bytes);
  base::append(message, payload);
  return message;
}

template <class Array>
std::optional<Array> array_of(base::ByteView bytes) {
  Array array{};
  if (bytes.size() != array.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

}  // namespace

SigningKey SigningKey::generate() {
  SigningKey key;
  crypto_sign_keypair(key.public_.data(), key.secret_.data());
  return key;
}

SigningKey SigningKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
  SigningKey key;
  crypto_sign_seed_keypair(key.public_.data(), key.secret_.data(), seed.data());
  return key;
}

base::Result<SigningKey> SigningKey::load(const std::filesystem::path& path) {
  MILLPOND_TRY(auto seed, read_key_file(path));
  auto key = from_seed(seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

base::Result<> SigningKey::save(const std::filesystem::path& path) const {
  std::array<std::uint8_t, 32> seed{};
  crypto_sign_ed25519_sk_to_seed(seed.data(), secret_.data());
  auto result = base::write_file(path, seed, base::Privacy::owner);
  sodium_memzero(seed.data(), seed.size());
  return result;
}

SigningKey::SigningKey(SigningKey&& other) noexcept : secret_{other.secret_}, public_{other.public_} {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  if (this != &other) {
    secret_ = other.secret_;
    public_ = other.public_;
    sodium_memzero(other.secret_.data(), other.secret_.size());
  }
  return *this;
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

Signature SigningKey::sign(std::string_view context, const base::BrandId& brand, base::ByteView payload) const {
  const auto message = to_be_signed(context, brand, payload);
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.data());
  return signature;
}

bool verify(const PublicKey& key, std::string_view context, const base::BrandId& brand, base::ByteView payload,
            const Signature& signature) {
  const auto message = to_be_signed(context, brand, payload);
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

std::optional<PublicKey> public_key_of(base::ByteView bytes) { return array_of<PublicKey>(bytes); }
std::optional<Signature> signature_of(base::ByteView bytes) { return array_of<Signature>(bytes); }

}  // namespace millpond::crypto
