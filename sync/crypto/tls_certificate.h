// SPDX-License-Identifier: Apache-2.0
// A machine's own TLS certificate: signed by itself, so that nobody vouches for it but a person who compares its
// fingerprint. Not the certificates of terminals and hubs (wire/certificate.h). Any thread.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace millpond::crypto {

struct TlsCertificate {
  std::string certificate_pem;
  std::string key_pem;  // secret
};

// Good from a day before now_s (Unix time) for days, for a DNS name and 127.0.0.1. P-256, for any TLS stack. Errors:
// internal.
[[nodiscard]] base::Result<TlsCertificate> make_tls_certificate(const std::string& dns_name, std::int64_t now_s,
                                                                int days);

// SHA-256 of the first certificate in the PEM, of its DER form: 64 small hexadecimal digits, as every TLS library and
// browser shows it. Error: key_unusable.
[[nodiscard]] base::Result<std::string> tls_fingerprint(std::string_view certificate_pem);

}  // namespace millpond::crypto
