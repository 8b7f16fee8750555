// SPDX-License-Identifier: Apache-2.0
// Shop: the menu and the stores of the demo chain (assets/chain), which no shipped program reads: a till has its own.
// Values, strictly parsed, so that a misspelt price is no price. Pure; no clock, no I/O.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/result.h"
#include "sync/model/document.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace millpond::chain {

struct Choice {
  std::string id;
  model::LocalizedText name;
  std::int64_t add_minor{};
  std::int64_t weight{};  // how often it is chosen, beside the others
};
struct Option {
  std::string id;
  model::LocalizedText name;
  std::vector<Choice> choices;  // one is taken; at least one
};

struct Item {
  std::string sku;
  model::LocalizedText name;
  std::size_t category{};  // of Menu::categories
  std::int64_t price_minor{};
  std::int64_t popularity{};
  std::vector<std::size_t> options;  // of Menu::options
  std::array<bool, 13> in_month{};   // 1 .. 12
};

struct Menu {
  struct Category {
    std::string id;
    model::LocalizedText name;
  };
  std::vector<Category> categories;
  std::vector<Option> options;
  std::vector<Item> items;
};

enum class StoreKind : std::uint8_t { street, mall, office, station, campus };
inline constexpr std::size_t store_kinds = 5;

struct OpenHours {
  std::int32_t from_min{};
  std::int32_t to_min{};  // later on the same day
};

struct Store {
  base::StoreId id;
  model::LocalizedText name;
  std::size_t city{};  // of Stores::cities
  StoreKind kind{};
  OpenHours weekdays;
  OpenHours weekends;
  std::int64_t weight{};  // how busy, beside the others
  std::int32_t terminals{};
  base::LocalDate opened;
};

struct Holiday {
  base::LocalDate from;
  base::LocalDate through;
  std::int64_t per_mille{};  // of a usual day
};

struct Stores {
  model::LocalizedText name;
  std::int32_t utc_offset_min{};
  std::vector<model::LocalizedText> cities;
  std::vector<Store> stores;  // numbers ascend
  std::vector<Holiday> holidays;
};

// Error: programme_invalid with "POINTER: what is wrong"; also for a category, option or city that is not there.
[[nodiscard]] base::Result<Menu> parse_menu(base::ByteView json);
[[nodiscard]] base::Result<Stores> parse_stores(base::ByteView json);

}  // namespace millpond::chain
