// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/day_sales.h"
#include "hardware/capture/tokens.h"
#include "hardware/till/strict_json.h"

#include <algorithm>
#include <array>
#include <map>

namespace millpond::capture {
namespace {

using base::Code;
using base::Error;
using base::Result;
using till::StrictObject;

constexpr std::size_t column_name_max = 64;
constexpr std::size_t cell_bytes_max = 1'024;
constexpr std::size_t cells_max = 256;
constexpr std::int64_t day_min = 24 * 60;
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t noon_min = 12 * 60;

void read_tenders(StrictObject& object, Columns& columns) {
  object.objects("tenders", 0, 64, [&](StrictObject& row) {
    const auto text = row.text("text", 1, column_name_max);
    const auto type = row.text("type", 1, 16);
    const auto* const found = std::find_if(ports::till_tender_names.begin(), ports::till_tender_names.end(),
                                           [&](const auto& each) { return type == each.first; });
    if (found == ports::till_tender_names.end()) return row.misfit("type", "is no tender type");
    columns.tenders.emplace_back(text, found->second);
  });
}

void read_notation(StrictObject& object, Columns& columns) {
  const auto currency = base::parse_currency(object.text("currency", 3, 3));
  if (!currency) object.misfit("currency", "is not known");
  columns.currency = currency.value_or(base::Currency{});
  if (currency) columns.notation.exponent = base::exponent(*currency);
  columns.notation.short_fractions = true;  // spreadsheets write 5 for 5.00
  const auto numbers = object.optional_text("numbers", 16);
  if (!numbers.empty() && numbers != "1,234.56" && numbers != "1.234,56")
    object.misfit("numbers", "is no way to write them");
  columns.notation.point = numbers == "1.234,56" ? ',' : '.';
  const auto dates = object.optional_text("dates", 3);
  if (!dates.empty() && dates != "ymd" && dates != "dmy" && dates != "mdy")
    object.misfit("dates", "must be ymd, dmy or mdy");
  columns.notation.order = dates == "dmy" ? DateOrder::dmy : dates == "mdy" ? DateOrder::mdy : DateOrder::ymd;
}

// Cells of one row; false at the end. A quoted cell may hold delimiters, quotes twice, and lines.
class Rows {
 public:
  Rows(std::string_view text, char delimiter) : text_{text}, delimiter_{delimiter} {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  bool next(std::vector<std::string>& cells) {
    cells.clear();
    if (at_ >= text_.size()) return false;
    row_line_ = line_;
    std::string cell;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (quoted) {
        if (c != '"') {
          add(cell, c);
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          add(cell, text_[++at_]);
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == delimiter_) {
        keep(cells, cell);
      } else if (c == '\n') {
        ++at_;
        break;
      } else {
        add(cell, c);
      }
    }
    open_quote_ = quoted;
    if (cell.ends_with('\r')) cell.pop_back();
    keep(cells, cell);
    return true;
  }
  [[nodiscard]] std::size_t line() const { return row_line_; }
  [[nodiscard]] bool has_open_quote() const { return open_quote_; }

 private:
  static void add(std::string& cell, char c) {
    if (cell.size() < cell_bytes_max) cell += c;
  }
  static void keep(std::vector<std::string>& cells, std::string& cell) {
    if (cells.size() < cells_max) cells.push_back(folded(cell));
    cell.clear();
  }

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
  bool open_quote_ = false;
};

class CsvReader {
 public:
  CsvReader(const Columns& columns, const DayContext& context) : columns_{columns}, context_{context} {}

  Result<> head(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) places_.emplace(cells[i], i);
    for (const auto* const name : {&columns_.receipt_column, &columns_.date_column, &columns_.total_column,
                                   &columns_.time_column, &columns_.till_column, &columns_.tender_column,
                                   &columns_.member_column, &columns_.reference_column, &columns_.status_column}) {
      if (!name->empty() && !places_.contains(folded(*name))) {
        return Error{Code::bad_input, "read sales", "the file has no column " + *name,
                     "give its \"encoding\" when it is not UTF-8"};
      }
    }
    return {};
  }

  DaySale row(const std::vector<std::string>& cells, std::size_t line) const {
    DaySale row{line, {}, {}};
    auto& sale = row.sale;
    sale.currency = columns_.currency;
    sale.key.store = context_.store;
    sale.key.transaction = cell(cells, columns_.receipt_column);
    sale.key.till = columns_.till_column.empty() ? columns_.till : cell(cells, columns_.till_column);
    if (const auto known = context_.tills.find(sale.key.till); known != context_.tills.end()) {
      sale.key.till = known->second;
    }
    const auto day = cell(cells, columns_.date_column);
    const auto date = date_at(day, 0, columns_.notation.order);
    const auto total = parse_amount(cell(cells, columns_.total_column), columns_.notation);
    if (sale.key.transaction.empty() || sale.key.transaction.size() > 64) row.problem = "no receipt number";
    if (sale.key.till.empty() || sale.key.till.size() > 32) row.problem = "no till";
    if (!date) row.problem = "no day";
    if (!total) row.problem = "no total";
    if (!is_paid(cells)) row.problem = "not paid";
    if (!row.problem.empty()) return row;
    sale.key.business_date = date->value;
    sale.total_minor = sale.eligible_minor = *total;
    if (*total <= 0) row.problem = *total < 0 ? "refund" : "a total of nought";
    const auto hour = time_of(cells, day, date->end);
    const auto at_min = std::int64_t{date->value.days} * day_min + hour.value_or(noon_min) - context_.utc_offset_min;
    sale.completed_at_ms = at_min * minute_ms;
    sale.member_code = cell(cells, columns_.member_column);
    sale.lines.push_back({"1", {}, "1", {}, {}, {}, *total, 0});
    ports::TillTender tender{tender_of(cell(cells, columns_.tender_column)), *total, 0, {}, {}, 0};
    tender.provider_transaction = cell(cells, columns_.reference_column);
    if (tender.provider_transaction.size() > 64) row.problem = "a payment's number that is too long";
    sale.tenders.push_back(std::move(tender));
    return row;
  }

 private:
  [[nodiscard]] std::string cell(const std::vector<std::string>& cells, const std::string& column) const {
    const auto place = places_.find(folded(column));
    return column.empty() || place == places_.end() || place->second >= cells.size() ? std::string{}
                                                                                     : cells[place->second];
  }
  [[nodiscard]] bool is_paid(const std::vector<std::string>& cells) const {
    if (columns_.status_column.empty()) return true;
    const auto status = cell(cells, columns_.status_column);
    return std::ranges::any_of(columns_.paid, [&](const std::string& word) { return folded(word) == status; });
  }
  // In its own column, or behind the day.
  [[nodiscard]] std::optional<std::int64_t> time_of(const std::vector<std::string>& cells, const std::string& day,
                                                    std::size_t from) const {
    const auto text = columns_.time_column.empty() ? day : cell(cells, columns_.time_column);
    auto at = columns_.time_column.empty() ? from : 0;
    while (at < text.size() && (text[at] == ' ' || text[at] == 'T')) ++at;
    const auto time = time_at(text, at);
    return time ? std::optional<std::int64_t>{time->value} : std::nullopt;
  }
  [[nodiscard]] ports::TillTenderType tender_of(const std::string& text) const {
    for (const auto& [known, type] : columns_.tenders) {
      if (folded(known) == text) return type;
    }
    return ports::TillTenderType::other;
  }

  const Columns& columns_;
  const DayContext& context_;
  std::map<std::string, std::size_t> places_;
};

}  // namespace

std::optional<std::map<std::string, std::string>> parse_tills(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> tills;
  for (const auto& pair : pairs) {
    const auto at = pair.rfind('=');
    if (at == std::string::npos || at == 0 || at + 1 == pair.size()) return std::nullopt;
    if (!tills.emplace(pair.substr(0, at), pair.substr(at + 1)).second) return std::nullopt;
  }
  return tills;
}

Result<Columns> parse_columns(base::ByteView json) {
  Columns columns;
  till::StrictDocument document{json};
  const auto misfit = document.read([&](StrictObject& object) {
    static_cast<void>(object.number("version", 1, 1));
    const auto delimiter = object.optional_text("delimiter", 3);
    if (!delimiter.empty() && delimiter != "," && delimiter != ";" && delimiter != "tab")
      object.misfit("delimiter", R"(must be ",", ";" or "tab")");
    columns.delimiter = delimiter == "tab" ? '\t' : delimiter == ";" ? ';' : ',';
    if (const auto name = object.optional_text("encoding", 16); !name.empty() && name != "utf-8") {
      columns.encoding = parse_code_page(name).value_or(CodePage::unknown);
      if (columns.encoding == CodePage::unknown) object.misfit("encoding", "is not known");
    }
    read_notation(object, columns);
    columns.till = object.optional_text("till", 32);
    object.optional_object("columns", [&](StrictObject& names) {
      columns.receipt_column = names.text("receipt", 1, column_name_max);
      columns.date_column = names.text("date", 1, column_name_max);
      columns.total_column = names.text("total", 1, column_name_max);
      columns.time_column = names.optional_text("time", column_name_max);
      columns.till_column = names.optional_text("till", column_name_max);
      columns.tender_column = names.optional_text("tender", column_name_max);
      columns.member_column = names.optional_text("member", column_name_max);
      columns.reference_column = names.optional_text("reference", column_name_max);
      columns.status_column = names.optional_text("status", column_name_max);
    });
    columns.paid = object.optional_texts("paid", 64, column_name_max);
    if (columns.paid.empty() == !columns.status_column.empty()) {
      object.misfit("paid", "goes with a column for the status, and that column with it");
    }
    if (columns.receipt_column.empty()) object.misfit("columns", "is missing");
    if (columns.till.empty() && columns.till_column.empty()) object.misfit("till", "is missing, and no column has it");
    read_tenders(object, columns);
  });
  if (!misfit) return columns;
  return Error{Code::bad_input, "read columns", misfit->pointer + ": " + misfit->what, misfit->pointer};
}

Result<std::vector<DaySale>> read_csv(base::ByteView file, const Columns& columns, const DayContext& context) {
  if (file.size() > day_file_bytes_max) return Error{Code::too_large, "read sales", "more than 64 MiB"};
  std::string decoded;
  if (columns.encoding != CodePage::unknown) {
    Decoder decoder;
    if (const auto unread = decoder.decode(columns.encoding, file, decoded); unread > 0) {
      return Error{Code::bad_input, "read sales", std::to_string(unread) + " bytes are not of the file's encoding"};
    }
    file = base::view_of(decoded);
  }
  Rows rows{base::text_of(file), columns.delimiter};
  std::vector<std::string> cells;
  if (!rows.next(cells)) return Error{Code::bad_input, "read sales", "the file has no header"};
  CsvReader reader{columns, context};
  MILLPOND_TRY_DO(reader.head(cells));
  std::vector<DaySale> sales;
  while (rows.next(cells)) {
    if (rows.has_open_quote()) {
      return Error{Code::bad_input, "read sales",
                   "a quote of line " + std::to_string(rows.line()) + " is never closed"};
    }
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (sales.size() >= day_sales_max) return Error{Code::too_large, "read sales", "more than 200,000 rows"};
    sales.push_back(reader.row(cells, rows.line()));
  }
  return sales;
}

}  // namespace millpond::capture
