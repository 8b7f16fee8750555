// SPDX-License-Identifier: Apache-2.0
// Promise 10 for the ways by which a sale comes without the gateway: nothing typed or scanned lies anywhere in a
// terminal's folder once the sale was answered, by searching every file of it.
#include "hardware/till/request_check.h"
#include "sync/base/file.h"
#include "tests/support/till_line.h"
#include "tests/unit/service/counter.h"

using namespace millpond;
using nlohmann::json;
using tests::Before;
using tests::cashier_pin;
using tests::Counter;

namespace {

constexpr const char* typed_phone = "13700137000";
constexpr const char* payment_code = "134567890123456789";
constexpr const char* wrong_pin = "707172";

std::vector<std::string> files_with(const std::filesystem::path& folder, std::string_view text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
    if (!entry.is_regular_file()) continue;
    const auto content = base::read_file(entry.path());
    REQUIRE(content);
    if (base::text_of(*content).find(text) != std::string_view::npos) found.push_back(entry.path().filename().string());
  }
  return found;
}

std::string sale_of(const std::string& transaction, const json& more) {
  json body{{"store", 11},
            {"till", "till-1"},
            {"business_date", "2026-11-21"},
            {"transaction", transaction},
            {"state", "paid"},
            {"completed_at", "2026-11-21T12:00:00+08:00"},
            {"currency", "CNY"},
            {"total_minor", 4'200},
            {"lines", {{{"id", "1"}, {"quantity", "1"}, {"net_minor", 4'200}}}},
            {"tenders", {{{"type", "cash"}, {"amount_minor", 4'200}}}}};
  body.update(more);
  return body.dump();
}

}  // namespace

TEST_CASE("A drop folder whose files were answered names nobody", "[promise_10]") {
  const Counter counter{Before::told_by_the_hub, [](service::Settings& settings) { settings.drop_folder = "drop"; }};
  const auto said = counter.ask("till_add", {{"till", "till-1"}});
  const till::Key key{said.at("key"), "till-1", base::from_hex(said.at("secret").get<std::string>()).value()};
  const auto in = counter.folder / "drop" / "in";
  struct Row {
    const char* name;
    json more;
    const char* answered;  // folder
    const char* secret;
  };
  const std::vector<Row> rows{
      {"phone", {{"member_code", typed_phone}}, "done", typed_phone},
      {"payment", {{"member_code", payment_code}}, "done", payment_code},
      {"pin", {{"approval", {{"staff", 3}, {"pin", cashier_pin}}}}, "done", cashier_pin},
      {"wrong-pin", {{"approval", {{"staff", 3}, {"pin", wrong_pin}}}}, "done", wrong_pin},
      {"elsewhere", {{"store", 12}, {"member_code", typed_phone}}, "reject", typed_phone},
      {"unparsed", {{"member_code", typed_phone}, {"total_minor", "42.00"}}, "reject", typed_phone},
  };
  for (const auto& row : rows) {
    const auto body = sale_of(row.name, row.more);
    const auto nonce = "of-this-" + std::string{row.name};
    const auto signature = till::sign_request(key, "1700000000", nonce, "POST", "/v1/sales", base::view_of(body));
    const auto file = "Millpond-Key: " + key.id + "\nMillpond-Timestamp: 1700000000\nMillpond-Nonce: " + nonce +
                      "\nMillpond-Signature: " + signature + "\n\n" + body;
    const auto unseen = in / (std::string{row.name} + ".tmp");
    REQUIRE(base::write_file(unseen, base::view_of(file)));
    REQUIRE(files_with(counter.folder.path(), row.secret).size() == 1);
    const auto dropped = in / (std::string{row.name} + ".sale");
    std::filesystem::rename(unseen, dropped);
    for (int i = 0; i < 1'000 && std::filesystem::exists(dropped); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    CAPTURE(row.name);
    CHECK_FALSE(std::filesystem::exists(dropped));
    CHECK(std::filesystem::exists(counter.folder / "drop" / row.answered / (std::string{row.name} + ".answer")));
    CHECK(files_with(counter.folder.path(), row.secret).empty());
  }
}

TEST_CASE("A receipt that waits for a person is theirs to read, and names nobody to whoever has the disk",
          "[promise_10]") {
  tests::PrinterDoor printer;
  const Counter counter{Before::nobody, [&](service::Settings& settings) {
                          settings.capture_listen = "127.0.0.1:0";
                          settings.capture_printer = "127.0.0.1:" + std::to_string(printer.port());
                          settings.capture_code_page = "cp437";
                        }};
  const std::string receipt = "MINI MART\nMEMBER " + std::string{typed_phone} + "\nTOTAL 12.00\n\x1Bm";
  {
    const auto till = tests::TillLine::to(counter.service->capture()->port());
    const auto paper = printer.accept();
    till.send(base::view_of(receipt));
    till.end();
    CHECK(base::text_of(paper.hear(receipt.size()).bytes) == receipt);
  }
  json kept;
  for (int i = 0; i < 1'000 && kept.empty(); ++i) {
    kept = counter.ask("capture", {{"do", "list"}}).at("kept");
    if (kept.empty()) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  REQUIRE(kept.size() == 1);
  const auto shown = counter.ask("capture", {{"do", "show"}, {"id", kept.at(0).at("id")}});
  const auto raw = base::from_hex(shown.at("raw").get<std::string>());
  REQUIRE(raw);
  CHECK(base::text_of(*raw).find(typed_phone) != std::string_view::npos);
  REQUIRE(std::filesystem::exists(counter.folder / "review"));
  CHECK(files_with(counter.folder.path(), typed_phone).empty());
  CHECK(files_with(counter.folder.path(), "MINI MART").empty());
}
