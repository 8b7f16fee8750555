// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/rsa.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace millpond::crypto {
namespace {

constexpr int bits_min = 2'048;
constexpr int bits_max = 8'192;  // checking with a longer one costs more than a stranger's request may

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* what) const { release(what); }
};
void release_bio(BIO* bio) { BIO_free(bio); }
using Bio = std::unique_ptr<BIO, Release<BIO, release_bio>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509, X509_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BIGNUM, BN_free>>;

Bio bio_of(base::ByteView bytes) { return Bio{BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))}; }

std::string serial_of(const X509* certificate) {
  const Number number{ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr)};
  if (!number) return {};
  char* const hex = BN_bn2hex(number.get());
  std::string text = hex == nullptr ? "" : hex;
  OPENSSL_free(hex);
  return text;
}

}  // namespace

struct RsaPublicKey::State {
  Key key;
};

base::Result<RsaPublicKey> RsaPublicKey::read(base::ByteView pem) {
  RsaPublicKey read;
  Key key;
  if (const Certificate certificate{PEM_read_bio_X509(bio_of(pem).get(), nullptr, nullptr, nullptr)}; certificate) {
    read.serial_ = serial_of(certificate.get());
    key.reset(X509_get_pubkey(certificate.get()));
  } else {
    key.reset(PEM_read_bio_PUBKEY(bio_of(pem).get(), nullptr, nullptr, nullptr));
  }
  ERR_clear_error();
  const bool good = key && EVP_PKEY_base_id(key.get()) == EVP_PKEY_RSA && EVP_PKEY_bits(key.get()) >= bits_min &&
                    EVP_PKEY_bits(key.get()) <= bits_max;
  if (!good) {
    return base::Error{base::Code::key_unusable, "read public key",
                       "not the PEM of an RSA public key or certificate of 2048 to 8192 bits"};
  }
  read.state_ = std::make_shared<const State>(State{std::move(key)});
  return read;
}

bool RsaPublicKey::verifies(base::ByteView message, base::ByteView signature) const {
  const Digest digest{EVP_MD_CTX_new()};
  const bool holds =
      digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
      EVP_DigestVerify(digest.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  ERR_clear_error();
  return holds;
}

}  // namespace millpond::crypto
