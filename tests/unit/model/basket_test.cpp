// SPDX-License-Identifier: Apache-2.0
#include "sync/model/basket.h"

#include <catch2/catch_test_macros.hpp>

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

TEST_CASE("A returned line within a sale counts as nothing", "[basket]") {
  model::SaleRecorded sale;
  sale.key.store.value = 4;
  sale.lines = {{"1", "oolong", "2", "tea", 5'600, 0}, {"2", "cake", "-1", "food", -1'900, 0}};
  const auto basket = model::basket_of(sale);
  CHECK(basket.store.value == 4);
  CHECK(basket.lines == std::vector<model::BasketLine>{{"oolong", "tea", 2'000, 5'600}, {"cake", "food", 1'000, 0}});
}
