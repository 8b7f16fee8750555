// SPDX-License-Identifier: Apache-2.0
#include "sync/model/causes.h"

#include "sync/crypto/hash.h"

namespace millpond::model {
namespace {

void append_text(base::Bytes& to, std::string_view text) {
  base::append_big_endian(to, text.size(), 4);
  base::append(to, base::view_of(text));
}

}  // namespace

base::Bytes event_key(const SaleKey& payment) {
  base::Bytes key;
  base::append_big_endian(key, payment.store.value, 4);
  append_text(key, payment.till);
  base::append_big_endian(key, static_cast<std::uint32_t>(payment.business_date.days), 4);
  append_text(key, payment.transaction);
  return key;
}

base::Hash cause_of(const base::BrandId& brand, base::ByteView event, std::uint32_t number, base::MemberId member,
                    std::uint32_t ordinal) {
  base::Bytes cause;
  base::append(cause, base::view_of("MILLPOND-CAUSE1"));
  base::append(cause, brand.bytes);
  base::append(cause, event);
  base::append_big_endian(cause, number, 4);
  base::append_big_endian(cause, member.value, 8);
  base::append_big_endian(cause, ordinal, 4);
  return crypto::blake2b(cause);
}

base::Hash coupon_cause(const base::BrandId& brand, const SaleKey& payment, base::CampaignId offer,
                        base::MemberId member, std::uint32_t ordinal) {
  return cause_of(brand, event_key(payment), offer.value, member, ordinal);
}

}  // namespace millpond::model
