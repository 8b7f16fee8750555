// SPDX-License-Identifier: Apache-2.0
#include "sync/http/server.h"

#include <algorithm>

namespace millpond::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// "%2F" and "+" as in a query. A broken escape stays as it is.
std::string decode_query(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      if (const auto byte = base::from_hex(text.substr(i + 1, 2))) {
        out += static_cast<char>(byte->front());
        i += 2;
        continue;
      }
    }
    out += text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

}  // namespace

std::string_view Request::path() const { return std::string_view{target}.substr(0, target.find('?')); }

std::string Request::query(std::string_view name) const {
  const auto mark = target.find('?');
  std::string_view rest = mark == std::string::npos ? std::string_view{} : std::string_view{target}.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) == name) {
      return equals == std::string_view::npos ? std::string{} : decode_query(pair.substr(equals + 1));
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

Response json_response(int status, std::string_view json) {
  const auto bytes = base::view_of(json);
  return {status, "application/json", base::Bytes{bytes.begin(), bytes.end()}, {}};
}

}  // namespace millpond::http
