// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/serve.h"

#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/sqlite_open.h"
#include "sync/hub/server/admin_api.h"
#include "sync/hub/server/book_keeper.h"
#include "sync/hub/server/check_keeper.h"
#include "sync/hub/server/config.h"
#include "sync/hub/server/feed_waker.h"
#include "sync/hub/server/log.h"
#include "sync/hub/server/notice_api.h"
#include "sync/hub/server/projector.h"
#include "sync/hub/server/snapshot_keeper.h"
#include "sync/hub/server/terminal_api.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <mutex>
#include <sys/file.h>
#include <unistd.h>

namespace millpond::hub {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

constexpr std::size_t up_bytes_max = 8U << 20;     // compressed; wire::up_body_bytes_max holds after it
constexpr std::size_t admin_bytes_max = 4U << 20;  // a programme document
constexpr std::uint32_t admin_workers = 2;
constexpr time_t certificate_look_s = 60;

// One hub per folder. The kernel drops the lock with the process, however that ends.
class FolderLock {
 public:
  static base::Result<std::unique_ptr<FolderLock>> take(const fs::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Error{Code::permission_denied, "lock hub folder", std::strerror(errno), file.string()};
    std::unique_ptr<FolderLock> lock{new FolderLock{fd}};
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
    return Error{Code::already_running, "lock hub folder", "another hub holds this folder",
                 file.parent_path().string()};
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int fd) : fd_{fd} {}
  int fd_;
};

PeopleSettings people_settings(const HubConfig& config) {
  PeopleSettings settings;
  using Kind = PhoneScope::Kind;
  settings.scope.kind = config.phone_scope == "store"   ? Kind::store
                        : config.phone_scope == "chain" ? Kind::chain
                                                        : Kind::region;
  for (const auto& [store, region] : config.regions) settings.scope.regions[{store}] = region;
  if (config.pin_passes > 0) settings.pin_cost = crypto::PinCost{config.pin_passes};
  return settings;
}

base::Result<std::unique_ptr<HubCore>> open_core(const HubFolder& folder, HubKeys keys, const HubConfig& config) {
  auto& rng = crypto::system_rng();
  MILLPOND_TRY(auto store, open_sqlite_store(
                               {.path = folder.database(),
                                .generation = new_generation(rng),
                                .durability = config.durability == "wal" ? HubDurability::wal : HubDurability::safe}));
  auto credit = default_credit();
  credit.poll_ms = config.poll_ms;
  MILLPOND_TRY(auto core, HubCore::create(std::move(store), std::move(keys), base::system_clock(), rng, credit));
  MILLPOND_TRY_DO(core->keep_members_in(folder.member_keys()));
  core->set_people(people_settings(config));
  return core;
}

fs::path credentials_directory() {
  const char* const given = std::getenv("CREDENTIALS_DIRECTORY");
  return given == nullptr ? fs::path{} : fs::path{given};
}

model::HonourLimits honour_limits(const HubConfig& config) {
  constexpr std::int64_t hour_ms = 3'600'000;
  return {1,
          config.coupon_value_minor_max,
          config.coupon_outstanding_minor_max,
          config.coupon_outstanding_uses_max,
          config.coupon_approval_after_h * hour_ms,
          config.coupon_refuse_after_h * hour_ms,
          config.coupon_uses_a_member_day_max,
          config.coupon_card_minor_max};
}

ApiOptions api_options(const HubConfig& config, Projector& projector, const SnapshotShelf& shelf) {
  return {config.requests_per_s,
          config.requests_burst,
          config.provision_failures_per_h,
          {config.unsigned_per_s, config.unsigned_burst, config.unsigned_total_per_s, config.unsigned_total_burst},
          [&] { projector.wake(); },
          [&] { return projector.healthy(); },
          &shelf,
          config.poll_slots};
}

base::Result<std::unique_ptr<SnapshotShelf>> open_shelf(const HubFolder& folder, HubCore& core,
                                                        const HubConfig& config) {
  std::error_code failure;
  fs::create_directories(folder.snapshots(), failure);
  if (failure) return Error{Code::permission_denied, "make snapshot folder", failure.message(), folder.dir.string()};
  ShelfOptions options;
  options.folder = folder.snapshots();
  options.rows_min = config.snapshot_rows_min;
  options.moved_min = std::max<std::uint64_t>(config.snapshot_rows_min, 1);
  options.tombstone_ms = std::int64_t{config.tombstone_days} * 86'400'000;
  return SnapshotShelf::open(core, base::system_clock(), options);
}

// Set before anything that changes the feed begins.
class FeedWatch {
 public:
  FeedWatch(HubCore& core, std::function<void()> wake) : waker_{std::move(wake)} {
    core.on_feed_changed([this](std::uint64_t) { waker_.moved(); });
  }

 private:
  FeedWaker waker_;
};

class Hub final : public RunningHub {
 public:
  Hub(std::unique_ptr<FolderLock> lock, std::unique_ptr<HubCore> core, std::unique_ptr<SnapshotShelf> shelf,
      HubFolder folder, const HubConfig& config, NoticeAccounts accounts)
      : lock_{std::move(lock)},
        core_{std::move(core)},
        shelf_{std::move(shelf)},
        folder_{std::move(folder)},
        address_{config.address},
        secure_{!config.certificate.empty()},
        feed_{*core_, [this] { wake_held(); }},
        projector_{*core_},
        keeper_{*shelf_},
        checker_{*core_, base::system_clock(), config.check_at_h},
        settler_{*core_, [this] { projector_.wake(); }},
        notices_{*core_, base::system_clock(), std::move(accounts), [this] { settler_.look(); }},
        terminals_{*core_, base::system_clock(), api_options(config, projector_, *shelf_)},
        admin_{*core_, base::system_clock(), config.brand_name, [this] { projector_.wake(); }} {}
  ~Hub() override {
    {
      // First of all: requests use everything below. Outside of the lock, because a last wake may wait for it.
      std::unique_ptr<http::Server> door;
      const std::lock_guard lock{door_mutex_};
      door = std::move(terminal_door_);
    }
    admin_door_.reset();
    std::error_code ignored;
    fs::remove(folder_.port_file(), ignored);
  }

  base::Result<> listen(const HubConfig& config) {
    http::ServerOptions door;
    door.address = config.address;
    door.port = config.port;
    door.body_bytes_max = up_bytes_max;
    door.workers = config.workers;
    if (secure_) {
      door.certificate = folder_.dir / config.certificate;
      door.key = folder_.dir / config.key;
      certificate_ = door.certificate;
      key_ = door.key;
      files_read_ = certificate_files();
    }
    door.parked_max = config.poll_slots;
    const auto answer = [this](const http::Request& request) {
      return NoticeApi::serves(request.path()) ? notices_.answer(request) : terminals_.answer(request);
    };
    MILLPOND_TRY(auto opened, http::Server::start(door, answer));
    {
      const std::lock_guard lock{door_mutex_};
      terminal_door_ = std::move(opened);
    }
    http::ServerOptions local;
    local.unix_path = folder_.admin_socket();
    local.body_bytes_max = admin_bytes_max;
    local.workers = admin_workers;
    MILLPOND_TRY(admin_door_,
                 http::Server::start(local, [this](const auto& request) { return admin_.answer(request); }));
    const auto text = std::to_string(port()) + "\n";
    return base::write_file(folder_.port_file(), base::view_of(text));
  }

  base::Result<bool> refresh_certificate(Look look) override {
    if (!secure_) return false;
    const auto files = certificate_files();
    if (look == Look::when_changed && files == files_read_) return false;
    files_read_ = files;
    MILLPOND_TRY_DO(terminal_door_->reload_certificate());
    return true;
  }

  [[nodiscard]] std::uint16_t port() const override { return terminal_door_->port(); }
  [[nodiscard]] std::string url() const override {
    const auto host = address_.find(':') == std::string::npos ? address_ : "[" + address_ + "]";
    return (secure_ ? "https://" : "http://") + host + ":" + std::to_string(port());
  }

 private:
  using FileState = std::pair<fs::file_time_type, std::uintmax_t>;
  // When the two files were last written, and how long they are.
  [[nodiscard]] std::pair<FileState, FileState> certificate_files() const {
    const auto state = [](const fs::path& file) {
      std::error_code ignored;
      return FileState{fs::last_write_time(file, ignored), fs::file_size(file, ignored)};
    };
    return {state(certificate_), state(key_)};
  }

  void wake_held() {
    const std::lock_guard lock{door_mutex_};
    if (terminal_door_) terminal_door_->wake();
  }

  std::unique_ptr<FolderLock> lock_;  // released last
  std::unique_ptr<HubCore> core_;
  std::unique_ptr<SnapshotShelf> shelf_;
  HubFolder folder_;
  std::string address_;
  bool secure_;  // TLS at the terminals' door
  fs::path certificate_;
  fs::path key_;
  std::pair<FileState, FileState> files_read_;  // as the door knows them, or could not read them
  std::mutex door_mutex_;
  std::unique_ptr<http::Server> terminal_door_;  // guarded by door_mutex_ where the feed wakes it
  FeedWatch feed_;
  Projector projector_;
  SnapshotKeeper keeper_;
  CheckKeeper checker_;
  BookKeeper settler_;
  NoticeApi notices_;
  TerminalApi terminals_;
  AdminApi admin_;
  std::unique_ptr<http::Server> admin_door_;
};

}  // namespace

base::Result<> require_hub(const HubFolder& folder) {
  std::error_code ignored;
  if (fs::exists(folder.keys(), ignored)) return {};
  return Error{Code::not_found, "find hub",
               "no hub was made in this folder; another one may hold it, or make one: millpond-hub init --dir " +
                   folder.dir.string(),
               folder.dir.string()};
}

base::Result<std::string> init_hub(const HubFolder& folder, const std::string& brand_name) {
  std::error_code failure;
  const bool is_new = fs::create_directories(folder.dir, failure);
  if (failure) return Error{Code::permission_denied, "make hub folder", failure.message(), folder.dir.string()};
  if (is_new) fs::permissions(folder.dir, fs::perms::owner_all, failure);
  MILLPOND_TRY(const auto lock, FolderLock::take(folder.lock_file()));
  MILLPOND_TRY(auto keys, create_keys(folder.keys()));
  const auto brand = base::to_hex(keys.brand.bytes);
  MILLPOND_TRY(const auto core, open_core(folder, std::move(keys), {}));
  if (!fs::exists(folder.config(), failure)) {
    MILLPOND_TRY_DO(base::write_file(folder.config(), base::view_of(initial_config(brand_name))));
  }
  return brand;
}

base::Result<std::unique_ptr<RunningHub>> RunningHub::start(const ServeOptions& options) {
  const auto& folder = options.folder;
  MILLPOND_TRY(auto config, load_config(folder.config()));
  if (options.address) config.address = *options.address;
  if (options.port) config.port = *options.port;
  MILLPOND_TRY_DO(require_hub(folder));
  std::error_code ignored;
  MILLPOND_TRY(auto lock, FolderLock::take(folder.lock_file()));
  fs::remove(folder.port_file(), ignored);
  MILLPOND_TRY(auto keys, load_keys(folder.keys()));
  MILLPOND_TRY(auto accounts, load_notice_accounts(config.notices, folder.dir, credentials_directory()));
  MILLPOND_TRY(auto core, open_core(folder, std::move(keys), config));
  MILLPOND_TRY(const auto bound_minor, core->set_limits(honour_limits(config), config.uses_day_max));
  core->set_lease_terms({{model::LeaseKind::points, 0, config.points_pool_max, config.points_terminal_max,
                          config.points_member_max, config.points_day_max}});
  log(Level::info, "limits_set", {{"loss_bound_minor", bound_minor}});
  MILLPOND_TRY(auto shelf, open_shelf(folder, *core, config));
  auto hub =
      std::make_unique<Hub>(std::move(lock), std::move(core), std::move(shelf), folder, config, std::move(accounts));
  MILLPOND_TRY_DO(hub->listen(config));
  return std::unique_ptr<RunningHub>{std::move(hub)};
}

base::Result<> serve(const ServeOptions& options) {
  // Blocked here, before any thread exists, so that only sigtimedwait() below receives them.
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, each);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  MILLPOND_TRY(auto hub, RunningHub::start(options));
  std::cout << "listening on " << hub->url() << std::endl;
  log(Level::info, "started", {{"port", std::int64_t{hub->port()}}});
  int received = 0;
  while (received != SIGTERM && received != SIGINT) {
    const timespec look_after{certificate_look_s, 0};
    received = sigtimedwait(&wanted, nullptr, &look_after);
    const auto look = received == SIGHUP ? RunningHub::Look::always : RunningHub::Look::when_changed;
    const auto read = hub->refresh_certificate(look);
    if (!read) log_error("certificate_refused", read.error());
    if (read && *read) log(Level::info, "certificate_read");
  }
  log(Level::info, "stopping", {{"signal", std::int64_t{received}}});
  hub.reset();
  log(Level::info, "stopped");
  return {};
}

}  // namespace millpond::hub
