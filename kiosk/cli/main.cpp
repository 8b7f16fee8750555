// SPDX-License-Identifier: Apache-2.0
// millpond: the command line of a terminal.
#include "kiosk/cli/campaign.h"
#include "kiosk/cli/capture.h"
#include "kiosk/cli/decode.h"
#include "kiosk/cli/import.h"
#include "kiosk/cli/output.h"
#include "kiosk/cli/print.h"
#include "kiosk/cli/scanner.h"
#include "kiosk/cli/service_door.h"
#include "kiosk/cli/sheet.h"
#include "kiosk/cli/till.h"
#include "sync/base/file.h"
#include "sync/crypto/hash.h"
#include "sync/text/report.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <termios.h>
#include <unistd.h>

namespace millpond::cli {
namespace {

using Json = nlohmann::ordered_json;
using base::Result;

struct Options {
  std::string folder;
  bool json{};
  std::string hub;
  std::string code;
  std::string order;
  std::string phone;
  std::string pin_file;
  std::string grant;
  SheetOptions sheet;
  PrintOptions print;
  std::string till;
  std::string member;
  std::string staff_do{"list"};
  std::string refund_of;
  std::string refund_number;
  std::int64_t total_minor{};
  bool whole{};
  bool elsewhere{};
  std::string sync_do;  // empty: an ordinary question
  std::uint32_t staff{};
  std::uint32_t manager{};
  std::string act;
  std::string reason;
  std::string purpose;
  bool give{};
  std::string age;
  std::size_t limit{50};
  bool all{};
  std::string copy;
  bool quarantine{};
  bool close{};
  DecodeOptions decode;
  CampaignOptions campaign;
  CaptureOptions capture;
  ImportOptions day_import;
  ScannerOptions scanner;
  TillOptions new_till;
};

std::string default_folder() {
  const char* folder = std::getenv("MILLPOND_DIR");
  return folder != nullptr && *folder != '\0' ? folder : "/var/lib/millpond";
}

// Prints an answer as it came, or line by line for people.
int show(const Result<std::string>& answer, bool json, const std::function<void(const Json&)>& print) {
  if (!answer) return fail(answer.error());
  if (json)
    std::cout << *answer << '\n';
  else
    print(Json::parse(*answer));
  return 0;
}

void print_fields(const Json& object) {
  for (const auto& [key, value] : object.items()) {
    std::cout << std::left << std::setw(20) << key << (value.is_string() ? value.get<std::string>() : value.dump())
              << '\n';
  }
}

void print_entries(const Json& object) {
  for (const auto& entry : object.at("entries")) {
    std::cout << std::right << std::setw(8) << entry.at("seq").get<std::uint64_t>() << "  "
              << entry.at("at").get<std::string>() << "  " << std::left << std::setw(22)
              << entry.at("kind").get<std::string>();
    for (const auto& [key, value] : entry.items()) {
      if (key == "epoch" || key == "seq" || key == "kind" || key == "at" || key == "acked" || key == "chain") continue;
      std::cout << ' ' << key << '=' << (value.is_string() ? value.get<std::string>() : value.dump());
    }
    std::cout << (entry.at("acked").get<bool>() ? "" : "  (queued)") << '\n';
  }
}

void print_quarantine(const Json& object) {
  if (object.at("kept").empty()) std::cout << "nothing changed on the disk\n";
  for (const auto& row : object.at("kept")) {
    std::cout << std::left << std::setw(12) << row.at("kind").get<std::string>() << "epoch " << row.at("epoch")
              << " event " << row.at("seq") << ", " << row.at("bytes") << " bytes"
              << (row.at("closed").get<bool>() ? ", looked at" : "");
    const auto& fact = row.at("reads_as");
    if (!fact.is_null()) {
      std::cout << "; reads as " << fact.at("kind").get<std::string>() << " of " << fact.at("at").get<std::string>();
    }
    std::cout << '\n';
  }
}

// A file, or standard input for "-"; so that neither PIN nor grant stands in a list of processes.
Result<std::string> read_text(const std::string& path) {
  constexpr std::size_t text_bytes_max = 4'096;
  if (path == "-") {
    std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
    if (text.size() <= text_bytes_max) return text;
    return base::Error{base::Code::too_large, "read standard input", "more than a sheet holds"};
  }
  MILLPOND_TRY(const auto content, base::read_file(path, text_bytes_max));
  return std::string{base::text_of(content)};
}

Result<Json> provision_params(const Options& options) {
  if (options.grant == "-") {
    MILLPOND_TRY(const auto sheet, read_text(options.grant));
    return Json{{"grant", sheet}};
  }
  if (!options.grant.empty()) {
    MILLPOND_TRY(const auto content, read_grant_file(options.grant));
    return Json{{"grant_file", base::to_hex(content)}};
  }
  if (options.hub.empty() || (options.code.empty() == options.order.empty())) {
    return base::Error{base::Code::bad_input, "provision", "--hub with --code or --order, or --grant"};
  }
  Json params{{"hub", options.hub}, {"code", options.code + options.order}};
  if (options.order.empty()) return params;
  MILLPOND_TRY(const auto pin, read_text(options.pin_file));
  params["phone"] = options.phone;
  params["pin"] = pin.substr(0, pin.find_first_of("\r\n"));
  return params;
}

int provision(const Options& options) {
  const auto params = provision_params(options);
  if (!params) return fail(params.error());
  return show(ask_service(options.folder, "provision", params->dump()), options.json, [](const Json& answer) {
    print_fields(answer);
    std::cout << "Compare these six digits with the hub's screen: " << answer.at("digits").get<std::string>() << '\n';
  });
}

int verify(const Options& options) {
  const auto answer = verify_answer(options.folder);
  const int status = show(answer, options.json, print_fields);
  if (status != 0) return status;
  return Json::parse(*answer).at("holds").get<bool>() ? 0 : 2;
}

// What to do about a line that the hub stopped, by the reason in the service's answer. Of what no hub takes back it is
// the step of that reason, because asking again would not help.
std::string_view stopped_step(const std::string& reason) {
  const auto language = text::environment_language();
  for (const auto code : {base::Code::terminal_revoked, base::Code::grant_invalid, base::Code::grant_expired}) {
    if (reason == base::code_name(code)) return text::sentence(code, language).next;
  }
  return text::get(text::Key::doctor_hub_stopped_next, language);
}

void print_status(const Json& answer) {
  print_fields(answer);
  if (answer.value("line", "") == "stopped") std::cout << "-> " << stopped_step(answer.value("reason", "")) << '\n';
}

// What to do about a check that failed, by its name in the service's answer.
std::string_view next_step(const Json& failed) {
  const auto check = failed.at("name").get<std::string>();
  if (failed.value("line", "") == "stopped") return stopped_step(failed.at("found").get<std::string>());
  if (check == "printer") return device_next_step(failed.at("found").get<std::string>());
  static const std::map<std::string, text::Key> steps{{"hub", text::Key::doctor_hub_next},
                                                      {"identity", text::Key::doctor_identity_next},
                                                      {"journal", text::Key::doctor_journal_next},
                                                      {"programme", text::Key::doctor_programme_next},
                                                      {"queue", text::Key::doctor_queue_next},
                                                      {"clock", text::Key::doctor_clock_next},
                                                      {"root_key", text::Key::doctor_root_key_next},
                                                      {"disk", text::Key::doctor_disk_next},
                                                      {"copies", text::Key::error_value_suspended_next}};
  const auto step = steps.find(check);
  return step == steps.end() ? std::string_view{} : text::get(step->second, text::environment_language());
}

// 0: all is well, but for warnings; 1: something needs a person; 2: the service does not answer.
int doctor(const Options& options) {
  const auto answer = ask_service(options.folder, "doctor", "{}");
  if (!answer) {
    static_cast<void>(fail(answer.error()));
    return 2;
  }
  const auto report = Json::parse(*answer);
  if (options.json) std::cout << *answer << '\n';
  bool well = true;
  for (const auto& check : report.at("checks")) {
    const bool ok = check.at("ok").get<bool>();
    well = well && ok;
    if (options.json) continue;
    const bool warning = ok && check.value("warning", false);
    std::cout << (warning ? "warn  "
                  : ok    ? "ok    "
                          : "FAULT ")
              << std::left << std::setw(14) << check.at("name").get<std::string>()
              << check.at("found").get<std::string>() << '\n';
    if (!ok || warning) std::cout << "      -> " << next_step(check) << '\n';
  }
  return well ? 0 : 1;
}

// Typed without showing, or one line of a pipe.
std::string read_pin() {
  const bool at_keyboard = ::isatty(STDIN_FILENO) == 1;
  termios shown{};
  if (at_keyboard) {
    std::cerr << "PIN: " << std::flush;
    ::tcgetattr(STDIN_FILENO, &shown);
    auto hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
  }
  std::string pin;
  std::getline(std::cin, pin);
  if (at_keyboard) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &shown);
    std::cerr << '\n';
  }
  return pin;
}

// "till-1/2026-11-21/1042": a number may have more slashes.
int refund(const Options& options) {
  const auto& of = options.refund_of;
  const auto first = of.find('/');
  const auto second = first == std::string::npos ? first : of.find('/', first + 1);
  if (second == std::string::npos) {
    return fail({base::Code::bad_input, "refund", "--of is TILL/DATE/NUMBER, as in till-1/2026-11-21/1042", "/of"});
  }
  Json params{{"of",
               {{"till", of.substr(0, first)},
                {"date", of.substr(first + 1, second - first - 1)},
                {"number", of.substr(second + 1)}}},
              {"number", options.refund_number},
              {"till", options.till},
              {"elsewhere", options.elsewhere}};
  if (options.whole) {
    params["whole"] = true;
  } else {
    params["total_minor"] = options.total_minor;
  }
  return show(ask_service(options.folder, "refund", params.dump()), options.json, print_fields);
}

int staff(const Options& options) {
  Json params{{"do", options.staff_do}, {"staff", options.staff}};
  if (options.staff_do != "list" && options.staff_do != "leave") params["pin"] = read_pin();
  if (options.staff_do == "unlock") params["manager"] = options.manager;
  if (options.staff_do == "vouch") params["member"] = options.member;
  if (options.staff_do == "approve") {
    params["act"] = options.act;
    params["member"] = options.member;
    params["reason"] = options.reason;
  }
  return show(ask_service(options.folder, "staff", params.dump()), options.json, [](const Json& answer) {
    if (!answer.contains("staff") || !answer.at("staff").is_array()) return print_fields(answer);
    for (const auto& person : answer.at("staff")) print_fields(person);
  });
}

// A member's own code needs nobody's word; a phone or number needs the PIN of somebody behind the counter.
int member(const Options& options, const char* question) {
  Json params{{"whom", options.member}};
  if (options.staff != 0) {
    params["staff"] = options.staff;
    params["reason"] = options.reason;
    params["pin"] = read_pin();
  }
  return show(ask_service(options.folder, question, params.dump()), options.json, print_fields);
}

void add_member_options(CLI::App& command, Options& options) {
  command.add_option("whom", options.member, "the member's code as scanned; or a phone or M-..., with --staff")
      ->required();
  auto* staff =
      command.add_option("--staff", options.staff, "number of the person behind the counter who types the PIN");
  command.add_option("--reason", options.reason, "in a few words, no personal data")->needs(staff);
}

void add_commands(CLI::App& app, Options& options, int& status) {
  const auto simple = [&](const char* name, const char* text, std::function<int()> run) -> CLI::App* {
    auto* command = app.add_subcommand(name, text);
    command->add_flag("--json", options.json, "for programs");
    command->callback([&status, run = std::move(run)] { status = run(); });
    return command;
  };
  simple("status", "what the terminal is doing: line, queue, printer, programme",
         [&] { return show(ask_service(options.folder, "status", "{}"), options.json, print_status); });
  simple("doctor", "check everything and say what to do", [&] { return doctor(options); });
  auto* provisioning =
      simple("provision", "make this machine a terminal with a code from the hub", [&] { return provision(options); });
  provisioning->add_option("--hub", options.hub, "the hub's address, for example https://hub.example");
  provisioning->add_option("--code", options.code, "ten characters from the hub's operator");
  auto* order = provisioning->add_option("--order", options.order, "ten characters of a work order");
  auto* phone = provisioning->add_option("--phone", options.phone, "the technician's, with --order");
  auto* pin = provisioning->add_option("--pin-file", options.pin_file, "file with the technician's PIN, - to type it");
  order->needs(phone)->needs(pin);
  provisioning->add_option("--grant", options.grant,
                           "an offline grant: text, a stick's file or a picture, - to scan it");
  auto* journal = simple("journal", "the events of this terminal, queued ones by default", [&] {
    if (!options.copy.empty()) return show(copy_answer(options.folder, options.copy), options.json, print_fields);
    if (options.quarantine || options.close) {
      return show(quarantine_answer(options.folder, options.close), options.json, print_quarantine);
    }
    return show(journal_answer(options.folder, options.limit, !options.all), options.json, print_entries);
  });
  journal->add_option("--copy", options.copy, "write a whole copy of the journal to this new file instead");
  journal->add_flag("--all", options.all, "also those that the hub has");
  journal->add_flag("--quarantine", options.quarantine, "what changed on the disk and was never sent");
  journal->add_flag("--close", options.close, "with it: somebody has looked; doctor names what is there no more");
  journal->add_option("--limit", options.limit, "how many at most, newest last")->check(CLI::Range(1, 100'000));
  simple("verify", "check the journal's chain and file", [&] { return verify(options); });
  add_till_command(app, options.new_till, options.folder, status);
  add_member_options(*simple("member", "points and coupons of a member", [&] { return member(options, "member"); }),
                     options);
  add_member_options(*simple("card", "print a member's card", [&] { return member(options, "card"); }), options);
  auto* refund_command = simple("refund", "goods came back and the money was given back: of a till that cannot say so",
                                [&] { return refund(options); });
  refund_command->add_option("--of", options.refund_of, "the sale: TILL/DATE/NUMBER")->required();
  auto* how_much = refund_command->add_option_group("amount");
  how_much
      ->add_option("--total", options.total_minor, "what came back of the sale's total, in minor units (8.50 is 850)")
      ->check(CLI::PositiveNumber);
  how_much->add_flag("--whole", options.whole, "all that is left of the sale");
  how_much->require_option(1);
  refund_command->add_option("--number", options.refund_number, "the refund's own number at its till, once a day")
      ->required();
  refund_command->add_option("--till", options.till, "where it came back, if not at the sale's till");
  refund_command->add_flag("--elsewhere", options.elsewhere, "another terminal recorded the sale");
  auto* staff_command =
      simple("staff", "people behind the counter: PINs and approvals", [&] { return staff(options); });
  staff_command->add_option("do", options.staff_do, "list, check, vouch, approve, unlock or leave")
      ->check(CLI::IsMember({"list", "check", "vouch", "approve", "unlock", "leave"}));
  staff_command->add_option("--number", options.staff, "whose");
  staff_command->add_option("--manager", options.manager, "who unlocks, with their PIN");
  staff_command->add_option("--act", options.act, "manual_lookup, late_provisional, card_reprinted");
  staff_command->add_option("--member", options.member, "whom it is about: M-...");
  staff_command->add_option("--reason", options.reason, "in a few words, no personal data");
  auto* consent = simple("consent", "withdraw or give a consent with the member's code", [&] {
    const Json params{
        {"code", options.code}, {"purpose", options.purpose}, {"granted", options.give}, {"age", options.age}};
    return show(ask_service(options.folder, "consent", params.dump()), options.json, print_fields);
  });
  consent->add_option("purpose", options.purpose, "marketing, profiling or partners")->required();
  consent->add_option("--code", options.code, "the member's code as scanned")->required();
  consent->add_flag("--give", options.give, "agree; without it the consent is withdrawn");
  consent->add_option("--age", options.age, "with --give: enough, or guardian where one agrees for somebody younger")
      ->check(CLI::IsMember({"enough", "guardian"}));
  simple("screens", "what the attached screens show",
         [&] { return show(ask_service(options.folder, "screens", "{}"), options.json, print_fields); });
  auto* sync = simple("sync", "talk to the hub now instead of at the next poll", [&] {
    const auto* question = options.sync_do.empty() ? "sync" : "sync_resume";
    return show(ask_service(options.folder, question, "{}"), options.json, print_status);
  });
  sync->add_option("do", options.sync_do, "resume: ask a hub that refused this terminal once more, now")
      ->check(CLI::IsMember({"resume"}));
  auto* print = simple("print", "the printer: its state, a test page, a slip again",
                       [&] { return run_print(options.print, options.folder, options.json); });
  print->add_option("what", options.print.what, "state, self-test, drawer, again or preview")
      ->check(CLI::IsMember({"state", "self-test", "drawer", "again", "preview"}))
      ->required();
  print->add_option("EVENT", options.print.event, "the record's number on the slip, for again and preview");
  print->add_option("--png", options.print.png, "where preview writes the picture; a new file");
  auto* sheet = app.add_subcommand("sheet", "draw an offline grant as a page to print");
  sheet->add_option("FILE", options.sheet.file, "the grant, from millpond-hub grants add --out or --usb")->required();
  sheet->add_option("--png", options.sheet.png, "the picture to write, A5 at 300 dots an inch; a new file")->required();
  sheet->callback([&] { status = draw_sheet(options.sheet); });
  auto* campaign = app.add_subcommand("campaign", "a programme document before it is published");
  campaign->require_subcommand(1);
  const auto of_campaign = [&](const char* name, const char* text, int (*run)(const CampaignOptions&)) {
    auto* command = campaign->add_subcommand(name, text);
    command->add_flag("--json", options.campaign.json, "for programs");
    command->add_option("FILE", options.campaign.file, "the programme document")->required();
    command->callback([&status, &options, run] { status = run(options.campaign); });
    return command;
  };
  auto* check = of_campaign("check", "whether it may be published, and what it may cost", &check_campaigns);
  const auto outage = [&](CLI::App& command) {
    auto& of = options.campaign.outage;
    const auto amount = CLI::Range(std::int64_t{0}, model::amount_minor_max);
    command.add_option("--terminals", of.terminals, "also what an outage of so many terminals costs at the most")
        ->check(CLI::Range(0, 1'000'000));
    command.add_option("--coupon-value", of.honour.value_minor_max, "coupon_value_minor_max of hub.toml")
        ->check(amount);
    command
        .add_option("--coupon-outstanding", of.honour.outstanding_minor_max, "coupon_outstanding_minor_max of hub.toml")
        ->check(amount);
    command.add_option("--coupon-uses", of.honour.outstanding_uses_max, "coupon_outstanding_uses_max of hub.toml");
    command.add_option("--points-pool", of.points_pool_max, "points_pool_max of hub.toml")->check(amount);
  };
  outage(*check);
  auto* replay = of_campaign("replay", "what it would have given for what happened in the past", &replay_campaigns);
  replay->add_option("--against", options.campaign.against, "these events, one JSON object a line")->required();
  replay->add_option("--from", options.campaign.from, "first day of them that counts, like 2026-10-01");
  replay->add_option("--through", options.campaign.through, "last day of them that counts");
  replay
      ->add_option("--days-later", options.campaign.days_later,
                   "as if they happened so many days later; 28 keeps the days of the week")
      ->check(CLI::Range(-3'660, 3'660));
  outage(*replay);
  add_capture_commands(app, options.capture, options.folder, status);
  add_import_command(app, options.day_import, options.folder, status);
  add_scanner_commands(app, options.scanner, status);
  auto* decoding = app.add_subcommand("decode", "read the code in pictures and check its signature");
  decoding->add_flag("--json", options.decode.json, "one object a line");
  decoding->add_option("FILE", options.decode.files, "PNG or JPEG pictures")->required();
  decoding->callback([&] {
    options.decode.folder = options.folder;
    status = decode(options.decode);
  });
}

}  // namespace
}  // namespace millpond::cli

int main(int argc, char** argv) {
  using namespace millpond;
  if (const auto started = crypto::start(); !started) return cli::fail(started.error());
  cli::Options options;
  options.folder = cli::default_folder();
  int status = 0;
  CLI::App app{"millpond: the command line of a Millpond terminal"};
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--dir", options.folder, "the terminal's folder (default: $MILLPOND_DIR or /var/lib/millpond)");
  cli::add_commands(app, options, status);
  CLI11_PARSE(app, argc, argv);
  return status;
}
