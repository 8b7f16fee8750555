// SPDX-License-Identifier: Apache-2.0
// Screens: the model of every attached screen, a customer's or a cashier's, and the sessions in front of them. A screen
// that is killed keeps its model here and takes it up again under the same screen id; a session ends by its own
// deadline whether or not anybody is attached. Loop thread only, except claim_session() and give_back(), which till
// threads call.
#pragma once

#include "kiosk/flow/cashier.h"
#include "kiosk/flow/flow.h"
#include "kiosk/link/link.h"
#include "sync/base/clock.h"
#include "sync/model/strength.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <variant>

namespace millpond::service {

struct Claim {
  std::string screen_id;
  base::MemberId member;  // 0: nobody was identified
  model::Strength strength{};
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
  void deliver_to_cashiers(const flow::Msg& msg);
  // How customers' screens that stand beside the till are: for whoever looks after the machine. Loop thread.
  [[nodiscard]] ports::DeviceState customer_screen() const;
  [[nodiscard]] ports::DeviceState camera_of(const std::string& screen_id) const;
  // Until a terminal is provisioned every screen says so.
  void set_provisioned(bool provisioned);

  [[nodiscard]] std::int64_t next_wake_ms() const;
  void wake();

  // Takes the identified member for one sale: a session answers for one payment, so that the next customer's never
  // counts for the last one. Any thread.
  [[nodiscard]] Claim claim_session();
  // The screen in front of which a member stands who was named at the till; not one where somebody only typed the
  // number, who would see a stranger's sale and that the number is theirs. Any thread.
  [[nodiscard]] Claim claim_session_of(base::MemberId member);
  // What each screen shows, by id: for support and for whoever drives a terminal from outside. Any thread.
  struct Shown {
    std::string screen;  // flow::screen_name
    bool attached{};
  };
  [[nodiscard]] std::map<std::string, Shown> shown() const;
  // The session of this screen, whose sale was recorded there. Any thread.
  [[nodiscard]] Claim claim_at(const std::string& screen_id);
  // The sale was not a new one: the session may still be claimed. Any thread.
  void give_back(const Claim& claim);

 private:
  struct Screen {
    std::string role;  // "kiosk", "cashier", "customer"
    std::variant<flow::Model, flow::CashierModel> model;
    link::ConnectionId connection{};  // 0: not attached
    std::optional<flow::ViewModel> shown;
    std::string invited_by;  // the cashier's screen that waits for whoever stands here

    [[nodiscard]] const flow::Surroundings& surroundings() const {
      return std::visit([](const auto& of_role) -> const flow::Surroundings& { return of_role; }, model);
    }
  };
  struct Session {
    std::string screen_id;
    base::MemberId member;
    model::Strength strength{};
    bool claimable{};
    bool at_till{};  // a cashier named them: theirs is the next sale
  };

  [[nodiscard]] Claim claim_if(const std::function<bool(const Session&)>& fits);
  void apply(const std::string& screen_id, Screen& screen, const flow::Msg& msg);
  void show(const std::string& screen_id, Screen& screen);
  void run(const std::string& screen_id, Screen& screen, const flow::Cmd& command);
  void begin_session(const std::string& screen_id, const Screen& screen, const flow::StartSession& start);
  void invite(const std::string& cashier, const flow::Invite& invite);
  void answer_invite(const std::string& customer, Screen& screen, const flow::CustomerAnswered& answer);
  void end_session(const std::string& screen_id, Screen& screen);
  void attach(link::ConnectionId connection, const link::Hello& hello);
  [[nodiscard]] Screen make_screen(const std::string& role) const;

  const base::Clock& clock_;
  const flow::Locale home_;
  const Execute execute_;
  const Send send_;
  bool provisioned_ = false;
  std::map<std::string, Screen> screens_;
  std::map<link::ConnectionId, std::string> connections_;
  flow::Model news_;  // what a screen that attaches later must know: programme, line, printer
  mutable std::mutex sessions_mutex_;
  std::map<std::string, Session> sessions_;  // guarded by sessions_mutex_; by screen id
  std::map<std::string, Shown> shown_;       // guarded by sessions_mutex_; by screen id
};

}  // namespace millpond::service
