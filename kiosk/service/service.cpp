// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/service.h"

#include "kiosk/service/cards.h"
#include "kiosk/service/commands.h"
#include "kiosk/service/gateway_certificate.h"
#include "kiosk/service/link_group.h"
#include "kiosk/service/till_keys.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/model/programme.h"
#include "sync/text/text.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;

// A folder belongs to one service. The lock goes with the process, so a crash leaves nothing to clean up.
Result<int> lock_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error{Code::file_unwritable, "prepare folder", failed.message(), folder.string()};
  const auto path = folder / "service.lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Error{Code::permission_denied, "prepare folder", std::strerror(errno), folder.string()};
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return Error{Code::already_running, "take folder", "another millpond-terminal owns it", folder.string()};
  }
  return file;
}

// What a member agreed to is named by the very words that were shown: a later wording has another hash.
void fill_text_hashes(std::vector<model::Consent>& consents, const std::vector<std::string>& notices) {
  for (std::size_t i = 0; i < consents.size() && i < notices.size(); ++i) {
    consents[i].text_hash = crypto::blake2b(base::view_of(notices[i]));
  }
}

}  // namespace

Service::Service(std::filesystem::path folder, Settings settings, const base::Clock& clock)
    : folder_{std::move(folder)},
      settings_{std::move(settings)},
      clock_{clock},
      loop_{clock},
      work_{clock},
      screens_{
          clock, locale_of(settings_.language),
          [this](const std::string& screen_id, const flow::Cmd& command) { execute(screen_id, command); },
          [this](link::ConnectionId connection, const link::Message& message) { link_->send(connection, message); }} {}

// Tills first, so that nothing new comes in; then the work, which still answers over the link; the shop last, because
// everybody uses it.
Service::~Service() {
  gateway_.reset();
  file_drop_.reset();
  if (capture_) capture_->detach();
  work_.stop();
  if (work_thread_.joinable()) work_thread_.join();
  capture_.reset();
  counter_.reset();
  cashier_.reset();
  link_.reset();
  shop_.reset();
  if (lock_file_ >= 0) ::close(lock_file_);
}

// The shop before the link: once somebody can ask, only the work thread touches the shop.
Result<> Service::start() {
  MILLPOND_TRY(const auto group, link_group(settings_.group));
  MILLPOND_TRY(lock_file_, lock_folder(folder_));
  open_capture();
  auto opened = open_shop({});
  if (!opened && opened.error().code != Code::not_provisioned) return opened;
  if (!opened) spdlog::info("not provisioned yet: use `millpond provision`");
  link::ServerEvents events;
  events.on_message = [this](link::ConnectionId connection, link::Message message) {
    on_link_message(connection, std::move(message));
  };
  events.on_closed = [this](link::ConnectionId connection) {
    static_cast<void>(loop_.post([this, connection] { screens_.detach(connection); }));
  };
  MILLPOND_TRY(link_, link::Server::start({folder_ / "terminal.sock", group}, std::move(events)));
  work_thread_ = std::thread{[this] { work_.run([] { return std::int64_t{0}; }, [] {}); }};
  return {};
}

// A capture that cannot be opened stops no sales that come another way.
void Service::open_capture() {
  auto opened = CaptureDesk::open(folder_, settings_, clock_);
  if (!opened) return spdlog::error("nothing is captured: {}", base::describe(opened.error()));
  capture_ = std::move(opened).value();
}

Result<> Service::open_file_drop() {
  if (settings_.drop_folder.empty()) return {};
  MILLPOND_TRY(auto keys, load_till_keys(folder_));
  MILLPOND_TRY(file_drop_,
               till::FileDrop::start({folder_ / settings_.drop_folder}, std::move(keys), *counter_, clock_));
  return {};
}

void Service::attach_capture() {
  if (!capture_) return;
  const auto context = [this] {
    const auto now_ms = shop_->time().now().wall_ms;
    const auto programme = shop_->programme();
    const int offset_min = programme ? model::offset_at(*programme, now_ms) : 0;
    return capture::ReadContext{shop_->terminal().identity().certificate.store,
                                {},
                                base::local_date_at(now_ms, offset_min),
                                offset_min,
                                now_ms};
  };
  capture_->attach(*counter_, context, [this](const std::string& till) { return counter_->tells_itself(till); });
}

std::string Service::gateway_url() const {
  auto host = settings_.gateway_address;
  if (host == "0.0.0.0" || host == "::") {
    std::array<char, 256> name{};
    static_cast<void>(::gethostname(name.data(), name.size() - 1));
    host = name.data();
  } else if (host.find(':') != std::string::npos) {
    host = "[" + host + "]";
  }
  return (has_gateway_tls(settings_) ? "https://" : "http://") + host + ":" +
         std::to_string(gateway_ ? gateway_->port() : std::uint16_t{0});
}

void Service::run() {
  loop_.run([this] { return screens_.next_wake_ms(); }, [this] { screens_.wake(); });
}

void Service::stop() { loop_.stop(); }

Result<> Service::open_shop(std::vector<wire::DownRow> documents) {
  if (shop_) return Error{Code::already_exists, "open shop", "this terminal is provisioned", folder_.string()};
  ShopNews news;
  news.on_sync = [this](const client::SyncStatus& status) { on_sync(status); };
  news.on_offers = [this] { static_cast<void>(work_.post([this] { programme_changed(); })); };
  news.on_print = [this](const PrintNews& print) {
    deliver_to_all(flow::PrinterChanged{print.state});
    deliver_to_all(flow::PrintDone{print.ok, print.state, print.of.value});
  };
  news.on_printer = [this](ports::DeviceState state) { deliver_to_all(flow::PrinterChanged{state}); };
  MILLPOND_TRY(auto shop, Shop::open(folder_, settings_, std::move(documents), clock_, std::move(news)));
  auto counter = std::make_unique<TillCounter>(*shop, screens_, settings_.language,
                                               [this](const Claim& claim, const flow::SaleResult& sale,
                                                      const std::string& till) { sale_committed(claim, sale, till); });
  MILLPOND_TRY(gateway_, counter->open_gateway(folder_, settings_));
  consents_ = std::make_unique<ConsentDesk>(*shop);
  cashier_ = std::make_unique<CashierDesk>(
      *shop, [this] { return till_by_hand(folder_, settings_); }, settings_.language);
  counter->on_basket(
      [this](const flow::BasketTold& told) {
        deliver_to_cashiers(told);
        deliver_to_customers(told);
      },
      [this](const flow::BasketGone& gone) {
        deliver_to_cashiers(gone);
        deliver_to_customers(gone);
      });
  counter_ = std::move(counter);
  shop_ = std::move(shop);
  MILLPOND_TRY_DO(shop_->start());
  spdlog::info("terminal {} of store {} is open; tills at {}", shop_->terminal().identity().certificate.terminal.value,
               shop_->terminal().identity().certificate.store.value, gateway_url());
  deliver_to_all(flow::PrinterChanged{shop_->printer_state()});
  programme_changed();
  attach_capture();
  if (const auto opened = open_file_drop(); !opened)
    spdlog::error("no files are read: {}", base::describe(opened.error()));
  static_cast<void>(loop_.post([this] { screens_.set_provisioned(true); }));
  return {};
}

void Service::on_link_message(link::ConnectionId connection, link::Message message) {
  if (const auto* ask = std::get_if<link::Ask>(&message)) {
    const bool queued = work_.post([this, connection, question = *ask] { answer(connection, question); });
    if (!queued) link_->send(connection, link::Failure{ask->id, {Code::overloaded, "ask", "too much waits already"}});
    return;
  }
  static_cast<void>(
      loop_.post([this, connection, received = std::move(message)] { screens_.handle(connection, received); }));
}

void Service::answer(link::ConnectionId connection, const link::Ask& ask) {
  run_command(*this, ask.method, ask.params_json, [this, connection, id = ask.id](const Result<std::string>& result) {
    if (result)
      link_->send(connection, link::Answer{id, *result});
    else
      link_->send(connection, link::Failure{id, result.error()});
  });
}

void Service::deliver(const std::string& screen_id, flow::Msg msg) {
  static_cast<void>(loop_.post([this, screen_id, message = std::move(msg)] { screens_.deliver(screen_id, message); }));
}

void Service::deliver_to_cashiers(flow::Msg msg, const std::string& but) {
  static_cast<void>(loop_.post([this, message = std::move(msg), but] { screens_.deliver_to_cashiers(message, but); }));
}

void Service::deliver_to_customers(flow::Msg msg) {
  static_cast<void>(loop_.post([this, message = std::move(msg)] { screens_.deliver_to_customers(message); }));
}

void Service::deliver_to_all(flow::Msg msg) {
  static_cast<void>(loop_.post([this, message = std::move(msg)] { screens_.deliver_to_all(message); }));
}

// On the loop: a Cmd becomes work, and its result comes back as a Msg. A full work queue answers at once.
void Service::execute(const std::string& screen_id, const flow::Cmd& command) {
  const bool queued = work_.post([this, screen_id, command] {
    if (!shop_) return;
    if (const auto* identify_command = std::get_if<flow::Identify>(&command)) identify(screen_id, *identify_command);
    if (const auto* enrol_command = std::get_if<flow::Enrol>(&command)) enrol(screen_id, *enrol_command);
    if (const auto* print_command = std::get_if<flow::PrintCard>(&command)) print_card(screen_id, *print_command);
    if (const auto* change = std::get_if<flow::ChangeConsent>(&command)) change_consent(screen_id, *change);
    serve_cashier(screen_id, command);
  });
  if (queued) return;
  if (const auto* enrolment = std::get_if<flow::Enrol>(&command))
    deliver(screen_id, flow::EnrolFailed{Code::overloaded, enrolment->ticket});
  if (const auto* identification = std::get_if<flow::Identify>(&command))
    deliver(screen_id, flow::IdentifyFailed{Code::overloaded, identification->ticket});
  if (const auto* change = std::get_if<flow::ChangeConsent>(&command))
    deliver(screen_id, flow::ConsentFailed{Code::overloaded, change->ticket});
  if (std::holds_alternative<flow::PrintCard>(command))
    deliver(screen_id, flow::PrintDone{false, ports::DeviceState::busy});
  if (const auto* sale = std::get_if<flow::RecordSale>(&command))
    deliver(screen_id, flow::RecordFailed{Code::overloaded, sale->ticket});
  if (const auto* wanted = std::get_if<flow::FindSale>(&command))
    deliver(screen_id, flow::RecordFailed{Code::overloaded, wanted->ticket});
  if (const auto* refund = std::get_if<flow::RefundSale>(&command))
    deliver(screen_id, flow::RecordFailed{Code::overloaded, refund->ticket});
  if (const auto* basket = std::get_if<flow::WeighBasket>(&command))
    deliver(screen_id, flow::WeighFailed{Code::overloaded, basket->ticket});
  if (const auto* named = std::get_if<flow::NameByPhone>(&command))
    deliver(screen_id, flow::EnrolFailed{Code::overloaded, named->ticket});
  if (const auto* asked = std::get_if<flow::LookUp>(&command))
    deliver(screen_id, flow::IdentifyFailed{Code::overloaded, asked->ticket});
  if (const auto* looked = std::get_if<flow::LookAtService>(&command))
    deliver(screen_id, flow::LookFailed{Code::overloaded, looked->ticket});
  if (const auto* shift = std::get_if<flow::LookAtShift>(&command))
    deliver(screen_id, flow::LookFailed{Code::overloaded, shift->ticket});
}

void Service::identify(const std::string& screen_id, const flow::Identify& command) {
  const auto member = shop_->terminal().see(command.code_text);
  if (!member) return deliver(screen_id, flow::IdentifyFailed{member.error().code, command.ticket});
  deliver(screen_id, flow::MemberFound{card_of(*member), command.ticket});
}

void Service::enrol(const std::string& screen_id, const flow::Enrol& command) {
  terminal::EnrolRequest request{command.phone_e164, command.consents, model::Channel::kiosk};
  fill_text_hashes(request.consents, command.notices);
  const auto member = shop_->terminal().enrol(request);
  if (!member) return deliver(screen_id, flow::EnrolFailed{member.error().code, command.ticket});
  consents_->hear_age(*member);
  deliver(screen_id, flow::Enrolled{member->member, command.ticket});
}

void Service::change_consent(const std::string& screen_id, const flow::ChangeConsent& command) {
  const auto changed = consents_->change(
      {command.member, command.strength, command.purpose, command.granted, command.language, command.age});
  if (!changed) return deliver(screen_id, flow::ConsentFailed{changed.error().code, command.ticket});
  deliver(screen_id, flow::ConsentSaved{command.purpose, command.granted, command.ticket});
}

void Service::print_card(const std::string& screen_id, const flow::PrintCard& command) {
  const auto queued = shop_->terminal().request_card_slip(command.member, settings_.language);
  if (!queued) return deliver(screen_id, flow::PrintDone{false, shop_->printer_state()});
  deliver(screen_id, flow::CardQueued{queued->value});
  shop_->wake_printer();  // no fact stands behind a card slip, so the journal does not tell of it
}

// Every cashier learns that the till's basket is paid, whoever it is for. Where they stand it is shown; there they may
// be known by another of their numbers.
void Service::sale_committed(const Claim& claim, flow::SaleResult sale, const std::string& till) {
  deliver_to_cashiers(flow::SaleCommitted{sale, std::nullopt, 0, till}, claim.screen_id);
  deliver_to_customers(flow::BasketGone{till, {}});
  if (claim.screen_id.empty()) return;
  sale.member = claim.member;
  if (model::too_weak(sale.strength, model::Deed::see)) {
    return deliver(claim.screen_id, flow::SaleCommitted{sale, std::nullopt, 0, till});
  }
  const bool queued = work_.post([this, claim, sale, till] {
    const auto member = shop_->terminal().member(claim.member);
    if (member) deliver(claim.screen_id, flow::SaleCommitted{sale, card_of(*member), 0, till});
  });
  if (!queued) spdlog::warn("a screen did not show sale {}: too much waits already", sale.event_seq);
}

// What the hub has told meanwhile, or another screen's sale, is on a card that is shown.
void Service::show_cards_again() {
  if (!shop_) return;
  for (const auto& claim : screens_.standing()) {
    const auto member = shop_->terminal().member(claim.member);
    if (member) deliver(claim.screen_id, flow::CardChanged{card_of(*member)});
  }
}

flow::MemberCard Service::card_of(const terminal::MemberView& member) {
  auto card = member_card(member, shop_->terminal().member_code(member.member), shop_->programme());
  card.consents = consents_->standing(member.member);
  card.told_age_min = consents_->told_age_min(member);
  card.store = shop_->terminal().identity().certificate.store;
  return card;
}

void Service::programme_changed() {
  if (const auto loaded = shop_->reload_programme(); !loaded) {
    spdlog::error("the programme cannot be used: {}", base::describe(loaded.error()));
  }
  deliver_to_all(flow::ProgrammeChanged{shop_->programme(), shop_->terminal().identity().certificate.store});
}

void Service::on_sync(const client::SyncStatus& status) {
  {
    const std::lock_guard lock{sync_mutex_};
    if (status.line != sync_status_.line) {
      spdlog::info("line {}{}", status.line == engine::Line::online ? "online" : "offline",
                   status.reason.empty() ? "" : ": " + status.reason);
    }
    sync_status_ = status;
  }
  if (status.line == engine::Line::unknown) return;
  deliver_to_all(flow::LineChanged{status.line == engine::Line::online, status.queued});
  if (!screens_.standing().empty()) static_cast<void>(work_.post([this] { show_cards_again(); }));
}

client::SyncStatus Service::sync_status() const {
  const std::lock_guard lock{sync_mutex_};
  return sync_status_;
}

Result<till::Key> Service::add_till(const std::string& name) {
  MILLPOND_TRY(auto key, counter_->add_till(folder_, *gateway_, name));
  if (file_drop_) file_drop_->add_key(key);
  return key;
}

}  // namespace millpond::service
