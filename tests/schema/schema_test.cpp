// SPDX-License-Identifier: Apache-2.0
// What an operator's editor says about a document, against the parser that decides. Needs no validator: keys are
// compared with what the parsers ask for, and broken documents are shown to the parsers alone; schemas.py shows them to
// the schemas too.
#include "sync/base/file.h"
#include "sync/model/asked_members.h"
#include "tests/schema/documents.h"
#include "tests/support/paths.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

using namespace millpond;
using Json = nlohmann::ordered_json;

namespace {

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = base::read_file(path.string(), 4U << 20);
  CAPTURE(path);
  REQUIRE(bytes);
  return std::string{base::text_of(*bytes)};
}

std::filesystem::path here() { return tests::source_dir() / "tests/schema"; }

Json schema_of(std::string_view kind) {
  return Json::parse(text_of(tests::source_dir() / "assets/schema" / (std::string{kind} + ".json")));
}

// Documents that between them lead the parser everywhere.
std::vector<std::string> documents_of(std::string_view kind) {
  if (kind == "programme") return {text_of(tests::source_dir() / "tests/fuzz/programme_of_everything.json")};
  std::vector<std::string> documents;
  for (const auto& entry : std::filesystem::directory_iterator{here() / "everything"}) {
    const auto name = entry.path().stem().string();
    if (name == kind || name.starts_with(std::string{kind} + "_of_")) documents.push_back(text_of(entry.path()));
  }
  return documents;
}

// Walks a schema by places of a document ("/prizes/*/kind").
class Schema {
 public:
  explicit Schema(Json root) : root_(std::move(root)) {}  // braces would make a list of it

  // Whether the schema has a member there; such members count as met.
  bool meets(const std::string& place) {
    std::vector<const Json*> nodes{&root_};
    bool met = false;
    for (std::size_t from = 0; from < place.size();) {
      const auto end = std::min(place.find('/', from + 1), place.size());
      const auto step = place.substr(from + 1, end - from - 1);
      std::vector<const Json*> next;
      met = false;
      for (const auto* const node : alternatives(nodes)) {
        if (step == "*" && node->contains("items")) next.push_back(&node->at("items"));
        if (!node->contains("properties") || !node->at("properties").contains(step)) continue;
        const auto& member = node->at("properties").at(step);
        if (!member.is_object()) continue;
        met_.insert(&member);
        next.push_back(&member);
      }
      met = !next.empty();
      nodes = std::move(next);
      from = end;
    }
    return met;
  }

  // Places within the schema of members that no document met, and of members without a description.
  std::vector<std::string> unmet() const {
    return members([this](const Json& member) { return !met_.contains(&member); });
  }
  std::vector<std::string> undescribed() const {
    return members([this](const Json& member) {
      if (member.contains("description")) return false;
      if (!member.contains("$ref")) return true;
      return !target(member).contains("description");
    });
  }

 private:
  const Json& target(const Json& node) const {
    return root_.at(Json::json_pointer{node.at("$ref").get<std::string>().substr(1)});
  }

  // The nodes and everything that may stand for them.
  std::vector<const Json*> alternatives(std::vector<const Json*> nodes) const {
    for (std::size_t at = 0; at < nodes.size(); ++at) {
      const auto& node = *nodes[at];
      if (node.contains("$ref")) nodes.push_back(&target(node));
      for (const auto* const key : {"oneOf", "anyOf"}) {
        if (!node.contains(key)) continue;
        for (const auto& each : node.at(key)) nodes.push_back(&each);
      }
    }
    return nodes;
  }

  // Only what defines members counts: "if" and "then" narrow what "properties" beside them has.
  template <class Wanted>
  std::vector<std::string> members(const Wanted& wanted) const {
    std::vector<std::string> found;
    const std::function<void(const Json&, const std::string&)> walk = [&](const Json& node, const std::string& place) {
      if (!node.is_object()) return;
      if (node.contains("additionalProperties") && node.contains("properties")) {
        for (const auto& [key, member] : node.at("properties").items()) {
          if (wanted(member)) found.push_back(place + "/" + key);
          walk(member, place + "/" + key);
        }
      }
      if (node.contains("items")) walk(node.at("items"), place + "/*");
      for (const auto* const key : {"oneOf", "anyOf"}) {
        if (!node.contains(key)) continue;
        for (const auto& each : node.at(key)) walk(each, place);
      }
    };
    walk(root_, "");
    if (root_.contains("$defs")) {
      for (const auto& [name, node] : root_.at("$defs").items()) walk(node, "#" + name);
    }
    return found;
  }

  Json root_;
  std::set<const Json*> met_;
};

}  // namespace

TEST_CASE("Schema and parser know the same members", "[schema]") {
  for (const auto& kind : tests::document_kinds()) {
    CAPTURE(kind.name);
    Schema schema(schema_of(kind.name));
    const auto documents = documents_of(kind.name);
    REQUIRE_FALSE(documents.empty());
    for (const auto& document : documents) {
      const model::AskedMembers asked;
      REQUIRE(kind.refusal(base::view_of(document)) == "");
      REQUIRE_FALSE(asked.places().empty());
      for (const auto& place : asked.places()) {
        CAPTURE(place);
        CHECK(schema.meets(place));
      }
    }
    CHECK(schema.unmet() == std::vector<std::string>{});
  }
}

TEST_CASE("A programme's country is described as a country is", "[schema]") {
  const auto own = schema_of("country");
  const auto within = schema_of("programme").at("$defs").at("country");
  for (const auto* const key : {"type", "additionalProperties", "properties", "required"}) {
    CHECK(within.at(key) == own.at(key));
  }
}

TEST_CASE("Every member of a schema says what it is, and every schema which one it is", "[schema]") {
  for (const auto& kind : tests::document_kinds()) {
    CAPTURE(kind.name);
    const auto root = schema_of(kind.name);
    CHECK(root.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
    CHECK(root.at("$id") == "https://millpond.example/schema/" + std::string{kind.name} + ".json");
    CHECK(root.contains("title"));
    CHECK(root.contains("description"));
    CHECK(Schema(root).undescribed() == std::vector<std::string>{});
  }
}

TEST_CASE("There is a schema for each document and none without one", "[schema]") {
  std::set<std::string> schemas;
  for (const auto& entry : std::filesystem::directory_iterator{tests::source_dir() / "assets/schema"})
    schemas.insert(entry.path().stem().string());
  // A technician's, not a brand's: tests/unit/capture holds them against their parsers.
  for (const auto* const name : {"receipt_template", "sales_columns"}) schemas.erase(name);
  std::set<std::string> kinds;
  for (const auto& kind : tests::document_kinds()) kinds.insert(std::string{kind.name});
  CHECK(schemas == kinds);
}

TEST_CASE("Broken documents are refused where they are broken", "[schema]") {
  const auto table = Json::parse(text_of(here() / "broken.json"));
  for (const auto& kind : tests::document_kinds()) {
    CAPTURE(kind.name);
    REQUIRE(table.contains(kind.name));
    CHECK(table.at(std::string{kind.name}).size() >= 3);
    for (const auto& row : table.at(std::string{kind.name})) {
      CAPTURE(row.dump());
      const auto whole = nlohmann::json::parse(text_of(here() / row.at("document").get<std::string>()));
      REQUIRE(kind.refusal(base::view_of(whole.dump())) == "");
      const auto broken = whole.patch(nlohmann::json::parse(row.at("patch").dump()));
      const auto refusal = kind.refusal(base::view_of(broken.dump()));
      CHECK(refusal.starts_with(row.at("place").get<std::string>() + ": "));
    }
  }
}

TEST_CASE("A parser's questions are heard by the youngest listener alone, and while it lives", "[schema]") {
  const auto* const kind = tests::document_kind("commission");
  REQUIRE(kind != nullptr);
  const std::string document = R"({"version": 1})";
  const model::AskedMembers outer;
  {
    const model::AskedMembers inner;
    CHECK(kind->refusal(base::view_of(document)) != "");
    CHECK(inner.places() ==
          std::set<std::string>{"/enrolment_minor", "/return_days", "/sales_basis_points", "/version"});
  }
  CHECK(outer.places().empty());
  CHECK(kind->refusal(base::view_of(document)) != "");
  CHECK(outer.places().contains("/version"));
}
