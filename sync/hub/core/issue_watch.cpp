// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/core/issue_watch.h"

namespace millpond::hub {
namespace {

struct Name {
  base::Seq sale;
  base::Epoch epoch;
};

Name name_in(const model::FactBody& body) {
  Name name;
  std::visit(
      [&](const auto& fact) {
        if constexpr (requires { fact.sale_epoch; }) name = {fact.sale, fact.sale_epoch};
      },
      body);
  return name;
}

}  // namespace

IssueWatch::IssueWatch(sqlite::Connection& database, FindProgramme find)
    : database_{database}, find_{std::move(find)} {}

base::Result<std::optional<Flag>> IssueWatch::on(const FactPlace& at, const model::Fact& fact) {
  auto flag = look(at, fact);
  before_at_ = at;
  before_ = &fact.body;
  return flag;
}

base::Result<std::optional<Flag>> IssueWatch::look(const FactPlace& at, const model::Fact& fact) {
  std::optional<Flag> none;
  if (model::SaleReader::ends(fact.body)) {
    last_at_ = at;
    last_sale_ = &fact.body;
    return none;
  }
  if (!model::gives_value(fact.body)) return none;
  if (!any_published_) {
    MILLPOND_TRY(const auto any, database_.query_integer("SELECT 1 FROM programmes LIMIT 1"));
    any_published_ = any.has_value();
  }
  if (!*any_published_) return none;
  std::shared_ptr<const model::Programme> programme;
  if (const auto version = fact.stamp.programme_version; version != 0) {
    MILLPOND_TRY(programme, find_(version));
    if (!programme) return unknown_version(at, fact);
  }
  MILLPOND_TRY(auto excess, excess_of(programme.get(), at, fact));
  if (!excess) return none;
  return std::optional{
      Flag{at, model::Signal::issue_beyond_rules, model::member_of(fact.body), excess->given, excess->allowed}};
}

base::Result<std::optional<model::Excess>> IssueWatch::excess_of(const model::Programme* programme, const FactPlace& at,
                                                                 const model::Fact& fact) {
  const auto [sale, epoch] = name_in(fact.body);
  // In another life a disk that forgot may have had another sale there.
  MILLPOND_TRY(const auto of,
               sale && !epoch ? fact_at({at.lane, sale}) : base::Result<const model::FactBody*>{nullptr});
  const auto* const issued = std::get_if<model::CouponIssued>(&fact.body);
  const bool by_refund = of != nullptr && std::holds_alternative<model::SaleRefunded>(*of);
  if (issued != nullptr && (epoch || by_refund)) {
    MILLPOND_TRY(const auto before, fact_at({at.lane, {at.seq.value - 1}}));
    const auto* const back = before == nullptr ? nullptr : std::get_if<model::CouponReturned>(before);
    if (back != nullptr && back->instead == issued->coupon) return beyond_old_terms(*issued, back->coupon);
    // What says that it came back may be the last fact of the life before.
    if (epoch && before != nullptr && std::holds_alternative<model::EpochBegun>(*before)) {
      return std::optional<model::Excess>{};
    }
  }
  return model::beyond_rules(programme, fact, of == nullptr ? nullptr : std::get_if<model::SaleRecorded>(of));
}

// One that comes back with its goods has the terms that it had, by whatever version that was.
base::Result<std::optional<model::Excess>> IssueWatch::beyond_old_terms(const model::CouponIssued& issued,
                                                                        base::CouponId old) {
  std::optional<model::Excess> none;
  MILLPOND_TRY(auto row,
               database_.prepare("SELECT value_minor, threshold_minor, expires FROM coupons WHERE coupon=?1"));
  MILLPOND_TRY_DO(row.bind(old));
  MILLPOND_TRY(const bool found, row.step());
  if (!found) return none;  // its issuer was not heard yet
  const auto value_minor = row.integer(0);
  const bool more = issued.value_minor > value_minor || issued.threshold_minor < row.integer(1) ||
                    issued.expires.days > row.integer(2);
  return more ? std::optional{model::Excess{issued.value_minor, value_minor}} : none;
}

base::Result<const model::FactBody*> IssueWatch::fact_at(const FactPlace& place) {
  if (place == last_at_) return last_sale_;
  if (place == before_at_) return before_;
  MILLPOND_TRY(read_, raw_.advice_at(place));
  return read_ ? &read_->body : nullptr;
}

base::Result<std::optional<Flag>> IssueWatch::unknown_version(const FactPlace& at, const model::Fact& fact) {
  const auto version = fact.stamp.programme_version;
  MILLPOND_TRY(const auto told, database_.query_integer("SELECT 1 FROM signals WHERE lane=?1 AND signal=?2 LIMIT 1",
                                                        at.lane, model::Signal::programme_unknown));
  if (told) return std::optional<Flag>{};
  return std::optional{Flag{at, model::Signal::programme_unknown, {}, version, 0}};
}

}  // namespace millpond::hub
