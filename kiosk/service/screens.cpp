// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/screens.h"

#include <algorithm>
#include <utility>

namespace millpond::service {
namespace {

constexpr std::size_t screens_max = 16;  // of one terminal: kiosk, cashier, customer display, and some to spare

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 has no implicit guide for aggregates

// What a link message means to flow; nothing for messages that are not a screen's.
std::optional<flow::Msg> msg_of(const link::Message& message) {
  return std::visit(
      Overloaded{
          [](const link::Tap& tap) -> std::optional<flow::Msg> { return flow::Tapped{tap.target}; },
          [](const link::Code& code) -> std::optional<flow::Msg> { return flow::CodeRead{code.text}; },
          [](const link::PaymentCode&) -> std::optional<flow::Msg> { return flow::PaymentCodeSeen{}; },
          [](const link::Camera& camera) -> std::optional<flow::Msg> { return flow::CameraChanged{camera.state}; },
          [](const auto&) -> std::optional<flow::Msg> { return std::nullopt; }},
      message);
}

}  // namespace

Screens::Screens(const base::Clock& clock, flow::Locale home, Execute execute, Send send)
    : clock_{clock}, execute_{std::move(execute)}, send_{std::move(send)} {
  news_.locale = home;
  news_.home_locale = home;
}

void Screens::handle(link::ConnectionId connection, const link::Message& message) {
  if (const auto* hello = std::get_if<link::Hello>(&message)) return attach(connection, *hello);
  const auto known = connections_.find(connection);
  if (known == connections_.end()) return;
  // Told to whoever looks after the machine; no screen shows it by itself.
  if (const auto* scanner = std::get_if<link::Scanner>(&message)) screens_.at(known->second).scanner = scanner->state;
  if (const auto msg = msg_of(message)) deliver(known->second, *msg);
}

Screens::Screen Screens::make_screen(const std::string& role) const {
  Screen screen{role, news_, 0, ports::DeviceState::not_configured, {}, {}};
  if (role != "cashier") return screen;
  flow::CashierModel model;
  static_cast<flow::Surroundings&>(model) = news_;
  screen.model = std::move(model);
  return screen;
}

// A screen that came under this name in another role before is another screen now.
void Screens::attach(link::ConnectionId connection, const link::Hello& hello) {
  const auto& screen_id = hello.screen_id;
  const bool known_role = hello.role == "kiosk" || hello.role == "cashier" || hello.role == "customer";
  if (screen_id.empty() || !known_role) return;
  auto found = screens_.find(screen_id);
  if (found == screens_.end() && screens_.size() >= screens_max) return;
  if (found != screens_.end() && found->second.role != hello.role) {
    if (found->second.connection != 0) connections_.erase(found->second.connection);
    end_session(screen_id, found->second);
    found->second = make_screen(hello.role);
  }
  auto& screen =
      found != screens_.end() ? found->second : screens_.emplace(screen_id, make_screen(hello.role)).first->second;
  if (screen.connection != 0)
    connections_.erase(screen.connection);  // the newer one wins: a restart beat the old socket
  screen.connection = connection;
  screen.shown.reset();
  connections_[connection] = screen_id;
  send_(connection, link::Welcome{screen.role});
  show(screen_id, screen);
}

void Screens::detach(link::ConnectionId connection) {
  const auto known = connections_.find(connection);
  if (known == connections_.end()) return;
  if (const auto screen = screens_.find(known->second); screen != screens_.end()) {
    screen->second.connection = 0;
    const std::lock_guard lock{sessions_mutex_};
    shown_[known->second].attached = false;
  }
  connections_.erase(known);
}

void Screens::deliver(const std::string& screen_id, const flow::Msg& msg) {
  if (const auto screen = screens_.find(screen_id); screen != screens_.end()) apply(screen_id, screen->second, msg);
}

void Screens::deliver_to_all(const flow::Msg& msg) {
  static_cast<void>(flow::update(news_, msg, clock_.monotonic_ms()));
  for (auto& [screen_id, screen] : screens_) apply(screen_id, screen, msg);
}

void Screens::set_provisioned(bool provisioned) {
  provisioned_ = provisioned;
  for (auto& [screen_id, screen] : screens_) show(screen_id, screen);
}

void Screens::deliver_to_cashiers(const flow::Msg& msg, const std::string& but) {
  for (auto& [screen_id, screen] : screens_) {
    if (screen.role == "cashier" && screen_id != but) apply(screen_id, screen, msg);
  }
}

void Screens::deliver_to_customers(const flow::Msg& msg) {
  for (auto& [screen_id, screen] : screens_) {
    if (screen.role == "customer") apply(screen_id, screen, msg);
  }
}

ports::DeviceState Screens::customer_screen() const {
  const bool there = std::any_of(screens_.begin(), screens_.end(), [](const auto& each) {
    return each.second.role == "customer" && each.second.connection != 0;
  });
  return there ? ports::DeviceState::ok : ports::DeviceState::absent;
}

ports::DeviceState Screens::camera_of(const std::string& screen_id) const {
  const auto screen = screens_.find(screen_id);
  return screen == screens_.end() ? ports::DeviceState::absent : screen->second.surroundings().camera;
}

ports::DeviceState Screens::scanner_of(const std::string& screen_id) const {
  const auto screen = screens_.find(screen_id);
  return screen == screens_.end() ? ports::DeviceState::not_configured : screen->second.scanner;
}

void Screens::apply(const std::string& screen_id, Screen& screen, const flow::Msg& msg) {
  const auto now_ms = clock_.monotonic_ms();
  const auto commands = std::visit([&](auto& model) { return flow::update(model, msg, now_ms); }, screen.model);
  for (const auto& command : commands) run(screen_id, screen, command);
  show(screen_id, screen);
}

void Screens::run(const std::string& screen_id, Screen& screen, const flow::Cmd& command) {
  if (std::holds_alternative<flow::EndSession>(command)) return end_session(screen_id, screen);
  if (std::holds_alternative<flow::LeaveSession>(command)) return end_session(screen_id, screen, true);
  if (std::holds_alternative<flow::CancelInvite>(command)) return cancel_invite(screen_id);
  if (const auto* start = std::get_if<flow::StartSession>(&command)) return begin_session(screen_id, screen, *start);
  if (const auto* invitation = std::get_if<flow::Invite>(&command)) return invite(screen_id, *invitation);
  if (const auto* answered = std::get_if<flow::AnswerInvite>(&command)) {
    return answer_invite(screen_id, screen, answered->answer);
  }
  execute_(screen_id, command);
}

void Screens::invite(const std::string& cashier, const flow::Invite& invitation) {
  for (auto& [screen_id, screen] : screens_) {
    const auto* const model = std::get_if<flow::Model>(&screen.model);
    const bool is_free = screen.role == "customer" && screen.connection != 0 && model != nullptr;
    if (!is_free || !flow::may_be_invited(*model)) continue;
    screen.invited_by = cashier;
    return apply(screen_id, screen, flow::Invited{invitation.ticket});
  }
  deliver(cashier, flow::CustomerAnswered{flow::CustomerAnswered::How::no_screen, {}, invitation.ticket});
}

// Whoever joined there is the cashier's customer: their next sale is claimed once, and not there. Where no cashier
// waits any more they are nobody's but their own.
void Screens::answer_invite(const std::string& customer, Screen& screen, const flow::CustomerAnswered& answer) {
  using How = flow::CustomerAnswered::How;
  const bool goes_on = answer.how == How::typing || answer.how == How::consenting;
  const auto cashier = goes_on ? screen.invited_by : std::exchange(screen.invited_by, {});
  if (cashier.empty()) return;
  if (answer.how == How::joined) {
    const std::lock_guard lock{sessions_mutex_};
    const auto session = sessions_.find(customer);
    if (session != sessions_.end()) session->second.claimable = false;
  }
  deliver(cashier, answer);
}

void Screens::cancel_invite(const std::string& cashier) {
  for (auto& [screen_id, screen] : screens_) {
    if (screen.invited_by == cashier) screen.invited_by.clear();
  }
}

void Screens::show(const std::string& screen_id, Screen& screen) {
  if (screen.connection == 0) return;
  const auto presented = [this](const auto& model) {
    return flow::present(model, clock_.monotonic_ms(), clock_.wall_ms());
  };
  auto view =
      provisioned_ ? std::visit(presented, screen.model) : flow::present_not_provisioned(screen.surroundings().locale);
  if (screen.shown && *screen.shown == view) return;
  send_(screen.connection, link::Show{view});
  {
    const std::lock_guard lock{sessions_mutex_};
    shown_[screen_id] = {std::string{flow::screen_name(view.screen)}, true};
  }
  screen.shown = std::move(view);
}

std::map<std::string, Screens::Shown> Screens::shown() const {
  const std::lock_guard lock{sessions_mutex_};
  return shown_;
}

void Screens::begin_session(const std::string& screen_id, const Screen& screen, const flow::StartSession& start) {
  const std::lock_guard lock{sessions_mutex_};
  // Whoever is named anew is paid for once.
  std::erase_if(paying_, [&](const Session& each) { return each.member == start.member; });
  sessions_[screen_id] =
      Session{++last_session_, screen_id, start.member, start.strength, true, screen.role == "cashier", 0};
}

void Screens::end_session(const std::string& screen_id, Screen& screen, bool pays_next) {
  {
    const std::lock_guard lock{sessions_mutex_};
    const auto session = sessions_.find(screen_id);
    if (session != sessions_.end()) {
      if (pays_next && session->second.claimable) {
        auto& left = paying_.emplace_back(std::move(session->second));
        left.screen_id.clear();
        left.until_ms = clock_.monotonic_ms() + paying_ms;
        if (paying_.size() > paying_max) paying_.pop_front();
      }
      sessions_.erase(session);
    }
  }
  if (screen.connection != 0) send_(screen.connection, link::SessionEnded{});
}

std::int64_t Screens::next_wake_ms() const {
  std::int64_t next = 0;
  for (const auto& [screen_id, screen] : screens_) {
    const auto at = screen.surroundings().next_tick_ms;
    if (at != 0 && (next == 0 || at < next)) next = at;
  }
  return next;
}

void Screens::wake() {
  const auto now = clock_.monotonic_ms();
  for (auto& [screen_id, screen] : screens_) {
    const auto at = screen.surroundings().next_tick_ms;
    if (at != 0 && at <= now) apply(screen_id, screen, flow::Ticked{});
  }
}

std::vector<Screens::Session*> Screens::claimable() {
  const auto now_ms = clock_.monotonic_ms();
  std::erase_if(paying_, [now_ms](const Session& each) { return each.until_ms <= now_ms; });
  std::vector<Session*> sessions;
  const auto add_at = [&](bool at_till) {
    for (auto& [screen_id, session] : sessions_) {
      if (session.at_till == at_till && session.claimable) sessions.push_back(&session);
    }
  };
  add_at(true);
  for (auto& session : paying_) {
    if (session.claimable) sessions.push_back(&session);
  }
  add_at(false);
  return sessions;
}

Claim Screens::claim_if(const std::function<bool(const Session&)>& fits) {
  const std::lock_guard lock{sessions_mutex_};
  for (auto* const session : claimable()) {
    if (!fits(*session)) continue;
    session->claimable = false;
    return {session->screen_id, session->member, session->strength, session->id};
  }
  return {};
}

Claim Screens::claim_session() {
  return claim_if([](const Session&) { return true; });
}

Claim Screens::claim_session_of(base::MemberId member) {
  const std::lock_guard lock{sessions_mutex_};
  Claim shown;
  for (auto* const session : claimable()) {
    if (session->member != member) continue;
    session->claimable = false;
    if (shown.session != 0 || model::too_weak(session->strength, model::Deed::see)) continue;
    shown = {session->screen_id, session->member, session->strength, session->id};
  }
  return shown;
}

std::vector<Claim> Screens::standing() const {
  const std::lock_guard lock{sessions_mutex_};
  std::vector<Claim> claims;
  for (const auto& [screen_id, session] : sessions_) {
    if (model::too_weak(session.strength, model::Deed::see)) continue;
    claims.push_back({screen_id, session.member, session.strength, session.id});
  }
  return claims;
}

Claim Screens::claim_at(const std::string& screen_id) {
  return claim_if([&screen_id](const Session& session) { return session.screen_id == screen_id; });
}

void Screens::give_back(const Claim& claim) {
  const std::lock_guard lock{sessions_mutex_};
  for (auto& [screen_id, session] : sessions_) {
    if (session.id == claim.session) session.claimable = true;
  }
  for (auto& session : paying_) {
    if (session.id == claim.session) session.claimable = true;
  }
}

}  // namespace millpond::service
