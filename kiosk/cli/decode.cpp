// SPDX-License-Identifier: Apache-2.0
#include "kiosk/cli/decode.h"

#include "hardware/scan/decode_file.h"
#include "kiosk/cli/output.h"
#include "sync/codes/classify.h"
#include "sync/codes/payload.h"
#include "sync/terminal/identity.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

namespace millpond::cli {
namespace {

// The public key of an issuer that this folder knows: its own, or the hub key it was provisioned under.
std::optional<crypto::PublicKey> key_of(const terminal::Identity& identity, codes::Issuer issuer) {
  if (issuer == codes::Issuer::hub(identity.hub_key.number)) return identity.hub_key.key;
  if (issuer == codes::Issuer::terminal(identity.certificate.terminal, identity.certificate.generation)) {
    return identity.key.public_key();
  }
  return std::nullopt;
}

// "valid", or the stable name of why not, or "none" for a code that carries no signature.
std::string signature_of(const std::string& text, const std::optional<terminal::Identity>& identity) {
  if (codes::classify(text) != codes::TextKind::millpond) return "none";
  if (!identity) return "unchecked";
  const auto parsed = codes::parse(text, identity->brand);
  if (!parsed) return std::string{base::code_name(parsed.error().code)};
  const auto key = key_of(*identity, parsed->issuer());
  if (!key) return std::string{base::code_name(base::Code::code_unknown_issuer)};
  const auto verified = codes::verify(*parsed, *key, identity->brand);
  return verified ? "valid" : std::string{base::code_name(verified.error().code)};
}

nlohmann::ordered_json row_of(const std::string& file, const scan::FileDecode& decoded,
                              const std::optional<terminal::Identity>& identity) {
  nlohmann::ordered_json row{{"file", file},         {"found", decoded.found.has_value()},
                             {"text", nullptr},      {"format", nullptr},
                             {"signature", nullptr}, {"cpu_ms", decoded.cpu_ms}};
  if (!decoded.found) return row;
  const bool payment = codes::is_payment(codes::classify(decoded.found->text));
  if (!payment) row["text"] = decoded.found->text;  // a payment code is money: it is named, never repeated
  row["format"] = ports::symbology_name(decoded.found->symbology);
  row["signature"] = payment ? "payment_code" : signature_of(decoded.found->text, identity);
  return row;
}

void print_row(const nlohmann::ordered_json& row, bool json) {
  if (json) {
    std::cout << row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return;
  }
  std::cout << row["file"].get<std::string>() << ": ";
  if (!row["found"].get<bool>())
    std::cout << "-";
  else if (row["text"].is_null())
    std::cout << row["signature"].get<std::string>();
  else
    std::cout << row["text"].get<std::string>() << "  [" << row["format"].get<std::string>() << ", signature "
              << row["signature"].get<std::string>() << "]";
  char milliseconds[32];
  std::snprintf(milliseconds, sizeof milliseconds, "  %.1f ms", row["cpu_ms"].get<double>());
  std::cout << milliseconds << '\n';
}

}  // namespace

int decode(const DecodeOptions& options) {
  std::optional<terminal::Identity> identity;
  if (auto loaded = terminal::load_identity(options.folder)) identity = std::move(loaded).value();
  int status = 0;
  for (const auto& file : options.files) {
    const auto decoded = scan::decode_file(file);
    if (decoded) {
      print_row(row_of(file, *decoded, identity), options.json);
      continue;
    }
    status = 1;
    if (options.json) {
      std::cout << nlohmann::ordered_json{{"file", file},
                                          {"found", false},
                                          {"text", nullptr},
                                          {"format", nullptr},
                                          {"signature", nullptr},
                                          {"cpu_ms", 0.0},
                                          {"error", base::code_name(decoded.error().code)}}
                       .dump()
                << '\n';
    } else {
      static_cast<void>(fail(decoded.error()));
    }
  }
  return status;
}

}  // namespace millpond::cli
