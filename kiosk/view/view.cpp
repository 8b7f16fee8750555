// SPDX-License-Identifier: Apache-2.0
#include "kiosk/view/view.h"

#include "kiosk/view/interaction.h"
#include "kiosk/view/screens.h"

#include <algorithm>
#include <imgui.h>
#include <utility>

namespace millpond::view {
namespace {

constexpr std::int64_t frame_ms = 16;
constexpr int atlas_side_px = 1024;       // 1 MiB
constexpr int frames_until_unused = 3;    // of letters that no frame since has shown
constexpr float circle_error_px = 0.12F;  // ImGui's default of 0.3 shows corners on large discs

struct Fit {
  float scale{};
  bool wide{};
  float width{};  // of the page, in units
  float height{};
};

// The page is at least as large as the design, whatever the window's shape; what is left over widens it.
Fit fit_page(SizePx size, const flow::Screen& screen) {
  const auto width = static_cast<float>(std::max(1, size.width));
  const auto height = static_cast<float>(std::max(1, size.height));
  Fit fit;
  fit.wide = width > height || is_desk(screen);  // a cashier's screen lies
  fit.scale = fit.wide ? std::min(width / wide_width, height / wide_height)
                       : std::min(width / portrait_width, height / portrait_height);
  fit.width = width / fit.scale;
  fit.height = height / fit.scale;
  return fit;
}

void note_changes(Scratch& scratch, const flow::ViewModel& model, std::int64_t now_ms) {
  if (scratch.screen != model.screen.index()) {
    scratch.screen = model.screen.index();
    scratch.screen_since_ms = now_ms;
    scratch.focused.reset();
    scratch.pressed.reset();  // a finger that is down belongs to the screen that is gone
  }
  const std::string toast = model.toast ? model.toast->text : std::string{};
  if (scratch.toast != toast) {
    scratch.toast = toast;
    scratch.toast_since_ms = now_ms;
  }
}

}  // namespace

struct View::State {
  State(const Fonts& fonts, Look look_in) : look{std::move(look_in)}, context{ImGui::CreateContext()}, faces{fonts} {
    IMGUI_CHECKVERSION();
    ImGui::SetCurrentContext(context);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures | ImGuiBackendFlags_RendererHasVtxOffset;
    io.Fonts->TexDesiredFormat = ImTextureFormat_Alpha8;
    // Room for the glyphs of every screen in both languages from the start: an atlas that grows moves all of them, and
    // the whole window would be drawn anew.
    io.Fonts->TexMinWidth = atlas_side_px;
    io.Fonts->TexMinHeight = atlas_side_px;
    ImGui::GetStyle().AntiAliasedLinesUseTex = false;
    ImGui::GetStyle().CircleTessellationMaxError = circle_error_px;
  }
  ~State() {
    ImGui::SetCurrentContext(context);
    // The renderer that drew them may be gone; the atlas frees the pixels.
    for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) texture->SetStatus(ImTextureStatus_Destroyed);
    ImGui::DestroyContext(context);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ImDrawList& begin(SizePx size, Script script) {
    ImGui::SetCurrentContext(context);
    ImGuiIO& io = ImGui::GetIO();
    faces.prepare(*io.Fonts, script);
    io.DisplaySize = {static_cast<float>(size.width), static_cast<float>(size.height)};
    io.DeltaTime = static_cast<float>(frame_ms) / 1000;
    ImGui::NewFrame();
    watch.texts.clear();
    return *ImGui::GetBackgroundDrawList();
  }
  static void end() { ImGui::Render(); }

  // Each size of a face takes some 300 KB once it has a hanzi, so those of a language or a size of letters that nobody
  // reads any more are dropped. What is shown stays; it is drawn anew once, because its letters move in the atlas.
  void forget_letters() const {
    ImGui::SetCurrentContext(context);
    ImGui::GetIO().Fonts->CompactCache();
    faces.let_pages_go();
  }
  // Whether letters of another kind were shown before, and this frame is the one to drop them in.
  bool letters_are_stale(Script script, flow::Appearance appearance) {
    const Letters now{script, appearance};
    if (std::exchange(letters, now) != now) frames_left = frames_until_unused;
    return frames_left > 0 && --frames_left == 0;
  }

  [[nodiscard]] const Theme& theme(flow::Appearance appearance) const {
    return look.themes[static_cast<std::size_t>(appearance)];
  }

  const Look look;
  ImGuiContext* context;
  Faces faces;
  TextWatch watch;
  float scale{1};
  struct Letters {
    Script script{};
    flow::Appearance appearance{};
    friend bool operator==(const Letters&, const Letters&) = default;
  };
  Letters letters;
  int frames_left = 0;  // until those before `letters` are dropped; 0: there are none
};

Look Look::of(const Theme& standard) { return {{standard, with_large_text(standard), theme_of(Tint::contrast)}, 0, 1}; }

View::View(const Fonts& fonts, Look look) : state_{std::make_unique<State>(fonts, std::move(look))} {}
View::~View() = default;

std::vector<flow::Target> View::draw(const flow::ViewModel& model, Scratch& scratch, SizePx size, std::int64_t now_ms) {
  std::vector<flow::Target> taps = take_inputs(scratch);
  note_changes(scratch, model, now_ms);
  const bool pressing = advance_presses(scratch, now_ms);
  scratch.targets.clear();
  scratch.elsewhere.reset();
  scratch.next_frame_ms.reset();

  const Script script = model.locale == flow::Locale::zh_cn ? Script::chinese : Script::latin;
  if (state_->letters_are_stale(script, model.appearance)) state_->forget_letters();
  ImDrawList& list = state_->begin(size, script);
  const Fit fit = fit_page(size, model.screen);
  state_->scale = fit.scale;
  const Theme& theme = state_->theme(model.appearance);
  Canvas canvas{list, fit.scale, {}};
  Typesetter type{canvas, state_->faces, script, theme.text_scale, state_->watch};
  Kit kit{canvas, type, theme, scratch, now_ms};
  kit.logo(state_->look.logo, state_->look.logo_ratio);
  if (model.chrome.countdown) kit.take_headline();
  const Page page = make_page(fit.width, fit.height, fit.wide, model);
  const Ground ground = ground_of(model.screen);
  canvas.fill(page.all, ground == Ground::night ? theme.night : theme.paper);
  std::visit([&](const auto& screen) { draw_screen(kit, page, screen); }, model.screen);
  draw_chrome(kit, page, model, ground);
  if (model.toast) draw_toast(kit, page, *model.toast, model.chrome.countdown.has_value());
  if (pressing || state_->frames_left > 0) kit.again_in(frame_ms);
  State::end();
  scratch.drawn_ms = now_ms;
  return taps;
}

void View::draw_blank(Scratch& scratch, SizePx size) {
  scratch.targets.clear();
  scratch.elsewhere.reset();
  scratch.next_frame_ms.reset();
  scratch.screen.reset();
  state_->frames_left = frames_until_unused;  // of a name, too, nothing stays
  ImDrawList& list = state_->begin(size, Script::chinese);
  Canvas canvas{list, 1, {}};
  canvas.fill({0, 0, static_cast<float>(size.width), static_cast<float>(size.height)},
              state_->theme(flow::Appearance::standard).paper);
  State::end();
}

ImDrawData* View::draw_data() const {
  ImGui::SetCurrentContext(state_->context);
  return ImGui::GetDrawData();
}

float View::scale() const { return state_->scale; }
TextWatch& View::text_watch() { return state_->watch; }

}  // namespace millpond::view
