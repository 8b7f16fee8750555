// SPDX-License-Identifier: Apache-2.0
#include "sync/crypto/tls_certificate.h"

#include "sync/crypto/hash.h"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

using namespace millpond;

TEST_CASE("A certificate of its own is whole: its key, its name, its days, and it vouches for itself") {
  REQUIRE(crypto::start());
  constexpr std::int64_t now_s = 1'795'000'000;
  const auto made = crypto::make_tls_certificate("millpond-terminal", now_s, 10);
  REQUIRE(made);
  const std::unique_ptr<BIO, decltype(&BIO_free)> text{BIO_new_mem_buf(made->certificate_pem.data(), -1), BIO_free};
  const std::unique_ptr<X509, decltype(&X509_free)> certificate{
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free};
  const std::unique_ptr<BIO, decltype(&BIO_free)> key_text{BIO_new_mem_buf(made->key_pem.data(), -1), BIO_free};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
  REQUIRE(certificate);
  REQUIRE(key);
  CHECK(X509_check_private_key(certificate.get(), key.get()) == 1);
  CHECK(X509_verify(certificate.get(), key.get()) == 1);
  CHECK(X509_check_host(certificate.get(), "millpond-terminal", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(certificate.get(), "another", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0) == 1);
  auto at = static_cast<time_t>(now_s + 9 * 86'400);
  CHECK(X509_cmp_time(X509_get0_notAfter(certificate.get()), &at) > 0);
  at = static_cast<time_t>(now_s + 11 * 86'400);
  CHECK(X509_cmp_time(X509_get0_notAfter(certificate.get()), &at) < 0);

  const auto fingerprint = crypto::tls_fingerprint(made->certificate_pem);
  REQUIRE(fingerprint);
  CHECK(fingerprint->size() == 64);
  CHECK(*fingerprint !=
        *crypto::tls_fingerprint(crypto::make_tls_certificate("millpond-terminal", now_s, 10)->certificate_pem));
  CHECK(crypto::tls_fingerprint(made->key_pem).error().code == base::Code::key_unusable);
  CHECK(crypto::tls_fingerprint("").error().code == base::Code::key_unusable);
}
