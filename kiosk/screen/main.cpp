// SPDX-License-Identifier: Apache-2.0
// millpond-kiosk: a screen of a terminal. Puts window, camera and link together.
#include "hardware/scan/folder_camera.h"
#include "hardware/scan/v4l2_camera.h"
#include "hardware/scan/video_file.h"
#include "kiosk/screen/chime.h"
#include "kiosk/screen/headless.h"
#include "kiosk/screen/link_worker.h"
#include "kiosk/screen/look_file.h"
#include "kiosk/screen/scanner_option.h"
#include "kiosk/screen/standard_input.h"
#include "kiosk/screen/stop_signals.h"
#include "kiosk/screen/window.h"
#include "sync/text/report.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <malloc.h>

namespace millpond::screen {
namespace {

struct Options {
  std::string socket;
  std::string screen_id;
  std::string role{"kiosk"};
  std::string look;
  std::string camera{"none"};
  std::string scanner{"none"};
  std::string till_line;
  bool till_keyboard{};
  std::string size;
  std::string shots;
  int display{};
  bool headless{};
  bool silent{};
  bool fullscreen{};
  bool commands{};
};

constexpr view::SizePx cashier_size{1280, 800};

int fail(const base::Error& error) {
  std::cerr << text::report(error, text::environment_language());
  return 1;
}

base::Error bad_option(std::string detail) {
  return {base::Code::bad_input, "read options", std::move(detail), "see --help"};
}

base::Result<std::optional<view::SizePx>> parse_size(const std::string& text) {
  if (text.empty()) return std::optional<view::SizePx>{};
  view::SizePx size;
  char rest = 0;
  constexpr int side_min = 200;
  constexpr int side_max = 8192;
  const bool sound = std::sscanf(text.c_str(), "%5dx%5d%c", &size.width, &size.height, &rest) == 2 &&
                     std::min(size.width, size.height) >= side_min && std::max(size.width, size.height) <= side_max;
  if (!sound) return bad_option("--size " + text + ": expected WIDTHxHEIGHT, 200 to 8192 each");
  return std::optional{size};
}

base::Result<CameraSettings> parse_camera(const std::string& text) {
  const auto after = [&text](std::string_view prefix) { return text.substr(prefix.size()); };
  const base::Clock& clock = base::system_clock();
  if (text == "none") return CameraSettings{};
  if (text.starts_with("folder:")) {
    const scan::FolderCameraSettings settings{after("folder:")};
    return CameraSettings{[settings, &clock] { return std::make_unique<scan::FolderCamera>(settings, clock); }, false};
  }
  if (text.starts_with("video:")) {
    const scan::VideoFileSettings settings{.file = after("video:"), .loop = true};
    return CameraSettings{[settings, &clock] { return std::make_unique<scan::VideoFile>(settings, clock); }, true};
  }
  if (text.starts_with("v4l2:")) {
    scan::V4l2Settings settings;
    settings.device = after("v4l2:");
    return CameraSettings{.make = [settings, &clock] { return std::make_unique<scan::V4l2Camera>(settings, clock); },
                          .device = settings.device};
  }
  return bad_option("--camera " + text + ": expected none, folder:DIR, video:FILE or v4l2:DEVICE");
}

// The threads around one Kiosk. Order matters: they end before what they talk to.
int run(const Options& options, const view::Fonts& fonts, CameraSettings camera_settings,
        ScannerSettings scanner_settings, LookFile look, std::optional<view::SizePx> size) {
  StopSignals::block();
  std::unique_ptr<Window> window;
  Inbox inbox;
  if (!options.headless) {
    auto opened = Window::open({size, options.display, options.fullscreen, look.turn, "Millpond"});
    if (!opened) return fail(opened.error());
    window = std::move(*opened);
    inbox.on_post([&window] { window->wake(); });
  }
  const StopSignals signals{inbox};
  LinkWorker link{options.socket, options.screen_id.empty() ? options.role + "-1" : options.screen_id, options.role,
                  inbox};
  // A machine without sound, or one that another program uses, has the screen alone.
  std::unique_ptr<Chime> chime;
  if (!options.headless && !options.silent) {
    if (auto opened = Chime::open()) chime = std::move(*opened);
  }
  CameraWorker camera{std::move(camera_settings),
                      {.code = [&link](const std::string& text) { link.send(link::Code{text}); },
                       .payment_code = [&link] { link.send(link::PaymentCode{}); },
                       .state = [&link](ports::DeviceState state) { link.tell_camera(state); },
                       .picture = [&inbox](Pictured picture) { inbox.post(std::move(picture)); },
                       .found =
                           [&chime] {
                             if (chime) chime->play();
                           }}};
  ScannerWorker scanner{
      std::move(scanner_settings),
      {.code = [&link](const std::string& text) { link.send(link::Code{text}); },
       .payment_code = [&link] { link.send(link::PaymentCode{}); },
       .state = [&link](ports::DeviceState state) { link.tell_scanner(state); },
       .fault = [](const base::Error& error) { std::cerr << text::report(error, text::environment_language()); }}};
  std::optional<StandardInput> commands;
  if (options.commands) commands.emplace(inbox);

  KioskSettings settings;
  settings.size = window ? window->size() : size.value_or(settings.size);
  if (!options.shots.empty()) settings.shots = options.shots;
  settings.locale = text::environment_language() == text::Language::zh_cn ? flow::Locale::zh_cn : flow::Locale::en;
  settings.still = options.headless || look.still;
  settings.look = std::move(look.look);
  settings.names = std::move(look.names);
  settings.logo = std::move(look.logo);
  if (window && !settings.shots) settings.keeps = raster::Keeps::nothing;
  Kiosk kiosk{fonts,
              settings,
              {.send = [&link](const link::Message& message) { link.send(message); },
               .retry_link = [&link] { link.retry_now(); },
               .look =
                   [&camera, &scanner](Looking how) {
                     camera.look(how);
                     scanner.look(how);
                   },
               .forget_scans = [&camera] { camera.forget(); },
               .paint =
                   [&window](const raster::Rect& rect, const std::uint32_t* pixels, std::size_t stride) {
                     if (window) window->paint(rect, pixels, stride);
                   }}};
  if (window) {
    window->run(kiosk, inbox, base::system_clock());
  } else {
    run_headless(kiosk, inbox, base::system_clock());
  }
  return 0;
}

int start(const Options& options) {
  auto size = parse_size(options.size);
  if (!size) return fail(size.error());
  if (!*size && options.role == "cashier") *size = cashier_size;
  const auto camera = parse_camera(options.camera);
  if (!camera) return fail(camera.error());
  auto scanner = parse_scanner(options.scanner, {options.till_line, options.till_keyboard}, base::system_clock());
  if (!scanner) return fail(scanner.error());
  LookFile look;
  if (!options.look.empty()) {
    auto loaded = load_look(options.look);
    if (!loaded) return fail(loaded.error());
    look = std::move(*loaded);
  }
  if (look.corrected) {
    std::cerr << text::format(text::Key::look_color_corrected, text::environment_language(), *look.asked,
                              *look.corrected)
              << '\n';
  }
  if (!options.shots.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.shots, error);
    if (error) return fail({base::Code::file_unwritable, "make folder " + options.shots, error.message()});
  }
  const auto fonts = view::Fonts::load();
  if (!fonts) return fail(fonts.error());
  return run(options, *fonts, *camera, std::move(*scanner), std::move(look), *size);
}

}  // namespace
}  // namespace millpond::screen

int main(int argc, char** argv) {
  // A fixed limit: glibc would raise it with every large piece that is freed, and keep those that come after.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  millpond::screen::Options options;
  CLI::App app{"A screen of a Millpond terminal."};
  app.add_option("--socket", options.socket, "Socket of the terminal's service")->required();
  app.add_option("--screen-id", options.screen_id,
                 "Name of this screen; a screen that comes back takes up where it was");
  app.add_option("--role", options.role, "Who stands in front of it: kiosk, cashier or customer (beside the till)")
      ->check(CLI::IsMember({"kiosk", "cashier", "customer"}));
  app.add_option("--look", options.look, "Settings of theme and brand, a TOML file");
  app.add_option(
      "--camera", options.camera,
      "none, folder:DIR (PNG and JPEG pictures), video:FILE (.y4m, .mjpeg or .avi of Motion JPEG) or v4l2:DEVICE");
  app.add_option("--scanner", options.scanner,
                 "none, evdev:PATH[:us|de|fr] (types like a keyboard; millpond scanner bind finds it) or "
                 "serial:PATH[:BAUD]");
  app.add_option("--till-line", options.till_line,
                 "Name of a serial line for the till, which gets what the scanner reads and is not ours");
  app.add_flag("--till-keyboard", options.till_keyboard,
               "Type for the till on this machine what an evdev scanner reads and is not ours");
  app.add_option("--size", options.size, "Size of the window or picture in pixels, such as 1080x1920");
  app.add_option("--display-index", options.display, "Which display, from 0");
  app.add_option("--shots", options.shots, "Folder that gets a PNG of every new screen");
  app.add_flag("--silent", options.silent, "No tone when the camera has read a code");
  app.add_flag("--headless", options.headless, "Draw without a display");
  app.add_flag("--fullscreen", options.fullscreen, "Fill the display");
  app.add_flag("--commands", options.commands,
               "Read lines from standard input: tap TARGET, or where TARGET, which says its place in the window");
  CLI11_PARSE(app, argc, argv);
  return millpond::screen::start(options);
}
