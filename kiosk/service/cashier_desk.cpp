// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/cashier_desk.h"

#include "hardware/till/record_once.h"
#include "kiosk/service/cards.h"
#include "kiosk/service/coupon_answers.h"
#include "kiosk/service/hub_questions.h"
#include "kiosk/service/till_keys.h"
#include "sync/crypto/hash.h"
#include "sync/model/calendar.h"
#include "sync/model/typed_phone.h"
#include "sync/terminal/listing.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr const char* line_id = "1";

// Nobody types goods: one line of everything.
std::vector<model::SaleLine> whole_of(std::int64_t total_minor) { return {{line_id, {}, "1", {}, total_minor, 0}}; }

// The same receipt with the same sum for the same member is the same sale, whoever types it again.
base::Hash body_hash(const model::SaleKey& key, const flow::RecordSale& sale) {
  const auto text = "sale by hand\n" + std::to_string(key.store.value) + "\n" + key.till + "\n" +
                    base::format_date(key.business_date) + "\n" + key.transaction + "\n" +
                    std::to_string(sale.total_minor) + "\n" + std::to_string(sale.discount_minor) + "\n" +
                    std::to_string(sale.member.value);
  return crypto::sha256(base::view_of(text));
}

// Of a till that tells of the same sale later, or asks for it, too.
base::Bytes answer_of(const terminal::SaleOutcome& outcome, std::int64_t total_minor,
                      const std::optional<model::Programme>& programme, const std::string& language) {
  nlohmann::ordered_json answer{{"recorded", true},
                                {"event", outcome.seq.value},
                                {"total_minor", total_minor},
                                {"heard", till::heard_at_counter}};
  if (outcome.member && model::shown(outcome.strength, model::Surface::till_answer).number) {
    answer["member"] = base::format_id('M', outcome.member.value);
  }
  const auto words = text::language_of_tag(language).value_or(text::Language::zh_cn);
  answer.update(nlohmann::ordered_json::parse(sale_coupons_json(outcome, programme, words)));
  const auto text = answer.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

// By till, capture or import. Two that were typed are compared as they were typed: for another member is another sale.
bool is_told_by_another(const base::Bytes& answer, std::int64_t total_minor) {
  return till::heard_of_answer(answer) != till::heard_at_counter && till::total_of_answer(answer) == total_minor;
}

// What coupons paid of it: no money came in for that.
std::int64_t coupons_of(const model::SaleRecorded& sale) {
  std::int64_t sum_minor = 0;
  for (const auto& tender : sale.tenders) {
    if (tender.type == model::TenderType::coupon) sum_minor += tender.amount_minor;
  }
  return sum_minor;
}

// A till that names its people by their numbers here is understood; to another's words nobody here answers.
base::StaffId staff_of(const std::string& operator_id) {
  std::uint32_t number = 0;
  const auto* const end = operator_id.data() + operator_id.size();
  const auto read = std::from_chars(operator_id.data(), end, number);
  const bool whole = !operator_id.empty() && read.ec == std::errc{} && read.ptr == end;
  return {whole ? number : 0};
}

struct Fold {
  std::vector<model::ShiftEvent>& events;
  base::StaffId served{};  // the sale or refund whose facts follow

  void operator()(const model::SaleRecorded& fact) {
    served = staff_of(fact.operator_id);
    if (!fact.training) add(model::ShiftDeed::sale, fact.total_minor - coupons_of(fact));
  }
  void operator()(const model::SaleRefunded& fact) {
    served = staff_of(fact.operator_id);
    if (!fact.training) add(model::ShiftDeed::refund, fact.total_minor);
  }
  void operator()(const model::CouponRedeemed& fact) const { add(model::ShiftDeed::coupon, fact.value_minor); }
  void operator()(const model::CouponConfirmed& fact) const { add(model::ShiftDeed::coupon, fact.value_minor); }
  void operator()(const model::CouponProvisional& fact) const { add(model::ShiftDeed::coupon, fact.value_minor); }
  // It took something off all the same: the customer had paid less already.
  void operator()(const model::CouponOverRedeemed& fact) const { add(model::ShiftDeed::coupon, fact.value_minor); }
  void operator()(const model::PointsEarned& fact) const { add(model::ShiftDeed::points_earned, fact.points); }
  void operator()(const model::PointsSpent& fact) const { add(model::ShiftDeed::points_spent, fact.points); }
  void operator()(const model::ActApproved& fact) const {
    if (fact.act == model::act_phone_typed) return;  // nobody approved anything: a number was typed
    const bool looked_up = fact.act == model::Act::manual_lookup;
    const auto who = looked_up || !fact.asked_by ? fact.by : fact.asked_by;
    events.push_back({who, looked_up ? model::ShiftDeed::manual_lookup : model::ShiftDeed::override_, 0, 0});
  }
  template <class Other>
  void operator()(const Other&) const {}

 private:
  void add(model::ShiftDeed deed, std::int64_t amount) const { events.push_back({served, deed, amount, 0}); }
};

}  // namespace

flow::Weighed weighed_of(const terminal::Quote& quote, const std::vector<terminal::MemberCoupon>& coupons,
                         const std::optional<model::Programme>& programme) {
  flow::Weighed weighed{quote.total_minor, quote.discount_minor, {}};
  for (const auto& each : quote.taken) {
    flow::WeighedCoupon taken{coupon_card(each.coupon, programme), true, {}, {}};
    taken.card.discount_minor = 0;
    for (const auto minor : each.by_line) taken.card.discount_minor += minor;
    weighed.coupons.push_back(std::move(taken));
  }
  for (const auto& refusal : quote.refused) {
    const auto own = std::ranges::find(coupons, refusal.coupon, &terminal::MemberCoupon::coupon);
    if (own == coupons.end()) continue;
    weighed.coupons.push_back({coupon_card(*own, programme), false, refusal.hurdle, refusal.code});
  }
  return weighed;
}

std::string till_by_hand(const std::filesystem::path& folder, const Settings& settings) {
  if (!settings.till_by_hand.empty()) return settings.till_by_hand;
  if (!settings.capture_listen.empty()) return settings.capture_till;
  const auto keys = load_till_keys(folder);
  if (!keys || keys->empty()) return "counter";
  const bool one = std::ranges::all_of(*keys, [&](const till::Key& key) { return key.till == keys->front().till; });
  return one ? keys->front().till : "counter";
}

CashierDesk::CashierDesk(Shop& shop, std::function<std::string()> till, std::string language)
    : shop_{shop}, till_{std::move(till)}, language_{std::move(language)} {}

Result<flow::Weighed> CashierDesk::weigh(const flow::WeighBasket& basket) {
  std::optional<Code> problem;
  MILLPOND_TRY(const auto quote, keep(basket, problem));
  MILLPOND_TRY(const auto member, shop_.terminal().member(basket.member));
  auto weighed = weighed_of(quote, member.coupons, shop_.programme());
  weighed.approval_problem = problem;
  return weighed;
}

// A PIN that does not count leaves the basket as it is without.
Result<terminal::Quote> CashierDesk::keep(const flow::WeighBasket& basket, std::optional<Code>& problem) {
  const auto programme = shop_.programme();
  if (!programme) return Error{Code::no_programme, "weigh coupons", "no programme has come yet"};
  terminal::BasketRequest request;
  request.till = till_();
  request.name = basket.name;
  request.currency = programme->currency;
  request.lines = whole_of(basket.total_minor);
  request.session_member = basket.member;
  request.session_strength = basket.strength;
  if (shop_.staff().has_vouches()) {
    request.vouched_by = [this](base::MemberId member) { return shop_.staff().take_vouch(member); };
  }
  if (basket.staff) {
    const auto taken = take_word(shop_.staff(), basket.staff, basket.pin, request);
    if (!taken) problem = taken.error().code;
  }
  auto quote = shop_.holds().keep(request, terminal::keep_ms_default);
  if (quote && basket.staff && !problem && waits_for_manager(*quote)) problem = Code::role_missing;
  return quote;
}

// False when the discount that was given cannot be had any more.
Result<bool> CashierDesk::keep_again(const flow::RecordSale& sale, const terminal::SaleRequest& request) {
  const auto& till = request.sale.key.till;
  MILLPOND_TRY(const auto kept, shop_.holds().kept_for(till, sale.basket));
  if (kept && !kept->is_over) return true;
  MILLPOND_TRY(const auto recorded, shop_.terminal().find_sale(request.sale.key));
  if (recorded) return true;  // and its coupons with it
  std::optional<Code> nobody_asked;
  const auto quote = keep({sale.basket, sale.member, sale.strength, sale.total_minor, 0}, nobody_asked);
  if (quote && quote->discount_minor == sale.discount_minor) return true;
  static_cast<void>(shop_.holds().release(till, sale.basket));
  return false;
}

void CashierDesk::drop(const std::string& basket) {
  // What is not kept any more needs no dropping, and what stays is let go at its end.
  static_cast<void>(shop_.holds().release(till_(), basket));
}

Result<flow::SaleResult> CashierDesk::record(const flow::RecordSale& sale) {
  const auto programme = shop_.programme();
  if (!programme) return Error{Code::no_programme, "record a sale", "no programme has come yet"};
  const auto now = shop_.time().now();
  if (!now.day_known()) return Error{Code::time_unknown, "record a sale", "nobody knows what day it is"};
  terminal::SaleRequest request;
  const auto& certificate = shop_.terminal().identity().certificate;
  const auto today = base::local_date_at(now.wall_ms, model::offset_at(*programme, now.wall_ms));
  request.sale.key = {certificate.store, till_(), today, sale.receipt};
  request.sale.currency = programme->currency;
  request.sale.total_minor = sale.total_minor;
  request.sale.eligible_minor = sale.total_minor;
  request.sale.lines = whole_of(sale.total_minor);
  request.sale.tenders = {{model::TenderType::other, sale.total_minor - sale.discount_minor, {}, {}}};
  if (sale.discount_minor > 0) {
    request.sale.tenders.push_back({model::TenderType::coupon, sale.discount_minor, {}, {}});
  }
  request.body_hash = body_hash(request.sale.key, sale);
  request.session_member = sale.member;
  request.session_strength = sale.strength;
  request.basket = sale.basket;
  request.completed_at_ms = now.wall_ms;
  request.slip_locale = language_;
  bool has_coupons = !sale.basket.empty();
  if (has_coupons) { MILLPOND_TRY(has_coupons, keep_again(sale, request)); }
  if (has_coupons) {
    request.ask_hub = [this](const terminal::HubQuestions& questions) { return ask_hub(shop_, questions); };
  }
  request.told_before = [&](const base::Bytes& answer) { return is_told_by_another(answer, sale.total_minor); };
  MILLPOND_TRY(const auto outcome, shop_.terminal().sale(request, [&](const terminal::SaleOutcome& decided) {
    return answer_of(decided, sale.total_minor, programme, language_);
  }));
  if (outcome.kind == terminal::SaleOutcome::Kind::changed) {
    return Error{Code::sale_changed, "record a sale", "first recorded as event " + std::to_string(outcome.seq.value)};
  }
  auto result = sale_result(outcome, sale.total_minor, programme);
  if (outcome.basket_problem) result.refused.push_back(*outcome.basket_problem);
  if (outcome.kind == terminal::SaleOutcome::Kind::repeated) {
    // What it brought was told the first time.
    result.member = sale.member;
    result.strength = sale.strength;
    if (is_told_by_another(outcome.answer, sale.total_minor)) say_told_before(request, result);
  }
  return result;
}

void CashierDesk::say_told_before(const terminal::SaleRequest& request, flow::SaleResult& result) {
  result.refused.push_back(Code::sale_duplicate);
  if (request.basket.empty()) return;
  const auto released = shop_.holds().release(request.sale.key.till, request.basket);
  if (released) result.refused.push_back(Code::hold_ended);
}

Result<base::MemberId> CashierDesk::name_by_phone(const std::string& typed) {
  MILLPOND_TRY(const auto member,
               shop_.terminal().enrol({typed, {}, model::Channel::gateway, model::OriginChannel::cashier}));
  return member.member;
}

Result<terminal::MemberView> CashierDesk::look_up(const flow::LookUp& ask) {
  MILLPOND_TRY_DO(shop_.staff().authorise(model::Act::manual_lookup, ask.staff, ask.pin));
  return shop_.terminal().look_up(ask.typed, {ask.staff, {}});
}

flow::ServiceStanding CashierDesk::standing(const client::SyncStatus& sync) const {
  flow::ServiceStanding told;
  told.queued = sync.queued;
  told.oldest_ms = sync.oldest_ms;
  told.last_contact_ms = sync.last_contact_ms;
  told.build = MILLPOND_VERSION;
  const auto& certificate = shop_.terminal().identity().certificate;
  told.terminal = std::to_string(certificate.terminal.value) + " · " + std::to_string(certificate.store.value);
  if (const auto programme = shop_.programme()) told.programme = programme->version;
  const auto looked = shop_.journal().with([&](store::Journal& journal) {
    const auto health = journal.health();
    told.journal = health ? terminal::health_words(*health) : std::string{base::code_name(health.error().code)};
  });
  if (!looked) told.journal = base::code_name(looked.error().code);
  told.devices = {{flow::DeviceTold::Kind::printer, shop_.printer_state()}};
  return told;
}

Result<flow::ShiftTold> CashierDesk::shift(std::size_t facts_max) const {
  const auto programme = shop_.programme();
  const auto now = shop_.time().now();
  const auto offset = programme ? model::offset_at(*programme, now.wall_ms) : 0;
  const auto today = base::local_date_at(now.wall_ms, offset);
  std::vector<model::ShiftEvent> events;
  flow::ShiftTold told;
  Result<> read;
  MILLPOND_TRY_DO(shop_.journal().with([&](store::Journal& journal) {
    const auto entries = journal.entries(facts_max, false);
    if (!entries) {
      read = entries.error();
      return;
    }
    Fold fold{events};
    for (const auto& entry : *entries) {
      const auto& stamp = entry.fact.stamp;
      if (stamp.local_date == today) std::visit(fold, entry.fact.body);
    }
    // Perhaps there was more of it.
    if (entries->size() >= facts_max && entries->front().fact.stamp.local_date == today) {
      told.since_ms = entries->front().fact.stamp.occurred_at_ms;
    }
  }));
  MILLPOND_TRY_DO(std::move(read));
  told.rows = model::shift_report(events);
  return told;
}

}  // namespace millpond::service
