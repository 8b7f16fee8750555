// SPDX-License-Identifier: Apache-2.0
#include "kiosk/screen/kiosk.h"

#include "kiosk/flow/flow.h"

#include <algorithm>
#include <cstring>
#include <iostream>

namespace millpond::screen {
namespace {

constexpr std::int64_t command_waits_ms = 2'000;  // for the screen that has the target
constexpr std::int64_t command_step_ms = 20;
constexpr std::int64_t shot_still_ms = 150;   // several views in a row are one screen being filled
constexpr std::int64_t shot_moving_ms = 600;  // and its animations are over, or nearly

// Whoever joins, or says how old they are, is not looked at; a member's own choices have a way back instead of on.
bool is_of_member(const flow::ViewModel& model) {
  if (const auto* consents = std::get_if<flow::ConsentView>(&model.screen)) {
    return consents->submit && consents->submit->target == flow::Target::done;
  }
  return std::holds_alternative<flow::CardView>(model.screen) || std::holds_alternative<flow::IssuedView>(model.screen);
}

Looking looking_at(const std::optional<flow::ViewModel>& model) {
  if (!model) return Looking::away;
  if (std::holds_alternative<flow::ScanView>(model->screen)) return Looking::showing;
  const bool awaits_code =
      std::holds_alternative<flow::AttractView>(model->screen) || std::holds_alternative<flow::DeskView>(model->screen);
  // While somebody's card is there, the code of whoever comes next takes it away.
  return awaits_code || is_of_member(*model) ? Looking::decoding : Looking::away;
}

raster::Texture texture_of(const std::optional<image::RgbaImage>& picture) {
  if (!picture) return {};
  return {picture->width, picture->height, 4, picture->pixels.data(), 1};
}

view::Look with_logo(view::Look look, const raster::Texture* logo) {
  if (logo == nullptr) return look;
  look.logo = raster::texture_id(*logo);
  look.logo_ratio = static_cast<float>(logo->width) / static_cast<float>(logo->height);
  return look;
}

// What two shots differ in: not the seconds that are left.
flow::ViewModel without_clock(flow::ViewModel model) {
  model.revision = 0;
  if (model.chrome.countdown) model.chrome.countdown->text.clear();
  return model;
}

}  // namespace

Kiosk::Kiosk(const view::Fonts& fonts, KioskSettings settings, KioskDoors doors)
    : settings_{std::move(settings)},
      doors_{std::move(doors)},
      logo_{texture_of(settings_.logo)},
      view_{fonts, with_logo(settings_.look, settings_.logo ? &logo_ : nullptr)},
      size_{settings_.size},
      raster_{size_.width, size_.height, settings_.look.themes[0].paper, settings_.keeps},
      locale_{settings_.locale} {
  scratch_.still = settings_.still;
  if (settings_.shots) shots_.emplace(*settings_.shots);
}

void Kiosk::handle(Event event, std::int64_t now_ms) {
  if (auto* shown = std::get_if<Shown>(&event)) {
    linked_ = true;
    show(std::move(shown->view), now_ms);
  } else if (std::holds_alternative<LinkLost>(event)) {
    if (!linked_) return;
    linked_ = false;
    wipe();
    show(flow::present_link_lost(locale_), now_ms);
  } else if (std::holds_alternative<SessionOver>(event)) {
    if (shot_due_ms_) take_shot();
    wipe();
    doors_.forget_scans();
  } else if (auto* pictured = std::get_if<Pictured>(&event)) {
    take_picture(std::move(*pictured));
  } else if (auto* commanded = std::get_if<Commanded>(&event)) {
    take_command(commanded->line, now_ms);
  } else if (std::holds_alternative<Stop>(event)) {
    if (shot_due_ms_) take_shot();
    stopped_ = true;
  }
}

void Kiosk::show(flow::ViewModel model, std::int64_t now_ms) {
  // Another screen: the one before is not drawn again, so its picture is taken now.
  if (shot_due_ms_ && model_ && model_->screen.index() != model.screen.index()) {
    draw_once(now_ms);
    take_shot();
  }
  if (!std::holds_alternative<flow::ScanView>(model.screen)) {
    frame_.reset();
    scratch_.camera = {};
  }
  locale_ = model.locale;
  const auto& name = settings_.names[static_cast<std::size_t>(model.locale)];
  if (!name.empty()) model.chrome.brand = name;
  expect_shot(model, now_ms);
  model_ = std::move(model);
  dirty_ = true;
  doors_.look(looking_at(model_));
}

// Nothing of a member stays: not the ViewModel, not a picture, not a pixel.
void Kiosk::wipe() {
  model_.reset();
  scratch_.forget();
  last_shot_.reset();
  shot_due_ms_.reset();
  if (frame_) std::fill(frame_->bytes.begin(), frame_->bytes.end(), std::uint8_t{0});
  frame_.reset();
  doors_.look(Looking::away);
  view_.draw_blank(scratch_, size_);
  raster_.redraw_everything();
  raster_.draw(view_.draw_data(), doors_.paint);
  dirty_ = true;
}

void Kiosk::take_picture(Pictured pictured) {
  if (looking_at(model_) != Looking::showing || !pictured.frame.is_sound()) return;
  frame_ = std::move(pictured.frame);
  if (frame_->stride != frame_->width) {  // textures have no gaps between rows
    const auto width = static_cast<std::size_t>(frame_->width);
    for (int y = 1; y < frame_->height; ++y) {
      const auto row = static_cast<std::size_t>(y);
      std::memmove(frame_->bytes.data() + row * width,
                   frame_->bytes.data() + row * static_cast<std::size_t>(frame_->stride), width);
    }
    frame_->stride = frame_->width;
  }
  texture_ = {frame_->width, frame_->height, 1, frame_->bytes.data(), texture_.generation + 1};
  scratch_.camera = {raster::texture_id(texture_), frame_->width, frame_->height, pictured.outline,
                     flow::scan_tip(pictured.tip, locale_)};
  dirty_ = true;
}

void Kiosk::take_command(const std::string& line, std::int64_t now_ms) {
  using What = Command::What;
  const auto space = line.find(' ');
  const auto word = line.substr(0, space);
  const auto target =
      space == std::string::npos ? std::nullopt : flow::target_from_name(std::string_view{line}.substr(space + 1));
  if (!target || (word != "tap" && word != "where")) {
    std::cerr << "millpond-kiosk: not a command: " << line << " (expected: tap TARGET or where TARGET)\n";
    return;
  }
  commands_.push_back({word == "tap" ? What::tap : What::where, *target, now_ms + command_waits_ms});
}

// One press a frame: what it changes may decide where the next one lies.
void Kiosk::run_commands(std::int64_t now_ms) {
  if (commands_.empty() || !scratch_.inputs.empty()) return;
  const Command next = commands_.front();
  const auto placed = std::find_if(scratch_.targets.begin(), scratch_.targets.end(), [&next](const auto& target) {
    return target.target == next.target && target.enabled;
  });
  if (placed != scratch_.targets.end()) {
    run(next, *placed);
    commands_.pop_front();
  } else if (now_ms >= next.until_ms) {
    std::cerr << "millpond-kiosk: not on this screen: " << flow::target_name(next.target) << '\n';
    commands_.pop_front();
  }
}

void Kiosk::run(const Command& command, const view::PlacedTarget& placed) {
  const view::Point center = placed.box_px.center();
  if (command.what == Command::What::where) {
    std::cout << flow::target_name(command.target) << ' ' << static_cast<int>(center.x) << ' '
              << static_cast<int>(center.y) << std::endl;
    return;
  }
  input({view::Input::Kind::down, center});
  input({view::Input::Kind::up, center});
}

void Kiosk::resize(view::SizePx size) {
  if (size == size_ || size.width < 1 || size.height < 1) return;
  size_ = size;
  raster_.resize(size.width, size.height);
  dirty_ = true;
}

std::optional<std::int64_t> Kiosk::next_draw_ms() const {
  if (dirty_) return 0;
  std::optional<std::int64_t> next = scratch_.next_frame_ms;
  const auto earlier = [&next](std::int64_t at) { next = std::min(next.value_or(at), at); };
  if (shot_due_ms_) earlier(*shot_due_ms_);
  if (!commands_.empty()) earlier(scratch_.drawn_ms + command_step_ms);
  return next;
}

void Kiosk::draw(std::int64_t now_ms) {
  run_commands(now_ms);
  const auto next = next_draw_ms();
  if (next && *next <= now_ms) draw_once(now_ms);
  if (shot_due_ms_ && *shot_due_ms_ <= now_ms) take_shot();
}

void Kiosk::draw_once(std::int64_t now_ms) {
  dirty_ = false;
  if (!model_) {
    view_.draw_blank(scratch_, size_);
    scratch_.inputs.clear();
    scratch_.drawn_ms = now_ms;
    raster_.draw(view_.draw_data(), doors_.paint);
    return;
  }
  const auto taps = view_.draw(*model_, scratch_, size_, now_ms);
  for (const flow::Target target : taps) {
    if (linked_) {
      doors_.send(link::Tap{target});
    } else {
      doors_.retry_link();
    }
  }
  raster_.draw(view_.draw_data(), doors_.paint);
}

void Kiosk::expect_shot(const flow::ViewModel& model, std::int64_t now_ms) {
  if (!shots_ || last_shot_ == without_clock(model)) return;
  shot_due_ms_ = now_ms + (settings_.still ? shot_still_ms : shot_moving_ms);
}

void Kiosk::take_shot() {
  shot_due_ms_.reset();
  if (!shots_ || !model_) return;
  last_shot_ = without_clock(*model_);
  image::RgbaImage picture{raster_.width(), raster_.height(), std::vector<std::uint8_t>(raster_.pixels().size_bytes())};
  std::memcpy(picture.pixels.data(), raster_.pixels().data(), picture.pixels.size());
  shots_->save(*model_, std::move(picture));
}

}  // namespace millpond::screen
