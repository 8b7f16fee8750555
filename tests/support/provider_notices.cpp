// SPDX-License-Identifier: Apache-2.0
#include "tests/support/provider_notices.h"

#include "sync/base/base64.h"
#include "sync/base/clock.h"
#include "sync/crypto/hash.h"

#include <nlohmann/json.hpp>

namespace millpond::tests {
namespace {

using Json = nlohmann::ordered_json;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                       c == '_' || c == '-' || c == '*';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += "%" + base::to_hex({&byte, 1});
    }
  }
  return out;
}

std::string mac_of(std::string_view text) {
  return base::to_base64(crypto::hmac_sha256(base::view_of(PretendProviders::secret), base::view_of(text)));
}

}  // namespace

PretendProviders::PretendProviders() {
  const auto key = crypto::RsaPublicKey::read(base::view_of(keys.certificate_pem(serial))).value();
  const auto cny = *base::parse_currency("CNY");
  const auto bytes = [](std::string_view text) { return base::Bytes{text.begin(), text.end()}; };
  wechat_pay.name = "wx-main";
  wechat_pay.provider = notices::Provider::wechat_pay;
  wechat_pay.merchant = "1230000109";
  wechat_pay.apps = {"wxd678efh567hg6787"};
  wechat_pay.keys = {{key.serial(), key}};
  wechat_pay.secrets = {bytes(api_key)};
  wechat_pay.currency = cny;
  wechat_pay.store = {1};
  wechat_pay.stores = {{"013467007045764", {2}}, {"shop-3", {3}}};
  alipay = wechat_pay;
  alipay.name = "ali-main";
  alipay.provider = notices::Provider::alipay;
  alipay.merchant = "2088101106499364";
  alipay.apps = {"2018072300007418"};
  alipay.secrets.clear();
  erpnext.name = "erp";
  erpnext.provider = notices::Provider::erpnext;
  erpnext.merchant = "Tea House Ltd";
  erpnext.secrets = {bytes(secret)};
  erpnext.currency = cny;
  erpnext.store = {1};
  odoo = erpnext;
  odoo.name = "odoo";
  odoo.provider = notices::Provider::odoo;
}

PostedNotice PretendProviders::wechat(const std::string& id, const std::string& event, const std::string& inside,
                                      std::int64_t at_ms) const {
  const std::string nonce = "fdasflkja484";
  const std::string place = event.starts_with("REFUND") ? "refund" : "transaction";
  const auto box = seal_aes_gcm(base::view_of(api_key), nonce, place, inside);
  const Json body{{"id", id},
                  {"create_time", "2026-11-18T19:06:40+08:00"},
                  {"resource_type", "encrypt-resource"},
                  {"event_type", event},
                  {"summary", "支付成功"},
                  {"resource",
                   {{"original_type", place},
                    {"algorithm", "AEAD_AES_256_GCM"},
                    {"ciphertext", base::to_base64(box)},
                    {"associated_data", place},
                    {"nonce", nonce}}}};
  PostedNotice posted;
  posted.body = body.dump();
  const auto time = std::to_string(at_ms / 1'000);
  posted.headers = {
      {"Wechatpay-Timestamp", time},
      {"Wechatpay-Nonce", "593BEC0C930BF1AFEB40B4A08C8FB242"},
      {"Wechatpay-Serial", std::string{serial}},
      {"Wechatpay-Signature", keys.sign(time + "\n593BEC0C930BF1AFEB40B4A08C8FB242\n" + posted.body + "\n")}};
  return posted;
}

PostedNotice PretendProviders::wechat_paid(const std::string& transaction, std::int64_t minor,
                                           const std::string& openid) const {
  const Json inside{
      {"transaction_id", transaction},
      {"amount", {{"payer_total", minor}, {"total", minor}, {"currency", "CNY"}, {"payer_currency", "CNY"}}},
      {"mchid", "1230000109"},
      {"trade_state", "SUCCESS"},
      {"bank_type", "CMC"},
      {"promotion_detail", Json::array()},
      {"success_time", "2026-11-18T19:06:33+08:00"},
      {"payer", {{"openid", openid}}},
      {"out_trade_no", "T-" + transaction},
      {"appid", "wxd678efh567hg6787"},
      {"trade_state_desc", "支付成功"},
      {"trade_type", "MICROPAY"},
      {"attach", ""},
      {"scene_info", {{"device_id", "013467007045764"}}}};
  return wechat("EV-" + transaction, "TRANSACTION.SUCCESS", inside.dump());
}

PostedNotice PretendProviders::wechat_refunded(const std::string& transaction, const std::string& refund,
                                               std::int64_t minor) const {
  const Json inside{{"mchid", "1230000109"},
                    {"out_trade_no", "T-" + transaction},
                    {"transaction_id", transaction},
                    {"out_refund_no", "R-" + refund},
                    {"refund_id", refund},
                    {"refund_status", "SUCCESS"},
                    {"success_time", "2026-11-18T19:06:35+08:00"},
                    {"user_received_account", "招商银行信用卡0403"},
                    {"amount", {{"total", 5'990}, {"refund", minor}, {"payer_total", 5'990}, {"payer_refund", minor}}}};
  return wechat("EVR-" + refund, "REFUND.SUCCESS", inside.dump());
}

std::map<std::string, std::string> PretendProviders::alipay_paid(const std::string& trade,
                                                                 const std::string& yuan) const {
  return {{"notify_time", "2026-11-18 19:06:39"},
          {"notify_type", "trade_status_sync"},
          {"notify_id", "ac05099524730693a8b330c5ecf72da-" + trade},
          {"charset", "utf-8"},
          {"version", "1.0"},
          {"sign_type", "RSA2"},
          {"auth_app_id", "2018072300007418"},
          {"app_id", "2018072300007418"},
          {"trade_no", trade},
          {"out_trade_no", "T-" + trade},
          {"buyer_id", "2088102122524333"},
          {"buyer_logon_id", "159****5620"},
          {"seller_id", "2088101106499364"},
          {"trade_status", "TRADE_SUCCESS"},
          {"total_amount", yuan},
          {"receipt_amount", yuan},
          {"subject", "奶茶 & 蛋糕=2"},
          {"gmt_create", "2026-11-18 19:06:30"},
          {"gmt_payment", "2026-11-18 19:06:33"},
          {"fund_bill_list", R"([{"amount":"20.00","fundChannel":"ALIPAYACCOUNT"}])"},
          {"passback_params", "shop-3"}};
}

PostedNotice PretendProviders::form(std::map<std::string, std::string> parameters) const {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (name == "sign" || name == "sign_type") continue;
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  parameters["sign"] = keys.sign(text);
  PostedNotice posted;
  for (const auto& [name, value] : parameters) {
    posted.body += (posted.body.empty() ? "" : "&") + escaped(name) + "=" + escaped(value);
  }
  posted.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  return posted;
}

PostedNotice PretendProviders::frappe(const std::string& json) const {
  return {{{"X-Frappe-Webhook-Signature", mac_of(json)}}, json};
}

PostedNotice PretendProviders::odoo_posts(const std::string& json, std::int64_t at_ms) const {
  const auto time = std::to_string(at_ms / 1'000);
  return {{{"X-Millpond-Timestamp", time}, {"X-Millpond-Signature", mac_of(time + "\n" + json)}}, json};
}

std::string erpnext_invoice(const std::string& name, const std::string& total) {
  return R"({"doctype":"POS Invoice","name":")" + name +
         R"(","docstatus":1,"company":"Tea House Ltd","customer":"CUST-0007","pos_profile":"Counter 1",
"posting_date":"2026-11-18","posting_time":"9:05:01.250000","is_pos":1,"is_return":0,"return_against":null,
"currency":"CNY","conversion_rate":1.0,"net_total":)" +
         total + R"(,"total_taxes_and_charges":0.0,"grand_total":)" + total + R"(,"rounded_total":0.0,
"items":[{"name":"a1b2c3","idx":1,"item_code":"TEA-01","item_name":"Oolong","item_group":"tea","qty":2.0,"rate":20.0,
"amount":40.0,"net_amount":40.0},{"name":"d4e5f6","idx":2,"item_code":"CAKE","item_group":"cake","qty":0.35,
"amount":19.900000000000002,"net_amount":19.900000000000002}],
"payments":[{"mode_of_payment":"Cash","type":"Cash","amount":0.0},{"mode_of_payment":"WeChat Pay","type":"Phone",
"amount":)" +
         total + R"(,"reference_no":"4200001"}]})";
}

std::string erpnext_return(const std::string& name, const std::string& of, const std::string& total) {
  return R"({"doctype":"POS Invoice","name":")" + name +
         R"(","docstatus":1,"company":"Tea House Ltd","customer":"CUST-0007","pos_profile":"Counter 1",
"posting_date":"2026-11-19","posting_time":"10:00:00","is_pos":1,"is_return":1,"return_against":")" +
         of + R"(","currency":"CNY","grand_total":-)" + total +
         R"(,"items":[{"name":"zz","pos_invoice_item":"a1b2c3","item_code":"TEA-01","item_group":"tea","qty":-1.0,
"amount":-)" +
         total + R"(}],"payments":[{"mode_of_payment":"WeChat Pay","amount":-)" + total + R"(}]})";
}

std::string odoo_order(const std::string& uuid, const std::string& total) {
  return R"({"id":41,"uuid":")" + uuid +
         R"(","pos_reference":"Order 00041-001-0001","state":"paid","date_order":"2026-11-18 11:06:33",
"company_id":[1,"Tea House Ltd"],"config_id":[2,"Shop 2"],"partner_id":[77,"A. Person"],"currency_id":[7,"CNY"],
"amount_total":)" +
         total + R"(,"amount_tax":0.0,"refunded_order_uuid":false,
"lines":[{"id":501,"product_id":[9,"Oolong"],"default_code":"TEA-01","qty":1.0,"price_subtotal":)" +
         total + R"(,"price_subtotal_incl":)" + total + R"(,"refunded_orderline_id":false}],
"payments":[{"payment_method_id":[3,"Cash"],"amount":)" +
         total + R"(,"transaction_id":false}]})";
}

}  // namespace millpond::tests
