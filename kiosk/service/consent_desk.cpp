// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/consent_desk.h"

#include <algorithm>

namespace millpond::service {
namespace {

struct Known {
  bool granted{};
  std::uint32_t version{};
};

// A replica that cannot be read knows of no consent.
Known known_of(Shop& shop, base::MemberId member, model::Purpose purpose) {
  const auto profile = shop.replica().find_profile(member).value_or(std::nullopt);
  if (!profile) return {};
  const auto row =
      std::ranges::find(profile->consents, static_cast<std::uint32_t>(purpose), &wire::ConsentVersion::purpose);
  return row == profile->consents.end() ? Known{} : Known{row->granted, row->version};
}

}  // namespace

std::vector<flow::ConsentStanding> ConsentDesk::standing(base::MemberId member) {
  std::vector<flow::ConsentStanding> all;
  const auto programme = shop_.programme();
  for (const auto purpose : {model::Purpose::marketing, model::Purpose::profiling, model::Purpose::partners}) {
    const auto known = known_of(shop_, member, purpose);
    auto granted = known.granted;
    const std::lock_guard lock{mutex_};
    const auto said = said_.find({member, purpose});
    if (said != said_.end() && known.version <= said->second.seen) granted = said->second.granted;
    const bool asked_for = programme && !model::notice_of(*programme, purpose).zh_cn.empty();
    if (granted || asked_for) all.push_back({purpose, granted});
  }
  return all;
}

base::Result<> ConsentDesk::change(const terminal::ConsentAsk& ask) {
  const auto programme = shop_.programme();
  const auto seen = known_of(shop_, ask.member, ask.purpose).version;
  MILLPOND_TRY_DO(
      terminal::change_consent(shop_.journal(), shop_.replica(), shop_.time(), programme ? &*programme : nullptr, ask));
  const auto& joining = programme ? programme->country.joining : model::china().joining;
  if (ask.granted && ask.age == model::AgeAnswer::old_enough) note_age(ask.member, joining.age_min);
  const std::lock_guard lock{mutex_};
  if (said_.size() >= said_max) said_.clear();
  said_.insert_or_assign({ask.member, ask.purpose}, Said{ask.granted, seen});
  return {};
}

std::int32_t ConsentDesk::told_age_min(const terminal::MemberView& member) {
  const std::lock_guard lock{mutex_};
  const auto here = told_.find(member.member);
  if (here == told_.end()) return member.told_age_min;
  if (here->second > member.told_age_min) return here->second;
  told_.erase(here);  // the hub says it now
  return member.told_age_min;
}

void ConsentDesk::hear_age(const terminal::MemberView& enrolled) { note_age(enrolled.member, enrolled.told_age_min); }

void ConsentDesk::note_age(base::MemberId member, std::int32_t age_min) {
  if (age_min == 0) return;
  const std::lock_guard lock{mutex_};
  if (told_.size() >= said_max) told_.clear();
  auto& told = told_[member];
  told = std::max(told, age_min);
}

}  // namespace millpond::service
