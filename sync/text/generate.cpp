// SPDX-License-Identifier: Apache-2.0
// Writes keys.h and tables.cpp from the string files, or says what is wrong with them and fails the build.
// Usage: generate ZH_CN.json EN.json KEYS_H TABLES_CPP
#include "sync/base/error.h"

#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Strings = std::map<std::string, std::string>;

constexpr std::array error_codes{
#define MILLPOND_NAME(name, retry) #name,
    MILLPOND_ERROR_CODES(MILLPOND_NAME)
#undef MILLPOND_NAME
};
constexpr std::array sentence_parts{"what", "why", "next"};

std::vector<std::string> problems;

void complain(const std::string& file, const std::string& what) { problems.push_back(file + ": " + what); }

// nlohmann keeps the last of two equal keys; a sentence that silently replaces another is a mistake to report.
Strings read_strings(const std::string& file) {
  std::ifstream in{file};
  if (!in) throw std::runtime_error{file + ": cannot be read"};
  Strings strings;
  std::string key;
  const auto on_event = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (event == nlohmann::json::parse_event_t::key) key = parsed.get<std::string>();
    if (event != nlohmann::json::parse_event_t::value) return true;
    if (!parsed.is_string() || parsed.get<std::string>().empty()) {
      complain(file, key + " has no text");
    } else if (!strings.emplace(key, parsed.get<std::string>()).second) {
      complain(file, key + " is there twice");
    }
    return true;
  };
  const auto document = nlohmann::json::parse(in, on_event);
  if (!document.is_object()) throw std::runtime_error{file + ": is not an object of key and text"};
  return strings;
}

std::string identifier(const std::string& key) {
  std::string name = key;
  for (auto& c : name) {
    if (c == '.') c = '_';
  }
  return name;
}

bool is_well_named(const std::string& key) {
  return !key.empty() && key.front() >= 'a' && key.front() <= 'z' &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string::npos;
}

// The placeholders of a text, or a complaint about a brace that is none.
std::set<int> placeholders(const std::string& file, const std::string& key, const std::string& text) {
  std::set<int> found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '}') complain(file, key + " has a lone }");
    if (text[i] != '{') continue;
    if (i + 2 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9' && text[i + 2] == '}') {
      found.insert(text[i + 1] - '0');
      i += 2;
    } else {
      complain(file, key + " has a { that is no placeholder");
    }
  }
  return found;
}

void check(const std::string& zh_file, const Strings& zh, const std::string& en_file, const Strings& en) {
  std::set<std::string> names;
  for (const auto& [key, text] : zh) {
    if (!is_well_named(key)) complain(zh_file, key + " is not a name of small letters, digits, _ and .");
    if (!names.insert(identifier(key)).second) complain(zh_file, key + " reads like another key");
    const auto other = en.find(key);
    if (other == en.end()) {
      complain(en_file, key + " is missing");
      continue;
    }
    const auto ours = placeholders(zh_file, key, text);
    if (ours != placeholders(en_file, key, other->second)) complain(en_file, key + " has other placeholders");
    if (!ours.empty() && *ours.rbegin() + 1 != static_cast<int>(ours.size()))
      complain(zh_file, key + " skips a number");
    if (!ours.empty() && key.rfind("error.", 0) == 0) complain(zh_file, key + " may have no placeholder");
  }
  for (const auto& [key, text] : en) {
    if (!zh.contains(key)) complain(zh_file, key + " is missing");
  }
  std::set<std::string> expected;
  for (const std::string code : error_codes) {
    for (const std::string part : sentence_parts) {
      const auto key = "error." + code + "." + part;
      expected.insert(key);
      if (!zh.contains(key)) complain(zh_file, key + " is missing");
    }
  }
  for (const auto& [key, text] : zh) {
    if (key.rfind("error.", 0) == 0 && !expected.contains(key)) complain(zh_file, key + " belongs to no error code");
  }
}

// nlohmann's escapes of a string are also C++'s once every byte above ASCII is written in octal.
std::string literal(const std::string& text) {
  std::ostringstream out;
  out << '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\' || c == '?') {
      out << '\\' << static_cast<char>('0' + (byte >> 6)) << static_cast<char>('0' + ((byte >> 3) & 7))
          << static_cast<char>('0' + (byte & 7));
    } else {
      out << c;
    }
  }
  out << '"';
  return out.str();
}

std::string keys_header(const Strings& strings) {
  std::ostringstream out;
  out << "// SPDX-License-Identifier: Apache-2.0\n// Generated from assets/strings by sync/text/generate.cpp.\n#pragma "
         "once\n\n"
         "#include <cstdint>\n\nnamespace millpond::text {\n\nenum class Key : std::uint16_t {\n";
  for (const auto& [key, text] : strings) out << "  " << identifier(key) << ",\n";
  out << "};\ninline constexpr std::uint16_t key_count = " << strings.size() << ";\n\n}  // namespace millpond::text\n";
  return out.str();
}

void write_table(std::ostream& out, const std::string& name, const Strings& strings) {
  out << "constexpr std::string_view " << name << "[]{\n";
  for (const auto& [key, text] : strings) out << "    " << literal(text) << ",\n";
  out << "};\n";
}

std::string tables_source(const Strings& zh, const Strings& en) {
  std::ostringstream out;
  out << "// SPDX-License-Identifier: Apache-2.0\n// Generated from assets/strings by sync/text/generate.cpp.\n"
         "#include \"sync/text/tables.h\"\n\nnamespace millpond::text {\nnamespace {\n\n";
  write_table(out, "zh_cn", zh);
  write_table(out, "en", en);
  out << "constexpr std::string_view names[]{\n";
  for (const auto& [key, text] : zh) out << "    \"" << key << "\",\n";
  out << "};\nconstexpr ErrorKeys errors[]{\n";
  for (const std::string code : error_codes) {
    out << "    {Key::error_" << code << "_what, Key::error_" << code << "_why, Key::error_" << code << "_next},\n";
  }
  out << "};\n\n}  // namespace\n\nTables tables() { return {zh_cn, en, names, errors}; }\n\n}  // namespace "
         "millpond::text\n";
  return out.str();
}

void write_if_changed(const std::string& file, const std::string& content) {
  std::ifstream old{file, std::ios::binary};
  const std::string before{std::istreambuf_iterator<char>{old}, {}};
  if (old && before == content) return;
  std::ofstream out{file, std::ios::binary};
  out << content;
  if (!out.flush()) throw std::runtime_error{file + ": cannot be written"};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: generate ZH_CN.json EN.json KEYS_H TABLES_CPP\n";
    return 2;
  }
  try {
    const auto zh = read_strings(argv[1]);
    const auto en = read_strings(argv[2]);
    check(argv[1], zh, argv[2], en);
    if (problems.empty()) {
      write_if_changed(argv[3], keys_header(zh));
      write_if_changed(argv[4], tables_source(zh, en));
    }
  } catch (const std::exception& failure) { problems.emplace_back(failure.what()); }
  for (const auto& problem : problems) std::cerr << problem << '\n';
  return problems.empty() ? 0 : 1;
}
