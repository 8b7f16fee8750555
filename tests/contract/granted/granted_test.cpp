// SPDX-License-Identifier: Apache-2.0
// Offline grants from end to end: what the hub writes on a sheet or a stick, and what the shop that opens on it does
// before anybody has reached the hub.
#include "kiosk/service/provisioning.h"
#include "kiosk/service/shop.h"
#include "sync/base/file.h"
#include "sync/codes/payload.h"
#include "sync/wire/grant_file.h"
#include "sync/wire/rights_rows.h"
#include "tests/support/pretend_brand.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;
using model::Honour;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr model::HonourLimits limits{9, 600, 1'200, 5, 24 * hour_ms, 72 * hour_ms, 9};

// A chain with a programme and one terminal, and a machine far away from it.
struct Journey {
  tests::PretendBrand brand;
  tests::PretendTerminal other = brand.provision({2});
  tests::TempDir folder;
  std::unique_ptr<service::Shop> shop{};
  hub::NewGrant grant;
  int number = 0;

  Journey() {
    REQUIRE(brand.core->publish_programme(base::view_of(tests::hub_programme_json(3))));
    const auto made = brand.core->add_grant({.store = {4}, .hub_url = "https://hub.example", .limits = limits});
    REQUIRE(made);
    grant = *made;
  }
  [[nodiscard]] std::string outcome(base::ByteView content) {
    const auto report = service::provision_by_grant(folder.path(), content, brand.clock.wall_ms());
    return report ? "provisioned" : std::string{base::code_name(report.error().code)};
  }
  void open() {
    shop.reset();
    service::Settings settings;
    settings.printer = service::PrinterKind::none;
    auto opened = service::Shop::open(folder.path(), settings, {}, brand.clock, {});
    if (!opened) FAIL(base::describe(opened.error()));
    shop = std::move(*opened);
  }
  void provision(base::ByteView content) {
    REQUIRE(outcome(content) == "provisioned");
    open();
  }
  base::MemberId enrol() {
    const auto view =
        shop->terminal().enrol({"13800138000",
                                {{model::Purpose::membership, true, {}, "zh-CN", model::AgeAnswer::old_enough}},
                                model::Channel::kiosk});
    REQUIRE(view);
    return view->member;
  }
  terminal::SaleOutcome sell(base::MemberId member, const std::string& coupon = {}, base::StaffId approved_by = {}) {
    terminal::SaleRequest request;
    auto& sale = request.sale;
    const auto transaction = "T-" + std::to_string(++number);
    sale.key = {{4}, "till-1", base::local_date_at(brand.clock.wall_ms(), 480), transaction};
    sale.currency = *base::parse_currency("CNY");
    sale.total_minor = sale.eligible_minor = 5'000;
    sale.lines = {{"1", "tea", "1", "drinks", 5'000, 0}};
    sale.tenders = {{model::TenderType::cash, 5'000}};
    request.body_hash = crypto::sha256(base::view_of(transaction));
    request.session_member = member;
    request.session_strength = model::Strength::member_code;
    request.completed_at_ms = brand.clock.wall_ms();
    request.approved_by = approved_by;
    if (!coupon.empty()) request.redemptions = {coupon};
    auto sold = shop->terminal().sale(request, [](const auto&) { return base::Bytes{1}; });
    if (!sold) FAIL(base::describe(sold.error()));
    return std::move(*sold);
  }
  // A coupon to bearer that the other terminal has given.
  [[nodiscard]] std::string coupon(std::uint64_t id, std::uint32_t value_minor) const {
    return codes::compose(
        {{}, codes::Issuer::terminal(other.id(), 1), {id}, {}, {7}, value_minor, 20'700, 30'000, 0, {2}}, other.key(),
        brand.core->brand());
  }
  std::string used(std::uint64_t id, std::uint32_t value_minor, base::MemberId member, base::StaffId approved_by = {}) {
    const auto sold = sell(member, coupon(id, value_minor), approved_by);
    if (sold.refused.empty()) return sold.honoured == std::vector{Honour::provisional} ? "provisional" : "otherwise";
    return std::string{base::code_name(sold.refused.front().code)};
  }
  [[nodiscard]] std::optional<model::HonourLimits> allowance() const {
    std::optional<model::HonourLimits> found;
    REQUIRE(shop->journal().with([&](store::Journal& journal) {
      const auto document = journal.document("allowance");
      REQUIRE(document);
      if (!*document) return;
      const auto decoded = wire::decode_allowance(**document);
      REQUIRE(decoded);
      found = *decoded;
    }));
    return found;
  }
  [[nodiscard]] bool documents_wait() const { return std::filesystem::exists(folder / "grant.documents"); }
};

}  // namespace

TEST_CASE("A stick makes a terminal that knows the programme, rates the first sale and still does after a restart") {
  Journey journey;
  CHECK(journey.outcome(journey.grant.file) == "provisioned");
  CHECK(journey.documents_wait());  // a power cut here loses nothing
  journey.open();
  CHECK_FALSE(journey.documents_wait());
  for (int start = 0; start < 2; ++start) {
    const auto programme = journey.shop->programme();
    REQUIRE(programme);
    CHECK(programme->version == 3);
    journey.open();
  }
  const auto sold = journey.sell(journey.enrol());
  CHECK(sold.points_earned == 50);
  CHECK(journey.shop->terminal().identity().unbound);
}

TEST_CASE("A sheet of paper makes the same terminal, which keeps its sales unrated until the first sync") {
  Journey journey;
  journey.provision(base::view_of(journey.grant.sheet));
  CHECK_FALSE(journey.shop->programme());
  CHECK(journey.sell(journey.enrol()).points_earned == 0);
  const auto allowed = journey.allowance();
  REQUIRE(allowed);
  CHECK(allowed->value_minor_max == limits.value_minor_max);
}

TEST_CASE("A stick brings the country of the programme, and paper goes by China's, where others type a plus sign") {
  struct Row {
    bool stick;
    const char* phone;
    const char* outcome;
  };
  for (const Row& row : {Row{true, "015112345678", "enrolled"}, Row{true, "13800138000", "phone_malformed"},
                         Row{false, "015112345678", "phone_malformed"}, Row{false, "+4915112345678", "enrolled"}}) {
    CAPTURE(row.stick, row.phone);
    auto json = tests::hub_programme_json(4);
    json.pop_back();
    json += R"(,"country":{"code":"DE","joining":{"age_min":16,"guardians_agree":false},"phone":{"calling_code":"49",
      "trunk":"0","digits_min":10,"digits_max":11,"leads":["15","16","17"]},"profile_days":14,
      "breach_told_hours":72}})";
    Journey journey;
    REQUIRE(journey.brand.core->publish_programme(base::view_of(json)));
    const auto made = journey.brand.core->add_grant({.store = {4}, .hub_url = "https://hub.example"});
    REQUIRE(made);
    journey.provision(row.stick ? base::ByteView{made->file} : base::view_of(made->sheet));
    const auto enrolled = journey.shop->terminal().enrol({row.phone, {}, model::Channel::gateway});
    CHECK((enrolled ? std::string{"enrolled"} : std::string{base::code_name(enrolled.error().code)}) == row.outcome);
  }
}

TEST_CASE("What a terminal may honour before the hub has spoken is what its grant says") {
  Journey journey;
  journey.provision(journey.grant.file);
  const auto allowed = journey.allowance();
  REQUIRE(allowed);
  CHECK(allowed->version == 0);
  CHECK(allowed->value_minor_max == 600);
  CHECK(allowed->outstanding_minor_max == 1'200);
  CHECK(allowed->outstanding_uses_max == 5);
  const auto member = journey.enrol();
  CHECK(journey.used(1, 601, member) == "coupon_cap_value");
  CHECK(journey.used(2, 600, member) == "provisional");
  CHECK(journey.used(2, 600, member) == "coupon_spent");
  CHECK(journey.used(3, 600, member) == "provisional");
  CHECK(journey.used(4, 1, member) == "coupon_cap_terminal");
}

TEST_CASE("The first day of a grant counts as the hub's last word: a manager after a day, nobody after three") {
  Journey journey;  // at 11:06 of that day
  journey.provision(journey.grant.file);
  const auto member = journey.enrol();
  CHECK(journey.used(1, 100, member) == "provisional");
  journey.brand.clock.advance_ms(13 * hour_ms);
  CHECK(journey.used(2, 100, member) == "approval_required");
  CHECK(journey.used(3, 100, member, {4}) == "provisional");
  journey.brand.clock.advance_ms(48 * hour_ms);
  CHECK(journey.used(4, 100, member, {4}) == "coupon_cap_age");
  CHECK(journey.sell(member).points_earned == 50);
}

TEST_CASE("Nothing of others is honoured under a clock that contradicts the grant") {
  Journey journey;
  journey.provision(journey.grant.file);
  const auto member = journey.enrol();
  journey.brand.clock.set_wall_ms(journey.brand.clock.wall_ms() - 30 * 24 * hour_ms);
  CHECK(journey.used(1, 100, member) == "time_unknown");
}

TEST_CASE("The hub's own limits take the place of the grant's, and stay over a restart") {
  Journey journey;
  journey.provision(journey.grant.file);
  auto by_hub = limits;
  by_hub.version = 1;
  by_hub.value_minor_max = 50;
  REQUIRE(journey.shop->journal().commit(
      [&](store::Transaction& t) { return t.put_document("allowance", 1, wire::encode(by_hub)); }));
  journey.open();
  CHECK(journey.allowance() == by_hub);
}

TEST_CASE("A stick whose documents are not those of its grant makes no terminal") {
  Journey journey;
  auto file = wire::decode_grant_file(journey.grant.file);
  REQUIRE(file);
  const auto with = [&](base::Bytes documents) { return wire::encode_grant_file({file->sheet, std::move(documents)}); };
  auto changed = file->documents;
  changed[changed.size() / 2] ^= 1;
  CHECK(journey.outcome(with(changed)) == "grant_invalid");
  changed = file->documents;
  changed.push_back(0);
  CHECK(journey.outcome(with(changed)) == "grant_invalid");
  // Those of a grant of yesterday, before the programme.
  tests::PretendBrand rival;
  const auto foreign = rival.core->add_grant({.store = {4}, .hub_url = "https://hub.example"});
  REQUIRE(foreign);
  CHECK(journey.outcome(with(wire::decode_grant_file(foreign->file)->documents)) == "grant_invalid");
  CHECK(terminal::load_identity(journey.folder.path()).error().code == Code::not_provisioned);
  CHECK_FALSE(journey.documents_wait());
  CHECK(journey.outcome(with({})) == "provisioned");  // as paper
}

TEST_CASE("Documents that somebody changed on the disk are left out, and the shop opens without them") {
  Journey journey;
  REQUIRE(journey.outcome(journey.grant.file) == "provisioned");
  auto content = base::read_file(journey.folder / "grant.documents");
  REQUIRE(content);
  content->back() ^= 1;
  REQUIRE(base::write_file(journey.folder / "grant.documents", *content));
  journey.open();
  CHECK_FALSE(journey.shop->programme());
  CHECK(journey.allowance()->outstanding_minor_max == 1'200);
  CHECK(journey.sell(journey.enrol()).points_earned == 0);
}

TEST_CASE("A grant of another day is refused before anything of its stick is on the disk") {
  Journey journey;
  journey.brand.clock.advance_ms(16 * 24 * hour_ms);
  CHECK(journey.outcome(journey.grant.file) == "grant_expired");
  CHECK_FALSE(journey.documents_wait());
}
