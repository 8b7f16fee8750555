// SPDX-License-Identifier: Apache-2.0
// POST /v1/member against a naive fold: whatever was sold, enrolled, merged, erased, revoked and taken back before, and
// however much of it the hub has heard, the answer is that of the person, and no fact of the asker is in it twice.
#include "sync/codes/payload.h"
#include "tests/support/pretend_brand.h"
#include "tests/support/seeded_key.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

using namespace millpond;
using base::Code;
using model::HubWord;
using tests::PretendBrand;
using tests::PretendTerminal;

namespace {

constexpr std::size_t shops = 3;
constexpr std::uint64_t people = 5;
constexpr base::Epoch live{77};

struct Person {
  bool enrolled{};
  bool removed{};
  std::uint64_t same_as{};
  std::int32_t told_age_min{};
};
struct App {
  crypto::SigningKey key;
  base::Bytes card;
  bool withdrawn{};
};
struct Earned {
  std::uint64_t seq{};
  std::uint64_t member{};
  std::int64_t points{};
};

class History {
 public:
  explicit History(std::uint64_t seed) : rng_{seed} {
    for (std::size_t i = 0; i < shops; ++i) {
      terminals_.push_back(brand_.provision());
      terminals_.back().begin_epoch();
    }
    for (std::size_t i = 0; i < shops; ++i) upload(i);
    project();
  }

  void step() {
    const auto shop = static_cast<std::size_t>(rng_.below(shops));
    switch (rng_.below(12)) {
      case 0:
        return enrol(shop);
      case 1:
      case 2:
        return sell(shop);
      case 3:
        return upload(shop);
      case 4:
        return project();
      case 5:
        return change_people();
      case 6:
        return change_trust(shop);
      default:
        return ask(shop);
    }
  }
  void finish() {
    for (std::size_t i = 0; i < shops; ++i) upload(i);
    project();
    CHECK(brand_.core->check()->holds());
    for (int i = 0; i < 20; ++i) ask(static_cast<std::size_t>(rng_.below(shops)));
  }

  std::map<std::string, int> seen;  // answers by kind

 private:
  base::MemberId anybody() { return {1 + rng_.below(people)}; }

  void enrol(std::size_t shop) {
    const auto member = anybody();
    if (!begun_.insert(member.value).second) return;
    const bool grown = rng_.chance(1, 2);
    const auto age = grown ? model::AgeAnswer::old_enough : model::AgeAnswer::guardian_agrees;
    terminals_[shop].add(model::MemberEnrolled{
        member, {1}, model::Channel::kiosk, {{model::Purpose::membership, true, {}, "en", age}}, {}});
    enrolments_[shop].push_back({terminals_[shop].head(), member.value, grown ? 14 : 0});
  }
  void sell(std::size_t shop) {
    const auto member = anybody();
    const auto points = 1 + static_cast<std::int64_t>(rng_.below(100));
    terminals_[shop].sell(member, "T-" + std::to_string(++sales_), points * 100, points, {1}, std::to_string(shop));
    earned_[shop].push_back({terminals_[shop].head(), member.value, points});
  }
  void upload(std::size_t shop) {
    auto& terminal = terminals_[shop];
    if (revoked_.contains(shop) || uploaded_[shop] == terminal.head()) return;
    CHECK(brand_.up(terminal.batch(uploaded_[shop] + 1, terminal.head())).status == wire::UpStatus::accepted);
    uploaded_[shop] = terminal.head();
  }
  void project() {
    for (bool more = true; more;) {
      const auto outcome = brand_.core->project();
      REQUIRE(outcome);
      more = outcome->more;
    }
    for (std::size_t i = 0; i < shops; ++i) {
      for (const auto& each : enrolments_[i]) {
        if (each.seq <= projected_[i] || each.seq > uploaded_[i]) continue;
        people_[each.member].enrolled = true;
        people_[each.member].told_age_min = static_cast<std::int32_t>(each.points);
      }
      projected_[i] = uploaded_[i];
    }
  }
  [[nodiscard]] bool is_known(std::uint64_t member) const {
    const auto found = people_.find(member);
    return found != people_.end() && found->second.enrolled && !found->second.removed;
  }
  [[nodiscard]] std::uint64_t root_of(std::uint64_t member) const {
    for (;;) {
      const auto found = people_.find(member);
      if (found == people_.end() || found->second.same_as == 0) return member;
      member = found->second.same_as;
    }
  }
  // What an operator does; noted among the batches, so it is applied at once here.
  void change_people() {
    project();
    const auto from = anybody();
    const auto into = anybody();
    switch (rng_.below(4)) {
      case 0:
      case 1: {
        const bool may = is_known(from.value) && is_known(into.value) && people_[from.value].same_as == 0 &&
                         root_of(into.value) != from.value;
        CHECK(brand_.core->merge_members(from, into).has_value() == may);
        if (may) people_[from.value].same_as = into.value;
        break;
      }
      case 2: {
        const bool may = is_known(from.value) && people_[from.value].same_as != 0;
        CHECK(brand_.core->unmerge_member(from).has_value() == may);
        if (may) people_[from.value].same_as = 0;
        break;
      }
      default:
        if (!is_known(from.value) || !rng_.chance(1, 3)) break;
        REQUIRE(brand_.core->remove_member(from));
        const auto root = root_of(from.value);
        for (auto& [number, person] : people_) {
          if (!person.enrolled || root_of(number) != root) continue;
          person.removed = true;
          // With the member goes what the hub knew of their phones: a code of nobody now, as a card of theirs is.
          if (const auto app = apps_.find(number); app != apps_.end()) app->second.withdrawn = false;
        }
    }
    project();
  }
  void change_trust(std::size_t shop) {
    if (rng_.chance(1, 8) && revoked_.empty()) {
      project();
      REQUIRE(brand_.core->revoke_terminal(terminals_[shop].id()));
      revoked_.insert(shop);
      return;
    }
    const auto member = anybody();
    const auto app = apps_.find(member.value);
    if (app != apps_.end()) {
      if (!is_known(member.value) || !rng_.chance(1, 2)) return;
      const bool all = rng_.chance(1, 2);
      REQUIRE(
          brand_.core->withdraw_app_cards(member, all ? std::nullopt : std::optional{app->second.key.public_key()}));
      app->second.withdrawn = true;
      return;
    }
    if (!is_known(member.value)) return;
    auto key = tests::seeded_key(static_cast<std::uint8_t>(100 + member.value));
    const auto made = brand_.core->sign_app_card(member, key.public_key());
    REQUIRE(made);
    apps_.emplace(member.value, App{std::move(key), made->card});
  }

  void ask(std::size_t asker) {
    const auto member = anybody();
    const auto& id = brand_.core->brand();
    const auto issuer = static_cast<std::size_t>(rng_.below(shops));
    const auto app = apps_.find(member.value);
    const bool by_phone = app != apps_.end() && rng_.chance(1, 2);
    const bool forged = !by_phone && rng_.chance(1, 8);
    const auto& key = terminals_[forged ? (issuer + 1) % shops : issuer].key();
    const auto code =
        by_phone ? codes::compose_rotating(app->second.card, 1'795'000'000, app->second.key, id)
                 : codes::compose({id.tag(), codes::Issuer::terminal(terminals_[issuer].id(), 1), member, 1, 20'700, 0},
                                  key, id);
    const auto head = brand_.core->feed_head();
    const auto word = brand_.core->card(terminals_[asker].id(), wire::encode(wire::CardAsk{code, live}));
    REQUIRE(word);
    CHECK(*brand_.core->card(terminals_[asker].id(), wire::encode(wire::CardAsk{code, live})) == *word);
    CHECK(brand_.core->feed_head()->hub_seq == head->hub_seq);  // who asks changes nothing

    const auto refused = [&](Code why) {
      ++seen[std::string{base::code_name(why)}];
      CHECK(word->word == HubWord::refused);
      CHECK(word->why == why);
      CHECK_FALSE(word->row);
    };
    if (forged) return refused(Code::code_forged);
    if (by_phone && app->second.withdrawn) return refused(Code::code_withdrawn);
    const bool known = is_known(member.value);
    if (!by_phone && revoked_.contains(issuer) && !known) return refused(Code::code_unknown_issuer);
    CHECK(word->word == HubWord::confirmed);
    CHECK(word->issuer_revoked == (!by_phone && revoked_.contains(issuer)));
    CHECK(word->includes.value == projected_[asker]);
    REQUIRE(word->row.has_value() == known);
    ++seen[known ? "known" : "unknown"];
    if (known) check_person(asker, member.value, *word);
  }
  void check_person(std::size_t asker, std::uint64_t member, const wire::CardWord& word) {
    const auto root = root_of(member);
    std::vector<base::MemberId> others;
    std::int32_t told = 0;
    for (const auto& [number, person] : people_) {
      if (!is_known(number) || root_of(number) != root) continue;
      told = std::max(told, person.told_age_min);
      if (number != root) others.push_back({number});
    }
    CHECK(word.row->member.value == root);
    CHECK(word.row->aliases == others);
    CHECK(word.row->told_age_min == told);
    if (!others.empty()) ++seen["merged"];
    // As the asker shows it: the hub's word, and what it has itself beyond that.
    std::int64_t shown = word.row->points;
    std::int64_t true_sum = 0;
    for (std::size_t i = 0; i < shops; ++i) {
      for (const auto& each : earned_[i]) {
        if (root_of(each.member) != root) continue;
        if (i == asker && each.seq > word.includes.value) shown += each.points;
        if (i == asker || each.seq <= projected_[i]) true_sum += each.points;
      }
    }
    CHECK(shown == true_sum);
    if (shown != word.row->points) ++seen["pending"];
  }

  base::SeededRng rng_;
  PretendBrand brand_;
  std::vector<PretendTerminal> terminals_;
  std::array<std::uint64_t, shops> uploaded_{};
  std::array<std::uint64_t, shops> projected_{};
  std::array<std::vector<Earned>, shops> earned_;
  std::array<std::vector<Earned>, shops> enrolments_;  // `points` are the age that was told
  std::map<std::uint64_t, Person> people_;             // as the hub has heard
  std::set<std::uint64_t> begun_;
  std::map<std::uint64_t, App> apps_;
  std::set<std::size_t> revoked_;
  std::uint64_t sales_{};
};

}  // namespace

TEST_CASE("Whatever happened before, a question about a card is answered for the person, and nothing counts twice") {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    History history{seed};
    for (int step = 0; step < 120; ++step) history.step();
    history.finish();
    for (const auto& [kind, times] : history.seen) seen[kind] += times;
  }
  // Every kind of answer came up, so that none was checked by nobody.
  for (const auto* kind :
       {"known", "unknown", "merged", "pending", "code_forged", "code_withdrawn", "code_unknown_issuer"}) {
    CAPTURE(kind);
    CHECK(seen[kind] > 0);
  }
}
