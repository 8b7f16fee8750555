// SPDX-License-Identifier: Apache-2.0
#include "kiosk/raster/texture.h"

#include <atomic>
#include <imgui.h>

namespace millpond::raster {
namespace {

// Atlas textures are told apart by generation alone: ImGui may put a new one where an old one lay.
std::uint32_t next_atlas_generation() {
  static std::atomic<std::uint32_t> last{0x40000000U};
  return ++last;
}

void create_or_update(ImTextureData& request) {
  auto* texture = static_cast<Texture*>(request.BackendUserData);
  if (texture == nullptr) {
    texture = new Texture;
    texture->generation = next_atlas_generation();
    request.BackendUserData = texture;
  }
  // An update only adds glyphs beside those that are there, so what was drawn before still looks the same and the
  // generation stays: new glyphs must not redraw the whole screen.
  texture->width = request.Width;
  texture->height = request.Height;
  texture->bytes_per_pixel = request.BytesPerPixel;
  texture->pixels = request.Pixels;
  request.SetTexID(texture_id(*texture));
  request.SetStatus(ImTextureStatus_OK);
}

void destroy(ImTextureData& request) {
  delete static_cast<Texture*>(request.BackendUserData);
  request.BackendUserData = nullptr;
  request.SetTexID(ImTextureID_Invalid);
  request.SetStatus(ImTextureStatus_Destroyed);
}

}  // namespace

std::uint64_t texture_id(const Texture& texture) {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&texture));
}

void serve_texture_requests(ImDrawData& data) {
  if (data.Textures == nullptr) return;
  for (ImTextureData* request : *data.Textures) {
    switch (request->Status) {
      case ImTextureStatus_WantCreate:
      case ImTextureStatus_WantUpdates:
        create_or_update(*request);
        break;
      case ImTextureStatus_WantDestroy:
        destroy(*request);
        break;
      case ImTextureStatus_OK:
      case ImTextureStatus_Destroyed:
        break;
    }
  }
}

}  // namespace millpond::raster
