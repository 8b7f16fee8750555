// SPDX-License-Identifier: Apache-2.0
// WeChat Pay and Alipay: what they send is read, and nothing that anybody else sends or changes.
#include "sync/base/clock.h"
#include "sync/crypto/aes_gcm.h"
#include "sync/crypto/hash.h"
#include "tests/support/provider_notices.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>

using namespace millpond;
using base::Code;
using notices::NoticeKind;
using tests::PostedNotice;
using tests::PretendProviders;

namespace {

const PretendProviders& providers() {
  REQUIRE(crypto::start());
  static const PretendProviders made;
  return made;
}

std::string outcome(const notices::Account& account, const PostedNotice& posted,
                    std::int64_t now_ms = tests::notice_now_ms) {
  const auto read = notices::read_notice(account, posted.at(now_ms));
  return read ? "read" : std::string{base::code_name(read.error().code)};
}

std::string with(std::string text, std::string_view what, std::string_view instead) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

constexpr std::string_view paid_inside =
    R"({"mchid":"1230000109","appid":"wxd678efh567hg6787","out_trade_no":"T1","transaction_id":"42",)"
    R"("trade_state":"SUCCESS","success_time":"2026-11-18T19:06:33+08:00","payer":{"openid":"o1"},)"
    R"("amount":{"total":100,"currency":"CNY"}})";

}  // namespace

TEST_CASE("A payment by WeChat Pay is read from its box") {
  const auto& all = providers();
  const auto read = notices::read_notice(all.wechat_pay, all.wechat_paid("4200002", 5'990).at());
  REQUIRE(read);
  CHECK(read->kind == NoticeKind::payment);
  CHECK(read->id == "EV-4200002");
  CHECK(read->merchant == "1230000109");
  CHECK(read->app == "wxd678efh567hg6787");
  CHECK(read->transaction == "4200002");
  CHECK(read->order == "T-4200002");
  CHECK(read->amount == base::Money{5'990, *base::parse_currency("CNY")});
  CHECK(read->completed_at_ms == base::parse_rfc3339("2026-11-18T11:06:33Z"));
  CHECK(read->payer ==
        notices::Payer{model::IdentityKind::wechat_openid, "wxd678efh567hg6787", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"});
  CHECK(all.wechat_pay.store_of(*read) == base::StoreId{2});
}

TEST_CASE("A refund by WeChat Pay is read, and an event that pays nothing is of no consequence") {
  const auto& all = providers();
  const auto refund = notices::read_notice(all.wechat_pay, all.wechat_refunded("4200002", "503", 1'000).at());
  REQUIRE(refund);
  CHECK(refund->kind == NoticeKind::refund);
  CHECK(refund->transaction == "4200002");
  CHECK(refund->refund == "503");
  CHECK(refund->amount.minor == 1'000);
  CHECK_FALSE(refund->refunded_in_all);
  const auto other = notices::read_notice(
      all.wechat_pay,
      all.wechat("EV-1", "REFUND.ABNORMAL", R"({"mchid":"1230000109","refund_status":"ABNORMAL"})").at());
  REQUIRE(other);
  CHECK(other->kind == NoticeKind::nothing);
}

TEST_CASE("A notice of WeChat Pay that is not what was signed, or not for us, is refused by name") {
  const auto& all = providers();
  const auto good = all.wechat_paid("4200002", 5'990);
  const auto header = [&](const char* name, std::string value) {
    auto changed = good;
    changed.headers[name] = std::move(value);
    return changed;
  };
  const auto body = [&](std::string text) {
    auto changed = good;
    changed.body = std::move(text);
    return changed;
  };
  const auto inside = [&](std::string_view what, std::string_view instead) {
    return all.wechat("EV-1", "TRANSACTION.SUCCESS", with(std::string{paid_inside}, what, instead));
  };
  const PretendProviders others;
  const auto& account = all.wechat_pay;
  struct Row {
    const char* what;
    PostedNotice posted;
    const char* outcome;
  };
  const std::vector<Row> rows{
      {"genuine", good, "read"},
      {"genuine, small", all.wechat("EV-1", "TRANSACTION.SUCCESS", std::string{paid_inside}), "read"},
      {"another's key under our serial", others.wechat_paid("4200002", 5'990), "signature_invalid"},
      {"the provider's probe",
       header("Wechatpay-Signature", "WECHATPAY/SIGNTEST/" + good.headers.at("Wechatpay-Signature")),
       "signature_invalid"},
      {"no signature", header("Wechatpay-Signature", ""), "signature_invalid"},
      {"another serial", header("Wechatpay-Serial", "00"), "notice_key_unknown"},
      {"another nonce", header("Wechatpay-Nonce", "x"), "signature_invalid"},
      {"another time", header("Wechatpay-Timestamp", "1795000001"), "signature_invalid"},
      {"cut off", body(good.body.substr(0, good.body.size() / 2)), "signature_invalid"},
      {"another byte", body(with(good.body, "EV-4200002", "EV-4200003")), "signature_invalid"},
      {"too long", body(std::string((256U << 10) + 1, ' ')), "too_large"},
      {"signed, but no JSON inside", all.wechat("EV-1", "TRANSACTION.SUCCESS", "no"), "notice_malformed"},
      {"signed, cut inside", all.wechat("EV-1", "TRANSACTION.SUCCESS", std::string{paid_inside.substr(0, 80)}),
       "notice_malformed"},
      {"another merchant", inside("1230000109", "1230000110"), "notice_other_account"},
      {"another app", inside("wxd678efh567hg6787", "wx0"), "notice_other_account"},
      {"behind a service provider", inside("\"mchid\":\"1230000109\"", R"("sp_mchid":"9","sub_mchid":"1230000109")"),
       "notice_other_account"},
      {"another currency", inside("CNY", "USD"), "currency_mismatch"},
      {"no amount", inside("\"total\":100,", ""), "notice_malformed"},
      {"a negative amount", inside("100", "-100"), "notice_malformed"},
      {"a broken amount", inside("100", "100.5"), "notice_malformed"},
      {"a time without a zone", inside("19:06:33+08:00", "19:06:33"), "notice_malformed"},
      {"no transaction", inside("\"transaction_id\":\"42\",", ""), "notice_malformed"},
      {"told twice", inside("\"total\":100", "\"total\":100,\"total\":1"), "notice_malformed"},
  };
  for (const auto& [what, posted, expected] : rows) {
    CAPTURE(what);
    CHECK(outcome(account, posted) == expected);
  }
}

TEST_CASE("The time of WeChat Pay may be five minutes off either way") {
  const auto& all = providers();
  const auto good = all.wechat_paid("4200002", 5'990);
  CHECK(outcome(all.wechat_pay, good, tests::notice_now_ms + 300'000) == "read");
  CHECK(outcome(all.wechat_pay, good, tests::notice_now_ms - 300'000) == "read");
  CHECK(outcome(all.wechat_pay, good, tests::notice_now_ms + 301'000) == "notice_expired");
  CHECK(outcome(all.wechat_pay, good, tests::notice_now_ms - 301'000) == "notice_expired");
}

TEST_CASE("Two keys of a provider and two of the merchant are good at the same time") {
  const auto& all = providers();
  const PretendProviders next;
  auto account = all.wechat_pay;
  const auto next_key = crypto::RsaPublicKey::read(base::view_of(next.keys.public_pem())).value();
  account.keys.push_back({"PUB_KEY_ID_0000000000000024101100397200000006", next_key});
  account.secrets.insert(account.secrets.begin(), base::Bytes(32, 7));
  CHECK(outcome(account, all.wechat_paid("4200002", 5'990)) == "read");
  auto by_next = next.wechat_paid("4200003", 100);
  by_next.headers["Wechatpay-Serial"] = "PUB_KEY_ID_0000000000000024101100397200000006";
  CHECK(outcome(account, by_next) == "read");
  account.secrets = {base::Bytes(32, 7)};
  CHECK(outcome(account, all.wechat_paid("4200002", 5'990)) == "notice_key_unknown");
}

TEST_CASE("A merchant behind a service provider is known by both numbers") {
  const auto& all = providers();
  auto account = all.wechat_pay;
  account.partner = "9";
  const auto inside =
      with(std::string{paid_inside}, "\"mchid\":\"1230000109\",\"appid\":\"wxd678efh567hg6787\"",
           R"("sp_mchid":"9","sp_appid":"wxsp","sub_mchid":"1230000109","sub_appid":"wxd678efh567hg6787")");
  const auto posted =
      all.wechat("EV-1", "TRANSACTION.SUCCESS", with(inside, R"("openid":"o1")", R"("sp_openid":"o2")"));
  const auto read = notices::read_notice(account, posted.at());
  REQUIRE(read);
  CHECK(read->payer == notices::Payer{model::IdentityKind::wechat_openid, "wxsp", "o2"});
  CHECK(outcome(account, all.wechat_paid("4200002", 5'990)) == "notice_other_account");
}

TEST_CASE("A payment by Alipay is read from its form") {
  const auto& all = providers();
  const auto read = notices::read_notice(all.alipay, all.form(all.alipay_paid("2026111822001", "59.90")).at());
  REQUIRE(read);
  CHECK(read->kind == NoticeKind::payment);
  CHECK(read->transaction == "2026111822001");
  CHECK(read->order == "T-2026111822001");
  CHECK(read->merchant == "2088101106499364");
  CHECK(read->amount.minor == 5'990);
  CHECK(read->completed_at_ms == base::parse_rfc3339("2026-11-18T11:06:33Z"));
  CHECK(read->payer == notices::Payer{model::IdentityKind::alipay_user, "", "2088102122524333"});
  CHECK(all.alipay.store_of(*read) == base::StoreId{3});
}

TEST_CASE("Alipay tells refunds as a sum, and what was never paid as nothing") {
  const auto& all = providers();
  auto parameters = all.alipay_paid("2026111822001", "59.90");
  parameters["refund_fee"] = "10.50";
  parameters["gmt_refund"] = "2026-11-18 19:30:00.120";
  parameters["out_biz_no"] = "HZRF001";
  const auto refund = notices::read_notice(all.alipay, all.form(parameters).at());
  REQUIRE(refund);
  CHECK(refund->kind == NoticeKind::refund);
  CHECK(refund->amount.minor == 1'050);
  CHECK(refund->refunded_in_all);
  CHECK(refund->refund == "HZRF001");
  parameters["trade_status"] = "TRADE_CLOSED";
  CHECK(notices::read_notice(all.alipay, all.form(parameters).at())->kind == NoticeKind::refund);
  parameters.erase("gmt_refund");
  CHECK(notices::read_notice(all.alipay, all.form(parameters).at())->kind == NoticeKind::nothing);
  parameters["trade_status"] = "WAIT_BUYER_PAY";
  CHECK(notices::read_notice(all.alipay, all.form(parameters).at())->kind == NoticeKind::nothing);
}

TEST_CASE("A notice of Alipay that is not what was signed, or not for us, is refused by name") {
  const auto& all = providers();
  const auto good = all.form(all.alipay_paid("2026111822001", "59.90"));
  const auto changed = [&](const char* name, const char* value) {
    auto parameters = all.alipay_paid("2026111822001", "59.90");
    parameters[name] = value;
    return all.form(parameters);
  };
  const auto body = [](std::string text) { return PostedNotice{{}, std::move(text)}; };
  const PretendProviders others;
  struct Row {
    const char* what;
    PostedNotice posted;
    const char* outcome;
  };
  const std::vector<Row> rows{
      {"genuine", good, "read"},
      {"an empty parameter that was not signed", body(good.body + "&empty="), "read"},
      {"another's key", others.form(all.alipay_paid("2026111822001", "59.90")), "signature_invalid"},
      {"another amount", body(with(good.body, "total_amount=59.90", "total_amount=69.90")), "signature_invalid"},
      {"one parameter more", body(good.body + "&refund_fee=1.00"), "signature_invalid"},
      // Between two parameters: within one an escape may be cut, which is another refusal.
      {"cut off", body(good.body.substr(0, good.body.rfind('&', good.body.size() / 2))), "signature_invalid"},
      {"the older signature", body(with(good.body, "sign_type=RSA2", "sign_type=RSA")), "signature_invalid"},
      {"a parameter twice", body(good.body + "&trade_no=1"), "notice_malformed"},
      {"no form", body("{}"), "notice_malformed"},
      {"a broken escape", body("a=%4"), "notice_malformed"},
      {"nothing", body(""), "signature_invalid"},
      {"another app", changed("app_id", "1"), "notice_other_account"},
      {"another seller", changed("seller_id", "2088"), "notice_other_account"},
      {"three digits of a yuan", changed("total_amount", "59.905"), "notice_malformed"},
      {"a negative amount", changed("total_amount", "-1.00"), "notice_malformed"},
      {"no time", changed("gmt_payment", ""), "notice_malformed"},
      {"another currency", changed("trans_currency", "USD"), "currency_mismatch"},
  };
  for (const auto& [what, posted, expected] : rows) {
    CAPTURE(what);
    CHECK(outcome(all.alipay, posted) == expected);
  }
}

TEST_CASE("Each provider gets the answer that it asks for") {
  const base::Error error{Code::signature_invalid, "read", "somebody's name"};
  const auto said = [](notices::Provider provider, const base::Error* what) {
    const auto answer = notices::answer_to(provider, what, 401);
    return std::to_string(answer.status) + " " + answer.body;
  };
  CHECK(said(notices::Provider::wechat_pay, nullptr) == R"(200 {"code":"SUCCESS","message":""})");
  CHECK(said(notices::Provider::wechat_pay, &error) == R"(401 {"code":"FAIL","message":"signature_invalid"})");
  CHECK(said(notices::Provider::alipay, nullptr) == "200 success");
  CHECK(said(notices::Provider::alipay, &error) == "401 fail");
  CHECK(said(notices::Provider::erpnext, nullptr) == R"(200 {"received":true,"code":""})");
  CHECK(said(notices::Provider::odoo, &error) == R"(401 {"received":false,"code":"signature_invalid"})");
}
