// SPDX-License-Identifier: Apache-2.0
// PretendTerminal: a terminal's facts, chain and signatures made by hand, for testing a hub without a journal. Keeps
// every fact it made, so that any part of its history can be sent again, cut or changed.
#pragma once

#include "sync/base/check.h"
#include "sync/crypto/hash.h"
#include "sync/crypto/seal.h"
#include "sync/wire/canonical.h"
#include "sync/wire/messages.h"

#include <string>
#include <vector>

namespace millpond::tests {

class PretendTerminal {
 public:
  PretendTerminal(base::BrandId brand, base::TerminalId terminal, base::Epoch epoch, crypto::SigningKey key)
      : brand_{brand}, terminal_{terminal}, epoch_{epoch}, key_{std::move(key)} {
    chain_.push_back(wire::chain_start(brand_, terminal_, epoch_));
  }

  [[nodiscard]] const crypto::SigningKey& key() const { return key_; }
  [[nodiscard]] base::TerminalId id() const { return terminal_; }
  [[nodiscard]] base::Epoch epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t head() const { return rows_.size(); }
  [[nodiscard]] const base::Hash& chain_at(std::uint64_t seq) const { return chain_.at(seq); }

  // Facts from now on name this version of the programme.
  void go_by(std::uint32_t programme_version) { programme_version_ = programme_version; }
  // Facts from now on happen on this day in Shanghai, so long after noon, each a millisecond after the one before.
  void on_day(std::int32_t day, std::int64_t after_noon_ms = 0) {
    day_ = {day};
    since_ms_ = std::int64_t{day} * 86'400'000 + 4 * 3'600'000 + after_noon_ms;
  }
  [[nodiscard]] base::LocalDate day() const { return day_; }
  // Appends a fact and returns its seq.
  base::Seq add(model::FactBody body) {
    model::Fact fact;
    fact.stamp.terminal = terminal_;
    fact.stamp.epoch = epoch_;
    fact.stamp.seq = {rows_.size() + 1};
    fact.stamp.occurred_at_ms = since_ms_ + static_cast<std::int64_t>(rows_.size());
    fact.stamp.utc_offset_min = 480;
    fact.stamp.local_date = day_;
    fact.stamp.programme_version = programme_version_;
    fact.body = std::move(body);
    auto canonical = wire::encode_fact(fact);
    MILLPOND_CHECK(canonical.has_value());
    return add_bytes(std::move(canonical).value());
  }

  // The same with a payload beside it.
  base::Seq add(model::FactBody body, base::Bytes salt, base::Bytes payload) {
    const auto seq = add(std::move(body));
    rows_.back().payload_salt = std::move(salt);
    rows_.back().payload = std::move(payload);
    return seq;
  }

  // Appends bytes that need not be a fact: poison.
  base::Seq add_bytes(base::Bytes canonical, base::Bytes salt = {}, base::Bytes payload = {}) {
    chain_.push_back(wire::chain_next(chain_.back(), canonical));
    rows_.push_back({std::move(canonical), std::move(salt), std::move(payload)});
    return {rows_.size()};
  }

  base::Seq begin_epoch() { return add(model::EpochBegun{model::EpochReason::first_start, {}, {}}); }

  // Enrols a member, with a sealed phone when one is given.
  base::Seq enrol(base::MemberId member, base::StoreId store, const std::string& phone = {},
                  const crypto::SealingPublicKey& hub = {}) {
    model::MemberEnrolled fact;
    fact.member = member;
    fact.store = store;
    fact.channel = model::Channel::kiosk;
    base::Bytes salt;
    base::Bytes box;
    if (!phone.empty()) {
      salt = {1, 2, 3, 4, 5, 6, 7, 8};
      box = crypto::seal(hub, base::view_of(phone));
      fact.payload_hash = crypto::blake2b(salt, box);
    }
    return add(fact, std::move(salt), std::move(box));
  }
  // The same with a sealed phone made elsewhere.
  base::Seq enrol_sealed(base::MemberId member, base::StoreId store, base::Bytes box) {
    model::MemberEnrolled fact;
    fact.member = member;
    fact.store = store;
    fact.channel = model::Channel::kiosk;
    base::Bytes salt{1, 2, 3, 4, 5, 6, 7, 8};
    fact.payload_hash = crypto::blake2b(salt, box);
    return add(fact, std::move(salt), std::move(box));
  }

  // A paid sale and the points it earns.
  base::Seq sell(base::MemberId member, const std::string& transaction, std::int64_t total_minor, std::int64_t points,
                 base::StoreId store = {1}, const std::string& till = "T1") {
    model::SaleRecorded sale;
    sale.key = {store, till, {20'777}, transaction};
    sale.member = member;
    sale.currency = *base::parse_currency("CNY");
    sale.total_minor = total_minor;
    sale.eligible_minor = total_minor;
    sale.tenders = {{model::TenderType::cash, total_minor}};
    const auto seq = add(sale);
    if (points > 0) add(model::PointsEarned{member, seq, points, total_minor});
    return seq;
  }

  // Of a sale of sell() in store 1 at till T1; a refund has a number of its own.
  base::Seq refund(const std::string& of, const std::string& transaction, std::int64_t total_minor, bool whole = true) {
    model::SaleRefunded refund;
    refund.key = {{1}, "T1", {20'777}, transaction};
    refund.of = {{1}, "T1", {20'777}, of};
    refund.currency = *base::parse_currency("CNY");
    refund.total_minor = total_minor;
    refund.whole = whole;
    return add(refund);
  }

  base::Seq issue(base::CouponId coupon, base::MemberId member, std::uint8_t cause, base::Seq sale,
                  std::int64_t value_minor = 800, std::int64_t least_paid_minor = 0) {
    model::CouponIssued fact;
    fact.coupon = coupon;
    fact.member = member;
    fact.campaign = {7};
    fact.store = {1};
    fact.value_minor = value_minor;
    fact.threshold_minor = 3000;
    fact.not_before = {20'777};
    fact.expires = {20'800};
    fact.cause[0] = cause;
    fact.sale = sale;
    fact.least_paid_minor = least_paid_minor;
    return add(fact);
  }

  // Facts first .. last as one signed batch.
  [[nodiscard]] wire::UpRequest batch(std::uint64_t first, std::uint64_t last) const {
    wire::UpRequest request;
    request.terminal = terminal_;
    request.epoch = epoch_;
    request.first_seq = {first};
    request.chain_before = chain_.at(first - 1);
    request.chain_head = chain_.at(last);
    request.device_wall_ms = 1'795'000'000'000;
    request.boot_id = "boot";
    for (auto seq = first; seq <= last; ++seq) request.rows.push_back(rows_.at(seq - 1));
    sign(request);
    return request;
  }
  [[nodiscard]] wire::UpRequest all() const { return batch(1, head()); }

  void sign(wire::UpRequest& request) const {
    request.signature = key_.sign(crypto::context::batch, brand_,
                                  wire::batch_signed_bytes(request.terminal, request.epoch, request.first_seq,
                                                           request.rows.size(), request.chain_head));
  }

  // The same history up to seq: what a cloned disk has.
  [[nodiscard]] PretendTerminal clone(std::uint64_t seq, crypto::SigningKey key) const {
    PretendTerminal copy{brand_, terminal_, epoch_, std::move(key)};
    for (std::uint64_t i = 0; i < seq; ++i) copy.add_bytes(rows_[i].canonical, rows_[i].payload_salt, rows_[i].payload);
    return copy;
  }

 private:
  base::BrandId brand_;
  base::TerminalId terminal_;
  std::uint32_t programme_version_{};
  std::int64_t since_ms_{1'795'000'000'000};
  base::LocalDate day_{20'777};
  base::Epoch epoch_;
  crypto::SigningKey key_;
  std::vector<wire::Row> rows_;
  std::vector<base::Hash> chain_;  // chain_[i] is h_i
};

}  // namespace millpond::tests
