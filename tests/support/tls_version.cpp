// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_version.h"

#include <arpa/inet.h>
#include <memory>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace millpond::tests {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Line = std::unique_ptr<SSL, decltype(&SSL_free)>;

Context context_of(const SSL_METHOD* method, TlsVersion version) {
  Context context{SSL_CTX_new(method), &SSL_CTX_free};
  if (!context) throw std::runtime_error{"no TLS context"};
  const int wanted = version == TlsVersion::tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(context.get(), wanted);
  SSL_CTX_set_max_proto_version(context.get(), wanted);
  return context;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

bool lets_in(std::uint16_t port, TlsVersion version) {
  const auto context = context_of(TLS_client_method(), version);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    throw std::runtime_error{"nobody listens"};
  }
  bool done = false;
  {
    const Line line{SSL_new(context.get()), &SSL_free};
    SSL_set_fd(line.get(), fd);
    done = SSL_connect(line.get()) == 1;
  }
  ::close(fd);
  return done;
}

OneVersionServer::OneVersionServer(const TlsFiles& files, TlsVersion version)
    : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd_, 8) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error{"cannot listen"};
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this, files, version] { serve(files, version); }};
}

OneVersionServer::~OneVersionServer() {
  ::shutdown(fd_, SHUT_RDWR);  // ends accept()
  thread_.join();
  ::close(fd_);
}

void OneVersionServer::serve(const TlsFiles& files, TlsVersion version) {
  const auto context = context_of(TLS_server_method(), version);
  SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
  for (;;) {
    const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    {
      const Line line{SSL_new(context.get()), &SSL_free};
      SSL_set_fd(line.get(), peer);
      if (SSL_accept(line.get()) == 1) ++handshakes_;
    }
    ::close(peer);
  }
}

}  // namespace millpond::tests
