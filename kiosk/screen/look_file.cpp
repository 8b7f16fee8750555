// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/look_file.h"

#include "sync/base/file.h"

#include <charconv>
#include <cstdio>
#include <functional>
#include <map>
#include <toml++/toml.h>

namespace millpond::screen {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t file_bytes_max = std::size_t{1} << 16;

struct Asked {
  view::Tint tint{view::Tint::light};
  std::optional<view::Color> color;
  std::string color_text;
  std::string logo;
};

// What is wrong with a value; empty: nothing.
using Reader = std::function<std::string(const toml::node&, Asked&, LookFile&)>;

std::string read_theme(const toml::node& node, Asked& asked, LookFile&) {
  static const std::map<std::string, view::Tint> tints{
      {"light", view::Tint::light}, {"dark", view::Tint::dark}, {"contrast", view::Tint::contrast}};
  const auto tint = tints.find(node.value_exact<std::string>().value_or(""));
  if (tint == tints.end()) return R"(must be one of "light", "dark", "contrast")";
  asked.tint = tint->second;
  return {};
}

std::string read_motion(const toml::node& node, Asked&, LookFile& look) {
  const auto motion = node.value_exact<std::string>().value_or("");
  if (motion != "full" && motion != "reduced") return R"(must be "full" or "reduced")";
  look.still = motion == "reduced";
  return {};
}

std::string read_color(const toml::node& node, Asked& asked, LookFile&) {
  const auto text = node.value_exact<std::string>().value_or("");
  std::uint32_t hex = 0;
  const char* const end = text.data() + text.size();
  const bool sound =
      text.size() == 7 && text.front() == '#' && std::from_chars(text.data() + 1, end, hex, 16).ptr == end;
  if (!sound) return R"(must be a colour like "#C8321E")";
  asked.color = view::rgb(hex);
  asked.color_text = text;
  return {};
}

Reader read_name(flow::Locale locale) {
  return [locale](const toml::node& node, Asked&, LookFile& look) -> std::string {
    const auto name = node.value_exact<std::string>().value_or("");
    if (name.empty() || name.size() > 60) return "must be a text of 1 to 60 bytes";
    look.names[static_cast<std::size_t>(locale)] = name;
    return {};
  };
}

std::string read_rotate(const toml::node& node, Asked&, LookFile& look) {
  const auto degrees = node.value_exact<std::int64_t>().value_or(-1);
  if (degrees < 0 || degrees > 270 || degrees % 90 != 0) return "must be 0, 90, 180 or 270: degrees clockwise";
  look.turn = static_cast<Turn>(degrees / 90);
  return {};
}

std::string read_logo(const toml::node& node, Asked& asked, LookFile&) {
  asked.logo = node.value_exact<std::string>().value_or("");
  return asked.logo.empty() ? "must be the name of a PNG or JPEG file" : "";
}

const std::map<std::string, std::map<std::string, Reader>>& readers() {
  static const std::map<std::string, std::map<std::string, Reader>> table{
      {"screen", {{"theme", read_theme}, {"motion", read_motion}, {"rotate", read_rotate}}},
      {"brand",
       {{"name", read_name(flow::Locale::zh_cn)},
        {"name_en", read_name(flow::Locale::en)},
        {"color", read_color},
        {"logo", read_logo}}},
  };
  return table;
}

Error at(Code code, const toml::node& node, const std::string& what, const std::filesystem::path& file) {
  return {code, "read look", "line " + std::to_string(node.source().begin.line) + ": " + what, file.string()};
}

Result<> read_section(const std::string& name, const toml::node& node, Asked& asked, LookFile& look,
                      const std::filesystem::path& file) {
  const auto section = readers().find(name);
  const auto* table = node.as_table();
  if (section == readers().end()) return at(Code::config_unknown_key, node, "[" + name + "]", file);
  if (table == nullptr) return at(Code::config_invalid, node, "[" + name + "] must be a section", file);
  for (const auto& [key, value] : *table) {
    const auto full = name + "." + std::string{key.str()};
    const auto reader = section->second.find(std::string{key.str()});
    if (reader == section->second.end()) return at(Code::config_unknown_key, value, full, file);
    const auto wrong = reader->second(value, asked, look);
    if (!wrong.empty()) return at(Code::config_invalid, value, full + " " + wrong, file);
  }
  return {};
}

std::string hex_of(view::Color color) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02X%02X%02X", color & 255U, color >> 8 & 255U, color >> 16 & 255U);
  return text;
}

Result<> dress(const Asked& asked, LookFile& look, const std::filesystem::path& file) {
  if (!asked.color) {
    look.look = view::Look::of(view::theme_of(asked.tint));
    return {};
  }
  const auto branded = view::with_brand(asked.tint, *asked.color);
  if (branded.corrected && !view::is_recognisable(*asked.color, *branded.corrected)) {
    return Error{Code::config_invalid, "read look",
                 "brand.color " + asked.color_text + " cannot be written on; choose a darker or a lighter one",
                 file.string()};
  }
  look.look = view::Look::of(branded.theme);
  if (branded.corrected) {
    look.asked = asked.color_text;
    look.corrected = hex_of(*branded.corrected);
  }
  return {};
}

}  // namespace

Result<LookFile> parse_look(std::string_view text, const std::filesystem::path& file) {
  LookFile look;
  Asked asked;
  toml::table document;
  try {
    document = toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    return Error{Code::config_invalid, "read look",
                 "line " + std::to_string(error.source().begin.line) + ": " + std::string{error.description()},
                 file.string()};
  }
  for (const auto& [name, node] : document) {
    MILLPOND_TRY_DO(read_section(std::string{name.str()}, node, asked, look, file));
  }
  MILLPOND_TRY_DO(dress(asked, look, file));
  if (asked.logo.empty()) return look;
  const auto place = file.parent_path() / asked.logo;
  MILLPOND_TRY(look.logo, image::load_rgba(place));
  if (std::max(look.logo->width, look.logo->height) > logo_side_max) {
    return Error{Code::too_large, "read look", "brand.logo is larger than 1024 x 1024", place.string()};
  }
  return look;
}

Result<LookFile> load_look(const std::filesystem::path& file) {
  MILLPOND_TRY(const auto bytes, base::read_file(file, file_bytes_max));
  return parse_look(base::text_of(bytes), file);
}

}  // namespace millpond::screen
