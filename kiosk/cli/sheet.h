// SPDX-License-Identifier: Apache-2.0
// `millpond sheet`: an offline grant as a page to print; and grants as a technician brings them.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"

#include <filesystem>
#include <string>

namespace millpond::cli {

struct SheetOptions {
  std::string file;  // a grant as for read_grant_file()
  std::string png;   // must not exist yet
};

// A grant's text or a stick's file as it is; of a picture (PNG, JPEG) the text of the code in it. Nothing in it is
// checked yet. Errors: too_large, grant_invalid (a picture without a code), those of reading and of decode_file().
[[nodiscard]] base::Result<base::Bytes> read_grant_file(const std::filesystem::path& path);

// Checks the grant, draws its page and reads the picture's code back before it says that there is one. Exit status.
[[nodiscard]] int draw_sheet(const SheetOptions& options);

}  // namespace millpond::cli
