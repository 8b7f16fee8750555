// SPDX-License-Identifier: Apache-2.0
#include "tests/demo/scenario.h"

#include "sync/base/clock.h"
#include "sync/codes/payload.h"
#include "sync/crypto/sign.h"
#include "tests/demo/till.h"

#include <algorithm>
#include <chrono>
#include <memory>

namespace millpond::demo {
namespace {

using nlohmann::json;

constexpr int offline_sales = 12;
constexpr int few_points = 40;
constexpr int many_points = 510;  // more than a picture of a card is good for
constexpr const char* phone = "13800138000";
constexpr const char* cashier_pin = "825917";
// 18 digits with prefix 13: the shape of a WeChat payment code; made up, it pays for nothing.
constexpr const char* payment_code = "134567890123456789";

class Play {
 public:
  Play(ShopFloor& floor, Report& report) : floor_{floor}, report_{report} {}

  void run() {
    open_shop();
    enrol_at_kiosk();
    get_card();
    refuse_payment_code();
    scan_member();
    pay_and_earn();
    redeem_twice();
    enrol_at_till();
    pair_phone();
    go_offline();
    come_back();
    compare();
  }

 private:
  void open_shop();
  void enrol_at_kiosk();
  void get_card();
  void refuse_payment_code();
  void scan_member();
  void pay_and_earn();
  void redeem_twice();
  void enrol_at_till();
  void go_offline();
  void pair_phone();
  [[nodiscard]] std::string code_of_phone() const;
  void spend_offline();
  void come_back();
  void compare();
  json sell(const Basket& basket, int expected_status = 200);
  json status() { return floor_.ask_terminal({"status"}); }
  void leave_kiosk();

  ShopFloor& floor_;
  Report& report_;
  std::unique_ptr<Till> till_;
  std::string member_code_;
  std::string member_number_;
  std::string coupon_code_;
  int scans_ = 0;
  int sales_ = 0;
  int issued_ = 0;
  int redeemed_ = 0;
  int points_spent_ = 0;
  base::BrandId brand_;
  base::Bytes app_card_;
  crypto::SigningKey app_key_ = crypto::SigningKey::generate();
  std::uint64_t queued_offline_ = 0;
};

void Play::open_shop() {
  report_.step("the hub opens: brand root, hub key, programme");
  floor_.start_hub();
  floor_.publish_programme();
  report_.step("the terminal starts and is provisioned with a one-time code");
  floor_.start_terminal();
  floor_.provision();
  floor_.start_kiosk();
  floor_.wait_until("the programme", [&] { return status().at("programme").get<int>() > 0; });
  floor_.wait_for_screen("attract");
  const auto key = floor_.ask_terminal({"till", "till-1"});
  till_ = std::make_unique<Till>(key.at("gateway"), "till-1", key.at("key"), key.at("secret"));
  report_.expect("the till reaches the gateway", till_->get("/v1/health").status == 200);
}

void Play::enrol_at_kiosk() {
  report_.step("a customer types a number at the kiosk, and consents on their own screen");
  floor_.touch("join");
  floor_.wait_for_screen("phone");
  floor_.type_phone(phone);
  floor_.touch("submit");
  floor_.wait_for_screen("consent");
  floor_.touch("age_enough");
  floor_.touch("consent_membership");
  floor_.touch("submit");
  floor_.wait_for_screen("issued");
  const auto answer = sell({.transaction = "1000", .total_minor = 2'000});
  report_.expect("the number earns, and the till is told nothing else of it",
                 answer.value("points_earned", 0) == 20 && !answer.contains("member") && !answer.contains("balance"),
                 answer.dump());
  static_cast<void>(floor_.newest_slip());
  leave_kiosk();
  report_.expect("no card is printed for a number that anybody can type", floor_.slip_count() == 1);
}

void Play::get_card() {
  report_.step("the cashier knows the customer, and their card is printed");
  const auto cashier = floor_.employ_cashier(cashier_pin);
  const auto before = floor_.slip_count();
  const json approval{{"staff", cashier}, {"pin", cashier_pin}};
  const auto wrong =
      till_->post("/v1/members", json{{"phone", phone}, {"approval", {{"staff", cashier}, {"pin", "000111"}}}}.dump());
  report_.expect("not with a wrong PIN", wrong.status == 403, wrong.body.dump());
  const auto answer = till_->post("/v1/members", json{{"phone", phone}, {"approval", approval}}.dump());
  report_.expect("with the cashier's PIN", answer.status == 200, answer.body.dump());
  floor_.wait_until("the card to be printed", [&] { return floor_.slip_count() == before + 1; });
  member_number_ = answer.body.value("member", "");
  member_code_ = floor_.code_on_card();
  report_.expect("the printed card's code can be read", member_code_.starts_with("K1:"));
}

void Play::leave_kiosk() {
  floor_.touch("done");
  if (floor_.screen() != "attract") floor_.touch("exit");
  floor_.wait_for_screen("attract");
}

void Play::refuse_payment_code() {
  report_.step("somebody holds up a payment code");
  floor_.touch("start_scan");
  floor_.wait_for_screen("scan");
  floor_.show_code(payment_code);
  floor_.look();
  report_.expect("it identifies nobody", floor_.screen() == "scan");
}

void Play::scan_member() {
  report_.step("the member holds the phone before the camera");
  floor_.show_code(member_code_);
  floor_.wait_for_screen("card", 30'000);
  ++scans_;
  report_.expect("the member is recognised", true, "signature checked without the hub");
  floor_.touch("language");
  floor_.look();
  floor_.touch("language");
  floor_.look();
  const auto slips = floor_.slip_count();
  floor_.touch("print_card");
  floor_.wait_until("the card to be printed", [&] { return floor_.slip_count() == slips + 1; });
  report_.expect("the member prints the card again", true);
}

json Play::sell(const Basket& basket, int expected_status) {
  const auto answer = till_->sale(basket);
  report_.expect("sale " + basket.transaction + " is recorded", answer.status == expected_status,
                 answer.status == expected_status ? "" : std::to_string(answer.status) + " " + answer.body.dump());
  if (answer.status == expected_status) ++sales_;
  return answer.body;
}

void Play::pay_and_earn() {
  report_.step("the till says: paid, 36.00");
  const auto before = floor_.newest_slip();
  const auto answer = sell({.transaction = "1001", .total_minor = 3'600});
  report_.expect("36 points are earned", answer.value("points_earned", 0) == 36, answer.dump());
  report_.expect("a coupon is issued after payment", answer.contains("coupon"));
  report_.expect("it is the number of the card", answer.value("member", "") == member_number_);
  ++issued_;
  floor_.wait_for_screen("issued");
  coupon_code_ = floor_.code_on_slip(floor_.newest_slip(10'000, before));
  report_.expect("the printed coupon's code can be read", coupon_code_.starts_with("K1:"));
  const auto again = till_->sale({.transaction = "1001", .total_minor = 3'600});
  report_.expect("the same sale again gets the same answer", again.status == 200 && again.body == answer);
  const auto changed = till_->sale({.transaction = "1001", .total_minor = 9'900});
  report_.expect("a changed sale is refused and kept", changed.status == 409, std::to_string(changed.status));
  leave_kiosk();
}

void Play::redeem_twice() {
  report_.step("the coupon is used, and then used again");
  Basket basket{.transaction = "1002",
                .total_minor = 4'000,
                .member_code = member_code_,
                .coupons = {coupon_code_},
                .coupon_minor = 800};
  const auto first = sell(basket);
  const bool honoured = first.contains("redeemed") && first["redeemed"].size() == 1;
  report_.expect("the coupon is honoured", honoured, honoured ? "" : first.dump());
  if (first.contains("coupon")) ++issued_;
  redeemed_ += honoured ? 1 : 0;
  basket.transaction = "1003";
  const auto second = sell(basket);
  const bool told =
      second.contains("refused") && second["refused"].size() == 1 && second["refused"][0].at("code") == "coupon_spent";
  report_.expect("the second time it is told as spent", told, second.dump());
  if (second.contains("coupon")) ++issued_;
}

void Play::enrol_at_till() {
  const auto answer = till_->post("/v1/members", R"({"phone":"+8613900139000"})");
  report_.expect("the till enrols a member", answer.status == 200 || answer.status == 201,
                 std::to_string(answer.status) + (answer.status < 300 ? "" : " " + answer.body.dump()));
}

void Play::pair_phone() {
  report_.step("the member's phone makes a key, and the hub's operator signs it");
  const auto answer = sell({.transaction = "1004", .total_minor = 60'000, .member_code = member_code_});
  issued_ += answer.contains("coupon") ? 1 : 0;
  floor_.wait_until("the hub to know the member", [&] { return status().at("queued").get<int>() == 0; });
  const auto card =
      floor_.ask_hub({"app-card", "--member", member_number_, "--key", base::to_hex(app_key_.public_key())});
  app_card_ = base::from_hex(card.at("card").get<std::string>()).value_or(base::Bytes{});
  const auto brand = base::from_hex(card.at("brand").get<std::string>()).value_or(base::Bytes{});
  if (brand.size() == brand_.bytes.size()) std::ranges::copy(brand, brand_.bytes.begin());
  report_.expect("the card is the member's", card.at("member") == member_number_,
                 "until " + card.value("last_day", ""));
}

// As the app shows it now.
std::string Play::code_of_phone() const {
  const auto now_s = static_cast<std::uint32_t>(base::system_clock().wall_ms() / 1'000);
  return codes::compose_rotating(app_card_, now_s, app_key_, brand_);
}

void Play::go_offline() {
  report_.step("the line is cut");
  floor_.wait_until("a share of points", [&] { return !floor_.ask_hub({"leases", "list"}).at("leases").empty(); });
  floor_.wait_until("the queue to be empty", [&] { return status().at("queued").get<int>() == 0; });
  floor_.line().cut();
  floor_.wait_until("the terminal to notice", [&] { return status().at("line") == "offline"; });
  floor_.show_code(member_code_);
  floor_.wait_for_screen("card", 30'000);
  ++scans_;
  report_.expect("a member is recognised offline", true);
  for (int i = 0; i < offline_sales; ++i) {
    const auto answer =
        sell({.transaction = std::to_string(2001 + i), .total_minor = 3'000 + 100 * i, .member_code = member_code_});
    if (answer.contains("coupon")) ++issued_;
  }
  spend_offline();
  report_.step("the kiosk is killed, and the terminal loses its power");
  floor_.kill_kiosk();
  floor_.kill_terminal();
  floor_.start_terminal();
  floor_.start_kiosk();
  const auto key = floor_.ask_terminal({"till", "till-1"});
  till_ = std::make_unique<Till>(key.at("gateway"), "till-1", key.at("key"), key.at("secret"));
  const auto repeated = till_->sale({.transaction = "2001", .total_minor = 3'000, .member_code = member_code_});
  report_.expect("what was answered before the power cut is still there", repeated.status == 200);
  floor_.wait_until("the terminal to be offline", [&] { return status().at("line") == "offline"; });
  queued_offline_ = status().at("queued").get<std::uint64_t>();
  report_.expect("events wait for the line", queued_offline_ >= offline_sales,
                 std::to_string(queued_offline_) + " queued");
  floor_.wait_for_screen("attract");
}

void Play::spend_offline() {
  report_.step("the member pays with points while the line is cut");
  const auto points_here = [&] { return floor_.ask_terminal({"member", member_code_}).at("points").get<int>(); };
  const auto before = points_here();
  Basket basket{.transaction = "2101",
                .total_minor = 2'000,
                .member_code = member_code_,
                .points = few_points,
                .points_minor = 400};
  const auto answer = sell(basket);
  points_spent_ += few_points;
  report_.expect("the points are spent", answer.value("points_spent", 0) == few_points, answer.dump());
  report_.expect("the shown balance falls at once", points_here() == before - few_points + 16,
                 std::to_string(before) + " and then " + std::to_string(points_here()));
  const auto too_weak = [](const json& told) {
    return told.contains("points_refused") && told["points_refused"].at("code") == "identity_too_weak";
  };
  basket.total_minor = 6'000;
  basket.transaction = "2102";
  basket.points = many_points;
  basket.points_minor = 5'100;
  const auto refused = sell(basket);
  report_.expect("more than a picture of a card is good for is refused, and the sale stands", too_weak(refused),
                 refused.dump());
  basket.transaction = "2103";
  basket.member_code = code_of_phone();
  const auto by_phone = sell(basket);
  points_spent_ += many_points;
  report_.expect("the code that the phone made just now spends them", by_phone.value("points_spent", 0) == many_points,
                 by_phone.dump());
  basket.transaction = "2104";
  const auto copied = sell(basket);
  report_.expect("a picture of the phone is worth no more than one of the card", too_weak(copied), copied.dump());
  for (const auto& each : {answer, refused, by_phone, copied}) issued_ += each.contains("coupon") ? 1 : 0;
}

void Play::come_back() {
  report_.step("the line is back");
  const auto started = std::chrono::steady_clock::now();
  floor_.line().restore();
  floor_.wait_until(
      "the queue to drain", [&] { return status().at("queued").get<int>() == 0; }, 90'000);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  char text[64];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  report_.figure("events queued while offline", static_cast<std::int64_t>(queued_offline_));
  report_.figure("from line back to empty queue", text);
}

void Play::compare() {
  report_.step("hub and terminal compare what they know");
  json settled;
  floor_.wait_until("the hub's word to include everything", [&] {
    settled = floor_.ask_terminal({"member", member_code_});
    return settled.at("pending").get<int>() == 0;
  });
  std::int64_t at_hub = -1;
  const auto balances = floor_.ask_hub({"balances"});
  for (const auto& row : balances.at("members")) {
    if (row.at("member") == member_number_) at_hub = row.at("points").get<std::int64_t>();
  }
  const auto at_terminal = settled.at("points").get<std::int64_t>();
  report_.expect("balances are equal", at_hub == at_terminal,
                 std::to_string(at_hub) + " and " + std::to_string(at_terminal));
  const auto hub = floor_.ask_hub({"status"});
  report_.expect("the hub counts the same sales", hub.at("sales").get<int>() == sales_, hub.at("sales").dump());
  report_.expect("the hub counts the same coupons", hub.at("coupons_issued").get<int>() == issued_,
                 hub.at("coupons_issued").dump());
  report_.expect("the hub counts the same redemptions", hub.at("coupons_redeemed").get<int>() == redeemed_,
                 hub.at("coupons_redeemed").dump());
  const auto leases = floor_.ask_hub({"leases", "list"});
  std::int64_t told = 0;
  for (const auto& each : leases.at("leases")) told += each.at("told").get<std::int64_t>();
  report_.expect("the hub has booked the points that were spent", told == points_spent_, leases.dump());
  const auto signals = floor_.ask_hub({"signals"}).at("signals");
  const bool gave_more = std::ranges::any_of(signals, [](const json& each) {
    return each.at("signal") == "issue_beyond_rules" || each.at("signal") == "programme_unknown";
  });
  report_.expect("nobody gave more than the programme does", !gave_more, signals.dump());
  const auto findings = floor_.ask_terminal({"doctor"});
  const auto& checks = findings.at("checks");
  const bool well = std::ranges::all_of(checks, [](const auto& check) { return check.at("ok").template get<bool>(); });
  report_.expect("the doctor finds no fault", well && checks.size() == 10, findings.dump());
  const auto verified = floor_.ask_terminal({"verify"});
  report_.expect("the journal's chain holds", verified.at("holds").get<bool>(), verified.at("facts").dump() + " facts");
  report_.figure("members identified by camera", scans_);
  report_.figure("sales recorded", sales_);
  report_.figure("coupons issued", issued_);
  report_.figure("coupons redeemed", redeemed_);
  report_.figure("member's points at the hub", at_hub);
  report_.figure("member's points at the terminal", at_terminal);
}

}  // namespace

void play(ShopFloor& floor, Report& report) { Play{floor, report}.run(); }

}  // namespace millpond::demo
