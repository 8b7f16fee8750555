// SPDX-License-Identifier: Apache-2.0
// The only file that includes Beast, which takes long to compile.
#include "sync/http/connection.h"

#include "sync/base/clock.h"
#include "sync/http/listen.h"
#include "sync/http/progress.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>

namespace millpond::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace parse = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t body_step_bytes = 64U << 10;
constexpr std::size_t write_parts_max = 16;
constexpr std::int64_t linger_ms = 2'000;  // how long an answer may wait for a peer that still sends its body

Response plain_refusal(base::Code code, std::string_view detail) {
  std::string json = R"({"code":")";
  json.append(base::code_name(code)).append(R"(","detail":")").append(detail).append("\"}");
  return json_response(0, json);
}

template <class Handler>
class Erased final : public Completion {
 public:
  explicit Erased(Handler handler) : handler_{std::move(handler)} {}
  void done(const error_code& error, std::size_t bytes) override { handler_(error, bytes); }

 private:
  Handler handler_;
};

template <class Handler>
std::unique_ptr<Completion> erased(Handler&& handler) {
  return std::make_unique<Erased<std::decay_t<Handler>>>(std::forward<Handler>(handler));
}

// A Stream as Asio's and Beast's composed operations want it: compiled once for plain and TLS.
class AsioStream {
 public:
  using executor_type = asio::io_context::executor_type;
  AsioStream(asio::io_context& io, std::unique_ptr<Stream> stream) : io_{io}, stream_{std::move(stream)} {}

  [[nodiscard]] executor_type get_executor() { return io_.get_executor(); }
  [[nodiscard]] Stream& stream() { return *stream_; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    std::span<std::uint8_t> into;
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto part = asio::buffer_sequence_begin(buffers); part != end && into.empty(); ++part) {
      const asio::mutable_buffer buffer{*part};
      into = {static_cast<std::uint8_t*>(buffer.data()), buffer.size()};
    }
    stream_->read_some(into, erased(std::forward<Handler>(handler)));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    std::array<base::ByteView, write_parts_max> parts;
    std::size_t count = 0;
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto part = asio::buffer_sequence_begin(buffers); part != end && count < parts.size(); ++part) {
      const asio::const_buffer buffer{*part};
      if (buffer.size() > 0) parts[count++] = {static_cast<const std::uint8_t*>(buffer.data()), buffer.size()};
    }
    stream_->write_some(std::span{parts}.first(count), erased(std::forward<Handler>(handler)));
  }

 private:
  asio::io_context& io_;
  std::unique_ptr<Stream> stream_;
};

// While a worker runs handle(), the I/O thread leaves request_ alone.
class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Shared& shared, std::unique_ptr<Stream> stream)
      : shared_{shared},
        stream_{shared.io, std::move(stream)},
        timer_{shared.io},
        park_timer_{shared.io},
        peer_{peer_name(stream_.stream().native_handle())} {
    const int on = 1;
    ::setsockopt(stream_.stream().native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    buffer_.max_size(shared_.options.header_bytes_max + body_step_bytes);
    buffer_.reserve(std::min<std::size_t>(shared_.options.header_bytes_max, 8U << 10));
    shared_.connections.insert(this);
  }
  ~HttpConnection() override {
    release();
    give_up_slow();
    shared_.connections.erase(this);
  }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void start() override {
    may_cut_ = true;
    arm_while_moving();
    stream_.stream().greet(erased([self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->close();
      if (self->shared_.connections.size() > self->shared_.options.connections_max) {
        return self->refuse_busy("too many connections");
      }
      self->wait_for_request();
    }));
  }

  void stop() override {
    if (parked_) {
      leave_park();
      return refuse_busy("the server is stopping");
    }
    if (may_cut_) close();
  }

  void ask_again() override {
    if (!parked_) return;
    leave_park();
    request_.last_call = park_over_ || request_.last_call;
    admit(0);
    dispatch();
  }

  [[nodiscard]] std::weak_ptr<Connection> weak() override { return weak_from_this(); }

  void handle(std::shared_ptr<Connection> self) override {
    const auto wakes = shared_.wakes.load();
    Response response;
    try {
      response = shared_.handler(request_);
    } catch (const std::exception&) {
      response = refusal(500, base::Code::internal, "the handler failed");
    } catch (...) { response = refusal(500, base::Code::internal, "the handler failed"); }
    asio::post(shared_.io, [this, kept = std::move(self), wakes, response = std::move(response)]() mutable {
      answered(std::move(response), wakes);
    });
  }

 private:
  enum class Waiting : std::uint8_t { no, request, parked, linger };

  [[nodiscard]] Response refusal(int status, base::Code code, std::string_view detail) const {
    const auto& refuse = shared_.options.refuse;
    auto response = refuse ? refuse(code, detail, request_) : plain_refusal(code, detail);
    response.status = status;
    return response;
  }

  void wait_for_request() {
    if (shared_.stopping) return close();
    if (gone_) return close();
    request_ = {};
    park_over_ = false;
    has_deadline_ = false;
    park_timer_.cancel();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.header_bytes_max));
    parser_->body_limit(boost::none);  // decided in on_header(), which knows more
    may_cut_ = true;
    if (buffer_.size() > 0) return read_header();
    arm(shared_.options.idle_timeout_ms);
    watch(Waiting::request);
  }

  // Waits for the next bytes. Begun while a request is parked, so that a peer which leaves is noticed, it goes on under
  // the answer and is the wait for the next request.
  void watch(Waiting waiting) {
    waiting_ = waiting;
    if (watching_ || buffer_.size() > 0) return;
    watching_ = true;
    stream_.async_read_some(buffer_.prepare(buffer_.capacity()),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->watching_ = false;
                              if (!error) self->buffer_.commit(size);
                              self->watched(error);
                            });
  }

  void watched(error_code error) {
    switch (std::exchange(waiting_, Waiting::no)) {
      case Waiting::no:
        gone_ = gone_ || error;
        return;
      case Waiting::request:
        if (error) return close();
        return read_header();
      case Waiting::parked:
        if (!error) return;  // the next request, before this one is answered
        leave_park();
        return close();
      case Waiting::linger:
        if (error) return close();
        return discard();
    }
  }

  void answered(Response response, std::uint64_t wakes) {
    if (response.park_ms <= 0) return write(std::move(response), keep_alive_);
    if (request_.last_call || !request_.body.empty()) {
      return write(refusal(500, base::Code::internal, "a request that cannot be parked"), keep_alive_);
    }
    if (shared_.stopping) return refuse_busy("the server is stopping");
    if (gone_) return close();
    release();
    ++request_.attempt;
    set_park_deadline(response.park_ms);
    if (shared_.parked.size() >= shared_.options.parked_max) request_.last_call = true;
    parked_ = true;
    shared_.parked.emplace(this, shared_from_this());
    watch(Waiting::parked);
    // What woke the others while the handler made up its mind must not be missed.
    if (request_.last_call || park_over_ || shared_.wakes != wakes) {
      shared_.due.push_back(weak_from_this());
      shared_.ask_due();
    }
  }

  // Of the whole stay, however often the request is asked meanwhile.
  void set_park_deadline(std::int64_t park_ms) {
    if (std::exchange(has_deadline_, true)) return;
    park_timer_.expires_after(std::chrono::milliseconds{park_ms});
    park_timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self || !self->has_deadline_) return;
      self->park_over_ = true;
      if (!self->parked_) return;
      self->shared_.due.push_back(weak);
      self->shared_.ask_due();
    });
  }

  // The caller holds the connection.
  void leave_park() {
    parked_ = false;
    waiting_ = Waiting::no;
    shared_.parked.erase(this);
  }

  void read_header() {
    arm_while_moving();
    parse::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
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
    asio::async_write(stream_, asio::buffer(text.data(), text.size()),
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
    asio::async_read(stream_, asio::buffer(request_.body.data() + have, step),
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (error) return self->on_read_error(error);
                       self->read_plain_body();
                     });
  }

  void read_chunked_body() {
    chunked_.emplace(std::move(*parser_));
    chunked_->body_limit(shared_.options.body_bytes_max);
    parse::async_read(stream_, buffer_, *chunked_, [self = shared_from_this()](error_code error, std::size_t) {
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
    if (timed_out_) return write_and_close(refusal(408, base::Code::timeout, "the request took too long"));
    if (error == parse::error::header_limit || error == parse::error::buffer_overflow) {
      return write_and_close(refusal(431, base::Code::too_large, "the request's header is too large"));
    }
    if (error == parse::error::end_of_stream || error == parse::error::partial_message ||
        error.category() != parse::make_error_code(parse::error::bad_version).category()) {
      return close();
    }
    write_and_close(refusal(400, base::Code::bad_input, "this is not an HTTP request"));
  }

  void refuse_size() {
    write_and_close(refusal(413, base::Code::too_large,
                            "a body holds at most " + std::to_string(shared_.options.body_bytes_max) + " bytes"));
  }

  void refuse_busy(std::string_view detail) {
    auto response = refusal(503, base::Code::overloaded, detail);
    // Spread out, so that the refused do not all come back in the same second.
    const auto wait_s = shared_.turns.next_s(base::system_clock().monotonic_ms());
    response.headers = {{"Retry-After", std::to_string(wait_s)}};
    write_and_close(std::move(response));
  }

  void write_and_close(Response response) { write(std::move(response), false); }

  void write(Response response, bool keep_alive) {
    if (response.status != 503) shared_.turns.served(base::system_clock().monotonic_ms());
    may_cut_ = false;
    keep_alive_ = keep_alive && !shared_.stopping;
    answer_.emplace(static_cast<parse::status>(response.status), 11);
    answer_->set(parse::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) answer_->set(name, value);
    answer_->keep_alive(keep_alive_);
    answer_->content_length(response.body.size());
    if (request_.method != "HEAD") answer_->body() = std::move(response.body);
    arm_while_moving();
    parse::async_write(stream_, *answer_, [self = shared_from_this()](error_code error, std::size_t) {
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
    stream_.stream().finish_sending();
    arm(linger_ms);
    if (watching_) {
      waiting_ = Waiting::linger;
      return;
    }
    discard();
  }

  void discard() {
    stream_.stream().discard_some(erased([self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->close();
      self->discard();
    }));
  }

  void close() {
    may_cut_ = false;
    disarm();
    release();
    has_deadline_ = false;
    park_timer_.cancel();
    stream_.stream().close();
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
    shared_.ask_due();
  }

  // One deadline at a time. A handler of an older one may already be queued; the counter tells it apart.
  void arm(std::int64_t wait_ms) {
    give_up_slow();
    wait(wait_ms, [](HttpConnection& self) { self.time_out(); });
  }

  void arm_while_moving() {
    give_up_slow();
    slow_until_ms_ = base::system_clock().monotonic_ms() + shared_.options.slow_timeout_ms;
    wait_while_moving();
  }

  void wait_while_moving() {
    moved_ = bytes_moved(stream_.stream().native_handle());
    wait(shared_.options.read_timeout_ms, [](HttpConnection& self) {
      if (self.may_go_on()) return self.wait_while_moving();
      self.time_out();
    });
  }

  [[nodiscard]] bool may_go_on() {
    const bool moves = bytes_moved(stream_.stream().native_handle()) > moved_;
    if (!moves || base::system_clock().monotonic_ms() >= slow_until_ms_) return false;
    if (slow_) return true;
    if (shared_.slow >= shared_.options.slow_max) return false;
    slow_ = true;
    shared_.slow += 1;
    return true;
  }

  void give_up_slow() {
    if (std::exchange(slow_, false)) shared_.slow -= 1;
  }

  void time_out() {
    timed_out_ = true;
    stream_.stream().cancel();
  }

  template <class Over>
  void wait(std::int64_t wait_ms, const Over& over) {
    const auto turn = ++deadline_turn_;
    timed_out_ = false;
    timer_.expires_after(std::chrono::milliseconds{wait_ms});
    timer_.async_wait([weak = weak_from_this(), turn, over](error_code error) {
      const auto self = weak.lock();
      if (!error && self && self->deadline_turn_ == turn) over(*self);
    });
  }

  void disarm() {
    ++deadline_turn_;
    timer_.cancel();
    give_up_slow();
  }

  Shared& shared_;
  AsioStream stream_;
  asio::steady_timer timer_;
  asio::steady_timer park_timer_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<parse::request_parser<parse::empty_body>> parser_;
  std::optional<parse::request_parser<parse::vector_body<std::uint8_t>>> chunked_;
  std::optional<parse::response<parse::vector_body<std::uint8_t>>> answer_;
  Request request_;
  std::size_t body_bytes_ = 0;
  std::optional<std::size_t> admitted_bytes_;
  std::uint64_t deadline_turn_ = 0;
  std::uint64_t moved_ = 0;         // bytes_moved() when the deadline began
  std::int64_t slow_until_ms_ = 0;  // monotonic
  Waiting waiting_ = Waiting::no;   // for what watch() waits
  bool timed_out_ = false;
  bool slow_ = false;  // counted among those that were given more time
  bool keep_alive_ = false;
  bool may_cut_ = false;
  bool watching_ = false;  // a read is under way
  bool gone_ = false;      // the peer left while its request was answered
  bool parked_ = false;
  bool park_over_ = false;  // its time has passed
  bool has_deadline_ = false;
};

}  // namespace

Shared::Shared(asio::io_context& runs_on, ServerOptions chosen, Handler called)
    : io{runs_on},
      options{std::move(chosen)},
      handler{std::move(called)},
      jobs{std::size_t{options.workers} + options.waiting_max, base::Overflow::refuse} {}

void Shared::ask_due() {
  const std::size_t room = std::size_t{options.workers} + options.waiting_max / 2;
  while (!due.empty() && requests < room && !stopping) {
    const auto connection = due.front().lock();
    due.pop_front();
    if (connection) connection->ask_again();
  }
}

void Shared::wake_all() {
  ++wakes;
  due.clear();
  for (const auto& [connection, kept] : parked) due.emplace_back(kept);
  ask_due();
}

std::shared_ptr<Connection> make_connection(Shared& shared, std::unique_ptr<Stream> stream) {
  return std::make_shared<HttpConnection>(shared, std::move(stream));
}

}  // namespace millpond::http
