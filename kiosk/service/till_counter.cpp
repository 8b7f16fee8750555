// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/till_counter.h"

#include "hardware/till/record_once.h"
#include "kiosk/service/cards.h"
#include "kiosk/service/cashier_desk.h"
#include "kiosk/service/coupon_answers.h"
#include "kiosk/service/gateway_certificate.h"
#include "kiosk/service/hub_questions.h"
#include "kiosk/service/till_health.h"
#include "kiosk/service/till_keys.h"
#include "sync/base/file.h"
#include "sync/client/documents.h"
#include "sync/model/spending.h"
#include "sync/text/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millpond::service {
namespace {

using base::Code;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

model::TenderType tender_type(ports::TillTenderType type) {
  switch (type) {
    case ports::TillTenderType::cash:
      return model::TenderType::cash;
    case ports::TillTenderType::card:
      return model::TenderType::card;
    case ports::TillTenderType::wechat_pay:
      return model::TenderType::wechat_pay;
    case ports::TillTenderType::alipay:
      return model::TenderType::alipay;
    case ports::TillTenderType::points:
      return model::TenderType::points;
    case ports::TillTenderType::coupon:
      return model::TenderType::coupon;
    case ports::TillTenderType::gift_card:
      return model::TenderType::gift_card;
    case ports::TillTenderType::other:
      break;
  }
  return model::TenderType::other;
}

model::SaleKey key_of(const ports::TillSaleKey& key) {
  return {key.store, key.till, key.business_date, key.transaction};
}

model::SaleLine line_of(const ports::TillLine& line) {
  return {line.id,        line.sku,     line.quantity, line.category, line.net_minor, line.discount_minor,
          line.modifiers, line.excluded};
}

model::SaleRecorded sale_of(const ports::TillSale& sale) {
  model::SaleRecorded recorded;
  recorded.key = key_of(sale.key);
  recorded.currency = sale.currency;
  recorded.total_minor = sale.total_minor;
  recorded.tax_minor = sale.tax_minor;
  recorded.eligible_minor = sale.eligible_minor;
  recorded.training = sale.training;
  recorded.operator_id = sale.operator_id;
  for (const auto& line : sale.lines) recorded.lines.push_back(line_of(line));
  for (const auto& tender : sale.tenders)
    recorded.tenders.push_back({tender_type(tender.type), tender.amount_minor - tender.change_minor,
                                tender.provider_transaction, tender.provider_merchant});
  return recorded;
}

// What a receipt that was captured lists, its customer holds already; of the others the slip names the goods, where the
// till told anything that people can read.
terminal::SlipLines slip_lines_of(const ports::TillSale& sale) {
  terminal::SlipLines lines;
  const auto is_named = [](const ports::TillLine& line) { return !line.name.empty() || !line.sku.empty(); };
  if (!sale.heard.empty() || std::ranges::none_of(sale.lines, is_named)) return lines;
  // One line more than fits takes the place of the row that would say so.
  const auto shown = sale.lines.size() > lines.lines_max ? lines.lines_max - 1 : sale.lines.size();
  for (std::size_t i = 0; i < sale.lines.size(); ++i) {
    const auto& line = sale.lines[i];
    if (i >= shown) {
      ++lines.more;
      lines.more_minor += line.net_minor;
      continue;
    }
    const auto& name = line.name.empty() ? line.sku : line.name;
    auto quantity = line.quantity == "1" && line.unit.empty() ? std::string{} : line.quantity;
    if (!line.unit.empty()) quantity += " " + line.unit;
    lines.shown.push_back({name.empty() ? "#" + line.id : name, std::move(quantity), line.net_minor, line.excluded});
  }
  return lines;
}

Json member_json(const terminal::MemberView& member, const std::optional<model::Programme>& programme,
                 text::Language language) {
  Json coupons = Json::array();
  for (const auto& coupon : member.coupons) coupons.push_back(Json::parse(coupon_json(coupon, programme, language)));
  Json answer{{"member", base::format_id('M', member.member.value)},
              {"points", member.points + member.points_pending},
              {"coupons", std::move(coupons)}};
  answer.update(Json::parse(points_json(member)));
  return answer;
}

int status_of(Code code) {
  switch (code) {
    case Code::member_unknown:
    case Code::not_found:
      return 404;
    case Code::bad_input:
      return 400;
    case Code::coupon_held:
      return 409;
    case Code::person_unknown:
    case Code::pin_wrong:
    case Code::pin_locked:
    case Code::role_missing:
      return 403;
    default:
      break;
  }
  return base::retry_class(code) == base::Retry::never ? 422 : 503;
}

base::Bytes bytes_of(const Json& json) {
  const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

ports::TillAnswer answer(int status, const Json& json) { return {status, bytes_of(json)}; }

// A till that is captured may also post, and a receipt may have been typed: the same total under the same key is the
// same sale, not a dispute. Two bodies of the gateway are compared as they were sent.
bool is_same_sale(const ports::TillSale& sale, const base::Bytes& stored) {
  if (sale.heard.empty() && till::heard_of_answer(stored).empty()) return false;
  return till::total_of_answer(stored) == sale.total_minor;
}

}  // namespace

TillCounter::TillCounter(Shop& shop, Screens& screens, std::string language, SaleNews on_sale)
    : shop_{shop}, screens_{screens}, language_{std::move(language)}, on_sale_{std::move(on_sale)} {}

Result<std::unique_ptr<till::Gateway>> TillCounter::open_gateway(const std::filesystem::path& folder,
                                                                 const Settings& settings) {
  MILLPOND_TRY(auto keys, load_till_keys(folder));
  till::GatewayOptions options;
  options.address = settings.gateway_address;
  options.port = settings.gateway_port;
  MILLPOND_TRY(auto tls, gateway_tls(folder, settings, base::system_clock()));
  options.certificate = std::move(tls.certificate);
  options.key = std::move(tls.key);
  // One number of both kinds: on loopback all addresses are one, and a shop has few tills.
  options.strangers = {settings.gateway_unsigned_per_s, settings.gateway_unsigned_burst,
                       settings.gateway_unsigned_per_s, settings.gateway_unsigned_burst};
  MILLPOND_TRY(auto gateway, till::Gateway::start(options, std::move(keys), *this, base::system_clock()));
  MILLPOND_TRY_DO(base::write_file(folder / "gateway.port", base::view_of(std::to_string(gateway->port()) + "\n")));
  return gateway;
}

Result<till::Key> TillCounter::add_till(const std::filesystem::path& folder, till::Gateway& gateway,
                                        const std::string& name) {
  MILLPOND_TRY(auto key, make_till_key(folder, name));
  gateway.add_key(key);
  return key;
}

// As many as there are keys: whoever speaks here was let in by one.
void TillCounter::note_told(const std::string& till) {
  const std::lock_guard lock{told_mutex_};
  told_ms_[till] = shop_.monotonic_ms();
}

bool TillCounter::tells_itself(const std::string& till) const {
  const std::lock_guard lock{told_mutex_};
  const auto told = told_ms_.find(till);
  return told != told_ms_.end() && shop_.monotonic_ms() - told->second < told_itself_ms;
}

ports::TillAnswer TillCounter::sale(const ports::TillSale& sale, const base::Hash& body_hash) {
  if (sale.heard.empty()) note_told(sale.key.till);
  const auto& certificate = shop_.terminal().identity().certificate;
  if (sale.key.store != certificate.store) {
    return refuse(422, {Code::sale_malformed, "take sale",
                        "this terminal belongs to store " + std::to_string(certificate.store.value), "/store"});
  }
  if (const auto programme = shop_.programme(); programme && sale.currency != programme->currency) {
    return refuse(422, {Code::currency_mismatch, "take sale", "the programme has another currency", "/currency"});
  }
  terminal::SaleRequest request;
  request.told_before = [&](const base::Bytes& stored) { return is_same_sale(sale, stored); };
  request.sale = sale_of(sale);
  request.body_hash = body_hash;
  request.member_code = sale.member_code;
  request.redemptions = sale.redemptions;
  request.basket = sale.basket;
  request.completed_at_ms = sale.completed_at_ms;
  request.invoice_code = sale.invoice_code;
  request.slip_lines = slip_lines_of(sale);
  request.late = sale.late;
  request.teller_keeps_changed = !sale.heard.empty();
  request.slip_locale = language_;
  Claim claim;
  if (!sale.late && !sale.training) {
    request.claim_session = [&] {
      claim = screens_.claim_session();
      return terminal::SaleRequest::Session{claim.member, claim.strength};
    };
  }
  for (const auto& tender : sale.tenders) request.spend_points += tender.points;
  if (shop_.staff().has_vouches()) {
    request.vouched_by = [this](base::MemberId member) { return shop_.staff().take_vouch(member); };
  }
  const auto approval_problem = approve(sale, request);
  request.ask_hub = [this](const terminal::HubQuestions& questions) { return ask_hub(shop_, questions); };
  const auto outcome = shop_.terminal().sale(
      request, [&](const terminal::SaleOutcome& decided) { return compose(decided, sale, approval_problem); });
  if (!outcome || outcome->kind != terminal::SaleOutcome::Kind::recorded) screens_.give_back(claim);
  if (!outcome) return refuse(503, outcome.error());
  if (outcome->kind == terminal::SaleOutcome::Kind::changed) {
    return refuse(409,
                  {Code::sale_changed, "take sale", "first recorded as event " + std::to_string(outcome->seq.value)});
  }
  if (outcome->kind == terminal::SaleOutcome::Kind::repeated) {
    auto again = answer_again(sale, outcome->answer);
    again.repeated = true;
    return again;
  }
  tell_screens(claim, sale, *outcome);
  return {200, outcome->answer};
}

// Nobody stands here because of a sale that is told hours later, and one for practice is nobody's.
void TillCounter::tell_screens(const Claim& claim, const ports::TillSale& sale, const terminal::SaleOutcome& outcome) {
  if (sale.late) return;
  if (sale.training) {
    if (on_basket_over_) on_basket_over_({sale.key.till, {}});
    return;
  }
  const auto shown = outcome.member ? screens_.claim_session_of(outcome.member) : Claim{};
  on_sale_(claim.screen_id.empty() ? shown : claim, sale_result(outcome, sale.total_minor, shop_.programme()),
           sale.key.till);
}

// What another way told of the sale stands. Member, coupons and points that only the till knew were not booked with it,
// and the till hears which.
ports::TillAnswer TillCounter::answer_again(const ports::TillSale& sale, const base::Bytes& stored) {
  if (!sale.heard.empty() || till::heard_of_answer(stored).empty()) return {200, stored};
  auto body = Json::parse(stored, nullptr, false);
  const auto late = [&](std::size_t index) {
    return Json::parse(refusal_json({.index = index, .code = Code::sale_duplicate}, {}, language_of({})));
  };
  if (!sale.member_code.empty() && !names_member(sale.member_code, body.value("member", std::string{}))) {
    body["member_problem"] = base::code_name(Code::sale_duplicate);
  }
  for (std::size_t i = 0; i < sale.redemptions.size(); ++i) body["refused"].push_back(late(i));
  if (!sale.basket.empty()) body["basket_problem"] = base::code_name(Code::sale_duplicate);
  for (const auto& tender : sale.tenders) {
    if (tender.points == 0) continue;
    body["points_refused"] = late(0);
    body["points_refused"].erase("index");
  }
  return {200, bytes_of(body)};
}

bool TillCounter::names_member(const std::string& code, const std::string& member) {
  if (member.empty()) return false;
  const auto named = shop_.terminal().see(code);
  return named && base::format_id('M', named->member.value) == member;
}

// One PIN for all that the sale needs somebody for. Nothing is asked of a sale that is told again: its answer is there.
std::optional<Code> TillCounter::approve(const ports::TillSale& sale, terminal::SaleRequest& request) {
  const bool spends_much = model::spending(request.spend_points) == model::Deed::spend_much;
  const bool brings_coupons = !sale.redemptions.empty() || !sale.basket.empty();
  if (!sale.approval || sale.training || (!brings_coupons && !spends_much)) return std::nullopt;
  const auto recorded = shop_.terminal().find_sale(request.sale.key);
  if (recorded && *recorded) return std::nullopt;
  const auto person = shop_.staff().check_pin(sale.approval->staff, sale.approval->pin);
  if (!person) return person.error().code;
  const bool for_coupons = brings_coupons && model::may_approve(person->role, model::Act::late_provisional);
  const bool for_points = spends_much && model::may_approve(person->role, model::Act::identity_approved);
  if (!for_coupons && !for_points) return Code::role_missing;
  if (for_coupons) request.approved_by = person->staff;
  if (for_points) request.vouched_by = [by = person->staff](base::MemberId) { return by; };
  return std::nullopt;
}

// Runs inside the sale's commit: what the till reads is stored with the sale and repeated verbatim.
base::Bytes TillCounter::compose(const terminal::SaleOutcome& outcome, const ports::TillSale& sale,
                                 std::optional<Code> approval_problem) {
  Json body{{"recorded", true}, {"event", outcome.seq.value}, {"total_minor", sale.total_minor}};
  if (!sale.heard.empty()) body["heard"] = sale.heard;
  if (outcome.member) {
    const auto shown = model::shown(outcome.strength, model::Surface::till_answer);
    if (shown.number) body["member"] = base::format_id('M', outcome.member.value);
    if (shown.points_of_sale) body["points_earned"] = outcome.points_earned;
    if (shown.balance) body["balance"] = outcome.balance;
  }
  if (outcome.member_problem) body["member_problem"] = base::code_name(*outcome.member_problem);
  if (approval_problem) body["approval_problem"] = base::code_name(*approval_problem);
  const auto programme = shop_.programme();
  const auto language = language_of({});
  body.update(Json::parse(sale_coupons_json(outcome, programme, language)));
  if (outcome.basket_problem) body["basket_problem"] = base::code_name(*outcome.basket_problem);
  if (outcome.coupon_refused) body["coupon_problem"] = base::code_name(*outcome.coupon_refused);
  if (outcome.points_spent > 0) body["points_spent"] = outcome.points_spent;
  if (outcome.points_refused) {
    const auto sentence = explain({*outcome.points_refused, {}, {}}, {});
    body["points_refused"] = {
        {"code", base::code_name(*outcome.points_refused)}, {"what", sentence.what}, {"next", sentence.next}};
  }
  if (outcome.points_given > 0) body["points_given"] = outcome.points_given;
  for (const auto campaign : outcome.used_up) body["used_up"].push_back(campaign.value);
  for (const auto campaign : outcome.promised) body["to_be_confirmed"].push_back(campaign.value);
  for (const auto& issued : outcome.issued) {
    auto coupon = Json::parse(coupon_json(issued.coupon, programme, language));
    coupon["code"] = issued.code_text;
    if (body.contains("coupon")) {
      body["more_coupons"].push_back(std::move(coupon));
    } else {
      body["coupon"] = std::move(coupon);
    }
  }
  return bytes_of(body);
}

// The session at the screen is looked at and stays: the sale is what takes it.
Result<terminal::BasketRequest> TillCounter::basket_of(const ports::TillBasket& basket) {
  note_told(basket.till);
  const auto& certificate = shop_.terminal().identity().certificate;
  if (basket.store != certificate.store) {
    return Error{Code::bad_input, "take basket",
                 "this terminal belongs to store " + std::to_string(certificate.store.value), "/store"};
  }
  terminal::BasketRequest request;
  request.till = basket.till;
  request.name = basket.basket;
  request.currency = basket.currency;
  for (const auto& line : basket.lines) request.lines.push_back(line_of(line));
  request.member_code = basket.member_code;
  request.codes = basket.coupons;
  if (!basket.member_code.empty()) return request;
  const auto claim = screens_.claim_session();
  screens_.give_back(claim);
  request.session_member = claim.member;
  request.session_strength = claim.strength;
  return request;
}

ports::TillAnswer TillCounter::quote(const ports::TillBasket& basket, std::string_view language) {
  const auto request = basket_of(basket);
  if (!request) return refuse(status_of(request.error().code), request.error());
  const auto quote = shop_.holds().quote(*request);
  if (!quote) return refuse(status_of(quote.error().code), quote.error());
  show_basket(*request, *quote);
  return answer(200, Json::parse(quote_json(*quote, request->lines, false, shop_.programme(), language_of(language))));
}

ports::TillAnswer TillCounter::hold(const ports::TillBasket& basket, std::string_view language) {
  auto request = basket_of(basket);
  if (!request) return refuse(status_of(request.error().code), request.error());
  std::optional<Code> approval_problem;
  if (shop_.staff().has_vouches()) {
    request->vouched_by = [this](base::MemberId member) { return shop_.staff().take_vouch(member); };
  }
  if (basket.approval) {
    const auto taken = take_word(shop_.staff(), basket.approval->staff, basket.approval->pin, *request);
    if (!taken) approval_problem = taken.error().code;
  }
  const auto keep_ms = basket.keep_ms > 0 ? basket.keep_ms : terminal::keep_ms_default;
  const auto quote = shop_.holds().keep(*request, keep_ms);
  if (!quote) return refuse(status_of(quote.error().code), quote.error());
  if (basket.approval && !approval_problem && waits_for_manager(*quote)) approval_problem = Code::role_missing;
  show_basket(*request, *quote);
  auto body = Json::parse(quote_json(*quote, request->lines, true, shop_.programme(), language_of(language)));
  if (approval_problem) body["approval_problem"] = base::code_name(*approval_problem);
  return answer(200, body);
}

// What the cashier's screen shows while the till is ringing up; whose coupons they are only where that may be seen.
void TillCounter::show_basket(const terminal::BasketRequest& request, const terminal::Quote& quote) {
  if (!on_basket_) return;
  const Result<terminal::MemberView> member =
      quote.member ? shop_.terminal().member(quote.member) : Error{Code::member_unknown, "show basket", ""};
  const bool known = member && !model::too_weak(quote.strength, model::Deed::see);
  on_basket_({request.till, request.lines,
              weighed_of(quote, known ? member->coupons : std::vector<terminal::MemberCoupon>{}, shop_.programme()),
              quote.member, request.name});
}

// The bill goes from the cashier's screen also when nothing was kept for it.
ports::TillAnswer TillCounter::release(const std::string& till, const std::string& basket) {
  if (on_basket_over_) on_basket_over_({till, basket});
  const auto released = shop_.holds().release(till, basket);
  if (!released) return refuse(status_of(released.error().code), released.error());
  return answer(200, {{"released", true}});
}

ports::TillAnswer TillCounter::refund(const ports::TillRefund& refund, const base::Hash& body_hash) {
  note_told(refund.key.till);
  const auto store = shop_.terminal().identity().certificate.store;
  if (refund.key.store != store) {
    return refuse(422, {Code::sale_malformed, "take refund",
                        "this terminal belongs to store " + std::to_string(store.value), "/store"});
  }
  terminal::RefundRequest request;
  request.key = key_of(refund.key);
  request.of = key_of(refund.of);
  request.currency = refund.currency.value_or(base::Currency{});
  request.total_minor = refund.total_minor;
  request.whole = refund.whole;
  for (const auto& line : refund.lines) request.lines.push_back({line.id, line.net_minor});
  request.training = refund.training;
  request.operator_id = refund.operator_id;
  request.approved_by = refund.approved_by;
  request.body_hash = body_hash;
  request.slip_locale = language_;
  terminal::RefundDesk desk{shop_.terminal()};
  const auto outcome = desk.refund(request, [&](const terminal::RefundOutcome& decided) { return compose(decided); });
  if (!outcome) return refuse(503, outcome.error());
  if (outcome->kind == terminal::RefundOutcome::Kind::changed) {
    return refuse(409,
                  {Code::sale_changed, "take refund", "first recorded as event " + std::to_string(outcome->seq.value)});
  }
  return {200, outcome->answer};
}

// Inside the refund's commit, as that of a sale.
base::Bytes TillCounter::compose(const terminal::RefundOutcome& outcome) {
  Json body{{"recorded", true}, {"event", outcome.seq.value}, {"sale_known", outcome.sale_known}};
  body["total_minor"] = outcome.total_minor;
  if (outcome.sale_known) {
    body["paid_minor"] = outcome.paid_minor;
    body["points_taken"] = outcome.points_taken;
    body["points_returned"] = outcome.points_returned;
  }
  if (outcome.excess_minor > 0) body["excess_minor"] = outcome.excess_minor;
  body["coupons_voided"] = Json::array();
  for (const auto& coupon : outcome.voided) {
    body["coupons_voided"].push_back({{"coupon", base::format_id('C', coupon.coupon.value)},
                                      {"value_minor", coupon.value_minor},
                                      {"used", coupon.used}});
  }
  body["coupons_returned"] = Json::array();
  for (const auto& issued : outcome.returned) {
    auto coupon = Json::parse(coupon_json(issued.coupon, shop_.programme(), language_of({})));
    coupon["code"] = issued.code_text;
    body["coupons_returned"].push_back(std::move(coupon));
  }
  if (outcome.coupon_refused) body["coupon_problem"] = base::code_name(*outcome.coupon_refused);
  return bytes_of(body);
}

ports::TillAnswer TillCounter::find_sale(const ports::TillSaleKey& key) {
  const auto stored = shop_.terminal().find_sale(key_of(key));
  if (!stored) return refuse(503, stored.error());
  if (!*stored) return refuse(404, {Code::not_found, "find sale", "no such sale at this terminal"});
  return {200, (*stored)->answer};
}

// Whether a number is known already is nobody's business at a till: to the terminal it is the same as well. Only with
// a cashier's word a card is printed, of a new member as of a known one.
ports::TillAnswer TillCounter::enrol(const ports::TillEnrolment& enrolment) {
  const auto& approval = enrolment.approval;
  if (approval) {
    const auto allowed = shop_.staff().authorise(model::Act::card_reprinted, approval->staff, approval->pin);
    if (!allowed) return refuse(status_of(allowed.error().code), allowed.error());
  }
  terminal::EnrolRequest request{enrolment.phone, {}, model::Channel::gateway};
  if (approval) request.staff = approval->staff;
  const auto member = shop_.terminal().enrol(request);
  if (!member) return refuse(status_of(member.error().code), member.error());
  return approval ? print_card(member->member, *approval) : answer(200, {{"accepted", true}});
}

ports::TillAnswer TillCounter::print_card(base::MemberId member, const ports::TillApproval& by) {
  const auto queued = shop_.terminal().request_card_slip(member, language_, terminal::Approval{by.staff, {}});
  if (!queued) return refuse(status_of(queued.error().code), queued.error());
  shop_.wake_printer();
  return answer(200, {{"accepted", true}, {"member", base::format_id('M', member.value)}, {"card", "printing"}});
}

ports::TillAnswer TillCounter::look_up(const ports::TillLookup& lookup) {
  const auto& by = lookup.approval;
  const auto allowed = shop_.staff().authorise(model::Act::manual_lookup, by.staff, by.pin);
  if (!allowed) return refuse(status_of(allowed.error().code), allowed.error());
  const auto member = shop_.terminal().look_up(lookup.whom, {by.staff, {}});
  if (!member) return refuse(status_of(member.error().code), member.error());
  return answer(200, member_json(*member, shop_.programme(), language_of({})));
}

ports::TillAnswer TillCounter::member(const std::string& code) {
  const auto member = shop_.terminal().see(code);
  if (!member) return refuse(member.error().code == Code::member_unknown ? 404 : 422, member.error());
  return answer(200, member_json(*member, shop_.programme(), language_of({})));
}

ports::TillAnswer TillCounter::health() {
  TillHealth health;
  base::Result<store::JournalHealth> journal = Error{Code::internal, "ask journal", {}};
  std::size_t kept = 0;
  const auto asked = shop_.journal().with([&](store::Journal& opened) {
    journal = opened.health();
    health.suspended = client::read_standing(opened).value_or(true);
    static_cast<void>(opened.read([&](store::Transaction& transaction) -> Result<> {
      MILLPOND_TRY(const auto holds, transaction.holds());
      kept = holds.size();
      return {};
    }));
  });
  if (asked && journal) health.journal = *journal;
  health.journal_error = !asked ? asked.error().code : journal ? Code{} : journal.error().code;
  health.day_known = shop_.time().now().day_known();
  const auto programme = shop_.programme();
  health.programme = programme ? programme->version : 0;
  health.holds_left = terminal::kept_baskets_max - std::min(kept, terminal::kept_baskets_max);
  health.line = shop_.sync_status().line;
  health.printer = shop_.printer_state();
  return answer(200, Json::parse(health_json(health)));
}

ports::TillAnswer TillCounter::refuse(int status, const Error& error) {
  const auto sentence = explain(error, {});
  Json body{
      {"code", base::code_name(error.code)}, {"what", sentence.what}, {"why", sentence.why}, {"next", sentence.next}};
  if (!error.detail.empty()) body["detail"] = error.detail;
  if (!error.hint.empty() && error.hint.front() == '/') body["at"] = error.hint;
  return answer(status, body);
}

text::Language TillCounter::language_of(std::string_view wanted) const {
  const auto language = wanted.empty() ? std::string_view{language_} : wanted;
  return language.starts_with("en") ? text::Language::en : text::Language::zh_cn;
}

ports::TillSentence TillCounter::explain(const Error& error, std::string_view language) {
  const auto sentence = text::sentence(error.code, language_of(language));
  return {std::string{sentence.what}, std::string{sentence.why}, std::string{sentence.next}};
}

}  // namespace millpond::service
