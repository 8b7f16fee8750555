// SPDX-License-Identifier: Apache-2.0
// Subcommands about people: staff, audit, signals.
#include "sync/base/ids.h"
#include "sync/hub/server/commands.h"
#include "sync/text/report.h"
#include "sync/text/text.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace millpond::hub {
namespace {

using Json = nlohmann::ordered_json;

// Prints JSON as it came, or hands the parsed answer to `show`.
base::Result<> ask_and_show(const HubFolder& folder, const Question& question, Output output, std::ostream& out,
                            const std::function<void(const Json&)>& show) {
  MILLPOND_TRY(const auto answer, ask_hub(folder, question));
  if (output == Output::json) {
    out << answer << "\n";
    return {};
  }
  try {
    show(Json::parse(answer));
  } catch (const Json::exception& failure) {
    return base::Error{base::Code::protocol_mismatch, "read the hub's answer", failure.what()};
  }
  return {};
}

void print_person(const Json& person, std::ostream& out) {
  out << std::left << std::setw(8) << person.at("staff").get<std::uint64_t>() << std::setw(8)
      << person.at("store").get<std::uint64_t>() << std::setw(12) << person.at("role").get<std::string>()
      << std::setw(8) << person.at("pin_passes").get<std::uint64_t>()
      << (person.at("disabled").get<bool>() ? "DISABLED " : "") << person.at("member").get<std::string>() << "\n";
}

struct SignalWords {
  std::string_view name;
  text::Key says;
  text::Key look;
};
constexpr std::array signal_words{
    SignalWords{"enrolments_without_sale", text::Key::signal_enrolments_without_sale_says,
                text::Key::signal_enrolments_without_sale_look},
    SignalWords{"member_twice", text::Key::signal_member_twice_says, text::Key::signal_member_twice_look},
    SignalWords{"own_card", text::Key::signal_own_card_says, text::Key::signal_own_card_look},
    SignalWords{"coupon_rate", text::Key::signal_coupon_rate_says, text::Key::signal_coupon_rate_look},
    SignalWords{"over_redemption", text::Key::signal_over_redemption_says, text::Key::signal_over_redemption_look},
    SignalWords{"right_breached", text::Key::signal_right_breached_says, text::Key::signal_right_breached_look},
    SignalWords{"manual_lookups", text::Key::signal_manual_lookups_says, text::Key::signal_manual_lookups_look},
    SignalWords{"pin_guessing", text::Key::signal_pin_guessing_says, text::Key::signal_pin_guessing_look},
    SignalWords{"second_conflict", text::Key::signal_second_conflict_says, text::Key::signal_second_conflict_look},
    SignalWords{"void_after_issue", text::Key::signal_void_after_issue_says, text::Key::signal_void_after_issue_look},
    SignalWords{"foreign_identity", text::Key::signal_foreign_identity_says, text::Key::signal_foreign_identity_look},
    SignalWords{"issue_beyond_rules", text::Key::signal_issue_beyond_rules_says,
                text::Key::signal_issue_beyond_rules_look},
    SignalWords{"programme_unknown", text::Key::signal_programme_unknown_says,
                text::Key::signal_programme_unknown_look},
    SignalWords{"uses_rate", text::Key::signal_uses_rate_says, text::Key::signal_uses_rate_look},
    SignalWords{"journal_lost", text::Key::signal_journal_lost_says, text::Key::signal_journal_lost_look},
    SignalWords{"programme_old", text::Key::signal_programme_old_says, text::Key::signal_programme_old_look}};

// What each kind of signal in a list means and asks for, once, in the reader's language.
void explain_signals(const Json& signals, std::ostream& out) {
  const auto language = text::environment_language();
  for (const auto& words : signal_words) {
    const auto named = [&](const Json& entry) { return entry.at("signal") == words.name; };
    if (std::ranges::none_of(signals, named)) continue;
    out << "\n"
        << words.name << "\n  " << text::get(words.says, language) << "\n  " << text::get(words.look, language) << "\n";
  }
}

// One line an entry: when, where, what, then whatever is not empty.
void print_entries(const Json& entries, const char* what, std::ostream& out) {
  for (const auto& entry : entries) {
    out << entry.at("at").get<std::string>() << "  terminal " << std::left << std::setw(6)
        << entry.at("terminal").get<std::uint64_t>() << std::setw(26) << entry.at(what).get<std::string>();
    for (const auto& [name, value] : entry.items()) {
      const bool told = name == "at" || name == "terminal" || name == what || name == "epoch";
      const bool empty = value == "" || value == 0;
      if (!told && !empty) out << ' ' << name << '=' << (value.is_string() ? value.get<std::string>() : value.dump());
    }
    out << "\n";
  }
}

}  // namespace

base::Result<> export_member(const HubFolder& folder, const std::string& member, std::ostream& out) {
  const Question question{"POST", "/members/export", Json{{"member", member}}.dump()};
  return ask_and_show(folder, question, Output::json, out, [](const Json&) {});
}

base::Result<> sign_app_card(const HubFolder& folder, const std::string& member, const std::string& key, Output output,
                             std::ostream& out) {
  const Question question{"POST", "/members/app-card", Json{{"member", member}, {"key", key}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << "member      " << json.at("member").get<std::string>() << ", until "
        << json.at("last_day").get<std::string>() << "\n"
        << "brand       " << json.at("brand").get<std::string>() << "\n"
        << "card        " << json.at("card").get<std::string>() << "\n"
        << "next        give it to the app that has the key: whoever has that app is the member, for paying too\n";
  });
}

base::Result<> withdraw_app_card(const HubFolder& folder, const std::string& member, const std::string& key,
                                 Output output, std::ostream& out) {
  const Question question{"POST", "/members/app-card/withdraw", Json{{"member", member}, {"key", key}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << "member      " << json.at("member").get<std::string>() << "\n"
        << "withdrawn   " << (json.at("all").get<bool>() ? "the cards of all apps until now" : "the cards of this app")
        << "\n"
        << "next        terminals refuse them once they have heard of it; one without a line does not until then\n";
  });
}

base::Result<> withdraw_card(const HubFolder& folder, const std::string& member, Output output, std::ostream& out) {
  const Question question{"POST", "/members/card/withdraw", Json{{"member", member}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json& json) {
    out << "member      " << json.at("member").get<std::string>() << "\n"
        << "withdrawn   every printed card of theirs until today; the next one is of "
        << json.at("good_from").get<std::string>() << " and good at once\n"
        << "next        terminals refuse them once they have heard of it; print the member another card\n";
  });
}

base::Result<> mark_member(const HubFolder& folder, const std::string& member, const MarksWanted& wanted, Output output,
                           std::ostream& out) {
  if (!base::parse_id('M', member)) return base::Error{base::Code::bad_input, "mark", "no member number: " + member};
  Json marks = Json::array();
  const auto add = [&](const char* mark, const std::string& word) {
    marks.push_back({{"mark", mark}, {"word", word}});
  };
  for (const auto& tag : wanted.tags) add("tag", tag);
  for (const auto& tag : wanted.untags) add("untag", tag);
  if (wanted.rfm) add("rfm", *wanted.rfm);
  if (wanted.verified) add(*wanted.verified ? "verified" : "unverified", "");
  const Question question{"POST", "/members/mark", Json{{"member", member}, {"marks", marks}}.dump()};
  return ask_and_show(folder, question, output, out,
                      [&](const Json&) { out << member << " is marked; terminals hear of it with their next page\n"; });
}

base::Result<> adjust_points(const HubFolder& folder, const std::string& member, std::int64_t points,
                             const std::string& why, Output output, std::ostream& out) {
  if (!base::parse_id('M', member)) return base::Error{base::Code::bad_input, "adjust", "no member number: " + member};
  const Question question{"POST", "/members/adjust",
                          Json{{"member", member}, {"points", points}, {"reason", why}}.dump()};
  return ask_and_show(folder, question, output, out, [&](const Json&) {
    out << member << (points < 0 ? " has " : " has +") << points
        << " points; terminals hear of it with their next page\n";
  });
}

base::Result<> add_staff(const HubFolder& folder, std::uint32_t store, const std::string& role, const std::string& pin,
                         const std::string& member, Output output, std::ostream& out) {
  const Json body{{"store", store}, {"role", role}, {"pin", pin}, {"member", member}};
  return ask_and_show(folder, {"POST", "/staff", body.dump()}, output, out, [&](const Json& json) {
    out << "number      " << json.at("staff").get<std::uint64_t>() << ", " << role << " of store " << store << "\n"
        << "next        the terminals of that store know the PIN at their next poll\n";
  });
}

base::Result<> disable_staff(const HubFolder& folder, std::uint32_t staff, Output output, std::ostream& out) {
  return ask_and_show(folder, {"POST", "/staff/disable", Json{{"staff", staff}}.dump()}, output, out,
                      [&](const Json& json) { print_person(json, out); });
}

base::Result<> reset_pin(const HubFolder& folder, std::uint32_t staff, const std::string& pin, Output output,
                         std::ostream& out) {
  return ask_and_show(folder, {"POST", "/staff/reset-pin", Json{{"staff", staff}, {"pin", pin}}.dump()}, output, out,
                      [&](const Json& json) { print_person(json, out); });
}

base::Result<> list_staff(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/staff"}, output, out, [&](const Json& json) {
    out << std::left << std::setw(8) << "number" << std::setw(8) << "store" << std::setw(12) << "role"
        << "passes of PIN\n";
    bool cheap = false;
    for (const auto& person : json.at("staff")) {
      print_person(person, out);
      cheap = cheap || person.at("pin_below_cost").get<bool>();
    }
    if (!cheap) return;
    out << "\nset with fewer passes than new PINs get (" << json.at("pin_passes").dump()
        << "), so quicker to guess from a stolen disk; let them choose anew with staff reset-pin:";
    for (const auto& person : json.at("staff")) {
      if (person.at("pin_below_cost").get<bool>()) out << ' ' << person.at("staff").dump();
    }
    out << "\n";
  });
}

base::Result<> show_audit(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/audit?limit=1000"}, output, out,
                      [&](const Json& json) { print_entries(json.at("audit"), "what", out); });
}

base::Result<> show_hub_audit(const HubFolder& folder, Output output, std::ostream& out) {
  MILLPOND_TRY(const auto answer, ask_hub(folder, {"GET", "/audit/hub?limit=1000"}));
  const auto json = Json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("acts") || !json.contains("broken_at")) {
    return base::Error{base::Code::protocol_mismatch, "read the hub's answer", "not a list of acts"};
  }
  const auto broken_at = json.at("broken_at").get<std::uint64_t>();
  if (output == Output::json) out << answer << "\n";
  for (const auto& entry : output == Output::json ? Json::array() : json.at("acts")) {
    out << entry.at("at").get<std::string>() << "  " << std::right << std::setw(6)
        << entry.at("no").get<std::uint64_t>() << "  " << std::left << std::setw(18)
        << entry.at("what").get<std::string>() << " " << entry.at("told").get<std::string>() << "\n";
  }
  if (broken_at == 0) return {};
  return base::Error{base::Code::store_corrupt, "verify hub log",
                     "the chain does not hold from entry " + std::to_string(broken_at) + " on"};
}

base::Result<> show_signals(const HubFolder& folder, Output output, std::ostream& out) {
  return ask_and_show(folder, {"GET", "/signals?limit=1000"}, output, out, [&](const Json& json) {
    print_entries(json.at("signals"), "signal", out);
    explain_signals(json.at("signals"), out);
  });
}

}  // namespace millpond::hub
