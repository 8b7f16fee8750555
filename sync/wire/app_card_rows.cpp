// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/app_card_rows.h"

#include "sync/wire/proto_fields.h"

#include <algorithm>
#include <limits>

namespace millpond::wire {

bool withdraws(const AppCards& cards, std::uint8_t generation, const crypto::PublicKey& app_key) {
  return generation < cards.generation || std::ranges::find(cards.keys, app_key) != cards.keys.end();
}

base::Bytes encode(const AppCards& cards) {
  proto::AppCards out;
  out.set_member(cards.member.value);
  out.set_version(cards.version);
  out.set_generation(cards.generation);
  for (const auto& key : cards.keys) out.add_keys(std::string{base::text_of(key)});
  out.set_last_day(cards.last_day);
  out.set_cards_from_day(cards.cards_from_day);
  return serialize(out);
}

base::Result<AppCards> decode_app_cards(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::AppCards>(bytes, "app cards"));
  if (in.member() == 0 || in.version() == 0) return bad_message("app cards", "of nobody, or without a version");
  if (in.generation() < app_cards_first_generation || in.generation() > std::numeric_limits<std::uint8_t>::max()) {
    return bad_message("app cards", "of a generation that no card has");
  }
  if (static_cast<std::size_t>(in.keys_size()) > app_cards_withdrawn_max) return bad_message("app cards", "too many");
  AppCards cards{{in.member()}, in.version(), static_cast<std::uint8_t>(in.generation()), {}};
  for (const auto& text : in.keys()) {
    const auto key = crypto::public_key_of(base::view_of(text));
    if (!key) return bad_message("app cards", "a key of another size");
    cards.keys.push_back(*key);
  }
  cards.last_day = in.last_day();
  cards.cards_from_day = in.cards_from_day();
  return cards;
}

base::Bytes app_cards_key(base::MemberId member) {
  base::Bytes key;
  base::append_big_endian(key, member.value, 8);
  return key;
}

std::string app_cards_document(base::MemberId member) { return "app_cards:" + base::format_id('M', member.value); }

}  // namespace millpond::wire
