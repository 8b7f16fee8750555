// SPDX-License-Identifier: Apache-2.0
// Ends of a TLS line that speak one version only, for asking a server or a client what it refuses.
#pragma once

#include "tests/support/tls_files.h"

#include <atomic>
#include <cstdint>
#include <thread>

namespace millpond::tests {

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

// Whether a server on loopback shakes hands with a client that offers this version only. Trusts any certificate.
[[nodiscard]] bool lets_in(std::uint16_t port, TlsVersion version);

// A server that offers one version, and closes after the handshake.
class OneVersionServer {
 public:
  OneVersionServer(const TlsFiles& files, TlsVersion version);
  ~OneVersionServer();
  OneVersionServer(const OneVersionServer&) = delete;
  OneVersionServer& operator=(const OneVersionServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int handshakes() const { return handshakes_; }  // that were finished

 private:
  void serve(const TlsFiles& files, TlsVersion version);

  int fd_;
  std::uint16_t port_{};
  std::atomic<int> handshakes_{};
  std::thread thread_;
};

}  // namespace millpond::tests
