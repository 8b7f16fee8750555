// SPDX-License-Identifier: Apache-2.0
#include "sync/model/basket.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace millpond;

TEST_CASE("Quantities are read as tills write them", "[basket]") {
  struct Row {
    std::string_view text;
    std::optional<std::int64_t> milli;
  };
  const std::vector<Row> rows{{"1", 1'000},
                              {"0.350", 350},
                              {"2.5", 2'500},
                              {"12.0000", 12'000},
                              {"1000000", 1'000'000'000},
                              {"0", 0},
                              {"0.0005", std::nullopt},
                              {"", std::nullopt},
                              {".5", std::nullopt},
                              {"1.", std::nullopt},
                              {"-1", std::nullopt},
                              {"1,5", std::nullopt},
                              {"1000001", std::nullopt},
                              {"99999999999999999999", std::nullopt}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(model::quantity_milli_of(row.text) == row.milli);
  }
}

TEST_CASE("A moment has the store's day, weekday and minute", "[basket]") {
  struct Row {
    std::string_view at;
    std::int32_t offset_min;
    std::string_view date;
    std::int32_t minute;
    int weekday;
  };
  const std::vector<Row> rows{
      {"2026-11-22T15:59:59Z", 480, "2026-11-22", 23 * 60 + 59, 6},  {"2026-11-22T16:00:00Z", 480, "2026-11-23", 0, 0},
      {"2026-11-22T03:29:00Z", -210, "2026-11-21", 23 * 60 + 59, 5}, {"1970-01-01T00:00:00Z", 0, "1970-01-01", 0, 3},
      {"2024-02-29T12:00:00Z", 840, "2024-03-01", 120, 4},
  };
  for (const auto& row : rows) {
    CAPTURE(row.at);
    const auto moment = model::store_moment(*base::parse_rfc3339(row.at), row.offset_min);
    CHECK(moment.date == *base::parse_date(row.date));
    CHECK(moment.minute == row.minute);
    CHECK(model::weekday_of(moment.date) == row.weekday);
  }
  CHECK(model::store_moment(-1, 0) == model::StoreMoment{base::LocalDate{-1}, 24 * 60 - 1});
}

TEST_CASE("Negative lines are spread over the others, goods first", "[basket]") {
  struct Row {
    const char* what;
    std::vector<std::pair<const char*, std::int64_t>> lines;  // category and net
    std::vector<std::int64_t> nets;
  };
  const std::vector<Row> rows{
      {"none", {{"tea", 5'600}, {"food", 1'900}}, {5'600, 1'900}},
      {"a return within the sale", {{"tea", 5'600}, {"food", -1'900}}, {3'700, 0}},
      {"a discount of the whole bill", {{"tea", 5'000}, {"food", 2'000}, {"", -1'400}}, {4'000, 1'600, 0}},
      {"what does not divide goes by largest remainder", {{"tea", 100}, {"food", 200}, {"", -100}}, {67, 133, 0}},
      {"delivery is not goods", {{"tea", 5'000}, {"delivery", 500}, {"", -1'000}}, {4'000, 500, 0}},
      {"until the goods are used up", {{"tea", 500}, {"delivery", 500}, {"", -700}}, {0, 300, 0}},
      {"more is given back than bought", {{"tea", 500}, {"food", -700}}, {0, 0}},
      {"only a return", {{"food", -700}}, {0}},
      {"as far as numbers go",
       {{"tea", std::numeric_limits<std::int64_t>::max()},
        {"food", std::numeric_limits<std::int64_t>::min()},
        {"", std::numeric_limits<std::int64_t>::min()}},
       {0, 0, 0}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    model::SaleRecorded sale;
    for (const auto& [category, net] : row.lines) {
      sale.lines.push_back({std::to_string(sale.lines.size()), "sku", "1", category, net, 0});
    }
    CHECK(model::nets_of(sale) == row.nets);
  }
}

TEST_CASE("A basket is a sale line by line", "[basket]") {
  model::SaleRecorded sale;
  sale.key.store.value = 4;
  sale.lines = {{"1", "oolong", "2", "tea", 5'600, 0},
                {"2", "cake", "-1", "food", -1'900, 0},
                {"3", "ride", "1", "delivery", 700, 0}};
  const auto basket = model::basket_of(sale);
  CHECK(basket.store.value == 4);
  CHECK(basket.lines == std::vector<model::BasketLine>{{"oolong", "tea", 2'000, 3'700},
                                                       {"cake", "food", 1'000, 0},
                                                       {"ride", "delivery", 1'000, 0}});
  CHECK(basket.delivery_minor == 700);
}
