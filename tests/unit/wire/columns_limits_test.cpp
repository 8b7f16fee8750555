// SPDX-License-Identifier: Apache-2.0
// What nobody who packs a batch would write.
#include "sync/base/rng.h"
#include "sync/wire/canonical.h"
#include "sync/wire/column_rows.h"
#include "sync/wire/field_codec.h"
#include "tests/support/sales_batch.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

using namespace millpond;
using wire::Column;

namespace {

base::Bytes content_of(const wire::PlaneWriter& columns, const wire::ColumnsHead& head = {}) {
  std::vector<std::size_t> ends;
  return columns.content(head, ends);
}

wire::UpRequest empty_batch() {
  wire::UpRequest batch;
  batch.schema = wire::schema_columns;
  batch.terminal = {7};
  batch.epoch = {8};
  batch.first_seq = {9};
  return batch;
}

base::Bytes packed(const wire::UpRequest& batch) {
  const auto rows = wire::pack_rows(batch);
  return content_of(rows.columns, rows.head);
}

void sale(wire::PlaneWriter& columns, std::uint64_t till, std::uint64_t transaction) {
  columns.code(Column::kind, 3);
  columns.code(Column::sale_till, till);
  columns.code(Column::sale_transaction, transaction);
}

void fresh(wire::PlaneWriter& columns, std::string_view text) {
  columns.code(Column::text_size, text.size());
  columns.bytes(Column::text, base::view_of(text));
}

// The sale's till, then its currency, both fresh; its transaction is the caller's.
void sale_begun(wire::PlaneWriter& columns, std::uint64_t transaction) {
  sale(columns, 0, transaction);
  fresh(columns, "till-1");
}

wire::UpRequest small_batch() {
  tests::MixOptions options;
  options.lines = 2;
  options.enrolments_of_1000 = 100;
  auto batch = tests::sales_batch(options, 60);
  batch.rows.insert(batch.rows.begin() + 20, wire::Row{{0xFF, 1, 2, 3}, {4}, {5, 6}});
  return batch;
}

bool is_named(const base::Error& error) {
  return error.code == base::Code::bad_input || error.code == base::Code::too_large ||
         error.code == base::Code::protocol_mismatch;
}

}  // namespace

TEST_CASE("columns that nobody would write are refused by name") {
  struct Row {
    const char* why;
    std::function<void(wire::PlaneWriter&)> write;
    std::uint32_t count;
    base::Code code;
  };
  const std::string long_text(60'000, 'x');
  const auto lines_of = [](wire::PlaneWriter& columns, std::uint64_t lines) {
    columns.code(Column::line_count, wire::zigzag(static_cast<std::int64_t>(lines)));
  };
  const std::vector<Row> rows{
      {"fewer facts than rows", [](auto& c) { c.code(Column::kind, 8); }, 2, base::Code::bad_input},
      {"more facts than rows", [](auto& c) { c.code(Column::kind, 8), c.code(Column::kind, 8); }, 1,
       base::Code::bad_input},
      {"a kind of a later release", [](auto& c) { c.code(Column::kind, 30); }, 1, base::Code::bad_input},
      {"a kind without columns", [](auto& c) { c.code(Column::kind, 1); }, 1, base::Code::bad_input},
      {"a kind past every bit", [](auto& c) { c.code(Column::kind, ~0ULL); }, 1, base::Code::bad_input},
      {"a till that no dictionary has", [](auto& c) { sale(c, 9, 1); }, 1, base::Code::bad_input},
      {"the number after no number", [](auto& c) { sale_begun(c, 0), fresh(c, "CNY"); }, 1, base::Code::bad_input},
      {"a currency of another length", [](auto& c) { sale_begun(c, 1), fresh(c, "YUAN"); }, 1, base::Code::bad_input},
      {"a text longer than all texts", [](auto& c) { sale(c, 0, 1), c.code(Column::text_size, 1ULL << 50); }, 1,
       base::Code::bad_input},
      {"a member that no dictionary has", [](auto& c) { c.code(Column::kind, 4), c.code(Column::owner_member, 77); }, 1,
       base::Code::bad_input},
      {"an identity's prefix that no dictionary has",
       [](auto& c) { c.code(Column::kind, 6), c.code(Column::spent_prefix, 77); }, 1, base::Code::bad_input},
      {"a coupon's counter past its bits",
       [](auto& c) { c.code(Column::kind, 6), c.code(Column::coupon_counter, wire::zigzag(1LL << 24)); }, 1,
       base::Code::bad_input},
      {"more lines than a fact can hold",
       [&](auto& c) {
         sale_begun(c, 1), fresh(c, ""), fresh(c, "CNY");
         lines_of(c, 1ULL << 40);
       },
       1, base::Code::bad_input},
      {"as many lines as there are numbers",
       [&](auto& c) {
         sale_begun(c, 1), fresh(c, ""), fresh(c, "CNY");
         c.code(Column::line_count, ~0ULL);
       },
       1, base::Code::bad_input},
      {"an outcome past its type", [](auto& c) { c.code(Column::kind, 8), c.code(Column::print_outcome, 300); }, 1,
       base::Code::bad_input},
      {"an offset past its type",
       [](auto& c) { c.code(Column::kind, 8 | wire::odd_stamp), c.code(Column::utc_offset, 1ULL << 40); }, 1,
       base::Code::bad_input},
      {"bytes in two planes", [](auto& c) { c.code(Column::kind, 3), c.code(Column::sale_body_tag, 1ULL << 40); }, 1,
       base::Code::bad_input},
      {"a tag that is too short",
       [](auto& c) {
         c.code(Column::kind, 3), c.bytes(Column::sale_body_tag, base::Bytes{1, 2, 3});
       },
       1, base::Code::bad_input},
      {"a column that this layout does not have", [](auto& c) { c.code(static_cast<Column>(120), 5); }, 0,
       base::Code::bad_input},
      {"a verbatim fact longer than all bytes",
       [](auto& c) { c.code(Column::kind, 31), c.code(Column::verbatim_size, 10); }, 1, base::Code::bad_input},
      {"a verbatim fact past its limit",
       [](auto& c) {
         c.code(Column::kind, wire::as_it_is);
         c.code(Column::verbatim_size, wire::canonical_bytes_max + 1);
         c.bytes(Column::verbatim, base::Bytes(wire::canonical_bytes_max + 1));
       },
       1, base::Code::too_large},
      {"a payload longer than all bytes",
       [](auto& c) { c.code(Column::kind, 31), c.code(Column::payload_size, 1ULL << 63); }, 1, base::Code::bad_input},
      {"a long text twice in one fact",
       [&](auto& c) {
         sale_begun(c, 1), fresh(c, ""), fresh(c, "CNY");
         lines_of(c, 2);
         c.code(Column::line_sku, 0), fresh(c, long_text), fresh(c, "1"), fresh(c, "");
         c.code(Column::line_sku, 1);
       },
       1, base::Code::bad_input},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    wire::PlaneWriter columns;
    row.write(columns);
    const auto back = wire::unpack_rows(content_of(columns), empty_batch(), row.count);
    REQUIRE_FALSE(back);
    CHECK(back.error().code == row.code);
  }
}

TEST_CASE("a short batch cannot unfold to more than a batch may hold") {
  const std::string long_text(60'000, 'x');
  const auto unpacked = [&](std::uint32_t count) {
    wire::PlaneWriter columns;
    for (std::uint32_t i = 0; i < count; ++i) {
      columns.code(Column::kind, 7);
      columns.code(Column::spent_reason, i == 0 ? 0 : 1);
      if (i == 0) fresh(columns, long_text);
    }
    const auto content = content_of(columns);
    CHECK(content.size() < 64'000);
    return wire::unpack_rows(content, empty_batch(), count);
  };
  CHECK(unpacked(250));
  const auto back = unpacked(300);
  REQUIRE_FALSE(back);
  CHECK(back.error().code == base::Code::too_large);
}

TEST_CASE("dictionaries of a batch are bounded") {
  wire::PlaneWriter columns;  // nothing but fresh empty texts: 20,000 lines a sale
  for (int i = 0; i < 40; ++i) {
    columns.code(Column::kind, 3);
    columns.code(Column::sale_till, i == 0 ? 0 : 1);
    columns.code(Column::sale_transaction, 1);
    columns.code(Column::sale_currency, i == 0 ? 0 : 1);
    columns.code(Column::line_count, wire::zigzag(8'000));
  }
  columns.code(Column::text_size, 0);
  columns.code(Column::text_size, 0);
  columns.code(Column::text_size, 3);
  for (int i = 0; i < 2'000'000; ++i) columns.code(Column::text_size, 0);
  columns.bytes(Column::text, base::view_of("CNY"));
  const auto back = wire::unpack_rows(content_of(columns), empty_batch(), 40);
  REQUIRE_FALSE(back);
  CHECK(back.error().code == base::Code::bad_input);
}

TEST_CASE("a directory that lies about its columns is refused") {
  auto content = packed(small_batch());
  CHECK(wire::unpack_rows(content, small_batch(), 61));
  content.push_back(0);
  CHECK(wire::unpack_rows(content, small_batch(), 61).error().code == base::Code::bad_input);
  content.pop_back();
  content.pop_back();
  CHECK(wire::unpack_rows(content, small_batch(), 61).error().code == base::Code::bad_input);
  for (const std::string_view text : {"", "{}", "<html>", "\x7a\x00"}) {
    CAPTURE(text);
    CHECK(wire::unpack_rows(base::view_of(text), small_batch(), 61).error().code == base::Code::bad_input);
  }
}

TEST_CASE("a batch in columns cut at any byte is refused by name") {
  const auto batch = small_batch();
  const auto bytes = wire::encode(batch);
  const auto content = packed(batch);
  // Cut right before it, the schema is the one of before there were any, and the rows are not of it.
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    const auto back = wire::decode_up_request(base::ByteView{bytes}.first(size));
    REQUIRE_FALSE(back);
    CHECK(is_named(back.error()));
  }
  for (std::size_t size = 0; size < content.size(); ++size) {
    CAPTURE(size);
    const auto back = wire::unpack_rows(base::ByteView{content}.first(size), batch, 61);
    REQUIRE_FALSE(back);
    CHECK(is_named(back.error()));
  }
}

TEST_CASE("no change of a batch in columns crashes its reader or passes a limit") {
  const auto batch = small_batch();
  const auto whole = packed(batch);
  const auto frame = wire::encode(batch);
  base::SeededRng rng{2026};
  std::size_t read = 0;
  for (int i = 0; i < 6'000; ++i) {
    auto bytes = i % 3 == 0 ? frame : whole;
    for (auto changes = 1 + rng.below(4); changes > 0; --changes) {
      const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(rng.below(bytes.size()));
      switch (rng.below(4)) {
        case 0:
          *at ^= static_cast<std::uint8_t>(1U << rng.below(8));
          break;
        case 1:
          *at = static_cast<std::uint8_t>(rng.below(256));
          break;
        case 2:
          bytes.insert(at, static_cast<std::uint8_t>(rng.below(256)));
          break;
        default:
          bytes.erase(at);
      }
    }
    std::vector<wire::Row> rows;
    if (i % 3 == 0) {
      const auto back = wire::decode_up_request(bytes);
      if (!back) {
        CHECK(is_named(back.error()));
        continue;
      }
      rows = back->rows;
    } else {
      const auto back = wire::unpack_rows(bytes, batch, 61);
      if (!back) {
        CHECK(is_named(back.error()));
        continue;
      }
      rows = back->rows;
    }
    ++read;
    std::size_t size = 0;
    for (const auto& row : rows) {
      size += row.canonical.size() + row.payload_salt.size() + row.payload.size();
      CHECK(row.canonical.size() <= wire::canonical_bytes_max);
    }
    CHECK(size <= wire::up_body_bytes_max);
  }
  CHECK(read > 100);  // a changed amount is an amount: chain and signature tell, not the layout
}
