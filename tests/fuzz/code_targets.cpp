// SPDX-License-Identifier: Apache-2.0
// What cameras and wedge scanners read, and the sheets that people bring.
#include "sync/base/check.h"
#include "sync/codes/base45.h"
#include "sync/codes/claim.h"
#include "sync/codes/classify.h"
#include "sync/codes/payload.h"
#include "sync/crypto/hash.h"
#include "sync/wire/grant_file.h"
#include "sync/wire/provisioning.h"
#include "tests/fuzz/target.h"
#include "tests/support/seeded_key.h"

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

const crypto::SigningKey& hub_key() {
  static const auto key = tests::seeded_key(2);
  return key;
}
const crypto::SigningKey& app_key() {
  static const auto key = tests::seeded_key(4);
  return key;
}
const base::BrandId& brand() {
  static const auto brand = crypto::brand_id_of(tests::seeded_key(1).public_key());
  return brand;
}
std::string text_of(ByteView bytes) { return std::string{base::text_of(bytes)}; }
Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

const codes::MemberCode member{brand().tag(), codes::Issuer::hub(1), {0x0000'0700'0000'0001}, 1, 20'000, 0};
const codes::CouponCode coupon{
    brand().tag(), codes::Issuer::hub(1), {99}, {0x0000'0700'0000'0001}, {5}, 1'000, 20'000, 20'030, 0, {12}};

codes::RotatingCode rotating() {
  codes::RotatingCode code;
  code.card = member;
  code.app_key = app_key().public_key();
  code.last_day = 20'030;
  return code;
}

std::vector<Bytes> code_seeds() {
  const auto card = codes::sign_app_card(rotating(), hub_key(), brand());
  return {bytes_of(codes::compose(member, hub_key(), brand())), bytes_of(codes::compose(coupon, hub_key(), brand())),
          bytes_of(codes::compose_rotating(card, 1'795'000'000, app_key(), brand()))};
}

std::string compose_again(const codes::Payload& payload) {
  if (const auto* member_code = std::get_if<codes::MemberCode>(&payload)) {
    return codes::compose(*member_code, hub_key(), brand());
  }
  if (const auto* coupon_code = std::get_if<codes::CouponCode>(&payload)) {
    return codes::compose(*coupon_code, hub_key(), brand());
  }
  const auto& code = std::get<codes::RotatingCode>(payload);
  return codes::compose_rotating(codes::sign_app_card(code, hub_key(), brand()), code.made_s, app_key(), brand());
}

// A verified code has one text: nobody can make another that is taken for it, and so count it twice.
Result<> run_code(ByteView input) {
  const auto text = text_of(input);
  MILLPOND_TRY(const auto code, codes::parse(text, brand()));
  MILLPOND_TRY(const auto payload, codes::verify(code, hub_key().public_key(), brand()));
  MILLPOND_CHECK(compose_again(payload) == text);
  return {};
}

const Bytes claim_key(codes::claim_key_bytes, 7);

std::vector<Bytes> claim_seeds() {
  std::vector<Bytes> seeds;
  for (const auto kind :
       {codes::ClaimKind::item, codes::ClaimKind::parcel_card, codes::ClaimKind::invite, codes::ClaimKind::join}) {
    seeds.push_back(bytes_of(codes::compose_claim(kind, 3, 123'456'789, claim_key, brand())));
  }
  return seeds;
}

Result<> run_claim(ByteView input) {
  const auto text = text_of(input);
  MILLPOND_TRY(const auto code, codes::parse_claim(text, brand()));
  MILLPOND_TRY_DO(codes::verify_claim(code, claim_key, brand()));
  MILLPOND_CHECK(codes::compose_claim(code.kind, code.key_number, code.number, claim_key, brand()) == text);
  return {};
}

std::vector<Bytes> text_seeds() {
  std::vector<Bytes> seeds = code_seeds();
  for (const auto* text :
       {"134567890123456789", "2812345678901234", "6212345678901234567", "M-4K7Q-9XZP-2B3D6", "13800138000",
        "+8613800138000", "(8110)01234561012345678901", "https://dpurl.meituan.com/v/1"}) {
    seeds.push_back(bytes_of(text));
  }
  return seeds;
}

// Whatever a scanner sends has exactly one kind, and white space around it is no part of it.
Result<> run_text(ByteView input) {
  const auto text = text_of(input);
  const auto kind = codes::classify(text);
  MILLPOND_CHECK(codes::classify(" " + text + "\r\n") == kind);
  if (kind == codes::TextKind::other) return base::Error{base::Code::code_unknown_kind, "classify", ""};
  return {};
}

std::vector<Bytes> base45_seeds() { return {bytes_of("BB8"), bytes_of("%69 VD92EX0"), bytes_of("UJCLQE7W581")}; }

Result<> run_base45(ByteView input) {
  const auto bytes = codes::base45_decode(base::text_of(input));
  if (!bytes) return base::Error{base::Code::code_malformed, "decode Base45", ""};
  MILLPOND_CHECK(codes::base45_encode(*bytes) == base::text_of(input));
  return {};
}

wire::GrantSheet sheet() {
  const auto root = tests::seeded_key(1);
  std::array<std::uint8_t, 32> seed{};
  seed.fill(3);
  const wire::Grant grant{
      4, {70'000}, 2, {12}, tests::seeded_key(3).public_key(), 20'000, 20'014, 99, base::Hash{8}, 1'000, 5'000, 20};
  return {root.public_key(), wire::vouch_hub_key({4, hub_key().public_key(), {5, 6, 7}}, root),
          wire::issue_grant(grant, hub_key(), brand()), seed, "https://hub.example.com:8443"};
}

Result<> run_sheet(ByteView input) {
  MILLPOND_TRY(const auto read, wire::decode_sheet(input));
  MILLPOND_CHECK(wire::encode_sheet(read) == Bytes(input.begin(), input.end()));
  MILLPOND_TRY(const auto checked, wire::check_sheet(read));
  MILLPOND_CHECK(checked.grant.key == checked.key.public_key());
  return {};
}

wire::GrantFile grant_file() {
  const auto root = tests::seeded_key(1);
  const Bytes json{'{', '}'};
  const wire::ProgrammeRow programme{1, 4, json, hub_key().sign(crypto::context::document, brand(), json)};
  const auto kind_of = [](wire::RowKind kind) { return static_cast<std::uint8_t>(kind); };
  const std::vector<wire::DownRow> rows{{kind_of(wire::RowKind::programme), {1}, false, wire::encode(programme)},
                                        {kind_of(wire::RowKind::issuer),
                                         {0, 0, 3, 2},
                                         false,
                                         wire::encode(wire::IssuerRow{770, hub_key().public_key()})}};
  wire::GrantFile file{sheet(), wire::encode_documents(rows)};
  auto grant = wire::open_grant(file.sheet.grant, hub_key().public_key(), brand()).value();
  grant.documents = wire::hash_documents(file.documents);
  file.sheet.grant = wire::issue_grant(grant, hub_key(), brand());
  return file;
}

std::vector<Bytes> grant_file_seeds() {
  return {wire::encode_grant_file(grant_file()), wire::encode_grant_file({sheet(), {}})};
}

Result<> run_grant_file(ByteView input) {
  MILLPOND_TRY(const auto read, wire::decode_grant_file(input));
  MILLPOND_CHECK(wire::encode_grant_file(read) == Bytes(input.begin(), input.end()));
  MILLPOND_TRY(const auto checked, wire::check_sheet(read.sheet));
  MILLPOND_TRY(const auto rows, wire::open_documents(read.documents, checked.grant));
  MILLPOND_CHECK(rows.size() <= wire::grant_documents_max);
  MILLPOND_CHECK(read.documents.empty() || wire::encode_documents(rows) == read.documents);
  return wire::check_documents(rows, read.sheet.root, checked.hub_key);
}

// As they stand behind a hash that holds, whatever the hub signed.
std::vector<Bytes> granted_seeds() { return {grant_file().documents}; }

Result<> run_granted(ByteView input) {
  wire::Grant grant;
  grant.documents = wire::hash_documents(input);
  MILLPOND_TRY(const auto rows, wire::open_documents(input, grant));
  MILLPOND_CHECK(input.empty() || wire::encode_documents(rows) == Bytes(input.begin(), input.end()));
  return wire::check_documents(rows, tests::seeded_key(1).public_key(), {4, hub_key().public_key(), {5, 6, 7}});
}

}  // namespace

std::vector<Target> code_targets() {
  return {
      {"base45", base45_seeds, run_base45},
      {"claim", claim_seeds, run_claim},
      {"code", code_seeds, run_code},
      {"grant", [] { return std::vector<Bytes>{wire::encode_sheet(sheet())}; }, run_sheet},
      {"grant_file", grant_file_seeds, run_grant_file},
      {"granted_documents", granted_seeds, run_granted},
      {"text", text_seeds, run_text},
  };
}

}  // namespace millpond::fuzz
