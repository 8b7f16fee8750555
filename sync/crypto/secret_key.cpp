// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/secret_key.h"

#include "sync/base/file.h"
#include "sync/crypto/key_file.h"

#include <sodium.h>

namespace millpond::crypto {
namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(SecretKey::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(SecretKey::size == crypto_kdf_KEYBYTES);

}  // namespace

SecretKey SecretKey::generate() {
  SecretKey key;
  randombytes_buf(key.bytes_.data(), key.bytes_.size());
  return key;
}

SecretKey SecretKey::of(const std::array<std::uint8_t, size>& bytes) {
  SecretKey key;
  key.bytes_ = bytes;
  return key;
}

base::Result<SecretKey> SecretKey::load(const std::filesystem::path& path) {
  MILLPOND_TRY(auto content, read_key_file(path));
  auto key = of(content);
  sodium_memzero(content.data(), content.size());
  return key;
}

base::Result<> SecretKey::save(const std::filesystem::path& path) const {
  return base::write_file(path, bytes_, base::Privacy::owner);
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_{other.bytes_} {
  sodium_memzero(other.bytes_.data(), other.bytes_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    sodium_memzero(other.bytes_.data(), other.bytes_.size());
  }
  return *this;
}

SecretKey::~SecretKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

SecretKey SecretKey::derive(std::string_view purpose, std::uint64_t number) const {
  MILLPOND_CHECK(purpose.size() == crypto_kdf_CONTEXTBYTES);
  SecretKey key;
  crypto_kdf_derive_from_key(key.bytes_.data(), key.bytes_.size(), number, purpose.data(), bytes_.data());
  return key;
}

base::Bytes SecretKey::encrypt(std::string_view place, base::ByteView text) const {
  base::Bytes box(nonce_bytes + text.size() + tag_bytes);
  randombytes_buf(box.data(), nonce_bytes);
  const auto extra = base::view_of(place);
  crypto_aead_xchacha20poly1305_ietf_encrypt(box.data() + nonce_bytes, nullptr, text.data(), text.size(), extra.data(),
                                             extra.size(), nullptr, box.data(), bytes_.data());
  return box;
}

base::Result<base::Bytes> SecretKey::decrypt(std::string_view place, base::ByteView box) const {
  const auto refusal = [](const char* why) { return base::Error{base::Code::signature_invalid, "decrypt field", why}; };
  if (box.size() < nonce_bytes + tag_bytes) return refusal("too short");
  base::Bytes text(box.size() - nonce_bytes - tag_bytes);
  const auto extra = base::view_of(place);
  const auto rest = box.subspan(nonce_bytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(text.data(), nullptr, nullptr, rest.data(), rest.size(), extra.data(),
                                                 extra.size(), box.data(), bytes_.data()) != 0) {
    return refusal("another key or place, or changed");
  }
  return text;
}

}  // namespace millpond::crypto
