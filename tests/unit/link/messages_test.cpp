// SPDX-License-Identifier: Apache-2.0
#include "kiosk/link/messages.h"
#include "kiosk/link/frame.h"
#include "sync/base/rng.h"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace millpond;
using link::Message;

namespace {

flow::Button button(flow::Target target) { return {target, "标签", flow::Icon::scan, false, "请稍候。", "F2"}; }

flow::ViewModel with(flow::Screen screen) {
  flow::ViewModel view;
  view.revision = 1ULL << 60;
  view.locale = flow::Locale::en;
  view.appearance = flow::Appearance::high_contrast;
  view.personal = true;
  view.chrome = {"灯笼茶铺",
                 button(flow::Target::language),
                 flow::Banner{flow::Icon::cloud_off, flow::Tone::warning, "a", "b"},
                 button(flow::Target::appearance),
                 button(flow::Target::rules),
                 button(flow::Target::exit),
                 flow::Banner{flow::Icon::clock, flow::Tone::neutral, "20", ""}};
  view.screen = std::move(screen);
  view.toast = flow::Toast{flow::Icon::check, flow::Tone::positive, "好"};
  return view;
}

flow::DeskView desk(const flow::CouponItem& coupon, const flow::Banner& problem) {
  const auto done = button(flow::Target::done);
  const flow::Rail rail{{done}, flow::Target::sell};
  const flow::Figure figure{"l", "v", "d", flow::Tone::brand};
  flow::DeskView view;
  view.title = "t";
  view.rail = rail;
  view.member = flow::DeskMember{"林", "林**", "M-1", "金卡", "n", {figure}, {{flow::Icon::bulb, "h"}}};
  view.prompt = flow::DeskPrompt{flow::Icon::display, "t", "x", problem, {done}};
  view.coupons_title = "c";
  view.coupons = {{coupon, true, "−¥8.00"}};
  view.no_coupons = "0";
  view.coupons_off = done;
  view.approve = done;
  view.bill = flow::Bill{"b", {{"tea", "×2", "¥44.00"}}, "more", {figure}, figure};
  view.pad = flow::Pad{"l", "1", "p", "n", problem, {done}, done, done};
  view.outcome = flow::Outcome{flow::Icon::gift, flow::Tone::positive, "t", "+1", {"a", "b"}, done};
  return view;
}

std::vector<flow::ViewModel> views() {
  const ports::QrModules code{3, {1, 0, 1, 0, 1, 0, 1, 1, 1}};
  const auto done = button(flow::Target::done);
  const auto back = button(flow::Target::back);
  const flow::Banner problem{flow::Icon::error, flow::Tone::negative, "x", "y"};
  const flow::CouponItem coupon{"¥8",   "满 ¥30 可用",        "周一至周五", "有效期至 12月21日",
                                "暖冬", flow::Tone::positive, false,        "已使用"};
  return {
      with(flow::AttractView{"h", {"1", "2"}, done, {{done, "s", flow::Tone::warning}}, "o", "d", "f"}),
      with(flow::ScanView{"t", "h", "p", problem, done, back, "help", false, "camera"}),
      with(flow::PhoneView{"t", "h", "138", "p", "n", problem, {done, back}, done, back}),
      with(flow::ConsentView{"t", "h", {{flow::Target::consent_marketing, "l", "d", true, false}}, true, done, back}),
      with(flow::CardView{"t",  "林", "林**", "M-1", "金卡", "l",      "2,490", "10:42", "p",  0.83, "d",
                          code, "c",  {"1"},  done,  "t",    {coupon}, "n",     done,    done, done}),
      with(flow::IssuedView{flow::Icon::gift, "t", "s", "+35", "l", "b", coupon, code, "h", "p", flow::Tone::warning,
                            done}),
      with(desk(coupon, problem)),
      with(flow::ReportView{"t",
                            "s",
                            {{done}, flow::Target::service},
                            {{flow::Icon::wifi, "t", {{"l", "v", "d", flow::Tone::warning}}, "e"}},
                            "n"}),
      with(flow::NoticeView{flow::Icon::warning, flow::Tone::negative, "t", "x", "n", done}),
      with(flow::NoticeView{flow::Icon::info, flow::Tone::negative, "t", "x", "n", done}),  // the last icon
      with(flow::BillView{"t",
                          {{"w", "×2", "¥4"}},
                          "m",
                          {{"l", "v", "d", flow::Tone::warning}},
                          {"l", "v", "d", flow::Tone::brand},
                          "p",
                          {{coupon, true, "s"}},
                          "n",
                          done}),
      with(flow::TextView{"t", "2 / 3", {{"h", "x"}, {"", "y"}}, done, done, back}),
      flow::ViewModel{},
  };
}

std::vector<Message> messages() {
  std::vector<Message> all{
      link::Hello{7, "kiosk-1", "cashier"},
      link::Welcome{"kiosk"},
      link::SessionEnded{},
      link::Tap{flow::Target::digit_7},
      link::Code{"K1:ABC\"\n\t"},
      link::PaymentCode{},
      link::Camera{ports::DeviceState::permission_denied},
      link::Scanner{ports::DeviceState::busy},
      link::Ask{42, "journal", R"({"limit":5})"},
      link::Answer{42, R"(["值"])"},
      link::Failure{42, {base::Code::disk_full, "append", "no space", "/var"}},
  };
  for (auto& view : views()) all.emplace_back(link::Show{std::move(view)});
  return all;
}

base::ByteView body_of(const base::Bytes& frame) { return base::ByteView{frame}.subspan(4); }

}  // namespace

TEST_CASE("Every message survives the crossing") {
  for (const auto& message : messages()) {
    const auto frame = link::encode(message);
    CAPTURE(base::text_of(body_of(frame)));
    REQUIRE(base::read_big_endian(base::ByteView{frame}.first(4)) == frame.size() - 4);
    const auto read = link::decode(body_of(frame));
    REQUIRE(read.has_value());
    CHECK(read->index() == message.index());
    CHECK(link::encode(*read) == frame);
    if (const auto* show = std::get_if<link::Show>(&message)) CHECK(std::get<link::Show>(*read).view == show->view);
  }
}

TEST_CASE("A body that is no message is refused by its kind of fault") {
  struct Row {
    const char* body;
    base::Code code;
  };
  const Row rows[]{
      {"", base::Code::bad_input},
      {"garbage", base::Code::bad_input},
      {"[]", base::Code::bad_input},
      {"{}", base::Code::bad_input},
      {R"({"type":7})", base::Code::bad_input},
      {R"({"type":"tap"})", base::Code::bad_input},
      {R"({"type":"hello","protocol":-1,"screen_id":"a"})", base::Code::bad_input},
      {R"({"type":"hello","protocol":99999999999,"screen_id":"a"})", base::Code::bad_input},
      {R"({"type":"show","view":{}})", base::Code::bad_input},
      {"\xff\xfe", base::Code::bad_input},
      {R"({"type":"dance"})", base::Code::protocol_mismatch},
      {R"({"type":"tap","target":"self_destruct"})", base::Code::protocol_mismatch},
      {R"({"type":"camera","state":"sleepy"})", base::Code::protocol_mismatch},
      {R"({"type":"scanner","state":"sleepy"})", base::Code::protocol_mismatch},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body);
    const auto read = link::decode(base::view_of(row.body));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == row.code);
  }
  const auto nested = std::string(100'000, '[');
  CHECK_FALSE(link::decode(base::view_of(nested)).has_value());
}

TEST_CASE("A refusal never repeats what was sent, because it may be a member's code") {
  const auto read = link::decode(base::view_of(R"({"type":"code","text":K1:SECRET})"));
  REQUIRE_FALSE(read.has_value());
  CHECK(base::describe(read.error()).find("SECRET") == std::string::npos);
}

TEST_CASE("Damaged bodies are read or refused, never worse") {
  base::SeededRng rng{20261121};
  const auto all = messages();
  std::size_t refused = 0;
  for (int round = 0; round < 5'000; ++round) {
    const auto frame = link::encode(all[rng.below(all.size())]);
    base::Bytes body{frame.begin() + 4, frame.end()};
    for (auto changes = rng.below(4); changes > 0; --changes)
      body[rng.below(body.size())] = static_cast<std::uint8_t>(rng.next());
    if (rng.chance(1, 4)) body.resize(rng.below(body.size()));
    refused += link::decode(body).has_value() ? 0U : 1U;
  }
  CHECK(refused > 0);
}

TEST_CASE("Frames come out whole, in whatever pieces they arrive") {
  for (const std::size_t piece : {1U, 3U, 7U, 64U, 100'000U}) {
    link::FrameReader reader{link::frame_bytes_max};
    base::Bytes stream;
    for (const auto& message : messages()) base::append(stream, link::encode(message));
    std::size_t frames = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.add(base::ByteView{stream}.subspan(at, std::min(piece, stream.size() - at)));
      while (true) {
        auto body = reader.next();
        REQUIRE(body.has_value());
        if (!*body) break;
        CHECK(link::decode(**body).has_value());
        ++frames;
      }
    }
    CHECK(frames == messages().size());
  }
}

TEST_CASE("A frame that announces too much is refused before it is read") {
  link::FrameReader reader{100};
  reader.add(base::Bytes{0, 0, 0, 101});
  const auto body = reader.next();
  REQUIRE_FALSE(body.has_value());
  CHECK(body.error().code == base::Code::too_large);
}
