// SPDX-License-Identifier: Apache-2.0
// What terminals ask while somebody waits: points that their lease does not have, and codes of unknown issuers.
#include "sync/codes/payload.h"
#include "sync/wire/lease_rows.h"
#include "tests/support/pretend_brand.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;
using model::HubWord;
using tests::PretendBrand;
using tests::PretendTerminal;

namespace {

constexpr hub::LeaseTerms points{model::LeaseKind::points, 0, 5'000, 1'000, 500};
constexpr base::Epoch live{77};
constexpr base::MemberId member{9};

// Two terminals that the hub has heard, and a member with 1,200 points.
struct Chain {
  PretendBrand brand;
  PretendTerminal first = brand.provision();
  PretendTerminal second = brand.provision();

  explicit Chain(hub::LeaseTerms terms = points) {
    brand.core->set_lease_terms({terms});
    first.begin_epoch();
    first.enrol(member, {1});
    first.sell(member, "T-1", 120'000, 1'200);
    second.begin_epoch();
    tell(first);
    tell(second);
  }
  void tell(const PretendTerminal& terminal) {
    CHECK(brand.up(terminal.all()).status == wire::UpStatus::accepted);
    project();
  }
  void project() {
    for (bool more = true; more;) {
      const auto outcome = brand.core->project();
      REQUIRE(outcome);
      more = outcome->more;
    }
  }
  wire::PointsWord ask(const PretendTerminal& terminal, std::uint64_t asked, std::int64_t wanted,
                       base::Epoch epoch = live, base::MemberId of = member) {
    const auto word = brand.core->points(terminal.id(), wire::encode(wire::PointsAsk{asked, of, epoch, wanted}));
    REQUIRE(word);
    CHECK(word->asked == asked);
    CHECK(brand.core->check()->holds());
    return *word;
  }
  std::string outcome(const wire::PointsWord& word) {
    if (word.word == HubWord::refused) return std::string{base::code_name(word.why)};
    return word.word == HubWord::confirmed ? "confirmed" : "unknown";
  }
  wire::CardWord show(const std::string& code, base::Epoch epoch = live) {
    const auto word = brand.core->card(second.id(), wire::encode(wire::CardAsk{code, epoch}));
    REQUIRE(word);
    return *word;
  }
  [[nodiscard]] std::string card(base::MemberId of, const crypto::SigningKey& key) const {
    const auto& id = brand.core->brand();
    return codes::compose(codes::MemberCode{id.tag(), codes::Issuer::terminal(first.id(), 1), of, 1, 20'700, 0}, key,
                          id);
  }
};

}  // namespace

TEST_CASE("A terminal that asks gets a lease that is enough, and the same one when it asks again") {
  Chain chain;
  const auto word = chain.ask(chain.first, 1, 700);
  REQUIRE(word.lease);
  CHECK(word.lease->amount == 1'000);
  CHECK(word.lease->a_member_max == 700);  // the ceiling of one member is what the hub has just looked at
  CHECK(word.lease->epoch == live);
  CHECK(chain.ask(chain.first, 1, 700).lease == word.lease);
  // The row that comes by the feed is the same lease.
  const auto head = chain.brand.core->feed_head();
  const auto page = chain.brand.core->down(chain.first.id(), {head->generation, 0, 0}, wire::page_rows_max, live);
  REQUIRE(page);
  const auto row = std::ranges::find(page->rows, static_cast<std::uint8_t>(wire::RowKind::lease), &wire::DownRow::kind);
  REQUIRE(row != page->rows.end());
  CHECK(wire::decode_lease(row->body)->id == word.lease->id);
}

TEST_CASE("What one sale has asked for is nobody else's until it is told what became of it") {
  Chain chain;
  const auto lease = chain.ask(chain.first, 1, 700).lease;
  REQUIRE(lease);
  CHECK(chain.outcome(chain.ask(chain.second, 2, 600)) == "points_short");
  CHECK(chain.outcome(chain.ask(chain.second, 2, 500)) == "confirmed");
  REQUIRE(chain.brand.core->rebuild());
  CHECK(chain.outcome(chain.ask(chain.second, 3, 600)) == "points_short");
  SECTION("it was spent") {
    chain.first.add(model::PointsSpent{member, {3}, 700, lease->id, {}});
    chain.tell(chain.first);
    CHECK(chain.outcome(chain.ask(chain.first, 4, 1)) == "points_short");  // 500 are left, and asked for
  }
  SECTION("it was given back") {
    chain.first.add(model::LeaseReturned{lease->id, 0});
    chain.tell(chain.first);
    CHECK(chain.outcome(chain.ask(chain.first, 4, 700)) == "confirmed");
  }
  SECTION("an operator gave up waiting") {
    REQUIRE(chain.brand.core->give_up_lease(lease->id));
    chain.project();
    CHECK(chain.outcome(chain.ask(chain.first, 4, 700)) == "confirmed");
  }
}

TEST_CASE("Nothing is given beyond the balance, the pool, or what one terminal may have out") {
  struct Row {
    const char* what;
    hub::LeaseTerms terms;
    base::Epoch epoch;
    base::MemberId of;
    std::int64_t wanted;
    const char* outcome;
  };
  const Row rows[] = {
      {"as much as there is", points, live, member, 1'200, "confirmed"},
      {"more than there is", points, live, member, 1'201, "points_short"},
      {"of nobody", points, live, {4'711}, 1, "points_short"},
      {"spending is off", {points.kind, 0, 0, 1'000, 500}, live, member, 1, "points_cap"},
      {"less than that is free", {points.kind, 0, 900, 1'000, 500}, live, member, 901, "points_cap"},
      {"no member has a ceiling", {points.kind, 0, 5'000, 1'000, 0}, live, member, 700, "confirmed"},
      {"more than four shares", {points.kind, 0, 5'000, 250, 0}, live, member, 1'001, "points_cap"},
      {"a life that the hub has not heard of", points, {78}, member, 700, "unknown"},
      {"a copy that does not say which", points, {}, member, 700, "value_suspended"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Chain chain{row.terms};
    CHECK(chain.outcome(chain.ask(chain.first, 1, row.wanted, row.epoch, row.of)) == row.outcome);
  }
  Chain chain;
  for (std::uint64_t sale = 1; sale <= 4; ++sale) {
    CHECK(chain.outcome(chain.ask(chain.first, sale, 10)) == "confirmed");
  }
  CHECK(chain.outcome(chain.ask(chain.first, 5, 10)) == "points_cap");
  CHECK(chain.outcome(chain.ask(chain.second, 6, 10)) == "confirmed");
}

TEST_CASE("While facts wait the hub cannot say") {
  Chain chain;
  chain.first.sell(member, "T-2", 100, 1);
  CHECK(chain.brand.up(chain.first.all()).status == wire::UpStatus::accepted);
  CHECK(chain.outcome(chain.ask(chain.first, 1, 700)) == "unknown");
  chain.project();
  CHECK(chain.outcome(chain.ask(chain.first, 1, 700)) == "confirmed");
}

TEST_CASE("A card of whichever issuer is judged, and its member told as the person that they are") {
  Chain chain;
  const auto good = chain.card(member, chain.first.key());
  CHECK(chain.show(good).word == HubWord::confirmed);
  REQUIRE(chain.show(good).row);
  CHECK(chain.show(good).row->points == 1'200);
  CHECK(chain.show(good).includes.value == 1);  // of the asking terminal
  CHECK(chain.show(good, {5}).includes.value == 0);

  const auto refusal = [&](const std::string& code) { return chain.show(code).why; };
  CHECK(refusal(chain.card(member, chain.second.key())) == Code::code_forged);
  CHECK(refusal("K1:NOTHING") == Code::code_malformed);
  const auto& id = chain.brand.core->brand();
  CHECK(refusal(codes::compose(codes::MemberCode{id.tag(), codes::Issuer::terminal({99}, 1), member, 1, 20'700, 0},
                               chain.first.key(), id)) == Code::code_unknown_issuer);
  CHECK(refusal(codes::compose(
            {{}, codes::Issuer::terminal(chain.first.id(), 1), {3}, {}, {7}, 500, 20'700, 30'000, 0, {1}},
            chain.first.key(), id)) == Code::code_unknown_kind);
  // Enrolled there, and not told yet: genuine, and nothing is known of them.
  const auto untold = chain.show(chain.card({10}, chain.first.key()));
  CHECK(untold.word == HubWord::confirmed);
  CHECK_FALSE(untold.row);
}

TEST_CASE("Of a revoked issuer only cards of members that the hub was told of count, as a typed number does") {
  Chain chain;
  CHECK_FALSE(chain.show(chain.card(member, chain.first.key())).issuer_revoked);
  REQUIRE(chain.brand.core->revoke_terminal(chain.first.id()));
  chain.project();
  CHECK(chain.show(chain.card(member, chain.first.key())).word == HubWord::confirmed);
  CHECK(chain.show(chain.card(member, chain.first.key())).issuer_revoked);
  CHECK(chain.show(chain.card({10}, chain.first.key())).why == Code::code_unknown_issuer);
}
