// SPDX-License-Identifier: Apache-2.0
// The columns of a sale, for writer and reader alike, with the promise that each value is held against. The order
// matters: a promise may use what was listed before. Part of schema_columns: never change. Inside `wire` only.
#pragma once

#include "sync/wire/column_values.h"

namespace millpond::wire {

template <class Io>
void columns_of_transaction(Io& io, std::string& last, std::string& transaction) {
  // 0: one after the last of this till; 1: written out; n: n after the last.
  std::uint64_t code = 1;
  if constexpr (Io::writing) {
    const auto step = step_between(last, transaction);
    if (step) code = *step == 1 ? 0 : *step;
  }
  code = io.code(Column::sale_transaction, code);
  if (code == 1) {
    fresh_text(io, transaction);
  } else if constexpr (!Io::writing) {
    auto next = number_after(last, code == 0 ? 1 : code);
    if (!next) return io.fail();
    transaction = std::move(*next);
  }
  io.spend(transaction.size());
  last = transaction;
}

template <class Io>
void columns_of_key(Io& io, ColumnState& state, base::LocalDate today, model::SaleKey& key) {
  promised(io, Column::sale_store, key.store, state.store);
  state.store = key.store.value;
  const auto till = place_of_text(io, Column::sale_till, state.tills, key.till);
  if (till == state.transactions.size()) state.transactions.emplace_back();
  promised(io, Column::sale_date, key.business_date, wide_of(today));
  columns_of_transaction(io, state.transactions[till], key.transaction);
}

template <class Io>
void columns_of_line_id(Io& io, ColumnState& state, std::size_t ordinal, std::string& id) {
  const auto number = std::to_string(ordinal);
  if constexpr (Io::writing) {
    if (id == number) {
      io.code(Column::line_id, 0);
    } else {
      place_of_text(io, Column::line_id, state.line_ids, id, 1);
    }
  } else {
    const auto code = io.code(Column::line_id);
    if (code == 0) {
      id = number;
      io.spend(id.size());
    } else {
      place_of_text(io, Column::line_id, state.line_ids, id, 1, code);
    }
  }
}

// The category that this sku had before, or a text.
template <class Io>
std::size_t columns_of_category(Io& io, ColumnState& state, const PriceSeen& seen, std::string& category) {
  const bool known = seen.category.has_value();
  if constexpr (Io::writing) {
    if (known && state.categories[*seen.category] == category) {
      io.code(Column::line_category, 0);
      return *seen.category;
    }
    return place_of_text(io, Column::line_category, state.categories, category, 1);
  } else {
    const auto code = io.code(Column::line_category);
    if (code > 0 || !known) return place_of_text(io, Column::line_category, state.categories, category, 1, code);
    category = state.categories[*seen.category];
    io.spend(category.size());
    return *seen.category;
  }
}

template <class Io>
void columns_of_later_line(Io& io, ColumnState& state, model::SaleLine& line) {
  if (!state.later) return;
  list_size(io, Column::line_modifier_count, line.modifiers);
  for (auto& modifier : line.modifiers) place_of_text(io, Column::line_modifier, state.modifiers, modifier);
  plain(io, Column::line_excluded, line.excluded);
}

template <class Io>
void columns_of_line(Io& io, ColumnState& state, std::size_t ordinal, model::SaleLine& line) {
  columns_of_line_id(io, state, ordinal, line.id);
  const auto sku = place_of_text(io, Column::line_sku, state.skus, line.sku);
  if (sku == state.prices.size()) state.prices.emplace_back();
  place_of_text(io, Column::line_quantity, state.quantities, line.quantity);
  auto& seen = state.prices[sku];
  seen.category = columns_of_category(io, state, seen, line.category);
  const auto quantity = whole_quantity(line.quantity);
  promised(io, Column::line_net, line.net_minor, seen.net_minor * quantity / seen.quantity);
  promised(io, Column::line_discount, line.discount_minor);
  columns_of_later_line(io, state, line);
  seen.net_minor = wide_of(line.net_minor);
  seen.quantity = quantity;
}

// A text that most sales do not have.
template <class Io>
void columns_of_reference(Io& io, Column column, Dictionary<std::string>& seen, std::string& text) {
  if constexpr (Io::writing) {
    if (text.empty()) {
      io.code(column, 0);
    } else {
      place_of_text(io, column, seen, text, 1);
    }
  } else {
    const auto code = io.code(column);
    if (code > 0) place_of_text(io, column, seen, text, 1, code);
  }
}

template <class Io>
void columns_of_tenders(Io& io, ColumnState& state, model::SaleRecorded& sale) {
  list_size(io, Column::tender_count, sale.tenders, state.tenders);
  state.tenders = sale.tenders.size();
  auto left = wide_of(sale.total_minor);
  for (auto& tender : sale.tenders) {
    plain(io, Column::tender_type, tender.type);
    promised(io, Column::tender_amount, tender.amount_minor, left);
    left -= wide_of(tender.amount_minor);
    columns_of_reference(io, Column::tender_merchant, state.merchants, tender.merchant);
    columns_of_reference(io, Column::tender_provider_transaction, state.payments, tender.provider_transaction);
  }
}

template <class Io>
void columns_of_currency(Io& io, ColumnState& state, base::Currency& currency) {
  std::string letters{currency.view()};
  place_of_text(io, Column::sale_currency, state.currencies, letters);
  if (letters.size() != currency.letters.size()) return io.fail();
  std::copy(letters.begin(), letters.end(), currency.letters.begin());
}

template <class Io>
void columns_of(Io& io, ColumnState& state, const model::Stamp& stamp, model::SaleRecorded& sale) {
  columns_of_key(io, state, stamp.local_date, sale.key);
  columns_of_currency(io, state, sale.currency);
  list_size(io, Column::line_count, sale.lines);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sale.lines.size(); ++i) {
    columns_of_line(io, state, i + 1, sale.lines[i]);
    sum += wide_of(sale.lines[i].net_minor);
  }
  promised(io, Column::sale_total, sale.total_minor, sum);
  promised(io, Column::sale_tax, sale.tax_minor, share_round(sale.total_minor, state.head.tax));
  promised(io, Column::sale_eligible, sale.eligible_minor, wide_of(sale.total_minor));
  columns_of_tenders(io, state, sale);
  sale.member.value = coded_member(io, Column::sale_member, state, sale.member.value);
  fixed(io, Column::sale_body_tag, sale.body_tag);
  plain(io, Column::sale_training, sale.training);
  if (state.later) columns_of_reference(io, Column::sale_operator, state.operators, sale.operator_id);
  state.sale = {wide_of(stamp.seq), sale.member.value, sale.key, promised_base(sale)};
}

}  // namespace millpond::wire
