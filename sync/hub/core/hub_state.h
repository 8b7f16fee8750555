// SPDX-License-Identifier: Apache-2.0
// What HubCore holds, for the files that it is spread over. Private to this room.
#pragma once

#include "sync/base/crockford.h"
#include "sync/crypto/hash.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/phone.h"

#include <mutex>

namespace millpond::hub {

struct HubCore::State {
  std::unique_ptr<HubStore> store;
  HubKeys keys;
  const base::Clock& clock;
  base::Rng& rng;
  wire::Credit credit;
  std::function<void(std::uint64_t)> feed_changed{};
  std::mutex offer_mutex{};
  wire::DownCursor offered{};                  // guarded by offer_mutex; generation 0: none
  std::uint64_t offered_rows_min{UINT64_MAX};  // guarded by offer_mutex

  // The key that signs now.
  [[nodiscard]] const HubKeyPair& signer() const { return keys.signer(clock.wall_ms()); }

  [[nodiscard]] std::string new_code() {
    std::string code;
    for (std::size_t i = 0; i < wire::provision_code_digits; ++i) {
      code += base::crockford_alphabet[rng.below(base::crockford_alphabet.size())];
    }
    return code;
  }
  // A terminal of a machine that was let in, with its first certificate.
  [[nodiscard]] TerminalRecord make_terminal(const crypto::PublicKey& key, std::string matching_digits,
                                             base::TerminalId terminal, base::StoreId store_id, std::uint32_t serial,
                                             std::int64_t now_ms) const;
  [[nodiscard]] base::Result<wire::ProvisionAnswer> answer_with(const TerminalRecord& record);
  [[nodiscard]] base::Result<wire::ProvisionAnswer> provision_by_order(const wire::ProvisionRequest& request);

  void tell_feed() {
    if (!feed_changed) return;
    const auto head = store->feed_head();
    if (head) feed_changed(head->hub_seq);
  }
  [[nodiscard]] std::uint64_t snapshot_rows_min(const wire::DownCursor& cursor) {
    const std::lock_guard lock{offer_mutex};
    return offered.generation != 0 && offered.generation == cursor.generation ? offered_rows_min : UINT64_MAX;
  }

  [[nodiscard]] base::Hash hash_of_code(std::string_view code) const {
    return crypto::blake2b(keys.brand.bytes, base::view_of(code));
  }
  [[nodiscard]] PhoneOpener phone_opener() const {
    return [this](base::ByteView box) { return open_phone(keys, box); };
  }
};

}  // namespace millpond::hub
