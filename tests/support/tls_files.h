// SPDX-License-Identifier: Apache-2.0
// TlsFiles: a certificate authority that exists for one test, and a server's certificate and key signed by it, as PEM
// files in a folder of the test.
#pragma once

#include <cstdint>
#include <filesystem>

namespace millpond::tests {

struct TlsFiles {
  std::filesystem::path authority;    // for ClientOptions::ca_file
  std::filesystem::path certificate;  // for 127.0.0.1 and localhost
  std::filesystem::path key;
};

enum class Ends : std::uint8_t { tomorrow, a_minute_ago };  // of the server's certificate; its authority's is good
// Throws std::runtime_error when OpenSSL cannot.
[[nodiscard]] TlsFiles make_tls_files(const std::filesystem::path& folder, Ends ends = Ends::tomorrow);

}  // namespace millpond::tests
