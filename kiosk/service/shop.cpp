// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/shop.h"

#include "kiosk/service/printer_of.h"
#include "kiosk/service/shop_options.h"
#include "sync/base/file.h"
#include "sync/client/documents.h"
#include "sync/crypto/hash.h"
#include "sync/store/hub_keys.h"
#include "sync/terminal/granted.h"
#include "sync/terminal/listing.h"

#include <spdlog/spdlog.h>

namespace millpond::service {
namespace {

using base::Result;

constexpr std::int64_t day_ms = 86'400'000;

Result<client::Credentials> credentials_of(const terminal::Identity& identity, const std::filesystem::path& folder,
                                           store::JournalThread& journal,
                                           std::shared_ptr<client::WithdrawnKeys> withdrawn) {
  MILLPOND_TRY(auto key, terminal::load_or_make_key(folder));
  Result<std::vector<wire::HubKey>> later{std::vector<wire::HubKey>{}};
  MILLPOND_TRY_DO(journal.with([&](store::Journal& open) { later = store::later_hub_keys(open, identity.root); }));
  MILLPOND_TRY(auto later_keys, std::move(later));
  Result<> read;
  const auto note_withdrawn = [&](store::Journal& open) -> Result<> {
    for (std::uint32_t number = 1; number <= client::WithdrawnKeys::number_max; ++number) {
      MILLPOND_TRY(const auto issuer, open.issuer(number));
      if (issuer && issuer->revoked_from_seq != 0) withdrawn->add(number);
    }
    return {};
  };
  MILLPOND_TRY_DO(journal.with([&](store::Journal& open) { read = note_withdrawn(open); }));
  MILLPOND_TRY_DO(std::move(read));
  return client::Credentials{identity.certificate.terminal,
                             identity.brand,
                             std::make_shared<const crypto::SigningKey>(std::move(key)),
                             identity.hub_key,
                             identity.root,
                             std::move(later_keys),
                             std::move(withdrawn)};
}

Result<std::unique_ptr<store::JournalThread>> open_journal(const std::filesystem::path& folder,
                                                           const Settings& settings, const store::JournalOwner& owner,
                                                           const base::Clock& clock, store::HubTime& time) {
  MILLPOND_TRY(auto journal,
               store::Journal::open(journal_options(folder, settings, owner), clock, crypto::system_rng()));
  // A start that had to salvage must not pass in silence: what could not be saved is in a file set aside.
  if (const auto health = journal->health(); health && !health->healthy()) {
    spdlog::warn("journal: {}", terminal::health_words(*health));
  }
  if (const auto loaded = time.load(*journal); !loaded) {
    spdlog::warn("the hub's time of before cannot be read: {}", base::describe(loaded.error()));
  }
  return std::make_unique<store::JournalThread>(std::move(journal));
}

// Positions of facts begin again with a new journal; balances "as of" the old ones would hide new points.
void forget_replica(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto* name : {"replica.db", "replica.db-wal", "replica.db-shm"}) {
    std::filesystem::remove(folder / name, ignored);
  }
}

}  // namespace

Result<std::unique_ptr<Shop>> Shop::open(const std::filesystem::path& folder, const Settings& settings,
                                         std::vector<wire::DownRow> documents, const base::Clock& clock,
                                         ShopNews news) {
  std::unique_ptr<Shop> shop{new Shop};
  shop->folder_ = folder;
  shop->settings_ = settings;
  shop->news_ = std::move(news);
  shop->clock_ = &clock;
  MILLPOND_TRY(shop->identity_, terminal::load_identity(folder));
  if (std::error_code ignored; !std::filesystem::exists(folder / "journal.db", ignored)) forget_replica(folder);
  const auto& certificate = shop->identity_->certificate;
  shop->time_ = std::make_unique<store::HubTime>(
      clock, store::this_machine(folder / "journal.db").boot_id,
      store::HubTime::Span{certificate.first_day * day_ms, (certificate.last_day + 1) * day_ms});
  MILLPOND_TRY(shop->journal_,
               open_journal(folder, settings, {shop->identity_->brand, certificate.terminal, certificate.store}, clock,
                            *shop->time_));
  MILLPOND_TRY(const auto machine_key, terminal::load_or_make_machine_key(folder, terminal::credentials_directory()));
  shop->root_key_ = machine_key.source;
  MILLPOND_TRY(shop->replica_, store::Replica::open(folder / "replica.db", {},
                                                    std::make_shared<store::PersonalFields>(machine_key.root)));
  shop->terminal_ = std::make_unique<terminal::Terminal>(*shop->identity_, *shop->journal_, *shop->replica_,
                                                         *shop->time_, crypto::system_rng());
  shop->staff_ = std::make_unique<terminal::StaffDesk>(*shop->terminal_, clock, shop->time_->boot_id());
  MILLPOND_TRY_DO(shop->keep_documents(documents));
  MILLPOND_TRY_DO(shop->keep_granted());
  MILLPOND_TRY_DO(shop->reload_programme());
  MILLPOND_TRY_DO(shop->forget_overdue());
  MILLPOND_TRY(auto credentials, credentials_of(*shop->identity_, folder, *shop->journal_, shop->withdrawn_keys_));
  MILLPOND_TRY(auto http, net::HttpClient::create(line_options(shop->identity_->hub_url, settings)));
  shop->redemptions_ = std::make_unique<client::RedeemLine>(std::move(credentials), std::move(http), clock,
                                                            *shop->time_, crypto::system_rng());
  shop->terminal_->ask_about_cards([line = shop->redemptions_.get()](const wire::CardAsk& ask) {
    return line->ask(ask, client::RedeemLine::limit_ms);
  });
  shop->holds_ = std::make_unique<HoldKeeper>(*shop->terminal_, *shop->redemptions_);
  return shop;
}

Shop::~Shop() {
  if (journal_) journal_->on_committed([](base::Seq) {});
  if (runner_) runner_->stop();
  runner_.reset();
  holds_.reset();
  printing_.reset();
}

// What came with provisioning goes the way of every downlink page, signatures checked.
Result<> Shop::keep_documents(const std::vector<wire::DownRow>& documents) {
  if (documents.empty()) return {};
  MILLPOND_TRY(const auto credentials, credentials_of(*identity_, folder_, *journal_, withdrawn_keys_));
  wire::DownPage page;
  page.rows = documents;
  Result<std::optional<std::uint32_t>> kept{std::optional<std::uint32_t>{}};
  MILLPOND_TRY_DO(
      journal_->with([&](store::Journal& journal) { kept = client::keep_documents(page, credentials, journal, 0); }));
  if (!kept) return kept.error();
  return {};
}

// Until the hub has taken the grant, at every start: what is there already stays. Documents that cannot be used any
// more come with the first sync; a terminal that does not start would be worse.
Result<> Shop::keep_granted() {
  const auto allowance = terminal::granted_allowance(*identity_);
  if (!allowance) return {};
  std::vector<wire::DownRow> rows{*allowance};
  const auto documents = terminal::granted_documents(folder_, *identity_);
  if (documents) {
    rows.insert(rows.end(), documents->begin(), documents->end());
  } else {
    spdlog::warn("the documents of the grant cannot be used: {}", base::describe(documents.error()));
  }
  MILLPOND_TRY_DO(keep_documents(rows));
  if (documents) terminal::forget_granted_documents(folder_);
  return {};
}

// A machine that was switched off for too long must not use what it should have forgotten meanwhile; so it is no use
// before that is done.
Result<> Shop::forget_overdue() {
  client::PersonalRetention retention{*clock_, *time_, *replica_};
  retention.set_kept([this] { return personal_kept_ms_.load(); });
  return retention.tend([this](const std::function<Result<>(store::Journal&)>& question) -> Result<> {
    Result<> answer;
    MILLPOND_TRY_DO(journal_->with([&](store::Journal& journal) { answer = question(journal); }));
    return answer;
  });
}

// The hub key of before goes where later ones are first: what it signed is still there.
Result<> Shop::keep_certificate(const wire::RenewAnswer& answer) {
  Result<> kept;
  MILLPOND_TRY_DO(journal_->with([&](store::Journal& journal) {
    kept = store::keep_hub_key(journal, identity_->hub_key_bytes, identity_->root);
  }));
  MILLPOND_TRY_DO(std::move(kept));
  MILLPOND_TRY_DO(terminal::renew_identity(folder_, answer));
  MILLPOND_TRY(const auto renewed, terminal::load_identity(folder_));
  identity_->last_day.set(renewed.certificate.last_day);
  spdlog::info("certificate renewed until {}", base::format_date({renewed.certificate.last_day}));
  return {};
}

// Phones that were enrolled before are looked up under this machine's own key until the next start.
Result<> Shop::keep_binding(const wire::ProvisionAnswer& answer) {
  MILLPOND_TRY_DO(terminal::save_identity(folder_, identity_->hub_url, answer));
  MILLPOND_TRY(const auto bound, terminal::load_identity(folder_));
  identity_->last_day.set(bound.certificate.last_day);
  spdlog::info("the hub took this terminal's grant; certificate until {}",
               base::format_date({bound.certificate.last_day}));
  return {};
}

client::ErrandHooks Shop::errand_hooks() {
  client::ErrandHooks hooks;
  hooks.keep_binding = [this](const wire::ProvisionAnswer& answer) { return keep_binding(answer); };
  hooks.keep_certificate = [this](const wire::RenewAnswer& answer) { return keep_certificate(answer); };
  hooks.keep_address = [this](const std::string& url) -> Result<> {
    MILLPOND_TRY_DO(terminal::move_identity(folder_, url));
    spdlog::info("the hub has moved to {}", url);
    return {};
  };
  hooks.keep_cards = [this](const std::vector<std::string>& cards) { return terminal_->keep_cards(cards); };
  return hooks;
}

Result<> Shop::start() {
  MILLPOND_TRY(auto credentials, credentials_of(*identity_, folder_, *journal_, withdrawn_keys_));
  const auto line = line_options(identity_->hub_url, settings_);
  client::Lines lines;
  MILLPOND_TRY(lines.up, net::HttpClient::create(line));
  MILLPOND_TRY(lines.down, net::HttpClient::create(line));
  client::Listener listener{.status = news_.on_sync, .offers_changed = [this](std::uint32_t) { news_.on_offers(); }};
  errands_ =
      std::make_unique<client::Errands>(identity_->certificate, identity_->root, identity_->hub_url, errand_hooks());
  if (identity_->unbound) {
    errands_->bind_first({identity_->unbound->grant, identity_->certificate.key, identity_->unbound->binding});
  }
  terminal_->on_card_wanted([this](base::MemberId member) { errands_->want_card(member); });
  auto options = runner_options(settings_);
  options.errands = errands_.get();
  options.personal_kept_ms = [this] { return personal_kept_ms_.load(); };
  runner_ = std::make_unique<client::Runner>(std::move(credentials), std::move(lines), *journal_, *replica_, *time_,
                                             *clock_, crypto::system_rng(), std::move(listener), options);
  if (settings_.printer != PrinterKind::none) {
    MILLPOND_TRY(printing_, Printing::start({folder_, settings_, [this] { return programme(); }, news_.on_print,
                                             news_.on_printer, printer_watch(settings_)},
                                            *journal_, *clock_));
  }
  journal_->on_committed([this](base::Seq) {
    runner_->outbox_changed();
    wake_printer();
  });
  runner_->start();
  return {};
}

ports::DeviceState Shop::printer_state() const {
  return printing_ ? printing_->state() : ports::DeviceState::not_configured;
}

void Shop::wake_printer() {
  if (printing_) printing_->wake();
}

std::optional<model::Programme> Shop::programme() const {
  const std::lock_guard lock{programme_mutex_};
  return programme_;
}

Result<> Shop::reload_programme() {
  MILLPOND_TRY(auto loaded, terminal_->load_programme());
  personal_kept_ms_ = (loaded ? loaded->country : model::china()).profile_days * day_ms;
  {
    const std::lock_guard lock{programme_mutex_};
    programme_ = std::move(loaded);
  }
  wake_printer();
  return {};
}

}  // namespace millpond::service
