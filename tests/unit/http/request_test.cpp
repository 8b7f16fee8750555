// SPDX-License-Identifier: Apache-2.0
#include "sync/http/server.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("A query value is found by name and decoded") {
  struct Row {
    std::string target;
    std::string name;
    std::string value;
  };
  const Row rows[] = {
      {"/v1/down?cursor=1.42&limit=5", "cursor", "1.42"},
      {"/v1/down?cursor=1.42&limit=5", "limit", "5"},
      {"/v1/down?cursor=1.42&limit=5", "other", ""},
      {"/v1/down", "cursor", ""},
      {"/v1/down?", "cursor", ""},
      {"/v1/down?cursor", "cursor", ""},
      {"/find?name=%E6%9D%8E+a%2fb", "name", "李 a/b"},
      {"/find?name=100%", "name", "100%"},
      {"/find?name=%zz", "name", "%zz"},
      {"/find?a=1&a=2", "a", "1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.target, row.name);
    CHECK(http::Request{.target = row.target}.query(row.name) == row.value);
  }
}

TEST_CASE("The path is the target without its query") {
  CHECK(http::Request{.target = "/v1/up"}.path() == "/v1/up");
  CHECK(http::Request{.target = "/v1/down?cursor=0.0"}.path() == "/v1/down");
}

TEST_CASE("Header names are found in any case") {
  const http::Request request{.headers = {{"Millpond-Nonce", "ab"}, {"X", ""}}};
  CHECK(request.header("millpond-nonce") == "ab");
  CHECK(request.header("MILLPOND-NONCE") == "ab");
  CHECK(request.header("x").empty());
  CHECK(request.header("y").empty());
}
