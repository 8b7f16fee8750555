// SPDX-License-Identifier: Apache-2.0
// millpond-kiosk in a window of an X server: how long its first screen takes, and a key; what it costs when nobody is
// there, and its memory. Behind the link are the service's own screens (service::Screens) with the demo shop's
// programme, in this process.
#include "kiosk/link/link.h"
#include "kiosk/service/screens.h"
#include "tests/bench/process_figures.h"
#include "tests/bench/ui_rows.h"
#include "tests/support/kiosk_process.h"
#include "tests/support/sample_shop.h"
#include "tests/support/sample_views.h"
#include "tests/support/temp_dir.h"
#include "tests/support/x_server.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr view::SizePx portrait{1080, 1920};
constexpr view::SizePx landscape{1280, 800};
constexpr double first_frame_asked_ms = 100;
constexpr double key_asked_ms = 16;
constexpr double idle_asked_percent = 0.05;
constexpr double rss_asked_mib = 48;
constexpr double mib = 1024 * 1024;
constexpr auto give_up = std::chrono::seconds{20};
constexpr auto look_every = std::chrono::microseconds{100};
constexpr auto animation = milliseconds{3'000};        // the longest that a screen begins with
constexpr auto breeze_period = milliseconds{150'000};  // of the first screen; a whole one is measured

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// The service's side of the link, with nothing behind it that could answer a command.
class Shop {
 public:
  explicit Shop(const std::filesystem::path& socket)
      : screens_{base::system_clock(), flow::Locale::zh_cn, [](const std::string&, const flow::Cmd&) {},
                 [this](link::ConnectionId to, const link::Message& message) { server_->send(to, message); }} {
    screens_.set_provisioned(true);
    screens_.deliver_to_all(flow::ProgrammeChanged{tests::sample_programme(), base::StoreId{1}});
    screens_.deliver_to_all(flow::LineChanged{true, 0});
    server_ = link::Server::start({socket}, {.on_message =
                                                 [this](link::ConnectionId from, link::Message message) {
                                                   const std::lock_guard lock{mutex_};
                                                   screens_.handle(from, message);
                                                 },
                                             .on_closed =
                                                 [this](link::ConnectionId which) {
                                                   const std::lock_guard lock{mutex_};
                                                   screens_.detach(which);
                                                 }})
                  .value();
  }

  // Somebody's card, whoever asks; and their going.
  void show_card(const std::string& screen_id) {
    const std::lock_guard lock{mutex_};
    screens_.deliver(screen_id, flow::CodeRead{tests::sample_code_text()});
    auto card = tests::sample_card();
    card.code_text = tests::sample_code_text();
    screens_.deliver(screen_id, flow::MemberFound{std::move(card), 0});
  }
  void tap(const std::string& screen_id, flow::Target target) {
    const std::lock_guard lock{mutex_};
    screens_.deliver(screen_id, flow::Tapped{target});
  }

 private:
  std::mutex mutex_;
  service::Screens screens_;
  std::unique_ptr<link::Server> server_;
};

std::vector<std::string> arguments(const std::filesystem::path& socket, const std::string& role, view::SizePx size) {
  return {"--socket", socket.string(), "--role",
          role,       "--size",        std::to_string(size.width) + "x" + std::to_string(size.height),
          "--silent", "--commands"};
}

template <class Condition>
void wait_for(Condition holds) {
  const auto begin = Clock::now();
  while (!holds()) {
    if (Clock::now() - begin > give_up) throw std::runtime_error{"a screen that does not come"};
    std::this_thread::sleep_for(look_every);
  }
}

// Where two frames differ, at the place nearest to their middle.
struct Spot {
  int x{};
  int y{};
  std::uint32_t before{};
  std::uint32_t after{};
};

flow::ViewModel typed(const std::string& digits) {
  flow::Model model;
  model.programme = tests::sample_programme();
  model.store = base::StoreId{1};
  model.online = model.line_known = true;
  model.place = flow::Place::phone;
  model.phone = digits;
  return flow::present(model, 0, 0);
}

Spot digit_spot(const view::Fonts& fonts) {
  Drawn none{fonts, portrait};
  Drawn one{fonts, portrait};
  none.draw(typed(""), 1'000);
  one.draw(typed("1"), 1'000);
  const auto top = static_cast<int>(none.place_of(flow::Target::digit_1).y) - 200;  // above the keys, which light up
  for (int y = top; y > 0; --y) {
    for (int x = 0; x < portrait.width; ++x) {
      if (none.pixel(x, y) != one.pixel(x, y)) return {x, y, none.pixel(x, y), one.pixel(x, y)};
    }
  }
  throw std::runtime_error{"a digit that is not shown"};
}

struct FirstFrames {
  std::vector<double> pixels_ms;  // until anything is shown
  std::vector<double> screen_ms;  // until the first screen of the service is there, its words too
};

FirstFrames first_frames(const view::Fonts& fonts, const std::filesystem::path& folder, int rounds) {
  Drawn attract{fonts, portrait};
  flow::Model model;
  model.programme = tests::sample_programme();
  attract.draw(flow::present(model, 0, 0), 1'000);
  const auto start = attract.place_of(flow::Target::start_scan);
  // In the button, left of its words.
  const int x = static_cast<int>(start.x) - 200;
  const int y = static_cast<int>(start.y);
  const auto expected = attract.pixel(x, y);
  FirstFrames frames;
  Shop shop{folder / "first.sock"};
  for (int i = 0; i < rounds; ++i) {
    const tests::XServer server{portrait.width, portrait.height};
    const auto begin = Clock::now();
    const tests::KioskProcess kiosk{arguments(folder / "first.sock", "kiosk", portrait), server.name()};
    wait_for([&] { return server.pixel(x, y) != 0; });
    frames.pixels_ms.push_back(ms_since(begin));
    wait_for([&] { return server.pixel(x, y) == expected; });
    frames.screen_ms.push_back(ms_since(begin));
  }
  return frames;
}

// Keys are pressed at any phase of whatever the program does.
std::vector<double> keys(const view::Fonts& fonts, const std::filesystem::path& folder, int rounds) {
  const auto spot = digit_spot(fonts);
  Shop shop{folder / "key.sock"};
  tests::XServer server{portrait.width, portrait.height};
  const tests::KioskProcess kiosk{arguments(folder / "key.sock", "kiosk", portrait), server.name()};
  server.point_at(2, 2);
  kiosk.say("tap join");
  wait_for([&] { return server.pixel(spot.x, spot.y) == spot.before; });
  std::this_thread::sleep_for(milliseconds{1'000});
  std::vector<double> result;
  for (int i = 0; i < rounds; ++i) {
    for (const bool types : {true, false}) {
      std::this_thread::sleep_for(milliseconds{100 + i * 7 % 50});
      const auto begin = Clock::now();
      server.type(types ? std::uint32_t{'1'} : tests::key_backspace);
      wait_for([&] { return server.pixel(spot.x, spot.y) == (types ? spot.after : spot.before); });
      result.push_back(ms_since(begin));
    }
  }
  return result;
}

// Nanoseconds on a processor so far, of every thread, as the scheduler counts them.
double scheduled_ms(pid_t pid) {
  double total_ns = 0;
  for (const auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/task"}) {
    std::ifstream file{thread.path() / "schedstat"};
    double ns = 0;
    if (file >> ns) total_ns += ns;
  }
  return total_ns / 1e6;
}

struct Standing {
  double idle_percent{};
  double rss_mib{};  // the most it ever had
};

struct Idle {
  Standing kiosk;
  Standing cashier;
};

// Both at once: what one of them does costs the other nothing, and the time is waited for once.
Idle idle(const std::filesystem::path& folder, Clock::duration how_long) {
  Shop shop{folder / "idle.sock"};
  const tests::XServer kiosk_display{portrait.width, portrait.height};
  const tests::XServer cashier_display{landscape.width, landscape.height};
  const tests::KioskProcess kiosk{arguments(folder / "idle.sock", "kiosk", portrait), kiosk_display.name()};
  const tests::KioskProcess cashier{arguments(folder / "idle.sock", "cashier", landscape), cashier_display.name()};
  std::this_thread::sleep_for(animation);
  // Somebody was there: every kind of screen, both languages and the larger letters, and then nobody.
  using flow::Target;
  for (int language = 0; language < 2; ++language) {
    shop.show_card("cashier-1");
    std::this_thread::sleep_for(animation / 4);
    shop.tap("cashier-1", Target::service);
    std::this_thread::sleep_for(animation / 4);
    shop.tap("cashier-1", Target::sell);
    shop.tap("cashier-1", Target::language);
    for (const Target target : {Target::rules, Target::back, Target::start_scan, Target::use_phone, Target::back}) {
      shop.tap("kiosk-1", target);
      std::this_thread::sleep_for(animation / 8);
    }
    if (language == 0) shop.tap("kiosk-1", Target::language);
    shop.show_card("kiosk-1");
    std::this_thread::sleep_for(animation / 4);
    shop.tap("kiosk-1", Target::appearance);
    std::this_thread::sleep_for(animation / 4);
    shop.tap("kiosk-1", Target::exit);
    shop.tap("cashier-1", Target::exit);
  }
  std::this_thread::sleep_for(animation * 2);
  const double kiosk_before = scheduled_ms(kiosk.pid());
  const double cashier_before = scheduled_ms(cashier.pid());
  const auto begin = Clock::now();
  std::this_thread::sleep_for(how_long);
  const double passed_ms = ms_since(begin);
  const auto standing = [passed_ms](pid_t pid, double before) {
    return Standing{(scheduled_ms(pid) - before) / passed_ms * 100,
                    static_cast<double>(figures_of(pid).rss_max_bytes) / mib};
  };
  return {standing(kiosk.pid(), kiosk_before), standing(cashier.pid(), cashier_before)};
}

}  // namespace

base::Result<std::vector<Row>> window_rows(const view::Fonts& fonts, const Options& options) {
  const tests::TempDir sockets;  // a path of a socket is short
  const auto frames = first_frames(fonts, sockets.path(), options.quick ? 3 : 20);
  const auto pressed = keys(fonts, sockets.path(), options.quick ? 5 : 50);
  const auto resting = idle(sockets.path(), options.quick ? milliseconds{10'000} : breeze_period);
  std::vector<Row> rows;
  const auto add = [&rows](std::string name, double value, std::string unit, double target, std::size_t n) {
    rows.push_back({std::move(name), value, std::move(unit), 0, "", 0, target, value <= target, n});
  };
  add("ui.first.pixels", median(frames.pixels_ms), "ms", first_frame_asked_ms, frames.pixels_ms.size());
  add("ui.first.screen", median(frames.screen_ms), "ms", first_frame_asked_ms, frames.screen_ms.size());
  add("ui.key.p50", median(pressed), "ms", key_asked_ms, pressed.size());
  auto sorted = pressed;
  std::ranges::sort(sorted);
  add("ui.key.p95", sorted[sorted.size() * 95 / 100], "ms", key_asked_ms, pressed.size());
  add("ui.idle.kiosk", resting.kiosk.idle_percent, "%", idle_asked_percent, 1);
  add("ui.idle.cashier", resting.cashier.idle_percent, "%", idle_asked_percent, 1);
  add("ui.rss.kiosk", resting.kiosk.rss_mib, "MiB", rss_asked_mib, 1);
  add("ui.rss.cashier", resting.cashier.rss_mib, "MiB", rss_asked_mib, 1);
  return rows;
}

}  // namespace millpond::bench
