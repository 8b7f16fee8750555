// SPDX-License-Identifier: Apache-2.0
// The only file that includes Boost: Beast takes about a minute to compile.
#include "sync/http/server.h"

#include "sync/base/queue.h"
#include "sync/base/rng.h"
#include "sync/http/listen.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <future>
#include <netinet/tcp.h>
#include <optional>
#include <random>
#include <thread>
#include <unistd.h>
#include <unordered_set>

namespace millpond::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace parse = boost::beast::http;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

constexpr std::size_t body_step_bytes = 64U << 10;
constexpr std::int64_t linger_ms = 2'000;      // how long an answer may wait for a peer that still sends its body
constexpr std::int64_t stop_grace_ms = 5'000;  // for answers on their way when the server stops
constexpr std::int64_t accept_pause_ms = 50;   // after accept failed for want of descriptors

class Connection;

// What connections share. Everything but `jobs` and `handler` belongs to the I/O thread.
struct Shared {
  Shared(ServerOptions chosen, Handler called)
      : options{std::move(chosen)},
        handler{std::move(called)},
        jobs{std::size_t{options.workers} + options.waiting_max, base::Overflow::refuse},
        jitter{std::random_device{}()} {}

  ServerOptions options;
  Handler handler;
  base::Queue<std::shared_ptr<Connection>> jobs;
  base::SeededRng jitter;
  std::unordered_set<Connection*> connections;
  std::size_t requests = 0;    // admitted: waiting for their body, a worker, or their answer to leave
  std::size_t body_bytes = 0;  // promised to admitted requests
  bool stopping = false;
  asio::io_context io{1};  // last member: destroyed first, while handlers it holds may still look at the others
};

Response refusal(int status, std::string_view code, std::string_view detail) {
  std::string json = R"({"code":")";
  json.append(code).append(R"(","detail":")").append(detail).append("\"}");
  return json_response(status, json);
}

// One connection: reads a request, hands it to a worker, writes the answer, and again. Runs on the I/O thread; only
// run_handler() runs on a worker, while the I/O thread leaves request_ alone.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, Protocol::socket socket)
      : shared_{shared}, socket_{std::move(socket)}, timer_{shared.io}, peer_{peer_name(socket_.native_handle())} {
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    buffer_.max_size(shared_.options.header_bytes_max + body_step_bytes);
    buffer_.reserve(std::min<std::size_t>(shared_.options.header_bytes_max, 8U << 10));
    shared_.connections.insert(this);
  }
  ~Connection() {
    release();
    shared_.connections.erase(this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() {
    if (shared_.connections.size() > shared_.options.connections_max) { return refuse_busy("too many connections"); }
    wait_for_request();
  }

  // The server stops: nothing more is read, an answer on its way still leaves.
  void stop() {
    if (may_cut_) close();
  }

  // Gives its reference away with the answer, so that a connection always ends on the I/O thread.
  static void run_handler(std::shared_ptr<Connection> self) {
    Response response;
    try {
      response = self->shared_.handler(self->request_);
    } catch (const std::exception&) { response = refusal(500, "internal", "the handler failed"); } catch (...) {
      response = refusal(500, "internal", "the handler failed");
    }
    auto& io = self->shared_.io;
    asio::post(io, [self = std::move(self), response = std::move(response)]() mutable {
      self->write(std::move(response), self->keep_alive_);
    });
  }

 private:
  void wait_for_request() {
    if (shared_.stopping) return close();
    request_ = {};
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.header_bytes_max));
    parser_->body_limit(boost::none);  // decided in on_header(), which knows more
    may_cut_ = true;
    if (buffer_.size() > 0) return read_header();
    arm(shared_.options.idle_timeout_ms);
    socket_.async_read_some(buffer_.prepare(buffer_.capacity()),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (error) return self->close();
                              self->buffer_.commit(size);
                              self->read_header();
                            });
  }

  void read_header() {
    arm(shared_.options.read_timeout_ms);
    parse::async_read_header(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->on_read_error(error);
      self->on_header();
    });
  }

  void on_header() {
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    request_.method = std::string{message.method_string()};
    request_.target = std::string{message.target()};
    request_.peer = peer_;
    for (const auto& field : message) request_.headers.emplace_back(field.name_string(), field.value());

    const auto& options = shared_.options;
    const auto length = parser_->content_length().value_or(0);
    if (length > options.body_bytes_max) return refuse_size();
    const auto promised = parser_->chunked() ? options.body_bytes_max : static_cast<std::size_t>(length);
    if (shared_.requests >= std::size_t{options.workers} + options.waiting_max ||
        shared_.body_bytes + promised > options.bodies_bytes_max) {
      return refuse_busy("all workers are busy");
    }
    admit(promised);
    if (message[parse::field::expect] == "100-continue" && (length > 0 || parser_->chunked())) return send_continue();
    read_body();
  }

  void send_continue() {
    static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(text.data(), text.size()),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error) return self->close();
                        self->read_body();
                      });
  }

  void read_body() {
    if (parser_->chunked()) return read_chunked_body();
    body_bytes_ = static_cast<std::size_t>(parser_->content_length().value_or(0));
    const auto have = std::min(body_bytes_, buffer_.size());
    const auto* bytes = static_cast<const std::uint8_t*>(buffer_.data().data());
    request_.body.assign(bytes, bytes + have);
    buffer_.consume(have);
    read_plain_body();
  }

  // Past the parser, straight into the body: six times the throughput of small parser reads. Memory grows with what has
  // arrived, so that a peer pays for what it makes us hold.
  void read_plain_body() {
    const auto have = request_.body.size();
    if (have == body_bytes_) return dispatch();
    const auto step = std::min(body_bytes_ - have, std::max(have, body_step_bytes));
    request_.body.resize(have + step);
    asio::async_read(socket_, asio::buffer(request_.body.data() + have, step),
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (error) return self->on_read_error(error);
                       self->read_plain_body();
                     });
  }

  void read_chunked_body() {
    chunked_.emplace(std::move(*parser_));
    chunked_->body_limit(shared_.options.body_bytes_max);
    parse::async_read(socket_, buffer_, *chunked_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error == parse::error::body_limit) return self->refuse_size();
      if (error) return self->on_read_error(error);
      self->request_.body = std::move(self->chunked_->get().body());
      self->chunked_.reset();
      self->dispatch();
    });
  }

  void dispatch() {
    may_cut_ = false;
    disarm();
    if (!shared_.jobs.push(shared_from_this())) refuse_busy("the server is stopping");
  }

  void on_read_error(error_code error) {
    if (timed_out_) return write_and_close(refusal(408, "timeout", "the request took too long"));
    if (error == parse::error::header_limit || error == parse::error::buffer_overflow) {
      return write_and_close(refusal(431, "too_large", "the request's header is too large"));
    }
    if (error == parse::error::end_of_stream || error == parse::error::partial_message ||
        error.category() != parse::make_error_code(parse::error::bad_version).category()) {
      return close();
    }
    write_and_close(refusal(400, "bad_input", "this is not an HTTP request"));
  }

  void refuse_size() {
    write_and_close(
        refusal(413, "too_large", "a body holds at most " + std::to_string(shared_.options.body_bytes_max) + " bytes"));
  }

  void refuse_busy(std::string_view detail) {
    auto response = refusal(503, "overloaded", detail);
    // Spread out, so that the refused do not all come back in the same second.
    response.headers.emplace_back("Retry-After", std::to_string(1 + shared_.jitter.below(5)));
    write_and_close(std::move(response));
  }

  void write_and_close(Response response) { write(std::move(response), false); }

  void write(Response response, bool keep_alive) {
    may_cut_ = false;
    keep_alive_ = keep_alive && !shared_.stopping;
    answer_.emplace(static_cast<parse::status>(response.status), 11);
    answer_->set(parse::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) answer_->set(name, value);
    answer_->keep_alive(keep_alive_);
    answer_->content_length(response.body.size());
    if (request_.method != "HEAD") answer_->body() = std::move(response.body);
    arm(shared_.options.read_timeout_ms);
    parse::async_write(socket_, *answer_, [self = shared_from_this()](error_code error, std::size_t) {
      self->answer_.reset();
      self->release();
      if (error) return self->close();
      if (self->keep_alive_) return self->wait_for_request();
      self->linger();
    });
  }

  // Closing while the peer still sends would reset the line and destroy the answer before it is read.
  void linger() {
    if (shared_.stopping) return close();
    may_cut_ = true;
    error_code ignored;
    socket_.shutdown(Protocol::socket::shutdown_send, ignored);
    arm(linger_ms);
    buffer_.consume(buffer_.size());
    discard();
  }

  void discard() {
    socket_.async_read_some(buffer_.prepare(buffer_.capacity()),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->close();
                              self->discard();
                            });
  }

  void close() {
    may_cut_ = false;
    disarm();
    release();
    error_code ignored;
    socket_.close(ignored);
  }

  void admit(std::size_t bytes) {
    admitted_bytes_ = bytes;
    shared_.requests += 1;
    shared_.body_bytes += bytes;
  }

  void release() {
    if (!admitted_bytes_) return;
    shared_.requests -= 1;
    shared_.body_bytes -= *admitted_bytes_;
    admitted_bytes_.reset();
  }

  // One deadline at a time. A handler of an older one may already be queued; the counter tells it apart.
  void arm(std::int64_t wait_ms) {
    const auto turn = ++deadline_turn_;
    timed_out_ = false;
    timer_.expires_after(std::chrono::milliseconds{wait_ms});
    timer_.async_wait([weak = weak_from_this(), turn](error_code error) {
      const auto self = weak.lock();
      if (error || !self || self->deadline_turn_ != turn) return;
      self->timed_out_ = true;
      error_code ignored;
      self->socket_.cancel(ignored);
    });
  }

  void disarm() {
    ++deadline_turn_;
    timer_.cancel();
  }

  Shared& shared_;
  Protocol::socket socket_;
  asio::steady_timer timer_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<parse::request_parser<parse::empty_body>> parser_;
  std::optional<parse::request_parser<parse::vector_body<std::uint8_t>>> chunked_;
  std::optional<parse::response<parse::vector_body<std::uint8_t>>> answer_;
  Request request_;
  std::size_t body_bytes_ = 0;
  std::optional<std::size_t> admitted_bytes_;
  std::uint64_t deadline_turn_ = 0;
  bool timed_out_ = false;
  bool keep_alive_ = false;
  bool may_cut_ = false;
};

class BeastServer final : public Server {
 public:
  BeastServer(ServerOptions options, Handler handler, const Listener& listener)
      : shared_{std::move(options), std::move(handler)},
        acceptor_{shared_.io, Protocol{listener.family, 0}, listener.fd},
        pause_{shared_.io},
        port_{listener.port} {
    accept();
    for (std::uint32_t i = 0; i < std::max(1U, shared_.options.workers); ++i) {
      workers_.emplace_back([this] {
        while (auto job = shared_.jobs.pop()) Connection::run_handler(std::move(*job));
      });
    }
    io_thread_ = std::thread{[this] {
      shared_.io.run();
      io_done_.set_value();
    }};
  }

  ~BeastServer() override {
    asio::post(shared_.io, [this] {
      shared_.stopping = true;
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      for (auto* connection : shared_.connections) connection->stop();
    });
    shared_.jobs.close();
    for (auto& worker : workers_) worker.join();
    keep_running_.reset();
    if (io_done_.get_future().wait_for(std::chrono::milliseconds{stop_grace_ms}) != std::future_status::ready) {
      shared_.io.stop();
    }
    io_thread_.join();
    if (!shared_.options.unix_path.empty()) ::unlink(shared_.options.unix_path.c_str());
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, Protocol::socket socket) {
      if (shared_.stopping) return;
      if (!error) {
        std::make_shared<Connection>(shared_, std::move(socket))->start();
        return accept();
      }
      pause_.expires_after(std::chrono::milliseconds{accept_pause_ms});
      pause_.async_wait([this](error_code cancelled) {
        if (!cancelled) accept();
      });
    });
  }

  Shared shared_;
  // While a worker has a request, the I/O thread may have nothing to do and must not end.
  asio::executor_work_guard<asio::io_context::executor_type> keep_running_{shared_.io.get_executor()};
  Acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_;
  std::vector<std::thread> workers_;
  std::promise<void> io_done_;
  std::thread io_thread_;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  const bool on_unix = !options.unix_path.empty();
  MILLPOND_TRY(const auto listener,
               on_unix ? listen_unix(options.unix_path) : listen_tcp(options.address, options.port));
  try {
    return std::unique_ptr<Server>{std::make_unique<BeastServer>(std::move(options), std::move(handler), listener)};
  } catch (const std::exception& failure) {
    return base::Error{base::Code::internal, "start HTTP server", failure.what()};
  }
}

}  // namespace millpond::http
