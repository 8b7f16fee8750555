// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/renewal.h"

#include "sync/crypto/hash.h"

#include <nlohmann/json.hpp>

namespace millpond::wire {
namespace {

base::Error invalid(const char* why) { return {base::Code::certificate_invalid, "check renewal", why}; }

}  // namespace

base::Bytes to_json(const RenewAnswer& answer) {
  const auto text =
      nlohmann::json{{"hub_key", base::to_hex(answer.hub_key)}, {"certificate", base::to_hex(answer.certificate)}}
          .dump();
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

base::Result<RenewAnswer> parse_renew_answer(base::ByteView text) {
  const auto json = nlohmann::json::parse(base::text_of(text), nullptr, false);
  RenewAnswer answer;
  for (const auto& [name, field] :
       {std::pair{"hub_key", &answer.hub_key}, std::pair{"certificate", &answer.certificate}}) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    const bool is_text = json.is_object() && found != json.end() && found->is_string();
    auto bytes = is_text ? base::from_hex(found->get_ref<const std::string&>()) : std::nullopt;
    if (!bytes) return base::Error{base::Code::bad_input, "parse renew answer", name};
    *field = std::move(*bytes);
  }
  return answer;
}

base::Result<Renewed> check_renewal(const RenewAnswer& answer, const Certificate& before,
                                    const crypto::PublicKey& root) {
  Renewed renewed;
  MILLPOND_TRY(renewed.hub_key, open_hub_key(answer.hub_key, root));
  MILLPOND_TRY(renewed.certificate,
               open_certificate(answer.certificate, renewed.hub_key.key, crypto::brand_id_of(root)));
  auto same = renewed.certificate;
  if (same.hub_key != renewed.hub_key.number) return invalid("by another hub key than it says");
  if (same.last_day < before.last_day) return invalid("it ends earlier than the one before");
  same.hub_key = before.hub_key;
  same.first_day = before.first_day;
  same.last_day = before.last_day;
  same.serial = before.serial;
  if (same != before) return invalid("it is for another terminal, store or key");
  return renewed;
}

}  // namespace millpond::wire
