// SPDX-License-Identifier: Apache-2.0
// A hub's folder and the running hub made from it: DIR/keys, DIR/hub.db, DIR/members.keys, DIR/hub.toml,
// DIR/admin.sock, DIR/port, DIR/lock and DIR/snapshots. RunningHub composes store, core, projector, shelf and both
// servers, and ends them in the opposite order.
#pragma once

#include "sync/base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace millpond::hub {

struct HubFolder {
  std::filesystem::path dir;
  [[nodiscard]] std::filesystem::path keys() const { return dir / "keys"; }
  [[nodiscard]] std::filesystem::path database() const { return dir / "hub.db"; }
  [[nodiscard]] std::filesystem::path member_keys() const { return dir / "members.keys"; }  // not into backups of dir
  [[nodiscard]] std::filesystem::path config() const { return dir / "hub.toml"; }
  [[nodiscard]] std::filesystem::path admin_socket() const { return dir / "admin.sock"; }
  [[nodiscard]] std::filesystem::path port_file() const { return dir / "port"; }
  [[nodiscard]] std::filesystem::path snapshots() const { return dir / "snapshots"; }
  [[nodiscard]] std::filesystem::path lock_file() const { return dir / "lock"; }
};

// Makes a new brand in a folder: keys, database, settings. Returns the brand id in hex. Errors: already_exists (there
// is one), permission_denied, disk_full.
[[nodiscard]] base::Result<std::string> init_hub(const HubFolder& folder, const std::string& brand_name);

// Error: not_found (nobody made a hub in the folder), saying how to.
[[nodiscard]] base::Result<> require_hub(const HubFolder& folder);

struct ServeOptions {
  HubFolder folder;
  std::optional<std::string> address{};  // over hub.toml
  std::optional<std::uint16_t> port{};   // over hub.toml; 0: any free one
};

class RunningHub {
 public:
  // Errors: not_found (run init first), already_running (another hub holds the folder), port_taken,
  // address_not_allowed, config_unknown_key, config_invalid, key_unusable, and the store's.
  [[nodiscard]] static base::Result<std::unique_ptr<RunningHub>> start(const ServeOptions& options);
  virtual ~RunningHub() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string url() const = 0;  // "https://127.0.0.1:8460"
  enum class Look : std::uint8_t { when_changed, always };
  // Reads certificate and key again, without ending a connection; true when it did. After an error the old ones stay.
  // One thread at a time. Errors of http::Server::reload_certificate().
  [[nodiscard]] virtual base::Result<bool> refresh_certificate(Look look) = 0;
};

// Starts a hub, says where it listens on standard output, and returns after SIGTERM or SIGINT with everything stopped.
// Certificate and key are read again on SIGHUP, and within a minute after their files changed.
// Call it before any other thread exists.
[[nodiscard]] base::Result<> serve(const ServeOptions& options);

}  // namespace millpond::hub
