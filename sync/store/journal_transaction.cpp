// SPDX-License-Identifier: Apache-2.0
#include "sync/store/action_transaction.h"

#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::store {
namespace {

constexpr std::size_t payload_bytes_max = 16U << 10;  // a sealed phone takes 80
constexpr std::size_t salt_bytes_max = 64;
constexpr int reviews_max = 1'000;  // the oldest goes: the hub has its SaleDisputed, and a person had the time to look

// About whom a payload beside the fact speaks; nobody when no such fact has one.
base::MemberId subject_of(const model::FactBody& body) {
  if (const auto* const enrolled = std::get_if<model::MemberEnrolled>(&body)) return enrolled->member;
  if (const auto* const changed = std::get_if<model::ProfileChanged>(&body)) return changed->member;
  return {};
}

}  // namespace

ActionTransaction::Place ActionTransaction::at(std::uint64_t position) const {
  const auto* const epoch = journal_.epoch_at(position);
  if (epoch == nullptr) return {};
  return {epoch->epoch, {position - epoch->base}};
}

base::Result<> ActionTransaction::writable(const char* operation) const {
  if (access_ == Access::write) return {};
  return base::Error{base::Code::internal, operation, "a reading action may not write"};
}

base::Result<base::Seq> ActionTransaction::append(const model::FactBody& body, std::int64_t occurred_at_ms,
                                                  std::int32_t utc_offset_min, std::uint32_t programme_version,
                                                  base::ByteView payload_salt, base::ByteView payload) {
  MILLPOND_TRY_DO(writable("append"));
  MILLPOND_TRY_DO(journal_.admit(body));
  if (payload.size() > payload_bytes_max || payload_salt.size() > salt_bytes_max) {
    return base::Error{base::Code::too_large, "append", "payload"};
  }
  const base::Seq seq{journal_.growth_.head.value + 1};
  model::Fact fact;
  fact.stamp = {journal_.options_.owner.terminal,
                live().epoch,
                seq,
                occurred_at_ms,
                utc_offset_min,
                base::local_date_at(occurred_at_ms, utc_offset_min),
                programme_version};
  fact.body = body;
  MILLPOND_TRY(auto canonical, wire::encode_fact(fact));
  MILLPOND_TRY_DO(remember_failure(must_be_new(body)));
  auto& growth = journal_.growth_;
  const auto position = next_position();
  if (!payload.empty()) {
    const auto member = subject_of(body);
    MILLPOND_TRY_DO(remember_failure(
        db_.run("INSERT INTO payloads(position, member, salt, box, sum) VALUES(?1, ?2, ?3, ?4, ?5)", position, member,
                payload_salt, payload, sum_of_payload(member, payload_salt, payload))));
  }
  growth.head = seq;
  growth.chain = wire::chain_next(growth.chain, canonical);
  journal_.note_effects(position, body, fact.stamp.local_date, journal_.unsettled_);
  counter_named_ = std::max(counter_named_, journal_.identity_counter(body));
  pending_.push_back({position, std::move(canonical), growth.chain, {}});
  return seq;
}

base::Result<> ActionTransaction::remember_failure(base::Result<> result) {
  if (!result && !failure_) failure_ = result.error();
  return result;
}

// The tables, which would refuse a second row, only hear of it later.
base::Result<> ActionTransaction::must_be_new(const model::FactBody& body) {
  const auto known = [](const char* what) { return base::Error{base::Code::bad_input, "append", what}; };
  if (const auto* const issued = std::get_if<model::CouponIssued>(&body)) {
    MILLPOND_TRY(const auto cause, find_cause(issued->cause));
    if (cause) return known("a coupon for a cause that has one already");
    MILLPOND_TRY(const auto row, db_.query_integer("SELECT 1 FROM coupons WHERE coupon = ?1", issued->coupon));
    if (row || journal_.unsettled_.find_coupon(issued->coupon) != nullptr) {
      return known("a coupon whose number is given already");
    }
  } else if (const auto* const enrolled = std::get_if<model::MemberEnrolled>(&body)) {
    MILLPOND_TRY(const bool member, has_member(enrolled->member));
    if (member) return known("a member who is there already");
  }
  return {};
}

// A fact holds the identity that it names; one that was drawn for nothing is counted apart.
base::Result<> ActionTransaction::finish() {
  for (const auto& row : pending_) {
    const auto sum = sum_of(row.canonical);
    const auto notes = row.notes.empty() ? std::nullopt : std::optional{encode_notes(row.notes, sum)};
    MILLPOND_TRY_DO(db_.run("INSERT INTO outbox(position, canonical, chain, sum, notes) VALUES(?1, ?2, ?3, ?4, ?5)",
                            row.position, row.canonical, row.chain, sum, notes));
  }
  pending_.clear();
  if (!counter_drawn_ || counter_named_ >= journal_.growth_.id_counter) return {};
  return journal_.put_meta("id_counter", journal_.growth_.id_counter);
}

// Of a fact that this action appended; null otherwise.
Notes* ActionTransaction::notes_of(base::Seq seq) {
  const auto position = live().position(seq);
  const auto found =
      std::find_if(pending_.rbegin(), pending_.rend(), [&](const auto& row) { return row.position == position; });
  return found == pending_.rend() ? nullptr : &found->notes;
}

base::Result<std::uint64_t> ActionTransaction::next_id() {
  MILLPOND_TRY_DO(writable("next id"));
  if (journal_.growth_.id_counter >= base::id_counter_max) {
    return base::Error{base::Code::ids_exhausted, "next id", "the terminal's counter has ended",
                       "provision this machine as a new terminal"};
  }
  counter_drawn_ = true;
  const auto counter = ++journal_.growth_.id_counter;
  return base::compose_id(journal_.options_.owner.terminal, journal_.incarnation_, counter);
}

base::Result<std::optional<StoredSale>> ActionTransaction::find_sale(const model::SaleKey& key) {
  if (const auto* const sale = journal_.unsettled_.find_sale(key)) {
    const auto place = at(sale->position);
    return std::optional{StoredSale{key, sale->body_hash, place.seq, sale->answer, place.epoch}};
  }
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, body_hash, answer, sum FROM sales "
                                       "WHERE business_day = ?3 AND store = ?1 AND till = ?2 AND transaction_id = ?4"));
  MILLPOND_TRY_DO(query.bind(key.store, key.till, key.business_date.days, key.transaction));
  MILLPOND_TRY(const bool row, query.step());
  if (!row || sum_of_sale(key, query.bytes(1), query.bytes(2)) != query.unsigned_integer(3)) {
    absent_sale_ = key;
    return std::optional<StoredSale>{};
  }
  StoredSale sale;
  sale.key = key;
  const auto place = at(query.unsigned_integer(0));
  sale.seq = place.seq;
  sale.epoch = place.epoch;
  MILLPOND_TRY(sale.body_hash, query.array<32>(1));
  const auto answer = query.bytes(2);
  sale.answer.assign(answer.begin(), answer.end());
  return std::optional{std::move(sale)};
}

base::Result<> ActionTransaction::put_sale(const StoredSale& sale) {
  MILLPOND_TRY_DO(writable("put sale"));
  auto* const notes = notes_of(sale.seq);
  if (notes == nullptr || notes->sale) {
    return base::Error{base::Code::bad_input, "put sale", "not of a fact of this action, or a second time"};
  }
  if (absent_sale_ != sale.key) {
    MILLPOND_TRY(const auto earlier, find_sale(sale.key));
    if (earlier) return base::Error{base::Code::bad_input, "put sale", "the key is there already"};
  }
  absent_sale_.reset();
  UnsettledSale late{live().position(sale.seq), sale.key, sale.body_hash, sale.answer};
  notes->sale = late;
  journal_.unsettled_.sales.push_back(std::move(late));
  return {};
}

base::Result<bool> ActionTransaction::has_member(base::MemberId member) {
  if (journal_.unsettled_.has_member(member)) return true;
  MILLPOND_TRY(const auto found, db_.query_integer("SELECT 1 FROM members WHERE member = ?1", member));
  return found.has_value();
}

base::Result<> ActionTransaction::put_phone(base::ByteView key16, base::MemberId member) {
  MILLPOND_TRY_DO(writable("put phone"));
  // Of the fact that it came with: once that is the hub's, so is the phone.
  const auto position = pending_.empty() ? next_position() : pending_.back().position;
  return db_.run("INSERT INTO phones(key, member, position, sum) VALUES(?1, ?2, ?3, ?4)", key16, member, position,
                 sum_of_phone(key16, member));
}

base::Result<std::optional<base::MemberId>> ActionTransaction::find_phone(base::ByteView key16) {
  MILLPOND_TRY(auto query, db_.prepare("SELECT member, sum FROM phones WHERE key = ?1"));
  MILLPOND_TRY_DO(query.bind(key16));
  MILLPOND_TRY(const bool row, query.step());
  const base::MemberId member{row ? query.unsigned_integer(0) : 0};
  if (!row || sum_of_phone(key16, member) != query.unsigned_integer(1)) return std::optional<base::MemberId>{};
  return std::optional{member};
}

template <class Take>
base::Result<> ActionTransaction::each_delta(base::MemberId member, std::uint64_t position, const Take& take) {
  MILLPOND_TRY(auto query, db_.prepare("SELECT position, points, sum FROM deltas WHERE member = ?1 AND position > ?2"));
  MILLPOND_TRY_DO(query.bind(member, position));
  for (;;) {
    MILLPOND_TRY(const bool row, query.step());
    if (!row) return {};
    const auto points = query.integer(1);
    if (sum_of_points(member, query.unsigned_integer(0), points) == query.unsigned_integer(2)) take(points);
  }
}

base::Result<std::int64_t> ActionTransaction::points_since(base::MemberId member, std::uint64_t position) {
  auto total = journal_.unsettled_.points_since(member, position);
  MILLPOND_TRY_DO(each_delta(member, position, [&](std::int64_t points) { total += points; }));
  return total;
}

base::Result<std::int64_t> ActionTransaction::points_taken_since(base::MemberId member, std::uint64_t position) {
  auto total = journal_.unsettled_.points_taken_since(member, position);
  const auto take = [&](std::int64_t points) { total += std::min<std::int64_t>(points, 0); };
  MILLPOND_TRY_DO(each_delta(member, position, take));
  return total;
}

base::Result<std::int64_t> ActionTransaction::visits_since(base::MemberId member, std::uint64_t position) {
  auto visits = journal_.unsettled_.visits_since(member, position);
  MILLPOND_TRY_DO(each_delta(member, position, [&](std::int64_t points) { visits += points == 0 ? 1 : 0; }));
  return visits;
}

base::Result<> ActionTransaction::put_print_intent(const PrintIntent& intent) {
  MILLPOND_TRY_DO(writable("put print intent"));
  UnsettledPrint late{live().position(intent.of), intent.template_version, intent.locale, intent.content};
  auto* const notes = notes_of(intent.of);
  // A slip whose fact was written before, or of which more is known than that it waits, is written at once.
  if (notes == nullptr || intent.state != PrintState::queued) return journal_.write_print(late, intent.state);
  if (notes->print) return base::Error{base::Code::bad_input, "put print intent", "a second time"};
  notes->print = late;
  journal_.unsettled_.prints.push_back(std::move(late));
  return {};
}

base::Result<> ActionTransaction::set_print_state(base::Seq of, PrintState state, base::Epoch epoch) {
  MILLPOND_TRY_DO(writable("set print state"));
  for (auto known = journal_.epochs_.rbegin(); known != journal_.epochs_.rend(); ++known) {
    if (epoch && known->epoch != epoch) continue;
    if (known->epoch != live().epoch && of > known->head) continue;
    MILLPOND_TRY_DO(db_.run("UPDATE prints SET state = ?2 WHERE position = ?1", known->position(of), state));
    if (db_.changes() > 0) return {};
    const auto* const late = journal_.unsettled_.find_print(known->position(of));
    if (late != nullptr) return journal_.write_print(*late, state);
  }
  if (!epoch) return {};
  // Its fact was reissued while the slip was on its way: the row still knows where it began.
  return db_.run("UPDATE prints SET state = ?3 WHERE epoch = ?1 AND seq = ?2", epoch, of, state);
}

base::Result<> ActionTransaction::put_review(std::string_view kind, base::ByteView content, std::int64_t at_ms) {
  MILLPOND_TRY_DO(writable("put review"));
  MILLPOND_TRY_DO(db_.run("INSERT INTO reviews(kind, content, at_ms, hub_ms) VALUES(?1, ?2, ?3, ?4)", kind, content,
                          at_ms, journal_.ring_.hub_ms));
  return db_.run("DELETE FROM reviews WHERE id <= (SELECT max(id) FROM reviews) - ?1", reviews_max);
}

base::Result<> ActionTransaction::put_document(std::string_view kind, std::uint64_t version, base::ByteView content) {
  MILLPOND_TRY_DO(writable("put document"));
  journal_.publisher_.note_document(kind);
  return db_.run(
      "INSERT INTO documents(kind, version, content) VALUES(?1, ?2, ?3) ON CONFLICT(kind) DO UPDATE SET "
      "version = excluded.version, content = excluded.content WHERE excluded.version > version",
      kind, version, content);
}

base::Result<> ActionTransaction::drop_document(std::string_view kind) {
  MILLPOND_TRY_DO(writable("drop document"));
  journal_.publisher_.note_document(kind);
  return db_.run("DELETE FROM documents WHERE kind = ?1", kind);
}

base::Result<> ActionTransaction::put_issuer(const wire::IssuerRow& issuer) {
  MILLPOND_TRY_DO(writable("put issuer"));
  journal_.publisher_.note_issuer(issuer.issuer);
  return db_.run(
      "INSERT INTO issuers(issuer, key, revoked_from_seq) VALUES(?1, ?2, ?3) ON CONFLICT(issuer) DO UPDATE SET "
      "key = excluded.key, revoked_from_seq = excluded.revoked_from_seq",
      issuer.issuer, issuer.key, issuer.revoked_from_seq);
}

}  // namespace millpond::store
