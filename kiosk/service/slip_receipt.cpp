// SPDX-License-Identifier: Apache-2.0
#include "kiosk/service/slip_receipt.h"

#include "hardware/scan/encode.h"
#include "kiosk/service/cards.h"
#include "sync/terminal/terminal.h"
#include "sync/text/text.h"

#include <algorithm>
#include <array>

namespace millpond::service {
namespace {

using base::Result;
using ports::Align;
using ports::TextSize;

ports::Receipt card_receipt(const terminal::Slip& slip, const model::Programme& programme, flow::Locale locale) {
  const terminal::MemberView view{.member = slip.member,
                                  .shown_name = {},
                                  .points = slip.balance,
                                  .points_pending = 0,
                                  .qualifying_minor = 0,
                                  .as_of_ms = slip.at_ms,
                                  .coupons = {},
                                  .strength = slip.strength};
  return flow::card_slip(member_card(view, slip.member_code_text, programme), programme, locale, slip.at_ms);
}

ports::Receipt receipt_of(const terminal::Slip& slip, const model::Programme& programme, flow::Locale locale) {
  switch (slip.kind) {
    case terminal::Slip::Kind::sale:
      return flow::sale_slip(sale_result(slip, programme), programme, locale, slip.at_ms);
    case terminal::Slip::Kind::refund:
      return flow::refund_slip(refund_result(slip, programme), programme, locale, slip.at_ms);
    case terminal::Slip::Kind::card:
      break;
  }
  return card_receipt(slip, programme, locale);
}

// Where nobody can overlook it: right under the headline.
void mark_reprint(ports::Receipt& receipt, text::Language language) {
  const auto title = std::find_if(receipt.blocks.begin(), receipt.blocks.end(),
                                  [](const auto& block) { return std::holds_alternative<ports::Title>(block); });
  const auto at = title == receipt.blocks.end() ? receipt.blocks.begin() : title + 1;
  receipt.blocks.insert(at, ports::Highlight{std::string{text::get(text::Key::slip_again, language)}});
}

std::string target_of(const Settings& settings) {
  switch (settings.printer) {
    case PrinterKind::none:
      return "-";
    case PrinterKind::file:
      return "file " + settings.printer_target;
    case PrinterKind::tcp:
      return "tcp " + settings.printer_target;
    case PrinterKind::lp:
      return "lp " + settings.printer_target;
    case PrinterKind::serial:
      break;
  }
  return "serial " + settings.printer_target + ' ' + std::to_string(settings.printer_bits_per_s) + ' ' +
         settings.printer_flow;
}

constexpr std::array state_keys{
#define MILLPOND_STATE_KEY(name, retryable) text::Key::device_##name,
    MILLPOND_DEVICE_STATES(MILLPOND_STATE_KEY)
#undef MILLPOND_STATE_KEY
};

}  // namespace

Result<ports::Receipt> slip_receipt(const store::PrintIntent& intent, const model::Programme& programme, Copy which) {
  MILLPOND_TRY(const auto slip, terminal::decode_slip(intent.content));
  const auto locale = locale_of(intent.locale);
  auto receipt = receipt_of(slip, programme, locale);
  const auto language = locale == flow::Locale::en ? text::Language::en : text::Language::zh_cn;
  if (which == Copy::again) mark_reprint(receipt, language);
  return receipt;
}

std::string self_test_code(std::int64_t wall_ms) {
  std::string digits;
  for (const char c : base::format_utc(wall_ms).substr(0, 16)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return "MILLPOND TEST " + digits.insert(8, "-");
}

print::SelfTestPage self_test_page(const Settings& settings, ports::DeviceState state, std::int64_t wall_ms) {
  const auto language = text::language_of_tag(settings.language).value_or(text::Language::zh_cn);
  const auto get = [&](text::Key key) { return std::string{text::get(key, language)}; };
  const auto row = [&](text::Key key, std::string value) {
    return ports::KeyValue{get(key), std::move(value), TextSize::small};
  };
  const int mm = print::ruler_mm(settings.printer_width_dots);
  const auto code = self_test_code(wall_ms);
  print::SelfTestPage page;
  page.above.blocks = {
      ports::Logo{"Millpond"},
      ports::Title{get(text::Key::self_test_title)},
      row(text::Key::self_test_time, base::format_utc(wall_ms)),
      row(text::Key::self_test_printer, target_of(settings)),
      row(text::Key::self_test_paper, text::format(text::Key::self_test_paper_value, language,
                                                   std::to_string(settings.printer_width_dots), std::to_string(mm))),
      row(text::Key::self_test_drawer, settings.printer_drawer),
      row(text::Key::self_test_state, get(state_keys.at(static_cast<std::size_t>(state)))),
      ports::Rule{true}};
  page.ruler_caption = text::format(text::Key::self_test_ruler, language, std::to_string(mm));
  page.bar_caption = get(text::Key::self_test_bar);
  page.below.blocks = {ports::Rule{}, ports::Text{get(text::Key::self_test_sample)},
                       ports::Text{get(text::Key::self_test_sample), Align::left, TextSize::small},
                       ports::Text{get(text::Key::self_test_sample), Align::left, TextSize::large, true}};
  if (auto symbol = scan::encode_qr(code)) {
    page.below.blocks.push_back(ports::Qr{std::move(*symbol), text::format(text::Key::self_test_code, language, code)});
  }
  page.below.blocks.push_back(ports::Feed{1});
  return page;
}

}  // namespace millpond::service
