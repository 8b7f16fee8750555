// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/theme.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

using namespace millpond::view;

TEST_CASE("contrast follows WCAG") {
  CHECK(std::lround(contrast(rgb(0x000000), rgb(0xFFFFFF))) == 21);
  CHECK(contrast(rgb(0x123456), rgb(0x123456)) == 1);
  CHECK(std::lround(contrast(rgb(0x777777), rgb(0xFFFFFF)) * 100) == 448);
}

TEST_CASE("whatever is written can be read: at least 4.5 to 1") {
  for (const Tint tint : {Tint::light, Tint::dark, Tint::contrast}) {
    for (const TextPair& pair : text_pairs(theme_of(tint))) {
      INFO(pair.what << " in theme " << static_cast<int>(tint));
      CHECK(contrast(pair.text, pair.ground) >= (tint == Tint::contrast ? 7.0 : 4.5));
    }
  }
}

TEST_CASE("colours mix channel by channel") {
  CHECK(rgb(0xC8321E) == 0xFF1E32C8U);
  CHECK(mix(rgb(0x000000), rgb(0xFFFFFF), 0.5F) == rgb(0x808080));
  CHECK(mix(rgb(0x102030), rgb(0x506070), 0) == rgb(0x102030));
  CHECK(with_alpha(rgb(0x102030), 0.5F) == rgb(0x102030, 128));
}
