// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/grant.h"

#include "sync/crypto/hash.h"
#include "tests/support/seeded_key.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

using namespace millpond;
using base::Code;

namespace {

struct Sheet {
  crypto::SigningKey root = tests::seeded_key(1);
  crypto::SigningKey hub = tests::seeded_key(2);
  crypto::SigningKey on_paper = tests::seeded_key(3);
  base::BrandId brand = crypto::brand_id_of(root.public_key());
  wire::HubKey hub_key{4, hub.public_key(), {5, 6, 7}};
  wire::Grant grant{4, {70'000}, 2, {12}, on_paper.public_key(), 20'000, 20'014, 99, base::Hash{8}, 1'000, 5'000, 20};

  [[nodiscard]] wire::GrantSheet sheet() const {
    std::array<std::uint8_t, 32> seed{};
    seed.fill(3);
    return {root.public_key(), wire::vouch_hub_key(hub_key, root), wire::issue_grant(grant, hub, brand), seed,
            "https://hub.example.com:8443"};
  }
};

}  // namespace

TEST_CASE("a grant is 159 bytes, and any changed bit breaks it") {
  const Sheet made;
  const auto bytes = wire::issue_grant(made.grant, made.hub, made.brand);
  REQUIRE(bytes.size() == wire::grant_bytes);
  CHECK(*wire::open_grant(bytes, made.hub.public_key(), made.brand) == made.grant);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto opened = wire::open_grant(flipped, made.hub.public_key(), made.brand);
    REQUIRE_FALSE(opened);
    REQUIRE(opened.error().code == Code::grant_invalid);
  }
  auto other = made.brand;
  other.bytes[9] ^= 1;
  CHECK_FALSE(wire::open_grant(bytes, made.hub.public_key(), other));
  CHECK_FALSE(wire::open_grant(bytes, made.root.public_key(), made.brand));
  CHECK_FALSE(wire::open_grant(base::ByteView{bytes}.first(158), made.hub.public_key(), made.brand));
  // A certificate is no grant, although a hub key signed both.
  CHECK_FALSE(wire::open_grant(base::Bytes(wire::certificate_bytes, 1), made.hub.public_key(), made.brand));
}

TEST_CASE("a sheet comes back from its bytes, and no part or extension of them does") {
  const Sheet made;
  const auto sheet = made.sheet();
  const auto bytes = wire::encode_sheet(sheet);
  const auto back = wire::decode_sheet(bytes);
  REQUIRE(back);
  CHECK(*back == sheet);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(wire::decode_sheet(base::ByteView{bytes}.first(size)));
  }
  auto longer = bytes;
  longer.push_back('x');
  CHECK_FALSE(wire::decode_sheet(longer));
}

TEST_CASE("the longest sheet fits a paper QR symbol of version 15 in alphanumeric mode") {
  const Sheet made;
  auto sheet = made.sheet();
  sheet.hub_url = std::string(wire::sheet_url_max, 'u');
  const auto bytes = wire::encode_sheet(sheet).size();
  const auto characters = wire::sheet_prefix.size() + bytes / 2 * 3 + bytes % 2 * 2;
  CHECK(characters <= 758);  // ISO/IEC 18004: version 15, error correction L
}

TEST_CASE("a sheet is believed only when every signature on it holds") {
  const Sheet made;
  const auto checked = wire::check_sheet(made.sheet());
  REQUIRE(checked);
  CHECK(checked->brand == made.brand);
  CHECK(checked->grant == made.grant);
  CHECK(checked->hub_key == made.hub_key);

  struct Row {
    const char* what;
    std::function<void(wire::GrantSheet&)> change;
  };
  const auto stranger = tests::seeded_key(9);
  for (const auto& row :
       std::vector<Row>{{"another brand's root", [&](auto& sheet) { sheet.root = stranger.public_key(); }},
                        {"a hub key that the root did not sign",
                         [&](auto& sheet) { sheet.hub_key = wire::vouch_hub_key(made.hub_key, stranger); }},
                        {"a grant of another hub key",
                         [&](auto& sheet) { sheet.grant = wire::issue_grant(made.grant, stranger, made.brand); }},
                        {"a grant that names another hub key",
                         [&](auto& sheet) {
                           auto other = made.grant;
                           other.hub_key = 5;
                           sheet.grant = wire::issue_grant(other, made.hub, made.brand);
                         }},
                        {"another key on the paper", [](auto& sheet) { sheet.seed[0] ^= 1; }}}) {
    CAPTURE(row.what);
    auto sheet = made.sheet();
    row.change(sheet);
    const auto refused = wire::check_sheet(sheet);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::grant_invalid);
  }
}

TEST_CASE("the digits to compare belong to one root and one grant") {
  const Sheet made;
  Sheet other;
  other.grant.serial = 100;
  const auto digits_of = [](const Sheet& of) {
    const auto sheet = of.sheet();
    return wire::sheet_digits(sheet.root, sheet.grant);
  };
  CHECK(digits_of(made).size() == 6);
  CHECK(digits_of(made) != digits_of(other));
  Sheet stranger;
  stranger.root = tests::seeded_key(9);
  CHECK(digits_of(made) != digits_of(stranger));
}

TEST_CASE("a binding holds for one grant and one machine") {
  const Sheet made;
  const auto machine = tests::seeded_key(20);
  const auto thief = tests::seeded_key(21);
  const auto binding = wire::bind_grant(made.on_paper, made.brand, machine.public_key());
  CHECK(wire::binding_holds(made.grant, made.brand, machine.public_key(), binding));
  CHECK_FALSE(wire::binding_holds(made.grant, made.brand, thief.public_key(), binding));
  CHECK_FALSE(wire::binding_holds(made.grant, made.brand, machine.public_key(),
                                  wire::bind_grant(thief, made.brand, machine.public_key())));
  auto other = made.grant;
  other.key = thief.public_key();
  CHECK_FALSE(wire::binding_holds(other, made.brand, machine.public_key(), binding));
}

TEST_CASE("a grant's limits are those on the sheet, and the ages that a brand begins with") {
  const Sheet made;
  const auto limits = wire::limits_of(made.grant);
  CHECK(limits.value_minor_max == 1'000);
  CHECK(limits.outstanding_minor_max == 5'000);
  CHECK(limits.outstanding_uses_max == 20);
  CHECK(limits.refuse_after_ms == model::default_limits().refuse_after_ms);
}
