// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/raw_facts.h"

#include "sync/hub/core/campaign_values.h"
#include "sync/hub/core/log_words.h"
#include "sync/wire/batch_chain.h"
#include "sync/wire/canonical.h"

#include <algorithm>

namespace millpond::hub {
namespace {

bool is_promise(const model::Fact& fact) {
  const auto* const award = std::get_if<model::AwardGiven>(&fact.body);
  return award != nullptr && award->deferred;
}

}  // namespace

bool books_although(std::string_view code) {
  using base::Code;
  return code == base::code_name(Code::member_unknown) || code == base::code_name(Code::points_short) ||
         code == base::code_name(Code::points_cap) || code == base::code_name(Code::points_overdrawn);
}

base::Result<> RawFacts::read_batch(const FactPlace& around) {
  read_ = {};
  MILLPOND_TRY(auto row,
               database_.prepare("SELECT first_seq, last_seq, raw, chain_before, chain_head FROM batches WHERE lane=?1 "
                                 "AND from_seq<=?2 ORDER BY from_seq DESC LIMIT 1"));
  MILLPOND_TRY_DO(row.bind(around.lane, around.seq));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return {};
  // It was readable when it was stored, so that one which cannot be read any more is no fault of the fact that asks.
  auto request = wire::decode_up_request(row.bytes(2));
  const bool whole = request && std::ranges::equal(request->chain_before, row.bytes(3)) &&
                     std::ranges::equal(request->chain_head, row.bytes(4)) && wire::check_batch_chain(*request);
  if (!whole) {
    return base::Error{base::Code::store_corrupt, "read batch",
                       "the one from seq " + std::to_string(row.unsigned_integer(0)) + " changed on the disk"};
  }
  read_ = {around.lane, row.unsigned_integer(0), row.unsigned_integer(1), std::move(request->rows)};
  return {};
}

base::Result<std::optional<model::Fact>> RawFacts::of_hub(base::Seq seq) {
  MILLPOND_TRY(auto row, database_.prepare("SELECT content FROM hub_log WHERE no=?1 AND what='fact'"));
  MILLPOND_TRY_DO(row.bind(seq));
  MILLPOND_TRY(const bool found, row.step());
  std::optional<model::Fact> none;
  if (!found) return none;
  auto fact = wire::decode_fact(row.bytes(0));
  return fact ? std::optional{std::move(*fact)} : none;
}

base::Result<std::optional<model::Fact>> RawFacts::rating_of(const model::Stamp& sale, const FactPlace& now) {
  std::optional<model::Fact> none;
  if (sale.programme_version != 0) return none;
  MILLPOND_TRY(const auto through, projected(0, now));
  MILLPOND_TRY(auto row, database_.prepare("SELECT content FROM hub_log WHERE what='sale_rated' AND no=(SELECT log_no "
                                           "FROM ratings WHERE terminal=?1 AND epoch=?2 AND seq=?3) AND no<=?4"));
  MILLPOND_TRY_DO(row.bind(sale.terminal, sale.epoch, sale.seq, through));
  MILLPOND_TRY(const bool found, row.step());
  if (!found || row.bytes(0).size() < rated_place_bytes) return none;
  auto fact = wire::decode_fact(row.bytes(0).subspan(rated_place_bytes));
  return fact ? std::optional{std::move(*fact)} : none;
}

// What the hub gave for a promise, where that is booked.
base::Result<std::optional<model::Fact>> RawFacts::decision_of(const model::Stamp& award, const FactPlace& now) {
  std::optional<model::Fact> none;
  MILLPOND_TRY(const auto through, projected(0, now));
  MILLPOND_TRY(auto row,
               database_.prepare("SELECT l.no, l.content FROM decided d JOIN hub_log l ON l.no=d.log_no WHERE "
                                 "d.key=?1 AND l.what=?2 AND l.no<=?3"));
  MILLPOND_TRY_DO(row.bind(promise_key(award), log_campaign_decided, through));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return none;
  const base::Seq no{row.unsigned_integer(0)};
  const auto entry = decode_decision(row.bytes(1));
  row.reset();
  if (!entry || entry->canonical.empty()) return none;
  MILLPOND_TRY(const bool booked, was_booked({0, no}));
  auto fact = booked ? wire::decode_fact(entry->canonical) : base::Result<model::Fact>{base::Error{}};
  return fact ? std::optional{std::move(*fact)} : none;
}

base::Result<std::optional<model::Fact>> RawFacts::at(const FactPlace& at) {
  std::optional<model::Fact> none;
  if (at.lane == 0) return of_hub(at.seq);
  const auto holds = [&] {
    return read_.lane == at.lane && at.seq.value >= read_.first_seq && at.seq.value <= read_.last_seq;
  };
  if (!holds()) MILLPOND_TRY_DO(read_batch(at));
  const auto place = at.seq.value - read_.first_seq;
  if (!holds() || place >= read_.rows.size()) return none;
  auto fact = wire::decode_fact(read_.rows[place].canonical);
  return fact ? std::optional{std::move(*fact)} : none;
}

base::Result<std::optional<model::Fact>> RawFacts::advice_at(const FactPlace& place) {
  auto fact = at(place);
  std::optional<model::Fact> none;
  return fact || fact.error().code != base::Code::store_corrupt ? std::move(fact) : none;
}

base::Result<bool> RawFacts::was_booked(const FactPlace& place) {
  MILLPOND_TRY(auto told, database_.prepare("SELECT code FROM verdicts WHERE lane=?1 AND seq=?2"));
  MILLPOND_TRY_DO(told.bind(place.lane, place.seq));
  MILLPOND_TRY(const bool any, told.step());
  return !any || books_although(told.text(0));
}

base::Result<base::Seq> RawFacts::projected(Lane lane, const FactPlace& now) {
  if (lane == now.lane) return now.seq;
  if (lane == 0) {
    MILLPOND_TRY(const auto applied, database_.query_integer("SELECT applied_log FROM hub"));
    return base::Seq{static_cast<std::uint64_t>(applied.value_or(0))};
  }
  MILLPOND_TRY(const auto through, database_.query_integer("SELECT projected FROM epochs WHERE lane=?1", lane));
  return base::Seq{static_cast<std::uint64_t>(through.value_or(0))};
}

base::Result<bool> RawFacts::is_projected(const FactPlace& place, const FactPlace& now) {
  if (!place.seq) return false;
  MILLPOND_TRY(const auto through, projected(place.lane, now));
  return place.seq <= through;
}

base::Result<std::vector<RawFacts::Successor>> RawFacts::successors(const FactPlace& place) {
  std::vector<Successor> found;
  MILLPOND_TRY(auto row,
               database_.prepare("SELECT lane, head FROM successors WHERE previous=?1 AND head>=?2 AND head<?3"));
  MILLPOND_TRY_DO(row.bind(place.lane, place.seq, place.seq.value + model::facts_of_sale_max));
  for (;;) {
    MILLPOND_TRY(const bool any, row.step());
    if (!any) return found;
    found.push_back({row.integer(0), {row.unsigned_integer(1)}});
  }
}

base::Result<bool> RawFacts::walk(model::SaleReader& reader, FactPlace from, const FactPlace& now) {
  MILLPOND_TRY(const auto through, projected(from.lane, now));
  bool ended = false;
  auto place = from;
  for (; place.seq.value < from.seq.value + model::facts_of_sale_max; ++place.seq.value) {
    if (place.seq > through) break;
    MILLPOND_TRY(auto fact, at(place));
    if (!fact) continue;
    ended = model::SaleReader::ends(fact->body);
    if (ended) break;
    MILLPOND_TRY(const bool booked, was_booked(place));
    if (!booked) continue;
    if (auto* const spent = std::get_if<model::PointsSpent>(&fact->body)) {
      MILLPOND_TRY(const auto missing, database_.query_integer("SELECT points FROM shortfalls WHERE lane=?1 AND seq=?2",
                                                               place.lane, place.seq));
      spent->points -= missing.value_or(0);
    }
    reader.take(*fact);
    if (!is_promise(*fact)) continue;
    MILLPOND_TRY(const auto decided, decision_of(fact->stamp, now));
    if (decided) reader.take(*decided);
  }
  MILLPOND_TRY(const auto next, successors({from.lane, {from.seq.value - 1}}));
  for (const auto& [lane, head] : next) {
    if (lane <= from.lane) continue;  // lanes grow, so that this ends
    MILLPOND_TRY(const bool there, walk(reader, {lane, {1}}, now));
    ended = ended || (there && place.seq > head);
  }
  return ended;
}

base::Result<std::optional<RawFacts::Sale>> RawFacts::sale_at(const FactPlace& place, const FactPlace& now) {
  std::optional<Sale> none;
  MILLPOND_TRY(const auto first, at(place));
  const auto* const recorded = first ? std::get_if<model::SaleRecorded>(&first->body) : nullptr;
  if (recorded == nullptr) return none;
  model::SaleReader reader{*recorded, first->stamp.epoch, place.seq};
  MILLPOND_TRY(const bool ended, walk(reader, {place.lane, {place.seq.value + 1}}, now));
  MILLPOND_TRY(const auto rating, rating_of(first->stamp, now));
  MILLPOND_TRY(const bool rated, rating ? was_booked({0, rating->stamp.seq}) : base::Result<bool>{false});
  if (rated) reader.take(*rating);
  return std::optional{Sale{reader.effects(), ended}};
}

}  // namespace millpond::hub
