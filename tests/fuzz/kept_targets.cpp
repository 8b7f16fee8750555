// SPDX-License-Identifier: Apache-2.0
// What our own programs left on a disk, a stick or a socket, where somebody else may have changed it since.
#include "hardware/capture/learn.h"
#include "hardware/till/file_drop.h"
#include "kiosk/link/frame.h"
#include "sync/base/base64.h"
#include "sync/base/check.h"
#include "sync/base/clock.h"
#include "sync/base/money.h"
#include "sync/codes/gs1.h"
#include "sync/http/json_limits.h"
#include "sync/hub/core/keys.h"
#include "sync/hub/core/sqlite_store.h"
#include "sync/hub/server/snapshot_api.h"
#include "sync/model/basket.h"
#include "sync/store/unsettled.h"
#include "sync/terminal/terminal_values.h"
#include "tests/fuzz/target.h"
#include "tests/support/seeded_key.h"

#include <algorithm>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Error;
using base::Result;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<Bytes> slip_seeds() {
  terminal::Slip sale;
  sale.kind = terminal::Slip::Kind::sale;
  sale.total_minor = 6'850;
  sale.at_ms = 1'795'000'000'000;
  sale.seq = {77};
  sale.member = {7};
  sale.points_earned = 68;
  sale.balance = 500;
  sale.redeemed.emplace_back();
  sale.issued.emplace_back();
  sale.issued.back().code_text = "K1:COUPON";
  sale.lines = {{{"tea", "0.350 kg", 6'850, true}}, 1, 0};
  auto refund = sale;
  refund.kind = terminal::Slip::Kind::refund;
  refund.of_transaction = "42";
  refund.points_taken = 10;
  terminal::Slip card;
  card.kind = terminal::Slip::Kind::card;
  card.member = {7};
  card.member_code_text = "K1:MEMBER";
  return {terminal::encode_slip(sale), terminal::encode_slip(refund), terminal::encode_slip(card)};
}

Result<> run_slip(ByteView input) {
  MILLPOND_TRY(const auto slip, terminal::decode_slip(input));
  const auto written = terminal::encode_slip(slip);
  MILLPOND_CHECK(terminal::encode_slip(terminal::decode_slip(written).value()) == written);
  return {};
}

constexpr std::uint64_t row_sum = 0x1234'5678'9abc'def0;

std::vector<Bytes> note_seeds() {
  store::Notes notes;
  notes.sale.emplace();
  notes.sale->body_hash.fill(5);
  notes.sale->answer = bytes_of(R"({"recorded": true})");
  const auto sale = store::encode_notes(notes, row_sum);
  notes.print = store::UnsettledPrint{0, 3, "zh-CN", bytes_of("{}")};
  return {store::encode_notes({}, row_sum), sale, store::encode_notes(notes, row_sum)};
}

Result<> run_notes(ByteView input) {
  const auto notes = store::decode_notes(input, row_sum);
  if (!notes) return Error{Code::store_corrupt, "read notes", "not of this row"};
  const auto written = store::encode_notes(*notes, row_sum);
  MILLPOND_CHECK(store::encode_notes(store::decode_notes(written, row_sum).value(), row_sum) == written);
  return {};
}

std::vector<Bytes> cut_seeds() {
  hub::Cut cut;
  cut.terminal = {5};
  cut.cap = 100'000;
  cut.asked = 600;
  cut.member = {7};
  cut.held = 40;
  cut.lease = {{9}, model::LeaseKind::points, 0, {5}, 2'000, 500, 1'795'000'000'000};
  return {hub::encode_cut(cut)};
}

Result<> run_cut(ByteView input) {
  MILLPOND_TRY(const auto cut, hub::decode_cut(input));
  const auto written = hub::encode_cut(cut);
  MILLPOND_CHECK(hub::encode_cut(hub::decode_cut(written).value()) == written);
  return {};
}

std::vector<Bytes> decision_seeds() {
  const hub::Drawn drawn{model::LeaseKind::campaign_count, {7}, 5, 1};
  return {hub::encode_decision({hub::CaseKind::promise, Bytes(16, 5), {3}, {drawn}, {1, 2, 3}}),
          hub::encode_decision({hub::CaseKind::happening, Bytes(17, 5), {4}, {}, {}})};
}

Result<> run_decision(ByteView input) {
  MILLPOND_TRY(const auto entry, hub::decode_decision(input));
  MILLPOND_CHECK(hub::decode_decision(hub::encode_decision(entry)).value() == entry);
  return {};
}

// As `keys next` writes it: 2 bytes that say what it is, number 2, key 32, sealing key 32, first day 2, last day 2.
std::vector<Bytes> key_request_seeds() {
  auto request = bytes_of("MR");
  base::append_big_endian(request, 2, 2);
  base::append(request, tests::seeded_key(2).public_key());
  request.insert(request.end(), 32, 6);
  base::append_big_endian(request, 20'775, 2);
  base::append_big_endian(request, 21'140, 2);
  return {request};
}

Result<> run_key_request(ByteView input) {
  MILLPOND_TRY(const auto key, hub::read_key_request(input));
  MILLPOND_CHECK(key.number >= hub::first_hub_key && key.first_day <= key.last_day);
  return {};
}

std::vector<Bytes> dropped_seeds() {
  return {bytes_of("Millpond-Key: till-1-5f0c\nMillpond-Timestamp: 1795228920\nMillpond-Nonce: 0f1e2d3c4b5a6978\n"
                   "Millpond-Signature: 00ff\n\n{\"store\": 1}"),
          bytes_of("Millpond-Key: till-1-5f0c\r\n\r\n{}")};
}

// Nothing of a file is lost on the way, and nothing is added.
Result<> run_dropped(ByteView input) {
  MILLPOND_TRY(const auto request, till::read_dropped_file(input));
  MILLPOND_CHECK(request.method == "POST" && request.target == "/v1/sales" && request.headers.size() <= 16);
  MILLPOND_CHECK(std::ranges::equal(request.body, input.last(request.body.size())));
  for (const auto& [name, value] : request.headers) {
    MILLPOND_CHECK(name.find('\n') == std::string::npos && value.find('\n') == std::string::npos);
  }
  return {};
}

constexpr std::size_t frame_bytes_max = 4'096;

std::vector<Bytes> stream_seeds() {
  Bytes two;
  for (const std::string_view body : {R"({"kind":"hello"})", ""}) {
    base::append_big_endian(two, body.size(), 4);
    base::append(two, base::view_of(body));
  }
  return {two};
}

// Frames are the same, whatever pieces the stream arrives in.
Result<> run_stream(ByteView input) {
  link::FrameReader whole{frame_bytes_max};
  link::FrameReader by_byte{frame_bytes_max};
  whole.add(input);
  for (const auto& byte : input) by_byte.add({&byte, 1});
  for (;;) {
    const auto one = whole.next();
    const auto other = by_byte.next();
    MILLPOND_CHECK(one.has_value() == other.has_value());
    if (!one) return one.error();
    MILLPOND_CHECK(*one == *other && (!*one || (*one)->size() <= frame_bytes_max));
    if (!*one) return {};
  }
}

// What headers and members of documents hold: a range, a date, a moment, a currency, a quantity, bytes as text.
std::vector<Bytes> word_seeds() {
  std::vector<Bytes> seeds;
  for (const auto* const word : {"bytes=4-9", "2026-11-21", "2026-11-21T10:42:00+08:00", "CNY", "0.350", "00ff",
                                 "AQIDBA==", "]C10106901234567892"}) {
    seeds.push_back(bytes_of(word));
  }
  return seeds;
}

Result<> run_word(ByteView input) {
  const auto text = base::text_of(input);
  bool read = false;
  if (const auto range = hub::parse_range(text)) {
    MILLPOND_CHECK(range->first <= range->last);
    read = true;
  }
  if (const auto date = base::parse_date(text)) {
    MILLPOND_CHECK(base::format_date(*date) == text);
    read = true;
  }
  if (const auto currency = base::parse_currency(text)) {
    MILLPOND_CHECK(text.size() == 3);
    read = true;
  }
  if (const auto milli = model::quantity_milli_of(text)) {
    MILLPOND_CHECK(*milli >= 0);
    read = true;
  }
  if (const auto bytes = base::from_hex(text)) {
    MILLPOND_CHECK(bytes->size() * 2 == text.size());
    read = true;
  }
  if (const auto bytes = base::from_base64(text)) {
    MILLPOND_CHECK(base::to_base64(*bytes) == text);
    read = true;
  }
  if (const auto elements = codes::parse_gs1(text)) {
    MILLPOND_CHECK(!elements->empty());
    read = true;
  }
  read = base::parse_rfc3339(text).has_value() || read;
  if (!read) return Error{Code::bad_input, "read word", "none of them"};
  return {};
}

Result<> run_marks(ByteView input) {
  MILLPOND_TRY(const auto marks, capture::parse_marks(base::text_of(input)));
  for (const auto& [name, value] : marks) MILLPOND_CHECK(!name.empty() && !value.empty());
  return {};
}

std::vector<Bytes> limit_seeds() { return {bytes_of(R"({"a": [{"b": "}]"}, "\""]})"), bytes_of("[[[[[[]]]]]]")}; }

// What passes opens no more than it may, however texts in it are quoted.
Result<> run_limits(ByteView input) {
  MILLPOND_TRY_DO(http::check_json_limits(input));
  MILLPOND_CHECK(input.size() <= http::json_bytes_max);
  return {};
}

}  // namespace

std::vector<Target> kept_targets() {
  return {
      {"dropped_file", dropped_seeds, run_dropped},
      {"frames", stream_seeds, run_stream},
      {"json_limits", limit_seeds, run_limits},
      {"key_request", key_request_seeds, run_key_request},
      {"campaign_decision", decision_seeds, run_decision},
      {"lease_cut", cut_seeds, run_cut},
      {"marks", [] { return std::vector<Bytes>{bytes_of("# of one slip\ntotal: 68.50\nreceipt: A0042\n")}; },
       run_marks},
      {"notes", note_seeds, run_notes},
      {"slip", slip_seeds, run_slip},
      {"words", word_seeds, run_word},
  };
}

}  // namespace millpond::fuzz
