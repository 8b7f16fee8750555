// SPDX-License-Identifier: Apache-2.0
// The hub's own log: what people did here, chained like a terminal's facts, each entry with its place among the
// batches.
#include "sync/hub/core/sqlite_log.h"
#include "sync/crypto/hash.h"
#include "sync/hub/core/sqlite_store.h"

namespace millpond::hub {
namespace {

constexpr std::int64_t enrolled_state = 1;  // of column enrolled
constexpr std::int64_t removed_state = 2;

// In words: members by their numbers; of a payment only whose it is.
std::string told_by(std::string_view what, base::ByteView content) {
  const auto number = [&](std::size_t at) { return base::read_big_endian(content.subspan(at, 8)); };
  const auto member = [&](std::size_t at) { return base::format_id('M', number(at)); };
  if (what == log_operator_act) return std::string{base::text_of(content)};
  if (content.size() >= 16 && what == log_members_merged) return "from=" + member(0) + " into=" + member(8);
  if (content.size() == 17 && what == log_points_adjusted) {
    const auto why = std::size_t{content[16]} - 1;
    return "member=" + member(0) + " points=" + std::to_string(static_cast<std::int64_t>(number(8))) +
           " reason=" + std::string{why < adjust_reasons.size() ? adjust_reasons.at(why) : "unknown"};
  }
  if (content.size() >= 16 && what == log_payer_known) return "member=" + member(8);
  if (content.size() >= 16 && what == log_rights_broken) {
    return "lane=" + std::to_string(number(0)) + " through=" + std::to_string(number(8));
  }
  return content.size() >= 8 ? "member=" + member(0) : std::string{};
}

}  // namespace

base::Hash next_link(const base::Hash& before, std::int64_t at_ms, std::uint64_t after_batch, std::string_view what,
                     base::ByteView content) {
  base::Bytes canonical;
  base::append_big_endian(canonical, static_cast<std::uint64_t>(at_ms), 8);
  base::append_big_endian(canonical, after_batch, 8);
  base::append_big_endian(canonical, what.size(), 2);
  base::append(canonical, base::view_of(what));
  base::append(canonical, content);
  return crypto::blake2b(before, canonical);
}

base::Result<> SqliteHubStore::append_log(std::string_view what, base::ByteView content, std::int64_t now_ms) {
  base::Hash before{};
  {
    MILLPOND_TRY(auto last, database_->prepare("SELECT chain FROM hub_log ORDER BY no DESC LIMIT 1"));
    MILLPOND_TRY(const bool found, last.step());
    if (found) { MILLPOND_TRY(before, last.array<32>(0)); }
  }
  MILLPOND_TRY(const auto newest, database_->query_integer("SELECT max(no) FROM batches"));
  const auto after_batch = static_cast<std::uint64_t>(newest.value_or(0));
  return database_->run("INSERT INTO hub_log(at_ms, after_batch, what, content, chain) VALUES(?1, ?2, ?3, ?4, ?5)",
                        now_ms, after_batch, what, content, next_link(before, now_ms, after_batch, what, content));
}

base::Result<> SqliteHubStore::remove_member(base::MemberId member, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto state, database_->query_integer("SELECT enrolled FROM members WHERE member=?1", member));
  if (!state || *state == removed_state) {
    return base::Error{base::Code::not_found, "remove member", "no such member, or removed already"};
  }
  MILLPOND_TRY_DO(append_log(log_member_removed, key_of(member.value), now_ms));
  return transaction.commit();
}

base::Result<base::MemberId> SqliteHubStore::read_same_as(base::MemberId member) {
  MILLPOND_TRY(auto row, database_->prepare("SELECT same_as FROM members WHERE member=?1 AND enrolled=?2"));
  MILLPOND_TRY_DO(row.bind(member, enrolled_state));
  MILLPOND_TRY(const bool found, row.step());
  if (found) return base::MemberId{row.unsigned_integer(0)};
  return base::Error{base::Code::not_found, "find member",
                     base::format_id('M', member.value) + " is not enrolled here"};
}

base::Result<std::uint64_t> SqliteHubStore::count_same(base::MemberId root) {
  MILLPOND_TRY(const auto count,
               database_->query_integer(
                   "WITH RECURSIVE same(member) AS (SELECT ?1 UNION ALL SELECT m.member FROM same s JOIN members m "
                   "INDEXED BY members_by_alias ON m.same_as=s.member AND m.same_as<>0) SELECT count(*) FROM same",
                   root));
  return static_cast<std::uint64_t>(count.value_or(0));
}

base::Result<> SqliteHubStore::merge_members(base::MemberId from, base::MemberId into, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  const auto refuse = [&](std::string why) {
    return base::Error{base::Code::bad_input, "merge members", base::format_id('M', from.value) + std::move(why)};
  };
  MILLPOND_TRY(const auto alias_of, read_same_as(from));
  if (alias_of) return refuse(" is an alias of " + base::format_id('M', alias_of.value) + " already");
  auto root = into;
  for (;;) {
    MILLPOND_TRY(const auto above, read_same_as(root));
    if (!above) break;
    root = above;
  }
  if (root == from) return refuse(" is that member already");
  MILLPOND_TRY(const auto joining, count_same(from));
  MILLPOND_TRY(const auto there, count_same(root));
  if (joining + there > wire::member_aliases_max + 1) return refuse(" would be one alias too many");
  auto content = key_of(from.value);
  base::append_big_endian(content, into.value, 8);
  MILLPOND_TRY_DO(append_log(log_members_merged, content, now_ms));
  return transaction.commit();
}

base::Result<> SqliteHubStore::unmerge_member(base::MemberId from, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY(const auto alias_of, read_same_as(from));
  if (!alias_of) {
    return base::Error{base::Code::bad_input, "unmerge member",
                       base::format_id('M', from.value) + " is nobody's alias"};
  }
  MILLPOND_TRY_DO(append_log(log_member_unmerged, key_of(from.value), now_ms));
  return transaction.commit();
}

base::Result<> SqliteHubStore::mark_member(base::MemberId member, std::span<const model::MemberMark> marks,
                                           std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(read_same_as(member));
  MILLPOND_TRY(const auto agreed,
               database_->query_integer("SELECT granted FROM consents WHERE member=?1 AND purpose=?2", member,
                                        model::Purpose::profiling));
  for (const auto& mark : marks) {
    MILLPOND_TRY_DO(model::check_mark(mark));
    if (model::is_profile(mark) && agreed.value_or(0) == 0) {
      return base::Error{base::Code::consent_missing, "mark", base::format_id('M', member.value) + ", profiling"};
    }
    auto content = key_of(member.value);
    base::append(content, model::encode_mark(mark));
    MILLPOND_TRY_DO(append_log(log_member_marked, content, now_ms));
  }
  return transaction.commit();
}

base::Result<> SqliteHubStore::note_act(std::string_view told, std::int64_t now_ms) {
  const std::lock_guard lock{lock_};
  MILLPOND_TRY(auto transaction, sqlite::Transaction::begin(*database_));
  MILLPOND_TRY_DO(append_log(log_operator_act, base::view_of(told), now_ms));
  return transaction.commit();
}

base::Result<HubActs> SqliteHubStore::acts(std::size_t limit) {
  const std::lock_guard lock{lock_};
  HubActs acts;
  MILLPOND_TRY(acts.broken_at, hub_log_broken_at(*database_));
  MILLPOND_TRY(
      auto row,
      database_->prepare(
          "SELECT no, at_ms, what, content FROM hub_log WHERE what IN ('operator_act', "
          "'member_removed', 'points_adjusted', 'members_merged', 'member_unmerged', 'member_marked', 'payer_known', "
          "'rights_broken') "
          "ORDER BY no DESC LIMIT ?1"));
  MILLPOND_TRY_DO(row.bind(static_cast<std::uint64_t>(limit)));
  for (;;) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) return acts;
    const std::string what{row.text(2)};
    acts.entries.push_back({row.unsigned_integer(0), row.integer(1), what, told_by(what, row.bytes(3))});
  }
}

base::Result<std::optional<std::uint64_t>> hub_log_broken_at(sqlite::Connection& database) {
  MILLPOND_TRY(auto row, database.prepare("SELECT no, at_ms, after_batch, what, content, chain FROM hub_log "
                                          "ORDER BY no"));
  base::Hash link{};
  std::uint64_t no = 1;
  for (;; ++no) {
    MILLPOND_TRY(const bool found, row.step());
    if (!found) break;
    MILLPOND_TRY(const auto stored, row.array<32>(5));
    link = next_link(link, row.integer(1), row.unsigned_integer(2), row.text(3), row.bytes(4));
    if (row.unsigned_integer(0) != no || link != stored) return std::optional{no};
  }
  MILLPOND_TRY(const auto applied, database.query_integer("SELECT applied_log FROM hub"));
  if (static_cast<std::uint64_t>(applied.value_or(0)) >= no) return std::optional{no};
  return std::optional<std::uint64_t>{};
}

}  // namespace millpond::hub
