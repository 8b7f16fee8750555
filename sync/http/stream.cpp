// SPDX-License-Identifier: Apache-2.0
#include "sync/http/stream.h"

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <fstream>
#include <string_view>
#include <vector>

namespace millpond::http {
namespace {

namespace asio = boost::asio;
using base::Code;
using base::Error;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;

constexpr std::string_view alpn_http = "\x08http/1.1";
constexpr std::size_t discard_bytes = 4'096;

// Hands an operation's end over; asio may move it and never copies it.
struct Finish {
  std::unique_ptr<Completion> completion;
  void operator()(const error_code& error, std::size_t bytes) { completion->done(error, bytes); }
  void operator()(const error_code& error) { completion->done(error, 0); }
};

std::vector<asio::const_buffer> buffers_of(std::span<const base::ByteView> from) {
  std::vector<asio::const_buffer> buffers;
  for (const auto& part : from) buffers.emplace_back(part.data(), part.size());
  return buffers;
}

class PlainStream : public Stream {
 public:
  explicit PlainStream(Socket socket) : socket_{std::move(socket)} {}

  void greet(std::unique_ptr<Completion> completion) override {
    asio::post(socket_.get_executor(), [finish = Finish{std::move(completion)}]() mutable { finish(error_code{}, 0); });
  }
  void read_some(std::span<std::uint8_t> into, std::unique_ptr<Completion> completion) override {
    socket_.async_read_some(asio::buffer(into.data(), into.size()), Finish{std::move(completion)});
  }
  void write_some(std::span<const base::ByteView> from, std::unique_ptr<Completion> completion) override {
    socket_.async_write_some(buffers_of(from), Finish{std::move(completion)});
  }
  void discard_some(std::unique_ptr<Completion> completion) override {
    socket_.async_read_some(asio::buffer(discarded_), Finish{std::move(completion)});
  }
  void finish_sending() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  [[nodiscard]] int native_handle() override { return socket_.native_handle(); }

 protected:
  Socket socket_;

 private:
  std::array<std::uint8_t, discard_bytes> discarded_{};
};

class TlsStream final : public PlainStream {
 public:
  TlsStream(Socket socket, asio::ssl::context& context) : PlainStream{std::move(socket)}, tls_{socket_, context} {}

  void greet(std::unique_ptr<Completion> completion) override {
    tls_.async_handshake(asio::ssl::stream_base::server, Finish{std::move(completion)});
  }
  void read_some(std::span<std::uint8_t> into, std::unique_ptr<Completion> completion) override {
    tls_.async_read_some(asio::buffer(into.data(), into.size()), Finish{std::move(completion)});
  }
  void write_some(std::span<const base::ByteView> from, std::unique_ptr<Completion> completion) override {
    tls_.async_write_some(buffers_of(from), Finish{std::move(completion)});
  }

 private:
  asio::ssl::stream<Socket&> tls_;
};

int choose_http(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                unsigned int offered_size, void*) {
  const auto* ours = reinterpret_cast<const unsigned char*>(alpn_http.data());
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, ours, static_cast<unsigned int>(alpn_http.size()), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

class Identity final : public TlsIdentity {
 public:
  base::Result<> load(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    for (const auto& file : {certificate, key}) {
      if (!std::ifstream{file}) return Error{Code::file_unreadable, "read TLS identity", "", file.string()};
    }
    error_code failure;
    context_.use_certificate_chain_file(certificate.string(), failure);
    if (failure) return Error{Code::key_unusable, "read TLS certificate", failure.message(), certificate.string()};
    context_.use_private_key_file(key.string(), asio::ssl::context::pem, failure);
    auto* const native = context_.native_handle();
    if (failure || SSL_CTX_check_private_key(native) != 1) {
      return Error{Code::key_unusable, "read TLS key",
                   failure ? failure.message() : "this key belongs to another certificate", key.string()};
    }
    SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
    SSL_CTX_set_alpn_select_cb(native, choose_http, nullptr);
    return {};
  }
  [[nodiscard]] asio::ssl::context& context() { return context_; }

 private:
  asio::ssl::context context_{asio::ssl::context::tls_server};
};

}  // namespace

base::Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(const std::filesystem::path& certificate,
                                                             const std::filesystem::path& key) {
  try {
    auto identity = std::make_unique<Identity>();
    MILLPOND_TRY_DO(identity->load(certificate, key));
    return std::unique_ptr<TlsIdentity>{std::move(identity)};
  } catch (const std::exception& failure) { return Error{Code::internal, "prepare TLS", failure.what()}; }
}

std::unique_ptr<Stream> make_stream(asio::io_context& io, int family, int descriptor, TlsIdentity* tls) {
  Socket socket{io, Protocol{family, 0}, descriptor};
  if (tls == nullptr) return std::make_unique<PlainStream>(std::move(socket));
  return std::make_unique<TlsStream>(std::move(socket), static_cast<Identity*>(tls)->context());
}

}  // namespace millpond::http
