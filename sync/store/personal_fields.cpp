// SPDX-License-Identifier: Apache-2.0
#include "sync/store/personal_fields.h"

#include "sync/crypto/hash.h"

namespace millpond::store {
namespace {

// Numbers of derived keys; persisted: never change.
constexpr std::uint64_t fields_key = 1;
constexpr std::uint64_t phones_key = 1;

}  // namespace

PersonalFields::PersonalFields(const crypto::SecretKey& root)
    : fields_{root.derive(crypto::purpose::fields, fields_key)},
      phones_{root.derive(crypto::purpose::phones, phones_key)} {}

std::string PersonalFields::place(std::string_view table, base::ByteView key, std::string_view field) {
  return std::string{table} + "|" + base::to_hex(key) + "|" + std::string{field} + "|1";
}

base::Bytes PersonalFields::encrypt(std::string_view place, base::ByteView text) const {
  return fields_.encrypt(place, text);
}

base::Result<base::Bytes> PersonalFields::decrypt(std::string_view place, base::ByteView box) const {
  return fields_.decrypt(place, box);
}

std::array<std::uint8_t, 16> PersonalFields::phone(base::ByteView key16) const {
  return crypto::keyed_blake2b_16(phones_.bytes(), key16);
}

}  // namespace millpond::store
