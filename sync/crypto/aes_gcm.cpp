// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/aes_gcm.h"

#include <algorithm>
#include <array>
#include <memory>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace millpond::crypto {

base::Result<base::Bytes> open_aes_gcm(base::ByteView key, base::ByteView nonce, base::ByteView associated,
                                       base::ByteView box) {
  MILLPOND_CHECK(key.size() == aes_gcm_key_bytes && nonce.size() == aes_gcm_nonce_bytes);
  const base::Error refused{base::Code::signature_invalid, "open AES-GCM box", "not made with this key and nonce"};
  if (box.size() < aes_gcm_tag_bytes) return refused;
  const auto hidden = box.first(box.size() - aes_gcm_tag_bytes);
  std::array<std::uint8_t, aes_gcm_tag_bytes> tag{};
  std::copy_n(box.end() - aes_gcm_tag_bytes, aes_gcm_tag_bytes, tag.begin());
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher{EVP_CIPHER_CTX_new(),
                                                                               &EVP_CIPHER_CTX_free};
  base::Bytes text(hidden.size());
  int written = 0;
  std::array<std::uint8_t, aes_gcm_tag_bytes> rest{};
  int ended = 0;
  const bool open =
      cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, associated.data(), static_cast<int>(associated.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), text.data(), &written, hidden.data(), static_cast<int>(hidden.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), rest.data(), &ended) == 1;
  ERR_clear_error();
  if (!open) return refused;
  return text;
}

}  // namespace millpond::crypto
