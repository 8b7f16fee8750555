// SPDX-License-Identifier: Apache-2.0
#include "sync/http/json_limits.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace millpond;
using base::Code;

TEST_CASE("JSON is bounded in depth and length before anybody parses it") {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  const auto objects = [](int levels) {
    std::string text = "1";
    for (int i = 0; i < levels; ++i) text = R"({"a":)" + text + "}";
    return text;
  };
  struct Row {
    std::string text;
    std::optional<Code> refusal;
  };
  for (const auto& row :
       {Row{"", std::nullopt}, Row{nested(16), std::nullopt}, Row{nested(17), Code::bad_input},
        Row{objects(16), std::nullopt}, Row{objects(17), Code::bad_input}, Row{nested(100'000), Code::bad_input},
        Row{"\"" + nested(40) + "\"", std::nullopt}, Row{R"("\"[[[[[[[[[[[[[[[[[[[[")", std::nullopt},
        Row{R"("\\"[[[[[[[[[[[[[[[[[)", Code::bad_input}, Row{std::string(http::json_bytes_max, ' '), std::nullopt},
        Row{std::string(http::json_bytes_max + 1, ' '), Code::too_large}}) {
    CAPTURE(row.text.substr(0, 40));
    const auto checked = http::check_json_limits(base::view_of(row.text));
    CHECK(checked.has_value() == !row.refusal);
    if (!checked && row.refusal) CHECK(checked.error().code == *row.refusal);
  }
}
