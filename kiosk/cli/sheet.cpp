// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/sheet.h"

#include "hardware/scan/decode_file.h"
#include "kiosk/cli/output.h"
#include "kiosk/cli/sheet_page.h"
#include "sync/base/file.h"
#include "sync/codes/base45.h"
#include "sync/terminal/granted.h"

#include <iostream>

namespace millpond::cli {
namespace {

using base::Code;
using base::Error;
using base::Result;

bool is_picture(base::ByteView content) {
  constexpr std::uint8_t jpeg_mark = 0xFF;
  const auto text = base::text_of(content);
  return text.starts_with("\x89PNG") || (content.size() > 1 && content[0] == jpeg_mark && content[1] == 0xD8);
}

Result<> draw(const SheetOptions& options) {
  std::error_code ignored;
  if (std::filesystem::exists(options.png, ignored)) {
    return Error{Code::already_exists, "draw sheet", "the file is there already", options.png};
  }
  MILLPOND_TRY(const auto content, read_grant_file(options.file));
  MILLPOND_TRY(const auto grant, terminal::read_grant(content));
  SheetPage page;
  page.code = std::string{wire::sheet_prefix} + codes::base45_encode(wire::encode_sheet(grant.sheet));
  page.store = grant.checked.grant.store;
  page.terminal = grant.checked.grant.terminal;
  page.last_day = {grant.checked.grant.last_day};
  MILLPOND_TRY(const auto drawn, draw_page(page));
  MILLPOND_TRY(const auto png, image::encode_png(print::to_image(drawn, 0)));
  MILLPOND_TRY_DO(base::write_file(options.png, png, base::Privacy::owner));
  MILLPOND_TRY(const auto read, scan::decode_file(options.png));
  if (read.found && read.found->text == page.code) return {};
  std::filesystem::remove(options.png, ignored);
  return Error{Code::internal, "draw sheet", "its code does not read back"};
}

}  // namespace

Result<base::Bytes> read_grant_file(const std::filesystem::path& path) {
  MILLPOND_TRY(auto content, base::read_file(path, image::file_bytes_max));
  if (!is_picture(content)) {
    if (content.size() <= wire::grant_file_bytes_max) return content;
    return Error{Code::too_large, "read grant", "above 3 MiB", path.string()};
  }
  MILLPOND_TRY(const auto read, scan::decode_file(path));
  if (!read.found) return Error{Code::grant_invalid, "read grant", "a picture without a code", path.string()};
  const auto text = base::view_of(read.found->text);
  return base::Bytes{text.begin(), text.end()};
}

int draw_sheet(const SheetOptions& options) {
  if (const auto drawn = draw(options); !drawn) return fail(drawn.error());
  std::cout << "page        " << options.png << ", for A4\n"
            << "next        print it, write the hub's six digits into the boxes by hand, and remove the files\n";
  return 0;
}

}  // namespace millpond::cli
