// SPDX-License-Identifier: Apache-2.0
// Vectors of RFC 4648, section 10.
#include "sync/base/base64.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;

TEST_CASE("Base64 comes back, in one spelling only") {
  struct Row {
    std::string_view plain;
    std::string_view text;
  };
  for (const auto& [plain, text] : std::initializer_list<Row>{{"", ""},
                                                              {"f", "Zg=="},
                                                              {"fo", "Zm8="},
                                                              {"foo", "Zm9v"},
                                                              {"foob", "Zm9vYg=="},
                                                              {"fooba", "Zm9vYmE="},
                                                              {"foobar", "Zm9vYmFy"}}) {
    CAPTURE(plain);
    CHECK(base::to_base64(base::view_of(plain)) == text);
    CHECK(base::from_base64(text) == base::Bytes{plain.begin(), plain.end()});
  }
  for (const auto* wrong :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm9-", "=Zm9"}) {
    CAPTURE(wrong);
    CHECK_FALSE(base::from_base64(wrong));
  }
}
