// SPDX-License-Identifier: Apache-2.0
#include "sync/terminal/granted.h"

#include "sync/base/file.h"
#include "sync/codes/base45.h"
#include "sync/wire/provisioning.h"
#include "sync/wire/rights_rows.h"

namespace millpond::terminal {
namespace {

constexpr std::size_t sheet_text_max = 4'096;

std::filesystem::path documents_path(const std::filesystem::path& folder) { return folder / "grant.documents"; }

base::Error invalid(const char* detail) { return {base::Code::grant_invalid, "read grant", detail}; }

base::Result<wire::GrantSheet> read_sheet(std::string_view text) {
  if (text.size() > sheet_text_max) return base::Error{base::Code::too_large, "read grant", "more than a sheet holds"};
  const auto from = text.find(wire::sheet_prefix);
  if (from == std::string_view::npos) return invalid("it begins with MPG1: or MPU1");
  text.remove_prefix(from + wire::sheet_prefix.size());
  const auto bytes = codes::base45_decode(text.substr(0, text.find_last_not_of(" \r\n\t") + 1));
  if (!bytes) return invalid("not as it was written");
  return wire::decode_sheet(*bytes);
}

base::Result<wire::Grant> grant_of(const Identity& identity) {
  return wire::open_grant(identity.unbound->grant, identity.hub_key.key, identity.brand);
}

}  // namespace

base::Result<BroughtGrant> read_grant(base::ByteView content) {
  wire::GrantFile file;
  if (base::text_of(content).starts_with(wire::grant_file_magic)) {
    MILLPOND_TRY(file, wire::decode_grant_file(content));
  } else {
    MILLPOND_TRY(file.sheet, read_sheet(base::text_of(content)));
  }
  MILLPOND_TRY(auto checked, wire::check_sheet(file.sheet));
  MILLPOND_TRY(const auto rows, wire::open_documents(file.documents, checked.grant));
  MILLPOND_TRY_DO(wire::check_documents(rows, file.sheet.root, checked.hub_key));
  return BroughtGrant{std::move(file.sheet), std::move(checked), std::move(file.documents)};
}

base::Result<> save_grant(const std::filesystem::path& folder, const BroughtGrant& grant, std::int32_t day) {
  MILLPOND_TRY_DO(check_granted(folder, grant.checked, day));
  MILLPOND_TRY_DO(load_or_make_key(folder));
  if (grant.documents.empty()) {
    forget_granted_documents(folder);  // of a try that went no further
  } else {
    MILLPOND_TRY_DO(base::write_file(documents_path(folder), grant.documents, base::Privacy::owner));
  }
  return save_granted(folder, grant.sheet, grant.checked, day);
}

base::Result<std::vector<wire::DownRow>> granted_documents(const std::filesystem::path& folder,
                                                           const Identity& identity) {
  if (!identity.unbound) return std::vector<wire::DownRow>{};
  const auto kept = base::read_file(documents_path(folder), wire::grant_file_bytes_max);
  if (!kept && kept.error().code == base::Code::not_found) return std::vector<wire::DownRow>{};
  if (!kept) return kept.error();
  MILLPOND_TRY(const auto grant, grant_of(identity));
  return wire::open_documents(*kept, grant);
}

void forget_granted_documents(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove(documents_path(folder), ignored);
}

std::optional<wire::DownRow> granted_allowance(const Identity& identity) {
  if (!identity.unbound) return std::nullopt;
  const auto grant = grant_of(identity);
  if (!grant) return std::nullopt;
  auto limits = wire::limits_of(*grant);
  limits.version = 0;
  wire::DownRow row;
  row.kind = static_cast<std::uint8_t>(wire::RowKind::allowance);
  base::append_big_endian(row.key, identity.certificate.terminal.value, 4);
  row.body = wire::encode(limits);
  return row;
}

}  // namespace millpond::terminal
