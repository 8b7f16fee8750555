// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/screens.h"

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
    : clock_{clock}, home_{home}, execute_{std::move(execute)}, send_{std::move(send)} {
  news_.locale = home;
  news_.home_locale = home;
}

void Screens::handle(link::ConnectionId connection, const link::Message& message) {
  if (const auto* hello = std::get_if<link::Hello>(&message)) return attach(connection, hello->screen_id);
  const auto known = connections_.find(connection);
  if (known == connections_.end()) return;
  if (const auto msg = msg_of(message)) deliver(known->second, *msg);
}

void Screens::attach(link::ConnectionId connection, const std::string& screen_id) {
  const auto found = screens_.find(screen_id);
  if (screen_id.empty() || (found == screens_.end() && screens_.size() >= screens_max)) return;
  auto& screen =
      found != screens_.end() ? found->second : screens_.emplace(screen_id, Screen{news_, 0, {}}).first->second;
  if (screen.connection != 0)
    connections_.erase(screen.connection);  // the newer one wins: a restart beat the old socket
  screen.connection = connection;
  screen.shown.reset();
  connections_[connection] = screen_id;
  send_(connection, link::Welcome{"kiosk"});
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

void Screens::apply(const std::string& screen_id, Screen& screen, const flow::Msg& msg) {
  const auto commands = flow::update(screen.model, msg, clock_.monotonic_ms());
  for (const auto& command : commands) {
    if (std::holds_alternative<flow::EndSession>(command))
      end_session(screen_id, screen);
    else if (const auto* start = std::get_if<flow::StartSession>(&command))
      begin_session(screen_id, start->member, start->strength);
    else
      execute_(screen_id, command);
  }
  show(screen_id, screen);
}

void Screens::show(const std::string& screen_id, Screen& screen) {
  if (screen.connection == 0) return;
  auto view = provisioned_ ? flow::present(screen.model, clock_.monotonic_ms(), clock_.wall_ms())
                           : flow::present_not_provisioned(screen.model.locale);
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

void Screens::begin_session(const std::string& screen_id, base::MemberId member, model::Strength strength) {
  const std::lock_guard lock{sessions_mutex_};
  sessions_[screen_id] = Session{screen_id, member, strength, true};
}

void Screens::end_session(const std::string& screen_id, Screen& screen) {
  {
    const std::lock_guard lock{sessions_mutex_};
    sessions_.erase(screen_id);
  }
  if (screen.connection != 0) send_(screen.connection, link::SessionEnded{});
}

std::int64_t Screens::next_wake_ms() const {
  std::int64_t next = 0;
  for (const auto& [screen_id, screen] : screens_) {
    const auto at = screen.model.next_tick_ms;
    if (at != 0 && (next == 0 || at < next)) next = at;
  }
  return next;
}

void Screens::wake() {
  const auto now = clock_.monotonic_ms();
  for (auto& [screen_id, screen] : screens_) {
    if (screen.model.next_tick_ms != 0 && screen.model.next_tick_ms <= now) apply(screen_id, screen, flow::Ticked{});
  }
}

Claim Screens::claim_if(const std::function<bool(const Session&)>& fits) {
  const std::lock_guard lock{sessions_mutex_};
  for (auto& [screen_id, session] : sessions_) {
    if (!session.claimable || !fits(session)) continue;
    session.claimable = false;
    return {screen_id, session.member, session.strength};
  }
  return {};
}

Claim Screens::claim_session() {
  return claim_if([](const Session&) { return true; });
}

Claim Screens::claim_session_of(base::MemberId member) {
  return claim_if([member](const Session& session) {
    return session.member == member && !model::too_weak(session.strength, model::Deed::see);
  });
}

void Screens::give_back(const Claim& claim) {
  const std::lock_guard lock{sessions_mutex_};
  const auto session = sessions_.find(claim.screen_id);
  if (session != sessions_.end() && session->second.member == claim.member) session->second.claimable = true;
}

}  // namespace millpond::service
