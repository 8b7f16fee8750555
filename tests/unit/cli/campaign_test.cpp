// SPDX-License-Identifier: Apache-2.0
// `millpond campaign` on files, as somebody at head office uses it.
#include "kiosk/cli/campaign.h"

#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace millpond;
using Json = nlohmann::json;

namespace {

// What a function prints while it runs.
class Printed {
 public:
  Printed() : out_{std::cout.rdbuf(text_.rdbuf())}, errors_{std::cerr.rdbuf(problem_.rdbuf())} {}
  ~Printed() {
    std::cout.rdbuf(out_);
    std::cerr.rdbuf(errors_);
  }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }
  [[nodiscard]] std::string problem() const { return problem_.str(); }

 private:
  std::ostringstream text_;
  std::ostringstream problem_;
  std::streambuf* out_;
  std::streambuf* errors_;
};

struct Answer {
  int status{};
  std::string text;
  std::string problem;
  [[nodiscard]] Json json() const { return Json::parse(text); }
};

Answer answer_of(int (*run)(const cli::CampaignOptions&), const cli::CampaignOptions& options) {
  const Printed printed;
  const int status = run(options);
  return {status, printed.text(), printed.problem()};
}

std::string sale(const char* at, const char* transaction, int member, int eligible_minor) {
  return R"({"at": ")" + std::string{at} + R"(", "transaction": ")" + transaction + R"(", "store": 1, "member": )" +
         std::to_string(member) + R"(, "eligible_minor": )" + std::to_string(eligible_minor) +
         R"(, "paid_with": ["cash"], "lines": []})" + "\n";
}

// The demo shop gives a coupon of 8.00 for every sale of 30.00 or more, from 2026 on.
cli::CampaignOptions shop(const tests::TempDir& folder, const std::string& events) {
  cli::CampaignOptions options;
  options.file = (tests::source_dir() / "assets/shop/programme.json").string();
  options.against = (folder / "events.jsonl").string();
  options.json = true;
  std::ofstream{options.against} << events;
  return options;
}

}  // namespace

TEST_CASE("Only the days that are asked for are replayed, by the clock of the shop") {
  const tests::TempDir folder;
  const auto events = sale("2026-09-30T15:59:59Z", "a", 5, 3'000) + sale("2026-09-30T16:00:00Z", "b", 5, 3'000) + "\n" +
                      sale("2026-10-31T23:59:59+08:00", "c", 6, 5'000) +
                      sale("2026-11-01T00:00:00+08:00", "d", 6, 5'000);
  auto options = shop(folder, events);
  CHECK(answer_of(cli::replay_campaigns, options).json().at("sales") == 4);
  options.from = "2026-10-01";
  options.through = "2026-10-31";
  const auto answer = answer_of(cli::replay_campaigns, options);
  CHECK(answer.status == 0);
  CHECK(answer.json().at("sales") == 2);
  CHECK(answer.json().at("eligible_minor") == 8'000);
  CHECK(answer.json().at("campaigns").at(0).at("face_minor") == 1'600);
  CHECK_FALSE(answer.json().contains("outage"));
}

TEST_CASE("A campaign that has not begun is tried on earlier days as if they came later") {
  const tests::TempDir folder;
  auto options = shop(folder, sale("2025-12-15T12:00:00+08:00", "a", 5, 3'000));
  CHECK(answer_of(cli::replay_campaigns, options).json().at("campaigns").empty());
  options.days_later = 28;
  CHECK(answer_of(cli::replay_campaigns, options).json().at("campaigns").at(0).at("gave") == 1);
}

TEST_CASE("What cannot be read is named with its line") {
  const tests::TempDir folder;
  const auto good = sale("2026-10-01T12:00:00Z", "a", 5, 3'000);
  auto broken = answer_of(cli::replay_campaigns, shop(folder, good + "\n" + R"({"event": "sale"})"));
  CHECK(broken.status == 1);
  CHECK(broken.problem.find("line 3, /at: is missing") != std::string::npos);
  auto options = shop(folder, good);
  options.from = "October";
  CHECK(answer_of(cli::replay_campaigns, options).status == 1);
  options = shop(folder, good);
  options.against = (folder / "nothing.jsonl").string();
  CHECK(answer_of(cli::replay_campaigns, options).status == 1);
}

TEST_CASE("Check and replay bound an outage when they are told how many terminals there are") {
  const tests::TempDir folder;
  auto options = shop(folder, sale("2026-10-01T12:00:00Z", "a", 5, 3'000));
  options.outage.terminals = 40;
  for (auto* const run : {&cli::check_campaigns, &cli::replay_campaigns}) {
    const auto outage = answer_of(run, options).json().at("outage");
    CHECK(outage.at("coupons_minor") == 2 * 40 * 10'000);
    CHECK(outage.at("these_coupons_minor") == 2 * 40 * 10'000);  // 20 uses of 8.00 are more than 100.00
    CHECK(outage.at("points") == 100'000);
    CHECK(outage.at("asked_for").empty());
  }
  options.json = false;
  CHECK(answer_of(cli::check_campaigns, options).text.find("honoured without asking: 800000") != std::string::npos);
}
