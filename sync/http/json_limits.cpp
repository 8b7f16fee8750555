// SPDX-License-Identifier: Apache-2.0
#include "sync/http/json_limits.h"

namespace millpond::http {

base::Result<> check_json_limits(base::ByteView text) {
  if (text.size() > json_bytes_max) return base::Error{base::Code::too_large, "read JSON", "more than 256 KiB"};
  int depth = 0;
  bool in_text = false;
  bool escaped = false;
  for (const auto byte : text) {
    if (in_text) {
      if (!escaped && byte == '"') in_text = false;
      escaped = !escaped && byte == '\\';
      continue;
    }
    if (byte == '"') in_text = true;
    if (byte == '{' || byte == '[') ++depth;
    if (byte == '}' || byte == ']') --depth;
    if (depth > json_depth_max) return base::Error{base::Code::bad_input, "read JSON", "more than 16 levels deep"};
  }
  return {};
}

}  // namespace millpond::http
