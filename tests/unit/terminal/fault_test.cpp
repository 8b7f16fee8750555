// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_vfs.h"
#include "tests/unit/terminal/shop.h"

#include <set>

using namespace millpond;
using base::Code;
using tests::Brand;
using tests::CrashDisk;
using tests::FaultKind;
using tests::Shop;

TEST_CASE("On a full disk a sale is refused by name, nothing half stays, and it works again with space", "[fault]") {
  CrashDisk disk{"terminal-full", 1};
  const Brand brand;
  Shop shop{brand, 1, true, disk.vfs_name()};
  const auto member = shop.enrol("13800138000");
  shop.post(shop.sale_of("T-0", 4200, member));
  const auto facts = shop.facts().size();
  disk.fail_after(0, FaultKind::full);
  std::optional<base::Error> refused;
  int recorded = 0;
  for (int i = 1; i < 200 && !refused; ++i) {  // until a page is needed that the file does not have
    const auto outcome = shop.terminal->sale(shop.sale_of("T-" + std::to_string(i), 4200, member), Shop::answer_of);
    if (outcome)
      ++recorded;
    else
      refused = outcome.error();
  }
  REQUIRE(refused);
  CHECK((refused->code == Code::disk_full || refused->code == Code::disk_error));
  // What is smaller than a sale may still fit on the pages there are, but not for long.
  std::size_t enrolled = 0;
  const auto phone = [&] { return std::to_string(13'900'139'000 + enrolled); };
  while (enrolled < 100 && shop.terminal->enrol(Shop::enrolment(phone()))) ++enrolled;
  REQUIRE(enrolled < 100);
  disk.heal();
  const auto again = shop.post(shop.sale_of("T-" + std::to_string(recorded + 1), 4200, member));
  CHECK(again.kind == terminal::SaleOutcome::Kind::recorded);
  CHECK(again.balance == 42 * (recorded + 2));
  CHECK(shop.facts().size() == facts + enrolled + 3 * static_cast<std::size_t>(recorded + 1));
  CHECK(shop.terminal->enrol(Shop::enrolment(phone())));
  shop.close();
}

TEST_CASE("Whatever operation the power fails at, an answered sale is there and a repeat settles the rest", "[fault]") {
  const Brand brand;
  std::set<Code> errors;
  bool answered_before_the_cut = false;
  // Densely where the group commits, which is where it matters; until the cut comes after the answer.
  for (std::uint64_t at = 0; at < 200 && !answered_before_the_cut; at += at < 30 ? 5 : 1) {
    CAPTURE(at);
    CrashDisk disk{"terminal-cut-" + std::to_string(at), at};
    Shop shop{brand, 1, true, disk.vfs_name()};
    const auto member = shop.enrol("13800138000");
    const auto first = shop.post(shop.sale_of("T-1", 4200, member));
    auto request = shop.sale_of("T-2", 4200, member);
    request.redemptions = {first.issued.at(0).code_text};
    disk.fail_after(at, FaultKind::power_cut);
    const auto outcome = shop.terminal->sale(request, Shop::answer_of);
    if (!outcome) errors.insert(outcome.error().code);
    answered_before_the_cut = outcome && disk.powered();
    shop.close();
    disk.power_cut();
    disk.power_on();
    shop.open();

    CHECK(shop.post(shop.sale_of("T-1", 4200, member)).answer == first.answer);
    const auto again = shop.post(request);
    if (outcome) {
      CHECK(again.kind == terminal::SaleOutcome::Kind::repeated);
      CHECK(again.answer == outcome->answer);
    }
    CHECK(shop.facts_of<model::SaleRecorded>().size() == 2);
    CHECK(shop.facts_of<model::CouponRedeemed>().size() == 1);
    CHECK(shop.facts_of<model::CouponIssued>().size() == 2);
    const auto view = shop.terminal->member(member);
    REQUIRE(view);
    CHECK(view->points_pending == 84);
    shop.close();
  }
  CHECK(answered_before_the_cut);
  CHECK(errors == std::set<Code>{Code::disk_error, Code::commit_unknown});
}

TEST_CASE("A failing sync never turns into a wrong answer, with or without a restart after it", "[fault]") {
  const Brand brand;
  std::set<Code> errors;
  for (std::uint64_t at = 0; at < 120; at += 5) {
    CAPTURE(at);
    CrashDisk disk{"terminal-sync-" + std::to_string(at), at};
    Shop shop{brand, 1, true, disk.vfs_name()};
    const auto member = shop.enrol("13800138000");
    disk.fail_after(at, FaultKind::sync_error);
    std::vector<std::optional<base::Bytes>> answers;
    for (int i = 0; i < 4; ++i) {
      const auto outcome = shop.terminal->sale(shop.sale_of("T-" + std::to_string(i), 4200, member), Shop::answer_of);
      answers.push_back(outcome ? std::optional{outcome->answer} : std::nullopt);
      if (!outcome) errors.insert(outcome.error().code);
    }
    const bool restart = at % 2 == 0;
    if (restart) {
      shop.close();
      disk.power_cut();
    }
    disk.heal();
    if (restart) {
      disk.power_on();
      shop.open();
    }
    for (int i = 0; i < 4; ++i) {
      const auto again = shop.post(shop.sale_of("T-" + std::to_string(i), 4200, member));
      const auto& answer = answers[static_cast<std::size_t>(i)];
      if (!answer) continue;
      CHECK(again.kind == terminal::SaleOutcome::Kind::repeated);
      CHECK(again.answer == *answer);
    }
    CHECK(shop.facts_of<model::SaleRecorded>().size() == 4);
    const auto view = shop.terminal->member(member);
    REQUIRE(view);
    CHECK(view->points_pending == 4 * 42);
    shop.close();
  }
  CHECK_FALSE(errors.empty());
  for (const auto code : errors) CHECK((code == Code::disk_error || code == Code::commit_unknown));
}
