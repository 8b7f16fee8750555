// SPDX-License-Identifier: Apache-2.0
#include "sync/base/file.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;
using base::Code;
using tests::Brand;
using tests::Shop;

TEST_CASE("An enrolment leaves a fact and a sealed phone beside it, and prints nothing", "[enrol]") {
  const Brand brand;
  Shop shop{brand};
  auto request = Shop::enrolment("138 0013 8000");
  request.consents.push_back({model::Purpose::marketing, false, {}, "zh-CN"});
  const auto view = shop.terminal->enrol(request);
  REQUIRE(view);
  REQUIRE(view->member);
  CHECK(base::id_origin(view->member.value) == base::TerminalId{1});

  const auto facts = shop.facts_of<model::MemberEnrolled>();
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].member == view->member);
  CHECK(facts[0].store == shop.identity().certificate.store);
  CHECK(facts[0].channel == model::Channel::kiosk);
  CHECK(facts[0].consents == request.consents);

  base::Result<wire::UpRequest> batch = base::Error{};
  REQUIRE(shop.journal->with([&](store::Journal& journal) {
    const auto outbox = journal.outbox();
    if (outbox) batch = journal.read_batch(outbox->epoch, base::Seq{1}, 100, 1U << 20);
  }));
  REQUIRE(batch);
  const auto row =
      std::find_if(batch->rows.begin(), batch->rows.end(), [](const auto& r) { return !r.payload.empty(); });
  REQUIRE(row != batch->rows.end());
  CHECK(row->payload_salt.size() == 16);
  CHECK(crypto::blake2b(row->payload_salt, row->payload) == facts[0].payload_hash);
  const auto opened = brand.opening.open(row->payload);
  REQUIRE(opened);
  CHECK(base::text_of(*opened) == "+8613800138000");

  CHECK(shop.prints().empty());
  CHECK(view->strength == model::Strength::phone_typed);
}

TEST_CASE("No phone number is readable in the journal's file or its facts", "[enrol]") {
  const Brand brand;
  Shop shop{brand};
  shop.enrol("13800138000");
  shop.close();
  const auto file = base::read_file(shop.folder / "journal.db");
  REQUIRE(file);
  CHECK(base::text_of(*file).find("13800138000") == std::string_view::npos);
}

TEST_CASE("An enrolment that may not be is refused by name and leaves nothing", "[enrol]") {
  const Brand brand;
  Shop shop{brand};
  shop.enrol("13800138000");
  using model::AgeAnswer;
  const model::Consent granted{model::Purpose::membership, true, {}, "en", AgeAnswer::old_enough};
  const model::Consent ageless{model::Purpose::membership, true, {}, "en"};
  const model::Consent refused{model::Purpose::membership, false, {}, "en"};
  const model::Consent marketing{model::Purpose::marketing, true, {}, "en"};
  using model::Channel;
  struct Row {
    std::string phone;
    std::vector<model::Consent> consents;
    Channel channel;
    Code code;
  };
  const std::vector<Row> rows{
      {"", {granted}, Channel::kiosk, Code::phone_malformed},
      {"12345", {granted}, Channel::kiosk, Code::phone_malformed},
      {"13700137000", {}, Channel::kiosk, Code::consent_missing},
      {"13700137000", {marketing}, Channel::kiosk, Code::consent_missing},
      {"13700137000", {refused}, Channel::kiosk, Code::consent_missing},
      {"13700137000", {}, Channel::cashier, Code::consent_missing},
      {"13700137000", {refused}, Channel::gateway, Code::consent_missing},
      {"13800138000", {}, Channel::kiosk, Code::consent_missing},  // known or not
      {"13700137000", {ageless}, Channel::kiosk, Code::age_not_told},
      {"13800138000", {ageless}, Channel::kiosk, Code::age_not_told},
      {"13700137000", {granted, marketing}, Channel::kiosk, Code::age_not_told},
  };
  const auto before = shop.facts().size();
  for (const auto& row : rows) {
    CAPTURE(row.phone, static_cast<int>(row.channel));
    const auto view = shop.terminal->enrol({row.phone, row.consents, row.channel});
    REQUIRE_FALSE(view);
    CHECK(view.error().code == row.code);
    CHECK(base::describe(view.error()).find("13") == std::string::npos);
  }
  CHECK(shop.facts().size() == before);
  CHECK(shop.prints().empty());
}

TEST_CASE("What somebody said about their age stands in their consents, by the law of the programme's country",
          "[enrol]") {
  using model::AgeAnswer;
  const Brand brand;
  Shop shop{brand};
  const auto enrol = [&](const std::string& phone, AgeAnswer age) {
    const auto view =
        shop.terminal->enrol({phone, {{model::Purpose::membership, true, {}, "en", age}}, model::Channel::kiosk});
    return view ? std::string{} : std::string{base::code_name(view.error().code)};
  };
  // China: a guardian may agree below 14.
  CHECK(enrol("13800138000", AgeAnswer::guardian_agrees).empty());
  CHECK(shop.facts_of<model::MemberEnrolled>().back().consents.front().age == AgeAnswer::guardian_agrees);
  CHECK(enrol("15112345678", AgeAnswer::old_enough).empty());
  CHECK(enrol("015112345678", AgeAnswer::old_enough) == "phone_malformed");
  shop.publish(tests::programme_json(2, tests::strict_country), 2);
  CHECK(enrol("015112345678", AgeAnswer::guardian_agrees) == "too_young");
  CHECK(enrol("015112345678", AgeAnswer::old_enough).empty());
  const auto last = shop.facts().back();
  CHECK(last.stamp.programme_version == 2);  // by whose country the answer is understood
  CHECK(std::get<model::MemberEnrolled>(last.body).consents.front().age == AgeAnswer::old_enough);
  CHECK(enrol("13800138000", AgeAnswer::old_enough) == "phone_malformed");
  CHECK(enrol("+8613800138001", AgeAnswer::old_enough).empty());  // a guest's, with the plus sign
}

TEST_CASE("Only somebody new is said to have told their age, and a card shows what the hub heard", "[enrol]") {
  using model::AgeAnswer;
  const Brand brand;
  Shop shop{brand};
  const auto enrol = [&](AgeAnswer age, const std::string& phone) {
    return *shop.terminal->enrol({phone, {{model::Purpose::membership, true, {}, "en", age}}, model::Channel::kiosk});
  };
  const auto member = enrol(AgeAnswer::old_enough, "13800138000");
  CHECK(member.told_age_min == 14);
  // Whoever types a number that is known answers for themselves only.
  CHECK(enrol(AgeAnswer::old_enough, "13800138000").told_age_min == 0);
  CHECK(enrol(AgeAnswer::guardian_agrees, "13900139000").told_age_min == 0);
  CHECK(shop.terminal->member(member.member)->told_age_min == 0);
  for (int twice = 0; twice < 2; ++twice) {
    shop.hub_says({tests::row_of(wire::RowKind::member, member.member.value,
                                 wire::encode(wire::MemberRow{member.member, 0, 0, 2, {}, {}, 18}))});
    CHECK(shop.terminal->member(member.member)->told_age_min == 18);
  }
}

TEST_CASE("A number that is typed at a till is one of the programme's country", "[enrol]") {
  const Brand brand;
  Shop shop{brand};
  auto sale = shop.sale_of("T-1", 3'000);
  sale.member_code = "015112345678";  // twelve digits: in China no phone
  CHECK(shop.post(sale).member_problem == Code::code_unknown_kind);
  shop.publish(tests::programme_json(2, tests::strict_country), 2);
  sale = shop.sale_of("T-2", 3'000);
  sale.member_code = "015112345678";
  const auto outcome = shop.post(sale);
  CHECK_FALSE(outcome.member_problem);
  CHECK(outcome.member.value != 0);
  CHECK(outcome.strength == model::Strength::phone_typed);
  CHECK(shop.facts_of<model::MemberEnrolled>().size() == 1);
}

TEST_CASE("The gateway enrols without consents, which the member gives later", "[enrol]") {
  const Brand brand;
  Shop shop{brand, 1, /*with_programme=*/false};
  const auto view = shop.terminal->enrol({"13700137000", {}, model::Channel::gateway});
  REQUIRE(view);
  CHECK(shop.facts_of<model::MemberEnrolled>().at(0).consents.empty());
}

TEST_CASE("A card slip is queued for a known member only", "[enrol]") {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  shop.post(shop.sale_of("T-1", 1000, member));
  const auto of = shop.terminal->request_card_slip(member, "en");
  REQUIRE(of);
  const auto again = shop.terminal->request_card_slip(member, "en");
  REQUIRE(again);
  CHECK(*again != *of);
  const auto prints = shop.prints();
  REQUIRE(prints.size() == 3);
  const auto slip = terminal::decode_slip(prints.back().content);
  REQUIRE(slip);
  CHECK(slip->kind == terminal::Slip::Kind::card);
  CHECK(slip->balance == 10);

  const auto nobody = shop.terminal->request_card_slip(base::MemberId{4711}, "en");
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == Code::member_unknown);
}
