// SPDX-License-Identifier: Apache-2.0
// What the hub decides about campaigns: what terminals promised because they could not know, and what happened without
// a sale. By the rules that were in force there, and with all that the books know of the person by now.
#include "sync/hub/core/hub_state.h"
#include "sync/model/rules.h"

#include <algorithm>
#include <set>

namespace millpond::hub {
namespace {

constexpr std::size_t looked_at_once = 100;  // under the store's lock
constexpr std::size_t decided_at_once = 50;  // in one transaction, while uploads wait
constexpr std::size_t pages_a_turn = 100;
constexpr std::size_t members_looked_at_once = 2'000;

// The rules of a version, as often as a turn asks for them.
class Rules {
 public:
  explicit Rules(HubStore& store) : store_{store} {}
  // nullptr for one that nobody can read.
  [[nodiscard]] base::Result<const model::RuleBook*> of(std::uint32_t version) {
    if (const auto known = books_.find(version); known != books_.end()) return known->second.book.get();
    MILLPOND_TRY(auto programme, store_.programme(version));
    auto& entry = books_[version];
    entry.programme = std::move(programme);
    if (entry.programme) entry.book = std::make_unique<model::RuleBook>(*entry.programme);
    return entry.book.get();
  }

 private:
  struct Entry {
    std::shared_ptr<const model::Programme> programme;
    std::unique_ptr<model::RuleBook> book;
  };
  HubStore& store_;
  std::map<std::uint32_t, Entry> books_;
};

model::Shopper shopper_of(const OpenCase& open, const model::Programme& programme) {
  const auto& person = open.person;
  model::Shopper shopper;
  shopper.member = open.happened.member;
  shopper.spend_minor = person.qualifying_minor;
  if (const auto standing = model::tier_standing(programme.tiers, person.qualifying_minor); standing.tier) {
    shopper.tier = *standing.tier;
  }
  if (person.came_by != model::Channel{}) shopper.origin = person.came_by;
  if (!person.marks.rfm.empty()) shopper.rfm = person.marks.rfm;
  shopper.tags = person.marks.tags;
  shopper.visits = person.visits;
  if (person.last_day != 0) shopper.last_visit = base::LocalDate{person.last_day};
  return shopper;
}

}  // namespace

struct HubCore::State::Deciding {
  Rules rules;
  base::LocalDate today;
  std::map<std::pair<model::LeaseKind, base::CampaignId>, std::int64_t> left;  // less what this turn gives
  std::set<base::MemberId> people;                                             // whose case this turn has decided
  std::set<base::CampaignId> stopped;                                          // by the programme in force here
  std::vector<CampaignDecision> decisions;
};

base::Result<std::int64_t> HubCore::State::left_of(Deciding& turn, model::LeaseKind kind, base::CampaignId campaign,
                                                   std::int64_t cap) {
  const std::pair key{kind, campaign};
  if (const auto known = turn.left.find(key); known != turn.left.end()) return known->second;
  MILLPOND_TRY(const auto left, store->campaign_left(kind, campaign, cap));
  turn.left[key] = left;
  return left;
}

base::Result<model::CampaignUse> HubCore::State::use_of(Deciding& turn, const OpenCase& open,
                                                        const model::Campaign& campaign) {
  model::CampaignUse use;
  const auto day = model::store_moment(open.happened.at_ms, open.happened.utc_offset_min).date;
  const auto times = model::times_of(open.person.given, campaign.id);
  use.by_member = times.times;
  use.by_member_today = times.day == day ? times.times_that_day : 0;
  const auto& caps = campaign.caps;
  if (caps.count > 0) {
    MILLPOND_TRY(use.left, left_of(turn, model::LeaseKind::campaign_count, campaign.id, caps.count));
    // One occasion is one, however much it brings.
    if (std::ranges::find(open.person.gave_here, campaign.id) != open.person.gave_here.end()) *use.left += 1;
  }
  if (caps.money_minor > 0) {
    MILLPOND_TRY(use.left_minor, left_of(turn, model::LeaseKind::campaign_budget, campaign.id, caps.money_minor));
  }
  return use;
}

// Nothing where it cannot be said yet: nobody can read the rules, or nobody has told who the member is.
base::Result<std::optional<CampaignDecision>> HubCore::State::decide_case(Deciding& turn, const OpenCase& open) {
  std::optional<CampaignDecision> none;
  CampaignDecision decision{open.kind, open.key, {}, {}};
  if (open.person.removed) return std::optional{std::move(decision)};
  if (!open.person.enrolled) return none;
  auto version = open.happened.version;
  if (version == 0) { MILLPOND_TRY(version, store->programme_at(open.happened.at_ms)); }
  MILLPOND_TRY(const auto* const rules, turn.rules.of(version));
  if (rules == nullptr) return none;
  const auto& happened = open.happened;
  const auto basket = open.sale ? std::optional{model::basket_of(*open.sale)} : std::nullopt;
  std::vector<model::TenderType> paid_with;
  if (open.sale) {
    for (const auto& tender : open.sale->tenders) paid_with.push_back(tender.type);
  }
  const model::Circumstance circumstance{model::store_moment(happened.at_ms, happened.utc_offset_min),
                                         basket ? &*basket : nullptr,
                                         open.sale ? open.sale->eligible_minor : 0,
                                         paid_with,
                                         happened.store,
                                         true};
  base::Result<> counted;
  const model::CampaignUses uses = [&](const model::Campaign& campaign) {
    auto use = use_of(turn, open, campaign);
    if (use) return *use;
    counted = std::move(use).error();
    return model::CampaignUse{};
  };
  const auto key = open.sale ? model::event_key(open.sale->key) : open.key;
  const auto evaluation = rules->evaluate(keys.brand, {happened.trigger, happened.word, happened.number, key},
                                          shopper_of(open, rules->programme()), circumstance, uses);
  MILLPOND_TRY_DO(counted);
  for (const auto& award : evaluation.awards) {
    if (award.deferred || (open.promise && award.cause != open.promise->cause)) continue;
    // A terminal that has not heard of the stop yet tells of what happened by its own version.
    if (!open.promise && turn.stopped.contains(award.campaign)) continue;
    // Each absence that campaigns name is a case of its own.
    const bool absence = happened.trigger == model::Trigger::lapsed;
    if (absence && rules->find_campaign(award.campaign)->trigger_number != happened.number) continue;
    give(turn, open, *rules, award, decision);
  }
  return std::optional{std::move(decision)};
}

void HubCore::State::give(Deciding& turn, const OpenCase& open, const model::RuleBook& rules, const model::Award& award,
                          CampaignDecision& decision) const {
  const auto& happened = open.happened;
  model::Fact fact;
  fact.stamp.occurred_at_ms = happened.at_ms;
  fact.stamp.utc_offset_min = happened.utc_offset_min;
  fact.stamp.local_date = model::store_moment(happened.at_ms, happened.utc_offset_min).date;
  fact.stamp.programme_version = rules.programme().version;
  const auto sale = open.promise ? open.promise->sale : base::Seq{};
  const auto sale_epoch = open.promise ? open.promise->sale_epoch : base::Epoch{};
  const auto variant = static_cast<std::uint32_t>(award.variant);
  std::int64_t minor = 0;
  if (award.action.kind == model::ActionKind::coupon) {
    const auto* const offer = rules.find_offer({award.number});
    if (offer == nullptr) return;
    // From the day on which its holder hears of it.
    const auto days = model::good_days(offer->days, turn.today);
    if (days.last < days.first || days.last < turn.today) return;
    fact.body = model::CouponIssued{{},
                                    happened.member,
                                    offer->id,
                                    happened.store,
                                    offer->value_minor,
                                    offer->threshold_minor,
                                    days.first,
                                    days.last,
                                    award.cause,
                                    sale,
                                    sale_epoch,
                                    award.campaign,
                                    variant,
                                    award.least_paid_minor};
    minor = rules.face_of(offer->id);
  } else {
    fact.body = model::AwardGiven{happened.member,
                                  award.campaign,
                                  award.action.kind,
                                  award.action.number,
                                  award.action.word,
                                  award.cause,
                                  variant,
                                  false,
                                  sale,
                                  sale_epoch,
                                  award.least_paid_minor};
  }
  decision.given.push_back(std::move(fact));
  const auto* const campaign = rules.find_campaign(award.campaign);
  const auto draw = [&](model::LeaseKind kind, std::int64_t cap, std::int64_t amount, bool once) {
    if (cap <= 0 || amount <= 0) return;
    const auto known = std::ranges::find_if(
        decision.drawn, [&](const Drawn& each) { return each.kind == kind && each.campaign == award.campaign; });
    if (known != decision.drawn.end() && once) return;
    if (known == decision.drawn.end()) {
      decision.drawn.push_back({kind, award.campaign, cap, amount});
    } else {
      known->amount += amount;
    }
    turn.left[{kind, award.campaign}] -= amount;
  };
  const auto& gave_here = open.person.gave_here;
  if (std::ranges::find(gave_here, award.campaign) == gave_here.end()) {
    draw(model::LeaseKind::campaign_count, campaign->caps.count, 1, true);
  }
  draw(model::LeaseKind::campaign_budget, campaign->caps.money_minor, minor, false);
}

// One case of a person at a time, so that the next sees what the one before gave; whatever waits comes again.
base::Result<std::uint64_t> HubCore::State::decide_campaigns() {
  MILLPOND_TRY(const auto any, store->published_version(wire::RowKind::programme));
  if (any == 0) return 0;
  MILLPOND_TRY(const auto day, today());
  MILLPOND_TRY(const auto programme, programme_now());
  Deciding turn{Rules{*store}, day, {}, {}, {}, {}};
  if (programme) {
    for (const auto& campaign : programme->campaigns) {
      if (campaign.stopped) turn.stopped.insert(campaign.id);
    }
  }
  CasePosition after;
  for (std::size_t page = 0; page < pages_a_turn && turn.decisions.size() < decided_at_once; ++page) {
    MILLPOND_TRY(const auto cases, store->open_cases(after, looked_at_once));
    for (const auto& open : cases.cases) {
      if (turn.decisions.size() == decided_at_once) break;
      if (turn.people.contains(open.person.root)) continue;
      MILLPOND_TRY(auto decision, decide_case(turn, open));
      if (!decision) continue;
      turn.people.insert(open.person.root);
      turn.decisions.push_back(*std::move(decision));
    }
    if (!cases.more) break;
    after = cases.last;
  }
  if (turn.decisions.empty()) return 0;
  MILLPOND_TRY_DO(store->decide(
      turn.decisions, [this] { return rng.next(); }, clock.wall_ms()));
  return turn.decisions.size();
}

namespace {

std::vector<std::int32_t> absences_named(const model::Programme& programme, base::LocalDate today) {
  std::set<std::int32_t> days;
  for (const auto& campaign : programme.campaigns) {
    const bool runs = !campaign.stopped && campaign.starts <= today && today <= campaign.ends;
    if (campaign.trigger == model::Trigger::lapsed && runs) {
      days.insert(static_cast<std::int32_t>(campaign.trigger_number));
    }
  }
  return {days.begin(), days.end()};
}

}  // namespace

// Once a day everybody is looked at, a part of them in each turn. Of who gets nothing nothing is noted: they are looked
// at again on the next days, when what the campaign asks for may be true.
base::Result<std::uint64_t> HubCore::State::decide_absences() {
  MILLPOND_TRY(const auto programme, programme_now());
  if (!programme) return 0;
  MILLPOND_TRY(const auto day, today());
  AbsenceAsk ask;
  ask.days = absences_named(*programme, day);
  if (ask.days.empty()) return 0;
  ask.now_ms = clock.wall_ms();
  ask.utc_offset_min = model::offset_at(*programme, ask.now_ms);
  ask.version = programme->version;
  const std::lock_guard lock{sweep_mutex};
  if (sweep.day != day || sweep.version != programme->version) sweep = {day, programme->version, ask.after, false};
  Deciding turn{Rules{*store}, day, {}, {}, {}, {}};
  for (std::size_t page = 0; page < pages_a_turn && !sweep.done && turn.decisions.empty(); ++page) {
    ask.after = sweep.after;
    MILLPOND_TRY(const auto members, store->absences(ask, members_looked_at_once));
    if (!members.ready) return 0;
    sweep.done = !members.more;
    sweep.after = members.last;
    for (const auto& [number, open] : members.found) {
      if (turn.people.contains(open.person.root)) continue;
      MILLPOND_TRY(auto decision, decide_case(turn, open));
      if (!decision || decision->given.empty()) continue;
      turn.people.insert(open.person.root);
      turn.decisions.push_back(*std::move(decision));
      if (turn.decisions.size() < decided_at_once) continue;
      sweep.done = false;
      sweep.after = number;
      break;
    }
  }
  if (turn.decisions.empty()) return 0;
  MILLPOND_TRY_DO(store->decide(
      turn.decisions, [this] { return rng.next(); }, clock.wall_ms()));
  return turn.decisions.size();
}

base::Result<base::Bytes> HubCore::programme_json() {
  MILLPOND_TRY(const auto rows, state_->store->published_rows(wire::RowKind::programme));
  if (rows.empty()) return base::Error{base::Code::not_found, "find programme", "none was published"};
  MILLPOND_TRY(auto programme, wire::decode_programme_row(rows.back().body));
  return std::move(programme.json);
}

// Whoever asks for what follows a row has what was before it.
base::Result<ProgrammeReach> HubCore::programme_reach() {
  ProgrammeReach reach;
  MILLPOND_TRY(reach.version, state_->store->published_version(wire::RowKind::programme));
  MILLPOND_TRY(const auto place, state_->store->programme_place());
  MILLPOND_TRY(const auto status, state_->store->status());
  const std::lock_guard lock{state_->asked_mutex};
  for (const auto& terminal : status.terminals) {
    if (terminal.revoked) continue;
    auto& each = reach.terminals.emplace_back();
    each.terminal = terminal.terminal;
    each.store = terminal.store;
    const auto asked = state_->asked.find(terminal.terminal);
    if (asked == state_->asked.end()) continue;
    const auto& after = asked->second.after;
    each.has_it = after.generation == place.generation && after.hub_seq >= place.hub_seq;
    each.asked_ms = asked->second.at_ms;
  }
  return reach;
}

}  // namespace millpond::hub
