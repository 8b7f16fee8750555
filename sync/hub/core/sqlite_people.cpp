// SPDX-License-Identifier: Apache-2.0
// People behind the counter, what they did, and rows that only some terminals get.
#include "sync/hub/core/raw_facts.h"
#include "sync/hub/core/sqlite_store.h"

#include <algorithm>

namespace millpond::hub {
namespace {

constexpr std::string_view log_staff_changed = "staff_changed";

// Who, where, what and whether: never the PIN.
base::Bytes staff_content(const StaffRecord& record) {
  base::Bytes content;
  base::append_big_endian(content, record.staff.value, 4);
  base::append_big_endian(content, record.store.value, 4);
  base::append_big_endian(content, static_cast<std::uint64_t>(record.role), 1);
  base::append_big_endian(content, record.version, 4);
  base::append_big_endian(content, record.disabled ? 1 : 0, 1);
  return content;
}

}  // namespace

base::Result<> SqliteHubStore::put_staff(const StaffRecord& record, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(database_->run(
      "INSERT INTO staff(staff, store, role, pin_hash, version, disabled, member) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(staff) DO UPDATE SET store=excluded.store, "
      "role=excluded.role, pin_hash=excluded.pin_hash, version=excluded.version, "
      "disabled=excluded.disabled, member=excluded.member",
      record.staff, record.store, record.role, record.pin_hash, record.version, record.disabled, record.member));
  MILLPOND_TRY_DO(append_log(log_staff_changed, staff_content(record), now_ms));
  return transaction.commit();
}

base::Result<std::vector<StaffRecord>> SqliteHubStore::staff() {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT staff, store, role, pin_hash, version, disabled, member FROM staff "
                                            "ORDER BY staff"));
  std::vector<StaffRecord> people;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return people;
    people.push_back({{static_cast<std::uint32_t>(row.integer(0))},
                      {static_cast<std::uint32_t>(row.integer(1))},
                      static_cast<model::Role>(row.integer(2)),
                      std::string{row.text(3)},
                      static_cast<std::uint32_t>(row.integer(4)),
                      row.integer(5) != 0,
                      {row.unsigned_integer(6)}});
  }
}

base::Result<> SqliteHubStore::put_scoped(const wire::DownRow& row, std::uint64_t place, base::TerminalId terminal,
                                          std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(auto counters, load_counters(*database_));
  FeedRows feed{*database_, counters};
  const auto kind = static_cast<wire::RowKind>(row.kind);
  if (row.body.empty()) {
    MILLPOND_TRY_DO(feed.remove(kind, row.key, now_ms));
  } else {
    MILLPOND_TRY_DO(feed.put(kind, row.key, row.body, {.terminal = terminal, .place = place}));
  }
  MILLPOND_TRY_DO(save_counters(*database_, counters));
  return transaction.commit();
}

base::Result<bool> SqliteHubStore::has_row(wire::RowKind kind, base::ByteView key) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(const auto found,
               database_->query_integer("SELECT 1 FROM feed WHERE kind=?1 AND key=?2 AND deleted_ms=0", kind, key));
  return found.has_value();
}

base::Result<std::optional<wire::MemberRow>> SqliteHubStore::member_row(base::MemberId member) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT body FROM feed WHERE kind=?1 AND key=?2 AND deleted_ms=0"));
  MILLPOND_TRY_DO(row.bind(wire::RowKind::member, key_of(member.value)));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return std::optional<wire::MemberRow>{};
  MILLPOND_TRY(auto decoded, wire::decode_member_row(row.bytes(0)));
  return std::optional{std::move(decoded)};
}

base::Result<std::vector<AuditEntry>> SqliteHubStore::audit(std::size_t limit) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT e.terminal, e.epoch, a.seq, a.at_ms, a.is_act, a.what, a.staff, "
                                            "a.asked_by, a.member, a.subject, a.reason FROM audit a JOIN epochs e ON "
                                            "e.lane=a.lane ORDER BY a.at_ms DESC, a.seq DESC LIMIT ?1"));
  MILLPOND_TRY_DO(row.bind(static_cast<std::int64_t>(limit)));
  std::vector<AuditEntry> entries;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return entries;
    AuditEntry entry;
    entry.terminal = {static_cast<std::uint32_t>(row.integer(0))};
    entry.epoch = {static_cast<std::uint32_t>(row.integer(1))};
    entry.seq = {row.unsigned_integer(2)};
    entry.at_ms = row.integer(3);
    entry.is_act = row.integer(4) != 0;
    entry.what = static_cast<std::uint8_t>(row.integer(5));
    entry.staff = {static_cast<std::uint32_t>(row.integer(6))};
    entry.asked_by = {static_cast<std::uint32_t>(row.integer(7))};
    entry.member = {row.unsigned_integer(8)};
    entry.subject = row.unsigned_integer(9);
    entry.reason = row.text(10);
    entries.push_back(std::move(entry));
  }
}

base::Result<std::vector<SignalEntry>> SqliteHubStore::signals(std::size_t limit) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto row, database_->prepare("SELECT e.terminal, e.epoch, s.seq, s.at_ms, s.signal, s.member, s.staff, "
                                            "s.value, s.passed FROM signals s JOIN epochs e ON e.lane=s.lane "
                                            "ORDER BY s.at_ms DESC, s.seq DESC LIMIT ?1"));
  MILLPOND_TRY_DO(row.bind(static_cast<std::int64_t>(limit)));
  std::vector<SignalEntry> entries;
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return entries;
    entries.push_back({{static_cast<std::uint32_t>(row.integer(0))},
                       {static_cast<std::uint32_t>(row.integer(1))},
                       {row.unsigned_integer(2)},
                       row.integer(3),
                       {static_cast<model::Signal>(row.integer(4)),
                        {row.unsigned_integer(5)},
                        {static_cast<std::uint32_t>(row.integer(6))},
                        row.integer(7),
                        row.integer(8)}});
  }
}

namespace {

void add_said(const model::Fact& fact, std::vector<MemberFile::Said>& said) {
  const auto add = [&](base::MemberId member, const model::Consent& consent) {
    const MemberFile::Said each{member, consent, fact.stamp.occurred_at_ms, fact.stamp.terminal};
    if (std::ranges::find(said, each) == said.end()) said.push_back(each);
  };
  if (const auto* const enrolled = std::get_if<model::MemberEnrolled>(&fact.body)) {
    for (const auto& consent : enrolled->consents) add(enrolled->member, consent);
  } else if (const auto* const changed = std::get_if<model::ConsentChanged>(&fact.body)) {
    add(changed->member, changed->consent);
  }
}

}  // namespace

base::Result<MemberFile> SqliteHubStore::member_file(base::MemberId member) {
  const std::lock_guard lock{lock_};
  MemberFile file;
  auto root = member;
  for (;;) {
    MILLPOND_TRY(const auto above, read_same_as(root));
    if (!above) break;
    root = above;
  }
  const auto each = [&](std::string_view sql, base::MemberId of, const auto& take) -> base::Result<> {
    MILLPOND_TRY(auto row, database_->prepare(sql));
    MILLPOND_TRY_DO(row.bind(of));
    for (;;) {
      MILLPOND_TRY(const bool found, row.step());
      if (!found) return {};
      take(row);
    }
  };
  using Row = sqlite::Statement;
  const auto number = [&](const Row& row) {
    file.numbers.push_back({row.unsigned_integer(0)});
    file.points += row.integer(1);
  };
  MILLPOND_TRY_DO(
      each("WITH RECURSIVE same(member) AS (SELECT ?1 UNION ALL SELECT m.member FROM same s JOIN members m "
           "INDEXED BY members_by_alias ON m.same_as=s.member AND m.same_as<>0) SELECT s.member, m.points "
           "FROM same s JOIN members m ON m.member=s.member",
           root, number));
  std::vector<FactPlace> told;
  for (const auto of : file.numbers) {
    MILLPOND_TRY_DO(
        each("SELECT lane, seq FROM members WHERE member=?1 AND enrolled=1 UNION "
             "SELECT lane, seq FROM consents WHERE member=?1",
             of, [&](const Row& row) {
               told.push_back({row.integer(0), {row.unsigned_integer(1)}});
             }));
    MILLPOND_TRY_DO(each("SELECT purpose, version, granted FROM consents WHERE member=?1", of, [&](const Row& row) {
      file.consents.push_back({static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint32_t>(row.integer(1)),
                               row.integer(2) != 0});
    }));
    MILLPOND_TRY_DO(
        each("SELECT store, till, business_date, transaction_id, total_minor FROM sales WHERE member=?1 AND again=0",
             of, [&](const Row& row) {
               file.sales.push_back({{static_cast<std::uint32_t>(row.integer(0))},
                                     std::string{row.text(1)},
                                     {static_cast<std::int32_t>(row.integer(2))},
                                     std::string{row.text(3)},
                                     row.integer(4)});
             }));
    MILLPOND_TRY_DO(each("SELECT coupon, campaign, store, value_minor, expires, state FROM coupons WHERE member=?1", of,
                         [&](const Row& row) {
                           wire::CouponRow coupon;
                           coupon.coupon = {row.unsigned_integer(0)};
                           coupon.member = of;
                           coupon.campaign = {static_cast<std::uint32_t>(row.integer(1))};
                           coupon.store = {static_cast<std::uint32_t>(row.integer(2))};
                           coupon.value_minor = row.integer(3);
                           coupon.expires_day = static_cast<std::int32_t>(row.integer(4));
                           coupon.state = static_cast<wire::CouponState>(row.integer(5));
                           file.coupons.push_back(coupon);
                         }));
    MILLPOND_TRY_DO(
        each("SELECT e.terminal, e.epoch, p.seq, 0, 0, p.box FROM members m JOIN payloads p ON p.lane=m.lane AND "
             "p.seq=m.seq JOIN epochs e ON e.lane=p.lane WHERE m.member=?1 UNION ALL "
             "SELECT e.terminal, e.epoch, p.seq, f.field, f.version, p.box FROM profiles f JOIN payloads p ON "
             "p.lane=f.lane AND p.seq=f.seq JOIN epochs e ON e.lane=p.lane WHERE f.member=?1",
             of, [&](const Row& row) {
               file.payloads.push_back({of,
                                        {static_cast<std::uint32_t>(row.integer(0))},
                                        {static_cast<std::uint32_t>(row.integer(1))},
                                        {row.unsigned_integer(2)},
                                        static_cast<model::ProfileField>(row.integer(3)),
                                        static_cast<std::uint32_t>(row.integer(4)),
                                        {row.bytes(5).begin(), row.bytes(5).end()}});
             }));
  }
  RawFacts raw{*database_};
  for (const auto& place : told) {
    MILLPOND_TRY(const auto fact, raw.at(place));
    if (fact) add_said(*fact, file.said);
  }
  std::ranges::stable_sort(file.said, {}, &MemberFile::Said::at_ms);
  return file;
}

}  // namespace millpond::hub
