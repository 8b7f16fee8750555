// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/surroundings.h"

#include <algorithm>

namespace millpond::flow {
namespace {

using text::Key;

constexpr std::int64_t second_ms = 1'000;

}  // namespace

bool take_line(Surroundings& surroundings, const LineChanged& line) {
  const bool was_offline = surroundings.line_known && !surroundings.online;
  const bool changed =
      !surroundings.line_known || surroundings.online != line.online || surroundings.queued != line.queued;
  surroundings.draining = line.online && line.queued > 0 && (was_offline || surroundings.draining);
  surroundings.online = line.online;
  surroundings.queued = line.queued;
  surroundings.line_known = true;
  return changed;
}

const model::Country& country_of(const Surroundings& surroundings) {
  return surroundings.programme ? surroundings.programme->country : model::china();
}

std::string phone_digits(const model::Country& country) {
  const auto least = std::to_string(model::typed_digits_min(country.phone));
  const auto most = std::to_string(model::typed_digits_max(country.phone));
  return least == most ? least : least + "–" + most;
}

Appearance next_appearance(Appearance appearance) {
  switch (appearance) {
    case Appearance::standard:
      return Appearance::large_text;
    case Appearance::large_text:
      return Appearance::high_contrast;
    case Appearance::high_contrast:
      break;
  }
  return Appearance::standard;
}

std::optional<Banner> line_banner(const Surroundings& surroundings, const Words& words) {
  const auto queued = text::count(static_cast<std::int64_t>(surroundings.queued));
  if (surroundings.line_known && !surroundings.online) {
    return Banner{Icon::cloud_off, Tone::warning,
                  surroundings.queued > 0 ? words(Key::line_offline, queued) : words.get(Key::line_offline_empty),
                  words.get(Key::line_offline_detail)};
  }
  if (surroundings.draining) {
    return Banner{Icon::cloud_done, Tone::positive, words(Key::line_syncing, queued),
                  words.get(Key::line_syncing_detail)};
  }
  return std::nullopt;
}

std::optional<Banner> idle_countdown(const Surroundings& surroundings, const Words& words, std::int64_t now_ms) {
  const auto left_ms = surroundings.idle_at_ms - now_ms;
  if (surroundings.idle_at_ms == 0 || left_ms > idle_warning_ms) return std::nullopt;
  const auto seconds = (std::max<std::int64_t>(left_ms, 0) + second_ms - 1) / second_ms;
  return Banner{Icon::hourglass, Tone::warning, words(Key::idle_countdown, text::count(seconds)),
                words.get(Key::button_more_time)};
}

Button appearance_button(const Surroundings& surroundings, const Words& words) {
  const Key label = surroundings.appearance == Appearance::standard     ? Key::appearance_larger
                    : surroundings.appearance == Appearance::large_text ? Key::appearance_contrast
                                                                        : Key::appearance_standard;
  const Icon icon = surroundings.appearance == Appearance::standard ? Icon::text_size : Icon::appearance;
  return {Target::appearance, words.get(label), icon, true, {}};
}

Banner problem_banner(base::Code code, const Words& words) {
  const auto sentence = words.sentence(code);
  const auto tone = code == base::Code::code_payment ? Tone::warning : Tone::negative;
  return {tone == Tone::warning ? Icon::warning : Icon::error, tone, std::string{sentence.what},
          std::string{sentence.next}};
}

void begin_waiting(Surroundings& surroundings, std::int64_t now_ms) {
  ++surroundings.ticket;
  surroundings.busy = true;
  surroundings.busy_until_ms = now_ms + answer_ms;
}

bool give_up_waiting(Surroundings& surroundings, std::int64_t now_ms) {
  if (!surroundings.busy || now_ms < surroundings.busy_until_ms) return false;
  surroundings.busy = false;
  ++surroundings.ticket;
  return true;
}

std::int64_t tick_at(const Surroundings& surroundings, std::int64_t now_ms) {
  std::int64_t next = 0;
  const auto want = [&](std::int64_t at_ms) { next = next == 0 ? at_ms : std::min(next, at_ms); };
  if (surroundings.toast_until_ms > 0) want(surroundings.toast_until_ms);
  if (surroundings.busy) want(surroundings.busy_until_ms);
  if (surroundings.idle_at_ms > 0) {
    const auto left_ms = surroundings.idle_at_ms - now_ms;
    if (left_ms > idle_warning_ms) {
      want(surroundings.idle_at_ms - idle_warning_ms);
    } else {
      want(surroundings.idle_at_ms - std::max<std::int64_t>((left_ms - 1) / second_ms, 0) * second_ms);
    }
  }
  return next;
}

}  // namespace millpond::flow
