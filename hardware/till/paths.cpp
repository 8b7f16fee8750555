// SPDX-License-Identifier: Apache-2.0
#include "hardware/till/paths.h"

#include <charconv>

namespace millpond::till {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = i + 2 < text.size() ? base::from_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (!byte) return std::nullopt;
    out += static_cast<char>(byte->front());
    i += 2;
  }
  return out;
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = percent_decoded(path.substr(0, slash));
    if (!part || part->empty()) return {};
    parts.push_back(*part);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return parts;
}

std::optional<std::string_view> inner_of(std::string_view path, std::string_view begin, std::string_view end) {
  if (!path.starts_with(begin) || !path.ends_with(end) || path.size() <= begin.size() + end.size() + 1) return {};
  return path.substr(begin.size() + 1, path.size() - begin.size() - end.size() - 1);
}

base::Result<ports::TillSaleKey> parse_sale_key(std::string_view path) {
  const base::Error malformed{base::Code::bad_input, "find sale",
                              "the path is /v1/sales/{store}/{till}/{business_date}/{transaction}"};
  const auto parts = parts_of(path);
  if (parts.size() != 4) return malformed;
  std::uint32_t store = 0;
  const auto& number = parts[0];
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), store);
  const auto date = base::parse_date(parts[2]);
  if (error != std::errc{} || end != number.data() + number.size() || !date) return malformed;
  return ports::TillSaleKey{base::StoreId{store}, parts[1], *date, parts[3]};
}

}  // namespace millpond::till
