// SPDX-License-Identifier: Apache-2.0
// From a paid sale to the paper of an emulated printer, and what a person does when that went wrong.
#include "hardware/image/image.h"
#include "hardware/scan/decoder.h"
#include "kiosk/service/slip_receipt.h"
#include "sync/base/file.h"
#include "tests/support/printer_emulator.h"
#include "tests/unit/service/counter.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

using namespace millpond;
using store::PrintState;

namespace {

void print_at(const tests::PrinterEmulator& emulator, const char* drawer, service::Settings& settings) {
  settings.printer = service::PrinterKind::tcp;
  settings.printer_target = "127.0.0.1:" + std::to_string(emulator.port());
  settings.printer_drawer = drawer;
  settings.preview_folder = "";
}

std::optional<std::string> code_on(base::ByteView png) {
  const auto picture = image::decode_gray(png);
  REQUIRE(picture);
  const ports::GrayFrame frame{picture->width, picture->height, picture->width, picture->pixels, 0};
  const auto read = scan::Decoder{}.decode(frame, scan::half_then_full);
  return read ? std::optional{read->text} : std::nullopt;
}

// A shop whose printer is emulated, and a member who buys something with a coupon in return.
struct PrintingShop {
  tests::PrinterEmulator emulator;
  tests::Counter counter;
  std::string member_code;

  explicit PrintingShop(tests::EmulatorBehaviour behaviour = {}, const char* drawer = "none",
                        const std::string& previews = "")
      : emulator{behaviour}, counter{tests::Before::nobody, [&](service::Settings& settings) {
                                       print_at(emulator, drawer, settings);
                                       settings.preview_folder = previews;
                                     }} {
    const auto member = terminal().enrol(tests::Shop::enrolment("13700137000"));
    REQUIRE(member);
    member_code = terminal().member_code(member->member);
  }
  [[nodiscard]] terminal::Terminal& terminal() const { return counter.service->shop()->terminal(); }

  [[nodiscard]] std::optional<store::PrintIntent> intent_of(std::uint64_t event) const {
    std::optional<store::PrintIntent> intent;
    REQUIRE(counter.service->shop()->journal().with([&](store::Journal& journal) {
      if (auto found = journal.print_intent(base::Seq{event})) intent = std::move(*found);
    }));
    return intent;
  }
  // The newest event that has a slip.
  [[nodiscard]] std::uint64_t newest_slip() const {
    std::uint64_t newest = 0;
    for (std::uint64_t event = 1; event < 100; ++event) {
      if (intent_of(event)) newest = event;
    }
    return newest;
  }
  // Sells and waits until its slip has got as far as it gets.
  std::uint64_t sell(const std::string& transaction) {
    counter.sell(transaction, member_code);
    const auto event = newest_slip();
    REQUIRE(event > 0);
    for (int i = 0; i < 1000; ++i) {
      if (const auto state = intent_of(event)->state; state != PrintState::queued) {
        // Uncertain stands while bytes leave, too; then the printer's own state follows.
        if (state != PrintState::uncertain || i > 300) return event;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    FAIL("the slip was never printed");
    return 0;
  }
  [[nodiscard]] tests::json print(const std::string& what, std::uint64_t event = 0) const {
    return counter.ask("print", {{"do", what}, {"event", event}});
  }
};

}  // namespace

TEST_CASE("a slip is printed again when somebody wants it, says so, and carries the same coupon") {
  PrintingShop shop;
  const auto event = shop.sell("T-1");
  CHECK(shop.intent_of(event)->state == PrintState::confirmed);
  const auto first = shop.emulator.paper();
  CHECK(first.cuts == 1);
  CHECK(shop.print("again", event).at("outcome") == "confirmed");
  const auto both = shop.emulator.paper();
  CHECK(both.cuts == 2);
  CHECK(both.height() > 2 * first.height());  // the same and the mark
  CHECK(shop.intent_of(event)->state == PrintState::confirmed);

  const auto programme = shop.counter.service->shop()->programme();
  REQUIRE(programme);
  const auto intent = shop.intent_of(event);
  auto again = service::slip_receipt(*intent, *programme, service::Copy::again);
  REQUIRE(again);
  const auto words = ports::plain_text(*again);
  CHECK(words.find("Not an invoice") != std::string::npos);
  CHECK(words.find("Reprint") < words.find("Not an invoice"));
  const auto slip = terminal::decode_slip(intent->content);
  REQUIRE(slip);
  REQUIRE(slip->issued.size() == 1);
  CHECK(words.find(base::format_id('C', slip->issued.front().coupon.coupon.value)) != std::string::npos);
  CHECK(code_on(first.png()) == slip->issued.front().code_text);
  // Apart from the mark it is the same receipt, to the last module of its code.
  std::erase_if(again->blocks, [](const auto& block) {
    const auto* mark = std::get_if<ports::Highlight>(&block);
    return mark != nullptr && mark->text == "Reprint";
  });
  CHECK(*again == *service::slip_receipt(*intent, *programme, service::Copy::first));
}

TEST_CASE("a slip of which nobody knows whether it came out is never printed again by itself") {
  PrintingShop shop{{.paper_out_after = 3'000}};
  shop.emulator.change([](auto& behaviour) { behaviour.resets_after = 6'000; });
  const auto lost = shop.sell("T-1");
  CHECK(shop.intent_of(lost)->state == PrintState::uncertain);
  const auto before = shop.emulator.paper();
  CHECK(before.cuts == 0);
  shop.emulator.change([](auto& behaviour) { behaviour = {}; });
  // New work wakes the printer: only the new slip comes.
  const auto next = shop.sell("T-2");
  CHECK(next != lost);
  CHECK(shop.intent_of(next)->state == PrintState::confirmed);
  CHECK(shop.intent_of(lost)->state == PrintState::uncertain);
  const auto cuts = shop.emulator.paper().cuts;
  CHECK(shop.print("again", lost).at("outcome") == "confirmed");
  CHECK(shop.emulator.paper().cuts == cuts + 1);
  CHECK(shop.intent_of(lost)->state == PrintState::confirmed);
}

TEST_CASE("whoever waits for a slip is told that it came only when it did") {
  for (const bool comes : {true, false}) {
    CAPTURE(comes);
    PrintingShop shop;
    auto& counter = shop.counter;
    shop.emulator.change([](auto& behaviour) { behaviour.state.cover_open = true; });
    REQUIRE(counter.screen->send(link::Code{shop.member_code}));
    counter.wait_for("card");
    counter.sell("T-1", shop.member_code);
    const auto hint = [](const flow::ViewModel& view) { return std::get<flow::IssuedView>(view.screen).print_hint; };
    counter.wait_for("issued",
                     [&](const auto& view) { return hint(view).find("there is no slip") != std::string::npos; });
    // It is tried again; nobody waits for one that is a quarter of an hour old.
    if (!comes) counter.clock.set_wall_ms(tests::noon_ms + 16 * 60'000);
    shop.emulator.change([](auto& behaviour) { behaviour.state.cover_open = false; });
    if (comes) {
      counter.wait_for("issued", [&](const auto& view) { return hint(view) == "Please take your slip"; });
      continue;
    }
    const auto event = shop.newest_slip();
    for (int i = 0; i < 1000 && shop.intent_of(event)->state == PrintState::queued; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    REQUIRE(shop.intent_of(event)->state == PrintState::failed);
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      counter.tap(flow::Target::language);
      const auto locale = i % 2 == 0 ? flow::Locale::zh_cn : flow::Locale::en;
      const auto said = hint(counter.wait_for("issued", [&](const auto& view) { return view.locale == locale; }));
      CHECK((said != "Please take your slip" && said != "请取走小票"));
    }
  }
}

TEST_CASE("a reprint that the printer refuses leaves the slip as it was") {
  PrintingShop shop;
  const auto event = shop.sell("T-1");
  shop.emulator.change([](auto& behaviour) { behaviour.state.cover_open = true; });
  CHECK(shop.print("state").at("state") == "cover_open");
  CHECK(shop.print("again", event).at("error") == "device_failed");
  CHECK(shop.intent_of(event)->state == PrintState::confirmed);
  CHECK(shop.counter.ask("status", tests::json::object()).at("printer") == "cover_open");
}

TEST_CASE("the self-test page has a code that a scanner reads back") {
  PrintingShop shop;
  const auto answer = shop.print("self_test");
  REQUIRE(answer.contains("outcome"));
  CHECK(answer.at("outcome") == "confirmed");
  CHECK(answer.at("state") == "ok");
  const auto paper = shop.emulator.paper();
  CHECK(paper.cuts == 1);
  CHECK(code_on(paper.png()) == answer.at("code").get<std::string>());
  // To be looked at, where somebody wants to.
  if (const char* pictures = std::getenv("MILLPOND_SLIP_PICTURES"); pictures != nullptr) {
    REQUIRE(base::write_file(std::filesystem::path{pictures} / "self-test.png", paper.png()));
  }
}

TEST_CASE("pictures of slips go after a week although none are wanted any more") {
  PrintingShop shop;
  const auto folder = shop.counter.folder / "receipts";
  std::filesystem::create_directories(folder);
  const auto put = [&](const char* name, int hours_old) {
    REQUIRE(base::write_file(folder / name, base::view_of("picture")));
    std::filesystem::last_write_time(folder / name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{hours_old});
  };
  put("event-1.png", 7 * 24 + 1);
  put("event-2.png", 7 * 24 - 1);
  put("somebody's.png", 30 * 24);
  shop.counter.clock.advance_ms(3'600'000);
  shop.sell("T-1");
  CHECK_FALSE(std::filesystem::exists(folder / "event-1.png"));
  CHECK(std::filesystem::exists(folder / "event-2.png"));
  CHECK(std::filesystem::exists(folder / "somebody's.png"));
}

TEST_CASE("a preview is the paper as a picture, and nothing is printed") {
  PrintingShop shop;
  const auto event = shop.sell("T-1");
  const auto cuts = shop.emulator.paper().cuts;
  const auto slip = terminal::decode_slip(shop.intent_of(event)->content);
  REQUIRE(slip);
  const auto picture = base::from_hex(shop.print("preview", event).at("png").get<std::string>());
  REQUIRE(picture);
  CHECK(code_on(*picture) == slip->issued.front().code_text);
  const auto page = base::from_hex(shop.print("preview").at("png").get<std::string>());
  REQUIRE(page);
  CHECK(code_on(*page)->starts_with("MILLPOND TEST "));
  CHECK(shop.emulator.paper().cuts == cuts);
}

TEST_CASE("a picture that cannot be kept costs no paper, and old ones go") {
  PrintingShop nowhere{{}, "none", "terminal.sock/pictures"};
  CHECK(nowhere.intent_of(nowhere.sell("T-1"))->state == PrintState::confirmed);

  PrintingShop shop{{}, "none", "pictures"};
  const auto folder = shop.counter.folder.path() / "pictures";
  std::filesystem::create_directories(folder);
  const auto now = std::filesystem::file_time_type::clock::now();
  for (int i = 0; i < 300; ++i) {
    const auto file = folder / ("event-9" + std::to_string(i) + ".png");
    REQUIRE(base::write_file(file, base::view_of("old")));
    std::filesystem::last_write_time(file, now - std::chrono::hours{i < 50 ? 24 * 8 : 1 + i});
  }
  REQUIRE(base::write_file(folder / "mine.txt", base::view_of("of somebody else")));
  const auto event = shop.sell("T-1");
  std::size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() == ".png") ++left;
  }
  CHECK(left <= 200);
  CHECK(left > 100);
  CHECK(std::filesystem::exists(folder / ("event-" + std::to_string(event) + ".png")));
  CHECK(std::filesystem::exists(folder / "mine.txt"));
  CHECK_FALSE(std::filesystem::exists(folder / "event-90.png"));
}

TEST_CASE("the drawer opens by command only where one is configured") {
  PrintingShop none;
  CHECK(none.print("drawer").at("error") == "unsupported");
  CHECK(none.emulator.paper().drawer_kicks == 0);
  PrintingShop one{{}, "pin5"};
  CHECK(one.print("drawer").at("outcome") == "moved");
  CHECK(one.emulator.paper().drawer_kicks == 1);
}

TEST_CASE("what cannot be printed is refused by name") {
  PrintingShop shop;
  CHECK(shop.print("again", 77).at("error") == "not_found");
  CHECK(shop.print("preview", 77).at("error") == "not_found");
  CHECK(shop.print("dance").at("error") == "bad_input");
  const auto member = shop.terminal().enrol(tests::Shop::enrolment("13600136000"));
  REQUIRE(member);
  const auto card = shop.terminal().request_card_slip(member->member, "en");
  REQUIRE(card);
  shop.counter.service->shop()->wake_printer();
  for (int i = 0; i < 50 && shop.emulator.paper().cuts == 0; ++i) {}
  CHECK(shop.emulator.paper().cuts == 1);
  // A card is not kept once it is printed: it has its own command, with the member's code or an approval.
  CHECK(shop.print("again", card->value).contains("error"));
  CHECK(shop.emulator.paper().cuts == 1);
  const tests::Counter without{tests::Before::nobody};
  CHECK(without.ask("print", {{"do", "self_test"}}).at("error") == "config_invalid");
}

TEST_CASE("A printer is asked how it is when a device comes or goes, also while nothing is to be printed") {
  tests::Counter counter{tests::Before::nobody};
  std::optional<tests::PrinterEmulator> emulator{std::in_place};
  service::PrintingSetup setup;
  setup.folder = counter.folder.path();
  setup.settings.printer = service::PrinterKind::tcp;
  setup.settings.printer_target = "127.0.0.1:" + std::to_string(emulator->port());
  setup.programme = [&] { return counter.service->shop()->programme(); };
  setup.on_news = [](const service::PrintNews&) {};
  std::mutex mutex;
  std::vector<ports::DeviceState> told;
  setup.on_state = [&](ports::DeviceState state) {
    const std::lock_guard lock{mutex};
    told.push_back(state);
  };
  std::function<void()> changed;
  bool watched = false;
  setup.watch = [&](std::function<void()> call) {
    changed = std::move(call);
    watched = true;
    return std::shared_ptr<void>{nullptr, [&](void*) { watched = false; }};
  };
  auto printing = service::Printing::start(std::move(setup), counter.service->shop()->journal(), base::system_clock());
  REQUIRE(printing);
  CHECK(watched);
  const auto comes = [&](ports::DeviceState state) {
    for (int i = 0; i < 2'000; ++i) {
      {
        const std::lock_guard lock{mutex};
        if (!told.empty() && told.back() == state) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  };
  changed();
  CHECK(comes(ports::DeviceState::ok));
  emulator.reset();
  changed();
  CHECK(comes(ports::DeviceState::absent));
  CHECK((*printing)->state() == ports::DeviceState::absent);
  printing->reset();
  CHECK_FALSE(watched);
}

TEST_CASE("A slip names the goods as the till does, no more than twenty rows of them") {
  struct Row {
    std::size_t lines;
    tests::json first;  // of its members
    std::size_t shown;
    std::uint32_t more;
    const char* name;
    const char* quantity;
  };
  const Row rows[]{
      {1, {{"quantity", "1"}}, 0, 0, "", ""},  // nothing that people can read
      {1, {{"quantity", "1"}, {"name", "Oolong"}, {"sku", "690"}}, 1, 0, "Oolong", ""},
      {2, {{"quantity", "2"}, {"sku", "690"}}, 2, 0, "690", "2"},
      {2, {{"quantity", "0.350"}, {"unit", "kg"}, {"name", "Tea"}}, 2, 0, "Tea", "0.350 kg"},
      {20, {{"quantity", "1"}, {"name", "Oolong"}}, 20, 0, "Oolong", ""},
      {21, {{"quantity", "1"}, {"name", "Oolong"}}, 19, 2, "Oolong", ""},
      {200, {{"quantity", "1"}, {"name", "Oolong"}}, 19, 181, "Oolong", ""},
  };
  PrintingShop shop;
  int number = 0;
  for (const auto& row : rows) {
    CAPTURE(row.lines, row.first.dump());
    tests::json lines = tests::json::array();
    for (std::size_t i = 0; i < row.lines; ++i) {
      lines.push_back({{"id", std::to_string(i + 1)}, {"quantity", "1"}, {"net_minor", 10}});
    }
    lines[0].update(row.first);
    lines[0]["net_minor"] = 4'210 - 10 * static_cast<std::int64_t>(row.lines);
    shop.counter.sell("L-" + std::to_string(++number), shop.member_code, {{"lines", lines}});
    const auto intent = shop.intent_of(shop.newest_slip());
    REQUIRE(intent);
    const auto slip = terminal::decode_slip(intent->content);
    REQUIRE(slip);
    REQUIRE(slip->lines.shown.size() == row.shown);
    CHECK(slip->lines.more == row.more);
    CHECK(slip->lines.more_minor == 10 * static_cast<std::int64_t>(row.more));
    if (row.shown == 0) continue;
    CHECK(slip->lines.shown.front().name == row.name);
    CHECK(slip->lines.shown.front().quantity == row.quantity);
    if (row.shown > 1) CHECK(slip->lines.shown.back().name == "#" + std::to_string(row.shown));
    const auto result = service::sale_result(*slip, shop.counter.service->shop()->programme());
    CHECK(result.lines.shown.size() == row.shown);
    CHECK(result.lines.more == row.more);
  }
}

TEST_CASE("A till's code for its e-invoice is on the slip as it was given, below the coupon's") {
  PrintingShop shop;
  const std::string invoice = "https://fp.example/i?c=42";
  shop.counter.sell("T-1", shop.member_code, {{"invoice_code", invoice}});
  const auto intent = shop.intent_of(shop.newest_slip());
  REQUIRE(intent);
  const auto programme = shop.counter.service->shop()->programme();
  REQUIRE(programme);
  const auto receipt = service::slip_receipt(*intent, *programme, service::Copy::first);
  REQUIRE(receipt);
  std::vector<std::string> codes;
  for (const auto& block : receipt->blocks) {
    if (const auto* const code = std::get_if<ports::Qr>(&block)) codes.push_back(code->text);
  }
  const auto slip = terminal::decode_slip(intent->content);
  REQUIRE(slip);
  REQUIRE(slip->issued.size() == 1);
  CHECK(codes == std::vector{slip->issued.front().code_text, invoice});
}
