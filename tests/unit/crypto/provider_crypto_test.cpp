// SPDX-License-Identifier: Apache-2.0
// Signatures and boxes that payment providers make. The AES-GCM vector is test case 16 of McGrew and Viega, "The
// Galois/Counter Mode of Operation".
#include "sync/base/base64.h"
#include "sync/crypto/aes_gcm.h"
#include "sync/crypto/rsa.h"
#include "tests/support/provider_keys.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;

TEST_CASE("RSA-SHA256 signatures hold for their text and key only, from a key or a certificate") {
  const tests::ProviderKeys ours;
  const tests::ProviderKeys others;
  const auto key = crypto::RsaPublicKey::read(base::view_of(ours.public_pem()));
  const auto certificate =
      crypto::RsaPublicKey::read(base::view_of(ours.certificate_pem("5157F09EFDC096DE15EBE81A47057A7232F1B8E1")));
  REQUIRE(key);
  REQUIRE(certificate);
  CHECK(key->serial().empty());
  CHECK(certificate->serial() == "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
  const std::string text = "1795000000\nnonce\n{}\n";
  auto signature = *base::from_base64(ours.sign(text));
  CHECK(key->verifies(base::view_of(text), signature));
  CHECK(certificate->verifies(base::view_of(text), signature));
  CHECK_FALSE(key->verifies(base::view_of(text + " "), signature));
  CHECK_FALSE(key->verifies(base::view_of(text), *base::from_base64(others.sign(text))));
  CHECK_FALSE(key->verifies(base::view_of(text), {}));
  signature[7] ^= 1U;
  CHECK_FALSE(key->verifies(base::view_of(text), signature));
}

TEST_CASE("What is no RSA key of 2048 bits or more is refused") {
  const auto code = [](std::string_view pem) { return crypto::RsaPublicKey::read(base::view_of(pem)).error().code; };
  CHECK(code("") == Code::key_unusable);
  CHECK(code("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n") == Code::key_unusable);
  CHECK(code(tests::elliptic_pem()) == Code::key_unusable);
  CHECK(code(tests::ProviderKeys{1'024}.public_pem()) == Code::key_unusable);
}

TEST_CASE("AES-256-GCM opens the published vector, and nothing that was changed") {
  const auto hex = [](const char* text) { return base::from_hex(text).value(); };
  const auto key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const auto nonce = hex("cafebabefacedbaddecaf888");
  const auto place = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto text = hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba637b39");
  const auto box = hex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
      "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
  const auto opened = crypto::open_aes_gcm(key, nonce, place, box);
  REQUIRE(opened);
  CHECK(*opened == text);
  for (std::size_t at = 0; at < box.size(); at += 5) {
    auto changed = box;
    changed[at] ^= 1U;
    CHECK_FALSE(crypto::open_aes_gcm(key, nonce, place, changed));
  }
  CHECK_FALSE(crypto::open_aes_gcm(key, nonce, {}, box));
  CHECK_FALSE(crypto::open_aes_gcm(key, nonce, place, base::ByteView{box}.first(15)));
  CHECK_FALSE(
      crypto::open_aes_gcm(hex("00ffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"), nonce, place, box));
}
