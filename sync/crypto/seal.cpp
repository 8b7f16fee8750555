// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/seal.h"

#include "sync/base/file.h"
#include "sync/crypto/key_file.h"

#include <sodium.h>

namespace millpond::crypto {

base::Bytes seal(const SealingPublicKey& receiver, base::ByteView message) {
  base::Bytes box(message.size() + crypto_box_SEALBYTES);
  crypto_box_seal(box.data(), message.data(), message.size(), receiver.data());
  return box;
}

base::Result<SealingPublicKey> sealing_key_of(const PublicKey& signing) {
  SealingPublicKey sealing{};
  if (crypto_sign_ed25519_pk_to_curve25519(sealing.data(), signing.data()) == 0) return sealing;
  return base::Error{base::Code::key_unusable, "seal for a signing key", "no point of the curve"};
}

OpeningKey SigningKey::opening_key() const {
  OpeningKey key;
  crypto_sign_ed25519_sk_to_curve25519(key.secret_.data(), secret_.data());
  crypto_scalarmult_base(key.public_.data(), key.secret_.data());
  return key;
}

OpeningKey OpeningKey::generate() {
  OpeningKey key;
  crypto_box_keypair(key.public_.data(), key.secret_.data());
  return key;
}

base::Result<OpeningKey> OpeningKey::load(const std::filesystem::path& path) {
  MILLPOND_TRY(auto content, read_key_file(path));
  OpeningKey key;
  key.secret_ = content;
  crypto_scalarmult_base(key.public_.data(), key.secret_.data());
  sodium_memzero(content.data(), content.size());
  return key;
}

base::Result<> OpeningKey::save(const std::filesystem::path& path) const {
  return base::write_file(path, secret_, base::Privacy::owner);
}

OpeningKey::OpeningKey(OpeningKey&& other) noexcept : secret_{other.secret_}, public_{other.public_} {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

OpeningKey& OpeningKey::operator=(OpeningKey&& other) noexcept {
  if (this != &other) {
    secret_ = other.secret_;
    public_ = other.public_;
    sodium_memzero(other.secret_.data(), other.secret_.size());
  }
  return *this;
}

OpeningKey::~OpeningKey() { sodium_memzero(secret_.data(), secret_.size()); }

base::Result<base::Bytes> OpeningKey::open(base::ByteView box) const {
  if (box.size() < crypto_box_SEALBYTES) {
    return base::Error{base::Code::signature_invalid, "open sealed box", "too short"};
  }
  base::Bytes message(box.size() - crypto_box_SEALBYTES);
  if (crypto_box_seal_open(message.data(), box.data(), box.size(), public_.data(), secret_.data()) != 0) {
    return base::Error{base::Code::signature_invalid, "open sealed box", "not sealed for this key, or changed"};
  }
  return message;
}

}  // namespace millpond::crypto
