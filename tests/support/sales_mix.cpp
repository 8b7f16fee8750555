// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sales_mix.h"

#include "sync/crypto/hash.h"
#include "sync/model/causes.h"
#include "sync/model/rules.h"

#include <algorithm>

namespace millpond::tests {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t utc_offset_min = 480;
constexpr std::int64_t opens_ms = 9 * hour_ms;
constexpr std::int64_t closes_ms = 22 * hour_ms;
constexpr std::uint64_t half_life_ms = 45'000;
constexpr std::uint64_t members = 100'000;
constexpr std::uint64_t imported = 40'000;
constexpr std::uint64_t enrolling_terminals = 40;
constexpr std::uint64_t enrolled_a_week = 40;
constexpr std::size_t coupons_kept = 256;
constexpr base::CampaignId campaign{5};
constexpr std::int64_t coupon_minor = 500;
constexpr std::int64_t threshold_minor = 5'000;

std::string padded(std::uint64_t number, std::size_t width) {
  auto digits = std::to_string(number);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

// Every number below `members` once.
std::uint64_t scattered(std::uint64_t rank) { return rank * 61'803 % members; }

}  // namespace

SalesMix::SalesMix(const MixOptions& options)
    : options_{options},
      rng_{options.seed},
      day_ms_{options.first_day_ms - utc_offset_min * 60'000},
      next_seq_{options.first_seq} {
  for (int i = 0; i < 60; ++i) menu_.push_back(800 + 50 * static_cast<std::int64_t>(rng_.below(70)));
  for (std::uint64_t i = 0; i < 300; ++i) {
    goods_.push_back({"690" + padded(rng_.below(10'000'000'000), 10), "category-" + std::to_string(rng_.below(12)),
                      300 + 10 * static_cast<std::int64_t>(rng_.below(900))});
  }
  begin_day();
}

MixedFact SalesMix::next() {
  while (ready_.empty()) visit();
  auto fact = std::move(ready_.front());
  ready_.pop_front();
  return fact;
}

void SalesMix::begin_day() {
  now_ms_ = day_ms_ + opens_ms + gap_ms();
  transactions_ = {};
  incarnation_ = static_cast<std::uint16_t>(rng_.below(1U << 16));
}

// A fair coin for each half-life, and a part of one: exponential, in whole numbers.
std::int64_t SalesMix::gap_ms() {
  std::uint64_t gap = rng_.below(half_life_ms);
  while (rng_.chance(1, 2)) gap += half_life_ms;
  return static_cast<std::int64_t>(gap);
}

std::uint64_t SalesMix::rank_below(std::uint64_t count) {
  std::uint64_t bits = 1;
  while ((1ULL << bits) < count + 1) ++bits;
  for (;;) {
    const auto first = 1ULL << rng_.below(bits);
    const auto rank = first + rng_.below(first) - 1;
    if (rank < count) return rank;
  }
}

base::MemberId SalesMix::member() {
  const auto number = scattered(rank_below(members));
  if (number < imported) return {1'000'000 + number};
  const auto terminal = static_cast<std::uint32_t>(1'000 + number % enrolling_terminals);
  const auto counter = (number - imported) / enrolling_terminals;
  base::SeededRng starts{terminal * 1'000ULL + counter / enrolled_a_week};
  const auto incarnation = static_cast<std::uint16_t>(starts.below(1U << 16));
  return {base::compose_id({terminal}, incarnation, static_cast<std::uint32_t>(10 + 7 * counter))};
}

std::uint64_t SalesMix::own_id() { return base::compose_id(options_.terminal, incarnation_, ++counter_); }

base::Seq SalesMix::emit(model::FactBody body, std::int64_t at_ms) {
  ready_.push_back({std::move(body), at_ms});
  return {next_seq_.value++};
}

void SalesMix::visit() {
  now_ms_ += gap_ms();
  print_due();
  if (now_ms_ >= day_ms_ + closes_ms) {
    day_ms_ += 24 * hour_ms;
    begin_day();
  }
  if (rng_.chance(options_.enrolments_of_1000, 1'000)) {
    enrol();
  } else {
    sell();
  }
}

void SalesMix::print_due() {
  std::ranges::sort(slips_, {}, &Slip::done_at_ms);
  const auto first_open = std::ranges::find_if(slips_, [this](const Slip& slip) { return slip.done_at_ms > now_ms_; });
  for (auto slip = slips_.begin(); slip != first_open; ++slip) {
    const auto draw = rng_.below(100);
    const auto outcome = draw < 90   ? model::PrintOutcome::confirmed
                         : draw < 99 ? model::PrintOutcome::sent
                                     : model::PrintOutcome::uncertain;
    emit(model::PrintFinished{slip->of, outcome}, slip->done_at_ms);
  }
  slips_.erase(slips_.begin(), first_open);
}

void SalesMix::enrol() {
  model::MemberEnrolled fact;
  fact.member = {own_id()};
  fact.store = options_.store;
  fact.channel = model::Channel::kiosk;
  base::Hash words{};
  words.fill(0x31);
  fact.consents = {{model::Purpose::membership, true, words, "zh-CN"},
                   {model::Purpose::marketing, rng_.chance(1, 3), words, "zh-CN"}};
  base::Bytes salt(16);
  base::Bytes box(62);  // a sealed phone number
  rng_.fill(salt);
  rng_.fill(box);
  fact.payload_hash = crypto::blake2b(salt, box);
  const auto seq = emit(std::move(fact), now_ms_);
  ready_.back().payload_salt = std::move(salt);
  ready_.back().payload = std::move(box);
  slips_.push_back({seq, now_ms_ + 2'500 + static_cast<std::int64_t>(rng_.below(6'500))});
}

void SalesMix::sell() {
  const std::uint64_t till = rng_.chance(7, 10) ? 0 : 1;
  model::SaleRecorded sale;
  sale.key = {options_.store, "till-" + std::to_string(till + 1), base::local_date_at(now_ms_, utc_offset_min),
              "T-" + padded(++transactions_[till], 4)};
  sale.currency = base::Currency{{'C', 'N', 'Y'}};
  if (rng_.chance(60, 100)) sale.member = member();
  fill_goods(sale);
  sale.tax_minor = (2 * sale.total_minor * 6 + 106) / (2 * 106);
  sale.eligible_minor = sale.total_minor;
  if (rng_.chance(5, 100)) sale.eligible_minor -= static_cast<std::int64_t>(rng_.below(8)) * 100;
  const bool redeems = sale.member && !coupons_.empty() && sale.total_minor >= threshold_minor && rng_.chance(1, 5);
  pay(sale, redeems ? coupon_minor : 0);
  rng_.fill(sale.body_tag);
  const auto seq = emit(sale, now_ms_);
  if (redeems) {
    const auto coupon = coupons_[rng_.below(coupons_.size())];
    if (rng_.chance(1, 50)) {
      emit(model::CouponOverRedeemed{coupon.coupon, sale.member, campaign, seq, coupon_minor, "coupon_spent"}, now_ms_);
    } else {
      emit(model::CouponRedeemed{coupon.coupon, sale.member, campaign, seq, coupon_minor}, now_ms_);
    }
  }
  if (sale.member) earn(sale, seq);
}

void SalesMix::fill_goods(model::SaleRecorded& sale) {
  for (std::uint64_t i = 0; i < options_.lines; ++i) {
    const auto& good = goods_[rank_below(goods_.size())];
    model::SaleLine line{std::to_string(i + 1), good.sku, "1", good.category, good.price_minor, 0};
    const auto draw = rng_.below(100);
    if (draw >= 97) {
      const auto grams = 100 + static_cast<std::int64_t>(rng_.below(900));
      line.quantity = "0." + std::to_string(grams);
      line.net_minor = good.price_minor * grams / 1'000;
    } else if (draw >= 85) {
      line.quantity = "2";
      line.net_minor *= 2;
    }
    if (rng_.chance(1, 10)) {
      line.discount_minor = line.net_minor / 10;
      line.net_minor -= line.discount_minor;
    }
    sale.total_minor += line.net_minor;
    sale.lines.push_back(std::move(line));
  }
  if (options_.lines > 0) return;
  for (std::uint64_t i = 0; i <= rng_.below(4); ++i) sale.total_minor += menu_[rank_below(menu_.size())];
  if (rng_.chance(1, 4)) sale.total_minor -= static_cast<std::int64_t>(rng_.below(400));
}

void SalesMix::pay(model::SaleRecorded& sale, std::int64_t with_coupon_minor) {
  const auto draw = rng_.below(100);
  const auto type = draw < 60   ? model::TenderType::wechat_pay
                    : draw < 85 ? model::TenderType::alipay
                    : draw < 93 ? model::TenderType::card
                                : model::TenderType::cash;
  const auto rest = sale.total_minor - with_coupon_minor;
  if (rng_.chance(3, 100)) {
    const auto part = static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(rest / 100))) * 100;
    sale.tenders = {{model::TenderType::gift_card, part}, {type, rest - part}};
  } else {
    sale.tenders = {{type, rest}};
  }
  if (with_coupon_minor > 0) sale.tenders.push_back({model::TenderType::coupon, with_coupon_minor});
}

void SalesMix::earn(const model::SaleRecorded& sale, base::Seq seq) {
  const auto base_minor = model::earning_base(sale);
  if (base_minor > 0) emit(model::PointsEarned{sale.member, seq, base_minor / 100, base_minor}, now_ms_);
  if (sale.eligible_minor >= threshold_minor) {
    const base::LocalDate today = sale.key.business_date;
    const model::CouponIssued coupon{{own_id()},
                                     sale.member,
                                     campaign,
                                     options_.store,
                                     coupon_minor,
                                     threshold_minor,
                                     {today.days + 1},
                                     {today.days + 30},
                                     model::coupon_cause(options_.brand, sale.key, campaign, sale.member, 0),
                                     seq};
    emit(coupon, now_ms_);
    coupons_.push_back(coupon);
    if (coupons_.size() > coupons_kept) coupons_.pop_front();
  }
  slips_.push_back({seq, now_ms_ + 2'500 + static_cast<std::int64_t>(rng_.below(6'500))});
}

}  // namespace millpond::tests
