// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/record_once.h"

#include "sync/crypto/hash.h"

#include <nlohmann/json.hpp>

namespace millpond::till {
namespace {

using Json = nlohmann::json;

constexpr int found = 200;
constexpr int missing = 404;
constexpr int disputed = 409;
constexpr int unavailable = 500;

Json json_of(base::ByteView bytes) { return Json::parse(bytes.begin(), bytes.end(), nullptr, false); }

std::string code_of(const ports::TillAnswer& answer) {
  const auto json = json_of(answer.json);
  return json.is_object() ? json.value("code", std::to_string(answer.status)) : std::to_string(answer.status);
}

// The same receipt gives the same bytes, also when templates have changed since.
base::Hash hash_of(const ports::TillSale& sale) {
  const auto& key = sale.key;
  const Json said{sale.heard,
                  key.store.value,
                  key.till,
                  base::format_date(key.business_date),
                  key.transaction,
                  sale.total_minor,
                  std::string{sale.currency.view()}};
  return crypto::sha256(base::view_of(said.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

// What is recorded under the sale's key; recorded where nothing is.
OnceAnswer look(ports::TillHandler& handler, const ports::TillSale& sale) {
  const auto before = handler.find_sale(sale.key);
  if (before.status == missing) return {Once::recorded, {}};
  if (before.status != found) return {Once::unavailable, code_of(before)};
  const auto total = total_of_answer(before.json);
  if (!total) return {Once::changed, "no total"};
  return *total == sale.total_minor ? OnceAnswer{Once::known, {}} : OnceAnswer{Once::changed, std::to_string(*total)};
}

}  // namespace

std::optional<std::int64_t> total_of_answer(base::ByteView bytes) {
  const auto json = json_of(bytes);
  const bool of_refund = json.is_object() && json.contains("sale_known");
  if (!json.is_object() || of_refund || !json.contains("total_minor") || !json["total_minor"].is_number_integer())
    return std::nullopt;
  return json["total_minor"].get<std::int64_t>();
}

std::string heard_of_answer(base::ByteView bytes) {
  const auto json = json_of(bytes);
  const bool says = json.is_object() && json.contains("heard") && json["heard"].is_string();
  return says ? json["heard"].get<std::string>() : std::string{};
}

// Whether it is recorded already is found out in the sale's own turn at the journal: a question before it would wait
// for somebody else's commit.
OnceAnswer record_once(ports::TillHandler& handler, const ports::TillSale& sale, bool only_look) {
  if (only_look) return look(handler, sale);
  const auto answer = handler.sale(sale, hash_of(sale));
  if (answer.status == found) return {answer.repeated ? Once::known : Once::recorded, {}};
  if (answer.status == disputed) {
    auto stands = look(handler, sale);
    return stands.once == Once::changed ? stands : OnceAnswer{Once::changed, code_of(answer)};
  }
  return {answer.status >= unavailable ? Once::unavailable : Once::refused, code_of(answer)};
}

}  // namespace millpond::till
