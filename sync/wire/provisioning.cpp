// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/provisioning.h"

#include "sync/base/crockford.h"
#include "sync/crypto/hash.h"
#include "sync/crypto/matching_digits.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millpond::wire {
namespace {

using base::Code;
using base::Error;
using nlohmann::json;

constexpr std::size_t person_bytes_max = 32;   // of a phone number, of a PIN
constexpr std::size_t documents_max = 10'000;  // a chain's issuers

Error bad_member(std::string_view message, std::string_view member) {
  return {Code::bad_input, "parse " + std::string{message}, "member \"" + std::string{member} + "\""};
}

base::Bytes to_bytes(const json& object) {
  const auto text = object.dump();
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

// Nothing when it is not a JSON object.
json parse_object(base::ByteView bytes) {
  const auto text = base::text_of(bytes);
  auto parsed = json::parse(text, nullptr, false);
  return parsed.is_object() ? std::move(parsed) : json{};
}

std::optional<base::Bytes> hex_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return base::from_hex(found->get_ref<const std::string&>());
}

std::optional<DownRow> parse_row(const json& object) {
  if (!object.is_object()) return std::nullopt;
  const auto kind = object.find("kind");
  if (kind == object.end() || !kind->is_number_unsigned() || kind->get<std::uint64_t>() > 255) return std::nullopt;
  auto key = hex_member(object, "key");
  auto body = hex_member(object, "body");
  if (!key || !body) return std::nullopt;
  return DownRow{static_cast<std::uint8_t>(kind->get<std::uint64_t>()), std::move(*key), false, std::move(*body)};
}

}  // namespace

base::Bytes to_json(const ProvisionRequest& request) {
  json object{{"code", request.code}, {"terminal_key", base::to_hex(request.terminal_key)}};
  if (!request.phone.empty()) object["phone"] = request.phone;
  if (!request.pin.empty()) object["pin"] = request.pin;
  return to_bytes(object);
}

base::Bytes to_json(const ProvisionAnswer& answer) {
  auto documents = json::array();
  for (const auto& row : answer.documents) {
    documents.push_back({{"kind", row.kind}, {"key", base::to_hex(row.key)}, {"body", base::to_hex(row.body)}});
  }
  return to_bytes({{"root", base::to_hex(answer.root)},
                   {"hub_key", base::to_hex(answer.hub_key)},
                   {"certificate", base::to_hex(answer.certificate)},
                   {"documents", std::move(documents)}});
}

base::Result<ProvisionRequest> parse_provision_request(base::ByteView text) {
  const auto object = parse_object(text);
  if (object.is_null()) return bad_member("provision request", "");
  const auto code = object.find("code");
  if (code == object.end() || !code->is_string()) return bad_member("provision request", "code");
  const auto key_bytes = hex_member(object, "terminal_key");
  const auto key = key_bytes ? crypto::public_key_of(*key_bytes) : std::nullopt;
  if (!key) return bad_member("provision request", "terminal_key");
  MILLPOND_TRY(auto digits, normalise_provision_code(code->get_ref<const std::string&>()));
  ProvisionRequest request{std::move(digits), *key};
  for (const auto& [name, field] : {std::pair{"phone", &request.phone}, std::pair{"pin", &request.pin}}) {
    const auto found = object.find(name);
    if (found == object.end()) continue;
    if (!found->is_string() || found->get_ref<const std::string&>().size() > person_bytes_max) {
      return bad_member("provision request", name);
    }
    *field = found->get<std::string>();
  }
  return request;
}

base::Result<ProvisionAnswer> parse_provision_answer(base::ByteView text) {
  const auto object = parse_object(text);
  if (object.is_null()) return bad_member("provision answer", "");
  ProvisionAnswer answer;
  const auto root_bytes = hex_member(object, "root");
  const auto root = root_bytes ? crypto::public_key_of(*root_bytes) : std::nullopt;
  if (!root) return bad_member("provision answer", "root");
  answer.root = *root;
  for (const auto& [name, field] :
       {std::pair{"hub_key", &answer.hub_key}, std::pair{"certificate", &answer.certificate}}) {
    auto bytes = hex_member(object, name);
    if (!bytes) return bad_member("provision answer", name);
    *field = std::move(*bytes);
  }
  const auto documents = object.find("documents");
  if (documents == object.end() || !documents->is_array() || documents->size() > documents_max) {
    return bad_member("provision answer", "documents");
  }
  for (const auto& document : *documents) {
    auto row = parse_row(document);
    if (!row) return bad_member("provision answer", "documents");
    answer.documents.push_back(std::move(*row));
  }
  return answer;
}

base::Result<std::string> normalise_provision_code(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    const auto digit = base::crockford_digit(c);
    if (!digit || digits.size() == provision_code_digits)
      digits.push_back('?');
    else
      digits.push_back(base::crockford_alphabet[*digit]);
  }
  if (digits.size() != provision_code_digits || digits.find('?') != std::string::npos) {
    return Error{Code::provision_code_invalid, "read provision code", "a code has ten digits and letters"};
  }
  return digits;
}

std::string show_provision_code(std::string_view code) {
  const auto half = provision_code_digits / 2;
  return std::string{code.substr(0, half)} + "-" + std::string{code.substr(std::min(half, code.size()))};
}

base::Result<> check_documents(const std::vector<DownRow>& documents, const crypto::PublicKey& root,
                               const HubKey& hub_key) {
  const auto brand = crypto::brand_id_of(root);
  // An earlier hub key may have signed what still holds.
  std::vector<HubKey> keys{hub_key};
  for (const auto& row : documents) {
    if (row.kind != static_cast<std::uint8_t>(RowKind::hub_key)) continue;
    MILLPOND_TRY(const auto key, open_hub_key(row.body, root));
    keys.push_back(key);
  }
  for (const auto& row : documents) {
    if (row.kind != static_cast<std::uint8_t>(RowKind::programme)) continue;
    MILLPOND_TRY(const auto programme, decode_programme_row(row.body));
    const bool signed_by_hub = std::ranges::any_of(keys, [&](const HubKey& key) {
      return programme.hub_key == key.number &&
             crypto::verify(key.key, crypto::context::document, brand, programme.json, programme.signature);
    });
    if (!signed_by_hub) {
      return Error{Code::signature_invalid, "check documents", "the programme is not signed by the hub"};
    }
  }
  return {};
}

base::Result<Provisioned> check_answer(const ProvisionAnswer& answer, const crypto::PublicKey& terminal_key) {
  Provisioned checked;
  checked.root = answer.root;
  checked.brand = crypto::brand_id_of(answer.root);
  MILLPOND_TRY(checked.hub_key, open_hub_key(answer.hub_key, answer.root));
  MILLPOND_TRY(checked.certificate, open_certificate(answer.certificate, checked.hub_key.key, checked.brand));
  if (checked.certificate.key != terminal_key || checked.certificate.hub_key != checked.hub_key.number) {
    return Error{Code::certificate_invalid, "check provision answer", "the certificate is for another key"};
  }
  MILLPOND_TRY_DO(check_documents(answer.documents, answer.root, checked.hub_key));
  return checked;
}

std::string matching_digits(std::string_view code, const crypto::PublicKey& terminal_key,
                            const crypto::PublicKey& root) {
  return crypto::matching_digits(crypto::Hasher{}.add(base::view_of(code)).add(terminal_key).add(root).finish());
}

}  // namespace millpond::wire
