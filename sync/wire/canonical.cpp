// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/canonical.h"

#include "sync/crypto/hash.h"
#include "sync/wire/canonical_fields.h"

namespace millpond::wire {
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::uint32_t first_body_field = 16;
constexpr std::size_t typical_bytes = 96;  // all but baskets; a longer fact only grows
constexpr std::string_view chain_context = "MILLPOND-CHAIN1";

base::Error malformed(const char* detail) { return {base::Code::bad_input, "decode fact", detail}; }

// `more` tells whether fields of a later release were stepped over.
base::Result<> read_fact(base::ByteView canonical, model::Fact& fact, bool& more) {
  if (canonical.size() > canonical_bytes_max) return malformed("longer than a fact may be");
  if (canonical.empty()) return malformed("empty");
  if (canonical[0] != format_version) {
    return base::Error{base::Code::newer_release, "decode fact", "format " + std::to_string(canonical[0])};
  }
  FieldReader reader{canonical.subspan(1)};
  std::uint16_t kind = 0;
  reader(1, kind);
  stamp_fields(reader, fact.stamp);
  reader.skip_below(first_body_field);
  if (reader.failure() == FieldReader::Failure::malformed) return malformed("stamp");
  if (!make_body(kind, fact.body)) {
    return base::Error{base::Code::newer_release, "decode fact", "kind " + std::to_string(kind)};
  }
  std::visit([&](auto& body) { body_fields(reader, body); }, fact.body);
  reader.finish();
  more = reader.stepped_over();
  switch (reader.failure()) {
    case FieldReader::Failure::none:
      return {};
    case FieldReader::Failure::unknown_value:
      return base::Error{base::Code::newer_release, "decode fact", "a value of a later release"};
    case FieldReader::Failure::malformed:
      break;
  }
  return malformed("body");
}

}  // namespace

base::Result<base::Bytes> encode_fact(const model::Fact& fact) {
  base::Bytes bytes;
  bytes.reserve(typical_bytes);
  bytes.push_back(format_version);
  FieldWriter writer{bytes};
  const auto kind = model::kind_of(fact.body);
  writer(1, kind);
  stamp_fields(writer, fact.stamp);
  std::visit([&](const auto& body) { body_fields(writer, body); }, fact.body);
  if (bytes.size() > canonical_bytes_max) {
    return base::Error{base::Code::too_large, "encode fact", std::to_string(bytes.size()) + " bytes"};
  }
  return bytes;
}

base::Result<model::Fact> decode_fact(base::ByteView canonical) {
  model::Fact fact;
  bool more = false;
  MILLPOND_TRY_DO(read_fact(canonical, fact, more));
  return fact;
}

bool decode_fact_exactly(base::ByteView canonical, model::Fact& fact) {
  bool more = false;
  return read_fact(canonical, fact, more) && !more;
}

base::Hash chain_start(const base::BrandId& brand, base::TerminalId terminal, base::Epoch epoch) {
  base::Bytes rest(brand.bytes.begin(), brand.bytes.end());
  base::append_big_endian(rest, terminal.value, 4);
  base::append_big_endian(rest, epoch.value, 4);
  return crypto::blake2b(base::view_of(chain_context), rest);
}

base::Hash chain_next(const base::Hash& previous, base::ByteView canonical) {
  return crypto::blake2b(previous, canonical);
}

}  // namespace millpond::wire
