// SPDX-License-Identifier: Apache-2.0
// What comes over a printer's line, and what a technician writes about it.
#include "hardware/capture/day_sales.h"
#include "sync/base/check.h"
#include "tests/fuzz/target.h"
#include "tests/support/receipt_source.h"

#include <algorithm>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

const std::vector<capture::Template>& templates() {
  static const auto all = [] {
    std::vector<capture::Template> read;
    for (const auto& document : tests::source_templates()) read.push_back(capture::parse_template(document).value());
    return read;
  }();
  return all;
}

std::vector<Bytes> receipt_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& source : tests::source_receipts()) seeds.push_back(source.bytes);
  return seeds;
}

// Whatever is printed: bounds hold, the same bytes in pieces give the same lines, and a sale's parts agree.
Result<> run_receipt(ByteView input) {
  const auto whole = tests::read_bytes(input, {});
  MILLPOND_CHECK(whole.lines.size() <= capture::receipt_lines_max && whole.raw.size() <= capture::receipt_bytes_max);
  capture::EscposReader reader{{}};
  std::optional<capture::Receipt> first;
  const auto keep = [&](capture::Receipt receipt) {
    if (!first) first = std::move(receipt);
  };
  for (std::size_t at = 0; at < input.size(); at += 7)
    reader.feed(input.subspan(at, std::min<std::size_t>(7, input.size() - at)), keep);
  const auto rest = reader.finish();
  if (!first) first = rest.value_or(capture::Receipt{});
  MILLPOND_CHECK(first->lines == whole.lines);
  const auto reading = capture::read_sale(whole, templates(), tests::source_context());
  if (reading.verdict != capture::Verdict::sale) return {};
  std::int64_t lines = 0;
  for (const auto& line : reading.sale.lines) lines += line.net_minor;
  std::int64_t tenders = 0;
  for (const auto& tender : reading.sale.tenders) tenders += tender.amount_minor - tender.change_minor;
  MILLPOND_CHECK(lines == reading.sale.total_minor && tenders == reading.sale.total_minor);
  MILLPOND_CHECK(reading.sale.total_minor > 0 && !reading.sale.key.transaction.empty() &&
                 !reading.sale.key.till.empty());
  return {};
}

std::vector<Bytes> template_seeds() { return tests::source_templates(); }

Result<> run_template(ByteView input) {
  MILLPOND_TRY(const auto read, capture::parse_template(input));
  MILLPOND_CHECK(!read.signature.empty());
  static const auto sources = tests::source_receipts();
  for (std::size_t i = 0; i < sources.size(); i += 8) {
    static_cast<void>(capture::read_sale(tests::read_source(sources[i]), {read}, tests::source_context()));
  }
  return {};
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<Bytes> pattern_seeds() {
  return {bytes_of("合计:~{amount}\n合计：￥１２．００"),
          bytes_of("{name} x{quantity} {amount}\nTea x2 large x1   5.00"),
          bytes_of("Receipt: {receipt}\nReceipt: pB3x"), bytes_of("{date} {time}\n2026年11月21日 10:42"),
          bytes_of("*a*b*c {member}\nxxaxxbxxcxx K1:AB")};
}

// A pattern on the first line, what it is held against behind it.
Result<> run_pattern(ByteView input) {
  const auto text = base::text_of(input);
  const auto end = std::min(text.find('\n'), text.size());
  std::string why;
  const auto pattern = capture::Pattern::parse(text.substr(0, end), why);
  if (!pattern) {
    MILLPOND_CHECK(!why.empty());
    return base::Error{base::Code::bad_input, "read pattern", why};
  }
  const auto line = capture::folded(text.substr(std::min(end + 1, text.size())));
  for (const auto point : {'.', ','}) {
    const auto captured = pattern->match(line, {2, point, point == ',', capture::DateOrder::dmy});
    if (!captured) continue;
    MILLPOND_CHECK(!pattern->has(capture::Slot::amount) || captured->amount_minor.has_value());
    MILLPOND_CHECK(line.size() <= capture::matched_bytes_max);
  }
  return {};
}

constexpr std::string_view columns_seed =
    R"({"version": 1, "delimiter": ";", "currency": "CNY", "columns": {"receipt": "no", "date": "day",
"total": "sum", "till": "till", "tender": "paid", "member": "member", "reference": "ref"},
"tenders": [{"text": "x", "type": "cash"}]})";
const capture::DayContext day_context{base::StoreId{1}, 480, {}, {{"T1", "till-1"}}};

void check_day(const std::vector<capture::DaySale>& sales) {
  for (const auto& [line, sale, problem, refund] : sales) {
    if (refund) {
      MILLPOND_CHECK(problem.empty() && refund->total_minor > 0 && refund->currency && refund->lines.empty());
      MILLPOND_CHECK(!refund->of.till.empty() && !refund->of.transaction.empty() && refund->of.store == sale.key.store);
    }
    if (!problem.empty() || refund) continue;
    std::int64_t lines = 0;
    for (const auto& each : sale.lines) lines += each.net_minor;
    std::int64_t tenders = 0;
    for (const auto& tender : sale.tenders) tenders += tender.amount_minor - tender.change_minor;
    MILLPOND_CHECK(sale.total_minor > 0 && lines == sale.total_minor && tenders == sale.total_minor);
    MILLPOND_CHECK(!sale.key.till.empty() && !sale.key.transaction.empty());
  }
}

std::vector<Bytes> csv_seeds() {
  return {
      bytes_of("no;day;sum;till;paid;member;ref\n1;2026-11-21 10:42;\"1,238.5\";T1;x;K1:M;42\n"
               "2;26/11/21;5;T1;y;;\n")};
}

Result<> run_csv(ByteView input) {
  static const auto columns = capture::parse_columns(base::view_of(columns_seed)).value();
  MILLPOND_TRY(const auto sales, capture::read_csv(input, columns, day_context));
  check_day(sales);
  return {};
}

std::vector<Bytes> columns_seeds() { return {bytes_of(columns_seed)}; }

Result<> run_columns(ByteView input) {
  MILLPOND_TRY(const auto columns, capture::parse_columns(input));
  MILLPOND_CHECK(!columns.receipt_column.empty() && !(columns.till.empty() && columns.till_column.empty()));
  return {};
}

std::vector<Bytes> poslog_seeds() {
  return {bytes_of(R"(<POSLog><Transaction><RetailStoreID>1</RetailStoreID><WorkstationID>P2</WorkstationID>
<SequenceNumber>47</SequenceNumber><BusinessDayDate>2026-11-21</BusinessDayDate>
<EndDateTime>2026-11-21T08:15:00</EndDateTime>
<CurrencyCode>EUR</CurrencyCode><RetailTransaction TransactionStatus="Delivered"><LineItem><Sale><ItemID>6</ItemID>
<ExtendedAmount>7.00</ExtendedAmount><Quantity>2</Quantity></Sale></LineItem><LineItem><Tender TenderType="Cash">
<Amount>10.00</Amount><TenderChange><Amount>3.00</Amount></TenderChange></Tender></LineItem>
<Total TotalType="TransactionGrandAmount">7.00</Total></RetailTransaction></Transaction></POSLog>)"),
          bytes_of(R"(<POSLog><Transaction><RetailStoreID>1</RetailStoreID><WorkstationID>P2</WorkstationID>
<SequenceNumber>48</SequenceNumber><BusinessDayDate>2026-11-22</BusinessDayDate><CurrencyCode>EUR</CurrencyCode>
<RetailTransaction><LineItem><Return><ItemID>6</ItemID><ExtendedAmount>-7.00</ExtendedAmount><TransactionLink>
<WorkstationID>P2</WorkstationID><SequenceNumber>47</SequenceNumber><BusinessDayDate>2026-11-21</BusinessDayDate>
</TransactionLink></Return></LineItem><Total TotalType="TransactionGrandAmount">-7.00</Total></RetailTransaction>
</Transaction></POSLog>)")};
}

Result<> run_poslog(ByteView input) {
  MILLPOND_TRY(const auto sales, capture::read_poslog(input, day_context));
  check_day(sales);
  return {};
}

}  // namespace

std::vector<Target> capture_targets() {
  return {
      {"day_sales_csv", csv_seeds, run_csv},           {"day_sales_columns", columns_seeds, run_columns},
      {"day_sales_poslog", poslog_seeds, run_poslog},  {"printed_receipt", receipt_seeds, run_receipt},
      {"receipt_pattern", pattern_seeds, run_pattern}, {"receipt_template", template_seeds, run_template},
  };
}

}  // namespace millpond::fuzz
