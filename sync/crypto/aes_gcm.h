// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM as payment providers encrypt the inside of their notices. Only to read what others wrote; our own fields
// are encrypted by SecretKey. libsodium has it on some processors only, hence OpenSSL. Pure; any thread.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

namespace millpond::crypto {

inline constexpr std::size_t aes_gcm_key_bytes = 32;
inline constexpr std::size_t aes_gcm_nonce_bytes = 12;
inline constexpr std::size_t aes_gcm_tag_bytes = 16;

// The text of a box, which ends in its tag; sizes of key and nonce as above, else our own mistake. Error:
// signature_invalid (another key, nonce or place, changed, or shorter than a tag).
[[nodiscard]] base::Result<base::Bytes> open_aes_gcm(base::ByteView key, base::ByteView nonce,
                                                     base::ByteView associated, base::ByteView box);

}  // namespace millpond::crypto
