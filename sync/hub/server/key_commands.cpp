// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/key_commands.h"

#include "sync/base/clock.h"
#include "sync/base/file.h"
#include "sync/hub/server/commands.h"
#include "sync/hub/server/key_ceremony.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <termios.h>
#include <unistd.h>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t passphrase_bytes_max = 4'096;

struct KeyArguments {
  HubFolder folder;
  bool json{};
  std::string from;
  std::uint16_t key{};
  std::string file;
  std::string out;
  std::string root;
  std::string passphrase_file;
  ToSign sign;
  std::string request;
  [[nodiscard]] Output output() const { return json ? Output::json : Output::people; }
};

// Switches the terminal's echo off for as long as it lives; nothing where standard input is none.
class SilentInput {
 public:
  SilentInput() : is_terminal_{::tcgetattr(STDIN_FILENO, &before_) == 0} {
    if (!is_terminal_) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentInput() {
    if (!is_terminal_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << "\n";
  }
  SilentInput(const SilentInput&) = delete;
  SilentInput& operator=(const SilentInput&) = delete;
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

 private:
  termios before_{};
  bool is_terminal_;
};

// One line, from a file or from whoever sits at the keyboard.
Result<std::string> ask_passphrase(const KeyArguments& a) {
  if (!a.passphrase_file.empty()) {
    MILLPOND_TRY(const auto content, base::read_file(a.passphrase_file, passphrase_bytes_max));
    const auto text = std::string{base::text_of(content)};
    return text.substr(0, text.find_first_of("\r\n"));
  }
  const SilentInput silent;
  if (silent.is_terminal()) std::cerr << "passphrase of the root's backup: " << std::flush;
  std::string line;
  if (std::getline(std::cin, line)) return line;
  return Error{Code::bad_input, "read passphrase", "there is none on standard input", "or --passphrase-file FILE"};
}

Result<> export_asked(const KeyArguments& a) {
  MILLPOND_TRY(const auto passphrase, ask_passphrase(a));
  return export_root(a.folder, a.out, passphrase, std::cout);
}

Result<> rehearse_asked(const KeyArguments& a) {
  MILLPOND_TRY(const auto passphrase, ask_passphrase(a));
  return rehearse_root(a.folder, a.file, passphrase, base::system_clock().wall_ms(), std::cout);
}

Result<> sign_asked(const KeyArguments& a) {
  MILLPOND_TRY(const bool backup, needs_passphrase(a.root));
  std::string passphrase;
  if (backup) { MILLPOND_TRY(passphrase, ask_passphrase(a)); }
  auto wanted = a.sign;
  wanted.request = a.request;
  return sign_with_root(a.root, passphrase, wanted, a.out, std::cout);
}

}  // namespace

void add_key_commands(CLI::App& app, std::function<Result<>()>& action) {
  const auto a = std::make_shared<KeyArguments>();
  const auto does = [&action](CLI::App* command, std::function<Result<>()> work) {
    command->callback([&action, work = std::move(work)] { action = work; });
  };
  const auto with_folder = [&](CLI::App& parent, const char* name, const char* help) {
    auto* added = parent.add_subcommand(name, help);
    added->add_option("--dir", a->folder.dir, "The hub's folder")->required();
    return added;
  };
  const auto now_ms = [] { return base::system_clock().wall_ms(); };

  auto* keys = app.add_subcommand("keys", "Keys that the hub signs with");
  keys->require_subcommand(1);
  auto* list = with_folder(*keys, "list", "Show every key, the root and its rehearsal");
  list->add_flag("--json", a->json, "Print one JSON object");
  does(list, [a, now_ms] { return list_keys(a->folder, now_ms(), a->output(), std::cout); });
  auto* next = with_folder(*keys, "next", "Make the next key and the request that the root signs");
  next->add_option("--from", a->from, "First day it signs, at least 30 days ahead; now, when a key was lost");
  does(next, [a, now_ms] { return next_key(a->folder, a->from, now_ms(), std::cout); });
  auto* install = with_folder(*keys, "install", "Install what the root signed: a key or an address");
  install->add_option("FILE", a->file, "From root sign")->required();
  does(install, [a] { return install_key(a->folder, a->file, std::cout); });

  auto* withdraw = with_folder(*keys, "withdraw", "Let a key of before count no more, because somebody else has it");
  withdraw->add_option("NUMBER", a->key, "Not the one that signs now")->required();
  withdraw->add_flag("--json", a->json, "Print one JSON object");
  does(withdraw, [a] { return withdraw_hub_key(a->folder, a->key, a->output(), std::cout); });

  auto* root = app.add_subcommand("root", "The brand's root key and its backup");
  root->require_subcommand(1);
  const auto with_passphrase = [&](CLI::App* command) {
    command->add_option("--passphrase-file", a->passphrase_file, "Read the passphrase from a file, first line");
    return command;
  };
  auto* exported = with_passphrase(with_folder(*root, "export", "Write the root under a passphrase to a new file"));
  exported->add_option("--out", a->out, "New file")->required();
  does(exported, [a] { return export_asked(*a); });
  auto* rehearse = with_passphrase(with_folder(*root, "rehearse", "Read a backup back and let it sign a test value"));
  rehearse->add_option("FILE", a->file, "From root export")->required();
  does(rehearse, [a] { return rehearse_asked(*a); });
  auto* sign = with_passphrase(root->add_subcommand("sign", "Vouch for a hub key, or say where the hub is"));
  sign->add_option("--root", a->root, "Backup, or brand-root.key")->required();
  sign->add_option("--key", a->request, "hub-N.request from keys next");
  sign->add_option("--address", a->sign.url, "https URL of the hub");
  sign->add_option("--version", a->sign.version, "Of the address: higher than every one before");
  sign->add_option("--out", a->out, "New file")->required();
  does(sign, [a] { return sign_asked(*a); });
}

}  // namespace millpond::hub
