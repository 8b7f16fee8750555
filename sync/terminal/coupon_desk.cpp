// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/coupon_desk.h"

#include "sync/terminal/kept_basket.h"
#include "sync/terminal/member_coupon.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"
#include "sync/terminal/rules.h"
#include "sync/terminal/sale_attempt.h"
#include "sync/terminal/weighing.h"

#include <algorithm>
#include <utility>

namespace millpond::terminal {
namespace {

// What the code of a coupon says, of one that is known without it.
codes::CouponCode code_of(const MemberCoupon& coupon, base::MemberId member, const model::RuleBook& rules) {
  codes::CouponCode code;
  code.issuer = codes::Issuer::terminal(base::id_origin(coupon.coupon.value), 0);
  code.coupon = coupon.coupon;
  code.member = member;
  code.campaign = coupon.campaign;
  code.value_minor = static_cast<std::uint32_t>(coupon.value_minor);
  code.not_before_day = static_cast<std::uint16_t>(coupon.not_before.days);
  code.expiry_day = static_cast<std::uint16_t>(coupon.expires.days);
  const auto* const offer = rules.find_offer(coupon.campaign);
  if (offer != nullptr && offer->confirmed_only) code.flags = flag_confirmed_only;
  return code;
}

}  // namespace

struct CouponDesk::Counter {
  struct Coupon {
    codes::CouponCode code;
    std::optional<std::size_t> index;
    bool by_own_code{};
    Shown shown;
    std::optional<model::WhyNot> why;  // it cannot be used whatever it takes off
    std::uint64_t redemption{};        // keep(): under which the hub was asked
    bool too_dear{};                   // for whoever is no more certain than this
  };
  std::shared_ptr<const Rules> rules;
  Moment moment;
  model::SaleRecorded sale;
  Terminal::Named named;
  std::optional<base::Code> member_problem;
  Honouring honouring;
  model::Outstanding outstanding;
  model::Shopper shopper;
  std::vector<Refusal> unread;  // codes that are not genuine
  std::vector<Coupon> coupons;
  std::vector<Weighed> weighed;  // by coupon
  std::optional<KeptBasket> before;
  base::StaffId vouched_by;
  base::Epoch live;
  std::set<base::CouponId> seen{};
  std::set<base::CouponId> asked{};  // keep(): at the hub

  [[nodiscard]] const KeptCoupon* kept_before(base::CouponId coupon) const {
    if (!before) return nullptr;
    const auto found =
        std::ranges::find_if(before->coupons, [&](const auto& kept) { return kept.code.coupon == coupon; });
    return found == before->coupons.end() ? nullptr : &*found;
  }
  // What a card alone does not bring leaves the question what the others are worth without it.
  void weigh_again() {
    for (bool all = false; !all;) {
      std::vector<const Shown*> shown;
      for (const auto& coupon : coupons) shown.push_back(coupon.why ? nullptr : &coupon.shown);
      weighed =
          weigh_coupons(sale, shown, &rules->book, shopper, model::store_moment(moment.now_ms, moment.utc_offset_min));
      all = true;
      CardFloor floor{honouring, named.strength};
      for (std::size_t i = 0; i < coupons.size(); ++i) {
        auto& coupon = coupons[i];
        if (!is_taken(i)) continue;
        coupon.too_dear = floor.is_too_dear(coupon.by_own_code, weighed[i].discount_minor);
        if (!coupon.too_dear) continue;
        coupon.why = model::WhyNot{base::Code::identity_too_weak, 0, {}};
        all = false;
      }
    }
  }
  // Who stands there is the member for all that this is enough for.
  void be_certain(model::Strength strength) {
    named.strength = std::max(named.strength, strength);
    if (model::too_weak(named.strength, model::Deed::spend_much)) return;
    for (auto& coupon : coupons) {
      if (std::exchange(coupon.too_dear, false)) coupon.why.reset();
    }
    weigh_again();
  }
  [[nodiscard]] bool is_taken(std::size_t at) const {
    return !coupons[at].why && weighed[at].by_offer && !weighed[at].hurdle;
  }
  [[nodiscard]] model::HonourDecision decide(std::size_t at) const {
    const auto& shown = coupons[at].shown;
    auto of = case_of(honouring, shown, sale);
    of.terms.threshold_minor = 0;  // the offer's own rules have seen to it
    of.value_minor = weighed[at].discount_minor;
    of.time_trusted = moment.day_known;
    of.today = moment.today;
    of.outstanding = outstanding;
    return model::decide_honour(of);
  }
  // What may not be honoured leaves the question what the others are worth without it. True when nothing left.
  [[nodiscard]] bool drop_declined() {
    bool all = true;
    for (std::size_t i = 0; i < coupons.size(); ++i) {
      if (!is_taken(i)) continue;
      const auto decided = decide(i);
      if (decided.honour != model::Honour::declined) continue;
      coupons[i].why = decided.why;
      all = false;
    }
    if (!all) weigh_again();
    return all;
  }
  void judge(Coupon& coupon, const std::vector<KeptBasket>& baskets) const;
  [[nodiscard]] Quote quote() const;
};

// Whether it can be used at all, whatever it takes off.
void CouponDesk::Counter::judge(Coupon& coupon, const std::vector<KeptBasket>& baskets) const {
  const auto& shown = coupon.shown;
  const auto is_of_another = [&](const KeptBasket& basket) {
    const bool same = before && basket.id == before->id;
    const auto is_it = [&](const KeptCoupon& kept) { return kept.code.coupon == coupon.code.coupon; };
    return !same && is_kept(basket, moment.now_ms) && std::ranges::any_of(basket.coupons, is_it);
  };
  const bool confirmed = shown.reply.word == model::HubWord::confirmed;
  const auto weak = model::too_weak(named.strength, model::Deed::spend_little);
  const auto refuse = [&](base::Code why) { coupon.why = model::WhyNot{why, 0, {}}; };
  if (sale.member && shown.member && weak) {
    refuse(*weak);
  } else if (shown.used) {
    refuse(base::Code::coupon_spent);
  } else if (std::ranges::any_of(baskets, is_of_another)) {
    refuse(base::Code::coupon_held);
  } else if (shown.spent_elsewhere && !confirmed) {
    refuse(base::Code::coupon_spent);
  } else if (shown.voided && !confirmed) {
    refuse(base::Code::coupon_void);
  } else if (honouring.suspended) {
    refuse(base::Code::value_suspended);
  } else if (!moment.day_known) {
    refuse(base::Code::time_unknown);
  }
}

Quote CouponDesk::Counter::quote() const {
  Quote quote;
  quote.member = named.member;
  quote.strength = named.strength;
  quote.member_problem = member_problem;
  quote.total_minor = sale.total_minor;
  quote.refused = unread;
  const auto own = coupons.size() + unread.size();
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    const auto& each = coupons[i];
    auto coupon = each.shown.coupon;
    if (is_taken(i)) {
      coupon.discount_minor = weighed[i].discount_minor;
      quote.discount_minor += coupon.discount_minor;
      quote.taken.push_back({coupon, weighed[i].by_line, each.index, {}});
      continue;
    }
    Refusal refusal{each.index.value_or(own), {}, 0, {}, coupon.coupon, coupon.campaign, std::nullopt};
    if (each.why) {
      refusal.code = each.why->code;
      refusal.missing_minor = each.why->missing_minor;
      refusal.date = each.why->date;
    } else if (weighed[i].hurdle) {
      refusal.hurdle = weighed[i].hurdle;
      refusal.code = terminal::code_of(refusal.hurdle->why);
      if (refusal.hurdle->why == model::Hurdle::threshold) refusal.missing_minor = refusal.hurdle->missing;
      refusal.date = refusal.hurdle->date;
    } else {
      refusal.code = base::Code::coupon_not_for_this;  // the programme does not have its offer
    }
    quote.refused.push_back(refusal);
  }
  return quote;
}

base::Result<CouponDesk::Counter> CouponDesk::look(const BasketRequest& request) {
  auto rules = terminal_.rules();
  if (!rules) return base::Error{base::Code::no_programme, "quote", "no programme yet"};
  if (request.currency != rules->programme.currency) {
    return base::Error{base::Code::currency_mismatch, "quote", "the programme has another currency", "/currency"};
  }
  const Moment moment{terminal_.time_.now(), &rules->programme};
  Counter counter{rules, moment, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  auto& sale = counter.sale;
  sale.key.store = terminal_.identity_.certificate.store;
  sale.key.till = request.till;
  sale.currency = request.currency;
  sale.lines = request.lines;
  for (const auto& line : sale.lines) sale.total_minor += line.net_minor;
  sale.eligible_minor = model::eligible_of(sale.lines);
  SaleRequest who;
  who.member_code = request.member_code;
  who.session_member = request.session_member;
  who.session_strength = request.session_strength;
  who.redemptions = request.codes;
  auto attempt = terminal_.attempt_of(who);
  counter.honouring = attempt.honouring;
  for (std::size_t i = 0; i < attempt.coupons.size(); ++i) {
    const auto& code = attempt.coupons[i].read;
    if (!code) {
      counter.unread.push_back({.index = i, .code = code.error().code});
    } else if (!counter.seen.insert(code->coupon).second) {
      counter.unread.push_back({.index = i, .code = base::Code::coupon_spent, .coupon = code->coupon});
    } else {
      counter.coupons.push_back({*code, i, true, {}, {}, 0});
    }
  }
  counter.live = terminal_.journal_.published()->live_epoch;
  MILLPOND_TRY_DO(terminal_.read([&](store::Transaction& transaction) {
    name(terminal_.named_in(transaction, attempt), counter);
    return gather(transaction, request, counter);
  }));
  counter.weigh_again();
  return counter;
}

// A number that somebody typed says nothing about coupons, and nobody is enrolled for a question.
void CouponDesk::name(const base::Result<Terminal::Named>& named, Counter& counter) const {
  if (named) counter.named = *named;
  if (!named) counter.member_problem = named.error().code;
  auto& member = counter.named.member;
  if (member) member = person_number(terminal_.replica_, member);
  counter.sale.member = member;
  const auto person = person_of(terminal_.replica_, member).value_or(Person{member, std::nullopt, {}});
  counter.shopper = shopper_of(person, counter.rules->programme, counter.named.strength, VisitsHere{});
}

// The member's own coupons and those that this basket has kept already beside those that were shown, and what is known
// of each.
base::Result<> CouponDesk::gather(store::Transaction& transaction, const BasketRequest& request, Counter& counter) {
  MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
  const auto mine = request.name.empty() ? std::nullopt : own_basket(baskets, request.till, request.name, {});
  if (mine) counter.before = baskets[*mine];
  const auto member = counter.named.member;
  counter.honouring.approved_by = request.approved_by;
  // The manager's word for this basket and member stays while the till rings up.
  const bool same_member = counter.before && counter.before->member == member;
  if (!request.approved_by && same_member) counter.honouring.approved_by = counter.before->approved_by;
  if (member && same_member && !model::too_weak(counter.named.strength, model::Deed::spend_little)) {
    counter.vouched_by = counter.before->vouched_by;
    counter.named.strength = std::max(counter.named.strength, counter.before->strength);
  }
  const auto& rules = *counter.rules;
  if (member && !model::too_weak(counter.named.strength, model::Deed::spend_little)) {
    MILLPOND_TRY(const auto view, terminal_.view(transaction, member));
    for (std::size_t i = 0; i < view.coupons.size() && i < member_coupons_max; ++i) {
      if (!counter.seen.insert(view.coupons[i].coupon).second) continue;
      counter.coupons.push_back({code_of(view.coupons[i], member, rules.book), std::nullopt, false, {}, {}, 0});
    }
  }
  // What the hub confirmed for this basket is spent by its own word, and still this basket's.
  for (std::size_t i = 0; counter.before && i < counter.before->coupons.size(); ++i) {
    const auto& code = counter.before->coupons[i].code;
    const bool own = code.member && person_number(terminal_.replica_, code.member) == member;
    if (own && counter.seen.insert(code.coupon).second) {
      counter.coupons.push_back({code, std::nullopt, false, {}, {}, 0});
    }
  }
  MILLPOND_TRY(counter.outstanding, transaction.outstanding(member, counter.moment.today));
  for (auto& coupon : counter.coupons) {
    MILLPOND_TRY(coupon.shown, look_at(transaction, terminal_.replica_, &rules.programme, coupon.code, member));
    const auto* const kept = counter.kept_before(coupon.code.coupon);
    if (kept != nullptr) coupon.shown.reply = kept->reply;
    coupon.by_own_code = coupon.by_own_code || (kept != nullptr && kept->by_own_code);
    counter.judge(coupon, baskets);
  }
  return {};
}

base::Result<Quote> CouponDesk::quote(const BasketRequest& request) {
  MILLPOND_TRY(auto counter, look(request));
  if (counter.named.rotating)
    counter.be_certain(model::Strength::rotating_code);  // whether it is fresh keep() finds out
  return counter.quote();
}

// A code that changes counts once and somebody's word as well, so both are used up only where they bring something.
void CouponDesk::make_certain(const BasketRequest& request, Counter& counter) {
  const auto lacks = [&] { return std::ranges::any_of(counter.coupons, &Counter::Coupon::too_dear); };
  if (lacks() && counter.named.rotating) counter.be_certain(terminal_.strength_of(request.member_code));
  if (!lacks() || !request.vouched_by) return;
  counter.vouched_by = request.vouched_by(counter.named.member);
  if (counter.vouched_by) counter.be_certain(model::Strength::vouched);
}

base::Result<Quote> CouponDesk::keep(const BasketRequest& request, std::int64_t keep_for_ms, const AskHub& ask) {
  MILLPOND_TRY_DO(let_go());
  MILLPOND_TRY(auto counter, look(request));
  make_certain(request, counter);
  KeptBasket basket;
  basket.till = request.till;
  basket.name = request.name;
  basket.member = counter.named.member;
  basket.strength = counter.named.strength;
  basket.approved_by = counter.honouring.approved_by;
  basket.vouched_by = counter.vouched_by;
  basket.goods = goods_of(request.lines);
  basket.moment = model::store_moment(counter.moment.now_ms, counter.moment.utc_offset_min);
  basket.made_ms = counter.moment.now_ms;
  basket.until_ms = basket.made_ms + std::clamp(keep_for_ms, keep_ms_min, keep_ms_max);
  if (counter.before) {
    basket.id = counter.before->id;
  } else {
    MILLPOND_TRY_DO(terminal_.journal_.with([&](store::Journal&) { basket.id = terminal_.rng_.next() >> 1 | 1; }));
  }
  const auto& identity = terminal_.identity_;
  for (auto& coupon : counter.coupons) {
    coupon.redemption =
        model::hold_redemption_id(identity.brand, identity.certificate.terminal, basket.id, coupon.code.coupon);
  }
  for (bool settled = false; !settled;) {
    ask_about(counter, ask);
    settled = counter.drop_declined();
  }
  for (std::size_t i = 0; i < counter.coupons.size(); ++i) {
    const auto& coupon = counter.coupons[i];
    if (!counter.is_taken(i)) continue;
    basket.coupons.push_back({coupon.code, coupon.redemption, coupon.shown.reply, counter.weighed[i].discount_minor,
                              counter.weighed[i].by_line, coupon.by_own_code});
  }
  if (auto kept = put(request, counter, basket); !kept) {
    // Perhaps it is kept, with the hub's yes: then this must not be given back, and its time ends by itself.
    if (kept.error().code == base::Code::commit_unknown) return kept.error();
    // The hub may have said yes to what is not kept.
    auto given_back = terminal_.journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
      for (const auto& coupon : counter.coupons) {
        if (!counter.asked.contains(coupon.code.coupon)) continue;
        MILLPOND_TRY_DO(cancel(transaction, coupon.code.coupon, coupon.redemption));
      }
      return {};
    });
    return given_back ? kept.error() : given_back.error();
  }
  auto quote = counter.quote();
  quote.until_ms = basket.until_ms;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < counter.coupons.size(); ++i) {
    if (counter.is_taken(i)) quote.taken[taken++].honour = counter.decide(i).honour;
  }
  return quote;
}

// About those whose right is not here, each once at most.
void CouponDesk::ask_about(Counter& counter, const AskHub& ask) {
  std::vector<std::optional<wire::RedeemAsk>> asks(counter.coupons.size());
  bool any = false;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    const auto& coupon = counter.coupons[i];
    const auto& shown = coupon.shown;
    const bool must = counter.is_taken(i) && !shown.held && shown.reply.word != model::HubWord::confirmed;
    if (!must || !counter.asked.insert(coupon.code.coupon).second) continue;
    any = true;
    asks[i] = wire::RedeemAsk{
        coupon.redemption, coupon.code.coupon, counter.named.member, counter.live, counter.weighed[i].goods_minor, {}};
  }
  const auto replies = any ? ask(asks) : std::vector<HubReply>{};
  for (std::size_t i = 0; i < replies.size() && i < asks.size(); ++i) {
    if (asks[i]) counter.coupons[i].shown.reply = replies[i];
  }
}

// Between looking and keeping somebody else may have used or kept one.
base::Result<> CouponDesk::put(const BasketRequest& request, const Counter& counter, const KeptBasket& basket) {
  bool faster = false;
  auto committed = terminal_.journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    faster = false;
    MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
    const auto mine = own_basket(baskets, request.till, request.name, {});
    std::set<base::CouponId> kept;
    for (const auto& coupon : basket.coupons) kept.insert(coupon.code.coupon);
    for (const auto& other : baskets) {
      if (other.id == basket.id || !is_kept(other, counter.moment.now_ms)) continue;
      const auto is_ours = [&](const KeptCoupon& each) { return kept.contains(each.code.coupon); };
      faster = faster || std::ranges::any_of(other.coupons, is_ours) || (mine && other.id == baskets[*mine].id);
    }
    for (const auto coupon : kept) {
      MILLPOND_TRY(const bool used, transaction.was_used(coupon));
      faster = faster || used;
    }
    if (faster) return base::Error{base::Code::coupon_held, "keep coupons", "somebody else was faster"};
    if (!mine && baskets.size() >= kept_baskets_max) {
      return base::Error{base::Code::overloaded, "keep coupons", "too many baskets are kept"};
    }
    for (const auto& coupon : counter.coupons) {
      const bool open =
          coupon.shown.reply.word == model::HubWord::confirmed || coupon.shown.reply.word == model::HubWord::silent;
      const auto* const before = counter.kept_before(coupon.code.coupon);
      if (open && !kept.contains(coupon.code.coupon) && before == nullptr) {
        MILLPOND_TRY_DO(cancel(transaction, coupon.code.coupon, coupon.redemption));
      }
    }
    if (mine) MILLPOND_TRY_DO(give_back(transaction, baskets[*mine], kept));
    if (basket.coupons.empty()) return mine ? transaction.drop_hold(basket.id) : base::Result<>{};
    return transaction.put_hold(hold_of(basket));
  });
  return terminal_.settle(std::move(committed), [&](store::Transaction& transaction) -> base::Result<bool> {
    MILLPOND_TRY(const auto holds, transaction.holds());
    const auto found = std::ranges::find(holds, basket.id, &store::Hold::id);
    if (basket.coupons.empty() || found == holds.end()) return basket.coupons.empty() && found == holds.end();
    return found->content == hold_of(basket).content;
  });
}

base::Result<> CouponDesk::cancel(store::Transaction& transaction, base::CouponId coupon,
                                  std::uint64_t redemption) const {
  const auto rules = terminal_.rules();
  const Moment moment{terminal_.time_.now(), rules ? &rules->programme : nullptr};
  MILLPOND_TRY_DO(transaction.append(model::RedemptionCancelled{coupon, redemption}, moment.now_ms,
                                     moment.utc_offset_min, moment.programme_version));
  return {};
}

base::Result<> CouponDesk::give_back(store::Transaction& transaction, const KeptBasket& basket,
                                     const std::set<base::CouponId>& but) const {
  for (const auto& coupon : basket.coupons) {
    if (!is_open(coupon) || but.contains(coupon.code.coupon)) continue;
    MILLPOND_TRY_DO(cancel(transaction, coupon.code.coupon, coupon.redemption));
  }
  return {};
}

base::Result<std::optional<CouponDesk::Kept>> CouponDesk::kept_for(std::string_view till, std::string_view name) {
  std::optional<Kept> kept;
  if (name.empty()) return kept;
  const auto now_ms = terminal_.time_.now().wall_ms;
  MILLPOND_TRY_DO(terminal_.read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
    if (const auto mine = own_basket(baskets, till, name, {})) {
      kept = Kept{baskets[*mine].member, !is_kept(baskets[*mine], now_ms)};
    }
    return {};
  }));
  return kept;
}

base::Result<> CouponDesk::release(std::string_view till, std::string_view name) {
  return terminal_.journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
    const auto mine = own_basket(baskets, till, name, {});
    if (!mine || name.empty()) return base::Error{base::Code::not_found, "release basket", "nothing is kept for it"};
    MILLPOND_TRY_DO(give_back(transaction, baskets[*mine], {}));
    return transaction.drop_hold(baskets[*mine].id);
  });
}

base::Result<std::optional<std::int64_t>> CouponDesk::let_go() {
  const auto now_ms = terminal_.time_.now().wall_ms;
  std::optional<std::int64_t> next;
  bool over = false;
  const auto look = [&](const std::vector<KeptBasket>& baskets) {
    for (const auto& basket : baskets) {
      const bool kept = is_kept(basket, now_ms);
      over = over || !kept;
      if (kept) next = std::min(next.value_or(keep_ms_max), basket.until_ms - now_ms);
    }
  };
  MILLPOND_TRY_DO(terminal_.read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
    look(baskets);
    return {};
  }));
  if (!over) return next;
  auto given_back = terminal_.journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto baskets, kept_baskets(transaction));
    for (const auto& basket : baskets) {
      if (is_kept(basket, now_ms)) continue;
      MILLPOND_TRY_DO(give_back(transaction, basket, {}));
      MILLPOND_TRY_DO(transaction.drop_hold(basket.id));
    }
    return {};
  });
  if (!given_back) return given_back.error();
  return next;
}

}  // namespace millpond::terminal
