// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/terminal.h"

#include "sync/store/hub_keys.h"
#include "sync/terminal/member_coupon.h"
#include "sync/terminal/moment.h"
#include "sync/terminal/person.h"
#include "sync/terminal/phone.h"
#include "sync/terminal/rules.h"

#include <algorithm>
#include <set>

namespace millpond::terminal {
namespace {

// Unspent ones of both sides, nearest expiry first. Of a coupon whose right is here, or that was used here, the journal
// knows more than the hub; of any other the hub does. On a day that nobody knows none counts as expired.
std::vector<MemberCoupon> merge(const std::vector<store::LocalCoupon>& local,
                                const std::vector<wire::CouponRow>& remote, const std::set<base::CouponId>& used_here,
                                const Moment& moment) {
  std::vector<MemberCoupon> coupons;
  const auto row_of = [&](base::CouponId id) { return std::ranges::find(remote, id, &wire::CouponRow::coupon); };
  for (const auto& coupon : local) {
    const auto row = row_of(coupon.issued.coupon);
    const bool spent_elsewhere = !coupon.held && row != remote.end() && row->state != wire::CouponState::issued;
    if (coupon.state == wire::CouponState::issued && !spent_elsewhere) coupons.push_back(own_coupon(coupon.issued));
  }
  for (const auto& row : remote) {
    const auto is_row = [&](const store::LocalCoupon& coupon) { return coupon.issued.coupon == row.coupon; };
    if (row.state != wire::CouponState::issued || used_here.contains(row.coupon)) continue;
    if (std::any_of(local.begin(), local.end(), is_row)) continue;
    coupons.push_back(hub_coupon(row));
  }
  if (moment.day_known) {
    std::erase_if(coupons, [&](const MemberCoupon& coupon) { return coupon.expires < moment.today; });
  }
  std::sort(coupons.begin(), coupons.end(), [](const MemberCoupon& a, const MemberCoupon& b) {
    return std::pair{a.expires, a.coupon} < std::pair{b.expires, b.coupon};
  });
  return coupons;
}

}  // namespace

Terminal::Terminal(const Identity& identity, store::JournalThread& journal, store::Replica& replica,
                   const store::HubTime& time, base::Rng& rng)
    : identity_{identity}, journal_{journal}, replica_{replica}, time_{time}, rng_{rng} {}

std::shared_ptr<const Rules> Terminal::rules() const {
  const std::lock_guard lock{mutex_};
  return rules_;
}

std::shared_ptr<const model::Programme> Terminal::programme() const {
  const auto now = rules();
  if (!now) return nullptr;
  return {now, &now->programme};
}

std::shared_ptr<const model::Country> Terminal::country() const {
  const auto now = rules();
  if (!now) return {std::shared_ptr<const Rules>{}, &model::china()};
  return {now, &now->programme.country};
}

bool Terminal::is_phone(std::string_view typed) const { return is_typed_phone(country()->phone, typed); }

base::Result<std::optional<model::Programme>> Terminal::load_programme() {
  base::Result<std::optional<base::Bytes>> document = std::optional<base::Bytes>{};
  base::Result<std::vector<wire::HubKey>> later_keys = std::vector<wire::HubKey>{};
  MILLPOND_TRY_DO(journal_.with([&](store::Journal& journal) {
    document = journal.document("programme");
    later_keys = store::later_hub_keys(journal, identity_.root);
  }));
  MILLPOND_TRY(const auto bytes, std::move(document));
  MILLPOND_TRY(auto hub_keys, std::move(later_keys));
  hub_keys.push_back(identity_.hub_key);
  if (!bytes) return std::optional<model::Programme>{};
  const auto row = wire::decode_programme_row(*bytes);
  if (!row) return base::Error{base::Code::programme_invalid, "load programme", row.error().detail};
  const bool signed_by_hub = std::ranges::any_of(hub_keys, [&](const wire::HubKey& key) {
    return row->hub_key == key.number &&
           crypto::verify(key.key, crypto::context::document, identity_.brand, row->json, row->signature);
  });
  if (!signed_by_hub) return base::Error{base::Code::signature_invalid, "load programme", "not signed by this hub"};
  MILLPOND_TRY(auto parsed, model::parse_programme(row->json));
  if (parsed.version != row->version) {
    return base::Error{base::Code::programme_invalid, "load programme", "/version: differs from the delivered one"};
  }
  const std::lock_guard lock{mutex_};
  rules_ = std::make_shared<const Rules>(parsed);
  return std::optional{std::move(parsed)};
}

base::Result<> Terminal::read(const store::Action& action) {
  base::Result<> result;
  MILLPOND_TRY_DO(journal_.with([&](store::Journal& journal) { result = journal.read(action); }));
  return result;
}

base::Result<> Terminal::settle(base::Result<> committed,
                                const std::function<base::Result<bool>(store::Transaction&)>& is_there) {
  if (committed || committed.error().code != base::Code::commit_unknown) return committed;
  bool there = false;
  const auto asked = read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(there, is_there(transaction));
    return {};
  });
  if (!asked) return committed;
  if (there) return {};
  return base::Error{base::Code::disk_error, committed.error().operation, "the commit failed and left nothing behind",
                     committed.error().hint};
}

base::Result<MemberView> Terminal::member(base::MemberId member) {
  MemberView result;
  MILLPOND_TRY_DO(read([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(result, view(transaction, member));
    return {};
  }));
  return result;
}

// Both sides are read on the journal's thread, for the reason that SaleAction::weigh() gives.
base::Result<MemberView> Terminal::view(store::Transaction& transaction, base::MemberId member) {
  MILLPOND_TRY(const auto person, find_person(member));
  const auto& row = person.row;
  MILLPOND_TRY(const bool enrolled_here, transaction.has_member(member));
  if (!row && !enrolled_here) return base::Error{base::Code::member_unknown, "find member", "not known here"};
  MemberView view;
  view.member = person.member;
  if (row) {
    view.points = row->row.points;
    view.qualifying_minor = row->row.qualifying_minor;
    view.told_age_min = row->row.told_age_min;
    view.phone_verified = row->row.marks.verified;
    const auto today = Moment{time_.now(), programme().get()}.today;
    const auto told = wire::points_on(row->row, today);
    view.points = told.points;
    view.points_not_active = told.pending;
    if (row->row.expires_day >= today.days && row->row.expiring_points > 0) {
      view.expires = {row->row.expires_day};
      view.expiring_points = row->row.expiring_points;
    }
  }
  MILLPOND_TRY(view.points_pending, pending_points(transaction, person));
  MILLPOND_TRY(view.as_of_ms, replica_.as_of_ms());
  MILLPOND_TRY(auto local, transaction.coupons_of(person.member));
  MILLPOND_TRY(auto remote, replica_.coupons_of(person.member));
  MILLPOND_TRY(auto profile, replica_.find_profile(person.member));
  for (const auto other : person.others) {
    MILLPOND_TRY(const auto more_local, transaction.coupons_of(other));
    local.insert(local.end(), more_local.begin(), more_local.end());
    MILLPOND_TRY(const auto more_remote, replica_.coupons_of(other));
    remote.insert(remote.end(), more_remote.begin(), more_remote.end());
    if (!profile) { MILLPOND_TRY(profile, replica_.find_profile(other)); }
  }
  if (profile) view.shown_name = profile->shown_name;
  const auto rules = programme();
  std::set<base::CouponId> used_here;
  for (const auto& coupon : remote) {
    MILLPOND_TRY(const bool used, transaction.was_used(coupon.coupon));
    if (used) used_here.insert(coupon.coupon);
  }
  view.coupons = merge(local, remote, used_here, Moment{time_.now(), rules.get()});
  return view;
}

base::Bytes Terminal::card_slip(const MemberView& view, base::Seq of) const {
  Slip slip;
  slip.kind = Slip::Kind::card;
  slip.at_ms = time_.now().wall_ms;
  slip.seq = of;
  slip.member = view.member;
  slip.strength = model::Strength::member_code;  // only who proved as much is given a card
  slip.balance = view.points + view.points_pending;
  slip.member_code_text = card_text(view.member);
  return encode_slip(slip);
}

base::Result<base::Seq> Terminal::request_card_slip(base::MemberId member, const std::string& locale,
                                                    const std::optional<Approval>& approved) {
  base::Seq of;
  fetch_card(member);
  auto committed = journal_.commit([&](store::Transaction& transaction) -> base::Result<> {
    MILLPOND_TRY(const auto known, view(transaction, member));
    if (approved) {
      MILLPOND_TRY_DO(
          append_approval(transaction, {model::Act::card_reprinted, approved->by, {}, member, 0, approved->reason}));
    }
    // No fact stands behind this slip. An identity is a number that no seq reaches, so it serves as the intent's.
    MILLPOND_TRY(const auto id, transaction.next_id());
    of = base::Seq{id};
    store::PrintIntent intent;
    intent.of = of;
    intent.locale = locale;
    intent.content = card_slip(known, of);
    return transaction.put_print_intent(intent);
  });
  if (!committed) return committed.error();
  return of;
}

}  // namespace millpond::terminal
