// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/order_commands.h"

#include "sync/base/file.h"
#include "sync/hub/server/commands.h"

#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

namespace millpond::hub {
namespace {

using base::Result;
using Json = nlohmann::ordered_json;

constexpr std::size_t pin_file_bytes_max = 1'024;

struct OrderArguments {
  HubFolder folder;
  bool json{};
  std::uint32_t store{};
  std::uint32_t terminals{1};
  std::uint32_t number{};
  int days{14};
  std::string phone;
  std::string pin_file;
  std::string hub_url;
  std::string out;
  std::string usb;
};

using Show = std::function<void(const Json&)>;

Result<> ask_and_show(const OrderArguments& a, const Question& question, const Show& show) {
  MILLPOND_TRY(const auto answer, ask_hub(a.folder, question));
  const auto json = Json::parse(answer, nullptr, false);
  if (a.json || !json.is_object()) {
    std::cout << answer << "\n";
    return {};
  }
  try {
    show(json);
  } catch (const Json::exception& failure) {
    return base::Error{base::Code::protocol_mismatch, "read the hub's answer", failure.what()};
  }
  return {};
}

// A row for each entry, a column for each member.
void print_table(const Json& entries) {
  for (const auto& entry : entries) {
    for (const auto& [name, value] : entry.items()) {
      std::cout << name << " " << std::left << std::setw(8)
                << (value.is_string() ? value.get<std::string>() : value.dump()) << " ";
    }
    std::cout << "\n";
  }
}

Result<> add_order(const OrderArguments& a) {
  MILLPOND_TRY(const auto content, base::read_file(a.pin_file, pin_file_bytes_max));
  const auto pin = std::string{base::text_of(content)};
  const Json body{{"store", a.store},
                  {"terminals", a.terminals},
                  {"phone", a.phone},
                  {"pin", pin.substr(0, pin.find_first_of("\r\n"))}};
  return ask_and_show(a, {"POST", "/orders", body.dump()}, [&](const Json& made) {
    std::cout << "order       " << made.at("order").get<std::uint64_t>() << ", for "
              << made.at("terminals").get<std::uint64_t>() << " terminals of store "
              << made.at("store").get<std::uint64_t>() << ", until " << made.at("expires").get<std::string>() << "\n"
              << "code        " << made.at("shown").get<std::string>() << "\n"
              << "next        on each machine: millpond provision --hub URL --order "
              << made.at("shown").get<std::string>() << " --phone PHONE\n";
  });
}

// A new file of its owner's: a sheet that takes the place of another one would be cash lost.
Result<> write_new(const std::filesystem::path& path, base::ByteView content) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return base::Error{base::Code::already_exists, "write sheet", "the file is there already", path.string()};
  }
  return base::write_file(path, content, base::Privacy::owner);
}

// Where the grant goes, told before there is one: an answer that cannot be written down is a sheet lost.
Result<> check_places(const OrderArguments& a) {
  std::error_code ignored;
  if (!a.out.empty() && std::filesystem::exists(a.out, ignored)) {
    return base::Error{base::Code::already_exists, "write sheet", "the file is there already", a.out};
  }
  if (a.usb.empty() || std::filesystem::is_directory(a.usb, ignored)) return {};
  return base::Error{base::Code::not_found, "write sheet", "no such folder", a.usb};
}

Result<> add_grant(const OrderArguments& a) {
  MILLPOND_TRY_DO(check_places(a));
  const Json body{{"store", a.store}, {"days", a.days}, {"hub", a.hub_url}, {"usb", !a.usb.empty()}};
  MILLPOND_TRY(const auto answer, ask_hub(a.folder, {"POST", "/grants", body.dump()}));
  auto json = Json::parse(answer, nullptr, false);
  const bool whole = json.is_object() && json.contains("sheet") && (a.usb.empty() || json.contains("usb"));
  if (!whole) return base::Error{base::Code::protocol_mismatch, "read the hub's answer", "no sheet"};
  const auto terminal = json.value("terminal", std::uint64_t{});
  const auto sheet = json["sheet"].get<std::string>() + "\n";
  if (!a.out.empty()) MILLPOND_TRY_DO(write_new(a.out, base::view_of(sheet)));
  std::string stick;
  if (!a.usb.empty()) {
    stick = (std::filesystem::path{a.usb} / ("millpond-grant-" + std::to_string(terminal) + ".mpu")).string();
    const auto content = base::from_hex(json["usb"].get<std::string>()).value_or(base::Bytes{});
    MILLPOND_TRY_DO(write_new(stick, content));
    json["usb"] = stick;
  }
  if (a.json) {
    std::cout << json.dump() << "\n";
    return {};
  }
  std::cout << "terminal    " << terminal << " of store " << json.value("store", std::uint64_t{}) << ", until "
            << json.value("expires", "") << "\n"
            << "digits      " << json.value("matching_digits", "") << "\n";
  if (a.out.empty() && a.usb.empty()) std::cout << sheet;
  if (!a.out.empty()) std::cout << "sheet       " << a.out << ", to print: millpond sheet FILE --png PICTURE\n";
  if (!stick.empty()) {
    const auto programme = json.value("programme", std::uint64_t{});
    std::cout << "stick       " << stick
              << (programme > 0 ? ", with programme " + std::to_string(programme)
                                : ", without a programme, so that its sales earn nothing: none is published here")
              << "\n";
  }
  std::cout << "guard it like cash: whoever has it first is that terminal\n"
            << "next        on that machine: millpond provision --grant FILE, and compare the digits\n";
  return {};
}

}  // namespace

void add_order_commands(CLI::App& app, std::function<Result<>()>& action) {
  const auto a = std::make_shared<OrderArguments>();
  const auto question = [&](CLI::App& parent, const char* name, const char* help, std::function<Result<>()> work) {
    auto* added = parent.add_subcommand(name, help);
    added->add_option("--dir", a->folder.dir, "The hub's folder")->required();
    added->add_flag("--json", a->json, "Print one JSON object");
    added->callback([&action, work = std::move(work)] { action = work; });
    return added;
  };

  auto* orders = app.add_subcommand("orders", "Work orders: many terminals of a store, made by a technician");
  orders->require_subcommand(1);
  auto* add = question(*orders, "add", "Make an order, good for 7 days", [a] { return add_order(*a); });
  add->add_option("--store", a->store, "Store number")->required()->check(CLI::PositiveNumber);
  add->add_option("--terminals", a->terminals, "How many, 1 to 50")->check(CLI::Range(1, 50));
  add->add_option("--phone", a->phone, "The technician's")->required();
  add->add_option("--pin-file", a->pin_file, "File with six to twelve digits")->required();
  question(*orders, "list", "Show orders and what is left of them", [a] {
    return ask_and_show(*a, {"GET", "/orders"}, [](const Json& json) { print_table(json.at("orders")); });
  });
  auto* revoke = question(*orders, "revoke", "Nobody uses an order any more", [a] {
    return ask_and_show(*a, {"POST", "/orders/revoke", Json{{"order", a->number}}.dump()},
                        [a](const Json&) { std::cout << "order " << a->number << " is revoked\n"; });
  });
  revoke->add_option("ORDER", a->number, "From orders list")->required()->check(CLI::PositiveNumber);

  auto* grants = app.add_subcommand("grants", "Sheets for machines without a line");
  grants->require_subcommand(1);
  auto* granted = question(*grants, "add", "Make a sheet for one machine", [a] { return add_grant(*a); });
  granted->add_option("--store", a->store, "Store number")->required()->check(CLI::PositiveNumber);
  granted->add_option("--days", a->days, "Good for so many days")->check(CLI::Range(1, 90));
  granted->add_option("--hub", a->hub_url, "Where the machine finds the hub later")->required();
  granted->add_option("--out", a->out, "Write the sheet, one line of text, to this new file");
  granted->add_option("--usb", a->usb, "Write sheet and programme to a new file in this folder, a stick's");
  question(*grants, "list", "Show grants and who bound them", [a] {
    return ask_and_show(*a, {"GET", "/grants"}, [](const Json& json) { print_table(json.at("grants")); });
  });
  auto* taken = question(*grants, "revoke", "Nobody uses a sheet any more", [a] {
    return ask_and_show(*a, {"POST", "/grants/revoke", Json{{"terminal", a->number}}.dump()},
                        [a](const Json&) { std::cout << "the grant of terminal " << a->number << " is revoked\n"; });
  });
  taken->add_option("TERMINAL", a->number, "From grants list")->required()->check(CLI::PositiveNumber);
}

}  // namespace millpond::hub
