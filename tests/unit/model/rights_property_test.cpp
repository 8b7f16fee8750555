// SPDX-License-Identifier: Apache-2.0
// Rights under attack: terminals whose lines come and go, coupons that are copied and shown everywhere, and the hub.
// The rules under test against ground truth that neither side sees, and against two protocols that look as good.
#include "sync/model/rights.h"

#include "sync/base/rng.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <variant>
#include <vector>

using namespace millpond;
using model::Honour;
using model::HubWord;
using model::UseKind;

namespace {

enum class Protocol { in_the_log, on_acknowledgement, before_sending };

constexpr std::size_t terminals = 5;
constexpr std::uint64_t epoch_of(std::size_t terminal) { return 100 + terminal; }
constexpr std::int64_t value_minor = 700;

struct Issued {
  std::uint64_t coupon;
};
struct Released {};
using LogEntry = std::variant<Issued, Released, std::pair<std::uint64_t, model::Use>>;

struct Shop {
  bool online{true};
  std::vector<LogEntry> log;
  std::size_t sent{};       // entries the hub has stored
  std::size_t acked{};      // entries this terminal knows to be stored
  std::size_t forgotten{};  // before_sending: coupons issued before this entry are no longer its own; lost in a crash
  std::map<std::uint64_t, std::size_t> issued_at;
  std::map<std::uint64_t, bool> spent;
  std::int64_t worst_outstanding_minor{};
};

struct Truth {
  std::uint64_t strong{};  // confirmed or own right, as told to customers
  std::uint64_t uses{};
};

class Town {
 public:
  Town(Protocol protocol, std::uint64_t seed) : protocol_{protocol}, rng_{seed} {}

  void live(int steps) {
    for (int i = 0; i < steps; ++i) step();
    for (std::size_t t = 0; t < terminals; ++t) store(t);
  }

  [[nodiscard]] std::uint64_t confirmed_twice() const {
    std::uint64_t count = 0;
    for (const auto& [coupon, truth] : truth_) count += truth.strong > 1 ? 1 : 0;
    return count;
  }
  [[nodiscard]] std::uint64_t uses_too_many() const {
    std::uint64_t count = 0;
    for (const auto& [coupon, truth] : truth_) count += truth.uses > 0 ? truth.uses - 1 : 0;
    return count;
  }
  [[nodiscard]] std::uint64_t over_redeemed() const { return over_redeemed_; }
  [[nodiscard]] std::uint64_t breaches() const { return breaches_; }
  [[nodiscard]] std::uint64_t uses() const {
    std::uint64_t count = 0;
    for (const auto& [coupon, truth] : truth_) count += truth.uses;
    return count;
  }
  [[nodiscard]] std::int64_t worst_outstanding_minor() const {
    std::int64_t worst = 0;
    for (const auto& shop : shops_) worst = std::max(worst, shop.worst_outstanding_minor);
    return worst;
  }

 private:
  void step() {
    const auto t = rng_.below(terminals);
    auto& shop = shops_[t];
    switch (rng_.below(8)) {
      case 0:
        shop.online = !shop.online;
        return;
      case 1:
      case 2: {
        const auto coupon = ++last_coupon_;
        shop.issued_at[coupon] = shop.log.size();
        shop.log.emplace_back(Issued{coupon});
        return;
      }
      case 3:
        return sync(t, rng_.chance(1, 4));
      case 4:
        shop.forgotten = 0;  // a restart keeps the log and nothing else
        return;
      default:
        if (last_coupon_ == 0) return;
        // Copies of recent coupons, anywhere.
        use(t, last_coupon_ - rng_.below(std::min<std::uint64_t>(last_coupon_, 12)));
    }
  }

  [[nodiscard]] bool holds(const Shop& shop, std::uint64_t coupon) const {
    const auto issued = shop.issued_at.find(coupon);
    if (issued == shop.issued_at.end()) return false;
    switch (protocol_) {
      case Protocol::on_acknowledgement:
        return issued->second >= shop.acked;
      case Protocol::before_sending:
        return issued->second >= shop.forgotten;
      case Protocol::in_the_log:
        break;
    }
    for (auto i = issued->second; i < shop.log.size(); ++i) {
      if (std::holds_alternative<Released>(shop.log[i])) return false;
    }
    return true;
  }

  void use(std::size_t t, std::uint64_t coupon) {
    auto& shop = shops_[t];
    model::HonourCase of;
    of.terms = {{}, 0, {0}, {100}};
    of.value_minor = value_minor;
    of.held_here = holds(shop, coupon);
    of.spent_here = shop.spent[coupon];
    of.time_trusted = true;
    of.limits = model::default_limits();
    of.today = {50};
    of.goods_minor = 5'000;
    for (auto i = shop.acked; i < shop.log.size(); ++i) {
      const auto* told = std::get_if<std::pair<std::uint64_t, model::Use>>(&shop.log[i]);
      if (told == nullptr || told->second.kind != UseKind::provisional) continue;
      of.outstanding.minor += value_minor;
      of.outstanding.uses += 1;
    }
    const auto redemption = ++last_redemption_;
    const base::TerminalId terminal{static_cast<std::uint32_t>(t + 1)};
    if (!of.held_here && !of.spent_here && shop.online && rng_.chance(9, 10)) {
      const auto answer = model::confirm_use(booking(coupon), redemption, terminal);
      const bool heard = rng_.chance(9, 10);
      of.hub = heard ? answer.word : HubWord::silent;
      of.hub_refusal = answer.refusal;
    }
    const auto decision = model::decide_honour(of);
    if (decision.honour == Honour::declined) {
      // A yes that nobody heard and nobody could use is taken back in the log's order, as the product does.
      if (of.hub == HubWord::silent) static_cast<void>(model::cancel_use(booking(coupon), redemption, terminal));
      return;
    }
    const auto kind = decision.honour == Honour::own_right   ? UseKind::own_right
                      : decision.honour == Honour::confirmed ? UseKind::confirmed
                                                             : UseKind::provisional;
    if (kind == UseKind::provisional) {
      shop.worst_outstanding_minor = std::max(shop.worst_outstanding_minor, of.outstanding.minor + value_minor);
    }
    truth_[coupon].uses += 1;
    truth_[coupon].strong += kind == UseKind::provisional ? 0 : 1;
    shop.spent[coupon] = true;
    const model::Use told{kind, kind == UseKind::own_right ? 0 : redemption, terminal,
                          base::Epoch{static_cast<std::uint32_t>(epoch_of(t))}, base::Seq{shop.log.size() + 1}};
    shop.log.emplace_back(std::pair{coupon, told});
  }

  // A provisional use may arrive before the issue does: until that is known the right is not the hub's.
  model::Booking& booking(std::uint64_t coupon) {
    return bookings_.try_emplace(coupon, model::Booking{true, {}}).first->second;
  }

  // The hub stores what it has not; the answer may be lost. A release is appended when the hub was just heard.
  void sync(std::size_t t, bool answer_lost) {
    auto& shop = shops_[t];
    if (!shop.online) return;
    if (protocol_ == Protocol::before_sending) shop.forgotten = shop.log.size();
    const bool request_lost = rng_.chance(1, 6);
    if (request_lost) return;
    store(t);
    if (answer_lost) return;
    shop.acked = shop.sent;
    if (protocol_ != Protocol::in_the_log) return;
    shop.log.emplace_back(Released{});
    if (rng_.chance(2, 3)) {
      store(t);
      shop.acked = shop.sent;
    }
  }

  void store(std::size_t t) {
    auto& shop = shops_[t];
    for (; shop.sent < shop.log.size(); ++shop.sent) {
      const auto& entry = shop.log[shop.sent];
      if (const auto* issued = std::get_if<Issued>(&entry)) {
        booking(issued->coupon).issuer_holds = protocol_ == Protocol::in_the_log;
        held_by_[t].push_back(issued->coupon);
      } else if (std::holds_alternative<Released>(entry)) {
        for (const auto coupon : held_by_[t]) booking(coupon).issuer_holds = false;
        held_by_[t].clear();
      } else {
        const auto& [coupon, use] = std::get<std::pair<std::uint64_t, model::Use>>(entry);
        auto told = use;
        if (protocol_ != Protocol::in_the_log && told.kind == UseKind::own_right) told.kind = UseKind::confirmed;
        const bool by_issuer = shop.issued_at.contains(coupon);
        const auto booked = model::book_use(booking(coupon), told, by_issuer);
        if (!booked.counts) ++over_redeemed_;
        if (booked.displaced) ++over_redeemed_;
        if (booked.breach) ++breaches_;
      }
    }
  }

  Protocol protocol_;
  base::SeededRng rng_;
  std::array<Shop, terminals> shops_;
  std::array<std::vector<std::uint64_t>, terminals> held_by_;
  std::map<std::uint64_t, model::Booking> bookings_;
  std::map<std::uint64_t, Truth> truth_;
  std::uint64_t last_coupon_{};
  std::uint64_t last_redemption_{};
  std::uint64_t over_redeemed_{};
  std::uint64_t breaches_{};
};

}  // namespace

TEST_CASE("With the release in the log no coupon is confirmed twice, and every use too many is reported", "[rights]") {
  std::uint64_t uses = 0;
  std::uint64_t too_many = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    Town town{Protocol::in_the_log, seed};
    town.live(600);
    CHECK(town.confirmed_twice() == 0);
    CHECK(town.breaches() == 0);
    CHECK(town.over_redeemed() == town.uses_too_many());
    CHECK(town.worst_outstanding_minor() <= model::default_limits().outstanding_minor_max);
    uses += town.uses();
    too_many += town.uses_too_many();
  }
  CHECK(uses > 10'000);
  CHECK(too_many > 1'000);  // the attack was one
}

TEST_CASE("Protocols that look as good confirm coupons twice", "[rights]") {
  for (const auto protocol : {Protocol::on_acknowledgement, Protocol::before_sending}) {
    CAPTURE(static_cast<int>(protocol));
    std::uint64_t twice = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
      Town town{protocol, seed};
      town.live(600);
      twice += town.confirmed_twice();
    }
    CHECK(twice > 0);
  }
}
