// SPDX-License-Identifier: Apache-2.0
#include "tests/support/provider_keys.h"

#include "sync/base/base64.h"

#include <array>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace millpond::tests {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error{std::string{"provider keys: "} + what};
}

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, Freed<BIO_free_all>> bio{BIO_new(BIO_s_mem())};
  require(bio && write(bio.get()) == 1, "write");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

struct ProviderKeys::State {
  Key key;
};

ProviderKeys::ProviderKeys(int bits)
    : state_{std::make_unique<State>(State{Key{EVP_RSA_gen(static_cast<unsigned int>(bits))}})} {
  require(state_->key != nullptr, "key");
}
ProviderKeys::~ProviderKeys() = default;

std::string ProviderKeys::public_pem() const {
  return written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, state_->key.get()); });
}

std::string ProviderKeys::certificate_pem(std::string_view serial_hex) const {
  const std::unique_ptr<X509, Freed<X509_free>> certificate{X509_new()};
  BIGNUM* number = nullptr;
  require(certificate && BN_hex2bn(&number, std::string{serial_hex}.c_str()) > 0, "serial");
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), state_->key.get());
  require(X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) > 0, "certificate");
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

std::string ProviderKeys::sign(std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> digest{EVP_MD_CTX_new()};
  const auto* const data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  require(EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
              EVP_DigestSign(digest.get(), nullptr, &size, data, text.size()) == 1,
          "sign");
  base::Bytes signature(size);
  require(EVP_DigestSign(digest.get(), signature.data(), &size, data, text.size()) == 1, "sign");
  signature.resize(size);
  return base::to_base64(signature);
}

base::Bytes seal_aes_gcm(base::ByteView key, std::string_view nonce, std::string_view associated,
                         std::string_view text) {
  const std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>> cipher{EVP_CIPHER_CTX_new()};
  const auto* const place = reinterpret_cast<const unsigned char*>(associated.data());
  const auto* const in = reinterpret_cast<const unsigned char*>(text.data());
  std::array<unsigned char, 16> tag{};
  base::Bytes box(text.size());
  int written_bytes = 0;
  require(
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(),
                         reinterpret_cast<const unsigned char*>(nonce.data())) == 1 &&
          EVP_EncryptUpdate(cipher.get(), nullptr, &written_bytes, place, static_cast<int>(associated.size())) == 1 &&
          EVP_EncryptUpdate(cipher.get(), box.data(), &written_bytes, in, static_cast<int>(text.size())) == 1 &&
          EVP_EncryptFinal_ex(cipher.get(), box.data() + written_bytes, &written_bytes) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1,
      "seal");
  box.insert(box.end(), tag.begin(), tag.end());
  return box;
}

std::string elliptic_pem() {
  const Key key{EVP_EC_gen("P-256")};
  require(key != nullptr, "key");
  return written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); });
}

}  // namespace millpond::tests
