// SPDX-License-Identifier: Apache-2.0
// What the subcommands of millpond-hub do: ask the running hub over its socket and print the answer, for people or as
// one JSON line. Not a place for rules: the hub decides. Blocking; one thread.
#pragma once

#include "sync/base/result.h"
#include "sync/hub/server/serve.h"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace millpond::hub {

enum class Output : std::uint8_t { people, json };

// What can be asked of a running hub.
struct Question {
  std::string method;
  std::string target;
  std::string body{};
  std::int64_t timeout_ms{30'000};
};

// The hub's JSON. Errors: not_found (no hub was ever made in the folder), not_running (nobody answers on the folder's
// socket, with the command that starts it as hint), what the hub answered, hub_not_a_hub.
[[nodiscard]] base::Result<std::string> ask_hub(const HubFolder& folder, const Question& question);

// Asks and prints. People get tables; `json` is printed as it came.
[[nodiscard]] base::Result<> add_terminal(const HubFolder& folder, std::uint32_t store, Output output,
                                          std::ostream& out);
// `since`: from when on somebody else had it, UTC; empty: nothing is undone.
[[nodiscard]] base::Result<> revoke_terminal(const HubFolder& folder, std::uint32_t terminal, const std::string& since,
                                             Output output, std::ostream& out);
[[nodiscard]] base::Result<> keep_copy(const HubFolder& folder, std::uint32_t terminal, std::uint32_t epoch,
                                       Output output, std::ostream& out);
// A hub key that somebody else has; the running hub signs with another by then.
[[nodiscard]] base::Result<> withdraw_hub_key(const HubFolder& folder, std::uint16_t key, Output output,
                                              std::ostream& out);
[[nodiscard]] base::Result<> remove_member(const HubFolder& folder, const std::string& member, Output output,
                                           std::ostream& out);
[[nodiscard]] base::Result<> merge_members(const HubFolder& folder, const std::string& from, const std::string& into,
                                           Output output, std::ostream& out);
[[nodiscard]] base::Result<> unmerge_member(const HubFolder& folder, const std::string& from, Output output,
                                            std::ostream& out);
// The signed document, one JSON object either way.
[[nodiscard]] base::Result<> export_member(const HubFolder& folder, const std::string& member, std::ostream& out);
// `key`: the app's public key, 64 hexadecimal digits. Prints what the member's phone needs, and nothing secret.
[[nodiscard]] base::Result<> sign_app_card(const HubFolder& folder, const std::string& member, const std::string& key,
                                           Output output, std::ostream& out);
// Without a key all cards that the member's apps have until now.
[[nodiscard]] base::Result<> withdraw_app_card(const HubFolder& folder, const std::string& member,
                                               const std::string& key, Output output, std::ostream& out);
// A printed card that was lost; every one of the member's until today.
[[nodiscard]] base::Result<> withdraw_card(const HubFolder& folder, const std::string& member, Output output,
                                           std::ostream& out);
// `pin` is what the person typed, twice the same; it goes to the hub over its own socket and is kept nowhere.
[[nodiscard]] base::Result<> add_staff(const HubFolder& folder, std::uint32_t store, const std::string& role,
                                       const std::string& pin, const std::string& member, Output output,
                                       std::ostream& out);
// What the chain says of a member, for campaigns; what is not named stays.
struct MarksWanted {
  std::vector<std::string> tags{};
  std::vector<std::string> untags{};
  std::optional<std::string> rfm{};  // empty: of no class
  std::optional<bool> verified{};    // the phone
};
// Errors besides: bad_input, not_found.
[[nodiscard]] base::Result<> adjust_points(const HubFolder& folder, const std::string& member, std::int64_t points,
                                           const std::string& why, Output output, std::ostream& out);
[[nodiscard]] base::Result<> mark_member(const HubFolder& folder, const std::string& member, const MarksWanted& wanted,
                                         Output output, std::ostream& out);
[[nodiscard]] base::Result<> disable_staff(const HubFolder& folder, std::uint32_t staff, Output output,
                                           std::ostream& out);
[[nodiscard]] base::Result<> reset_pin(const HubFolder& folder, std::uint32_t staff, const std::string& pin,
                                       Output output, std::ostream& out);
[[nodiscard]] base::Result<> list_staff(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> show_audit(const HubFolder& folder, Output output, std::ostream& out);
// What operators did with this hub, from its own log. Error besides: store_corrupt, after the list, where the log's
// chain does not hold.
[[nodiscard]] base::Result<> show_hub_audit(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> show_signals(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> list_rights(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> break_rights(const HubFolder& folder, std::uint32_t terminal, Output output,
                                          std::ostream& out);
[[nodiscard]] base::Result<> list_leases(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> write_off_lease(const HubFolder& folder, std::uint64_t lease, Output output,
                                             std::ostream& out);
// `identity`: the identity.json of a machine that this hub let in and forgot, because it was restored since. Errors
// besides: certificate_invalid, already_exists, terminal_revoked.
[[nodiscard]] base::Result<> readmit(const HubFolder& folder, const std::filesystem::path& identity, Output output,
                                     std::ostream& out);
[[nodiscard]] base::Result<> list_terminals(const HubFolder& folder, Output output, std::ostream& out);
// With what one outage can cost at the most from then on; nothing is published where it is only asked for.
enum class Publish : std::uint8_t { now, dry_run };
[[nodiscard]] base::Result<> switch_campaign(const HubFolder& folder, std::uint32_t campaign, bool stopped,
                                             Output output, std::ostream& out);
// Which terminals have the programme that was published last.
[[nodiscard]] base::Result<> show_reach(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> publish_campaign(const HubFolder& folder, const std::filesystem::path& file,
                                              Publish publish, Output output, std::ostream& out);
[[nodiscard]] base::Result<> show_balances(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> show_status(const HubFolder& folder, Output output, std::ostream& out);
[[nodiscard]] base::Result<> rebuild(const HubFolder& folder, Output output, std::ostream& out);
// docs/backup.md says when: after the database was put back from a backup, once.
[[nodiscard]] base::Result<> restored(const HubFolder& folder, Output output, std::ostream& out);
// A whole copy of the running hub's database in a file that must not exist yet; relative to where the caller is. Error
// besides: already_exists.
[[nodiscard]] base::Result<> back_up(const HubFolder& folder, const std::filesystem::path& file, Output output,
                                     std::ostream& out);
// Error: store_corrupt when something does not hold, after it was printed.
[[nodiscard]] base::Result<> verify(const HubFolder& folder, Output output, std::ostream& out);

}  // namespace millpond::hub
