// SPDX-License-Identifier: Apache-2.0
// millpond-hub: the central server and the commands that talk to it.
#include "sync/crypto/hash.h"
#include "sync/hub/server/commands.h"
#include "sync/hub/server/key_commands.h"
#include "sync/hub/server/notice_commands.h"
#include "sync/hub/server/order_commands.h"
#include "sync/hub/server/serve.h"
#include "sync/text/report.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace {

using namespace millpond;

int report(const base::Result<>& result) {
  if (result) return 0;
  std::cerr << text::report(result.error(), text::environment_language());
  return 1;
}

base::Result<> init(const hub::HubFolder& folder, const std::string& brand_name) {
  MILLPOND_TRY(const auto brand, hub::init_hub(folder, brand_name));
  std::cout << "brand " << brand << " is made in " << folder.dir.string() << "\n"
            << "next: millpond-hub root export --dir " << folder.dir.string() << " --out root.backup (docs/keys.md);\n"
            << "      millpond-hub serve --dir " << folder.dir.string() << "\n";
  return {};
}

struct Arguments {
  hub::HubFolder folder;
  std::string brand_name;
  std::optional<std::string> address;
  std::optional<std::uint16_t> port;
  std::uint32_t store{};
  std::uint32_t terminal{};
  std::uint32_t epoch{};
  std::uint64_t lease{};
  std::string member;
  std::string into;
  std::string key;
  std::string file;
  std::uint32_t staff{};
  std::string role;
  bool json{};
  bool of_hub{};
  bool dry_run{};
  std::string since;
  hub::MarksWanted marks;
  std::int64_t points = 0;
  std::uint32_t campaign = 0;
  std::string why;
  [[nodiscard]] hub::Output output() const { return json ? hub::Output::json : hub::Output::people; }
};

using Action = std::function<base::Result<>()>;

CLI::App* command(CLI::App& parent, const char* name, const char* help, Arguments& arguments) {
  auto* added = parent.add_subcommand(name, help);
  added->add_option("--dir", arguments.folder.dir, "The hub's folder")->required();
  return added;
}

CLI::App* question(CLI::App& parent, const char* name, const char* help, Arguments& arguments) {
  auto* added = command(parent, name, help, arguments);
  added->add_flag("--json", arguments.json, "Print one JSON object");
  return added;
}

// A PIN is set by the person it belongs to: typed twice without showing, or one line of a pipe.
base::Result<std::string> read_new_pin() {
  const auto ask = [](const char* words) {
    const bool at_keyboard = ::isatty(STDIN_FILENO) == 1;
    termios shown{};
    if (at_keyboard) {
      std::cerr << words << std::flush;
      ::tcgetattr(STDIN_FILENO, &shown);
      auto hidden = shown;
      hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
    }
    std::string line;
    std::getline(std::cin, line);
    if (at_keyboard) {
      ::tcsetattr(STDIN_FILENO, TCSANOW, &shown);
      std::cerr << "\n";
    }
    return line;
  };
  auto pin = ask("new PIN, six to twelve digits: ");
  if (::isatty(STDIN_FILENO) == 1 && ask("the same again: ") != pin) {
    return base::Error{base::Code::pin_malformed, "read PIN", "the two are not the same"};
  }
  return pin;
}

void add_staff_commands(CLI::App& app, Arguments& a, Action& action) {
  auto* staff = app.add_subcommand("staff", "People behind the counter");
  staff->require_subcommand(1);
  auto* add = question(*staff, "add", "Add a person; they type their PIN", a);
  add->add_option("--store", a.store, "Store number")->required()->check(CLI::PositiveNumber);
  add->add_option("--role", a.role, "cashier, manager, auditor or technician")->required();
  add->add_option("--member", a.member, "Their own member number, M-..., so that own sales are noticed");
  add->callback([&] {
    action = [&]() -> base::Result<> {
      MILLPOND_TRY(const auto pin, read_new_pin());
      return hub::add_staff(a.folder, a.store, a.role, pin, a.member, a.output(), std::cout);
    };
  });
  auto* list = question(*staff, "list", "Show who works where", a);
  list->callback([&] { action = [&] { return hub::list_staff(a.folder, a.output(), std::cout); }; });
  auto* disable = question(*staff, "disable", "Take a person's PIN back everywhere", a);
  disable->add_option("STAFF", a.staff, "Their number")->required()->check(CLI::PositiveNumber);
  disable->callback([&] { action = [&] { return hub::disable_staff(a.folder, a.staff, a.output(), std::cout); }; });
  auto* reset = question(*staff, "reset-pin", "Let a person type a new PIN", a);
  reset->add_option("STAFF", a.staff, "Their number")->required()->check(CLI::PositiveNumber);
  reset->callback([&] {
    action = [&]() -> base::Result<> {
      MILLPOND_TRY(const auto pin, read_new_pin());
      return hub::reset_pin(a.folder, a.staff, pin, a.output(), std::cout);
    };
  });
}

void add_commands(CLI::App& app, Arguments& arguments, Action& action) {
  auto& a = arguments;
  auto* made = command(app, "init", "Make a new brand: keys, database, settings", a);
  made->add_option("--brand-name", a.brand_name, "Shown to operators");
  made->callback([&] { action = [&] { return init(a.folder, a.brand_name); }; });

  auto* served = command(app, "serve", "Run the hub until SIGTERM", a);
  served->add_option("--address", a.address, "Loopback address to listen on");
  served->add_option("--port", a.port, "TCP port; 0 takes a free one and writes it to DIR/port");
  served->callback([&] { action = [&] { return hub::serve({a.folder, a.address, a.port}); }; });

  auto* terminal = app.add_subcommand("terminal", "Terminals of this brand")->alias("terminals");
  terminal->require_subcommand(1);
  auto* add = question(*terminal, "add", "Make a one-time code for a new terminal", a);
  add->add_option("--store", a.store, "Store number")->required()->check(CLI::PositiveNumber);
  add->callback([&] { action = [&] { return hub::add_terminal(a.folder, a.store, a.output(), std::cout); }; });
  auto* list = question(*terminal, "list", "Show terminals and how far they are", a);
  list->callback([&] { action = [&] { return hub::list_terminals(a.folder, a.output(), std::cout); }; });
  auto* revoke = question(*terminal, "revoke", "Believe a terminal no longer", a);
  revoke->add_option("--terminal", a.terminal, "Terminal number")->required()->check(CLI::PositiveNumber);
  revoke->add_option("--since", a.since, "From when on somebody else had it, UTC: 2026-11-21 or 2026-11-21T08:30");
  revoke->callback(
      [&] { action = [&] { return hub::revoke_terminal(a.folder, a.terminal, a.since, a.output(), std::cout); }; });

  auto* readmit = question(*terminal, "readmit", "Know a terminal again that a restored hub forgot", a);
  readmit->add_option("identity", a.file, "identity.json of the terminal's folder")->required();
  readmit->callback([&] { action = [&] { return hub::readmit(a.folder, a.file, a.output(), std::cout); }; });

  const auto keep_action = [&] {
    action = [&] { return hub::keep_copy(a.folder, a.terminal, a.epoch, a.output(), std::cout); };
  };
  auto* keep = question(*terminal, "keep", "Choose which copy of a terminal lives", a);
  keep->add_option("TERMINAL", a.terminal, "Terminal number")->required()->check(CLI::PositiveNumber);
  keep->add_option("--epoch", a.epoch, "Epoch of the copy, from terminal list")->required();
  keep->callback(keep_action);

  auto* rights = app.add_subcommand("rights", "Who may honour coupons, and what that has cost");
  rights->require_subcommand(1);
  auto* held = question(*rights, "list", "Show what terminals hold, lost and may cost", a);
  held->callback([&] { action = [&] { return hub::list_rights(a.folder, a.output(), std::cout); }; });
  auto* broken = question(*rights, "break", "Give up waiting for a terminal that is silent for 72 hours", a);
  broken->add_option("--terminal", a.terminal, "Terminal number")->required()->check(CLI::PositiveNumber);
  broken->callback([&] { action = [&] { return hub::break_rights(a.folder, a.terminal, a.output(), std::cout); }; });

  auto* leases = app.add_subcommand("leases", "What terminals may give out without asking");
  leases->require_subcommand(1);
  auto* leased = question(*leases, "list", "Show what is out, and what was lost by it", a);
  leased->callback([&] { action = [&] { return hub::list_leases(a.folder, a.output(), std::cout); }; });
  auto* gone = question(*leases, "write-off", "Give up waiting for what a lost terminal had left", a);
  gone->add_option("--lease", a.lease, "Number of the lease, from leases list")->required()->check(CLI::PositiveNumber);
  gone->callback([&] { action = [&] { return hub::write_off_lease(a.folder, a.lease, a.output(), std::cout); }; });

  auto* member = app.add_subcommand("member", "Members of this brand");
  member->require_subcommand(1);
  auto* remove = question(*member, "remove", "Remove a member here and on every terminal", a);
  remove->add_option("MEMBER", a.member, "Member number: M-...")->required();
  remove->callback([&] { action = [&] { return hub::remove_member(a.folder, a.member, a.output(), std::cout); }; });

  remove->alias("erase");
  auto* exported = command(*member, "export", "Everything that is kept of a person, as signed JSON", a);
  exported->add_option("MEMBER", a.member, "Member number: M-...")->required();
  exported->callback([&] { action = [&] { return hub::export_member(a.folder, a.member, std::cout); }; });

  auto* carded = question(app, "app-card", "Sign the key of a member's app, for codes that change every 15 s", a);
  carded->add_option("--member", a.member, "Member number: M-...")->required();
  carded->add_option("--key", a.key, "The app's public key, 64 hexadecimal digits")->required();
  carded->callback(
      [&] { action = [&] { return hub::sign_app_card(a.folder, a.member, a.key, a.output(), std::cout); }; });

  auto* taken = question(app, "withdraw-app-card", "Take back the cards of a member's apps, of a lost phone", a);
  taken->add_option("--member", a.member, "Member number: M-...")->required();
  taken->add_option("--key", a.key, "Of one app only: its public key, 64 hexadecimal digits");
  taken->callback(
      [&] { action = [&] { return hub::withdraw_app_card(a.folder, a.member, a.key, a.output(), std::cout); }; });

  auto* lost = question(app, "withdraw-card", "Take back a member's printed cards, of which one was lost", a);
  lost->add_option("--member", a.member, "Member number: M-...")->required();
  lost->callback([&] { action = [&] { return hub::withdraw_card(a.folder, a.member, a.output(), std::cout); }; });

  auto* merge = question(*member, "merge", "Say that two members are one person", a);
  merge->add_option("FROM", a.member, "The number that becomes an alias: M-...")->required();
  merge->add_option("INTO", a.into, "The number whose it is: M-...")->required();
  merge->callback(
      [&] { action = [&] { return hub::merge_members(a.folder, a.member, a.into, a.output(), std::cout); }; });
  auto* unmerge = question(*member, "unmerge", "Undo a merge", a);
  unmerge->add_option("FROM", a.member, "The alias: M-...")->required();
  unmerge->callback([&] { action = [&] { return hub::unmerge_member(a.folder, a.member, a.output(), std::cout); }; });

  auto* adjust = question(*member, "adjust", "Give or take points, for a reason", a);
  adjust->add_option("MEMBER", a.member, "Member number: M-...")->required();
  adjust->add_option("--points", a.points, "How many; below zero they are taken, and may leave the member owing")
      ->required();
  adjust->add_option("--reason", a.why, "our-error, goodwill, misuse or other-system")->required();
  adjust->callback(
      [&] { action = [&] { return hub::adjust_points(a.folder, a.member, a.points, a.why, a.output(), std::cout); }; });
  auto* mark = question(*member, "mark", "Say what campaigns may ask of a member", a);
  mark->add_option("MEMBER", a.member, "Member number: M-...")->required();
  mark->add_option("--tag", a.marks.tags, "A tag, as campaigns name it; may be repeated");
  mark->add_option("--untag", a.marks.untags, "A tag that it has no more; may be repeated");
  mark->add_option("--rfm", a.marks.rfm, "The class of your own analysis; an empty one takes it away");
  mark->add_flag("--verified,!--unverified", a.marks.verified, "Whether the phone was proved to be theirs");
  mark->require_option(2, 0);
  mark->callback(
      [&] { action = [&] { return hub::mark_member(a.folder, a.member, a.marks, a.output(), std::cout); }; });

  add_staff_commands(app, a, action);
  auto* campaign = app.add_subcommand("campaign", "The brand's programme");
  campaign->require_subcommand(1);
  auto* publish = question(*campaign, "publish", "Check, sign and publish a programme document", a);
  publish->add_option("FILE", a.file, "JSON document")->required();
  publish->add_flag("--dry-run", a.dry_run, "Say what it would cost in an outage, and publish nothing");
  publish->callback([&] {
    action = [&] {
      const auto when = a.dry_run ? hub::Publish::dry_run : hub::Publish::now;
      return hub::publish_campaign(a.folder, a.file, when, a.output(), std::cout);
    };
  });

  for (const bool stopped : {true, false}) {
    auto* turn = question(*campaign, stopped ? "stop" : "resume",
                          stopped ? "End a campaign now, on every terminal that can be reached" : "Let it go on", a);
    turn->add_option("CAMPAIGN", a.campaign, "Number of the campaign")->required();
    turn->callback([&, stopped] {
      action = [&, stopped] { return hub::switch_campaign(a.folder, a.campaign, stopped, a.output(), std::cout); };
    });
  }
  auto* reach = question(*campaign, "reach", "Show which terminals have the programme that was published last", a);
  reach->callback([&] { action = [&] { return hub::show_reach(a.folder, a.output(), std::cout); }; });

  hub::add_key_commands(app, action);
  hub::add_order_commands(app, action);
  hub::add_notice_commands(app, action);

  const auto simple = [&](const char* name, const char* help, auto function) {
    auto* added = question(app, name, help, a);
    added->callback(
        [&a, &action, function] { action = [&a, function] { return function(a.folder, a.output(), std::cout); }; });
  };
  simple("balances", "Show every member's points", hub::show_balances);
  auto* audit = question(app, "audit", "Show what people behind the counter did, newest first", a);
  audit->add_flag("--hub", a.of_hub, "What operators did with this hub instead, and whether its log is whole");
  audit->callback([&] {
    action = [&] { return (a.of_hub ? hub::show_hub_audit : hub::show_audit)(a.folder, a.output(), std::cout); };
  });
  simple("signals", "Show patterns that somebody should look at, newest first", hub::show_signals);
  simple("status", "Show figures, verdicts and terminals", hub::show_status);
  simple("rebuild", "Project every stored batch again", hub::rebuild);
  simple("restored", "Go on after the database was put back from a backup", hub::restored);
  auto* backed = question(app, "backup", "Copy the running hub's database into a new file", a);
  backed->add_option("FILE", a.file, "The copy; must not exist")->required();
  backed->callback([&] { action = [&] { return hub::back_up(a.folder, a.file, a.output(), std::cout); }; });
  simple("verify", "Check signatures, chains, ledger and database, and every table against a new one", hub::verify);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Millpond's hub: members, points and coupons of a brand's terminals"};
  app.set_version_flag("--version", MILLPOND_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  Action action;
  add_commands(app, arguments, action);
  CLI11_PARSE(app, argc, argv);
  ::umask(0077);  // keys and members are nobody else's business, whatever mode the folder has
  if (const auto started = crypto::start(); !started) return report(started);
  return report(action());
}
