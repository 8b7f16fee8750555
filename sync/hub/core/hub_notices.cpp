// SPDX-License-Identifier: Apache-2.0
// What becomes of a notice: read and kept, then joined or booked.
#include "sync/crypto/hash.h"
#include "sync/hub/core/hub_state.h"
#include "sync/model/rules.h"
#include "sync/wire/canonical.h"

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;
using notices::NoticeKind;
using notices::Provider;

constexpr std::int64_t raw_kept_ms = 35LL * 86'400'000;       // as long as terminals keep what they sent
constexpr std::int64_t profile_seen_ms = 180LL * 86'400'000;  // for whom a store has not seen, it needs no name
constexpr std::size_t settled_at_once = 50;                   // while uploads wait

std::string place_of(const std::string& account, const std::string& id) {
  return "notices|" + account + "/" + id + "|raw|1";
}

void add_text(base::Bytes& to, std::string_view text) {
  base::append_big_endian(to, text.size(), 4);
  base::append(to, base::view_of(text));
}

// Of what it says, not of how it came: WeChat Pay encrypts the same words anew each time.
base::Hash meaning_of(const notices::Notice& notice, const KeptNotice& kept) {
  base::Bytes said{static_cast<std::uint8_t>(notice.provider), static_cast<std::uint8_t>(notice.kind)};
  for (const auto& text : {notice.id, notice.merchant, notice.app, notice.transaction, notice.order, notice.refund,
                           notice.shop, notice.device, kept.of_sale}) {
    add_text(said, text);
  }
  add_text(said, notice.amount.currency.view());
  base::append_big_endian(said, static_cast<std::uint64_t>(notice.amount.minor), 8);
  base::append_big_endian(said, static_cast<std::uint64_t>(notice.completed_at_ms), 8);
  add_text(said, base::text_of(kept.payer));
  add_text(said, base::text_of(kept.told));
  return crypto::blake2b(said);
}

// What a person needs to see what came: the body, and the headers that a reader looks at.
base::Bytes raw_of(const notices::Received& received) {
  base::Bytes raw;
  for (const auto* const name :
       {"Content-Type", "Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature",
        "X-Frappe-Webhook-Signature", "X-Millpond-Timestamp", "X-Millpond-Signature"}) {
    const auto value = received.header(name);
    if (value.empty()) continue;
    base::append(raw, base::view_of(std::string{name} + ": " + std::string{value} + "\n"));
  }
  raw.push_back('\n');
  base::append(raw, received.body);
  return raw;
}

model::TenderType tender_of(Provider provider) {
  return provider == Provider::wechat_pay ? model::TenderType::wechat_pay : model::TenderType::alipay;
}

// The till that such a sale is booked at, which no till of a shop is called.
std::string till_of(Provider provider) { return "/" + std::string{notices::name_of(provider)}; }

model::SaleRecorded payment_sale(const KeptNotice& notice, std::int32_t offset_min) {
  model::SaleRecorded sale;
  sale.key = {notice.store, till_of(notice.provider), base::local_date_at(notice.completed_ms, offset_min),
              notice.payment};
  sale.currency = notice.amount.currency;
  sale.total_minor = notice.amount.minor;
  sale.eligible_minor = notice.amount.minor;
  sale.tenders = {{tender_of(notice.provider), notice.amount.minor, notice.payment, notice.merchant}};
  return sale;
}

bool amounts_differ(const KeptNotice& notice, const model::SaleRecorded& sale) {
  if (sale.currency != notice.amount.currency) return true;
  if (notice.kind == NoticeKind::sale) return sale.total_minor != notice.amount.minor;
  for (const auto& tender : sale.tenders) {
    if (tender.provider_transaction == notice.payment) return tender.amount_minor != notice.amount.minor;
  }
  return true;
}

}  // namespace

std::string_view name_of(NoticeStanding standing) {
  switch (standing) {
    case NoticeStanding::waiting:
      return "waiting";
    case NoticeStanding::unjoined:
      return "unjoined";
    case NoticeStanding::confirmed:
      return "confirmed";
    case NoticeStanding::differs:
      return "differs";
    case NoticeStanding::booked:
      return "booked";
  }
  return "unknown";
}

NoticeStanding standing_of(const KeptNotice& notice, const NoticeJoin& join, std::int64_t now_ms) {
  const bool is_refund = notice.kind == NoticeKind::refund || notice.kind == NoticeKind::sale_refund;
  if (is_refund) {
    if (notice.log_no != 0) return NoticeStanding::booked;
    if (join.by == NoticeJoin::By::terminal && join.refund_told) return NoticeStanding::confirmed;
    return now_ms < notice.due_ms ? NoticeStanding::waiting : NoticeStanding::unjoined;
  }
  const bool told = join.by == NoticeJoin::By::terminal || (join.by == NoticeJoin::By::hub && notice.log_no == 0);
  if (told)
    return join.sale && amounts_differ(notice, *join.sale) ? NoticeStanding::differs : NoticeStanding::confirmed;
  if (notice.log_no != 0) return NoticeStanding::booked;
  return now_ms < notice.due_ms ? NoticeStanding::waiting : NoticeStanding::unjoined;
}

base::Result<NoticeTaken> HubCore::take_notice(const notices::Account& account, const notices::Received& received,
                                               const NoticeTerms& terms) {
  MILLPOND_TRY(const auto notice, notices::read_notice(account, received));
  if (notice.kind == NoticeKind::nothing) return NoticeTaken{notice.kind, false};
  const PeopleKeys people{state_->keys.phone_key};
  KeptNotice kept;
  kept.account = account.name;
  kept.id = notice.id;
  kept.provider = notice.provider;
  kept.kind = notice.kind;
  kept.received_ms = state_->clock.wall_ms();
  kept.due_ms = kept.received_ms + terms.wait_ms;
  kept.merchant = notice.merchant;
  kept.payment = notice.transaction;
  kept.refund = notice.refund;
  kept.amount = notice.amount;
  kept.refunded_in_all = notice.refunded_in_all;
  kept.completed_ms = notice.completed_at_ms;
  kept.store = account.store_of(notice);
  if (!notice.payer.subject.empty()) {
    kept.payer = people.payer_of(notice.payer.kind, notice.payer.issuer, notice.payer.subject);
  }
  if (notice.told) {
    auto sale = notice.told->sale;
    sale.key.store = kept.store;
    kept.of_sale = notice.told->of;
    kept.whole = notice.told->whole;
    MILLPOND_TRY(kept.told, wire::encode_fact({{}, std::move(sale)}));
  }
  kept.meaning = meaning_of(notice, kept);
  kept.raw = people.notices_key().encrypt(place_of(kept.account, kept.id), raw_of(received));
  MILLPOND_TRY(const bool is_new, state_->store->keep_notice(kept));
  return NoticeTaken{notice.kind, !is_new};
}

base::Result<std::uint64_t> HubCore::settle() {
  const auto notices = state_->settle_notices();
  const auto rated = state_->rate_sales();  // whatever is wrong with a notice
  MILLPOND_TRY(const auto expired, state_->expire_points());
  MILLPOND_TRY(auto decided, state_->decide_campaigns());
  if (decided == 0) { MILLPOND_TRY(decided, state_->decide_absences()); }
  const auto seen_since = base::local_date_at(state_->clock.wall_ms() - profile_seen_ms, 0);
  MILLPOND_TRY_DO(state_->store->leave_profiles(seen_since, state_->clock.wall_ms()));
  MILLPOND_TRY(const auto settled, notices);
  MILLPOND_TRY(const auto rated_sales, rated);
  return settled + rated_sales + expired + decided;
}

base::Result<std::uint64_t> HubCore::State::settle_notices() {
  std::uint64_t settled = 0;
  for (std::uint64_t after = 0;;) {
    MILLPOND_TRY(const auto entries, store->open_notices(after, settled_at_once));
    for (const auto& entry : entries) {
      MILLPOND_TRY(const bool done, settle(entry));
      settled += done ? 1 : 0;
      after = entry.notice.no;
    }
    if (entries.size() < settled_at_once) break;
  }
  MILLPOND_TRY_DO(store->erase_notices(clock.wall_ms() - raw_kept_ms));
  return settled;
}

base::Result<bool> HubCore::State::settle(const NoticeEntry& entry) {
  const auto& [notice, join, standing] = entry;
  static_cast<void>(standing);
  const bool is_due = clock.wall_ms() >= notice.due_ms && notice.store;
  const auto close = [this, no = notice.no]() -> base::Result<bool> {  // clang 14 captures no bindings
    MILLPOND_TRY_DO(store->settle_notice(no, {}, {}, 0, clock.wall_ms()));
    return true;
  };
  switch (notice.kind) {
    case NoticeKind::payment:
      if (join.by == NoticeJoin::By::nobody) return is_due ? book_sale(notice, join.payer) : base::Result<bool>{false};
      // Nobody was known at the till, but the payment says who it was.
      if (join.by == NoticeJoin::By::terminal && join.sale && !join.sale->member && join.payer && notice.store) {
        return book_sale(notice, join.payer);
      }
      return close();
    case NoticeKind::sale:
      return is_due ? book_sale(notice, join.payer) : base::Result<bool>{false};
    case NoticeKind::refund:
    case NoticeKind::sale_refund:
      if (!join.original_known || join.original_open) return false;
      return join.original_log_no != 0 ? book_refund(entry) : close();
    case NoticeKind::nothing:
      break;
  }
  return close();
}

// Rated by the programme of now. A member who would earn nothing for want of a programme is worth waiting for.
base::Result<bool> HubCore::State::book_sale(const KeptNotice& notice, base::MemberId member) {
  MILLPOND_TRY(const auto rules, programme_now());
  if (!rules && member) return false;
  const auto offset_min = rules ? model::offset_at(*rules, notice.completed_ms) : 0;
  model::SaleRecorded sale;
  if (notice.kind == NoticeKind::sale) {
    MILLPOND_TRY(auto heard, wire::decode_fact(notice.told));
    auto* const recorded = std::get_if<model::SaleRecorded>(&heard.body);
    if (recorded == nullptr) return Error{Code::store_corrupt, "book notice", "holds another fact"};
    sale = std::move(*recorded);
  } else {
    sale = payment_sale(notice, offset_min);
  }
  sale.member = member;
  sale.body_tag = model::body_tag_of(notice.meaning);
  const auto earning = rules ? model::earning_of(*rules, sale) : std::nullopt;
  std::vector<model::FactBody> facts{sale};
  if (earning) facts.emplace_back(model::PointsEarned{member, {}, earning->points, earning->base_minor, {}});
  model::Stamp stamp;
  stamp.occurred_at_ms = notice.completed_ms;
  stamp.utc_offset_min = offset_min;
  stamp.local_date = sale.key.business_date;
  stamp.programme_version = rules ? rules->version : 0;
  MILLPOND_TRY_DO(store->settle_notice(notice.no, stamp, std::move(facts), 0, clock.wall_ms()));
  return true;
}

base::Result<bool> HubCore::State::book_refund(const NoticeEntry& entry) {
  const auto& notice = entry.notice;
  const auto& sale = entry.join.sale;
  if (!sale) return Error{Code::store_corrupt, "book refund", "its sale cannot be read"};
  const auto before = entry.join.original_booked_minor;
  const auto more = notice.refunded_in_all ? notice.amount.minor - before : notice.amount.minor;
  model::SaleRefunded refund;
  refund.of = sale->key;
  refund.key = sale->key;
  refund.key.transaction = notice.kind == NoticeKind::refund ? notice.refund : notice.payment;
  refund.member = sale->member;
  refund.currency = notice.amount.currency;
  refund.total_minor = more;
  refund.whole = notice.whole || before + more >= sale->total_minor;
  refund.body_tag = model::body_tag_of(notice.meaning);
  refund.sale_known = true;
  MILLPOND_TRY(const auto rules, programme_now());
  const auto offset_min = rules ? model::offset_at(*rules, notice.completed_ms) : 0;
  if (notice.kind == NoticeKind::sale_refund) {
    MILLPOND_TRY(const auto heard, wire::decode_fact(notice.told));
    const auto* const recorded = std::get_if<model::SaleRecorded>(&heard.body);
    if (recorded == nullptr) return Error{Code::store_corrupt, "book refund", "holds another fact"};
    refund.key = recorded->key;
    for (const auto& line : recorded->lines) refund.lines.push_back({line.id, line.net_minor});
  } else {
    refund.key.business_date = base::local_date_at(notice.completed_ms, offset_min);
  }
  std::vector<model::FactBody> facts;
  if (more > 0) facts.emplace_back(refund);
  model::Stamp stamp;
  stamp.occurred_at_ms = notice.completed_ms;
  stamp.utc_offset_min = offset_min;
  stamp.local_date = refund.key.business_date;
  stamp.programme_version = rules ? rules->version : 0;
  MILLPOND_TRY_DO(store->settle_notice(notice.no, stamp, std::move(facts), more > 0 ? more : 0, clock.wall_ms()));
  return true;
}

base::Result<std::vector<NoticeEntry>> HubCore::notices(const NoticeQuery& query) {
  return state_->store->notices(query, state_->clock.wall_ms());
}

base::Result<base::Bytes> HubCore::notice_raw(std::uint64_t no) {
  MILLPOND_TRY(const auto kept, state_->store->notice_with_raw(no));
  const PeopleKeys people{state_->keys.phone_key};
  return people.notices_key().decrypt(place_of(kept.account, kept.id), kept.raw);
}

base::Result<> HubCore::know_payer(base::MemberId member, const notices::Payer& payer) {
  const PeopleKeys people{state_->keys.phone_key};
  return state_->store->know_payer(people.payer_of(payer.kind, payer.issuer, payer.subject), member,
                                   state_->clock.wall_ms());
}

}  // namespace millpond::hub
