// SPDX-License-Identifier: Apache-2.0
// Screens: the model of every attached screen, a customer's or a cashier's, and the sessions in front of them. A screen
// that is killed keeps its model here and takes it up again under the same screen id; a session ends by its own
// deadline whether or not anybody is attached. Whoever typed a number and left the screen to pay is still paid for next
// for paying_ms. Loop thread only, except claims, give_back(), standing() and shown(), which other threads call.
#pragma once

#include "kiosk/flow/cashier.h"
#include "kiosk/flow/flow.h"
#include "kiosk/link/link.h"
#include "sync/base/clock.h"
#include "sync/model/strength.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace millpond::service {

struct Claim {
  std::string screen_id;  // where they stand; empty: nowhere, or at no screen any more
  base::MemberId member;  // 0: nobody was identified
  model::Strength strength{};
  std::uint64_t session{};
};

class Screens {
 public:
  using Execute = std::function<void(const std::string& screen_id, const flow::Cmd&)>;
  using Send = std::function<void(link::ConnectionId, const link::Message&)>;

  // execute runs a Cmd elsewhere and comes back with deliver(); send is link::Server::send.
  Screens(const base::Clock& clock, flow::Locale home, Execute execute, Send send);

  // Link events. Anything but Hello from an unknown connection is ignored.
  void handle(link::ConnectionId connection, const link::Message& message);
  void detach(link::ConnectionId connection);

  // The result of a Cmd, or news, for one screen or for all.
  void deliver(const std::string& screen_id, const flow::Msg& msg);
  void deliver_to_all(const flow::Msg& msg);
  void deliver_to_cashiers(const flow::Msg& msg, const std::string& but = {});
  // To those beside the till; a kiosk's are elsewhere in the shop.
  void deliver_to_customers(const flow::Msg& msg);
  // How customers' screens that stand beside the till are: for whoever looks after the machine. Loop thread.
  [[nodiscard]] ports::DeviceState customer_screen() const;
  [[nodiscard]] ports::DeviceState camera_of(const std::string& screen_id) const;
  [[nodiscard]] ports::DeviceState scanner_of(const std::string& screen_id) const;  // not_configured: it has none
  // Until a terminal is provisioned every screen says so.
  void set_provisioned(bool provisioned);

  [[nodiscard]] std::int64_t next_wake_ms() const;
  void wake();

  // Takes the identified member for one sale: a session answers for one payment, so that the next customer's never
  // counts for the last one. Any thread.
  [[nodiscard]] Claim claim_session();
  // A sale of this member was recorded: wherever they are named, that has had its sale. The screen in front of which
  // they stand; not one where somebody only typed the number, who would see a stranger's sale and that the number is
  // theirs. Any thread.
  [[nodiscard]] Claim claim_session_of(base::MemberId member);
  // What each screen shows, by id: for support and for whoever drives a terminal from outside. Any thread.
  struct Shown {
    std::string screen;  // flow::screen_name
    bool attached{};
  };
  [[nodiscard]] std::map<std::string, Shown> shown() const;
  // The session of this screen, whose sale was recorded there. Any thread.
  [[nodiscard]] Claim claim_at(const std::string& screen_id);
  // Whose card may be on which screen. Any thread.
  [[nodiscard]] std::vector<Claim> standing() const;
  // The sale was not a new one: the session may still be claimed. Any thread.
  void give_back(const Claim& claim);

  // Whoever was told at the screen that they are paid for next has this long to get to the till.
  static constexpr std::int64_t paying_ms = 180'000;
  static constexpr std::size_t paying_max = 16;  // the one who left first goes first

 private:
  struct Screen {
    std::string role;  // "kiosk", "cashier", "customer"
    std::variant<flow::Model, flow::CashierModel> model;
    link::ConnectionId connection{};  // 0: not attached
    ports::DeviceState scanner{ports::DeviceState::not_configured};
    std::optional<flow::ViewModel> shown;
    std::string invited_by;  // the cashier's screen that waits for whoever stands here

    [[nodiscard]] const flow::Surroundings& surroundings() const {
      return std::visit([](const auto& of_role) -> const flow::Surroundings& { return of_role; }, model);
    }
  };
  struct Session {
    std::uint64_t id{};
    std::string screen_id;  // empty: they have left it to pay
    base::MemberId member;
    model::Strength strength{};
    bool claimable{};
    bool at_till{};           // a cashier named them: theirs is the next sale
    std::int64_t until_ms{};  // monotonic; of one who has left
  };

  [[nodiscard]] Claim claim_if(const std::function<bool(const Session&)>& fits);
  // In the order in which they are paid for: whom the cashier named, who has left to pay, who stands at a screen.
  // Callers hold sessions_mutex_.
  [[nodiscard]] std::vector<Session*> claimable();
  void apply(const std::string& screen_id, Screen& screen, const flow::Msg& msg);
  void show(const std::string& screen_id, Screen& screen);
  void run(const std::string& screen_id, Screen& screen, const flow::Cmd& command);
  void begin_session(const std::string& screen_id, const Screen& screen, const flow::StartSession& start);
  void invite(const std::string& cashier, const flow::Invite& invite);
  void answer_invite(const std::string& customer, Screen& screen, const flow::CustomerAnswered& answer);
  void end_session(const std::string& screen_id, Screen& screen, bool pays_next = false);
  void cancel_invite(const std::string& cashier);
  void attach(link::ConnectionId connection, const link::Hello& hello);
  [[nodiscard]] Screen make_screen(const std::string& role) const;

  const base::Clock& clock_;
  const Execute execute_;
  const Send send_;
  bool provisioned_ = false;
  std::map<std::string, Screen> screens_;
  std::map<link::ConnectionId, std::string> connections_;
  flow::Model news_;  // what a screen that attaches later must know: programme, line, printer
  mutable std::mutex sessions_mutex_;
  std::map<std::string, Session> sessions_;  // guarded by sessions_mutex_; by screen id
  std::deque<Session> paying_;               // guarded by sessions_mutex_; oldest first
  std::uint64_t last_session_{};             // guarded by sessions_mutex_
  std::map<std::string, Shown> shown_;       // guarded by sessions_mutex_; by screen id
};

}  // namespace millpond::service
