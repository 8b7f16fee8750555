// SPDX-License-Identifier: Apache-2.0
#include "hardware/capture/day_sales.h"

#include <catch2/catch_test_macros.hpp>

using namespace millpond;
using capture::DaySale;

namespace {

constexpr const char* columns_json = R"({"version": 1, "delimiter": ";", "currency": "CNY", "numbers": "1,234.56",
"dates": "ymd", "columns": {"receipt": "单号", "date": "时间", "total": "实收", "till": "机号", "tender": "支付", "member": "会员",
"reference": "流水"}, "tenders": [{"text": "微信", "type": "wechat_pay"}, {"text": "现金", "type": "cash"}]})";

const capture::DayContext context{base::StoreId{1}, 480, {}, {}};

std::vector<DaySale> csv(const std::string& text) {
  const auto columns = capture::parse_columns(base::view_of(std::string_view{columns_json}));
  if (!columns) FAIL(columns.error().detail);
  auto sales = capture::read_csv(base::view_of(text), *columns, context);
  REQUIRE(sales);
  return std::move(sales).value();
}

constexpr const char* poslog_head = R"(<?xml version="1.0" encoding="UTF-8"?>
<POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/">)";

std::string transaction(const std::string& body, const std::string& attributes = "") {
  return "<Transaction " + attributes + "><RetailStoreID>1</RetailStoreID><WorkstationID>POS02</WorkstationID>" +
         "<SequenceNumber>4711</SequenceNumber><BusinessDayDate>2026-11-21</BusinessDayDate>" +
         "<EndDateTime>2026-11-21T08:15:00</EndDateTime><CurrencyCode>EUR</CurrencyCode>" + body + "</Transaction>";
}

constexpr const char* retail = R"(<RetailTransaction TransactionStatus="Delivered">
<LineItem><SequenceNumber>1</SequenceNumber><Sale><ItemID>690102</ItemID><ExtendedAmount>7.00</ExtendedAmount>
<Quantity>2</Quantity></Sale></LineItem>
<LineItem VoidFlag="true"><Sale><ItemID>1</ItemID><ExtendedAmount>9.00</ExtendedAmount></Sale></LineItem>
<LineItem><Sale><ItemID>692045</ItemID><ExtendedAmount>5.5</ExtendedAmount></Sale></LineItem>
<LineItem><Tax><Amount>0.50</Amount></Tax></LineItem>
<LineItem><Tender TenderType="Cash"><Amount>20.00</Amount>
<TenderChange><Amount>7.00</Amount></TenderChange></Tender></LineItem>
<Total TotalType="TransactionGrossAmount">99.00</Total><Total TotalType="TransactionGrandAmount">13.00</Total>
</RetailTransaction>)";

base::Result<std::vector<DaySale>> poslog(const std::string& transactions) {
  return capture::read_poslog(base::view_of(poslog_head + transactions + "</POSLog>"), context);
}

}  // namespace

TEST_CASE("A row of a CSV file is a sale, and one that is none says why") {
  const auto sales =
      csv("\xEF\xBB\xBF机号;单号;时间;实收;支付;会员;流水\r\n"
          "T1;A1;2026-11-21 10:42;\"1,238.5\";微信;K1:M;4200001\r\n"
          "T1;\"A\"\"2\";2026/11/21;5;现金;;\n"
          "\n"
          "T2;A3;2026-11-21 23:59:30;7.00;支票;;\n"
          "T1;;2026-11-21;5;现金;;\n"
          "T1;A5;2026-13-21;5;现金;;\n"
          "T1;A6;2026-11-21;-5.00;现金;;\n"
          "T1;A7;2026-11-21;0;现金;;\n"
          "T1;A8;2026-11-21;5.123;现金;;\n"
          ";A9;2026-11-21;5;现金;;\n"
          "T1;A10;2026-11-21;\"7\n\";现金");
  REQUIRE(sales.size() == 10);
  CHECK(sales[0].problem.empty());
  CHECK(sales[0].line == 2);
  CHECK(sales[0].sale.total_minor == 123'850);
  CHECK(sales[0].sale.key.till == "T1");
  CHECK(sales[0].sale.key.transaction == "A1");
  CHECK(base::format_utc(sales[0].sale.completed_at_ms) == "2026-11-21T02:42:00.000Z");
  CHECK(sales[0].sale.tenders.at(0).type == ports::TillTenderType::wechat_pay);
  CHECK(sales[0].sale.tenders.at(0).provider_transaction == "4200001");
  CHECK(sales[0].sale.member_code == "K1:M");
  CHECK(sales[1].sale.key.transaction == "A\"2");
  CHECK(sales[1].sale.total_minor == 500);
  CHECK(sales[2].sale.tenders.at(0).type == ports::TillTenderType::other);
  CHECK(sales[2].line == 5);
  CHECK(sales[3].problem == "no receipt number");
  CHECK(sales[4].problem == "no day");
  CHECK(sales[5].problem == "refund");
  CHECK(sales[6].problem == "a total of nought");
  CHECK(sales[7].problem == "no total");
  CHECK(sales[8].problem == "no till");
}

TEST_CASE("A CSV file or a mapping that cannot be read says what is wrong") {
  const auto columns = capture::parse_columns(base::view_of(std::string_view{columns_json})).value();
  for (const auto& [text, detail] : std::vector<std::pair<std::string, std::string>>{
           {"", "no header"},
           {"a;b\n1;2\n", "no column 单号"},
           {"机号;单号;时间;实收;支付;会员;流水\nT1;\"A1;2026-11-21;5;现金;;\n", "line 2 is never closed"}}) {
    const auto read = capture::read_csv(base::view_of(text), columns, context);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().detail.find(detail) != std::string::npos);
  }
  const std::string good = columns_json;
  for (const auto& [from, to, at] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"\"CNY\"", "\"XXX\"", "/currency"},
           {"\";\"", "\"|\"", "/delimiter"},
           {"\"ymd\"", "\"dym\"", "/dates"},
           {"\"cash\"", "\"gold\"", "/tenders/1/type"},
           {"\"till\": \"机号\",", "", "/till"},
           {"\"total\": \"实收\",", "", "/columns/total"},
           {"\"version\": 1", "\"version\": 2", "/version"}}) {
    auto changed = good;
    changed.replace(changed.find(from), from.size(), to);
    CAPTURE(changed);
    const auto read = capture::parse_columns(base::view_of(changed));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().hint == at);
  }
}

TEST_CASE("A file of another encoding is read by its own, and what is not of it is no file") {
  auto json = std::string{columns_json};
  json.replace(json.find("\"delimiter\""), 0, R"("encoding": "gb18030", )");
  const auto columns = capture::parse_columns(base::view_of(json));
  REQUIRE(columns);
  // 机号;单号;时间;实收;支付;会员;流水 and 微信 as a till in China writes them.
  const std::string head =
      "\xBB\xFA\xBA\xC5;\xB5\xA5\xBA\xC5;\xCA\xB1\xBC\xE4;\xCA\xB5\xCA\xD5;\xD6\xA7\xB8\xB6;\xBB\xE1\xD4\xB1;"
      "\xC1\xF7\xCB\xAE\n";
  const std::string row = "T1;A1;2026-11-21;12.50;\xCE\xA2\xD0\xC5;;\n";
  const auto sales = capture::read_csv(base::view_of(head + row), *columns, context);
  REQUIRE(sales);
  CHECK(sales->at(0).problem.empty());
  CHECK(sales->at(0).sale.total_minor == 1'250);
  CHECK(sales->at(0).sale.tenders.at(0).type == ports::TillTenderType::wechat_pay);

  const auto broken = capture::read_csv(base::view_of(head + "T1;A1;2026-11-21;5;\xFF\xFF;;\n"), *columns, context);
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().code == base::Code::bad_input);
  const auto unsaid = capture::parse_columns(base::view_of(std::string_view{columns_json})).value();
  const auto not_found = capture::read_csv(base::view_of(head + row), unsaid, context);
  REQUIRE_FALSE(not_found.has_value());
  CHECK(not_found.error().hint.find("encoding") != std::string::npos);
  json.replace(json.find("gb18030"), 7, "klingon");
  CHECK(capture::parse_columns(base::view_of(json)).error().hint == "/encoding");
}

TEST_CASE("Where a column says what became of a sale, only a paid one is a sale") {
  auto json = std::string{columns_json};
  json.replace(json.find("\"tenders\""), 0, R"("paid": ["已完成", "Paid"], )");
  CHECK(capture::parse_columns(base::view_of(json)).error().hint == "/paid");  // and no column for it
  json.replace(json.find("\"reference\""), 0, R"("status": "状态", )");
  const auto columns = capture::parse_columns(base::view_of(json));
  REQUIRE(columns);
  const std::string text =
      "机号;单号;时间;实收;支付;会员;流水;状态\n"
      "T1;A1;2026-11-21;5;现金;;;已完成\n"
      "T1;A2;2026-11-21;5;现金;;;已取消\n"
      "T1;A3;2026-11-21;5;现金;;;\n"
      "T1;A4;2026-11-21;5;现金;;;Paid\n";
  const auto sales = capture::read_csv(base::view_of(text), *columns, context);
  REQUIRE(sales);
  std::vector<std::string> problems;
  for (const auto& sale : *sales) problems.push_back(sale.problem);
  CHECK(problems == std::vector<std::string>{"", "not paid", "not paid", ""});
}

TEST_CASE("A file's names of tills and store stand for those that came live") {
  auto named = context;
  named.tills = {{"T1", "till-1"}, {"POS02", "till-2"}};
  const auto columns = capture::parse_columns(base::view_of(std::string_view{columns_json})).value();
  const std::string text = "机号;单号;时间;实收;支付;会员;流水\nT1;A1;2026-11-21;5;现金;;\nT9;A2;2026-11-21;5;现金;;\n";
  const auto rows = capture::read_csv(base::view_of(text), columns, named);
  REQUIRE(rows);
  CHECK(rows->at(0).sale.key.till == "till-1");
  CHECK(rows->at(1).sale.key.till == "T9");

  const auto of_store = [&](const std::string& store) {
    auto whole = transaction(retail);
    whole.replace(whole.find("RetailStoreID>1<"), 16, "RetailStoreID>" + store + "<");
    const auto sales = capture::read_poslog(base::view_of(poslog_head + whole + "</POSLog>"), named);
    REQUIRE(sales);
    CHECK(sales->at(0).sale.key.till == "till-2");
    return sales->at(0).problem;
  };
  CHECK(of_store("0001").empty());
  CHECK(of_store("0010") == "another store");
  CHECK(of_store("000") == "another store");
  CHECK(of_store("S-7") == "another store");
  named.store_name = "S-7";
  CHECK(of_store("S-7").empty());
  CHECK(of_store("1").empty());
}

TEST_CASE("A till's name in the file and its own are a pair, each name once") {
  const auto tills = capture::parse_tills({"1=till-1", "a=b=till-2"});
  REQUIRE(tills);
  CHECK(*tills == std::map<std::string, std::string>{{"1", "till-1"}, {"a=b", "till-2"}});
  CHECK(capture::parse_tills({})->empty());
  for (const auto* const wrong : {"till-1", "=till-1", "1=", ""}) {
    CAPTURE(wrong);
    CHECK_FALSE(capture::parse_tills({wrong}));
  }
  CHECK_FALSE(capture::parse_tills({"1=till-1", "1=till-2"}));
}

TEST_CASE("A day without sales is a POSLog, another kind of XML is none") {
  CHECK(poslog("")->empty());
  const auto other = capture::read_poslog(base::view_of(std::string_view{"<Orders><Order/></Orders>"}), context);
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == base::Code::bad_input);
}

TEST_CASE("A POSLog's retail transaction is a sale with its lines and tenders") {
  const auto sales = poslog(transaction(retail) + transaction("<ControlTransaction><NoSale/></ControlTransaction>"));
  REQUIRE(sales);
  REQUIRE(sales->size() == 1);
  const auto& [line, sale, problem, refund] = sales->at(0);
  CHECK(problem.empty());
  CHECK_FALSE(refund);
  CHECK(sale.key.till == "POS02");
  CHECK(sale.key.transaction == "4711");
  CHECK(base::format_date(sale.key.business_date) == "2026-11-21");
  CHECK(base::format_utc(sale.completed_at_ms) == "2026-11-21T00:15:00.000Z");
  CHECK(sale.total_minor == 1'300);
  REQUIRE(sale.lines.size() == 3);
  CHECK(sale.lines[0].sku == "690102");
  CHECK(sale.lines[0].quantity == "2");
  CHECK(sale.lines[1].net_minor == 550);
  CHECK(sale.lines[2].net_minor == 50);
  REQUIRE(sale.tenders.size() == 1);
  CHECK(sale.tenders[0].amount_minor == 2'000);
  CHECK(sale.tenders[0].change_minor == 700);
}

TEST_CASE("A sale of a POSLog keeps its own key, and no approval code is taken for its payment") {
  std::string body = retail;
  const auto swap = [&body](const std::string& from, const std::string& to) {
    body.replace(body.find(from), from.size(), to);
  };
  swap("</RetailTransaction>",
       "<TransactionLink><RetailStoreID>9</RetailStoreID><WorkstationID>POS77</WorkstationID>"
       "<BusinessDayDate>2025-01-02</BusinessDayDate><SequenceNumber>1</SequenceNumber></TransactionLink>"
       "</RetailTransaction>");
  swap("<Tender TenderType=\"Cash\"><Amount>20.00</Amount>\n<TenderChange><Amount>7.00</Amount></TenderChange>",
       "<Tender TenderType=\"CreditDebit\"><Amount>13.00</Amount><Authorization>"
       "<AuthorizationCode>A1B2C3</AuthorizationCode></Authorization>");
  auto sales = poslog(transaction(body));
  REQUIRE(sales);
  REQUIRE(sales->size() == 1);
  CHECK(sales->at(0).problem.empty());
  CHECK(sales->at(0).sale.key.till == "POS02");
  CHECK(base::format_date(sales->at(0).sale.key.business_date) == "2026-11-21");
  REQUIRE(sales->at(0).sale.tenders.size() == 1);
  CHECK(sales->at(0).sale.tenders[0].provider_transaction.empty());
  swap("AuthorizationCode>A1B2C3</AuthorizationCode", "ReferenceNumber>426112345678</ReferenceNumber");
  sales = poslog(transaction(body));
  REQUIRE(sales);
  CHECK(sales->at(0).sale.tenders.at(0).provider_transaction == "426112345678");
}

TEST_CASE("Goods of one sale that come back in a POSLog are its refund; of several, or of none named, somebody looks") {
  const auto link = [](const std::string& number, const std::string& store = "1") {
    return "<TransactionLink><RetailStoreID>" + store + "</RetailStoreID><WorkstationID>POS01</WorkstationID>" +
           "<BusinessDayDate>2026-11-20</BusinessDayDate><SequenceNumber>" + number +
           "</SequenceNumber></TransactionLink>";
  };
  const auto item = [](const std::string& kind, const std::string& amount, const std::string& inside) {
    return "<LineItem><" + kind + "><ItemID>690102</ItemID><Quantity>1</Quantity><ExtendedAmount>" + amount +
           "</ExtendedAmount>" + inside + "</" + kind + "></LineItem>";
  };
  const auto read = [](const std::string& items, const std::string& total) {
    const auto sales =
        poslog(transaction("<RetailTransaction>" + items +
                           "<LineItem><Tender TenderType=\"Cash\"><Amount>-5.00</Amount></Tender></LineItem>"
                           "<Total TotalType=\"TransactionGrandAmount\">" +
                           total + "</Total></RetailTransaction>"));
    REQUIRE(sales);
    REQUIRE(sales->size() == 1);
    return sales->at(0);
  };
  const auto row = read(item("Return", "-3.00", link("17")) + item("Return", "2.00", link("17")), "-5.00");
  CHECK(row.problem.empty());
  REQUIRE(row.refund);
  CHECK(row.refund->key.till == "POS02");
  CHECK(row.refund->key.transaction == "4711");
  CHECK(row.refund->of.till == "POS01");
  CHECK(row.refund->of.transaction == "17");
  CHECK(row.refund->of.store == context.store);
  CHECK(base::format_date(row.refund->of.business_date) == "2026-11-20");
  CHECK(row.refund->total_minor == 500);
  CHECK_FALSE(row.refund->whole);
  CHECK(row.refund->lines.empty());
  for (const auto& other :
       {read(item("Return", "-5.00", ""), "-5.00"),
        read(item("Return", "-3.00", link("17")) + item("Return", "-2.00", link("18")), "-5.00"),
        read(item("Return", "-7.00", link("17")) + item("Sale", "2.00", ""), "-5.00"),
        read(item("Return", "-5.00", link("17", "9")), "-5.00"), read(item("Return", "-5.00", link("")), "-5.00")}) {
    CHECK(other.problem == "refund");
    CHECK_FALSE(other.refund);
  }
}

TEST_CASE("What is no whole sale in a POSLog is named") {
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  const auto whole = transaction(retail);
  for (const auto& [text, problem] : std::vector<std::pair<std::string, std::string>>{
           {transaction(retail, R"(CancelFlag="true")"), "void"},
           {transaction(retail, R"(CancelFlag="1")"), "void"},
           {transaction(retail, R"(TrainingModeFlag="1")"), "training"},
           {transaction(retail, R"(TrainingModeFlag="true")"), "training"},
           {replaced(whole, "Delivered", "PostVoided"), "void"},
           {replaced(whole, "13.00", "-13.00"), "refund"},
           {replaced(whole, "13.00", "13.01"), "tenders that do not add up to the total"},
           {replaced(whole, "TransactionGrandAmount", "TransactionNetAmount"), "no grand total"},
           {replaced(whole, "EUR", "XXX"), "no currency"},
           {replaced(whole, "<RetailStoreID>1", "<RetailStoreID>2"), "another store"},
           {replaced(whole, "2026-11-21</B", "yesterday</B"), "no business day"},
           {replaced(whole, "POS02", ""), "no workstation"}}) {
    const auto sales = poslog(text);
    REQUIRE(sales);
    REQUIRE(sales->size() == 1);
    CHECK(sales->at(0).problem == problem);
  }
  for (const auto& text :
       std::vector<std::string>{"<POSLog>", "", "not XML", "<!DOCTYPE x [<!ENTITY a \"b\">]><POSLog>&a;</POSLog>"}) {
    CHECK_FALSE(capture::read_poslog(base::view_of(text), context).has_value());
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<x>";
  CHECK(capture::read_poslog(base::view_of(deep), context).error().detail.find("deep") != std::string::npos);
}
