// SPDX-License-Identifier: Apache-2.0
// GatewayDescription: what the gateway's own description promises of an answer, held against real ones. Knows the part
// of JSON Schema that the description uses and throws at any other word, so that nothing passes unlooked at. Any
// thread.
#pragma once

#include "hardware/till/openapi.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace millpond::tests {

class GatewayDescription {
 public:
  using Json = nlohmann::json;

  GatewayDescription() : root_(Json::parse(till::openapi_json())) {}

  [[nodiscard]] const Json& root() const { return root_; }

  // Empty, or what the description does not say of this answer.
  [[nodiscard]] std::string misfit(const std::string& method, const std::string& target, int status,
                                   const Json& body) const {
    const auto* const operation = find(method, target);
    if (operation == nullptr) return status == 200 ? "no such operation answers 200" : "";
    const auto& responses = operation->at("responses");
    const auto exact = responses.find(std::to_string(status));
    const auto& response = resolved(exact == responses.end() ? responses.at("default") : *exact);
    return mismatch(response.at("content").at("application/json").at("schema"), body, "");
  }
  // The same of a value and a named schema.
  [[nodiscard]] std::string mismatch(const std::string& schema, const Json& value) const {
    return mismatch(root_.at("components").at("schemas").at(schema), value, "");
  }

 private:
  static std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from < path.size();) {
      const auto end = std::min(path.find('/', from + 1), path.size());
      parts.push_back(path.substr(from, end - from));
      from = end;
    }
    return parts;
  }
  [[nodiscard]] const Json* find(const std::string& method, const std::string& target) const {
    auto verb = method;
    std::ranges::transform(verb, verb.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    const auto asked = parts_of(target.substr(0, target.find('?')));
    for (const auto& [path, operations] : root_.at("paths").items()) {
      const auto parts = parts_of(path);
      const bool fits = std::ranges::equal(parts, asked, [](const std::string& part, const std::string& of) {
        return part == of || part.starts_with("/{");
      });
      if (fits && operations.contains(verb)) return &operations.at(verb);
    }
    return nullptr;
  }
  [[nodiscard]] const Json& resolved(const Json& node) const {
    if (!node.contains("$ref")) return node;
    return root_.at(Json::json_pointer{node.at("$ref").get<std::string>().substr(1)});
  }

  static bool is_of(const std::string& type, const Json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    throw std::logic_error{"a type that nobody checks: " + type};
  }

  [[nodiscard]] std::string mismatch(const Json& given, const Json& value, const std::string& at) const {
    const auto& schema = resolved(given);
    for (const auto& [word, said] : schema.items()) {
      const auto wrong = against(schema, word, said, value, at);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  [[nodiscard]] std::string against(const Json& schema, const std::string& word, const Json& said, const Json& value,
                                    const std::string& at) const {
    const auto wrong = [&](bool so) { return so ? at + " is not as \"" + word + "\" says: " + value.dump() : ""; };
    if (word == "description" || word == "required" || word == "additionalProperties") return {};
    if (word == "type") return wrong(!is_of(said.get<std::string>(), value));
    if (word == "enum") return wrong(std::ranges::find(said, value) == said.end());
    if (word == "minimum") return wrong(value.is_number() && value < said);
    if (word == "maximum") return wrong(value.is_number() && value > said);
    if (word == "minItems") return wrong(value.size() < said.get<std::size_t>());
    if (word == "maxItems") return wrong(value.size() > said.get<std::size_t>());
    // Bytes count here, letters in the description: more than enough of room either way.
    if (word == "minLength")
      return wrong(value.is_string() && value.get<std::string>().size() < said.get<std::size_t>());
    if (word == "maxLength")
      return wrong(value.is_string() && value.get<std::string>().size() > said.get<std::size_t>());
    if (word == "pattern") {
      return wrong(value.is_string() &&
                   !std::regex_search(value.get<std::string>(), std::regex{said.get<std::string>()}));
    }
    if (word == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        auto inner = mismatch(said, value[i], at + "/" + std::to_string(i));
        if (!inner.empty()) return inner;
      }
      return {};
    }
    if (word == "oneOf") {
      const auto fitting =
          std::ranges::count_if(said, [&](const Json& each) { return mismatch(each, value, at).empty(); });
      return wrong(fitting != 1);
    }
    if (word == "properties") return against_members(schema, said, value, at);
    throw std::logic_error{"a word that nobody checks: " + word};
  }

  [[nodiscard]] std::string against_members(const Json& schema, const Json& properties, const Json& value,
                                            const std::string& at) const {
    if (!value.is_object()) return {};
    for (const auto& name : schema.value("required", Json::array())) {
      if (!value.contains(name)) return at + "/" + name.get<std::string>() + " is missing";
    }
    for (const auto& [name, member] : value.items()) {
      if (!properties.contains(name)) return at + "/" + name + " is not described";
      auto inner = mismatch(properties.at(name), member, at + "/" + name);
      if (!inner.empty()) return inner;
    }
    return {};
  }

  const Json root_;
};

// Throws where a real answer is not as the description says.
inline void hold_to_description(const std::string& method, const std::string& target, int status,
                                const nlohmann::json& body) {
  static const GatewayDescription description;
  const auto wrong = description.misfit(method, target, status, body);
  if (!wrong.empty()) {
    throw std::runtime_error{method + " " + target + " answered " + std::to_string(status) + ": " + wrong};
  }
}

}  // namespace millpond::tests
