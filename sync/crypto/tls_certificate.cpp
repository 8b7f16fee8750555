// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/tls_certificate.h"

#include "sync/base/bytes.h"
#include "sync/crypto/hash.h"

#include <array>
#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace millpond::crypto {
namespace {

using base::Code;
using base::Error;
using base::Result;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Buffer = std::unique_ptr<BIO, Freed<BIO_free>>;

constexpr int x509_v3 = 2;
constexpr std::int64_t day_s = 86'400;

std::string text_of(BIO* buffer) {
  char* begin = nullptr;
  const auto size = BIO_get_mem_data(buffer, &begin);
  return {begin, static_cast<std::size_t>(size)};
}

bool extend(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension{
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// Its own authority: a till that trusts this certificate trusts this one only.
bool fill(X509* certificate, EVP_PKEY* key, const std::string& dns_name, std::int64_t now_s, int days) {
  std::array<std::uint8_t, 8> serial{};
  system_rng().fill(serial);
  std::uint64_t number = 0;
  for (const auto byte : serial) number = number << 8 | byte;
  auto* const subject = X509_get_subject_name(certificate);
  const auto* const name = reinterpret_cast<const unsigned char*>(dns_name.c_str());
  return X509_set_version(certificate, x509_v3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1 | 1) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), now_s - day_s) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), now_s + days * day_s) != nullptr &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         extend(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
         extend(certificate, NID_subject_alt_name, "DNS:" + dns_name + ",IP:127.0.0.1") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

Result<TlsCertificate> make_tls_certificate(const std::string& dns_name, std::int64_t now_s, int days) {
  const Error failed{Code::internal, "make TLS certificate", "OpenSSL refuses"};
  const Key key{EVP_EC_gen("P-256")};
  const Certificate certificate{X509_new()};
  const Buffer certificate_text{BIO_new(BIO_s_mem())};
  const Buffer key_text{BIO_new(BIO_s_mem())};
  if (!key || !certificate || !certificate_text || !key_text) return failed;
  const bool made = fill(certificate.get(), key.get(), dns_name, now_s, days) &&
                    PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1 &&
                    PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!made) return failed;
  return TlsCertificate{text_of(certificate_text.get()), text_of(key_text.get())};
}

Result<std::string> tls_fingerprint(std::string_view certificate_pem) {
  const Error unusable{Code::key_unusable, "read TLS certificate", "no certificate in PEM form"};
  const Buffer text{BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size()))};
  if (!text) return unusable;
  const Certificate certificate{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)};
  if (!certificate) return unusable;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) return unusable;
  return base::to_hex({digest.data(), size});
}

}  // namespace millpond::crypto
