// SPDX-License-Identifier: Apache-2.0
#include "hardware/scan/qr_soft.h"

#include "hardware/scan/encode.h"
#include "hardware/scan/reed_solomon.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace millpond;

namespace {

scan::SoftModules soft(const ports::QrModules& modules) {
  scan::SoftModules out{modules.size, {}};
  for (const auto bit : modules.bits) out.levels.push_back(bit != 0 ? 1.0F : -1.0F);
  return out;
}

std::string text_of(std::size_t length, std::uint64_t seed) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  base::SeededRng rng{seed};
  std::string text;
  while (text.size() < length) text += alphabet[rng.below(alphabet.size())];
  return text;
}

// A rectangle of a symbol of which nothing is known, as under a lamp's reflection.
void blind(scan::SoftModules& modules, int from_x, int from_y, int width, int height) {
  for (int y = from_y; y < from_y + height; ++y) {
    for (int x = from_x; x < from_x + width; ++x) modules.levels[static_cast<std::size_t>(y * modules.size + x)] = 0;
  }
}

}  // namespace

TEST_CASE("what the encoder writes is read from its modules, at every version that we read") {
  int sizes = 0;
  int last_size = 0;
  for (std::size_t length = 1; length <= scan::qr_page_text_max; length += length < 60 ? 7 : 23) {
    CAPTURE(length);
    const auto text = text_of(length, length);
    const auto modules = scan::encode_qr(text, scan::qr_page_text_max);
    REQUIRE(modules);
    if (modules->size > scan::qr_size_of(scan::qr_version_max)) continue;
    if (modules->size != last_size) ++sizes;
    last_size = modules->size;
    CHECK(scan::read_soft(soft(*modules)).text == text);
  }
  CHECK(sizes >= 15);
}

TEST_CASE("digits and bytes are read as well as capitals") {
  for (const std::string text : {"0", "12", "123", "6901234567892", "https://example.org/join?s=12&x=~a", "K1:a b"}) {
    CAPTURE(text);
    CHECK(scan::read_soft(soft(*scan::encode_qr(text))).text == text);
  }
}

TEST_CASE("a part that nobody can see costs half of what a wrong part costs") {
  const auto text = text_of(128, 9);
  const auto whole = soft(*scan::encode_qr(text));
  REQUIRE(whole.size == 41);
  // A corner of data, away from the formats: 14 by 14 of 41 by 41 modules are about an eighth of the symbol.
  auto unseen = whole;
  blind(unseen, 24, 12, 14, 14);
  CHECK(scan::read_soft(unseen).text == text);
  auto turned = whole;
  for (int y = 12; y < 26; ++y) {
    for (int x = 24; x < 38; ++x) turned.levels[static_cast<std::size_t>(y * 41 + x)] *= -1;
  }
  CHECK_FALSE(scan::read_soft(turned).text);
}

TEST_CASE("blocks that could be mended say what their modules are, all over the symbol") {
  const auto text = text_of(128, 4);
  const auto whole = soft(*scan::encode_qr(text));
  const auto& layout = scan::qr_layout(6);
  REQUIRE(scan::read_soft(whole).blocks == 4);
  CHECK(scan::read_soft(whole).mended == 4);
  // The bytes of the first block, every fourth one, turned over.
  auto damaged = whole;
  for (std::size_t byte = 0; byte < 100; byte += 4) {
    for (std::size_t bit = 0; bit < 8; ++bit) {
      const auto [x, y] = layout.data_order[byte * 8 + bit];
      damaged.levels[static_cast<std::size_t>(y * 41 + x)] *= -1;
    }
  }
  const auto read = scan::read_soft(damaged);
  CHECK_FALSE(read.text);
  CHECK(read.mended == 3);
  REQUIRE(read.known.size == 41);
  std::size_t known = 0;
  for (std::size_t i = 0; i < whole.levels.size(); ++i) {
    if (read.known.levels[i] == 0) continue;
    CHECK(read.known.levels[i] == whole.levels[i]);
    ++known;
  }
  CHECK(known == 3 * 43 * 8);
}

TEST_CASE("damage is mended or nothing is read, never something else") {
  const auto text = text_of(128, 3);
  const auto whole = soft(*scan::encode_qr(text));
  base::SeededRng rng{77};
  int read = 0;
  for (int round = 0; round < 300; ++round) {
    auto damaged = whole;
    const auto flips = rng.below(400);
    for (std::uint64_t i = 0; i < flips; ++i) {
      auto& level = damaged.levels[rng.below(damaged.levels.size())];
      level = rng.chance(1, 2) ? -level * 0.3F : 0.1F * level;
    }
    const auto found = scan::read_soft(damaged).text;
    if (!found) continue;
    ++read;
    CHECK(*found == text);
  }
  CHECK(read > 20);
  CHECK(read < 300);
}

TEST_CASE("noise is no symbol") {
  base::SeededRng rng{5};
  for (int round = 0; round < 200; ++round) {
    scan::SoftModules noise{scan::qr_size_of(1 + round % 8), {}};
    for (int i = 0; i < noise.size * noise.size; ++i) {
      noise.levels.push_back(static_cast<float>(rng.below(2000)) / 1000.0F - 1.0F);
    }
    CHECK_FALSE(scan::read_soft(noise).text);
  }
  CHECK_FALSE(scan::read_soft({22, std::vector<float>(22 * 22)}).text);
  CHECK_FALSE(scan::read_soft({21, std::vector<float>(21 * 21)}).text);
}

TEST_CASE("a layout has as many places for data as the standard says") {
  // ISO/IEC 18004, table 1: data capacity in bytes.
  struct Row {
    int version;
    std::size_t bytes;
  };
  for (const auto& row :
       {Row{1, 26}, Row{2, 44}, Row{6, 172}, Row{7, 196}, Row{10, 346}, Row{14, 581}, Row{20, 1085}}) {
    CAPTURE(row.version);
    CHECK(scan::qr_layout(row.version).data_order.size() / 8 == row.bytes);
  }
}

TEST_CASE("errors and erasures are corrected as far as the check bytes reach, and no further") {
  // Sixteen check bytes and none spare: 2 * errors + erasures <= 16.
  base::SeededRng rng{8};
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint8_t> word(43, 0);  // all zero is a codeword of every linear code
    const int erased = static_cast<int>(rng.below(17));
    const int errors = static_cast<int>(rng.below(10));
    CAPTURE(erased, errors);
    std::vector<int> places;
    for (int i = 0; i < erased; ++i) places.push_back(i * 2);
    for (const int place : places) word[static_cast<std::size_t>(place)] = static_cast<std::uint8_t>(rng.below(256));
    for (int i = 0; i < errors; ++i) {
      word[static_cast<std::size_t>(i * 2 + 1)] = static_cast<std::uint8_t>(1 + rng.below(255));
    }
    const auto before = word;
    const bool corrected = scan::correct_errors(word, 16, places, 0);
    if (2 * errors + erased <= 16) {
      CHECK(corrected);
      CHECK(word == std::vector<std::uint8_t>(43, 0));
    } else if (!corrected) {
      CHECK(word == before);
    }
  }
}
