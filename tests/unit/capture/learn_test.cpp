// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/learn.h"
#include "hardware/capture/read_sale.h"
#include "hardware/capture/trial.h"
#include "tests/support/receipt_source.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

namespace {

const tests::SourceReceipt& source(const std::string& till, std::size_t number) {
  static const auto all = tests::source_receipts();
  for (const auto& each : all) {
    if (each.till == till && each.number == number) return each;
  }
  throw std::runtime_error{"no such receipt"};
}

capture::Marked marked(const std::string& till, std::size_t number, const char* marks) {
  return {tests::read_source(source(till, number)), capture::parse_marks(marks).value()};
}

struct Learned {
  const char* till;
  capture::LearnSettings settings;
  std::vector<std::pair<std::size_t, const char*>> samples;
  std::vector<std::size_t> reads;  // also read, and never shown
};

}  // namespace

TEST_CASE("A template learned from marked samples reads them, and others of the same till") {
  const Learned rows[]{
      {"tea_shop",
       {"tea", "CNY", {}},
       {{1,
         "receipt: A0042\ndate: 2026-11-21\ntime: 10:42:05\ntotal: 38.00\nitem: 18.00\nitem: 20.00\ntender.wechat_pay: "
         "38.00"},
        {2,
         "receipt: A0043\ndate: 2026-11-21\ntime: 10:50:11\ntotal: 51.00\nitem: 36.00\nitem: 22.00\nitem: -7.00\n"
         "tender.cash: 100.00\nchange: 49.00"}},
       {}},
      {"square_like",
       {"square", "USD", {2, '.', false, capture::DateOrder::mdy}},
       {{1, "receipt: pB3x\ndate: Nov 21, 2026\ntotal: 14.12\ntender.card: 14.12"}},
       {}},
      {"odoo_like",
       {"odoo", "EUR", {2, ',', false, capture::DateOrder::dmy}},
       {{1, "receipt: 00012-003-0041\ndate: 21.11.2026\ntime: 10:42:05\ntotal: 1.043,50\ntender.card: 1.043,50"},
        {2, "receipt: 00012-003-0042\ndate: 21.11.2026\ntotal: 45,00\ntender.cash: 50,00\nchange: 5,00"}},
       {}},
      {"generic_80mm", {"city", "EUR", {}}, {{1, "receipt: 77\ndate: 2026-11-21\ntotal: 88.00"}}, {}},
      {"toast_like",
       {"grill", "USD", {2, '.', false, capture::DateOrder::mdy}},
       {{1,
         "receipt: 117\ndate: 11/21/26\ntime: 7:45 PM\ntotal: 54.46\nitem: 16.00\nitem: 18.00\nadd: 3.06\nadd: 17.40\n"
         "tender.card: 54.46"}},
       {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.till);
    std::vector<capture::Marked> samples;
    for (const auto& [number, marks] : row.samples) samples.push_back(marked(row.till, number, marks));
    const auto learned = capture::learn(samples, row.settings);
    if (!learned) FAIL(learned.error().detail);
    CAPTURE(*learned);
    const auto parsed = capture::parse_template(base::view_of(*learned));
    REQUIRE(parsed.has_value());
    for (const auto& [number, marks] : row.samples) {
      const auto& of = source(row.till, number);
      const auto reading = capture::read_sale(tests::read_source(of), {*parsed}, tests::source_context());
      CHECK(reading.verdict == capture::Verdict::sale);
      CHECK(std::to_string(reading.sale.total_minor) == of.values.at("total"));
      CHECK(reading.sale.key.transaction == of.values.at("receipt"));
    }
  }
}

TEST_CASE("A mark that is on no line, or none at all, is said") {
  const auto wrong =
      capture::learn({marked("tea_shop", 1, "receipt: A9999\ndate: 2026-11-21\ntotal: 38.00")}, {"t", "CNY", {}});
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().detail.find("receipt of sample 1") != std::string::npos);
  CHECK_FALSE(capture::learn({}, {"t", "CNY", {}}).has_value());
  CHECK_FALSE(capture::learn({marked("tea_shop", 1, "total: 38.00")}, {"t", "CNY", {}}).has_value());
  CHECK(capture::parse_marks("# a note\n\ntotal: 5.00\n").value().size() == 1);
  CHECK(capture::parse_marks("total 5.00").error().detail.find("line 1") != std::string::npos);
  CHECK_FALSE(capture::parse_marks("sum: 5.00").has_value());
}

TEST_CASE("A trial says what a template promises: all of it with redundancy, and nothing without") {
  std::vector<capture::Template> templates;
  for (const auto& document : tests::source_templates()) templates.push_back(*capture::parse_template(document));
  const auto trial_of = [&](const std::string& till, std::size_t number) {
    return capture::try_changes(tests::read_source(source(till, number)), templates, tests::source_context());
  };
  for (const auto* const till :
       {"tea_shop", "convenience", "restaurant", "pharmacy", "fashion", "square_like", "generic_58mm"}) {
    CAPTURE(till);
    const auto trial = trial_of(till, 1);
    CHECK(trial.other_amount == 0);
    CHECK(trial.kept > 0);
    CHECK(trial.other_key > 0);
  }
  CHECK(trial_of("generic_80mm", 1).other_amount > 0);
  CHECK(trial_of("convenience", 3).became_sale > 0);  // nothing but one line says that it was cancelled
  CHECK(trial_of("tea_shop", 3).became_sale == 0);    // its amounts are negative as well
}
