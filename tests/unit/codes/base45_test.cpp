// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/base45.h"

#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace millpond;

TEST_CASE("Base45 writes the examples of RFC 9285", "[base45]") {
  struct Row {
    std::string_view bytes;
    std::string_view text;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"AB", "BB8"},
      {"Hello!!", "%69 VD92EX0"},
      {"base-45", "UJCLQE7W581"},
      {"ietf!", "QED8WEX0"},
      {"", ""},
  }));
  CHECK(codes::base45_encode(base::view_of(row.bytes)) == row.text);
  const auto decoded = codes::base45_decode(row.text);
  REQUIRE(decoded);
  CHECK(base::text_of(*decoded) == row.bytes);
}

TEST_CASE("Base45 refuses what no encoder writes", "[base45]") {
  const auto text =
      GENERATE(as<std::string>{}, "A", "BB8A", "GGW", ":::", "::", "bb8", "BB8\n", " BB8", "B,8", "BB\xe4");
  CAPTURE(text);
  CHECK_FALSE(codes::base45_decode(text));
}

TEST_CASE("Base45 accepts the largest groups and nothing above them", "[base45]") {
  CHECK(codes::base45_decode("FGW") == base::Bytes{0xff, 0xff});
  CHECK(codes::base45_decode("U5") == base::Bytes{0xff});
  CHECK_FALSE(codes::base45_decode("V5"));
}

TEST_CASE("Every byte string comes back from its text, and every accepted text is the only one for its bytes",
          "[base45]") {
  base::SeededRng rng{45};
  int accepted = 0;
  for (int i = 0; i < 5'000; ++i) {
    base::Bytes bytes(rng.below(120));
    rng.fill(bytes);
    auto text = codes::base45_encode(bytes);
    REQUIRE(codes::base45_decode(text) == bytes);
    if (text.empty()) continue;
    text[rng.below(text.size())] = static_cast<char>(rng.below(128));
    const auto changed = codes::base45_decode(text);
    if (!changed) continue;
    ++accepted;
    REQUIRE(codes::base45_encode(*changed) == text);
  }
  CHECK(accepted > 0);
}
