// SPDX-License-Identifier: Apache-2.0
// The gateway's description against the strict readers behind it. Its answers are held against real ones wherever a
// test's till asks a real terminal (tests/demo/till.cpp).
#include "tests/support/openapi.h"

#include "hardware/till/sale_json.h"
#include "sync/base/file.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <set>

using namespace millpond;
using tests::GatewayDescription;
using Json = nlohmann::json;

namespace {

const char* const sale =
    R"({"store": 1, "till": "T1", "business_date": "2026-11-21", "transaction": "1", "state": "paid",
  "completed_at": "2026-11-21T10:42:00+08:00", "currency": "CNY", "total_minor": 900, "tax_minor": 88,
  "eligible_minor": 800,
  "lines": [{"id": "1", "sku": "6901234567892", "name": "Oolong", "quantity": "0.5", "unit": "kg", "category": "tea",
             "modifiers": ["less ice"],
             "net_minor": 900, "discount_minor": 400, "eligible": true}],
  "tenders": [{"type": "wechat_pay", "amount_minor": 800, "provider_transaction": "4200", "provider_merchant": "19"},
              {"type": "points", "amount_minor": 150, "points": 3, "change_minor": 50}],
  "payer": {"provider": "wechat_pay", "app_id": "wx1", "subject": "o1"}, "member_code": "K1:M", "redemptions": ["K1:C"],
  "basket": "B", "operator": "amy", "invoice_code": "https://fp.example/1",
  "approval": {"staff": 4, "pin": "123456"}, "training": false})";
const char* const refund = R"({"store": 1, "till": "T1", "business_date": "2026-11-22", "transaction": "R-1",
  "of": {"store": 2, "till": "T2", "business_date": "2026-11-21", "transaction": "1"},
  "completed_at": "2026-11-22T10:42:00Z", "currency": "CNY", "total_minor": 500,
  "lines": [{"id": "1", "net_minor": 500}],
  "operator": "amy", "training": true})";
const char* const whole_refund = R"({"store": 1, "till": "T1", "business_date": "2026-11-22", "transaction": "R-1",
  "of": {"business_date": "2026-11-21", "transaction": "1"}, "completed_at": "2026-11-22T10:42:00Z",
  "currency": "CNY", "whole": true})";
const char* const voiding =
    R"({"business_date": "2026-11-21", "transaction": "V-1",
  "completed_at": "2026-11-21T10:42:00Z",
  "operator": "amy", "training": false})";
const char* const basket =
    R"({"store": 1, "till": "T1", "basket": "B", "currency": "CNY", "member_code": "K1:M",
  "coupons": ["K1:C"],
  "lines": [{"id": "1", "quantity": "1", "net_minor": 900}], "keep_seconds": 60})";
const char* const kept =
    R"({"store": 1, "till": "T1", "basket": "B", "currency": "CNY", "member_code": "K1:M",
  "coupons": ["K1:C"],
  "lines": [{"id": "1", "quantity": "1", "net_minor": 900}], "keep_seconds": 60,
  "approval": {"staff": 4, "pin": "123456"}})";
const char* const enrolment = R"({"phone": "13800138000", "approval": {"staff": 4, "pin": "123456"}})";
const char* const lookup = R"({"whom": "13800138000", "approval": {"staff": 4, "pin": "123456"}})";

struct Reader {
  const char* schema;
  const char* good;
  std::function<bool(const Json&)> reads;
};

template <class Parse>
std::function<bool(const Json&)> by(Parse parse) {
  return [parse](const Json& json) {
    const auto text = json.dump();
    return parse(base::view_of(text)).has_value();
  };
}

const std::vector<Reader>& readers() {
  static const std::vector<Reader> all{
      {"Sale", sale, by(till::parse_sale)},
      {"Refund", refund, by(till::parse_refund)},
      {"Refund", whole_refund, by(till::parse_refund)},
      {"Void", voiding, by([](base::ByteView json) { return till::parse_void(json, {}); })},
      {"Basket", basket, by([](base::ByteView json) { return till::parse_basket(json, false); })},
      {"KeptBasket", kept, by([](base::ByteView json) { return till::parse_basket(json, true); })},
      {"Enrolment", enrolment, by(till::parse_enrolment)},
      {"Lookup", lookup, by(till::parse_lookup)},
  };
  return all;
}

const Json& schema_at(const GatewayDescription& description, const Json& node) {
  if (!node.contains("$ref")) return node;
  return description.root().at(Json::json_pointer{node.at("$ref").get<std::string>().substr(1)});
}

// Calls look with each object of a document, where it lies, and what describes it.
void each_object(const GatewayDescription& description, const Json& node, const Json& value,
                 const Json::json_pointer& at,
                 const std::function<void(const Json& schema, const Json::json_pointer& at)>& look) {
  const auto& schema = schema_at(description, node);
  if (value.is_object()) {
    look(schema, at);
    for (const auto& [name, member] : value.items()) {
      each_object(description, schema.at("properties").at(name), member, at / name, look);
    }
  }
  for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
    each_object(description, schema.at("items"), value[i], at / i, look);
  }
}

}  // namespace

TEST_CASE("What the description knows is read, what it needs is needed, and nothing else is taken") {
  const GatewayDescription description;
  for (const auto& reader : readers()) {
    const std::string name{reader.schema};
    const auto& reads = reader.reads;
    CAPTURE(name, reader.good);
    const auto document = Json::parse(reader.good);
    CHECK(description.mismatch(name, document).empty());
    REQUIRE(reads(document));
    const auto& schema = description.root().at("components").at("schemas").at(name);
    each_object(description, schema, document, Json::json_pointer{},
                [&](const Json& described, const Json::json_pointer& at) {
                  CAPTURE(at.to_string());
                  auto more = document;
                  more[at]["tip"] = 5;
                  CHECK_FALSE(reads(more));
                  CHECK_FALSE(description.mismatch(name, more).empty());
                  for (const auto& [member, _] : document[at].items()) {
                    const auto required = described.value("required", Json::array());
                    auto less = document;
                    less[at].erase(member);
                    CAPTURE(member);
                    const bool needed = std::ranges::find(required, Json(member)) != required.end();
                    CHECK(description.mismatch(name, less).empty() != needed);
                    if (needed) CHECK_FALSE(reads(less));
                    auto other = document;
                    other[at][member] = Json::array({Json::array()});
                    CHECK_FALSE(reads(other));
                    CHECK_FALSE(description.mismatch(name, other).empty());
                  }
                });
  }
}

TEST_CASE("Every member that the description names is in a document that is read, and the other way round") {
  const GatewayDescription description;
  std::set<std::pair<const Json*, std::string>> met;
  std::set<std::pair<const Json*, std::string>> described;
  std::set<std::string> known;
  for (const auto& reader : readers()) {
    const auto document = Json::parse(reader.good);
    const auto& schema = description.root().at("components").at("schemas").at(reader.schema);
    each_object(description, schema, document, Json::json_pointer{}, [&](const Json& of, const Json::json_pointer& at) {
      for (const auto& [member, _] : of.at("properties").items()) {
        described.emplace(&of, member);
        known.insert(member);
      }
      for (const auto& [member, _] : document[at].items()) met.emplace(&of, member);
    });
  }
  CHECK(met == described);

  // The readers' own words: each member that one asks for is in the description.
  const auto source = base::read_file(tests::source_dir() / "hardware/till/sale_json.cpp");
  REQUIRE(source);
  const std::string text{base::text_of(*source)};
  static const std::regex asked{R"re(\.(?:optional_)?(?:text|number|flag|object|texts|objects)\("([a-z_]+)")re"};
  std::size_t found = 0;
  for (std::sregex_iterator at{text.begin(), text.end(), asked}, end; at != end; ++at, ++found) {
    CAPTURE((*at)[1].str());
    CHECK(known.contains((*at)[1].str()));
  }
  CHECK(found > 50);
}

TEST_CASE("Every door of the gateway is described, every description has words, and every schema is used") {
  const GatewayDescription description;
  const auto header = base::read_file(tests::source_dir() / "hardware/till/gateway.h");
  REQUIRE(header);
  const std::string text{base::text_of(*header)};
  static const std::regex door{R"re((GET|POST) +(/v1/[^ \n]+))re"};
  std::size_t doors = 0;
  for (std::sregex_iterator at{text.begin(), text.end(), door}, end; at != end; ++at, ++doors) {
    const auto path = (*at)[2].str();
    CAPTURE(path);
    REQUIRE(description.root().at("paths").contains(path));
    CHECK(description.root().at("paths").at(path).contains((*at)[1].str() == "GET" ? "get" : "post"));
  }
  std::size_t described = 0;
  for (const auto& [path, operations] : description.root().at("paths").items()) described += operations.size();
  CHECK(doors == described);

  std::size_t words = 0;
  const std::function<void(const Json&, const std::string&)> walk = [&](const Json& node, const std::string& at) {
    const auto properties = node.is_object() ? node.value("properties", Json::object()) : Json::object();
    for (const auto& [name, member] : properties.items()) {
      CAPTURE(at, name);
      CHECK((member.contains("$ref") || member.contains("description") || member == properties.value("code", Json{}) ||
             name.ends_with("_problem") || at == "/refuses"));
      ++words;
    }
    if (node.is_structured()) {
      for (const auto& [name, member] : node.items()) walk(member, at + "/" + name);
    }
  };
  walk(description.root().at("components").at("schemas"), "");
  CHECK(words > 100);
  const auto all = description.root().dump();
  for (const auto& [name, _] : description.root().at("components").at("schemas").items()) {
    CAPTURE(name);
    CHECK(all.find("#/components/schemas/" + name + "\"") != std::string::npos);
  }
}

TEST_CASE("An answer that is not as described is told with its place") {
  const GatewayDescription description;
  const auto answer =
      Json::parse(R"({"recorded": true, "event": 3, "total_minor": 900, "redeemed": [], "refused": []})");
  const Json refusal{{"code", "not_found"}, {"what", "Not there."}, {"why", "Nothing is."}, {"next", "Look again."}};
  const std::string path = "/v1/sales/1/T1/2026-11-21/a%2Fb";
  CHECK(description.misfit("POST", "/v1/sales", 200, answer).empty());
  CHECK(description.misfit("GET", path, 200, answer).empty());
  auto other = answer;
  other["event"] = "3";
  CHECK(description.misfit("POST", "/v1/sales", 200, other).starts_with("/event is not as \"type\""));
  other = answer;
  other.erase("redeemed");
  CHECK(description.misfit("POST", "/v1/sales", 200, other) == "/redeemed is missing");
  other = answer;
  other["tip"] = 1;
  CHECK(description.misfit("POST", "/v1/sales", 200, other) == "/tip is not described");
  CHECK_FALSE(description.misfit("GET", path, 200, other).empty());
  CHECK(description.misfit("GET", path, 404, refusal).empty());
  CHECK_FALSE(description.misfit("GET", path, 404, Json{{"code", "not_found"}}).empty());  // no sentence for anybody
  CHECK(description.misfit("GET", "/v1/nothing", 404, {}).empty());
  CHECK_FALSE(description.misfit("GET", "/v1/nothing", 200, {}).empty());
}
