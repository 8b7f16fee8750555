// SPDX-License-Identifier: Apache-2.0
// Errands: what a terminal asks its hub beside facts and pages, one at a time on the downlink's lane and never in the
// way of an upload: to be let in with an offline grant, before which nothing else is sent; the next certificate from
// day 60 on, whether the hub answers at the address that the brand's root named, and cards that the hub signs. Nothing
// is lost when one fails: it is due again after a pause. The old certificate and the old address stay until the new
// ones are durable. The runner's thread, but for want_card(). Blocks for the hooks only.
#pragma once

#include "sync/client/hub_line.h"
#include "sync/wire/grant.h"
#include "sync/wire/provisioning.h"
#include "sync/wire/renewal.h"

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace millpond::client {

struct Errand {
  enum class Kind : std::uint8_t { binding, renewal, address, cards };
  Kind kind{};
  std::string method;
  std::string target;
  base::Bytes body;
  std::string base_url;  // of the address that is tried; empty: where the hub is known to be
};

struct ErrandHooks {
  // Makes the answer to a grant's binding durable: from then on there is a certificate.
  std::function<base::Result<>(const wire::ProvisionAnswer&)> keep_binding;
  // Makes a checked certificate durable; once it returned the terminal goes by it.
  std::function<base::Result<>(const wire::RenewAnswer&)> keep_certificate;
  // Makes a new address durable, after a hub of this brand answered there.
  std::function<base::Result<>(const std::string& url)> keep_address;
  // Makes cards durable that the hub signed, as text (codes/payload.h).
  std::function<base::Result<>(const std::vector<std::string>& cards)> keep_cards;
};

class Errands {
 public:
  static constexpr std::int64_t pause_ms = 600'000;  // after a failure
  static constexpr std::size_t cards_at_once = 50;
  static constexpr std::size_t cards_waiting_max = 2'000;

  Errands(const wire::Certificate& certificate, crypto::PublicKey root, std::string hub_url, ErrandHooks hooks);

  // A machine that has a grant and no certificate: nothing but this is asked until the hub took it.
  void bind_first(const wire::BindRequest& request) { binding_ = request; }
  [[nodiscard]] bool unbound() const { return binding_.has_value(); }

  // What is due. `day`: UTC, as far as it is known. `address`: the newest that the brand's root signed; empty: none.
  [[nodiscard]] std::optional<Errand> next(std::optional<std::int32_t> day, const std::string& address,
                                           std::int64_t monotonic_ms);
  // Its answer, or why there is none. True: the hub has moved, ask it at url() from now on.
  bool done(const Errand& errand, const base::Result<HubWord>& word, std::int64_t monotonic_ms);

  // The hub's own card of a member is wanted. Any thread; more than cards_waiting_max are forgotten and asked for at
  // the next print or show.
  void want_card(base::MemberId member);

  [[nodiscard]] const std::string& url() const { return hub_url_; }

 private:
  [[nodiscard]] base::Result<> bound(const HubWord& word);
  [[nodiscard]] base::Result<> renewed(const HubWord& word);
  [[nodiscard]] base::Result<> moved(const std::string& url);
  [[nodiscard]] base::Result<> carded(const Errand& errand, const HubWord& word);
  [[nodiscard]] std::optional<Errand> cards_errand();

  wire::Certificate certificate_;
  const crypto::PublicKey root_;
  std::string hub_url_;
  const ErrandHooks hooks_;
  std::optional<wire::BindRequest> binding_;
  std::int64_t renewal_not_before_ms_{};
  std::int64_t address_not_before_ms_{};
  std::int64_t cards_not_before_ms_{};
  std::mutex mutex_;
  std::set<base::MemberId> wanted_;  // guarded by mutex_
  std::set<base::MemberId> asked_;   // of the errand under way
};

}  // namespace millpond::client
