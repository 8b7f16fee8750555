// SPDX-License-Identifier: Apache-2.0
// A till that prints and calls nobody: its sale counts once, whichever way it is heard of first.
#include "sync/base/file.h"
#include "tests/support/till_line.h"
#include "tests/unit/service/counter.h"

using namespace millpond;
using nlohmann::json;
using tests::Before;
using tests::Counter;

namespace {

constexpr const char* receipt_template =
    R"({"version": 1, "name": "mart", "currency": "CNY", "signature": ["BEST MINI MART"],
"receipt": ["No {receipt} {date}"], "date": ["No {receipt} {date}"], "total": ["TOTAL {amount}"],
"tenders": [{"type": "cash", "line": "CASH {amount}"}], "change": ["CHANGE {amount}"]})";

struct Printing {
  tests::PrinterDoor printer;
  tests::TempDir templates;
  std::unique_ptr<Counter> counter;
  std::string day;

  explicit Printing(const std::function<void(service::Settings&)>& set = {}) {
    REQUIRE(base::write_file(templates / "mart.json", base::view_of(std::string_view{receipt_template})));
    counter = std::make_unique<Counter>(Before::nobody, [this, &set](service::Settings& settings) {
      settings.capture_listen = "127.0.0.1:0";
      settings.capture_printer = "127.0.0.1:" + std::to_string(printer.port());
      settings.capture_templates = templates.path().string();
      settings.capture_code_page = "cp437";
      settings.capture_wait_ms = 20;
      if (set) set(settings);
    });
    const auto programme = counter->service->shop()->programme();
    const auto now_ms = tests::noon_ms;
    day = base::format_date(base::local_date_at(now_ms, programme ? model::offset_at(*programme, now_ms) : 0));
  }
  [[nodiscard]] std::string receipt(const std::string& number, const std::string& total) const {
    return "BEST MINI MART\nNo " + number + "  " + day + "\nTOTAL   " + total + "\nCASH    " + total + "\n\x1Bm";
  }
  // Through the line, to the printer; returns when it was read.
  void print(const std::string& text) {
    const auto before = read();
    const auto till = tests::TillLine::to(counter->service->capture()->port());
    const auto paper = printer.accept();
    till.send(base::view_of(text));
    till.end();
    CHECK(base::text_of(paper.hear(text.size()).bytes) == text);
    for (int i = 0; i < 400 && read() == before; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{20});
    CHECK(read() == before + 1);
  }
  [[nodiscard]] json status() const { return counter->ask("capture", {{"do", "status"}}); }
  [[nodiscard]] std::int64_t read() const {
    const auto now = status();
    return now.at("sales").get<std::int64_t>() + now.at("known").get<std::int64_t>() +
           now.at("no_sales").get<std::int64_t>() + now.at("kept").get<std::int64_t>();
  }
  [[nodiscard]] std::uint32_t store() const {
    return counter->service->shop()->terminal().identity().certificate.store.value;
  }
  [[nodiscard]] json sale(const std::string& number, std::int64_t total_minor) const {
    return {{"store", store()},
            {"till", "till-1"},
            {"business_date", day},
            {"transaction", number},
            {"state", "paid"},
            {"completed_at", day + "T04:00:00Z"},
            {"currency", "CNY"},
            {"total_minor", total_minor},
            {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", total_minor}}}},
            {"tenders", {{{"type", "cash"}, {"amount_minor", total_minor}}}}};
  }
  demo::TillAnswer post(const std::string& number, std::int64_t total_minor) const {
    return counter->till->post("/v1/sales", sale(number, total_minor).dump());
  }
  [[nodiscard]] demo::TillAnswer find(const std::string& number) const {
    return counter->till->get("/v1/sales/" + std::to_string(store()) + "/till-1/" + day + "/" + number);
  }
  [[nodiscard]] long facts(const std::string& kind) const {
    const auto entries = counter->ask("journal", {{"queued_only", true}}).at("entries");
    return std::ranges::count_if(entries, [&](const json& entry) { return entry.at("kind") == kind; });
  }
};

}  // namespace

TEST_CASE("A printed sale is recorded, and the same sale posted by the till is that sale") {
  Printing shop;
  shop.print(shop.receipt("0042", "12.50"));
  CHECK(shop.status().at("sales") == 1);
  const auto found = shop.find("0042");
  CHECK(found.status == 200);
  CHECK(found.body.at("total_minor") == 1250);
  CHECK(found.body.at("heard") == "capture");

  const auto posted = shop.post("0042", 1250);
  CHECK(posted.status == 200);
  CHECK(posted.body == found.body);
  CHECK(shop.facts("sale_disputed") == 0);
  CHECK(shop.post("0042", 1260).status == 409);
  CHECK(shop.facts("sale_disputed") == 1);

  shop.print(shop.receipt("0042", "12.50"));
  CHECK(shop.status().at("known") == 1);
  CHECK(shop.facts("sale_recorded") == 1);
}

TEST_CASE("A sale that the till posted before its receipt came counts once, and another amount waits for a person") {
  Printing shop;
  CHECK(shop.post("0043", 900).status == 200);
  shop.print(shop.receipt("0043", "9.00"));
  CHECK(shop.status().at("known") == 1);
  shop.print(shop.receipt("0043", "9.50"));
  CHECK(shop.facts("sale_recorded") == 1);
  CHECK(shop.facts("sale_disputed") == 0);
  const auto kept = shop.counter->ask("capture", {{"do", "list"}}).at("kept");
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].at("reason") == "amount_changed");
  const auto id = kept[0].at("id").get<std::string>();
  CHECK(shop.counter->ask("capture", {{"do", "show"}, {"id", id}}).at("raw") ==
        base::to_hex(base::view_of(shop.receipt("0043", "9.50"))));
  CHECK(shop.counter->ask("capture", {{"do", "again"}, {"id", id}}).at("verdict") == "review");
  CHECK(shop.counter->ask("capture", {{"do", "drop"}, {"id", id}}).at("dropped") == id);
  CHECK(shop.status().at("waiting") == 0);
  CHECK(shop.counter->ask("capture", {{"do", "drop"}, {"id", id}}).at("error") == "not_found");
}

TEST_CASE("A receipt that no template reads is printed and kept, and read when a template is there") {
  Printing shop;
  std::filesystem::remove(shop.templates / "mart.json");
  CHECK(shop.counter->ask("capture", {{"do", "reload"}}).at("templates") == 0);
  shop.print(shop.receipt("0044", "3.00"));
  CHECK(shop.facts("sale_recorded") == 0);
  const auto id = shop.counter->ask("capture", {{"do", "list"}}).at("kept").at(0).at("id").get<std::string>();
  REQUIRE(base::write_file(shop.templates / "mart.json", base::view_of(std::string_view{receipt_template})));
  REQUIRE(base::write_file(shop.templates / "wrong.json", base::view_of("{")));
  CHECK(shop.counter->ask("capture", {{"do", "reload"}}).at("error") == "bad_input");
  std::filesystem::remove(shop.templates / "wrong.json");
  CHECK(shop.counter->ask("capture", {{"do", "reload"}}).at("templates") == 1);
  CHECK(shop.counter->ask("capture", {{"do", "again"}, {"id", id}}).at("verdict") == "sale");
  CHECK(shop.facts("sale_recorded") == 1);
  CHECK(shop.status().at("waiting") == 0);
}

TEST_CASE("A kept receipt that somebody has read is recorded once, under its key, and leaves the shelf") {
  Printing shop;
  std::filesystem::remove(shop.templates / "mart.json");
  CHECK(shop.counter->ask("capture", {{"do", "reload"}}).at("templates") == 0);
  for (const auto* const number : {"0046", "0047", "0048"}) shop.print(shop.receipt(number, "3.00"));
  std::vector<std::string> ids;
  const auto listed = shop.counter->ask("capture", {{"do", "list"}});
  for (const auto& row : listed.at("kept")) ids.push_back(row.at("id"));
  REQUIRE(ids.size() == 3);
  const auto record = [&](std::size_t at, const json& typed) {
    json params{{"do", "record"}, {"id", ids.at(at)}, {"receipt", "0046"}, {"total_minor", 300}};
    params.update(typed);
    return shop.counter->ask("capture", params);
  };
  for (const auto& typed : {json{{"receipt", ""}}, json{{"total_minor", 0}}, json{{"total_minor", "3"}},
                            json{{"date", "21.11."}}, json{{"receipt", std::string(65, '1')}}}) {
    CAPTURE(typed.dump());
    CHECK(record(0, typed).at("error") == "bad_input");
  }
  CHECK(shop.facts("sale_recorded") == 0);
  CHECK(record(0, json::object()).at("once") == "recorded");
  CHECK(record(0, json::object()).at("error") == "not_found");
  CHECK(shop.find("0046").body.at("total_minor") == 300);
  CHECK(shop.find("0046").body.at("heard") == "capture");

  CHECK(shop.post("0047", 300).status == 200);  // the till found its tongue
  CHECK(record(1, {{"receipt", "0047"}}).at("once") == "known");
  CHECK(shop.post("0048", 310).status == 200);
  CHECK(record(2, {{"receipt", "0048"}}).at("error") == "sale_changed");
  CHECK(shop.status().at("waiting") == 1);
  CHECK(shop.facts("sale_recorded") == 3);
}

TEST_CASE("A till that posts what its receipt told before hears which of it was not booked") {
  Printing shop;
  shop.print(shop.receipt("0045", "12.50"));
  auto sale = shop.sale("0045", 1250);
  sale["member_code"] = shop.counter->service->shop()->terminal().member_code(base::MemberId{88});
  sale["redemptions"] = {"K1:NO CODE", "K1:NONE EITHER"};
  sale["basket"] = "B-1";
  sale["tenders"] = {{{"type", "cash"}, {"amount_minor", 1'000}},
                     {{"type", "points"}, {"amount_minor", 250}, {"points", 25}}};
  const auto posted = shop.counter->till->post("/v1/sales", sale.dump());
  CHECK(posted.status == 200);
  CHECK(posted.body.at("heard") == "capture");
  CHECK(posted.body.at("member_problem") == "sale_duplicate");
  CHECK(posted.body.at("basket_problem") == "sale_duplicate");
  CHECK(posted.body.at("points_refused").at("code") == "sale_duplicate");
  REQUIRE(posted.body.at("refused").size() == 2);
  CHECK(posted.body.at("refused").at(1).at("index") == 1);
  CHECK(posted.body.at("refused").at(1).at("code") == "sale_duplicate");
  CHECK(shop.counter->till->post("/v1/sales", sale.dump()).body == posted.body);
  CHECK(shop.facts("sale_recorded") == 1);
  CHECK(shop.facts("sale_disputed") == 0);
}

TEST_CASE("A till that posts what its receipt told before for the same member hears of no problem") {
  Printing shop;
  const auto code = shop.counter->service->shop()->terminal().member_code(base::MemberId{88});
  REQUIRE(shop.counter->screen->send(link::Code{code}));
  shop.counter->wait_for("card");
  shop.print(shop.receipt("0046", "12.50"));
  auto sale = shop.sale("0046", 1250);
  sale["member_code"] = code;
  const auto posted = shop.counter->till->post("/v1/sales", sale.dump());
  CHECK(posted.body.at("points_earned") == 12);
  CHECK_FALSE(posted.body.contains("member_problem"));
}

TEST_CASE("A receipt waits for the word of a till that has spoken for itself, and its sale keeps member and coupons") {
  Printing shop{[](service::Settings& settings) { settings.capture_wait_ms = 60'000; }};
  shop.print(shop.receipt("0047", "12.50"));  // nobody has heard of that till
  CHECK(shop.status().at("sales") == 1);
  CHECK(shop.post("0048", 900).status == 200);
  const auto till = tests::TillLine::to(shop.counter->service->capture()->port());
  const auto paper = shop.printer.accept();
  const auto receipt = shop.receipt("0049", "12.50");
  till.send(base::view_of(receipt));
  till.end();
  CHECK(base::text_of(paper.hear(receipt.size()).bytes) == receipt);
  for (int i = 0; i < 400 && shop.status().at("waiting_for_till") == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  CHECK(shop.status().at("waiting_for_till") == 1);
  auto sale = shop.sale("0049", 1250);
  sale["member_code"] = shop.counter->service->shop()->terminal().member_code(base::MemberId{88});
  const auto posted = shop.counter->till->post("/v1/sales", sale.dump());
  CHECK(posted.body.at("points_earned") == 12);
  CHECK_FALSE(posted.body.contains("heard"));
  CHECK(shop.facts("sale_recorded") == 3);
}

TEST_CASE("Imported sales count once with what came live, and a dry run records nothing") {
  Printing shop;
  CHECK(shop.post("0050", 900).status == 200);
  auto wrong = shop.sale("0053", 900);
  wrong["total_minor"] = 901;
  const auto import_all = [&](bool dry) {
    const json sales = json::array({shop.sale("0050", 900), shop.sale("0051", 700), shop.sale("0050", 950), wrong});
    std::string words;
    const auto answer = shop.counter->ask("import", {{"dry", dry}, {"sales", sales}});
    for (const auto& result : answer.at("results")) words += result.at("once").get<std::string>() + " ";
    return words;
  };
  CHECK(import_all(true) == "known recorded changed refused ");
  CHECK(shop.facts("sale_recorded") == 1);
  CHECK(import_all(false) == "known recorded changed refused ");
  CHECK(import_all(false) == "known known changed refused ");
  CHECK(shop.facts("sale_recorded") == 2);
  CHECK(shop.facts("sale_disputed") == 0);
  const auto posted = shop.post("0051", 700);
  CHECK(posted.status == 200);
  CHECK(posted.body.at("heard") == "import");
  CHECK(shop.counter->ask("import", {{"sales", json::array()}}).at("error") == "bad_input");
}

TEST_CASE("Goods that come back in a file of the day's end come back once, also where the till had told of them") {
  Printing shop;
  CHECK(shop.post("0055", 900).status == 200);
  const auto refund = [&](const std::string& number, std::int64_t total_minor) {
    return json{{"store", shop.store()},
                {"till", "till-1"},
                {"business_date", shop.day},
                {"transaction", number},
                {"of", {{"till", "till-1"}, {"business_date", shop.day}, {"transaction", "0055"}}},
                {"completed_at", shop.day + "T04:00:00Z"},
                {"currency", "CNY"},
                {"total_minor", total_minor}};
  };
  CHECK(shop.counter->till->post("/v1/refunds", refund("R-1", 200).dump()).status == 200);
  const auto import_all = [&](bool dry) {
    std::string words;
    auto rows = json::array();
    for (const auto& each :
         {refund("R-1", 200), refund("R-2", 300), refund("R-1", 250), refund("0055", 900), refund("R-3", 0)}) {
      rows.push_back({{"refund", each}});
    }
    const auto answer = shop.counter->ask("import", {{"dry", dry}, {"sales", rows}});
    for (const auto& result : answer.at("results")) words += result.at("once").get<std::string>() + " ";
    return words;
  };
  CHECK(import_all(true) == "known recorded changed changed refused ");
  CHECK(shop.facts("sale_refunded") == 1);
  CHECK(import_all(false) == "known recorded changed changed refused ");
  CHECK(import_all(false) == "known known changed changed refused ");
  CHECK(shop.facts("sale_refunded") == 2);
}

TEST_CASE("Goods of a printed sale come back by hand, once, and never more than was sold") {
  Printing shop;
  const auto code = shop.counter->service->shop()->terminal().member_code(base::MemberId{88});
  REQUIRE(shop.counter->screen->send(link::Code{code}));
  shop.counter->wait_for("card");
  shop.print(shop.receipt("0060", "12.50"));
  const json of{{"till", "till-1"}, {"date", shop.day}, {"number", "0060"}};
  const auto refund = [&](const json& more) {
    json params{{"of", of}, {"number", "R-0060"}};
    params.update(more);
    return shop.counter->ask("refund", params);
  };
  CHECK(refund({{"total_minor", 1251}}).at("error") == "bad_input");
  CHECK(refund({{"total_minor", 0}}).at("error") == "bad_input");
  CHECK(refund({{"total_minor", "250"}}).at("error") == "bad_input");
  CHECK(refund({{"total_minor", 250}, {"whole", true}}).at("error") == "bad_input");
  CHECK(refund(json::object()).at("error") == "bad_input");
  CHECK(refund({{"total_minor", 250}, {"number", ""}}).at("error") == "bad_input");
  CHECK(shop.counter->ask("refund", {{"number", "R-1"}, {"whole", true}}).at("error") == "bad_input");
  const json mistyped{{"till", "till-1"}, {"date", shop.day}, {"number", "0061"}};
  CHECK(refund({{"whole", true}, {"of", mistyped}}).at("error") == "not_found");
  CHECK(shop.facts("sale_refunded") == 0);

  const auto part = refund({{"total_minor", 250}});
  CHECK(part.at("sale_known") == true);
  CHECK(part.at("total_minor") == 250);
  CHECK(part.at("points_taken") == 2);
  CHECK(refund({{"total_minor", 250}}) == part);
  CHECK(refund({{"total_minor", 300}}).at("error") == "sale_changed");
  CHECK(refund({{"total_minor", 250}, {"number", "0060"}}).at("error") == "sale_changed");  // the sale's own
  const auto rest = refund({{"whole", true}, {"number", "R-0060-2"}, {"till", "till-2"}});
  CHECK(rest.at("total_minor") == 1000);
  CHECK(rest.at("points_taken") == 10);
  const auto foreign = refund({{"whole", true}, {"of", mistyped}, {"number", "R-0061"}, {"elsewhere", true}});
  CHECK(foreign.at("sale_known") == false);
  CHECK(shop.facts("sale_refunded") == 3);
}

TEST_CASE("Without settings nothing is captured, and a question about it says so") {
  Counter counter{Before::nobody};
  CHECK(counter.service->capture() == nullptr);
  CHECK(counter.ask("capture", {{"do", "status"}}).at("error") == "not_found");
}
