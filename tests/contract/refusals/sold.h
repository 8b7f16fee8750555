// SPDX-License-Identifier: Apache-2.0
// A shop's till counter for the doors that tills knock at.
#pragma once

#include "hardware/till/sale_json.h"
#include "kiosk/service/till_counter.h"
#include "sync/crypto/hash.h"
#include "tests/contract/refusals/doors.h"
#include "tests/unit/terminal/shop.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

namespace millpond::tests {

// A terminal as the service composes it, with no line, screen or printer.
struct Sold {
  TempDir folder;
  Brand brand;
  ManualClock clock{noon_ms};
  std::unique_ptr<service::Shop> shop;
  service::Screens screens{clock, flow::Locale::en, [](const auto&, const auto&) {}, [](auto, const auto&) {}};
  std::unique_ptr<service::TillCounter> counter;
  nlohmann::json sale = {{"store", 11},
                         {"till", "till-1"},
                         {"business_date", "2026-11-21"},
                         {"transaction", "T-1"},
                         {"state", "paid"},
                         {"completed_at", "2026-11-21T12:00:00+08:00"},
                         {"currency", "CNY"},
                         {"total_minor", 4200},
                         {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 4200}}}},
                         {"tenders", {{{"type", "cash"}, {"amount_minor", 4200}}}}};

  Sold() {
    const auto key = terminal::load_or_make_key(folder.path());
    REQUIRE(key);
    REQUIRE(terminal::save_identity(folder.path(), "http://127.0.0.1:1", brand.provision(key->public_key(), 1)));
    service::Settings settings;
    settings.printer = service::PrinterKind::none;
    auto opened = service::Shop::open(folder.path(), settings, {programme()}, clock, {});
    REQUIRE(opened);
    shop = std::move(*opened);
    counter =
        std::make_unique<service::TillCounter>(*shop, screens, "en", [](const auto&, const auto&, const auto&) {});
  }
  [[nodiscard]] wire::DownRow programme() const {
    return row_of(wire::RowKind::programme, 1, wire::encode(brand.programme(programme_json(), 1)));
  }
  [[nodiscard]] Verdict post() { return post(sale.dump()); }
  [[nodiscard]] Verdict post(std::string_view body) {
    const auto parsed = till::parse_sale(base::view_of(body));
    if (!parsed) return parsed.error().code;
    last = counter->sale(*parsed, crypto::sha256(base::view_of(body)));
    if (last.status == 200) return std::nullopt;
    return base::code_from_name(nlohmann::json::parse(base::text_of(last.json)).value("code", "")).value();
  }

  ports::TillAnswer last;
};

}  // namespace millpond::tests
