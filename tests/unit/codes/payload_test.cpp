// SPDX-License-Identifier: Apache-2.0
#include "sync/codes/payload.h"

#include "sync/base/rng.h"
#include "sync/codes/base45.h"
#include "sync/crypto/hash.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <utility>
#include <vector>

using namespace millpond;
using base::Code;

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

struct Fixture {
  crypto::SigningKey key = crypto::SigningKey::from_seed({1, 2, 3});
  crypto::SigningKey stranger = crypto::SigningKey::from_seed({9});
  base::BrandId brand{{0x4d, 0x50, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
  base::BrandId other_brand{{0x4d, 0x51}};
  codes::MemberCode member{0x4d50,
                           codes::Issuer::terminal(base::TerminalId{0x000123}, 7),
                           base::MemberId{0x0001'23aa'bb00'0001ULL},
                           2,
                           20'778,
                           0};
  codes::CouponCode coupon{0x4d50,
                           codes::Issuer::hub(1),
                           base::CouponId{0x0001'23aa'bb00'0002ULL},
                           base::MemberId{0x0001'23aa'bb00'0001ULL},
                           base::CampaignId{42},
                           500,
                           20'778,
                           20'808,
                           0,
                           base::StoreId{17}};

  crypto::SigningKey app = crypto::SigningKey::from_seed({7, 7});
  codes::RotatingCode rotating{{0x4d50, codes::Issuer::hub(1), base::MemberId{0x0001'23aa'bb00'0001ULL}, 2, 20'778, 0},
                               app.public_key(),
                               20'808,
                               1'795'000'000};

  [[nodiscard]] std::string rotating_text() const {
    return codes::compose_rotating(codes::sign_app_card(rotating, key, brand), rotating.made_s, app, brand);
  }
  [[nodiscard]] std::vector<std::pair<codes::Payload, std::string>> one_of_each() const {
    return {{member, codes::compose(member, key, brand)},
            {coupon, codes::compose(coupon, key, brand)},
            {rotating, rotating_text()}};
  }

  // What becomes of a text: the payload, or the code of its refusal at parse or verify.
  [[nodiscard]] base::Result<codes::Payload> read(std::string_view text) const {
    MILLPOND_TRY(const auto code, codes::parse(text, brand));
    return codes::verify(code, key.public_key(), brand);
  }
};

std::string with_payload(base::Bytes bytes) { return "K1:" + codes::base45_encode(bytes); }

base::Bytes payload_of(const std::string& text) { return *codes::base45_decode(std::string_view{text}.substr(3)); }

}  // namespace

// The expected texts were computed by another implementation: Python, its cryptography package and a Base45 loop.
TEST_CASE_METHOD(Fixture, "A member code is what it was last year", "[payload]") {
  const auto text = codes::compose(member, key, brand);
  CHECK(text ==
        "K1:K9455AL60$*0L60CQL000X50XBAF20SJ2FM9PHINIL2ZE7DOVSGNF2O-L ZRT"
        "*2%:IOU0*ONO87/.1Z82J4E00IJCKV78JWAJ-6Z142VK+WO6X5KKP89G-7223K90");
  CHECK(text.size() == 128);
  CHECK(payload_of(text).size() == codes::member_code_bytes);
}

TEST_CASE_METHOD(Fixture, "A coupon code is what it was last year", "[payload]") {
  const auto text = codes::compose(coupon, key, brand);
  CHECK(text ==
        "K1:J8255A000V50L60CQL000HB0L60CQL000V50000.D5100+*UXF5R49000H00JG69LVK6G0QGIYA/"
        "87*GL9+UK%HKK8I9VGZ32F333GM0IBKB5%5Z01 I5F-5E+I%46-V1*KDU.R/SE+L7VS9TR06 95L77VG");
  CHECK(text.size() == 159);
  CHECK(payload_of(text).size() == codes::coupon_code_bytes);
}

TEST_CASE_METHOD(Fixture, "A payload's layout is big-endian and documented", "[payload]") {
  CHECK(base::to_hex(base::ByteView{payload_of(codes::compose(member, key, brand))}.first(19)) ==
        "21"
        "4d50"
        "00012307"
        "000123aabb000001"
        "02"
        "512a"
        "00");
  CHECK(base::to_hex(base::ByteView{payload_of(codes::compose(coupon, key, brand))}.first(40)) ==
        "11"
        "4d50"
        "00000001"
        "000123aabb000002"
        "000123aabb000001"
        "0000002a"
        "000001f4"
        "512a"
        "5148"
        "00"
        "00000011");
}

TEST_CASE_METHOD(Fixture, "What was composed comes back verified, in the alphabet of QR alphanumeric mode",
                 "[payload]") {
  for (const auto& [payload, text] : one_of_each()) {
    CHECK(text.find_first_not_of(alphabet) == std::string::npos);
    const auto back = read(text);
    REQUIRE(back);
    CHECK(*back == payload);
  }
}

TEST_CASE_METHOD(Fixture, "Every change of one character of a valid code is refused by name", "[payload]") {
  const std::set<Code> allowed{Code::code_forged, Code::code_malformed, Code::code_wrong_brand,
                               Code::code_unknown_kind};
  std::set<Code> seen;
  for (const auto& [payload, text] : one_of_each()) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (const char c : alphabet) {
        if (c == text[i]) continue;
        auto changed = text;
        changed[i] = c;
        const auto result = read(changed);
        REQUIRE_FALSE(result);
        REQUIRE(allowed.contains(result.error().code));
        seen.insert(result.error().code);
      }
    }
  }
  CHECK(seen == allowed);
}

TEST_CASE_METHOD(Fixture, "Every change of one byte of a valid payload is refused by name", "[payload]") {
  for (const auto& [payload, text] : one_of_each()) {
    const auto bytes = payload_of(text);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        auto changed = bytes;
        changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
        const auto result = read(with_payload(changed));
        REQUIRE_FALSE(result);
        const auto expected = i == 0 ? Code::code_unknown_kind : i < 3 ? Code::code_wrong_brand : Code::code_forged;
        REQUIRE(result.error().code == expected);
      }
    }
  }
}

TEST_CASE_METHOD(Fixture, "A code is taken to the letter", "[payload]") {
  const auto text = codes::compose(member, key, brand);
  auto lower = text;
  std::transform(lower.begin() + 3, lower.end(), lower.begin() + 3,
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  auto member_as_coupon = payload_of(text);
  member_as_coupon[0] = 0x11;
  struct Row {
    std::string text;
    Code code;
  };
  const std::vector<Row> rows{
      {"", Code::code_unknown_kind},
      {"K1", Code::code_unknown_kind},
      {"k1" + text.substr(2), Code::code_unknown_kind},
      {"K2" + text.substr(2), Code::code_unknown_kind},
      {"M-0000-0000-00000", Code::code_unknown_kind},
      {"K1:", Code::code_malformed},
      {text + "\r\n", Code::code_malformed},
      {text + "0", Code::code_malformed},
      {" " + text, Code::code_unknown_kind},
      {lower, Code::code_malformed},
      {text + text, Code::code_malformed},
      {"K1:" + std::string(100'000, '0'), Code::code_malformed},
      {with_payload({0x22, 1, 2}), Code::code_malformed},
      {with_payload({0x23, 1, 2}), Code::code_unknown_kind},
      {with_payload({0x21}), Code::code_malformed},
      {with_payload(member_as_coupon), Code::code_malformed},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text.substr(0, 200));
    const auto result = codes::parse(row.text, brand);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == row.code);
    CHECK(result.error().detail.size() < 40);
  }
  for (std::size_t size = 0; size < text.size(); ++size) REQUIRE_FALSE(codes::parse(text.substr(0, size), brand));
}

TEST_CASE_METHOD(Fixture, "Another brand's code is told from a forged one", "[payload]") {
  const auto foreign = codes::parse(codes::compose(member, key, other_brand), brand);
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().code == Code::code_wrong_brand);

  // The same two tag bytes by chance: the brand inside the signature still tells.
  auto namesake = brand;
  namesake.bytes[15] = 99;
  const auto close = read(codes::compose(member, key, namesake));
  REQUIRE_FALSE(close);
  CHECK(close.error().code == Code::code_forged);

  const auto forged = read(codes::compose(member, stranger, brand));
  REQUIRE_FALSE(forged);
  CHECK(forged.error().code == Code::code_forged);
}

TEST_CASE_METHOD(Fixture, "No app's card is good for more than 31 days, whoever signed it", "[payload]") {
  for (const auto& [last_day, good] :
       {std::pair{20'778 + 31, true}, std::pair{20'778 + 32, false}, std::pair{65'535, false}, std::pair{0, true}}) {
    CAPTURE(last_day);
    rotating.last_day = static_cast<std::uint16_t>(last_day);
    const auto back = read(rotating_text());
    CHECK(back.has_value() == good);
    if (!back) CHECK(back.error().code == Code::code_forged);
  }
}

TEST_CASE_METHOD(Fixture, "A card of tomorrow is one of today somewhere, and one of later is of nobody's",
                 "[payload]") {
  for (const auto& [today, future] : {std::pair{20'700, true}, std::pair{20'776, true}, std::pair{20'777, false},
                                      std::pair{20'778, false}, std::pair{21'500, false}}) {
    CAPTURE(today);
    CHECK(codes::is_future_dated(member, {today}) == future);
    CHECK(codes::is_future_dated(rotating, {today}) == future);
    CHECK_FALSE(codes::is_future_dated(coupon, {today}));
  }
}

// A static code can be photographed; a rotating one must not be made of it, nor of another moment's.
TEST_CASE_METHOD(Fixture, "A rotating code holds for the hub's word, the app's key and one moment", "[payload]") {
  const auto card = codes::sign_app_card(rotating, key, brand);
  REQUIRE(card.size() == codes::app_card_bytes);
  const auto text = rotating_text();
  CHECK(text.size() == 281);
  REQUIRE(read(text));

  auto by_terminal = rotating;
  by_terminal.card.issuer = codes::Issuer::terminal(base::TerminalId{5}, 1);
  auto other_moment = payload_of(text);
  other_moment[codes::app_card_bytes + 3] ^= 1U;
  auto other_card = rotating;
  other_card.card.member = base::MemberId{99};
  auto spliced = codes::sign_app_card(other_card, key, brand);
  base::append(spliced, base::ByteView{payload_of(text)}.subspan(codes::app_card_bytes));
  struct Row {
    const char* what;
    std::string text;
  };
  const std::vector<Row> rows{
      {"another app's key", codes::compose_rotating(card, rotating.made_s, stranger, brand)},
      {"a card that no hub signed",
       codes::compose_rotating(codes::sign_app_card(rotating, stranger, brand), rotating.made_s, app, brand)},
      {"a terminal vouches for an app",
       codes::compose_rotating(codes::sign_app_card(by_terminal, key, brand), rotating.made_s, app, brand)},
      {"the moment was changed", with_payload(other_moment)},
      {"one member's card and another's moment", with_payload(spliced)},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto result = read(row.text);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::code_forged);
  }
}

TEST_CASE("Issuers tell hubs from terminals", "[payload]") {
  CHECK(codes::Issuer::hub(3).is_hub());
  CHECK(codes::Issuer::hub(3).terminal_id() == base::TerminalId{});
  CHECK_FALSE(codes::Issuer::terminal(base::TerminalId{1}, 0).is_hub());
  CHECK(codes::Issuer::terminal(base::TerminalId{0xabcdef}, 0xff).terminal_id() == base::TerminalId{0xabcdef});
}

TEST_CASE_METHOD(Fixture, "Twenty thousand random texts never pass and never crash", "[payload]") {
  base::SeededRng rng{21};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = rng.chance(3, 4) ? "K1:" : "";
    const auto size = rng.below(200);
    for (std::uint64_t n = 0; n < size; ++n) {
      text += rng.chance(1, 50) ? static_cast<char>(rng.below(256)) : alphabet[rng.below(alphabet.size())];
    }
    REQUIRE_FALSE(read(text));
  }
  for (int i = 0; i < 20'000; ++i) {
    base::Bytes bytes(rng.chance(1, 2) ? codes::member_code_bytes : codes::coupon_code_bytes);
    rng.fill(bytes);
    bytes[0] = bytes.size() == codes::member_code_bytes ? 0x21 : 0x11;
    if (rng.chance(1, 2)) bytes[1] = 0x4d, bytes[2] = 0x50;
    REQUIRE_FALSE(read(with_payload(bytes)));
  }
}
