// SPDX-License-Identifier: Apache-2.0
// Stream: the bytes of one connection, plain or through TLS, behind one type, so that the reading of requests is
// compiled once. Private to this room. Belongs to the I/O thread; nothing blocks and nothing is durable. At most one
// read and one write are under way at once; each operation's end is told on the I/O thread, never from inside the call.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace boost::system {
class error_code;
}
namespace boost::asio {
class io_context;
}

namespace millpond::http {

class Completion {
 public:
  virtual ~Completion() = default;
  virtual void done(const boost::system::error_code& error, std::size_t bytes) = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;
  // Before the first read; done at once for a plain one.
  virtual void greet(std::unique_ptr<Completion> completion) = 0;
  virtual void read_some(std::span<std::uint8_t> into, std::unique_ptr<Completion> completion) = 0;
  virtual void write_some(std::span<const base::ByteView> from, std::unique_ptr<Completion> completion) = 0;
  // Reads below TLS and throws away, after finish_sending().
  virtual void discard_some(std::unique_ptr<Completion> completion) = 0;
  virtual void finish_sending() = 0;
  virtual void cancel() = 0;  // what is under way ends with an error
  virtual void close() = 0;
  [[nodiscard]] virtual int native_handle() = 0;
};

// What a server shows of itself, read once.
class TlsIdentity {
 public:
  // PEM files; the certificate's own chain follows it. TLS 1.3 and nothing older: who cannot is not served; ALPN
  // http/1.1. Errors: file_unreadable, permission_denied, key_unusable (not a key, or of another certificate).
  [[nodiscard]] static base::Result<std::unique_ptr<TlsIdentity>> load(const std::filesystem::path& certificate,
                                                                       const std::filesystem::path& key);
  virtual ~TlsIdentity() = default;
};

// Takes the accepted descriptor. tls: nothing for a plain stream; the stream keeps what it needs of it.
[[nodiscard]] std::unique_ptr<Stream> make_stream(boost::asio::io_context& io, int family, int descriptor,
                                                  TlsIdentity* tls);

}  // namespace millpond::http
