// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/question_rows.h"

#include "sync/wire/lease_rows.h"
#include "sync/wire/proto_fields.h"

namespace millpond::wire {
namespace {

using model::HubWord;

std::string text_of_body(const base::Bytes& bytes) { return std::string{base::text_of(bytes)}; }

// A reason that this program does not know says nothing good.
base::Code why_of(HubWord word, const std::string& name) {
  if (word != HubWord::refused) return {};
  return base::code_from_name(name).value_or(base::Code::hub_refused);
}

}  // namespace

base::Bytes encode(const PointsAsk& ask) {
  proto::PointsAsk out;
  out.set_asked(ask.asked);
  out.set_member(ask.member.value);
  out.set_epoch(ask.epoch.value);
  out.set_points(ask.points);
  return serialize(out);
}

base::Result<PointsAsk> decode_points_ask(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::PointsAsk>(bytes, "question for points"));
  if (in.asked() == 0 || in.member() == 0 || in.points() <= 0) return bad_message("question for points", "for none");
  return PointsAsk{in.asked(), {in.member()}, {in.epoch()}, in.points()};
}

base::Bytes encode(const PointsWord& word) {
  proto::PointsWord out;
  out.set_asked(word.asked);
  out.set_word(static_cast<std::uint32_t>(word.word));
  if (word.word == HubWord::refused) out.set_code(std::string{base::code_name(word.why)});
  if (word.lease) out.set_lease(text_of_body(encode(*word.lease)));
  out.set_hub_wall_ms(word.hub_wall_ms);
  return serialize(out);
}

base::Result<PointsWord> decode_points_word(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::PointsWord>(bytes, "answer about points"));
  PointsWord word{in.asked(), static_cast<HubWord>(in.word()), {}, std::nullopt, in.hub_wall_ms()};
  const bool known = word.word == HubWord::unknown || word.word == HubWord::confirmed || word.word == HubWord::refused;
  if (in.word() > 4 || !known) return bad_message("answer about points", "an unknown word");
  word.why = why_of(word.word, in.code());
  if (word.word != HubWord::confirmed) return word;
  MILLPOND_TRY(word.lease, decode_lease(base::view_of(in.lease())));
  if (word.lease->kind != model::LeaseKind::points)
    return bad_message("answer about points", "a lease of other things");
  return word;
}

base::Bytes encode(const CardAsk& ask) {
  proto::CardAsk out;
  out.set_code(ask.code);
  out.set_epoch(ask.epoch.value);
  return serialize(out);
}

base::Result<CardAsk> decode_card_ask(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::CardAsk>(bytes, "question about a card"));
  if (in.code().empty()) return bad_message("question about a card", "without its code");
  if (in.code().size() > card_code_chars_max) return bad_message("question about a card", "a code too long");
  return CardAsk{in.code(), {in.epoch()}};
}

base::Bytes encode(const CardWord& word) {
  proto::CardWord out;
  out.set_word(static_cast<std::uint32_t>(word.word));
  if (word.word == HubWord::refused) out.set_code(std::string{base::code_name(word.why)});
  if (word.row) out.set_row(text_of_body(encode(*word.row)));
  out.set_includes(word.includes.value);
  out.set_hub_wall_ms(word.hub_wall_ms);
  out.set_issuer_revoked(word.issuer_revoked);
  return serialize(out);
}

base::Result<CardWord> decode_card_word(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::CardWord>(bytes, "answer about a card"));
  CardWord word{
      static_cast<HubWord>(in.word()), {}, std::nullopt, {in.includes()}, in.hub_wall_ms(), in.issuer_revoked()};
  if (in.word() > 4 || (word.word != HubWord::confirmed && word.word != HubWord::refused)) {
    return bad_message("answer about a card", "an unknown word");
  }
  word.why = why_of(word.word, in.code());
  if (word.word == HubWord::confirmed && !in.row().empty()) {
    MILLPOND_TRY(word.row, decode_member_row(base::view_of(in.row())));
    if (!word.row->member) return bad_message("answer about a card", "a row of nobody");
  }
  return word;
}

}  // namespace millpond::wire
