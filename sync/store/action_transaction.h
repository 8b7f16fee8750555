// SPDX-License-Identifier: Apache-2.0
// ActionTransaction: the Transaction that an action of SqliteJournal sees. Inside `store` only.
#pragma once

#include "sync/store/sqlite_journal.h"

namespace millpond::store {

class ActionTransaction final : public Transaction {
 public:
  enum class Access : std::uint8_t { write, read };
  ActionTransaction(SqliteJournal& journal, Access access) : journal_{journal}, db_{*journal.db_}, access_{access} {}

  [[nodiscard]] base::Result<base::Seq> append(const model::FactBody& body, std::int64_t occurred_at_ms,
                                               std::int32_t utc_offset_min, std::uint32_t programme_version,
                                               base::ByteView payload_salt, base::ByteView payload) override;
  [[nodiscard]] base::Result<std::uint64_t> next_id() override;
  [[nodiscard]] base::Result<std::optional<StoredSale>> find_sale(const model::SaleKey& key) override;
  [[nodiscard]] base::Result<> put_sale(const StoredSale& sale) override;
  [[nodiscard]] base::Result<std::optional<LocalCoupon>> find_coupon(base::CouponId coupon) override;
  [[nodiscard]] base::Result<bool> was_used(base::CouponId coupon) override;
  [[nodiscard]] base::Result<model::Outstanding> outstanding(base::MemberId member, base::LocalDate day) override;
  [[nodiscard]] base::Result<std::optional<base::CouponId>> find_cause(const base::Hash& cause) override;
  [[nodiscard]] base::Result<std::vector<LocalCoupon>> coupons_of(base::MemberId member) override;
  [[nodiscard]] base::Result<bool> has_member(base::MemberId member) override;
  [[nodiscard]] base::Result<> put_phone(base::ByteView key16, base::MemberId member) override;
  [[nodiscard]] base::Result<std::optional<base::MemberId>> find_phone(base::ByteView key16) override;
  [[nodiscard]] base::Result<std::int64_t> points_since(base::MemberId member, std::uint64_t position) override;
  [[nodiscard]] base::Result<std::int64_t> points_taken_since(base::MemberId member, std::uint64_t position) override;
  [[nodiscard]] base::Result<std::int64_t> visits_since(base::MemberId member, std::uint64_t position) override;
  [[nodiscard]] base::Result<GivenSince> given_since(base::MemberId member, std::uint64_t position,
                                                     base::CampaignId campaign, base::LocalDate day) override;
  [[nodiscard]] base::Result<> put_print_intent(const PrintIntent& intent) override;
  [[nodiscard]] base::Result<> set_print_state(base::Seq of, PrintState state, base::Epoch epoch) override;
  [[nodiscard]] base::Result<> put_review(std::string_view kind, base::ByteView content, std::int64_t at_ms) override;
  [[nodiscard]] base::Result<std::vector<HeldLease>> leases(base::MemberId member) override;
  [[nodiscard]] base::Result<std::optional<HeldLease>> lease_of(model::LeaseKind kind, std::uint64_t subject,
                                                                base::MemberId member) override;
  [[nodiscard]] base::Result<> put_lease(const model::Lease& lease) override;
  [[nodiscard]] base::Result<std::vector<Hold>> holds() override;
  [[nodiscard]] base::Result<> put_hold(const Hold& hold) override;
  [[nodiscard]] base::Result<> drop_hold(std::uint64_t id) override;
  [[nodiscard]] base::Result<std::vector<model::Fact>> facts_from(base::Epoch epoch, base::Seq seq,
                                                                  std::uint32_t facts_max) override;
  [[nodiscard]] base::Result<model::RefundSum> refunds_of(const model::SaleKey& sale) override;
  [[nodiscard]] base::Result<> put_refunds(const model::SaleKey& sale, const model::RefundSum& sum) override;
  [[nodiscard]] base::Result<> put_document(std::string_view kind, std::uint64_t version,
                                            base::ByteView content) override;
  [[nodiscard]] base::Result<> drop_document(std::string_view kind) override;
  [[nodiscard]] base::Result<> put_issuer(const wire::IssuerRow& issuer) override;

  // A fact that failed half-way: the action fails even when it hides this, or file and memory would differ.
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }
  // Writes what was appended. Memory must be put back when this fails, as when the action does.
  [[nodiscard]] base::Result<> finish();

 private:
  // An outbox row that waits for its notes.
  struct Pending {
    std::uint64_t position{};
    base::Bytes canonical;
    base::Hash chain{};
    Notes notes;
  };

  [[nodiscard]] base::Result<> writable(const char* operation) const;
  [[nodiscard]] const EpochState& live() const { return journal_.epochs_.back(); }
  [[nodiscard]] std::uint64_t next_position() const { return live().position(journal_.growth_.head) + 1; }
  [[nodiscard]] base::Result<> remember_failure(base::Result<> result);
  [[nodiscard]] base::Result<> must_be_new(const model::FactBody& body);
  [[nodiscard]] Notes* notes_of(base::Seq seq);
  template <class Take>
  [[nodiscard]] base::Result<> each_delta(base::MemberId member, std::uint64_t position, const Take& take);

  struct Place {
    base::Epoch epoch;
    base::Seq seq;
  };
  [[nodiscard]] Place at(std::uint64_t position) const;

  // A coupon as tables and memory have it together.
  [[nodiscard]] std::optional<LocalCoupon> coupon_of(const sqlite::Statement& row) const;
  [[nodiscard]] LocalCoupon coupon_of(const UnsettledCoupon& unsettled) const;
  void fold_use(LocalCoupon& coupon) const;
  [[nodiscard]] base::Result<bool> fold_lease(HeldLease& held, base::MemberId member);
  void fold_right(LocalCoupon& coupon, std::uint64_t position) const;

  SqliteJournal& journal_;
  sqlite::Connection& db_;
  Access access_;
  std::optional<base::Error> failure_;
  std::vector<Pending> pending_;
  std::optional<model::SaleKey> absent_sale_;  // the last key that find_sale() did not find
  std::uint32_t counter_named_{};              // the highest of an identity in a fact of this action
  bool counter_drawn_{};
};

}  // namespace millpond::store
