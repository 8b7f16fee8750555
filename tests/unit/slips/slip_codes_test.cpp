// SPDX-License-Identifier: Apache-2.0
// A real slip on the paper of an emulated network printer, and what readers of others make of its code. With
// MILLPOND_SLIP_PICTURES the papers are written there, to be looked at.
#include "hardware/print/escpos.h"
#include "hardware/print/rasterize.h"
#include "hardware/print/tcp_printer.h"
#include "hardware/scan/decode_file.h"
#include "hardware/scan/encode.h"
#include "sync/codes/payload.h"
#include "sync/crypto/hash.h"
#include "tests/support/printer_emulator.h"
#include "tests/support/seeded_key.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/flow/people.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>

using namespace millpond;
using flow::Locale;

namespace {

constexpr print::StreamSettings stream{{2000, 500, 5000, 5000}, print::DrawerPin::none};

std::string signed_coupon(const flow::CouponCard& card) {
  codes::CouponCode code;
  code.issuer = codes::Issuer::terminal(base::TerminalId{7}, 1);
  code.coupon = card.coupon;
  code.member = base::MemberId{tests::lin};
  code.campaign = base::CampaignId{3};
  code.value_minor = static_cast<std::uint32_t>(card.value_minor);
  code.not_before_day = static_cast<std::uint16_t>(tests::day(11, 22).days);
  code.expiry_day = static_cast<std::uint16_t>(tests::day(12, 21).days);
  return codes::compose(code, tests::seeded_key(7), base::BrandId{});
}

flow::SaleResult sale_with_coupon() {
  auto sale = tests::sale_of(tests::lin);
  sale.redeemed = {tests::coupon(1, 800, tests::day(12, 21))};
  auto& issued = sale.issued.front();
  issued.text = signed_coupon(issued.coupon);
  issued.code = scan::encode_qr(issued.text).value();
  return sale;
}

flow::SoldLines chinese_goods() {
  return {{{"乌龙奶茶（大杯，少冰）", "2", 4400, false},
           {"凤梨酥", "", 1700, false},
           {"散装铁观音", "0.350 kg", 12'250, false},
           {"会员礼品卡", "", 5000, true}},
          6,
          3180};
}
flow::SoldLines english_goods() {
  return {{{"Oolong milk tea, large, less ice and no sugar at all", "2", 4400, false},
           {"6901234567892", "", 1700, false},
           {"Loose Tieguanyin", "0.350 kg", 12'250, false},
           {"Gift card", "", 5000, true}},
          6,
          3180};
}

tests::EmulatedPaper printed(const ports::Receipt& receipt, int width_dots) {
  const auto dots = print::rasterize(receipt, {width_dots, {}});
  REQUIRE(dots);
  tests::PrinterEmulator emulator{{.width_dots = width_dots}};
  print::TcpPrinter printer{{"127.0.0.1", emulator.port(), stream}, base::system_clock()};
  const auto report = printer.submit({"slip", print::to_escpos(*dots)});
  REQUIRE(report);
  CHECK(report->outcome == ports::PrintOutcome::confirmed);
  return emulator.paper();
}

// What Debian's zbar-tools reads; nothing where they are not installed.
std::optional<std::string> zbar_reads(const std::filesystem::path& picture) {
  if (std::system("command -v zbarimg > /dev/null 2>&1") != 0) return std::nullopt;
  auto* pipe = ::popen(("zbarimg -q --raw '" + picture.string() + "' 2>/dev/null").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
  ::pclose(pipe);
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("ZXing and ZBar both read the coupon from the paper of a real slip, in both languages and widths") {
  REQUIRE(crypto::start());
  const tests::TempDir folder;
  const char* pictures = std::getenv("MILLPOND_SLIP_PICTURES");
  bool zbar_missing = false;
  for (const auto locale : {Locale::zh_cn, Locale::en}) {
    for (const int width : {print::width_80mm_dots, print::width_58mm_dots}) {
      const std::string name = (locale == Locale::en ? "slip-en-" : "slip-zh-") + std::to_string(width);
      CAPTURE(name);
      auto sale = sale_with_coupon();
      sale.lines = locale == Locale::en ? english_goods() : chinese_goods();
      sale.total_minor = 26'530;  // what they add up to
      sale.points_earned = 207;
      const auto paper = printed(flow::sale_slip(sale, tests::demo_programme(), locale, tests::noon_ms), width);
      CHECK(paper.unknown.empty());
      CHECK(paper.cuts == 1);
      const auto file = (pictures == nullptr ? folder.path() : std::filesystem::path{pictures}) / (name + ".png");
      REQUIRE(base::write_file(file, paper.png()));
      const auto frame = scan::load_frame(file, 0);
      REQUIRE(frame);
      const auto zxing = scan::Decoder{}.decode(*frame, scan::half_then_full);
      REQUIRE(zxing);
      CHECK(zxing->text == sale.issued.front().text);
      const auto zbar = zbar_reads(file);
      zbar_missing = !zbar;
      if (zbar) CHECK(*zbar == sale.issued.front().text);
    }
  }
  if (zbar_missing) SKIP("zbarimg is not installed, so only ZXing has read the slips: packaging/deps installs it");
}
