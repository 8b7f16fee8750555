// SPDX-License-Identifier: Apache-2.0
#include "hardware/ports/receipt.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond::ports;

TEST_CASE("the plain text of a receipt holds every string in order and nothing of its drawing") {
  const Receipt receipt{{Logo{"Tea", "West Road"}, Title{"Sale"}, Highlight{"10 off", ""}, Text{"Hello"},
                         KeyValue{"Total", "9.00"}, Rule{true}, Qr{QrModules{}, "C-1"}, Feed{3}}};
  CHECK(plain_text(receipt) == "Tea\nWest Road\nSale\n10 off\nHello\nTotal\t9.00\nC-1\n");
  CHECK(plain_text({}).empty());
}

TEST_CASE("a QR symbol is light outside itself and sound only when every module is there") {
  const QrModules modules{2, {1, 0, 0, 1}};
  CHECK(modules.is_sound());
  CHECK(modules.get(0, 0));
  CHECK_FALSE(modules.get(1, 0));
  CHECK_FALSE(modules.get(-1, 0));
  CHECK_FALSE(modules.get(0, 2));
  CHECK_FALSE(QrModules{}.is_sound());
  CHECK_FALSE(QrModules{3, {1, 0}}.is_sound());
  CHECK_FALSE(QrModules{178, std::vector<std::uint8_t>(178 * 178)}.is_sound());
}
