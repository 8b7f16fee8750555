// SPDX-License-Identifier: Apache-2.0
// Full redraws of 1080 x 1920 by our rasteriser and by SDL_Renderer, whose "opengl" is llvmpipe where there is no GPU.
// All three draw the same lists into a window and present it; the time is the processor's, of all threads.
#include "tests/bench/ui_rows.h"
#include "tests/support/sample_views.h"

#include <SDL.h>
#include <algorithm>
#include <imgui.h>
#include <iostream>
#include <map>
#include <string>

namespace millpond::bench {
namespace {

constexpr view::SizePx portrait{1080, 1920};
constexpr double redraw_asked = 1.0 / 6;  // of llvmpipe's
constexpr double unchanged_asked_ms = 0.5;
constexpr int camera_width = 640;
constexpr int camera_height = 360;

// A renderer of SDL's with the textures that our draw lists name.
class SdlRenderer {
 public:
  explicit SdlRenderer(const std::string& driver) {
    window_ = SDL_CreateWindow("bench", 0, 0, portrait.width, portrait.height, 0);
    for (int i = 0; i < SDL_GetNumRenderDrivers(); ++i) {
      SDL_RendererInfo info;
      if (SDL_GetRenderDriverInfo(i, &info) == 0 && driver == info.name) renderer_ = SDL_CreateRenderer(window_, i, 0);
    }
  }
  ~SdlRenderer() {
    for (auto& [id, texture] : textures_) SDL_DestroyTexture(texture);
    if (renderer_ != nullptr) SDL_DestroyRenderer(renderer_);
    if (window_ != nullptr) SDL_DestroyWindow(window_);
  }
  SdlRenderer(const SdlRenderer&) = delete;
  SdlRenderer& operator=(const SdlRenderer&) = delete;

  [[nodiscard]] bool is_there() const { return renderer_ != nullptr; }

  // Draws and presents; a pixel is read back, or the work would still be under way.
  void draw(const ImDrawData& data) {
    SDL_SetRenderDrawColor(renderer_, 0, 0, 0, 255);
    SDL_RenderClear(renderer_);
    for (const ImDrawList* list : data.CmdLists) {
      for (const ImDrawCmd& command : list->CmdBuffer) draw(*list, command);
    }
    const SDL_Rect one{0, 0, 1, 1};
    std::uint32_t pixel = 0;
    SDL_RenderReadPixels(renderer_, &one, SDL_PIXELFORMAT_ARGB8888, &pixel, 4);
    SDL_RenderPresent(renderer_);
  }

 private:
  void draw(const ImDrawList& list, const ImDrawCmd& command) {
    const SDL_Rect clip{static_cast<int>(command.ClipRect.x), static_cast<int>(command.ClipRect.y),
                        static_cast<int>(command.ClipRect.z - command.ClipRect.x),
                        static_cast<int>(command.ClipRect.w - command.ClipRect.y)};
    SDL_RenderSetClipRect(renderer_, &clip);
    const ImDrawVert* const vertices = list.VtxBuffer.Data + command.VtxOffset;
    constexpr int stride = sizeof(ImDrawVert);
    SDL_RenderGeometryRaw(renderer_, texture_of(command.GetTexID()), &vertices->pos.x, stride,
                          reinterpret_cast<const SDL_Color*>(&vertices->col), stride, &vertices->uv.x, stride,
                          list.VtxBuffer.Size - static_cast<int>(command.VtxOffset),
                          list.IdxBuffer.Data + command.IdxOffset, static_cast<int>(command.ElemCount),
                          sizeof(ImDrawIdx));
  }

  // Copied when it is first named: by then every glyph of the screen is in the atlas.
  SDL_Texture* texture_of(ImTextureID id) {
    auto& made = textures_[id];
    if (made != nullptr) return made;
    const auto& texture = *reinterpret_cast<const raster::Texture*>(static_cast<std::uintptr_t>(id));
    std::vector<std::uint8_t> rgba;
    rgba.reserve(static_cast<std::size_t>(texture.width) * static_cast<std::size_t>(texture.height) * 4);
    for (int i = 0; i < texture.width * texture.height; ++i) {
      const std::uint8_t* const at = texture.pixels + i * texture.bytes_per_pixel;
      if (texture.bytes_per_pixel == 4) {
        rgba.insert(rgba.end(), at, at + 4);
      } else {
        rgba.insert(rgba.end(), {255, 255, 255, *at});
      }
    }
    made =
        SDL_CreateTexture(renderer_, SDL_PIXELFORMAT_RGBA32, SDL_TEXTUREACCESS_STATIC, texture.width, texture.height);
    SDL_UpdateTexture(made, nullptr, rgba.data(), texture.width * 4);
    SDL_SetTextureBlendMode(made, SDL_BLENDMODE_BLEND);
    SDL_SetTextureScaleMode(made, SDL_ScaleModeLinear);
    return made;
  }

  SDL_Window* window_{};
  SDL_Renderer* renderer_{};
  std::map<ImTextureID, SDL_Texture*> textures_;
};

// As kiosk/screen/window.cpp presents.
class OurWindow {
 public:
  OurWindow() : window_{SDL_CreateWindow("bench", 0, 0, portrait.width, portrait.height, 0)} {}
  ~OurWindow() { SDL_DestroyWindow(window_); }
  OurWindow(const OurWindow&) = delete;
  OurWindow& operator=(const OurWindow&) = delete;

  void present(const raster::Raster& raster) {
    SDL_Surface* const surface = SDL_GetWindowSurface(window_);
    SDL_Surface* const picture =
        SDL_CreateRGBSurfaceWithFormatFrom(const_cast<std::uint32_t*>(raster.pixels().data()), raster.width(),
                                           raster.height(), 32, raster.width() * 4, SDL_PIXELFORMAT_ABGR8888);
    SDL_SetSurfaceBlendMode(picture, SDL_BLENDMODE_NONE);
    SDL_BlitSurface(picture, nullptr, surface, nullptr);
    SDL_FreeSurface(picture);
    SDL_UpdateWindowSurface(window_);
  }

 private:
  SDL_Window* window_;
};

template <class Work>
double cost_ms(Work work) {
  const double begin = process_cpu_ms();
  work();
  return process_cpu_ms() - begin;
}

struct Costs {
  std::vector<double> ours;
  std::vector<double> llvmpipe;
  std::vector<double> software;
  std::vector<double> unchanged;  // view and rasteriser, this thread's
};

// A camera's picture, for the screen that has one.
struct Camera {
  std::vector<std::uint8_t> luma = std::vector<std::uint8_t>(std::size_t{camera_width} * camera_height);
  raster::Texture texture{camera_width, camera_height, 1, luma.data(), 1};
  Camera() {
    for (std::size_t i = 0; i < luma.size(); ++i) luma[i] = static_cast<std::uint8_t>(i * 7 + i / camera_width * 3);
  }
};

Costs costs_of(const view::Fonts& fonts, const std::string& sample, int rounds) {
  const Camera camera;
  Drawn drawn{fonts, portrait};
  if (sample == "scan") {
    drawn.scratch.camera = {raster::texture_id(camera.texture), camera_width, camera_height, {}};
  }
  const auto model = tests::sample_view(sample, flow::Locale::zh_cn);
  drawn.scratch.still = true;
  drawn.draw(model, 1'000);
  Costs costs;
  OurWindow window;
  SdlRenderer llvmpipe{"opengl"};
  SdlRenderer software{"software"};
  for (int i = 0; i < rounds + 1; ++i) {
    const double ours = cost_ms([&] {
      static_cast<void>(drawn.view.draw(model, drawn.scratch, portrait, 1'000));
      drawn.raster.redraw_everything();
      drawn.raster.draw(drawn.view.draw_data());
      window.present(drawn.raster);
    });
    const double begin = thread_cpu_ms();
    drawn.draw(model, 1'000);
    const double unchanged = thread_cpu_ms() - begin;
    const auto by_sdl = [&](SdlRenderer& renderer, std::vector<double>& into) {
      if (!renderer.is_there()) return;
      const double cost = cost_ms([&] {
        static_cast<void>(drawn.view.draw(model, drawn.scratch, portrait, 1'000));
        renderer.draw(*drawn.view.draw_data());
      });
      if (i > 0) into.push_back(cost);
    };
    by_sdl(llvmpipe, costs.llvmpipe);
    by_sdl(software, costs.software);
    if (i == 0) continue;  // what was made for the first time
    costs.ours.push_back(ours);
    costs.unchanged.push_back(unchanged);
  }
  return costs;
}

}  // namespace

base::Result<std::vector<Row>> drawing_rows(const view::Fonts& fonts, const Options& options) {
  SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  if (SDL_Init(SDL_INIT_VIDEO) != 0) return base::Error{base::Code::display_absent, "ui", SDL_GetError()};
  std::vector<Row> rows;
  for (const std::string sample : {"attract", "card", "scan"}) {
    const auto costs = costs_of(fonts, sample, options.quick ? 5 : 50);
    const auto add = [&](const std::string& name, double value, const std::vector<double>& baseline,
                         std::string baseline_name, double asked) {
      if (baseline.empty()) {
        std::cerr << "ui: no " << baseline_name << " on this machine\n";
        return;
      }
      const double of = median(baseline);
      const double ratio = value / of;
      rows.push_back({"ui." + name + "." + sample, value, "ms", of, std::move(baseline_name), ratio, asked,
                      asked == unchanged_asked_ms ? value <= asked : ratio <= asked, costs.ours.size()});
    };
    add("redraw", median(costs.ours), costs.llvmpipe, "SDL_Renderer opengl (llvmpipe)", redraw_asked);
    add("redraw-software", median(costs.ours), costs.software, "SDL_Renderer software", redraw_asked);
    add("unchanged", median(costs.unchanged), costs.ours, "full redraw", unchanged_asked_ms);
  }
  SDL_Quit();
  return rows;
}

}  // namespace millpond::bench
