// SPDX-License-Identifier: Apache-2.0
// Rights at every engine: who is told yes, what wins, what is booked as loss, and that a rebuild says the same.
#include "tests/contract/hub_store/suite.h"

#include <catch2/generators/catch_generators.hpp>

using namespace millpond;
using namespace millpond::tests;
using base::Code;
using model::HubWord;

namespace {

constexpr base::MemberId member{9};
constexpr base::CouponId coupon{500};
constexpr base::LocalDate today{20'777};

model::CouponIssued issued(base::CouponId id = coupon, std::uint8_t cause = 1) {
  model::CouponIssued fact;
  fact.coupon = id;
  fact.member = member;
  fact.campaign = {7};
  fact.value_minor = 500;
  fact.threshold_minor = 1'000;
  fact.not_before = {20'700};
  fact.expires = {20'800};
  fact.cause.fill(cause);
  return fact;
}

model::CouponProvisional provisional(std::uint64_t redemption, base::CouponId of = coupon) {
  return {of, member, {7}, {}, 500, redemption, 1, {}};
}

model::CouponConfirmed confirmed(std::uint64_t redemption) { return {coupon, member, {7}, {}, 500, redemption}; }

hub::RedeemQuestion question(std::uint64_t redemption, std::uint32_t terminal, std::uint32_t epoch = 11) {
  return {redemption, coupon, {terminal}, {epoch}, member, 2'000, today};
}

// Why a terminal that asks about a coupon within its limits is refused; nothing when it is not.
Code refusal(HubStore& store, const model::HonourLimits& limits, base::CouponId of, std::uint64_t redemption,
             std::uint32_t terminal) {
  auto asked = question(redemption, terminal);
  asked.coupon = of;
  asked.limits = limits;
  const auto answer = store.redeem(asked, 1'000);
  REQUIRE(answer);
  return answer->word == HubWord::refused ? answer->why.code : Code{};
}

// Three terminals of one brand at a store; the first one issues.
struct Brand {
  HubStore* store;
  std::vector<PretendTerminal> terminals;
  std::map<std::uint32_t, std::uint64_t> sent;

  explicit Brand(HubStore& of) : store{&of} {
    for (std::uint32_t number = 1; number <= 3; ++number) {
      terminals.push_back(terminal_of(number));
      terminals.back().begin_epoch();
      admit(of, terminals.back());
    }
  }
  PretendTerminal& operator[](std::uint32_t number) { return terminals[number - 1]; }
  void deliver() {
    for (auto& terminal : terminals) {
      auto& through = sent[terminal.id().value];
      if (through == terminal.head()) continue;
      REQUIRE(store->ingest(checked(terminal, through + 1, terminal.head()), start_of(terminal)));
      through = terminal.head();
    }
    project_all(*store);
  }
  [[nodiscard]] HubWord ask(std::uint64_t redemption, std::uint32_t terminal) {
    const auto answer = store->redeem(question(redemption, terminal), 1'000);
    REQUIRE(answer);
    return answer->word;
  }
  [[nodiscard]] wire::CouponState state(std::uint64_t generation = 5) {
    const auto rows = live_rows(*store, {2}, {generation, 0});
    const auto row = rows.find({static_cast<int>(wire::RowKind::coupon), base::Bytes{0, 0, 0, 0, 0, 0, 1, 0xF4}});
    REQUIRE(row != rows.end());
    return wire::decode_coupon_row(row->second)->state;
  }
};

struct Result {
  std::map<std::string, std::uint64_t> verdicts;
  std::uint64_t losses;
  std::int64_t loss_minor;
  std::uint64_t redeemed;
  std::vector<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>> rights;  // held, losses, breaches
  friend bool operator==(const Result&, const Result&) = default;
};

Result result_of(HubStore& store) {
  const auto status = *store.status();
  Result result{verdicts(store), status.coupons_over_redeemed, status.offline_loss_minor, status.coupons_redeemed, {}};
  for (const auto& each : *store.rights()) result.rights.emplace_back(each.held, each.losses, each.breaches);
  CHECK(store.check()->figures_hold);
  CHECK(store.check()->log_holds);
  return result;
}

void check_rebuild(HubStore& store) {
  CHECK(store.rebuilt_otherwise(tests::open_anything()).value() == "");
  const auto before = result_of(store);
  REQUIRE(store.begin_rebuild(6));
  project_all(store, 2);
  CHECK(result_of(store) == before);
}

}  // namespace

TEST_CASE("The hub says yes only after the issuer's release is applied, and to one redemption only") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    Brand brand{store};
    CHECK(brand.ask(1, 2) == HubWord::unknown);  // nobody has heard of the coupon
    brand[1].add(issued());
    brand.deliver();
    CHECK(brand.ask(1, 2) == HubWord::unknown);
    CHECK(std::get<0>(result_of(store).rights[0]) == 1);
    brand[1].add(model::RightsReleased{});
    REQUIRE(store.ingest(checked(brand[1], brand.sent[1] + 1, brand[1].head()), start_of(brand[1])));
    CHECK(brand.ask(1, 2) == HubWord::unknown);  // held, not yet applied
    brand.sent[1] = brand[1].head();
    project_all(store);
    CHECK(std::get<0>(result_of(store).rights[0]) == 0);
    CHECK(brand.ask(1, 2) == HubWord::confirmed);
    brand.store = &reopen();
    CHECK(brand.ask(1, 2) == HubWord::confirmed);  // the same redemption again
    CHECK(brand.ask(2, 3) == HubWord::refused);
    CHECK(brand.ask(1, 3) == HubWord::refused);
    CHECK(brand.state() == wire::CouponState::redeemed);

    REQUIRE(brand.store->begin_rebuild(6));
    CHECK(brand.ask(2, 3) == HubWord::refused);  // also while nothing is projected
    CHECK(brand.ask(1, 2) == HubWord::confirmed);
    project_all(*brand.store);
    CHECK(brand.ask(2, 3) == HubWord::refused);
    CHECK(brand.state(6) == wire::CouponState::redeemed);
  });
}

TEST_CASE("A yes is given by the coupon's terms, and taken back by the terminal that got it") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand[1].add(issued());
    brand[1].add(model::RightsReleased{});
    brand.deliver();
    struct Row {
      base::MemberId member;
      std::int64_t goods_minor;
      std::int32_t day;
      Code code;
    };
    for (const auto& row :
         {Row{{8}, 2'000, 20'777, Code::coupon_other_member}, Row{member, 900, 20'777, Code::coupon_threshold},
          Row{member, 2'000, 20'801, Code::code_expired}, Row{member, 2'000, 20'699, Code::code_not_yet_valid}}) {
      auto asked = question(1, 2);
      asked.member = row.member;
      asked.goods_minor = row.goods_minor;
      asked.today = {row.day};
      const auto answer = store.redeem(asked, 1'000);
      REQUIRE(answer);
      CHECK(answer->word == HubWord::refused);
      CHECK(answer->why.code == row.code);
    }
    CHECK(brand.ask(1, 2) == HubWord::confirmed);
    brand[3].add(model::RedemptionCancelled{coupon, 1});  // not his
    brand.deliver();
    CHECK(brand.ask(2, 3) == HubWord::refused);
    brand[2].add(model::RedemptionCancelled{coupon, 1});
    brand.deliver();
    CHECK(brand.state() == wire::CouponState::issued);
    CHECK(brand.ask(2, 3) == HubWord::confirmed);
    brand[3].add(confirmed(2));
    brand.deliver();
    CHECK(result_of(store).losses == 0);
    check_rebuild(store);
  });
}

// The log tells a yes behind all facts that were held then, and a question may be slower than the word that it is no
// longer asked.
TEST_CASE("What was given up, voided or told while a yes was given comes out the same however it is projected") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand[1].add(issued());
    brand[1].add(model::RightsReleased{});
    brand.deliver();
    const auto hold = [&](std::uint32_t number) {  // held, not projected
      auto& through = brand.sent[number];
      REQUIRE(store.ingest(checked(brand[number], through + 1, brand[number].head()), start_of(brand[number])));
      through = brand[number].head();
    };
    SECTION("given up before the question came") {
      brand[2].add(model::RedemptionCancelled{coupon, 1});
      brand.deliver();
      CHECK(brand.ask(1, 2) == HubWord::refused);
      CHECK(brand.ask(2, 3) == HubWord::confirmed);
    }
    SECTION("given up, and held when the question came") {
      brand[2].add(model::RedemptionCancelled{coupon, 1});
      hold(2);
      CHECK(brand.ask(1, 2) == HubWord::confirmed);
      project_all(store);
      CHECK(brand.state() == wire::CouponState::issued);
    }
    SECTION("honoured elsewhere, and held when the question came") {
      brand[3].add(provisional(7));
      hold(3);
      CHECK(brand.ask(1, 2) == HubWord::confirmed);
      project_all(store);
      CHECK(result_of(store).losses == 1);
    }
    SECTION("told as provisional by the same redemption, and held when the question came") {
      brand[2].add(provisional(1));
      hold(2);
      CHECK(brand.ask(1, 2) == HubWord::confirmed);
      project_all(store);
      CHECK(result_of(store).losses == 0);
    }
    SECTION("voided, and held when the question came") {
      brand[1].add(model::CouponVoided{coupon, member, {7}, 500, false});
      hold(1);
      CHECK(brand.ask(1, 2) == HubWord::confirmed);
      project_all(store);
      CHECK(store.status()->coupons_kept_minor == 500);
    }
    SECTION("told as provisional by the terminal before, and asked again by the one that the till went over to") {
      brand[2].add(provisional(1));
      brand.deliver();
      CHECK(brand.ask(1, 3) == HubWord::confirmed);
      brand[3].add(confirmed(1));
      brand.deliver();
      CHECK(result_of(store).losses == 0);
    }
    check_rebuild(store);
  });
}

TEST_CASE("What the hub or the issuer confirmed wins over what was honoured without asking") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand[1].add(issued());
    brand.deliver();
    SECTION("the issuer's own right displaces, and the other's value is lost") {
      brand[2].add(provisional(20));
      brand.deliver();
      CHECK(brand.state() == wire::CouponState::redeemed);
      brand[1].add(model::CouponRedeemed{coupon, member, {7}, {}, 500});
      brand.deliver();
      const auto result = result_of(store);
      CHECK(result.losses == 1);
      CHECK(result.loss_minor == 500);
      CHECK(std::get<1>(result.rights[1]) == 1);
      CHECK(result.redeemed == 1);
      CHECK(result.verdicts == std::map<std::string, std::uint64_t>{{"coupon_spent", 1}});
    }
    SECTION("among provisional ones the first stands, and the hub confirms no more") {
      brand[1].add(model::RightsReleased{});
      brand[2].add(provisional(20));
      brand.deliver();
      brand[3].add(provisional(30));
      brand.deliver();
      CHECK(brand.ask(40, 1) == HubWord::refused);
      CHECK(std::get<1>(result_of(store).rights[2]) == 1);
    }
    SECTION("a right that was released is used all the same: a breach, and no better than provisional") {
      brand[1].add(model::RightsReleased{});
      brand.deliver();
      CHECK(brand.ask(20, 2) == HubWord::confirmed);
      brand[1].add(model::CouponRedeemed{coupon, member, {7}, {}, 500});
      brand[2].add(confirmed(20));
      brand.deliver();
      const auto result = result_of(store);
      CHECK(result.rights[0] == std::tuple{0U, 1U, 1U});
      CHECK(result.loss_minor == 500);
    }
    SECTION("a confirmation that the hub never gave is provisional; one whose receipt it signed is believed") {
      brand[1].add(model::RightsReleased{});
      brand[3].add(provisional(30));
      brand.deliver();
      brand[2].add(confirmed(20));
      brand.deliver();
      CHECK(std::get<1>(result_of(store).rights[1]) == 1);
      store.believe_receipts([](base::TerminalId terminal, const model::CouponConfirmed& fact) {
        return terminal == base::TerminalId{2} && fact.redemption == 21;
      });
      brand[2].add(confirmed(21));
      brand.deliver();
      CHECK(std::get<1>(result_of(store).rights[1]) == 1);
      CHECK(std::get<1>(result_of(store).rights[2]) == 1);
    }
    SECTION("a second coupon for one cause is honoured by nobody without a loss") {
      brand[2].add(issued({501}, 1));
      brand[2].add(model::CouponRedeemed{{501}, member, {7}, {}, 500});
      brand.deliver();
      const auto result = result_of(store);
      CHECK(result.verdicts == std::map<std::string, std::uint64_t>{{"coupon_duplicate_issue", 1}, {"coupon_void", 1}});
      CHECK(result.losses == 1);
    }
    check_rebuild(store);
  });
}

TEST_CASE("The first release of a new epoch covers the one before, when its journal went on in it") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand[1].add(issued());
    brand.deliver();
    const bool goes_on = GENERATE(true, false);
    auto next = terminal_of(1, 12);
    next.add(model::EpochBegun{goes_on ? model::EpochReason::damaged : model::EpochReason::machine_changed, {11}, {2}});
    next.add(model::RightsReleased{});
    REQUIRE(store.ingest(checked(next, 1, next.head()), start_of(next)));
    project_all(store);
    CHECK(brand.ask(1, 2) == (goes_on ? HubWord::confirmed : HubWord::unknown));
    CHECK(store.break_rights({1}, 500, 2'000).error().code == Code::bad_input);  // heard of at 1'000
    REQUIRE(store.break_rights({1}, 1'000, 2'000));
    project_all(store);
    CHECK(brand.ask(1, 2) == HubWord::confirmed);
    check_rebuild(store);
  });
}

TEST_CASE("Rows that were published for one terminal reach nobody else, also after a rebuild") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    const base::Bytes key{0, 0, 0, 2};
    REQUIRE(store.publish(wire::RowKind::allowance, key, base::view_of("limits"), 1, 1'000, {.terminal = {2}}));
    const auto has = [&](std::uint32_t terminal, std::uint64_t generation) {
      return live_rows(store, {terminal}, {generation, 0}).contains({static_cast<int>(wire::RowKind::allowance), key});
    };
    CHECK(has(2, 5));
    CHECK_FALSE(has(1, 5));
    for (const auto& row : *store.documents()) CHECK(row.kind != static_cast<std::uint8_t>(wire::RowKind::allowance));
    CHECK(store.published_rows(wire::RowKind::allowance)->size() == 1);
    REQUIRE(store.begin_rebuild(6));
    CHECK(has(2, 6));
    CHECK_FALSE(has(1, 6));
  });
}

TEST_CASE("While an issuer keeps its rights, the hub bounds what stays open at the terminal that asks") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    auto limits = model::default_limits();
    limits.value_minor_max = 500;
    limits.outstanding_minor_max = 1'000;
    const auto ask = [&](std::uint64_t of, std::uint64_t redemption, std::uint32_t terminal) {
      return refusal(store, limits, {of}, redemption, terminal);
    };
    // Of the first the hub knows, of the others it has not heard: their issuer is cut off.
    brand[1].add(issued({500}, 1));
    brand[2].add(provisional(1, {500}));
    brand.deliver();
    CHECK(ask(501, 2, 2) == Code{});
    brand[2].add(provisional(2, {501}));
    brand.deliver();
    CHECK(ask(502, 3, 2) == Code::coupon_cap_terminal);
    CHECK(ask(502, 3, 3) == Code{});  // at another terminal nothing is open
    limits.outstanding_minor_max = 1'500;
    CHECK(ask(502, 3, 2) == Code{});
    limits.outstanding_uses_max = 2;
    CHECK(ask(502, 3, 2) == Code::coupon_cap_terminal);
    limits = model::default_limits();
    CHECK(ask(502, 3, 2) == Code{});

    // What has arrived and is not applied might be one more.
    brand[2].add(provisional(3, {502}));
    REQUIRE(store.ingest(checked(brand[2], brand.sent[2] + 1, brand[2].head()), start_of(brand[2])));
    CHECK(ask(503, 4, 2) == Code::coupon_cap_terminal);
    brand.sent[2] = brand[2].head();
    project_all(store);

    // The issuer is heard: nothing stays open of what it gave away.
    limits.value_minor_max = 500;
    limits.outstanding_minor_max = 1'500;
    CHECK(ask(503, 4, 2) == Code::coupon_cap_terminal);
    brand[1].add(issued({501}, 2));
    brand[1].add(issued({502}, 3));
    brand[1].add(model::RightsReleased{});
    brand.deliver();
    CHECK(ask(503, 4, 2) == Code{});
  });
}

TEST_CASE("Uses that lost to another terminal's count as open until their issuer is heard") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    auto limits = model::default_limits();
    limits.value_minor_max = 500;
    limits.outstanding_minor_max = 1'000;
    const auto ask = [&](std::uint64_t of, std::uint64_t redemption) {
      return refusal(store, limits, {of}, redemption, 2);
    };
    // Two tills are shown the same coupons within one upload; the third terminal is heard first, each time.
    for (std::uint64_t of = 501; of <= 502; ++of) {
      CHECK(ask(of, 10 + of) == Code{});
      brand[3].add(provisional(20 + of, {of}));
      brand.deliver();
      brand[2].add(provisional(10 + of, {of}));
      brand.deliver();
    }
    CHECK(ask(503, 513) == Code::coupon_cap_terminal);
    auto told = question(513, 2);
    told.coupon = {503};
    told.limits = model::default_limits();
    CHECK(store.redeem(told, 1'000)->open == model::Outstanding{1'000, 2, 0});  // so that the terminal adds its own
    // What a till gave without asking is nobody's provisional use.
    limits.outstanding_minor_max = 1'500;
    CHECK(ask(503, 513) == Code{});
    brand[2].add(model::CouponOverRedeemed{{504}, {}, {}, {}, 500, "coupon_spent", {}});
    brand.deliver();
    CHECK(ask(503, 513) == Code{});

    limits.outstanding_minor_max = 1'000;
    brand[1].add(issued({501}, 1));
    brand[1].add(issued({502}, 2));
    brand[1].add(model::RightsReleased{});
    brand.deliver();
    CHECK(ask(503, 513) == Code{});
  });
}

TEST_CASE("What a coupon took off is booked as its fact says, line by line, once for a sale that is told twice") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand[1].add(issued());
    const auto sale = brand[1].sell(member, "s1", 6'100, 0);
    brand[1].add(model::CouponRedeemed{coupon, member, {7}, sale, 420});
    brand[1].add(model::CouponApplied{coupon, sale, {{0, 400}, {2, 20}}});
    brand.deliver();
    const auto check = [&] {
      const auto booked = store.coupon_booked(coupon);
      REQUIRE(booked);
      CHECK(booked->state == wire::CouponState::redeemed);
      CHECK(booked->value_minor == 420);
      CHECK(booked->lines == std::vector<model::LineDiscount>{{0, 400}, {2, 20}});
    };
    check();
    CHECK(store.coupon_booked({501})->state == wire::CouponState::issued);
    CHECK(verdicts(store).empty());

    // The same sale from another terminal, and facts that no till can mean.
    const auto again = brand[2].sell(member, "s1", 6'100, 0);
    brand[2].add(model::CouponApplied{coupon, again, {{1, 5}}});
    for (const auto& lines : std::vector<std::vector<model::LineDiscount>>{
             {}, {{1, 0}}, {{1, -5}}, {{2, 5}, {1, 5}}, {{1, 5}, {1, 5}}, {{1, INT64_MAX}, {2, INT64_MAX}}}) {
      brand[3].add(model::CouponApplied{coupon, {1}, lines});
    }
    brand[3].add(model::CouponApplied{{}, {1}, {{1, 5}}});
    brand.deliver();
    check();
    CHECK(verdicts(store)["bad_input"] == 7);
    CHECK(verdicts(store)["sale_duplicate"] >= 1);
    REQUIRE(store.begin_rebuild(6));
    project_all(store, 2);
    check();
  });
}

TEST_CASE("A confirmation is booked at its face, and the sale's fact says what it came to") {
  on_every_engine([](HubStore& store, const auto&) {
    Brand brand{store};
    brand[1].add(issued());
    brand[1].add(model::RightsReleased{});
    brand.deliver();
    CHECK(brand.ask(5, 2) == HubWord::confirmed);
    CHECK(store.coupon_booked(coupon)->value_minor == 500);
    auto used = confirmed(5);
    used.value_minor = 380;
    brand[2].add(used);
    brand.deliver();
    CHECK(store.coupon_booked(coupon)->value_minor == 380);
  });
}

TEST_CASE("One terminal is told yes so often in a day, whoever has its key, and every other answer is as ever") {
  on_every_engine([](HubStore& store, const auto& reopen) {
    Brand brand{store};
    for (std::uint8_t i = 0; i < 5; ++i) brand[1].add(issued({500U + i}, i));
    brand[1].add(model::RightsReleased{});
    brand.deliver();
    constexpr std::int64_t now_ms = 1'000'000'000'000;
    const auto ask = [&](std::uint64_t coupon_number, std::uint32_t terminal, std::int64_t at_ms) {
      auto asked = question(coupon_number, terminal);
      asked.coupon = {coupon_number};
      asked.uses_day_max = 2;
      const auto answer = brand.store->redeem(asked, at_ms).value();
      return answer.word == HubWord::refused ? std::string{base::code_name(answer.why.code)}
                                             : std::string{answer.word == HubWord::confirmed ? "yes" : "unknown"};
    };
    CHECK(ask(500, 2, now_ms) == "yes");
    CHECK(ask(501, 2, now_ms + 1) == "yes");
    CHECK(ask(502, 2, now_ms + 2) == "coupon_cap_terminal");
    brand.store = &reopen();
    CHECK(ask(502, 2, now_ms + 3) == "coupon_cap_terminal");
    CHECK(ask(501, 2, now_ms + 3) == "yes");  // that it said yes is no news
    CHECK(ask(77, 2, now_ms + 3) == "unknown");
    CHECK(ask(500, 3, now_ms + 3) == "coupon_spent");
    CHECK(ask(502, 3, now_ms + 3) == "yes");  // nothing was booked for whom it was refused
    CHECK(ask(503, 2, now_ms - 5) == "yes");  // said by a clock that was ahead: not of this day
    CHECK(ask(504, 2, now_ms + hub::bounded_day_ms) == "yes");
    check_rebuild(*brand.store);
  });
}

TEST_CASE("A terminal that is revoked since a time has given nothing since, and used nothing") {
  struct Row {
    const char* what;
    std::int64_t since_ms;
    hub::GivenSince given;
    std::map<std::uint64_t, wire::CouponState> states;
  };
  using enum wire::CouponState;
  // Terminal 2 gave 600 at first and 601, 602 later; used 500 of terminal 1 at first and 501 later, and asked about
  // 502.
  for (const auto& row : std::vector<Row>{
           {"all of it",
            0,
            {3, 1'500, 1, 77, 3, 1'500},
            {{500, issued}, {501, issued}, {502, issued}, {600, voided}, {601, redeemed}, {602, voided}}},
           {"the later part",
            5'000,
            {2, 1'000, 1, 40, 2, 1'000},
            {{500, redeemed}, {501, issued}, {502, issued}, {600, issued}, {601, redeemed}, {602, voided}}},
           {"nothing",
            9'000,
            {},
            {{500, redeemed}, {501, redeemed}, {502, redeemed}, {600, issued}, {601, redeemed}, {602, issued}}}}) {
    for (const auto& engine : engines()) {
      CAPTURE(engine.name, row.what);
      const tests::TempDir dir;
      const auto store = engine.open(dir.path());
      Brand brand{*store};
      const auto send = [&](std::uint32_t number, std::int64_t at_ms) {
        auto& terminal = brand[number];
        auto& through = brand.sent[number];
        auto batch = checked(terminal, through + 1, terminal.head());
        batch.received_ms = at_ms;
        REQUIRE(store->ingest(batch, start_of(terminal)));
        through = terminal.head();
        project_all(*store);
      };
      for (std::uint8_t i = 0; i < 3; ++i) brand[1].add(::issued({500U + i}, i));
      brand[1].add(model::RightsReleased{});
      send(1, 100);
      const auto used = [](std::uint64_t coupon_number) {
        return model::CouponProvisional{{coupon_number}, member, {7}, {}, 500, coupon_number, 1, {}};
      };
      brand[2].add(::issued({600}, 60));
      brand[2].sell(member, "first", 1'000, 37);
      brand[2].add(used(500));
      send(2, 1'000);
      brand[2].add(::issued({601}, 61));
      brand[2].add(::issued({602}, 62));
      brand[2].sell(member, "second", 1'000, 40);
      brand[2].add(used(501));
      brand[2].add(model::RightsReleased{});
      send(2, 6'000);
      auto about = question(502, 2);
      about.coupon = {502};
      REQUIRE(store->redeem(about, 7'000)->word == HubWord::confirmed);
      about = question(601, 3);
      about.coupon = {601};
      REQUIRE(store->redeem(about, 7'500)->word == HubWord::confirmed);

      const auto given = store->revoke({2}, brand[2].head() + 1, 10'000, row.since_ms);
      REQUIRE(given);
      CHECK(given->coupons == row.given.coupons);
      CHECK(given->coupons_minor == row.given.coupons_minor);
      CHECK(given->coupons_used == row.given.coupons_used);
      CHECK(given->points == row.given.points);
      CHECK(given->uses == row.given.uses);
      CHECK(given->uses_minor == row.given.uses_minor);
      REQUIRE(store->revoke({2}, brand[2].head() + 1, 11'000, row.since_ms));  // told again, it undoes no more
      project_all(*store);
      CHECK(points(*store)[member.value] == 77);
      const auto states = [&](std::uint64_t generation) {
        std::map<std::uint64_t, wire::CouponState> found;
        for (const auto& [key, body] : live_rows(*store, {3}, {generation, 0})) {
          if (key.first != static_cast<int>(wire::RowKind::coupon)) continue;
          found[base::read_big_endian(key.second)] = wire::decode_coupon_row(body)->state;
        }
        return found;
      };
      CHECK(states(5) == row.states);
      check_rebuild(*store);
      // What came back is used again by whoever has it, once.
      about = question(900, 3);
      about.coupon = {501};
      CHECK((store->redeem(about, 12'000)->word == HubWord::confirmed) == (row.states.at(501) == issued));
    }
  }
}
