// SPDX-License-Identifier: Apache-2.0
// HubLine: what makes a request this terminal's and an answer the hub's. Signs requests with the terminal's key, and
// turns an answer into the hub's word only when a hub key signed it for this very request: a captive portal's page, a
// proxy's error or an answer that somebody kept is none. Not a transport (net::HttpClient) and not a judge of contents.
// One thread; nothing is durable; time from the clock that is handed in.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/result.h"
#include "sync/base/rng.h"
#include "sync/crypto/sign.h"
#include "sync/net/http_client.h"
#include "sync/wire/certificate.h"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace millpond::client {

// Hub keys that the hub has withdrawn: what they sign counts no more. Shared by the lines of one terminal; any thread.
class WithdrawnKeys {
 public:
  static constexpr std::uint32_t number_max = 255;  // codes::Issuer::is_hub()
  void add(std::uint32_t number) {
    if (number <= number_max) keys_.at(number) = true;
  }
  [[nodiscard]] bool has(std::uint32_t number) const { return number <= number_max && keys_.at(number); }

 private:
  std::array<std::atomic<bool>, number_max + 1> keys_{};
};

// Who speaks and whom it believes; made by provisioning. The key is shared because it wipes itself and is not copied.
struct Credentials {
  base::TerminalId terminal;
  base::BrandId brand;
  std::shared_ptr<const crypto::SigningKey> key;
  wire::HubKey hub_key;                    // of provisioning
  crypto::PublicKey root{};                // the brand's, which vouches for later ones
  std::vector<wire::HubKey> later_keys{};  // oldest first
  std::shared_ptr<WithdrawnKeys> withdrawn = std::make_shared<WithdrawnKeys>();

  // nullptr for a number that nobody vouched for.
  [[nodiscard]] const wire::HubKey* hub_key_of(std::uint32_t number) const;
  // The highest number.
  [[nodiscard]] std::uint32_t newest_hub_key() const;
};

struct SignedRequest {
  net::HttpRequest http;
  std::string nonce;
};

// What the hub certainly said.
struct HubWord {
  int status{};
  base::Bytes body;
  std::int64_t retry_after_ms{};
};

// Why a word that is not 200 was said.
struct Refusal {
  base::Error error;
  std::int64_t hub_wall_ms{};  // 0: not told
};

class HubLine {
 public:
  HubLine(Credentials credentials, const base::Clock& clock, base::Rng& nonces);

  [[nodiscard]] SignedRequest sign(std::string method, std::string target, base::Bytes body, std::int64_t timeout_ms);

  // From now on requests go there and not to the client's own address.
  void set_base_url(std::string url) { base_url_ = std::move(url); }

  // The hub's word. An answer by a hub key that is new here counts when the brand's root vouches for that key, which is
  // believed from then on. Errors: those of the transport; overloaded for an unsigned 429 or 503 (a shedding hub has no
  // time to sign); certificate_invalid for a new hub key that the root did not vouch for; hub_not_a_hub for anything
  // else that no hub key signed.
  [[nodiscard]] base::Result<HubWord> check(const SignedRequest& request, const base::Result<net::HttpAnswer>& answer);
  // Believes a key that came otherwise and that the root vouched for. Error: hub_key_unvouched.
  [[nodiscard]] base::Result<> believe(base::ByteView vouched);
  // The day of the hub's last word, UTC. A key is retired 35 days after a later one has begun, and on its own last day
  // if that comes first: what it signs counts no more, whoever has found it. 0 retires nothing.
  // A withdrawn one is retired at once.
  void set_hub_day(std::int32_t day) { hub_day_ = day; }
  // As vouched for, until key_kept(); empty when no key is new.
  [[nodiscard]] const base::Bytes& new_key() const { return new_key_; }
  void key_kept() { new_key_.clear(); }

  // The reason inside a word that refuses. A code this program does not know reads as hub_refused.
  [[nodiscard]] static Refusal refusal_of(const HubWord& word);

  // From now on requests carry the hub's time: a terminal with a dead clock battery still gets through. Facts keep the
  // machine's own time.
  void adopt_time(std::int64_t hub_wall_ms);
  [[nodiscard]] std::int64_t offset_ms() const { return offset_ms_; }

  [[nodiscard]] const Credentials& credentials() const { return credentials_; }

 private:
  Credentials credentials_;
  const base::Clock& clock_;
  base::Rng& nonces_;
  std::int64_t offset_ms_{};
  std::string base_url_;
  std::int32_t hub_day_{};
  std::uint32_t signer_{};  // the highest number of a key that signed an answer; 0: none yet
  base::Bytes new_key_;
};

}  // namespace millpond::client
