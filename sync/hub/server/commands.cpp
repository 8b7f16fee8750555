// SPDX-License-Identifier: Apache-2.0
#include "sync/hub/server/commands.h"

#include "sync/base/file.h"
#include "sync/base/ids.h"
#include "sync/hub/server/answers.h"
#include "sync/net/http_client.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace millpond::hub {
namespace {

using base::Code;
using base::Error;
using Json = nlohmann::ordered_json;

constexpr std::size_t answer_bytes_max = 256U << 20;  // balances of a few million members
constexpr std::size_t document_bytes_max = 4U << 20;
constexpr std::int64_t long_work_ms = 3'600'000;  // rebuild and verify read everything

// In the words of the chain's country document.
std::string told_of_breach(const Json& country) {
  const auto hours = country.at("breach_told_hours").get<std::int64_t>();
  const auto when = hours == 0 ? std::string{"at once"} : "within " + std::to_string(hours) + " hours";
  return "the authority is told of a breach " + when;
}

// Asks, prints JSON as it came, or hands the parsed answer to `show`.
template <class Show>
base::Result<> ask_and_show(const HubFolder& folder, const Question& question, Output output, std::ostream& out,
                            Show show) {
  MILLPOND_TRY(const auto answer, ask_hub(folder, question));
  if (output == Output::json) {
    out << answer << "\n";
    return {};
  }
  const auto json = Json::parse(answer, nullptr, false);
  try {
    show(json);
  } catch (const Json::exception& failure) {
    return Error{Code::protocol_mismatch, "read the hub's answer", failure.what()};
  }
  return {};
}

Error error_of(const Json& json, int status) {
  Error error{Code::hub_not_a_hub, "ask the hub", "status " + std::to_string(status), {}};
  if (!json.is_object()) return error;
  error.code = base::code_from_name(json.value("code", "")).value_or(Code::hub_refused);
  error.operation = json.value("operation", error.operation);
  error.detail = json.value("detail", error.detail);
  error.hint = json.value("hint", "");
  return error;
}

// Which copies of a terminal there are, for whoever must choose one.
void print_copies(const Json& terminal, std::ostream& out) {
  if (!terminal.at("copies_suspected").get<bool>()) return;
  for (const auto& epoch : terminal.at("epochs")) {
    const auto number = epoch.at("epoch").get<std::uint64_t>();
    out << "          epoch " << std::left << std::setw(12) << number << std::right << std::setw(12)
        << epoch.at("watermark").get<std::uint64_t>() << std::setw(12) << epoch.at("projected").get<std::uint64_t>()
        << (epoch.at("value_suspended").get<bool>() ? "  honours no coupons; to let it live: --epoch "
                                                    : "  lives: chosen, --epoch ")
        << number << "\n";
  }
}

// "+3 s", "-2 d": how far a machine's clock is ahead. A delayed upload makes it look late, so a second is no news.
std::string told_offset(std::int64_t offset_ms) {
  const auto seconds = offset_ms / 1'000;
  if (seconds >= -2 && seconds <= 2) return "right";
  const auto size = seconds < 0 ? -seconds : seconds;
  const auto [count, unit] = size < 120       ? std::pair{size, " s"}
                             : size < 7'200   ? std::pair{size / 60, " min"}
                             : size < 172'800 ? std::pair{size / 3'600, " h"}
                                              : std::pair{size / 86'400, " d"};
  return (seconds < 0 ? "-" : "+") + std::to_string(count) + unit;
}

void print_terminals(const Json& terminals, std::ostream& out) {
  out << std::left << std::setw(10) << "terminal" << std::setw(8) << "store" << std::setw(9) << "digits" << std::right
      << std::setw(12) << "received" << std::setw(12) << "projected"
      << "  last heard                clock\n";
  for (const auto& terminal : terminals) {
    std::uint64_t received = 0;
    std::uint64_t projected = 0;
    for (const auto& epoch : terminal.at("epochs")) {
      received += epoch.at("watermark").get<std::uint64_t>();
      projected += epoch.at("projected").get<std::uint64_t>();
    }
    const auto last = terminal.at("last_received").get<std::string>();
    out << std::left << std::setw(10) << terminal.at("terminal").get<std::uint64_t>() << std::setw(8)
        << terminal.at("store").get<std::uint64_t>() << std::setw(9)
        << terminal.at("matching_digits").get<std::string>() << std::right << std::setw(12) << received << std::setw(12)
        << projected << "  " << std::left << std::setw(26) << (last.empty() ? "never" : last)
        << (last.empty() ? "" : told_offset(terminal.at("clock_offset_ms").get<std::int64_t>()))
        << (terminal.at("revoked").get<bool>() ? "  REVOKED" : "")
        << (terminal.at("copies_suspected").get<bool>() ? "  LIVES TWICE" : "") << "\n";
    print_copies(terminal, out);
  }
}

}  // namespace

base::Result<std::string> ask_hub(const HubFolder& folder, const Question& question) {
  net::ClientOptions line;
  line.base_url = "http://hub";
  line.unix_path = folder.admin_socket().string();
  line.answer_bytes_max = answer_bytes_max;
  MILLPOND_TRY(const auto client, net::HttpClient::create(line));
  const auto body = base::view_of(question.body);
  net::HttpRequest request;
  request.method = question.method;
  request.target = question.target;
  request.body.assign(body.begin(), body.end());
  request.timeout_ms = question.timeout_ms;
  if (!request.body.empty()) request.headers = {{"Content-Type", "application/json"}};
  const auto answer = client->perform(request);
  if (!answer && answer.error().code == Code::hub_unreachable) {
    MILLPOND_TRY_DO(require_hub(folder));
    return Error{Code::not_running, "ask the hub", answer.error().detail,
                 "millpond-hub serve --dir " + folder.dir.string()};
  }
  if (!answer) return answer.error();
  if (answer->status == 200) return std::string{base::text_of(answer->body)};
  return error_of(Json::parse(base::text_of(answer->body), nullptr, false), answer->status);
}

base::Result<> add_terminal(const HubFolder& folder, std::uint32_t store, Output output, std::ostream& out) {
  const Question question{"POST", "/terminals", Json{{"store", store}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << "code        " << json.at("shown").get<std::string>() << "\n"
        << "good for    " << json.at("minutes").get<int>() << " minutes, one terminal, five tries (until "
        << json.at("expires").get<std::string>() << ")\n"
        << "terminal    " << json.at("terminal").get<std::uint64_t>() << " of store " << store << "\n"
        << "next        on that machine: millpond provision --hub URL --code " << json.at("shown").get<std::string>()
        << "\n"
        << "            then compare its six digits with: millpond-hub terminal list --dir " << folder.dir.string()
        << "\n";
  });
}

base::Result<> revoke_terminal(const HubFolder& folder, std::uint32_t terminal, const std::string& since, Output output,
                               std::ostream& out) {
  const Question question{"POST", "/terminals/revoke", Json{{"terminal", terminal}, {"since", since}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    if (const auto told = json.find("since"); told != json.end()) {
      const auto number = [&](const char* name) { return told->at(name).get<std::int64_t>(); };
      out << "since " << told->at("at").get<std::string>() << " it gave " << number("coupons") << " coupons worth "
          << number("coupons_minor") << " minor units, which are void but for " << number("coupons_used")
          << " that were used, and " << number("points") << " points, which stay\n"
          << "it used " << number("uses") << " coupons worth " << number("uses_minor")
          << " minor units, which are their holders' again\n";
    }
    out << "terminal " << terminal << " is revoked: it uploads no more\n"
        << "if it was stolen, and had personal data: " << told_of_breach(json.at("country"))
        << "; docs/privacy.md has the runbook, and counsel decides\n";
  });
}

base::Result<> keep_copy(const HubFolder& folder, std::uint32_t terminal, std::uint32_t epoch, Output output,
                         std::ostream& out) {
  const Question question{"POST", "/terminals/keep", Json{{"terminal", terminal}, {"epoch", epoch}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json&) {
    out << "terminal " << terminal << " lives on as epoch " << epoch
        << "; every other copy of it earns and enrols, and honours no coupons\n";
  });
}

base::Result<> withdraw_hub_key(const HubFolder& folder, std::uint16_t key, Output output, std::ostream& out) {
  return ask_and_show(folder, {"POST", "/keys/withdraw", Json{{"key", key}}.dump()}, output, out, [&](const Json&) {
    out << "key " << key
        << " is withdrawn: terminals that hear of it believe no answer by it and no phone's card, and\n"
        << "take its printed cards for a typed number. Sign the phones' cards again and print the others anew.\n";
  });
}

base::Result<> readmit(const HubFolder& folder, const std::filesystem::path& identity, Output output,
                       std::ostream& out) {
  constexpr std::size_t identity_bytes_max = 1U << 20;
  MILLPOND_TRY(const auto bytes, base::read_file(identity, identity_bytes_max));
  const auto json = Json::parse(base::text_of(bytes), nullptr, false);
  const auto certificate = json.is_object() ? json.value("certificate", Json{}) : Json{};
  if (!certificate.is_string()) {
    return Error{Code::bad_input, "let a terminal in again",
                 "no certificate is in it; give the identity.json of the terminal's folder", identity.string()};
  }
  const Question question{"POST", "/terminals/readmit", Json{{"certificate", certificate}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& told) {
    out << "terminal " << told.at("terminal").get<std::uint64_t>() << " of store "
        << told.at("store").get<std::uint64_t>()
        << " is known again; what it sold meanwhile comes with its next uploads\n";
  });
}

base::Result<> remove_member(const HubFolder& folder, const std::string& member, Output output, std::ostream& out) {
  const Question question{"POST", "/members/remove", Json{{"member", member}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json&) {
    out << member << " is removed here; terminals remove it at their next poll\n";
  });
}

base::Result<> merge_members(const HubFolder& folder, const std::string& from, const std::string& into, Output output,
                             std::ostream& out) {
  // Before the hub is asked, or found not to run: who mistypes a number hears of that.
  for (const auto* number : {&from, &into}) {
    if (!base::parse_id('M', *number))
      return base::Error{base::Code::bad_input, "merge", "no member number: " + *number};
  }
  const Question question{"POST", "/members/merge", Json{{"from", from}, {"into", into}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json&) {
    out << from << " counts for " << into << " from now on, and what it earned before too; both cards stay good\n"
        << "to undo it: millpond-hub member unmerge " << from << " --dir " << folder.dir.string() << "\n";
  });
}

base::Result<> unmerge_member(const HubFolder& folder, const std::string& from, Output output, std::ostream& out) {
  const Question question{"POST", "/members/unmerge", Json{{"from", from}}.dump()};
  return ask_and_show(folder, question, output, out,
                      [&](const Json&) { out << from << " is a member of its own again, with what it earned\n"; });
}

base::Result<> list_terminals(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/terminals"}, output, out,
                      [&](const Json& json) { print_terminals(json.at("terminals"), out); });
}

base::Result<> publish_campaign(const HubFolder& folder, const std::filesystem::path& file, Publish publish,
                                Output output, std::ostream& out) {
  MILLPOND_TRY(const auto document, base::read_file(file, document_bytes_max));
  const auto* const target = publish == Publish::now ? "/programme" : "/programme/dry-run";
  const Question question{"POST", target, std::string{base::text_of(document)}};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    const auto& outage = json.at("outage");
    const auto list = [](const Json& numbers) {
      std::string text;
      for (const auto& number : numbers)
        text += (text.empty() ? "" : ", ") + std::to_string(number.get<std::uint64_t>());
      return text.empty() ? std::string{"none"} : text;
    };
    out << "campaigns that go on giving past their limits for one member without a line: "
        << list(outage.at("past_limits")) << "\n"
        << "one outage of " << outage.at("terminals").get<std::int64_t>() << " terminals loses at the most "
        << outage.at("coupons_minor").get<std::int64_t>() << " minor units of coupons ("
        << outage.at("these_coupons_minor").get<std::int64_t>() << " by this programme alone) and "
        << outage.at("points").get<std::int64_t>() << " points\n"
        << "programme version " << json.at("version").get<std::uint64_t>()
        << (publish == Publish::now ? " is published; terminals fetch it at their next poll\n"
                                    : " is good and was not published\n");
  });
}

namespace {

void print_reach(const Json& json, std::ostream& out) {
  const auto& terminals = json.at("terminals");
  const auto has_it = [](const Json& each) { return each.at("has_it").get<bool>(); };
  const auto reached = std::count_if(terminals.begin(), terminals.end(), has_it);
  out << "programme version " << json.at("version").get<std::uint64_t>() << ": " << reached << " of "
      << terminals.size() << " terminals have it\n";
  for (const auto& each : terminals) {
    if (has_it(each)) continue;
    const auto asked = each.at("asked").get<std::string>();
    out << "  not yet: terminal " << each.at("terminal").get<std::uint64_t>() << " of store "
        << each.at("store").get<std::uint64_t>() << ", "
        << (asked.empty() ? "silent since the hub started" : "last asked " + asked) << "\n";
  }
  if (reached < static_cast<std::ptrdiff_t>(terminals.size())) {
    out << "next        they go by what they have until they ask; `millpond-hub campaign reach` shows it again, and "
           "`millpond-hub "
           "leases list` what of a limit they may still give\n";
  }
}

}  // namespace

base::Result<> switch_campaign(const HubFolder& folder, std::uint32_t campaign, bool stopped, Output output,
                               std::ostream& out) {
  const Question question{"POST", "/programme/campaign", Json{{"campaign", campaign}, {"stopped", stopped}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << "campaign " << campaign << (stopped ? " is stopped; what it gave stays good\n" : " goes on\n");
    print_reach(json, out);
  });
}

base::Result<> show_reach(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/programme/reach"}, output, out,
                      [&](const Json& json) { print_reach(json, out); });
}

base::Result<> show_balances(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/balances"}, output, out, [&](const Json& json) {
    out << std::left << std::setw(20) << "member" << std::right << std::setw(12) << "points" << std::setw(18)
        << "qualifying minor"
        << "\n";
    for (const auto& member : json.at("members")) {
      out << std::left << std::setw(20) << member.at("member").get<std::string>() << std::right << std::setw(12)
          << member.at("points").get<std::int64_t>() << std::setw(18)
          << member.at("qualifying_minor").get<std::int64_t>();
      const auto same_as = member.at("same_as").get<std::string>();
      const auto phone_of = member.at("phone_of").get<std::string>();
      out << (same_as.empty() ? "" : "  counts for " + same_as);
      out << (phone_of.empty() || !same_as.empty() ? "" : "  has the phone of " + phone_of) << "\n";
    }
  });
}

base::Result<> show_status(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/status"}, output, out, [&](const Json& json) {
    for (const auto& [name, value] : json.items()) {
      if (name == "terminals" || name == "verdicts" || name == "checked") continue;
      if (name == "country") {
        out << std::left << std::setw(24) << name << value.at("code").get<std::string>() << ": members from "
            << value.at("age_min") << ", personal data " << value.at("profile_days") << " days without the hub, "
            << told_of_breach(value) << "\n";
        continue;
      }
      out << std::left << std::setw(24) << name << (value.is_string() ? value.get<std::string>() : value.dump())
          << "\n";
    }
    for (const auto& [code, count] : json.at("verdicts").items()) {
      out << std::left << std::setw(24) << "verdict " + code << count.dump() << "\n";
    }
    if (const auto checked = json.find("checked"); checked != json.end()) {
      const bool holds = checked->at("holds").get<bool>();
      out << std::left << std::setw(24) << "checked" << checked->at("at").get<std::string>()
          << (holds ? ", everything holds" : ", BROKEN: " + checked->at("broken").get<std::string>()) << "\n";
      if (!holds) out << check_broken_words << "\n";
    }
    if (json.at("went_back").get<bool>()) out << went_back_words << "\n";
    out << "\n";
    print_terminals(json.at("terminals"), out);
  });
}

base::Result<> list_rights(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/rights"}, output, out, [&](const Json& json) {
    out << "a cut line costs at most " << json.at("bound_minor").dump() << " (minor units)\n\n"
        << "terminal   held        value      losses      value       breaches  last heard of\n";
    for (const auto& each : json.at("terminals")) {
      out << std::left << std::setw(11) << each.at("terminal").dump() << std::setw(12) << each.at("held").dump()
          << std::setw(11) << each.at("held_minor").dump() << std::setw(12) << each.at("losses").dump() << std::setw(12)
          << each.at("loss_minor").dump() << std::setw(10) << each.at("breaches").dump()
          << each.at("last_received").get<std::string>() << "\n";
    }
    for (const auto& each : json.at("terminals")) {
      if (!each.at("may_be_broken").get<bool>()) continue;
      const auto number = each.at("terminal").dump();
      out << "\nterminal " << number
          << " was silent for 72 hours, and its coupons wait for it: if it does not come back, "
          << "millpond-hub rights break --terminal " << number << "\n";
    }
  });
}

base::Result<> break_rights(const HubFolder& folder, std::uint32_t terminal, Output output, std::ostream& out) {
  const Question question{"POST", "/rights/break", Json{{"terminal", terminal}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << "the hub honours what terminal " << json.at("terminal").dump() << " held from now on\n";
  });
}

base::Result<> rebuild(const HubFolder& folder, Output output, std::ostream& out) {
  const Question question{"POST", "/rebuild", {}, long_work_ms};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << json.at("events").get<std::uint64_t>() << " events projected again, "
        << json.at("verdicts").get<std::uint64_t>() << " verdicts\n";
  });
}

base::Result<> restored(const HubFolder& folder, Output output, std::ostream& out) {
  const Question question{"POST", "/restored", {}, long_work_ms};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << json.at("events").get<std::uint64_t>() << " events projected again; every terminal reads everything anew\n"
        << "the next terminal number is " << json.at("numbers_skipped").get<std::uint64_t>()
        << " higher, because some may have been given out since the backup\n"
        << "next        repeat what was decided since then: docs/backup.md has the list\n";
  });
}

base::Result<> back_up(const HubFolder& folder, const std::filesystem::path& file, Output output, std::ostream& out) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(file, failure);
  if (failure) return Error{Code::bad_input, "back up", failure.message()};
  const Question question{"POST", "/backup", Json{{"file", absolute.string()}}.dump(), long_work_ms};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << json.at("file").get<std::string>() << ": " << json.at("bytes").get<std::uint64_t>() << " bytes\n";
  });
}

base::Result<> verify(const HubFolder& folder, Output output, std::ostream& out) {
  MILLPOND_TRY(const auto answer, ask_hub(folder, {"GET", "/verify", {}, long_work_ms}));
  const auto json = Json::parse(answer, nullptr, false);
  if (!json.is_object()) return Error{Code::protocol_mismatch, "read the hub's answer", "not an object"};
  if (output == Output::json) out << answer << "\n";
  for (const auto& [name, value] : json.items()) {
    if (output == Output::people) out << std::left << std::setw(20) << name << value.dump() << "\n";
  }
  if (json.value("holds", false)) return {};
  const auto table = json.value("rebuilt_otherwise", "");
  const auto asked = json.value("batches_asked", std::uint64_t{0});
  auto detail = table.empty() ? json.value("first_broken", "")
                              : "table " + table + " is not what its batches say: millpond-hub rebuild makes it anew";
  if (asked > 0) detail += "; asked of their terminals again: " + std::to_string(asked) + ", so verify later";
  return Error{Code::store_corrupt, "verify hub", detail, folder.database().string()};
}

}  // namespace millpond::hub
