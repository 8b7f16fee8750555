// SPDX-License-Identifier: Apache-2.0
// WeChat Pay API v3 notices: RSA-SHA256 over "timestamp\nnonce\nbody\n" in headers, the inside under AES-256-GCM with
// the merchant's APIv3 key.
#include "sync/base/base64.h"
#include "sync/crypto/aes_gcm.h"
#include "sync/notices/fields.h"
#include "sync/notices/read.h"

#include <algorithm>
#include <charconv>

namespace millpond::notices {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t header_bytes_max = 1'024;

Error refused(Code code, std::string why) { return {code, "read WeChat Pay notice", std::move(why)}; }

std::optional<std::int64_t> seconds_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < 0 || value > 1'000'000'000'000) return {};
  return value;
}

base::Result<> check_signature(const Account& account, const Received& received) {
  const auto serial = received.header("Wechatpay-Serial");
  const auto time = received.header("Wechatpay-Timestamp");
  const auto nonce = received.header("Wechatpay-Nonce");
  const auto signature = received.header("Wechatpay-Signature");
  if (serial.empty() || time.empty() || nonce.empty() || signature.empty() ||
      time.size() + nonce.size() + signature.size() > 3 * header_bytes_max) {
    return refused(Code::signature_invalid, "no signature headers");
  }
  const auto key = std::ranges::find(account.keys, serial, &Account::Key::serial);
  if (key == account.keys.end()) return refused(Code::notice_key_unknown, "no key of this serial is installed");
  base::Bytes message;
  for (const auto part : {time, nonce, base::text_of(received.body)}) {
    base::append(message, base::view_of(part));
    message.push_back('\n');
  }
  const auto made = base::from_base64(signature);
  if (!made || !key->key.verifies(message, *made)) return refused(Code::signature_invalid, "not of the key it names");
  const auto seconds = seconds_of(time);
  if (!seconds) return refused(Code::notice_malformed, "Wechatpay-Timestamp is no number");
  const auto apart = received.now_ms - *seconds * 1'000;
  if (apart > skew_max_ms || apart < -skew_max_ms) return refused(Code::notice_expired, "more than 300 s apart");
  return {};
}

struct Envelope {
  std::string id;
  std::string event;
  base::Bytes inside;
};

base::Result<base::Bytes> open_inside(const Account& account, std::string_view nonce, std::string_view associated,
                                      std::string_view ciphertext) {
  const auto box = base::from_base64(ciphertext);
  if (!box || nonce.size() != crypto::aes_gcm_nonce_bytes) {
    return refused(Code::notice_malformed, "resource cannot be decoded");
  }
  for (const auto& secret : account.secrets) {
    auto text = crypto::open_aes_gcm(secret, base::view_of(nonce), base::view_of(associated), *box);
    if (text) return text;
  }
  return refused(Code::notice_key_unknown, "no APIv3 key here opens the resource");
}

base::Result<Envelope> open_envelope(const Account& account, base::ByteView body) {
  MILLPOND_TRY(auto document, Document::parse(body));
  auto top = document.top();
  Envelope envelope{top.text("id", 64), top.text("event_type", 64), {}};
  std::string algorithm;
  std::string nonce;
  std::string associated;
  std::string ciphertext;
  top.object("resource", [&](Fields& resource) {
    algorithm = resource.text("algorithm", 32);
    nonce = resource.text("nonce", 32);
    associated = resource.optional_text("associated_data", 64);
    ciphertext = resource.text("ciphertext", notice_bytes_max);
  });
  MILLPOND_TRY_DO(document.check());
  if (algorithm != "AEAD_AES_256_GCM") return refused(Code::notice_malformed, "algorithm is another");
  MILLPOND_TRY(envelope.inside, open_inside(account, nonce, associated, ciphertext));
  return envelope;
}

// Of a merchant itself, or of one that a service provider stands before.
base::Result<> check_account(const Account& account, Fields& top, Notice& notice) {
  const auto partner = top.optional_text("sp_mchid", 32);
  notice.merchant = partner.empty() ? top.text("mchid", 32) : top.text("sub_mchid", 32);
  notice.app = top.optional_text("appid", 32);
  if (notice.app.empty()) notice.app = top.optional_text("sub_appid", 32);
  if (notice.app.empty()) notice.app = top.optional_text("sp_appid", 32);
  const bool ours = (account.merchant.empty() || notice.merchant == account.merchant) && partner == account.partner;
  if (!ours) return refused(Code::notice_other_account, "mchid is another");
  // A refund does not name the app.
  const bool named = notice.app.empty() || account.apps.empty() || std::ranges::count(account.apps, notice.app) > 0;
  if (!named) return refused(Code::notice_other_account, "appid is another");
  return {};
}

void read_payer(Fields& top, Notice& notice) {
  top.optional_object("payer", [&](Fields& payer) {
    auto subject = payer.optional_text("openid", 128);
    auto issuer = notice.app;
    if (subject.empty()) subject = payer.optional_text("sub_openid", 128);
    if (subject.empty()) {
      subject = payer.optional_text("sp_openid", 128);
      issuer = top.optional_text("sp_appid", 32);
    }
    if (!subject.empty()) notice.payer = {model::IdentityKind::wechat_openid, issuer, subject};
  });
}

void read_time(Fields& top, Notice& notice) {
  const auto time = base::parse_rfc3339(top.text("success_time", 64));
  if (!time) top.misfit("success_time", "must be a time with a zone");
  notice.completed_at_ms = time.value_or(0);
}

}  // namespace

base::Result<Notice> read_wechat_pay(const Account& account, const Received& received) {
  if (received.body.size() > notice_bytes_max) return refused(Code::too_large, "more than 256 KiB");
  MILLPOND_TRY_DO(check_signature(account, received));
  MILLPOND_TRY(const auto envelope, open_envelope(account, received.body));
  MILLPOND_TRY(auto document, Document::parse(envelope.inside));
  auto top = document.top();
  Notice notice;
  notice.provider = Provider::wechat_pay;
  notice.id = envelope.id;
  const bool paid = envelope.event == "TRANSACTION.SUCCESS";
  const bool refunded = envelope.event == "REFUND.SUCCESS";
  MILLPOND_TRY_DO(check_account(account, top, notice));
  const auto state = paid ? top.text("trade_state", 32) : refunded ? top.text("refund_status", 32) : std::string{};
  if (state != "SUCCESS") {
    MILLPOND_TRY_DO(document.check());
    notice.kind = NoticeKind::nothing;
    return notice;
  }
  notice.kind = paid ? NoticeKind::payment : NoticeKind::refund;
  notice.transaction = top.text("transaction_id", 64);
  notice.order = top.text("out_trade_no", 64);
  if (refunded) notice.refund = top.text("refund_id", 64);
  read_time(top, notice);
  read_payer(top, notice);
  notice.shop = top.optional_text("attach", 128);
  top.optional_object("scene_info", [&](Fields& scene) { notice.device = scene.optional_text("device_id", 64); });
  std::string currency;
  top.object("amount", [&](Fields& amount) {
    notice.amount = {amount.number(paid ? "total" : "refund"), account.currency};
    currency = amount.optional_text("currency", 16);
    if (notice.amount.minor < 0 || notice.amount.minor > 1'000'000'000'000) amount.misfit("amount", "is beyond reason");
  });
  MILLPOND_TRY_DO(document.check());
  if (!currency.empty() && currency != account.currency.view()) {
    return refused(Code::currency_mismatch, "amount.currency is not the account's");
  }
  return notice;
}

}  // namespace millpond::notices
