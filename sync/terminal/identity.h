// SPDX-License-Identifier: Apache-2.0
// Identity: what provisioning made of this machine, kept in a folder of the service's own user. The private key never
// leaves it. Files: terminal.key (the seed, 0600) and identity.json (0600); written durably, read at start.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/sign.h"
#include "sync/wire/certificate.h"
#include "sync/wire/grant.h"
#include "sync/wire/provisioning.h"
#include "sync/wire/renewal.h"

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

namespace millpond::terminal {

// A day that moves forward while others read it. Any thread.
class MovingDay {
 public:
  MovingDay() = default;
  explicit MovingDay(std::uint16_t day) : day_{day} {}
  MovingDay(MovingDay&& other) noexcept : day_{other.day_.load()} {}
  MovingDay& operator=(MovingDay&& other) noexcept {
    day_ = other.day_.load();
    return *this;
  }
  [[nodiscard]] std::uint16_t get() const { return day_; }
  void set(std::uint16_t day) { day_ = day; }

 private:
  std::atomic<std::uint16_t> day_{};
};

// How a machine became a terminal without a line, until the hub has heard of it.
struct GrantBinding {
  base::Bytes grant;            // wire::issue_grant()
  crypto::Signature binding{};  // wire::bind_grant()
};

struct Identity {
  std::string hub_url;
  crypto::PublicKey root{};
  base::BrandId brand;
  wire::HubKey hub_key;
  base::Bytes certificate_bytes;
  wire::Certificate certificate;  // terminal, store, generation, and the dates it was loaded with
  crypto::SigningKey key;
  base::Bytes hub_key_bytes{};            // as the root vouched for it
  std::optional<GrantBinding> unbound{};  // by an offline grant: the certificate is the grant's word, and has no bytes
  mutable MovingDay last_day{};           // of the newest certificate: value is issued through it, UTC
};

// Errors: not_provisioned (no identity here), key_unusable, certificate_invalid (files that do not fit each other),
// config_invalid (a hub's URL that this machine must not speak to: wire::usable_hub_url; a person corrects it there).
[[nodiscard]] base::Result<Identity> load_identity(const std::filesystem::path& folder);

// Makes (once) or loads the machine's key, before there is a certificate for it. Safe to repeat.
[[nodiscard]] base::Result<crypto::SigningKey> load_or_make_key(const std::filesystem::path& folder);

// Becomes the terminal of a checked sheet: the machine's key is bound to the grant by the grant's key, which is kept
// nowhere. Phones of enrolments are looked up under a key of this machine alone until the hub has spoken. `day`: UTC.
// Errors: grant_expired, clock_skew (before its first day), config_invalid (another terminal), those of writing.
[[nodiscard]] base::Result<> save_granted(const std::filesystem::path& folder, const wire::GrantSheet& sheet,
                                          const wire::CheckedSheet& checked, std::int32_t day);

// What save_granted() asks first. Errors: grant_expired, config_invalid.
[[nodiscard]] base::Result<> check_granted(const std::filesystem::path& folder, const wire::CheckedSheet& checked,
                                           std::int32_t day);

// Makes a renewal durable, checked against the certificate on the disk, whose place it takes. The caller has kept the
// hub key of before where later ones are (store/hub_keys.h). Errors: those of load_identity and wire::check_renewal.
[[nodiscard]] base::Result<> renew_identity(const std::filesystem::path& folder, const wire::RenewAnswer& answer);

// The hub is somewhere else from now on. Errors: those of load_identity, for the new URL too.
[[nodiscard]] base::Result<> move_identity(const std::filesystem::path& folder, std::string_view hub_url);

// Stores a checked answer. Refuses to replace another terminal's identity, and a URL that load_identity would not take
// (error: config_invalid).
[[nodiscard]] base::Result<> save_identity(const std::filesystem::path& folder, std::string_view hub_url,
                                           const wire::ProvisionAnswer& answer);

}  // namespace millpond::terminal
