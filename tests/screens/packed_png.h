// SPDX-License-Identifier: Apache-2.0
// A picture as a PNG that is as small as zlib makes it: stb's own packing takes three quarters more for the sheets of
// the gallery, which are of few colours. Opaque pictures only: alpha is dropped.
#pragma once

#include "hardware/image/image.h"
#include "sync/base/result.h"

#include <filesystem>

namespace millpond::tests {

// Errors: those of base::write_file.
[[nodiscard]] base::Result<> save_packed_png(const std::filesystem::path& path, const image::RgbaImage& picture);

}  // namespace millpond::tests
