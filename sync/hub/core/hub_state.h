// SPDX-License-Identifier: Apache-2.0
// What HubCore holds, for the files that it is spread over. Private to this room.
#pragma once

#include "sync/base/crockford.h"
#include "sync/crypto/hash.h"
#include "sync/hub/core/campaign_shares.h"
#include "sync/hub/core/hub_core.h"
#include "sync/hub/core/member_vault.h"
#include "sync/hub/core/people.h"
#include "sync/hub/core/phone.h"
#include "sync/model/programme.h"

#include <map>
#include <mutex>

namespace millpond::hub {

struct HubCore::State {
  std::unique_ptr<HubStore> store;
  HubKeys keys;
  const base::Clock& clock;
  base::Rng& rng;
  wire::Credit credit;
  std::function<void(std::uint64_t)> feed_changed{};
  std::mutex rules_mutex{};
  std::optional<model::HonourLimits> limits{};  // guarded by rules_mutex
  std::uint32_t uses_day_max{};                 // guarded by rules_mutex
  std::vector<LeaseTerms> lease_terms{};        // guarded by rules_mutex
  std::mutex offer_mutex{};
  wire::DownCursor offered{};                  // guarded by offer_mutex; generation 0: none
  std::uint64_t offered_rows_min{UINT64_MAX};  // guarded by offer_mutex

  std::unique_ptr<MemberVault> vault{};  // none: payloads are kept as they come
  PeopleSettings people{};
  std::mutex pin_cost_mutex{};
  std::optional<crypto::PinCost> pin_cost{};  // guarded by pin_cost_mutex; none: no PIN was set yet
  // Of new PINs. The first call may measure, which takes as long as two of them; the others wait for it.
  [[nodiscard]] crypto::PinCost pin_cost_now();
  mutable std::mutex checked_mutex{};
  std::optional<LastCheck> last_check{};  // guarded by checked_mutex
  [[nodiscard]] base::Result<CoreCheck> check_now(CheckDepth depth);

  std::mutex told_mutex{};
  struct Told {
    std::uint64_t generation{};
    crypto::PublicKey key{};
    friend bool operator==(const Told&, const Told&) = default;
  };
  std::map<base::TerminalId, Told> told{};  // guarded by told_mutex: whose row of secrets is known to be there

  // Makes the row of secrets of a terminal where there is none for its key and the feed's generation.
  [[nodiscard]] base::Result<> keep_secrets(const TerminalRecord& record);
  // Encrypts the payloads of a batch under their members' keys.
  [[nodiscard]] base::Result<> wrap_payloads(wire::UpRequest& request);
  // Makes the rows of everybody behind a counter; those that are there already stay.
  [[nodiscard]] base::Result<> tell_staff();
  [[nodiscard]] base::Result<> tell_staff(const StaffRecord& record);
  [[nodiscard]] base::Result<StaffRecord> find_staff(base::StaffId staff);

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
  // hub_rights.cpp
  [[nodiscard]] base::Result<std::shared_ptr<const model::Programme>> programme_now();  // null: none was published
  // A document that may be published. Error: programme_invalid.
  [[nodiscard]] base::Result<model::Programme> publishable(base::ByteView json);
  [[nodiscard]] base::Result<base::LocalDate> today();
  [[nodiscard]] std::optional<model::HonourLimits> limits_now() {
    const std::lock_guard lock{rules_mutex};
    return limits;
  }
  [[nodiscard]] std::uint32_t uses_day_max_now() {
    const std::lock_guard lock{rules_mutex};
    return uses_day_max;
  }
  [[nodiscard]] base::Result<> publish_limits(base::TerminalId terminal, model::HonourLimits of);
  // What machines may have outstanding that became terminals by sheets that the hub has not seen again.
  [[nodiscard]] base::Result<std::int64_t> granted_minor(std::int64_t now_ms);
  struct CheckedCode {
    std::optional<base::Code> wrong;  // why it is none that an issuer of the brand made
    codes::Payload payload;           // when it is one
    bool revoked{};                   // its issuer, now
  };
  [[nodiscard]] base::Result<CheckedCode> check_code(std::string_view text);
  // As it was published last; version 0 when none of the member's was ever taken back.
  [[nodiscard]] base::Result<wire::AppCards> app_cards_of(base::MemberId member);
  [[nodiscard]] base::Result<> publish_app_cards(wire::AppCards& cards);  // gives them their version
  [[nodiscard]] base::Result<> end_app_cards();
  [[nodiscard]] base::Result<std::optional<wire::MemberRow>> person_row(base::MemberId member);
  [[nodiscard]] base::Result<RedeemAnswer> answer(const wire::RedeemAsk& ask, RedeemQuestion question);
  // hub_notices.cpp
  [[nodiscard]] base::Result<bool> settle(const NoticeEntry& entry);
  [[nodiscard]] base::Result<bool> book_sale(const KeptNotice& notice, base::MemberId member);
  [[nodiscard]] base::Result<bool> book_refund(const NoticeEntry& entry);
  [[nodiscard]] base::Result<std::uint64_t> settle_notices();
  [[nodiscard]] base::Result<std::uint64_t> rate_sales();     // hub_ratings.cpp
  [[nodiscard]] base::Result<std::uint64_t> expire_points();  // likewise
  std::mutex asked_mutex{};
  struct Asked {
    wire::DownCursor after;
    std::int64_t at_ms{};
  };
  std::map<base::TerminalId, Asked> asked{};  // guarded by asked_mutex: who asked for what follows which row, last
  // hub_campaigns.cpp
  struct Deciding;
  [[nodiscard]] base::Result<std::uint64_t> decide_campaigns();
  std::mutex sweep_mutex{};
  struct Sweep {  // of everybody, for those who have been away
    base::LocalDate day;
    std::uint32_t version{};
    base::MemberId after;
    bool done{};
  };
  Sweep sweep{};  // guarded by sweep_mutex
  [[nodiscard]] base::Result<std::uint64_t> decide_absences();
  [[nodiscard]] base::Result<std::optional<CampaignDecision>> decide_case(Deciding& turn, const OpenCase& open);
  [[nodiscard]] base::Result<std::int64_t> left_of(Deciding& turn, model::LeaseKind kind, base::CampaignId campaign,
                                                   std::int64_t cap);
  [[nodiscard]] base::Result<model::CampaignUse> use_of(Deciding& turn, const OpenCase& open,
                                                        const model::Campaign& campaign);
  void give(Deciding& turn, const OpenCase& open, const model::RuleBook& rules, const model::Award& award,
            CampaignDecision& decision) const;
  // hub_leases.cpp
  [[nodiscard]] std::vector<LeaseTerms> lease_terms_now() {
    const std::lock_guard lock{rules_mutex};
    return lease_terms;
  }
  std::mutex pools_mutex{};
  std::vector<CampaignPool> pools{};  // guarded by pools_mutex, like the version of the programme that they are of
  std::uint32_t pools_of_version{};
  [[nodiscard]] base::Result<std::vector<LeaseTerms>> campaign_terms_for(base::StoreId at);
  [[nodiscard]] base::Result<> renew_leases(const TerminalRecord& record, base::Epoch epoch);

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
  [[nodiscard]] TypedCode typed(std::string_view code, bool counts = true) const {
    constexpr std::size_t begins_characters = 2;  // one guess in 1,024 takes a try of a code
    return {hash_of_code(code), std::string{code.substr(0, begins_characters)}, counts};
  }
  [[nodiscard]] PhoneOpener phone_opener() const {
    return [this](const SealedPhone& sealed) { return open_phone(keys, people.scope, sealed); };
  }
};

}  // namespace millpond::hub
