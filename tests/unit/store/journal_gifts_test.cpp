// SPDX-License-Identifier: Apache-2.0
// What campaigns gave to whom since the hub told: an occasion counts once, in memory and in the tables alike.
#include "sync/sqlite/connection.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/journal_fixture.h"

using namespace millpond;
using tests::ask;
using tests::commit_one;

namespace {

constexpr base::MemberId member{1'001};
constexpr base::CampaignId campaign{7};

// A sale on which the campaign gives points, a tag and a coupon, another campaign a tag, and one is only promised.
store::Action occasion(std::uint64_t number, std::int64_t at_ms) {
  return [number, at_ms](store::Transaction& t) -> base::Result<> {
    model::SaleRecorded sale;
    sale.key = tests::sale_key(number);
    sale.member = member;
    sale.currency = *base::parse_currency("CNY");
    MILLPOND_TRY(const auto seq, t.append(sale, at_ms, 0, 0));
    const auto give = [&](base::CampaignId by, model::ActionKind kind, bool deferred) {
      model::AwardGiven award{member, by, kind, 5, "word", {}, 0, deferred, seq, {}, 0};
      return t.append(award, at_ms, 0, 0);
    };
    MILLPOND_TRY_DO(give(campaign, model::ActionKind::points, false));
    MILLPOND_TRY_DO(give(campaign, model::ActionKind::tag, false));
    MILLPOND_TRY_DO(give({8}, model::ActionKind::tag, false));
    MILLPOND_TRY_DO(give({9}, model::ActionKind::tag, true));
    model::CouponIssued issued;
    issued.coupon = {5'000 + number};
    issued.member = member;
    issued.by = campaign;
    issued.cause[0] = static_cast<std::uint8_t>(number);
    issued.sale = seq;
    MILLPOND_TRY_DO(t.append(issued, at_ms, 0, 0));
    return {};
  };
}

struct Fixture {
  tests::TempDir folder;
  tests::ManualClock clock;
  store::JournalOptions options = tests::journal_options(folder / "journal.db");
  std::unique_ptr<store::Journal> journal = tests::open_journal(options, clock);

  void reopen() {
    journal.reset();
    journal = tests::open_journal(options, clock, 2);
  }
  std::pair<std::int64_t, std::int64_t> given(base::CampaignId by, std::int32_t day, std::uint64_t since = 0) {
    const auto found = ask(*journal, [&](auto& t) { return t.given_since(member, since, by, {day}); });
    REQUIRE(found);
    return {found->times, found->times_that_day};
  }
};

constexpr std::int64_t day_ms = 86'400'000;
using Given = std::pair<std::int64_t, std::int64_t>;

}  // namespace

TEST_CASE("An occasion counts once for each campaign that gave, wherever its effects stand") {
  Fixture f;
  REQUIRE(commit_one(*f.journal, occasion(1, 3 * day_ms)));
  REQUIRE(commit_one(*f.journal, occasion(2, 4 * day_ms)));
  REQUIRE(commit_one(*f.journal, occasion(3, 4 * day_ms)));
  const auto second = 1 + 6 + 1;  // position of the second sale: an epoch begins, six facts an occasion
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    CHECK(f.given(campaign, 4) == Given{3, 2});
    CHECK(f.given(campaign, 3) == Given{3, 1});
    CHECK(f.given({8}, 5) == Given{3, 0});
    CHECK(f.given({9}, 4) == Given{0, 0});
    CHECK(f.given(campaign, 4, static_cast<std::uint64_t>(second)) == Given{2, 2});
    if (round == 0) f.reopen();
    if (round == 1) tests::acknowledge_all(*f.journal);
  }
  tests::check_sound(*f.journal);
}

TEST_CASE("What an action gave counts for what the same group does next, and not when it failed") {
  Fixture f;
  REQUIRE(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(occasion(1, 3 * day_ms)(t));
    MILLPOND_TRY(const auto given, t.given_since(member, 0, campaign, {3}));
    CHECK(given.times == 1);
    return {};
  }));
  CHECK_FALSE(commit_one(*f.journal, [&](store::Transaction& t) -> base::Result<> {
    MILLPOND_TRY_DO(occasion(2, 3 * day_ms)(t));
    return base::Error{base::Code::bad_input, "test", "this action fails"};
  }));
  CHECK(f.given(campaign, 3) == Given{1, 1});
}

TEST_CASE("Gifts go with the deltas once the hub's word holds them, and along with a fork") {
  Fixture f;
  for (std::uint64_t i = 1; i <= 4; ++i) REQUIRE(commit_one(*f.journal, occasion(i, 3 * day_ms)));
  REQUIRE(f.journal->reissue(f.journal->outbox()->epoch, {7}, model::EpochReason::fork));
  CHECK(f.given(campaign, 3) == Given{4, 4});
  f.reopen();
  CHECK(f.given(campaign, 3) == Given{4, 4});
  tests::acknowledge_all(*f.journal);
  const auto outbox = *f.journal->outbox();
  REQUIRE(f.journal->prune_deltas(*f.journal->position_of(outbox.live_epoch, outbox.live_head)));
  CHECK(f.given(campaign, 3) == Given{0, 0});
  tests::check_sound(*f.journal);
}

TEST_CASE("A gift that changed on the disk was given all the same, and is seen") {
  Fixture f;
  REQUIRE(commit_one(*f.journal, occasion(1, 3 * day_ms)));
  tests::acknowledge_all(*f.journal);
  f.journal.reset();
  {
    const auto database = sqlite::Connection::open({.path = f.options.path});
    REQUIRE(database);
    REQUIRE((*database)->run("UPDATE gifts SET day = 9, occasion = 99 WHERE campaign = 7"));
  }
  f.journal = tests::open_journal(f.options, f.clock, 3);
  CHECK(f.given(campaign, 3).first >= 1);
  CHECK(f.journal->verify()->changed_rows == 3);
}
