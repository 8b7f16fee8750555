// SPDX-License-Identifier: Apache-2.0
// What people behind the counter did, for whoever audits it.
#include "sync/hub/core/effects.h"
#include "sync/model/typed_phone.h"

namespace millpond::hub {
namespace {

constexpr std::size_t reason_bytes_max = 200;

}  // namespace

base::Result<Applied> Effects::on(const Place& at, const model::ActApproved& fact) {
  if (fact.act == model::act_phone_typed) return Applied{};  // nobody behind the counter did anything
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO audit(lane, seq, at_ms, is_act, what, staff, asked_by, member, subject, reason) "
                    "VALUES(?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9)",
                    at.lane, at.waiting.seq, at.stamp.occurred_at_ms, fact.act, fact.by, fact.asked_by, fact.member,
                    fact.subject, std::string_view{fact.reason}.substr(0, reason_bytes_max)));
  return Applied{};
}

base::Result<Applied> Effects::on(const Place& at, const model::StaffChecked& fact) {
  MILLPOND_TRY_DO(
      database_.run("INSERT INTO audit(lane, seq, at_ms, is_act, what, staff, asked_by, member, subject, reason) "
                    "VALUES(?1, ?2, ?3, 0, ?4, ?5, 0, 0, 0, '')",
                    at.lane, at.waiting.seq, at.stamp.occurred_at_ms, fact.outcome, fact.staff));
  return Applied{};
}

}  // namespace millpond::hub
