// SPDX-License-Identifier: Apache-2.0
// A cashier's screen in the order in which things happen there: who is named, what is kept for them, what comes late.
#include "kiosk/flow/cashier.h"
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace millpond;
using namespace millpond::flow;
using namespace millpond::tests;

namespace {

struct Till {
  CashierModel model;
  std::int64_t now_ms = 1'000;

  Till() { static_cast<Surroundings&>(model) = kiosk(); }

  std::vector<Cmd> hear(const Msg& msg) { return update(model, msg, now_ms += 100); }
  std::vector<Cmd> tap(Target target) { return hear(Tapped{target}); }
  void type(const std::string& digits) {
    for (const char digit : digits) tap(static_cast<Target>(static_cast<int>(Target::digit_0) + (digit - '0')));
  }
  std::vector<Cmd> scan(std::uint64_t member) {
    auto cmds = hear(CodeRead{"K1:" + std::to_string(member)});
    auto named = hear(MemberFound{card_of(member), model.ticket});
    cmds.insert(cmds.end(), named.begin(), named.end());
    return cmds;
  }
  std::vector<Cmd> name_by_phone(std::uint64_t member) {
    tap(Target::type_number);
    type("13800138000");
    tap(Target::submit);
    return hear(Enrolled{base::MemberId{member}, model.ticket});
  }
  [[nodiscard]] DeskView view() const { return std::get<DeskView>(present(model, now_ms, noon_ms).screen); }
  [[nodiscard]] bool offers(Target target) const {
    const auto offered = offered_targets(present(model, now_ms, noon_ms));
    return std::ranges::find(offered, target) != offered.end();
  }
};

template <class Kind>
std::size_t count(const std::vector<Cmd>& cmds) {
  return static_cast<std::size_t>(
      std::ranges::count_if(cmds, [](const Cmd& cmd) { return std::holds_alternative<Kind>(cmd); }));
}

Weighed weighed(std::int64_t total_minor, std::int64_t discount_minor = 800) {
  return {total_minor, discount_minor, {{coupon(1, discount_minor, day(12, 21)), true, {}, {}}}};
}

}  // namespace

TEST_CASE("Whoever was named by a number can be let go by one key, before and after an amount was typed") {
  for (const bool typed_before : {false, true}) {
    CAPTURE(typed_before);
    Till till;
    till.name_by_phone(lin);
    REQUIRE(till.model.member);
    if (typed_before) {
      till.type("6");
      till.tap(Target::backspace);
    }
    CHECK(till.offers(Target::look_up));
    REQUIRE(till.view().pad->clear);
    CHECK(till.view().pad->clear->key == "Esc");
    REQUIRE(till.offers(Target::clear));
    const auto cmds = till.tap(Target::clear);
    CHECK(count<EndSession>(cmds) == 1);
    CHECK_FALSE(till.model.member);
  }
}

TEST_CASE("An amount that is taken back while coupons are weighed leaves no key grey and no coupon kept") {
  for (const bool comes : {true, false}) {
    CAPTURE(comes);
    Till till;
    till.scan(lin);
    till.type("6850");
    const auto asked = till.tap(Target::submit);
    REQUIRE(count<WeighBasket>(asked) == 1);
    const auto ticket = till.model.ticket;
    const auto back = till.tap(Target::clear);
    REQUIRE(count<DropBasket>(back) == 1);
    CHECK(till.model.amount_minor == 0);
    if (comes) {
      till.hear(BasketWeighed{weighed(6850), ticket});
    } else {
      till.hear(WeighFailed{base::Code::coupon_held, ticket});
    }
    CHECK_FALSE(till.model.busy);
    CHECK_FALSE(till.view().bill);
    CHECK(till.offers(Target::digit_5));
    CHECK(till.model.member.value == lin);
  }
}

TEST_CASE("The next customer while coupons are weighed: what was asked to be kept is let go") {
  Till till;
  till.scan(lin);
  till.type("6850");
  const auto asked = till.tap(Target::submit);
  REQUIRE(count<WeighBasket>(asked) == 1);
  const auto name = std::get<WeighBasket>(asked.front()).name;
  const auto cmds = [&] {
    auto all = till.tap(Target::clear);  // the amount
    const auto more = till.tap(Target::clear);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  REQUIRE(count<DropBasket>(cmds) == 1);
  const auto dropped =
      std::ranges::find_if(cmds, [](const Cmd& cmd) { return std::holds_alternative<DropBasket>(cmd); });
  CHECK(std::get<DropBasket>(*dropped).name == name);
  CHECK_FALSE(till.model.member);
}

TEST_CASE("Naming somebody else lets an invited customer go on alone") {
  using How = CustomerAnswered::How;
  Till till;
  till.tap(Target::join);
  const auto invited = till.tap(Target::invite);
  REQUIRE(count<Invite>(invited) == 1);
  const auto ticket = std::get<Invite>(invited.front()).ticket;
  till.tap(Target::sell);
  till.scan(wang);
  till.type("4200");
  till.tap(Target::submit);
  CHECK(till.hear(CustomerAnswered{How::joined, base::MemberId{lin}, ticket}).empty());
  CHECK(till.model.member.value == wang);
  CHECK(till.model.amount_minor == 4200);
}

TEST_CASE("The desk says who typed a number, and names a key only while it is offered") {
  using How = CustomerAnswered::How;
  Till joined;
  joined.tap(Target::join);
  const auto ticket = std::get<Invite>(joined.tap(Target::invite).front()).ticket;
  joined.hear(CustomerAnswered{How::joined, base::MemberId{lin}, ticket});
  joined.tap(Target::sell);
  REQUIRE(joined.view().member);
  CHECK(joined.view().member->number.find("收银员") == std::string::npos);
  CHECK(joined.view().member->note.find("F5") == std::string::npos);
  CHECK_FALSE(joined.offers(Target::look_up));

  Till typed;
  typed.name_by_phone(lin);
  CHECK(typed.view().member->number.find("收银员") != std::string::npos);
  CHECK(typed.view().member->note.find("F5") != std::string::npos);
  typed.tap(Target::look_up);
  CHECK(typed.view().member->note.find("F5") == std::string::npos);
}

TEST_CASE("While the till rings up there is one sum on the screen, and it says whose it is") {
  Till till;
  till.scan(lin);
  BasketTold told{"till-1", {}, weighed(6850), base::MemberId{lin}};
  told.lines = {{"1", "tea", "1", {}, 6850, 0}};
  till.hear(told);
  REQUIRE(till.view().bill);
  CHECK(till.view().pad->submit.why_not == "由收银机记账，无需输入金额。");
  const auto own = till.view().bill->title;
  told.member = base::MemberId{wang};
  till.hear(told);
  CHECK(till.view().bill->title != own);
  till.type("4200");
  till.tap(Target::submit);
  REQUIRE(till.view().bill);
  CHECK(till.view().bill->total.value == "¥42.00");
}

TEST_CASE("A card that is shown after the amount still brings its coupons") {
  Till till;
  till.name_by_phone(lin);
  till.type("6850");
  CHECK(count<WeighBasket>(till.tap(Target::submit)) == 0);
  CHECK(till.model.typing == Typing::receipt);
  const auto cmds = till.scan(lin);
  REQUIRE(count<WeighBasket>(cmds) == 1);
  CHECK(till.model.typing == Typing::receipt);
  till.hear(BasketWeighed{weighed(6850), till.model.ticket});
  CHECK(till.view().bill->total.value == "¥60.50");
}

TEST_CASE("Coupons that wait for somebody's word are weighed again with a PIN, or stay as they are") {
  Till till;
  till.scan(lin);
  till.type("6850");
  till.tap(Target::submit);
  auto waits = weighed(6850);
  waits.coupons.push_back({coupon(4, 2000, day(12, 30)), false, {}, base::Code::coupon_held});
  till.hear(BasketWeighed{waits, till.model.ticket});
  CHECK_FALSE(till.offers(Target::approve));  // nobody's word helps there
  for (const auto code : {base::Code::approval_required, base::Code::identity_too_weak}) {
    CAPTURE(base::code_name(code));
    waits.coupons.back().code = code;
    till.model.weighed = waits;
    REQUIRE(till.offers(Target::approve));
    till.tap(Target::approve);
    CHECK(till.model.typing == Typing::staff);
    CHECK_FALSE(till.offers(Target::approve));
    // One step back is the receipt's number again.
    till.tap(Target::clear);
    CHECK(till.model.typing == Typing::receipt);
    till.tap(Target::approve);
    till.type("4");
    till.tap(Target::submit);
    till.type("64209");
    CHECK(count<WeighBasket>(till.tap(Target::submit)) == 0);  // no PIN is that short
    till.type("17");
    const auto asked = till.tap(Target::submit);
    REQUIRE(count<WeighBasket>(asked) == 1);
    const auto& basket = std::get<WeighBasket>(asked.front());
    CHECK(basket.staff == base::StaffId{4});
    CHECK(basket.pin == "6420917");
    CHECK(till.model.typed.empty());

    // A PIN that does not count changes nothing, and may be typed again.
    waits.approval_problem = base::Code::pin_wrong;
    till.hear(BasketWeighed{waits, till.model.ticket});
    CHECK(till.model.typing == Typing::staff);
    REQUIRE(till.view().pad->problem);
    till.type("4");
    till.tap(Target::submit);
    till.type("6420917");
    till.tap(Target::submit);
    waits.approval_problem.reset();
    till.hear(BasketWeighed{weighed(6850, 2'800), till.model.ticket});
    CHECK(till.model.typing == Typing::receipt);
    CHECK(till.view().bill->total.value == "¥40.50");
    CHECK_FALSE(till.offers(Target::approve));
  }
  // Whoever comes next is asked for their own amount, and no PIN.
  till.model.weighed = waits;
  till.tap(Target::approve);
  till.scan(lin + 1);
  CHECK(till.model.typing == Typing::amount);
  CHECK_FALSE(till.model.approving);
}

TEST_CASE("A card once shown is not made weaker by the member's own number") {
  Till till;
  till.scan(lin);
  const auto cmds = till.name_by_phone(lin);
  CHECK(count<StartSession>(cmds) == 0);
  CHECK(till.model.strength == model::Strength::member_code);
  CHECK(till.model.card);
  // And a number first, then the card: stronger.
  Till other;
  other.name_by_phone(lin);
  const auto shown = other.scan(lin);
  REQUIRE(count<StartSession>(shown) == 1);
  CHECK(other.model.strength == model::Strength::member_code);
}

TEST_CASE("The till's own sale of a member lets go what was kept for one by hand") {
  Till till;
  till.scan(lin);
  till.type("6850");
  till.tap(Target::submit);
  till.hear(BasketWeighed{weighed(6850), till.model.ticket});
  const auto cmds = till.hear(SaleCommitted{sale_of(lin), card_of(lin)});
  CHECK(count<DropBasket>(cmds) == 1);
  CHECK(till.model.sale);
}

TEST_CASE("The key of two noughts adds both or none") {
  Till till;
  till.scan(lin);
  till.type("12345678");
  till.tap(Target::digit_00);
  CHECK(till.model.typed == "12345678");
  till.tap(Target::backspace);
  till.tap(Target::digit_00);
  CHECK(till.model.typed == "123456700");
}

TEST_CASE("A code that is shown while something is awaited is asked about afterwards, and the newest one only") {
  Till till;
  till.tap(Target::shift);
  REQUIRE(till.model.busy);
  CHECK(till.hear(CodeRead{"K1:FIRST"}).empty());
  CHECK(till.hear(CodeRead{"K1:NEWEST"}).empty());
  const auto cmds = till.hear(ShiftTold{{}, till.model.ticket});
  REQUIRE(count<Identify>(cmds) == 1);
  CHECK(std::get<Identify>(cmds.front()).code_text == "K1:NEWEST");
  CHECK(till.model.desk == Desk::sell);
  till.hear(MemberFound{card_of(lin), till.model.ticket});
  CHECK(till.model.member.value == lin);

  // Of three in a row the last one stands there.
  till.hear(CodeRead{"K1:WANG"});
  till.hear(CodeRead{"K1:LAST"});
  const auto last = till.hear(MemberFound{card_of(wang), till.model.ticket});
  REQUIRE(count<Identify>(last) == 1);
  CHECK(std::get<Identify>(last.back()).code_text == "K1:LAST");
  till.hear(MemberFound{card_of(lin), till.model.ticket});
  CHECK(till.model.member.value == lin);

  // Nobody asks about it when its customer has gone.
  till.type("6850");
  till.tap(Target::submit);
  REQUIRE(till.model.busy);
  till.hear(CodeRead{"K1:GONE"});
  till.tap(Target::clear);
  till.tap(Target::clear);
  CHECK(count<Identify>(till.hear(LineChanged{false, 3})) == 0);
}

TEST_CASE("A report that cannot be had says so, and the way back is open meanwhile") {
  struct Row {
    const char* what;
    Target target;
    bool answers;  // with a failure, else not at all
  };
  for (const Row& row :
       {Row{"the shift, refused", Target::shift, true}, Row{"the shift, no answer", Target::shift, false},
        Row{"the service, refused", Target::service, true}, Row{"the service, no answer", Target::service, false}}) {
    CAPTURE(row.what);
    Till till;
    till.tap(row.target);
    REQUIRE(till.model.busy);
    CHECK(till.offers(Target::sell));
    const auto code = row.answers ? base::Code::overloaded : base::Code::timeout;
    if (row.answers) {
      till.hear(LookFailed{code, till.model.ticket});
    } else {
      till.now_ms = till.model.busy_until_ms;
      till.hear(Ticked{});
    }
    CHECK_FALSE(till.model.busy);
    const auto view = std::get<ReportView>(present(till.model, till.now_ms, noon_ms).screen);
    CHECK(view.subtitle == text::sentence(code, text::Language::zh_cn).what);
    CHECK(view.note == text::sentence(code, text::Language::zh_cn).next);
    till.tap(row.target);
    CHECK(till.model.busy);
  }
}

TEST_CASE("A receipt's bar code is its number, letters and all, where a number is asked for and nowhere else") {
  Till till;
  till.scan(lin);
  CHECK(count<Identify>(till.hear(CodeRead{"A0043"})) == 1);  // an amount is asked for: somebody's card, perhaps
  till.hear(IdentifyFailed{base::Code::code_malformed, till.model.ticket});
  till.type("6850");
  till.tap(Target::submit);
  CHECK(count<Identify>(till.hear(CodeRead{"A0043-7/b"})) == 0);  // coupons may be weighed meanwhile
  CHECK(till.view().pad->typed == "A0043-7/b");
  for (const auto* const code : {"A 0043", "", "A0043-0123456789-0123456789-01234", "\xE8\x8C\xB6"}) {
    till.hear(CodeRead{code});
    CAPTURE(code);
    CHECK(till.view().pad->typed == "A0043-7/b");
  }
  till.model.busy = false;
  till.model.code_waiting.clear();
  till.tap(Target::backspace);
  CHECK(till.view().pad->typed == "A0043-7/");
  till.hear(CodeRead{"A0044"});
  const auto cmds = till.tap(Target::submit);
  REQUIRE(count<RecordSale>(cmds) == 1);
  CHECK(std::get<RecordSale>(cmds.back()).receipt == "A0044");
}
