// SPDX-License-Identifier: Apache-2.0
// Notices of providers beside the batches: kept as they were told, joined with what stage 2 has made of the facts.
#include "sync/hub/core/sqlite_store.h"
#include "sync/wire/canonical.h"

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view notice_columns =
    "SELECT no, account, id, provider, kind, meaning, received_ms, due_ms, merchant, payment, refund, amount_minor, "
    "currency, in_all, completed_ms, store, payer, told, of_sale, whole, log_no, booked_minor, open, changes FROM "
    "notices ";

base::Result<KeptNotice> notice_in(const sqlite::Statement& row) {
  const auto bytes = [&](int column) {
    const auto view = row.bytes(column);
    return base::Bytes{view.begin(), view.end()};
  };
  KeptNotice notice;
  notice.no = row.unsigned_integer(0);
  notice.account = row.text(1);
  notice.id = row.text(2);
  notice.provider = static_cast<notices::Provider>(row.integer(3));
  notice.kind = static_cast<notices::NoticeKind>(row.integer(4));
  MILLPOND_TRY(notice.meaning, row.array<32>(5));
  notice.received_ms = row.integer(6);
  notice.due_ms = row.integer(7);
  notice.merchant = row.text(8);
  notice.payment = row.text(9);
  notice.refund = row.text(10);
  notice.amount = {row.integer(11), base::parse_currency(row.text(12)).value_or(base::Currency{})};
  notice.refunded_in_all = row.integer(13) != 0;
  notice.completed_ms = row.integer(14);
  notice.store = {static_cast<std::uint32_t>(row.integer(15))};
  notice.payer = bytes(16);
  notice.told = bytes(17);
  notice.of_sale = row.text(18);
  notice.whole = row.integer(19) != 0;
  notice.log_no = row.unsigned_integer(20);
  notice.booked_minor = row.integer(21);
  notice.open = row.integer(22) != 0;
  notice.changes = static_cast<std::uint32_t>(row.integer(23));
  return notice;
}

std::optional<model::TenderType> tender_of(const KeptNotice& notice) {
  if (notice.provider == notices::Provider::wechat_pay) return model::TenderType::wechat_pay;
  if (notice.provider == notices::Provider::alipay) return model::TenderType::alipay;
  return std::nullopt;
}

// The number of the sale in its own log, if the hub booked one.
std::optional<model::SaleRecorded> sale_in(const std::optional<model::Fact>& fact) {
  const auto* const sale = fact ? std::get_if<model::SaleRecorded>(&fact->body) : nullptr;
  return sale == nullptr ? std::nullopt : std::optional{*sale};
}

}  // namespace

base::Result<bool> SqliteHubStore::keep_notice(const KeptNotice& notice) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  std::optional<base::Hash> known;
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT meaning FROM notices WHERE account=?1 AND id=?2"));
    MILLPOND_TRY_DO(row.bind(notice.account, notice.id));
    MILLPOND_TRY(const bool found, row.step());
    if (found) { MILLPOND_TRY(known, row.array<32>(0)); }
  }
  if (known && *known == notice.meaning) return false;
  if (known) {
    MILLPOND_TRY_DO(
        database_->run("UPDATE notices SET changes=changes+1 WHERE account=?1 AND id=?2", notice.account, notice.id));
    MILLPOND_TRY_DO(transaction.commit());
    return Error{Code::notice_changed, "keep notice", "this number had said something else"};
  }
  MILLPOND_TRY_DO(database_->run(
      "INSERT INTO notices(account, id, provider, kind, meaning, raw, received_ms, due_ms, merchant, payment, refund, "
      "amount_minor, currency, in_all, completed_ms, store, payer, told, of_sale, whole, log_no, booked_minor, open, "
      "changes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, 0, "
      "0, "
      "1, 0)",
      notice.account, notice.id, notice.provider, notice.kind, notice.meaning, notice.raw, notice.received_ms,
      notice.due_ms, notice.merchant, notice.payment, notice.refund, notice.amount.minor, notice.amount.currency.view(),
      notice.refunded_in_all, notice.completed_ms, notice.store, notice.payer, notice.told, notice.of_sale,
      notice.whole));
  MILLPOND_TRY_DO(transaction.commit());
  return true;
}

base::Result<std::vector<NoticeEntry>> SqliteHubStore::open_notices(std::uint64_t after, std::size_t limit) {
  const std::lock_guard lock{lock_};
  std::vector<NoticeEntry> entries;
  {
    MILLPOND_TRY(auto row, database_->prepare(std::string{notice_columns} +
                                              "INDEXED BY notices_open WHERE open=1 AND no>?1 ORDER BY no LIMIT ?2"));
    MILLPOND_TRY_DO(row.bind(after, static_cast<std::int64_t>(limit)));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) break;
      MILLPOND_TRY(auto notice, notice_in(row));
      entries.push_back({std::move(notice), {}, {}});
    }
  }
  for (auto& entry : entries) { MILLPOND_TRY(entry.join, join_of(entry.notice)); }
  return entries;
}

base::Result<std::vector<NoticeEntry>> SqliteHubStore::notices(const NoticeQuery& query, std::int64_t now_ms) {
  constexpr std::size_t looked_at_max = 10'000;
  std::vector<NoticeEntry> entries;
  std::uint64_t before = query.no ? *query.no + 1 : INT64_MAX;
  const std::size_t looks = query.no ? 1 : query.troubled_only ? looked_at_max : query.limit;
  for (std::size_t looked = 0; looked < looks && entries.size() < query.limit; ++looked) {
    const std::lock_guard lock{lock_};
    MILLPOND_TRY(auto row, database_->prepare(std::string{notice_columns} + "WHERE no<?1 ORDER BY no DESC LIMIT 1"));
    MILLPOND_TRY_DO(row.bind(before));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    NoticeEntry entry;
    MILLPOND_TRY(entry.notice, notice_in(row));
    row.reset();
    before = entry.notice.no;
    if (query.no && before != *query.no) break;
    MILLPOND_TRY(entry.join, join_of(entry.notice));
    entry.standing = standing_of(entry.notice, entry.join, now_ms);
    const bool troubled = entry.standing == NoticeStanding::unjoined || entry.standing == NoticeStanding::differs ||
                          entry.notice.changes > 0;
    if (troubled || !query.troubled_only) entries.push_back(std::move(entry));
  }
  return entries;
}

base::Result<KeptNotice> SqliteHubStore::notice_with_raw(std::uint64_t no) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT raw, account, id FROM notices WHERE no=?1 AND raw<>x''"));
  MILLPOND_TRY_DO(row.bind(no));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return Error{Code::not_found, "find notice", "no notice " + std::to_string(no) + ", or it was erased"};
  KeptNotice notice;
  notice.no = no;
  notice.raw.assign(row.bytes(0).begin(), row.bytes(0).end());
  notice.account = row.text(1);
  notice.id = row.text(2);
  return notice;
}

// --- what the books know

base::Result<NoticeJoin> SqliteHubStore::join_of(const KeptNotice& notice) {
  NoticeJoin join;
  if (!notice.payer.empty()) {
    MILLPOND_TRY(
        const auto holder,
        database_->query_integer("SELECT member FROM identities WHERE kind='payer' AND value_hash=?1", notice.payer));
    join.payer = {static_cast<std::uint64_t>(holder.value_or(0))};
  }
  if (const auto type = tender_of(notice)) MILLPOND_TRY_DO(join_payment(notice, *type, join));
  if (notice.kind == notices::NoticeKind::sale) {
    const auto told = wire::decode_fact(notice.told);
    const auto sale = told ? sale_in(*told) : std::nullopt;
    if (sale) MILLPOND_TRY_DO(join_sale(sale->key, join));
  }
  MILLPOND_TRY_DO(join_original(notice, join));
  return join;
}

base::Result<> SqliteHubStore::join_payment(const KeptNotice& notice, model::TenderType type, NoticeJoin& join) {
  for (const auto& merchant : {notice.merchant, "/" + std::to_string(notice.store.value)}) {
    MILLPOND_TRY(auto row,
                 database_->prepare("SELECT lane, seq FROM payments WHERE provider=?1 AND merchant=?2 AND payment=?3"));
    MILLPOND_TRY_DO(row.bind(type, merchant, notice.payment));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) continue;
    const FactPlace place{row.integer(0), {row.unsigned_integer(1)}};
    row.reset();
    const bool by_hub = place.lane == 0 && place.seq;
    join.by = by_hub ? NoticeJoin::By::hub : NoticeJoin::By::terminal;
    MILLPOND_TRY(const auto fact, RawFacts{*database_}.at(place));
    join.sale = sale_in(fact);
    if (!join.sale) return {};
    const auto& key = join.sale->key;
    MILLPOND_TRY(const auto back,
                 database_->query_integer("SELECT 1 FROM refunds WHERE of_store=?1 AND of_till=?2 AND of_date=?3 AND "
                                          "of_transaction=?4 LIMIT 1",
                                          key.store, key.till, key.business_date.days, key.transaction));
    join.refund_told = back.has_value();
    return {};
  }
  return {};
}

base::Result<> SqliteHubStore::join_sale(const model::SaleKey& key, NoticeJoin& join) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT lane, seq FROM sales WHERE store=?1 AND till=?2 AND "
                                            "business_date=?3 AND transaction_id=?4"));
  MILLPOND_TRY_DO(row.bind(key.store, key.till, key.business_date.days, key.transaction));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return {};
  const FactPlace place{row.integer(0), {row.unsigned_integer(1)}};
  row.reset();
  join.by = place.lane == 0 ? NoticeJoin::By::hub : NoticeJoin::By::terminal;
  MILLPOND_TRY(const auto fact, RawFacts{*database_}.at(place));
  join.sale = sale_in(fact);
  return {};
}

base::Result<> SqliteHubStore::join_original(const KeptNotice& notice, NoticeJoin& join) {
  using notices::NoticeKind;
  if (notice.kind != NoticeKind::refund && notice.kind != NoticeKind::sale_refund) return {};
  const bool of_payment = notice.kind == NoticeKind::refund;
  const auto& name = of_payment ? notice.payment : notice.of_sale;
  {
    MILLPOND_TRY(auto row, database_->prepare("SELECT log_no, open FROM notices WHERE account=?1 AND payment=?2 AND "
                                              "kind=?3 ORDER BY log_no DESC, open LIMIT 1"));
    MILLPOND_TRY_DO(row.bind(notice.account, name, of_payment ? NoticeKind::payment : NoticeKind::sale));
    MILLPOND_TRY(join.original_known, row.step());
    if (!join.original_known) return {};
    join.original_log_no = row.unsigned_integer(0);
    join.original_open = row.integer(1) != 0;
  }
  const std::string_view sum =
      of_payment ? "SELECT sum(booked_minor) FROM notices WHERE account=?1 AND payment=?2 AND kind=?3"
                 : "SELECT sum(booked_minor) FROM notices WHERE account=?1 AND of_sale=?2 AND kind=?3";
  MILLPOND_TRY(const auto booked, database_->query_integer(sum, notice.account, name, notice.kind));
  join.original_booked_minor = booked.value_or(0);
  if (join.original_log_no == 0) return {};
  MILLPOND_TRY(const auto fact, RawFacts{*database_}.at({0, {join.original_log_no}}));
  join.sale = sale_in(fact);
  return {};
}

// --- what is done

base::Result<> SqliteHubStore::settle_notice(std::uint64_t no, const model::Stamp& stamp,
                                             std::vector<model::FactBody> facts, std::int64_t booked_minor,
                                             std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto open, database_->query_integer("SELECT 1 FROM notices WHERE no=?1 AND open=1", no));
  if (!open) return {};
  MILLPOND_TRY(const auto first, next_log_no());
  auto seq = first;
  for (auto& body : facts) {
    if (auto* const earned = std::get_if<model::PointsEarned>(&body)) earned->sale = {first};
    model::Fact fact{stamp, std::move(body)};
    fact.stamp.terminal = {};
    fact.stamp.epoch = hub_epoch;
    fact.stamp.seq = {seq};
    MILLPOND_TRY(const auto canonical, wire::encode_fact(fact));
    MILLPOND_TRY_DO(append_log(log_fact, canonical, now_ms));
    seq += 1;
  }
  MILLPOND_TRY_DO(database_->run("UPDATE notices SET open=0, log_no=?2, booked_minor=?3 WHERE no=?1", no,
                                 facts.empty() ? 0 : first, booked_minor));
  return transaction.commit();
}

base::Result<> SqliteHubStore::know_payer(base::ByteView payer, base::MemberId member, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(read_same_as(member));
  MILLPOND_TRY(const auto holder, database_->query_integer("SELECT member FROM payers WHERE payer=?1", payer));
  if (holder && base::MemberId{static_cast<std::uint64_t>(*holder)} == member) return {};
  if (holder) return Error{Code::already_exists, "know payer", "this payer is known as another member"};
  MILLPOND_TRY_DO(database_->run("INSERT INTO payers(payer, member) VALUES(?1, ?2)", payer, member));
  MILLPOND_TRY(const auto no, database_->query_integer("SELECT last_insert_rowid()"));
  auto content = key_of(static_cast<std::uint64_t>(no.value_or(0)));
  base::append_big_endian(content, member.value, 8);
  MILLPOND_TRY_DO(append_log(log_payer_known, content, now_ms));
  return transaction.commit();
}

base::Result<std::uint64_t> SqliteHubStore::erase_notices(std::int64_t before_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(database_->run("UPDATE notices SET raw=x'', open=0 WHERE raw<>x'' AND received_ms<?1", before_ms));
  const auto count = static_cast<std::uint64_t>(database_->changes());
  if (count == 0) return count;
  MILLPOND_TRY_DO(transaction.commit());
  return count;
}

}  // namespace millpond::hub
