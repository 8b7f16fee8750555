// SPDX-License-Identifier: Apache-2.0
#include "sync/http/server.h"

#include "sync/http/connection.h"
#include "sync/http/listen.h"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <optional>
#include <thread>
#include <unistd.h>

namespace millpond::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

constexpr std::int64_t stop_grace_ms = 5'000;  // for answers on their way when the server stops
constexpr std::int64_t accept_pause_ms = 50;   // after accept failed for want of descriptors

// The I/O context goes first: what its queued operations hold looks at the rest while it is destroyed.
struct Engine {
  explicit Engine(ServerOptions options, Handler handler) : shared{*io, std::move(options), std::move(handler)} {}
  ~Engine() {
    shared.parked.clear();
    io.reset();
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  std::optional<asio::io_context> io{std::in_place, 1};
  Shared shared;
};

class BeastServer final : public Server {
 public:
  BeastServer(ServerOptions options, Handler handler, const Listener& listener, std::shared_ptr<TlsIdentity> tls)
      : tls_{std::move(tls)},
        engine_{std::move(options), std::move(handler)},
        acceptor_{*engine_.io, Protocol{listener.family, 0}, listener.fd},
        pause_{*engine_.io},
        family_{listener.family},
        port_{listener.port} {
    accept();
    for (std::uint32_t i = 0; i < std::max(1U, shared_.options.workers); ++i) {
      workers_.emplace_back([this] {
        while (auto job = shared_.jobs.pop()) {
          auto& connection = **job;
          connection.handle(std::move(*job));
        }
      });
    }
    io_thread_ = std::thread{[this] {
      engine_.io->run();
      io_done_.set_value();
    }};
  }

  ~BeastServer() override {
    asio::post(*engine_.io, [this] {
      shared_.stopping = true;
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      // A connection that closes leaves the set.
      std::vector<std::shared_ptr<Connection>> open;
      for (auto* connection : shared_.connections) {
        if (auto kept = connection->weak().lock()) open.push_back(std::move(kept));
      }
      for (const auto& connection : open) connection->stop();
    });
    shared_.jobs.close();
    for (auto& worker : workers_) worker.join();
    keep_running_.reset();
    if (io_done_.get_future().wait_for(std::chrono::milliseconds{stop_grace_ms}) != std::future_status::ready) {
      engine_.io->stop();
    }
    io_thread_.join();
    if (!shared_.options.unix_path.empty()) ::unlink(shared_.options.unix_path.c_str());
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

  void wake() override {
    if (wake_posted_.exchange(true)) return;
    asio::post(*engine_.io, [this] {
      wake_posted_ = false;
      if (!shared_.stopping) shared_.wake_all();
    });
  }

  [[nodiscard]] base::Result<> reload_certificate() override {
    const auto& options = shared_.options;
    if (options.certificate.empty()) return base::Error{base::Code::unsupported, "reload certificate", "no TLS here"};
    MILLPOND_TRY(auto loaded, TlsIdentity::load(options.certificate, options.key));
    asio::post(*engine_.io, [this, fresh = std::shared_ptr<TlsIdentity>{std::move(loaded)}] { tls_ = fresh; });
    return {};
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, Protocol::socket socket) {
      if (shared_.stopping) return;
      if (!error) {
        error_code failure;
        const int descriptor = socket.release(failure);
        if (!failure) make_connection(shared_, make_stream(*engine_.io, family_, descriptor, tls_.get()))->start();
        return accept();
      }
      pause_.expires_after(std::chrono::milliseconds{accept_pause_ms});
      pause_.async_wait([this](error_code cancelled) {
        if (!cancelled) accept();
      });
    });
  }

  std::shared_ptr<TlsIdentity> tls_;  // nothing: plain; belongs to the I/O thread
  Engine engine_;
  Shared& shared_{engine_.shared};
  // While a worker has a request, the I/O thread may have nothing to do and must not end.
  asio::executor_work_guard<asio::io_context::executor_type> keep_running_{engine_.io->get_executor()};
  Acceptor acceptor_;
  asio::steady_timer pause_;
  std::atomic<bool> wake_posted_{};
  int family_;
  std::uint16_t port_;
  std::vector<std::thread> workers_;
  std::promise<void> io_done_;
  std::thread io_thread_;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  const bool on_unix = !options.unix_path.empty();
  const bool encrypted = !options.certificate.empty() || !options.key.empty();
  std::unique_ptr<TlsIdentity> tls;
  if (encrypted) { MILLPOND_TRY(tls, TlsIdentity::load(options.certificate, options.key)); }
  MILLPOND_TRY(const auto listener,
               on_unix ? listen_unix(options.unix_path)
                       : listen_tcp(options.address, options.port, encrypted ? Traffic::tls : Traffic::plain));
  try {
    return std::unique_ptr<Server>{
        std::make_unique<BeastServer>(std::move(options), std::move(handler), listener, std::move(tls))};
  } catch (const std::exception& failure) {
    return base::Error{base::Code::internal, "start HTTP server", failure.what()};
  }
}

}  // namespace millpond::http
