// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/rights_rows.h"

#include "sync/wire/proto_fields.h"

namespace millpond::wire {

base::Bytes encode(const model::HonourLimits& limits) {
  proto::Allowance out;
  out.set_version(limits.version);
  out.set_value_minor_max(limits.value_minor_max);
  out.set_outstanding_minor_max(limits.outstanding_minor_max);
  out.set_outstanding_uses_max(limits.outstanding_uses_max);
  out.set_approval_after_ms(limits.approval_after_ms);
  out.set_refuse_after_ms(limits.refuse_after_ms);
  out.set_uses_a_member_day_max(limits.uses_a_member_day_max);
  out.set_card_minor_max(limits.card_minor_max);
  return serialize(out);
}

base::Result<model::HonourLimits> decode_allowance(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::Allowance>(bytes, "allowance"));
  if (in.value_minor_max() < 0 || in.outstanding_minor_max() < 0 || in.approval_after_ms() < 0 ||
      in.refuse_after_ms() < 0 || in.card_minor_max() < 0) {
    return bad_message("allowance", "a limit below 0");
  }
  model::HonourLimits limits{
      in.version(),           in.value_minor_max(), in.outstanding_minor_max(), in.outstanding_uses_max(),
      in.approval_after_ms(), in.refuse_after_ms(), in.uses_a_member_day_max()};
  if (in.has_card_minor_max()) limits.card_minor_max = in.card_minor_max();
  return limits;
}

base::Bytes redemption_signed_bytes(std::uint64_t redemption, base::CouponId coupon, base::TerminalId terminal) {
  base::Bytes bytes;
  base::append_big_endian(bytes, redemption, 8);
  base::append_big_endian(bytes, coupon.value, 8);
  base::append_big_endian(bytes, terminal.value, 4);
  return bytes;
}

base::Bytes encode(const RedeemAsk& ask) {
  proto::RedeemAsk out;
  out.set_redemption(ask.redemption);
  out.set_coupon(ask.coupon.value);
  out.set_member(ask.member.value);
  out.set_epoch(ask.epoch.value);
  out.set_goods_minor(ask.goods_minor);
  out.set_code(ask.code);
  return serialize(out);
}

base::Result<RedeemAsk> decode_redeem_ask(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::RedeemAsk>(bytes, "redemption"));
  if (in.redemption() == 0 || in.coupon() == 0 || in.goods_minor() < 0) return bad_message("redemption", "names none");
  if (in.code().size() > redeem_code_chars_max) return bad_message("redemption", "a code too long");
  return RedeemAsk{in.redemption(), {in.coupon()}, {in.member()}, {in.epoch()}, in.goods_minor(), in.code()};
}

base::Bytes encode(const RedeemWord& word) {
  proto::RedeemWord out;
  out.set_redemption(word.redemption);
  out.set_word(static_cast<std::uint32_t>(word.word));
  if (word.word == model::HubWord::refused) out.set_code(std::string{base::code_name(word.why.code)});
  out.set_missing_minor(word.why.missing_minor);
  out.set_day(word.why.date.days);
  out.set_receipt(text_of_array(word.receipt));
  out.set_hub_wall_ms(word.hub_wall_ms);
  out.set_open_minor(word.open.minor);
  out.set_open_uses(word.open.uses);
  return serialize(out);
}

base::Result<RedeemWord> decode_redeem_word(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::RedeemWord>(bytes, "answer to a redemption"));
  RedeemWord word;
  word.redemption = in.redemption();
  word.word = static_cast<model::HubWord>(in.word());
  const bool known = word.word == model::HubWord::unknown || word.word == model::HubWord::confirmed ||
                     word.word == model::HubWord::refused;
  if (in.word() > 4 || !known) return bad_message("answer to a redemption", "an unknown word");
  if (word.word == model::HubWord::refused) {
    word.why.code = base::code_from_name(in.code()).value_or(base::Code::hub_refused);
  }
  word.why.missing_minor = in.missing_minor();
  word.why.date = base::LocalDate{in.day()};
  if (!copy_exactly(in.receipt(), word.receipt)) return bad_message("answer to a redemption", "a receipt cut short");
  word.hub_wall_ms = in.hub_wall_ms();
  if (in.open_minor() < 0) return bad_message("answer to a redemption", "a negative sum");
  word.open.minor = in.open_minor();
  word.open.uses = in.open_uses();
  return word;
}

}  // namespace millpond::wire
