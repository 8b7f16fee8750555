// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/campaign_book.h"

namespace millpond::hub {
namespace {

constexpr std::size_t drawn_bytes = 1 + 4 + 8 + 8;
constexpr std::size_t drawn_max = 16;
constexpr std::size_t key_bytes_max = 255;

}  // namespace

base::Bytes promise_key(const model::Stamp& award) {
  base::Bytes key;
  base::append_big_endian(key, award.terminal.value, 4);
  base::append_big_endian(key, award.epoch.value, 4);
  base::append_big_endian(key, award.seq.value, 8);
  return key;
}

base::Bytes encode_decision(const DecisionEntry& entry) {
  MILLPOND_CHECK(entry.key.size() <= key_bytes_max && entry.drawn.size() <= drawn_max);
  base::Bytes content;
  base::append_big_endian(content, static_cast<std::uint8_t>(entry.kind), 1);
  base::append_big_endian(content, entry.key.size(), 1);
  base::append(content, entry.key);
  base::append_big_endian(content, entry.first.value, 8);
  base::append_big_endian(content, entry.drawn.size(), 1);
  for (const auto& [kind, campaign, cap, amount] : entry.drawn) {
    base::append_big_endian(content, static_cast<std::uint8_t>(kind), 1);
    base::append_big_endian(content, campaign.value, 4);
    base::append_big_endian(content, static_cast<std::uint64_t>(cap), 8);
    base::append_big_endian(content, static_cast<std::uint64_t>(amount), 8);
  }
  base::append(content, entry.canonical);
  return content;
}

base::Result<DecisionEntry> decode_decision(base::ByteView content) {
  const base::Error broken{base::Code::bad_input, "decode decision", "it is cut, or of no known kind"};
  const auto take = [&](std::size_t bytes) {
    const auto value = base::read_big_endian(content.first(bytes));
    content = content.subspan(bytes);
    return value;
  };
  if (content.size() < 2) return broken;
  DecisionEntry entry;
  entry.kind = static_cast<CaseKind>(take(1));
  if (entry.kind != CaseKind::promise && entry.kind != CaseKind::happening) return broken;
  const auto key = static_cast<std::size_t>(take(1));
  if (content.size() < key + 9) return broken;
  entry.key.assign(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(key));
  content = content.subspan(key);
  if (entry.kind == CaseKind::promise && key != promise_key_bytes) return broken;
  entry.first = {take(8)};
  const auto drawn = static_cast<std::size_t>(take(1));
  if (drawn > drawn_max || content.size() < drawn * drawn_bytes) return broken;
  for (std::size_t i = 0; i < drawn; ++i) {
    auto& each = entry.drawn.emplace_back();
    each.kind = static_cast<model::LeaseKind>(take(1));
    each.campaign = {static_cast<std::uint32_t>(take(4))};
    each.cap = static_cast<std::int64_t>(take(8));
    each.amount = static_cast<std::int64_t>(take(8));
    const bool of_campaign =
        each.kind == model::LeaseKind::campaign_budget || each.kind == model::LeaseKind::campaign_count;
    if (!of_campaign || each.amount <= 0 || each.cap < each.amount) return broken;
  }
  entry.canonical.assign(content.begin(), content.end());
  return entry;
}

CampaignBook::CampaignBook(sqlite::Connection& database)
    : database_{database},
      insert_visit_{database,
                    "INSERT OR REPLACE INTO visits(member, lane, seq, day, at_ms, minor) "
                    "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"} {}

base::Result<> CampaignBook::visit(const Visit& visit) {
  return insert_visit_.run(visit.member, visit.sale.lane, visit.sale.seq, visit.day, visit.at_ms, visit.minor);
}

base::Result<> CampaignBook::visit_back(base::MemberId member, const FactPlace& sale, std::int64_t minor, bool whole) {
  if (whole) {
    return database_.run("DELETE FROM visits WHERE member=?1 AND lane=?2 AND seq=?3", member, sale.lane, sale.seq);
  }
  return database_.run("UPDATE visits SET minor=minor-?4 WHERE member=?1 AND lane=?2 AND seq=?3", member, sale.lane,
                       sale.seq, minor);
}

base::Result<> CampaignBook::forget(base::MemberId member) {
  MILLPOND_TRY_DO(database_.run("DELETE FROM happened WHERE member=?1", member));
  return database_.run("DELETE FROM visits WHERE member=?1", member);
}

base::Result<CampaignBook::Visits> CampaignBook::before(base::MemberId member, std::int64_t at_ms,
                                                        const FactPlace& except) {
  MILLPOND_TRY(auto row,
               database_.prepare("SELECT count(*), coalesce(max(day), 0), coalesce(sum(minor), 0) FROM visits "
                                 "WHERE member=?1 AND at_ms<?2 AND NOT (lane=?3 AND seq=?4)"));
  MILLPOND_TRY_DO(row.bind(member, at_ms, except.lane, except.seq));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return Visits{};
  return Visits{row.integer(0), static_cast<std::int32_t>(row.integer(1)), row.integer(2)};
}

base::Result<> CampaignBook::promise(const FactPlace& award, const base::Hash& cause, const FactPlace& sale) {
  return database_.run("INSERT INTO promises(lane, seq, cause, sale_lane, sale_seq) VALUES(?1, ?2, ?3, ?4, ?5)",
                       award.lane, award.seq, cause, sale.lane, sale.seq);
}

base::Result<std::optional<CampaignBook::Promise>> CampaignBook::take_promise(const FactPlace& award) {
  std::optional<Promise> promise;
  {
    MILLPOND_TRY(auto row,
                 database_.prepare("SELECT cause, sale_lane, sale_seq FROM promises WHERE lane=?1 AND seq=?2"));
    MILLPOND_TRY_DO(row.bind(award.lane, award.seq));
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return promise;
    MILLPOND_TRY(const auto cause, row.array<32>(0));
    promise = {cause, {row.integer(1), {row.unsigned_integer(2)}}};
  }
  MILLPOND_TRY_DO(database_.run("DELETE FROM promises WHERE lane=?1 AND seq=?2", award.lane, award.seq));
  return promise;
}

base::Result<> CampaignBook::happen(const Happened& happened) {
  MILLPOND_TRY(auto row, database_.prepare("SELECT 1 FROM decided WHERE key=?1"));
  MILLPOND_TRY_DO(row.bind(happened.key));
  MILLPOND_TRY(const bool decided, row.step());
  if (decided) return {};
  return database_.run(
      "INSERT OR IGNORE INTO happened(key, trigger, number, word, member, store, at_ms, offset_min, version) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      happened.key, happened.trigger, happened.number, happened.word, happened.member, happened.store, happened.at_ms,
      happened.utc_offset_min, happened.version);
}

base::Result<> CampaignBook::close(base::ByteView key) {
  return database_.run("DELETE FROM happened WHERE key=?1", key);
}

}  // namespace millpond::hub
