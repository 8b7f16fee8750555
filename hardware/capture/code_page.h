// SPDX-License-Identifier: Apache-2.0
// The printers' code pages under this room's name.
#pragma once

#include "hardware/pages/code_page.h"

namespace millpond::capture {

using pages::CodePage;
using pages::Decoder;
using pages::is_double_byte;
using pages::page_of_table;
using pages::parse_code_page;

}  // namespace millpond::capture
