// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/grant_file.h"

#include "sync/crypto/hash.h"
#include "tests/support/seeded_key.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using base::Code;

namespace {

std::vector<wire::DownRow> rows() { return {{3, {1, 2}, false, {4, 5, 6}}, {4, {}, false, {}}, {14, {7}, false, {8}}}; }

wire::Grant grant_for(const base::Bytes& documents) {
  return {
      4,     {70'000}, 2, {12}, tests::seeded_key(3).public_key(), 20'000, 20'014, 99, wire::hash_documents(documents),
      1'000, 5'000,    20};
}

wire::GrantFile file(base::Bytes documents = wire::encode_documents(rows())) {
  const auto root = tests::seeded_key(1);
  const auto hub = tests::seeded_key(2);
  std::array<std::uint8_t, 32> seed{};
  seed.fill(3);
  const auto grant = wire::issue_grant(grant_for(documents), hub, crypto::brand_id_of(root.public_key()));
  return {{root.public_key(), wire::vouch_hub_key({4, hub.public_key(), {5, 6, 7}}, root), grant, seed,
           "https://hub.example.com:8443"},
          std::move(documents)};
}

std::string outcome(const base::Bytes& documents, const wire::Grant& grant) {
  const auto opened = wire::open_documents(documents, grant);
  return opened ? "opened" : std::string{base::code_name(opened.error().code)};
}

}  // namespace

TEST_CASE("a grant file comes back from its bytes, and no part or extension of them does") {
  REQUIRE(crypto::start());
  for (const auto& made : {file(), file({})}) {
    const auto bytes = wire::encode_grant_file(made);
    const auto back = wire::decode_grant_file(bytes);
    REQUIRE(back);
    CHECK(*back == made);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = wire::decode_grant_file(base::ByteView{bytes}.first(size));
      REQUIRE_FALSE(cut);
      REQUIRE(cut.error().code == Code::grant_invalid);
    }
    auto longer = bytes;
    longer.push_back(0);
    CHECK(wire::decode_grant_file(longer).error().code == Code::grant_invalid);
    auto other = bytes;
    other[3] = '2';
    CHECK(wire::decode_grant_file(other).error().code == Code::grant_invalid);
  }
  CHECK(wire::decode_grant_file(base::Bytes(wire::grant_file_bytes_max + 1)).error().code == Code::too_large);
}

TEST_CASE("lengths that promise more than there is are refused") {
  auto bytes = wire::encode_grant_file(file());
  for (const std::size_t at : {4U, 5U}) {
    auto lying = bytes;
    lying[at] = 0xFF;
    CHECK(wire::decode_grant_file(lying).error().code == Code::grant_invalid);
  }
  // Documents that are signed as they are, and still lie about themselves.
  for (const auto& documents : {base::Bytes{0xFF, 0xFF, 0xFF, 0xFF}, base::Bytes{0, 0, 0x27, 0x11}, base::Bytes{0, 0},
                                base::Bytes{0, 0, 0, 1, 3, 0, 9, 1}, base::Bytes{0, 0, 0, 1, 3, 0, 0, 0xFF, 0xFF, 0, 0},
                                base::Bytes{0, 0, 0, 0, 0}}) {
    CHECK(outcome(documents, grant_for(documents)) == "grant_invalid");
  }
}

TEST_CASE("documents open only under the grant that names them") {
  const auto documents = wire::encode_documents(rows());
  const auto opened = wire::open_documents(documents, grant_for(documents));
  REQUIRE(opened);
  CHECK(*opened == rows());
  for (std::size_t bit = 0; bit < documents.size() * 8; ++bit) {
    auto flipped = documents;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    REQUIRE(outcome(flipped, grant_for(documents)) == "grant_invalid");
  }
  auto unnamed = grant_for(documents);
  unnamed.documents = {};
  CHECK(outcome(documents, unnamed) == "grant_invalid");
  CHECK(wire::open_documents({}, unnamed)->empty());
  CHECK(wire::open_documents({}, grant_for(documents))->empty());  // the sheet alone, without its stick
}

TEST_CASE("a row that was taken back is no document, and there is an end to their number") {
  auto some = rows();
  some[1].deleted = true;
  const auto documents = wire::encode_documents(some);
  CHECK(wire::open_documents(documents, grant_for(documents))->size() == 2);
  const auto many = wire::encode_documents(std::vector<wire::DownRow>(wire::grant_documents_max + 1, rows().front()));
  CHECK(wire::open_documents(many, grant_for(many))->size() == wire::grant_documents_max);
}
