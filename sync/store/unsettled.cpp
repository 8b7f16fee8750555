// SPDX-License-Identifier: Apache-2.0
#include "sync/store/unsettled.h"

#include "sync/store/rows.h"

#include <algorithm>
#include <ranges>

namespace millpond::store {
namespace {

constexpr std::uint8_t sale_tag = 1;
constexpr std::uint8_t print_tag = 2;
constexpr std::size_t sum_bytes = 8;

std::uint64_t sum_of_notes(base::ByteView content, std::uint64_t row_sum) {
  base::Bytes row;
  base::append_big_endian(row, row_sum, sum_bytes);
  return sum_of(content, row);
}

void append_sized(base::Bytes& to, base::ByteView bytes) {
  base::append_big_endian(to, bytes.size(), 4);
  base::append(to, bytes);
}

// Takes from the front; nothing when it is too short.
std::optional<base::ByteView> take(base::ByteView& from, std::size_t size) {
  if (from.size() < size) return {};
  const auto taken = from.first(size);
  from = from.subspan(size);
  return taken;
}

std::optional<base::ByteView> take_sized(base::ByteView& from) {
  const auto size = take(from, 4);
  return size ? take(from, base::read_big_endian(*size)) : std::nullopt;
}

bool read_sale(base::ByteView& from, Notes& notes) {
  const auto hash = take(from, base::Hash{}.size());
  const auto answer = take_sized(from);
  if (!hash || !answer) return false;
  auto& sale = notes.sale.emplace();
  std::ranges::copy(*hash, sale.body_hash.begin());
  sale.answer.assign(answer->begin(), answer->end());
  return true;
}

bool read_print(base::ByteView& from, Notes& notes) {
  const auto version = take(from, 4);
  const auto locale = take_sized(from);
  const auto content = take_sized(from);
  if (!version || !locale || !content) return false;
  auto& print = notes.print.emplace();
  print.template_version = static_cast<std::uint32_t>(base::read_big_endian(*version));
  print.locale = base::text_of(*locale);
  print.content.assign(content->begin(), content->end());
  return true;
}

template <class Row, class Value>
const Row* find_in(const std::vector<Row>& rows, Value Row::*member, const Value& wanted) {
  const auto found = std::ranges::find(rows, wanted, member);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

std::optional<UnsettledPoints> points_of(std::uint64_t position, const model::FactBody& body) {
  const auto moved = [&](base::MemberId member, std::int64_t points) -> std::optional<UnsettledPoints> {
    if (points == 0) return {};
    return UnsettledPoints{position, member, points};
  };
  if (const auto* const sale = std::get_if<model::SaleRecorded>(&body)) {
    if (!sale->member || sale->training) return {};
    return UnsettledPoints{position, sale->member, 0};
  }
  if (const auto* const earned = std::get_if<model::PointsEarned>(&body)) return moved(earned->member, earned->points);
  const auto* const given = std::get_if<model::AwardGiven>(&body);
  if (given != nullptr && given->kind == model::ActionKind::points && !given->deferred) {
    return moved(given->member, given->number);
  }
  if (const auto* const back = std::get_if<model::SaleRefunded>(&body); back != nullptr && back->member) {
    return moved(back->member, back->points_returned - back->points_taken);
  }
  if (const auto* const spent = std::get_if<model::PointsSpent>(&body)) return moved(spent->member, -spent->points);
  return {};
}

std::optional<CampaignGift> gift_of(const model::FactBody& body) {
  const auto given = [](const auto& fact, base::CampaignId by) -> std::optional<CampaignGift> {
    if (!fact.member || !by) return {};
    return CampaignGift{fact.member, by, fact.sale_epoch, fact.sale};
  };
  if (const auto* const coupon = std::get_if<model::CouponIssued>(&body)) return given(*coupon, coupon->by);
  const auto* const award = std::get_if<model::AwardGiven>(&body);
  if (award != nullptr && !award->deferred) return given(*award, award->campaign);
  return {};
}

std::optional<CouponUsed> use_of(const model::FactBody& body, base::LocalDate day) {
  const auto used = [&](const auto& fact, model::UseKind kind) {
    return CouponUsed{{fact.coupon, kind, fact.member, day, fact.value_minor}, fact.sale_epoch, fact.sale, false};
  };
  if (const auto* const gone = std::get_if<model::CouponVoided>(&body)) {
    return CouponUsed{{gone->coupon, model::UseKind::own_right, gone->member, day, gone->value_minor}, {}, {}, true};
  }
  if (const auto* const own = std::get_if<model::CouponRedeemed>(&body)) return used(*own, model::UseKind::own_right);
  if (const auto* const told = std::get_if<model::CouponConfirmed>(&body))
    return used(*told, model::UseKind::confirmed);
  if (const auto* const risked = std::get_if<model::CouponProvisional>(&body)) {
    return used(*risked, model::UseKind::provisional);
  }
  return {};
}

const model::SaleKey* till_key_of(const model::FactBody& body) {
  if (const auto* const sale = std::get_if<model::SaleRecorded>(&body)) return &sale->key;
  const auto* const refund = std::get_if<model::SaleRefunded>(&body);
  return refund == nullptr ? nullptr : &refund->key;
}

std::optional<LeaseUsed> lease_used_by(const model::FactBody& body) {
  if (const auto* const spent = std::get_if<model::PointsSpent>(&body)) {
    return LeaseUsed{spent->lease, spent->member, spent->points};
  }
  if (const auto* const drawn = std::get_if<model::CampaignDrawn>(&body)) {
    return LeaseUsed{drawn->lease, drawn->member, drawn->amount};
  }
  if (const auto* const returned = std::get_if<model::LeaseReturned>(&body)) return LeaseUsed{returned->lease, {}, 0};
  return {};
}

base::Bytes encode_notes(const Notes& notes, std::uint64_t row_sum) {
  base::Bytes out;
  if (notes.sale) {
    out.reserve(128 + notes.sale->answer.size());
    out.push_back(sale_tag);
    base::append(out, notes.sale->body_hash);
    append_sized(out, notes.sale->answer);
  }
  if (notes.print) {
    out.push_back(print_tag);
    base::append_big_endian(out, notes.print->template_version, 4);
    append_sized(out, base::view_of(notes.print->locale));
    append_sized(out, notes.print->content);
  }
  base::append_big_endian(out, sum_of_notes(out, row_sum), sum_bytes);
  return out;
}

std::optional<Notes> decode_notes(base::ByteView stored, std::uint64_t row_sum) {
  if (stored.size() < sum_bytes) return {};
  auto content = stored.first(stored.size() - sum_bytes);
  if (base::read_big_endian(stored.last(sum_bytes)) != sum_of_notes(content, row_sum)) return {};
  Notes notes;
  while (!content.empty()) {
    const auto tag = content.front();
    content = content.subspan(1);
    const bool read = tag == sale_tag ? read_sale(content, notes) : tag == print_tag && read_print(content, notes);
    if (!read) return {};
  }
  return notes;
}

Unsettled::Sizes Unsettled::sizes() const {
  return {sales.size(), points.size(),     gifts.size(),  members.size(), coupons.size(),
          uses.size(),  lease_uses.size(), prints.size(), releases.size()};
}

void Unsettled::cut(const Sizes& to) {
  sales.resize(to.sales);
  points.resize(to.points);
  gifts.resize(to.gifts);
  members.resize(to.members);
  coupons.resize(to.coupons);
  uses.resize(to.uses);
  lease_uses.resize(to.lease_uses);
  prints.resize(to.prints);
  releases.resize(to.releases);
}

namespace {

std::uint64_t position_of(std::uint64_t position) { return position; }
std::uint64_t position_of(const auto& row) { return row.position; }

template <class Row>
std::vector<Row> take_first(std::vector<Row>& rows, std::uint64_t through) {
  const auto end = std::ranges::find_if(rows, [&](const auto& row) { return position_of(row) > through; });
  std::vector<Row> taken{std::make_move_iterator(rows.begin()), std::make_move_iterator(end)};
  rows.erase(rows.begin(), end);
  return taken;
}

}  // namespace

Unsettled Unsettled::take_through(std::uint64_t position) {
  return {take_first(sales, position),      take_first(points, position),  take_first(gifts, position),
          take_first(members, position),    take_first(coupons, position), take_first(uses, position),
          take_first(lease_uses, position), take_first(prints, position),  take_first(releases, position)};
}

std::size_t Unsettled::count() const {
  return sales.size() + points.size() + gifts.size() + members.size() + coupons.size() + uses.size() +
         lease_uses.size() + prints.size() + releases.size();
}

// The transaction's number tells most sales apart, so it is compared first.
const UnsettledSale* Unsettled::find_sale(const model::SaleKey& key) const {
  const auto found = std::ranges::find_if(
      sales, [&](const auto& sale) { return sale.key.transaction == key.transaction && sale.key == key; });
  return found == sales.end() ? nullptr : &*found;
}

std::int64_t Unsettled::points_since(base::MemberId member, std::uint64_t position) const {
  std::int64_t sum = 0;
  for (const auto& row : points) {
    if (row.member == member && row.position > position) sum += row.points;
  }
  return sum;
}

std::int64_t Unsettled::points_taken_since(base::MemberId member, std::uint64_t position) const {
  std::int64_t sum = 0;
  for (const auto& row : points) {
    if (row.member == member && row.position > position) sum += std::min<std::int64_t>(row.points, 0);
  }
  return sum;
}

std::int64_t Unsettled::visits_since(base::MemberId member, std::uint64_t position) const {
  return std::ranges::count_if(points, [&](const UnsettledPoints& row) {
    return row.points == 0 && row.member == member && row.position > position;
  });
}

bool Unsettled::has_member(base::MemberId member) const {
  return find_in(members, &UnsettledMember::member, member) != nullptr;
}

const UnsettledCoupon* Unsettled::find_coupon(base::CouponId coupon) const {
  const auto found = std::ranges::find_if(coupons, [&](const auto& row) { return row.issued.coupon == coupon; });
  return found == coupons.end() ? nullptr : &*found;
}

const UnsettledCoupon* Unsettled::find_cause(const base::Hash& cause) const {
  const auto found = std::ranges::find_if(coupons, [&](const auto& row) { return row.issued.cause == cause; });
  return found == coupons.end() ? nullptr : &*found;
}

const UnsettledUse* Unsettled::find_use(base::CouponId coupon) const {
  const auto found = std::ranges::find_if(uses, [&](const auto& row) { return row.use.coupon == coupon; });
  return found == uses.end() ? nullptr : &*found;
}

const UnsettledPrint* Unsettled::find_print(std::uint64_t position) const {
  return find_in(prints, &UnsettledPrint::position, position);
}

}  // namespace millpond::store
