// SPDX-License-Identifier: Apache-2.0
// Brand: a brand with a hub's keys, which provisions terminals and signs programmes; no hub behind it.
#pragma once

#include "sync/crypto/hash.h"
#include "sync/crypto/seal.h"
#include "sync/wire/certificate.h"
#include "sync/wire/messages.h"
#include "sync/wire/people_rows.h"
#include "sync/wire/provisioning.h"

#include <string>

namespace millpond::tests {

struct Brand {
  crypto::SigningKey root = crypto::SigningKey::generate();
  crypto::SigningKey hub = crypto::SigningKey::generate();
  crypto::OpeningKey opening = crypto::OpeningKey::generate();
  wire::HubKey hub_key{1, hub.public_key(), opening.public_key()};
  base::BrandId id = crypto::brand_id_of(root.public_key());

  [[nodiscard]] wire::ProvisionAnswer provision(const crypto::PublicKey& key, std::uint32_t terminal) const {
    wire::Certificate certificate;
    certificate.brand_tag = id.tag();
    certificate.hub_key = hub_key.number;
    certificate.terminal.value = terminal;
    certificate.generation = 1;
    certificate.store.value = 10 + terminal;
    certificate.key = key;
    certificate.first_day = 20'700;
    certificate.last_day = 20'850;
    certificate.serial = terminal;
    return {root.public_key(), wire::vouch_hub_key(hub_key, root), wire::issue_certificate(certificate, hub, id), {}};
  }

  [[nodiscard]] wire::ProgrammeRow programme(const std::string& json, std::uint32_t version = 1) const {
    const auto bytes = base::view_of(json);
    return {version, hub_key.number, {bytes.begin(), bytes.end()}, hub.sign(crypto::context::document, id, bytes)};
  }
};

inline wire::DownRow row_of(wire::RowKind kind, std::uint64_t id, base::Bytes body) {
  wire::DownRow row;
  row.kind = static_cast<std::uint8_t>(kind);
  base::append_big_endian(row.key, id, 8);
  row.body = std::move(body);
  return row;
}

}  // namespace millpond::tests
