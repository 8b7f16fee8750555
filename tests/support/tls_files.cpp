// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_files.h"

#include <cstdio>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>

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
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error{std::string{"TLS files: "} + what};
}

void extend(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension{
      X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

constexpr long day_s = 86'400;

Cert make_certificate(const char* name, int serial, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                      long ends_s = day_s) {
  Cert certificate{X509_new()};
  require(certificate != nullptr, "certificate");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends_s);
  X509_set_pubkey(certificate.get(), key);
  auto* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  auto* const signer = issuer == nullptr ? certificate.get() : issuer;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  extend(certificate.get(), signer, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  if (issuer != nullptr) extend(certificate.get(), signer, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  require(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0, "sign");
  return certificate;
}

template <class Write>
void save(const std::filesystem::path& path, Write write) {
  const File file{std::fopen(path.c_str(), "w")};
  require(file && write(file.get()) == 1, "write");
}

}  // namespace

TlsFiles make_tls_files(const std::filesystem::path& folder, Ends ends) {
  const Key authority_key{EVP_EC_gen("P-256")};
  const Key key{EVP_EC_gen("P-256")};
  require(authority_key && key, "key");
  const auto authority = make_certificate("Test authority", 1, authority_key.get(), nullptr, authority_key.get());
  const auto certificate = make_certificate("Test hub", 2, key.get(), authority.get(), authority_key.get(),
                                            ends == Ends::tomorrow ? day_s : -60);
  const TlsFiles files{folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"};
  save(files.authority, [&](std::FILE* file) { return PEM_write_X509(file, authority.get()); });
  save(files.certificate, [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
  save(files.key,
       [&](std::FILE* file) { return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return files;
}

}  // namespace millpond::tests
