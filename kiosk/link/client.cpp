// SPDX-License-Identifier: Apache-2.0
#include "kiosk/link/frame.h"
#include "kiosk/link/link.h"
#include "kiosk/link/socket.h"
#include "sync/base/clock.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

#include <poll.h>
#include <sys/socket.h>

namespace millpond::link {
namespace {

constexpr std::int64_t send_timeout_ms = 2'000;
constexpr std::size_t read_bytes = 64U << 10;

std::int64_t now_ms() { return base::system_clock().monotonic_ms(); }

base::Error lost(const char* operation, const char* detail) { return {base::Code::not_running, operation, detail, ""}; }

// True when fd is ready for `events` before the deadline.
bool wait_for(int fd, short events, std::int64_t deadline_ms) {
  while (true) {
    const auto left_ms = std::clamp<std::int64_t>(deadline_ms - now_ms(), 0, 60'000);
    pollfd wait{fd, events, 0};
    const auto ready = ::poll(&wait, 1, static_cast<int>(left_ms));
    if (ready > 0) return true;
    if (now_ms() >= deadline_ms) return false;
  }
}

class SocketClient final : public Client {
 public:
  explicit SocketClient(Fd socket) : socket_{std::move(socket)} {}

  base::Result<> send(const Message& message) override {
    const auto frame = encode(message);
    const std::lock_guard lock{sending_};
    const auto deadline_ms = now_ms() + send_timeout_ms;
    for (std::size_t sent = 0; sent < frame.size();) {
      if (broken_) return lost("send", "the link is lost");
      const auto step = ::send(socket_.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
      if (step >= 0) {
        sent += static_cast<std::size_t>(step);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN || !wait_for(socket_.get(), POLLOUT, deadline_ms)) {
        // Part of a frame may have left, so that the stream is of no more use.
        broken_ = true;
        ::shutdown(socket_.get(), SHUT_RDWR);
        return lost("send", errno == EAGAIN ? "the service does not read" : std::strerror(errno));
      }
    }
    return {};
  }

  base::Result<std::optional<Message>> receive(std::int64_t timeout_ms) override {
    const auto deadline_ms = now_ms() + timeout_ms;
    while (true) {
      auto body = reader_.next();
      if (!body) return lost("receive", "a frame was too large");
      if (*body) {
        auto message = decode(**body);
        if (message) return std::optional{std::move(*message)};
        if (message.error().code != base::Code::protocol_mismatch) return lost("receive", "not a message");
        continue;  // a newer service says what we do not know; what we do know still counts
      }
      if (!wait_for(socket_.get(), POLLIN, deadline_ms)) return std::optional<Message>{};
      std::array<std::uint8_t, read_bytes> piece{};
      const auto got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
      if (got == 0) return lost("receive", "the service closed the link");
      if (got < 0 && errno != EAGAIN && errno != EINTR) return lost("receive", std::strerror(errno));
      if (got > 0) reader_.add({piece.data(), static_cast<std::size_t>(got)});
    }
  }

  int fd() const override { return socket_.get(); }

 private:
  const Fd socket_;
  std::mutex sending_;
  std::atomic<bool> broken_ = false;
  FrameReader reader_{frame_bytes_max};  // the reading thread's
};

}  // namespace

base::Result<std::unique_ptr<Client>> Client::connect(const std::filesystem::path& path) {
  MILLPOND_TRY(auto socket, connect_unix(path));
  return std::unique_ptr<Client>{std::make_unique<SocketClient>(std::move(socket))};
}

base::Result<std::string> Client::ask(const std::string& method, const std::string& params_json,
                                      std::int64_t timeout_ms) {
  const auto id = ++asked_;
  MILLPOND_TRY_DO(send(Ask{id, method, params_json}));
  const auto deadline_ms = now_ms() + timeout_ms;
  while (true) {
    MILLPOND_TRY(auto message, receive(std::max<std::int64_t>(deadline_ms - now_ms(), 0)));
    if (!message) return base::Error{base::Code::timeout, "ask " + method, "no answer", ""};
    if (const auto* answer = std::get_if<Answer>(&*message); answer != nullptr && answer->id == id) {
      return answer->result_json;
    }
    const auto* failure = std::get_if<Failure>(&*message);
    if (failure != nullptr && (failure->id == id || failure->id == 0)) return failure->error;
  }
}

}  // namespace millpond::link
