// SPDX-License-Identifier: Apache-2.0
#include "sync/model/gift_catalogue.h"

#include <algorithm>
#include <limits>

namespace millpond::model {
namespace {

constexpr std::size_t document_bytes_max = 256U << 10;
constexpr std::int64_t points_max = 1'000'000'000;
constexpr std::int64_t pieces_max = 1'000'000'000;
constexpr std::int64_t tiers_max = 100;

void read_gift(ObjectReader& object, GiftCatalogue& catalogue) {
  Gift gift;
  gift.number = static_cast<std::uint32_t>(object.integer("number", 1, std::numeric_limits<std::uint32_t>::max()));
  gift.name = object.localized("name");
  gift.points = object.integer("points", 1, points_max);
  gift.value_minor = object.integer("value_minor", 1, amount_minor_max);
  if (object.has("quantity")) gift.quantity = object.integer("quantity", 0, pieces_max);
  gift.a_member_max = static_cast<std::uint32_t>(object.integer_or("a_member_max", 0, 0, pieces_max));
  gift.tier_min = static_cast<std::uint32_t>(object.integer_or("tier_min", 0, 0, tiers_max));
  gift.starts = object.date("starts");
  gift.ends = object.date("ends");
  gift.tax = read_tax(object);
  if (gift.ends < gift.starts) object.report("ends", "must not be before starts");
  const auto same_number = [&](const Gift& other) { return other.number == gift.number; };
  if (std::ranges::any_of(catalogue.gifts, same_number)) object.report("number", "is used twice");
  catalogue.gifts.push_back(std::move(gift));
}

std::optional<GiftRefused> why_not_exchange(const Gift& gift, const GiftState& state, const GiftCase& of) {
  const auto refused = [](GiftRefusal why, std::int64_t missing = 0, base::LocalDate date = {}) {
    return GiftRefused{why, missing, date};
  };
  if (of.pieces == 0 || of.pieces > gift_pieces_max) return refused(GiftRefusal::pieces_out_of_range);
  if (!of.today) return refused(GiftRefusal::time_unknown);
  if (*of.today < gift.starts) return refused(GiftRefusal::not_begun, 0, gift.starts);
  if (*of.today > gift.ends) return refused(GiftRefusal::over, 0, gift.ends);
  if (of.tier < gift.tier_min) return refused(GiftRefusal::tier_too_low, gift.tier_min - of.tier);
  const auto pieces = std::int64_t{of.pieces};
  const auto taken = std::max<std::int64_t>(state.taken_by_member, 0) + pieces;
  if (gift.a_member_max > 0 && taken > gift.a_member_max) {
    return refused(GiftRefusal::member_cap, taken - gift.a_member_max);
  }
  const auto left = std::max<std::int64_t>(state.left, 0);
  if (gift.quantity && pieces > left) return refused(GiftRefusal::out_of_stock, pieces - left);
  // A debt counts as an empty balance.
  const auto points = gift.points * pieces;
  const auto balance = std::max<std::int64_t>(state.balance, 0);
  if (points > balance) return refused(GiftRefusal::points_short, points - balance);
  return std::nullopt;
}

}  // namespace

base::Result<GiftCatalogue> parse_gifts(base::ByteView json) {
  Document document{json, document_bytes_max, "read gifts"};
  auto root = document.root();
  GiftCatalogue catalogue;
  catalogue.version = static_cast<std::uint32_t>(root.integer("version", 1, std::numeric_limits<std::uint32_t>::max()));
  const auto currency = base::parse_currency(root.text("currency", 3));
  if (!currency) root.report("currency", "is not a currency that Millpond knows");
  catalogue.currency = currency.value_or(base::Currency{});
  root.each("gifts", [&](ObjectReader& object) { read_gift(object, catalogue); });
  root.finish();
  if (auto problem = document.problem()) return *std::move(problem);
  return catalogue;
}

std::variant<Exchanged, GiftRefused> exchange(const GiftCatalogue& catalogue, const GiftState& state,
                                              const GiftCase& of) {
  if (!of.member) return GiftRefused{GiftRefusal::nobody, 0, {}};
  if (state.known) {
    const auto& known = *state.known;
    const bool same = known.member == of.member && known.gift == of.gift && known.pieces == of.pieces;
    if (same) return Exchanged{state, known, true};
    return GiftRefused{GiftRefusal::request_changed, 0, {}};
  }
  const auto gift = std::ranges::find(catalogue.gifts, of.gift, &Gift::number);
  if (gift == catalogue.gifts.end()) return GiftRefused{GiftRefusal::no_such_gift, 0, {}};
  if (const auto refused = why_not_exchange(*gift, state, of)) return *refused;

  const auto pieces = std::int64_t{of.pieces};
  Exchanged done{state, {}, false};
  // At most 1,000 pieces of 10^9 points and 10^15 minor units each: everything fits.
  done.record = {of.request,
                 of.member,
                 of.gift,
                 of.pieces,
                 gift->points * pieces,
                 gift->value_minor * pieces,
                 withheld_minor(gift->tax, gift->value_minor) * pieces,
                 gift->tax.tax_class,
                 catalogue.version,
                 *of.today};
  done.after.balance -= done.record.points;
  if (gift->quantity) done.after.left -= pieces;
  done.after.taken_by_member += pieces;
  done.after.known = done.record;
  return done;
}

}  // namespace millpond::model
