// SPDX-License-Identifier: Apache-2.0
// Drawing: a Dear ImGui context of a test's own, for making draw lists without a window.
#pragma once

#include "kiosk/raster/raster.h"

#include <functional>
#include <imgui.h>
#include <string>
#include <vector>

namespace millpond::tests {

inline constexpr std::uint32_t white = 0xFFFFFFFFU;
inline constexpr std::uint32_t black = 0xFF000000U;
inline constexpr std::uint32_t red = 0xFF0000FFU;

class Drawing {
 public:
  Drawing(int width, int height) : width_{width}, height_{height}, context_{ImGui::CreateContext()} {
    ImGui::SetCurrentContext(context_);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures | ImGuiBackendFlags_RendererHasVtxOffset;
    io.Fonts->TexDesiredFormat = ImTextureFormat_Alpha8;
  }
  ~Drawing() {
    for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) texture->SetStatus(ImTextureStatus_Destroyed);
    ImGui::DestroyContext(context_);
  }
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

  ImDrawData* frame(const std::function<void(ImDrawList&)>& draw) {
    ImGui::SetCurrentContext(context_);
    ImGui::GetIO().DisplaySize = {static_cast<float>(width_), static_cast<float>(height_)};
    ImGui::GetIO().DeltaTime = 1.0F / 60;
    ImGui::NewFrame();
    draw(*ImGui::GetBackgroundDrawList());
    ImGui::Render();
    return ImGui::GetDrawData();
  }

 private:
  int width_;
  int height_;
  ImGuiContext* context_;
};

[[nodiscard]] inline std::uint32_t pixel(const raster::Raster& raster, int x, int y) {
  return raster.pixels()[static_cast<std::size_t>(y * raster.width() + x)];
}

// '#' for red, '.' for the white ground, '+' for anything between, a row a line.
[[nodiscard]] inline std::vector<std::string> picture(const raster::Raster& raster) {
  std::vector<std::string> rows;
  for (int y = 0; y < raster.height(); ++y) {
    std::string row;
    for (int x = 0; x < raster.width(); ++x) {
      const std::uint32_t color = pixel(raster, x, y);
      row += color == red ? '#' : color == white ? '.' : '+';
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace millpond::tests
