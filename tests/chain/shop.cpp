// SPDX-License-Identifier: Apache-2.0
#include "tests/chain/shop.h"

#include <algorithm>
#include <functional>

namespace millpond::chain {
namespace {

using model::ObjectReader;

constexpr std::size_t document_bytes_max = 1U << 20;
constexpr std::size_t word_bytes_max = 64;
constexpr std::int64_t weight_max = 1'000'000;
constexpr std::int64_t price_minor_max = 10'000'000;

// The place of a word in a list whose elements have an `id`; reported when it is in none.
template <class List>
std::size_t place_in(ObjectReader& object, const char* key, const List& list, const std::string& id) {
  const auto found = std::ranges::find(list, id, [](const auto& each) { return each.id; });
  if (found == list.end()) object.report(key, "\"" + id + "\" is not there");
  return found == list.end() ? 0 : static_cast<std::size_t>(found - list.begin());
}

Option read_option(ObjectReader& object) {
  Option option{object.text("id", word_bytes_max), object.localized("name"), {}};
  object.each("choices", [&](ObjectReader& each) {
    option.choices.push_back({each.text("id", word_bytes_max), each.localized("name"),
                              each.integer_or("add_minor", 0, 0, price_minor_max),
                              each.integer("weight", 1, weight_max)});
  });
  if (option.choices.empty()) object.report("choices", "must have at least one");
  return option;
}

Item read_item(ObjectReader& object, const Menu& menu) {
  Item item;
  item.sku = object.text("sku", word_bytes_max);
  item.name = object.localized("name");
  item.category = place_in(object, "category", menu.categories, object.text("category", word_bytes_max));
  item.price_minor = object.integer("price_minor", 1, price_minor_max);
  item.popularity = object.integer("popularity", 1, weight_max);
  if (object.has("options")) {
    for (const auto& id : object.texts("options", word_bytes_max))
      item.options.push_back(place_in(object, "options", menu.options, id));
  }
  item.in_month.fill(!object.has("months"));
  if (object.has("months")) {
    for (const auto month : object.integers("months", 1, 12)) item.in_month.at(static_cast<std::size_t>(month)) = true;
  }
  if (std::ranges::find(menu.items, item.sku, &Item::sku) != menu.items.end()) object.report("sku", "is used twice");
  return item;
}

OpenHours read_hours(ObjectReader object) {
  const OpenHours hours{object.minute_of_day("from"), object.minute_of_day("to")};
  if (hours.to_min <= hours.from_min) object.report("to", "must be later than from");
  object.finish();
  return hours;
}

struct City {
  std::string id;
  model::LocalizedText name;
};

Store read_store(ObjectReader& object, const std::vector<City>& cities, const std::vector<Store>& before) {
  Store store;
  store.id.value = static_cast<std::uint32_t>(object.integer("store", 1, weight_max));
  store.name = object.localized("name");
  store.city = place_in(object, "city", cities, object.text("city", word_bytes_max));
  store.kind = static_cast<StoreKind>(object.choice("kind", {"street", "mall", "office", "station", "campus"}));
  store.weekdays = read_hours(object.object("weekdays"));
  store.weekends = read_hours(object.object("weekends"));
  store.weight = object.integer("weight", 1, weight_max);
  store.terminals = static_cast<std::int32_t>(object.integer("terminals", 1, 50));
  store.opened = object.date("opened");
  if (!before.empty() && store.id <= before.back().id) object.report("store", "must be above the one before");
  return store;
}

}  // namespace

base::Result<Menu> parse_menu(base::ByteView json) {
  model::Document document{json, document_bytes_max, "read menu"};
  auto root = document.root();
  Menu menu;
  root.integer("version", 1, weight_max);
  root.text("currency", 3);
  root.each("categories", [&](ObjectReader& object) {
    menu.categories.push_back({object.text("id", word_bytes_max), object.localized("name")});
  });
  root.each("options", [&](ObjectReader& object) { menu.options.push_back(read_option(object)); });
  root.each("items", [&](ObjectReader& object) { menu.items.push_back(read_item(object, menu)); });
  if (menu.items.empty()) root.report("items", "must have at least one");
  root.finish();
  if (auto problem = document.problem()) return *std::move(problem);
  return menu;
}

base::Result<Stores> parse_stores(base::ByteView json) {
  model::Document document{json, document_bytes_max, "read stores"};
  auto root = document.root();
  Stores stores;
  std::vector<City> cities;
  root.integer("version", 1, weight_max);
  stores.name = root.localized("name");
  stores.utc_offset_min = static_cast<std::int32_t>(root.integer("utc_offset_min", -840, 840));
  root.each("cities", [&](ObjectReader& object) {
    cities.push_back({object.text("id", word_bytes_max), object.localized("name")});
    stores.cities.push_back(cities.back().name);
  });
  root.each("stores",
            [&](ObjectReader& object) { stores.stores.push_back(read_store(object, cities, stores.stores)); });
  if (stores.stores.empty()) root.report("stores", "must have at least one");
  root.each("holidays", [&](ObjectReader& object) {
    const Holiday holiday{object.date("from"), object.date("through"), object.integer("per_mille", 1, 10'000)};
    static_cast<void>(object.localized("name"));
    if (holiday.through < holiday.from) object.report("through", "must not be before from");
    stores.holidays.push_back(holiday);
  });
  root.finish();
  if (auto problem = document.problem()) return *std::move(problem);
  return stores;
}

}  // namespace millpond::chain
