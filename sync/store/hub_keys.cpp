// SPDX-License-Identifier: Apache-2.0
#include "sync/store/hub_keys.h"

#include <algorithm>

namespace millpond::store {
namespace {

constexpr std::string_view document_kind = "hub_keys";
constexpr std::size_t vouched_bytes = wire::vouched_hub_key_bytes;

std::vector<wire::HubKey> opened(base::ByteView content, const crypto::PublicKey& root) {
  std::vector<wire::HubKey> keys;
  for (; content.size() >= vouched_bytes; content = content.subspan(vouched_bytes)) {
    if (const auto key = wire::open_hub_key(content.first(vouched_bytes), root)) keys.push_back(*key);
  }
  return keys;
}

}  // namespace

base::Result<std::vector<wire::HubKey>> later_hub_keys(Journal& journal, const crypto::PublicKey& root) {
  MILLPOND_TRY(const auto content, journal.document(document_kind));
  return content ? opened(*content, root) : std::vector<wire::HubKey>{};
}

base::Result<> keep_hub_key(Journal& journal, base::ByteView vouched, const crypto::PublicKey& root) {
  MILLPOND_TRY(const auto key, wire::open_hub_key(vouched, root));
  MILLPOND_TRY(const auto before, journal.document(document_kind));
  auto content = before.value_or(base::Bytes{});
  const auto known = opened(content, root);
  if (std::ranges::find(known, key) != known.end()) return {};
  content.insert(content.end(), vouched.begin(), vouched.end());
  const Action keep = [&](Transaction& transaction) {
    return transaction.put_document(document_kind, content.size(), content);
  };
  return journal.commit({&keep, 1}).front();
}

}  // namespace millpond::store
