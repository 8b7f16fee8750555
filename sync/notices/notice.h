// SPDX-License-Identifier: Apache-2.0
// Notice: what somebody else's server says of a payment or a sale, after its signature was checked, in one shape for
// every provider. Not a fact: what follows from it is the hub's business. It holds a payer in the clear, so it is never
// logged and never stored as it is. Values; any thread.
#pragma once

#include "sync/base/money.h"
#include "sync/crypto/rsa.h"
#include "sync/model/identities.h"
#include "sync/model/sale_facts.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millpond::notices {

enum class Provider : std::uint8_t { wechat_pay = 1, alipay = 2, erpnext = 3, odoo = 4 };  // persisted
// "wechat_pay", as settings and listings name it.
[[nodiscard]] std::string_view name_of(Provider provider);
[[nodiscard]] std::optional<Provider> provider_of(std::string_view name);

enum class NoticeKind : std::uint8_t {  // persisted
  payment = 1,
  refund = 2,       // of a payment
  sale = 3,         // a whole sale of another system's till
  sale_refund = 4,  // goods of such a sale came back, or it was cancelled
  nothing = 5,      // genuine, and of no consequence here: not paid yet, closed unpaid
};
[[nodiscard]] std::string_view name_of(NoticeKind kind);

// Who paid, as the provider numbers people. Empty subject: it does not say.
struct Payer {
  model::IdentityKind kind{};
  std::string issuer;
  std::string subject;
  friend bool operator==(const Payer&, const Payer&) = default;
};

// A sale, or what came back of one, as another system's till told it. Amounts are positive either way.
struct ToldSale {
  model::SaleRecorded sale;  // key.store and member are 0: the hub knows them
  std::string of;            // refund: the transaction of the sale
  bool whole{};              // refund: nothing is left of it
  friend bool operator==(const ToldSale&, const ToldSale&) = default;
};

struct Notice {
  Provider provider{};
  NoticeKind kind{};
  std::string id;           // of the notice itself; the same again is a repetition
  std::string merchant;     // the account that was paid into, as the provider numbers it
  std::string app;          // empty where it does not say
  std::string transaction;  // as the provider numbers payments, or the other system its sales
  std::string order;        // the merchant's own number of the payment
  std::string refund;       // the provider's number of the refund
  base::Money amount;       // paid, or come back
  bool refunded_in_all{};   // amount is what came back of the payment so far, not this time
  std::int64_t completed_at_ms{};
  Payer payer;
  std::string shop;    // where, as the provider knows it
  std::string device;  // at which machine
  std::optional<ToldSale> told{};
  friend bool operator==(const Notice&, const Notice&) = default;
};

// What an operator installed for one address that notices come to.
struct Account {
  struct Key {
    std::string serial;  // of WeChat Pay: of the certificate, or PUB_KEY_ID_...; empty elsewhere
    crypto::RsaPublicKey key;
  };
  std::string name;  // end of the address: /v1/notices/NAME
  Provider provider{};
  std::string merchant;             // WeChat Pay: mchid; Alipay: seller_id; empty: not compared
  std::string partner{};            // WeChat Pay: sp_mchid of a service provider
  std::vector<std::string> apps{};  // empty: not compared
  std::vector<Key> keys{};          // of the provider; two while one follows the other
  std::vector<base::Bytes>
      secrets{};  // APIv3 keys, or what bodies are authenticated with; two at the same time as well
  base::Currency currency{};
  std::int32_t utc_offset_min{480};                                  // of times that come without a zone
  base::StoreId store{};                                             // where nothing below fits; 0: nowhere
  std::map<std::string, base::StoreId> stores{};                     // by Notice::device or Notice::shop
  [[nodiscard]] base::StoreId store_of(const Notice& notice) const;  // 0: nobody said
};

}  // namespace millpond::notices
