// SPDX-License-Identifier: Apache-2.0
// TillCounter: answers tills. Turns a till's values into the terminal's use cases and their outcomes into JSON, claims
// the session in front of the screen for a sale without a member code, and tells the screen what came of it. Called by
// the gateway's workers, several at once; blocks for a commit, and before it for the hub's word about coupons.
#pragma once

#include "hardware/till/gateway.h"
#include "kiosk/service/screens.h"
#include "kiosk/service/settings.h"
#include "kiosk/service/shop.h"
#include "sync/terminal/refund_desk.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace millpond::service {

class TillCounter final : public ports::TillHandler {
 public:
  // Who stands where, what was recorded, at which till. Any thread; must only post.
  using SaleNews = std::function<void(const Claim&, const flow::SaleResult&, const std::string& till)>;
  using BasketNews = std::function<void(const flow::BasketTold&)>;  // the same
  using BasketOver = std::function<void(const flow::BasketGone&)>;  // the same

  TillCounter(Shop& shop, Screens& screens, std::string language, SaleNews on_sale);

  // Told of every basket that a till asks about, and of those that end without a sale of somebody's. Set before the
  // gateway is opened.
  void on_basket(BasketNews news, BasketOver over) {
    on_basket_ = std::move(news);
    on_basket_over_ = std::move(over);
  }
  // Opens the door with the keys of the folder's "tills" and writes the port to gateway.port. Errors: port_taken,
  // key_unusable.
  [[nodiscard]] base::Result<std::unique_ptr<till::Gateway>> open_gateway(const std::filesystem::path& folder,
                                                                          const Settings& settings);
  // A new key for a till, stored before it is told; the second newest stays valid. Error: bad_input for a name that is
  // no file name.
  [[nodiscard]] static base::Result<till::Key> add_till(const std::filesystem::path& folder, till::Gateway& gateway,
                                                        const std::string& name);

  // Whether this till has told of itself by the gateway or the file drop within `told_itself_ms`. Any thread.
  [[nodiscard]] bool tells_itself(const std::string& till) const;
  static constexpr std::int64_t told_itself_ms = 16LL * 3'600'000;  // a shop's day

  ports::TillAnswer sale(const ports::TillSale& sale, const base::Hash& body_hash) override;
  ports::TillAnswer refund(const ports::TillRefund& refund, const base::Hash& body_hash) override;
  ports::TillAnswer find_sale(const ports::TillSaleKey& key) override;
  ports::TillAnswer quote(const ports::TillBasket& basket, std::string_view language) override;
  ports::TillAnswer hold(const ports::TillBasket& basket, std::string_view language) override;
  ports::TillAnswer release(const std::string& till, const std::string& basket) override;
  ports::TillAnswer enrol(const ports::TillEnrolment& enrolment) override;
  ports::TillAnswer look_up(const ports::TillLookup& lookup) override;
  ports::TillAnswer member(const std::string& code) override;
  ports::TillAnswer health() override;
  ports::TillSentence explain(const base::Error& error, std::string_view language) override;

 private:
  void note_told(const std::string& till);
  [[nodiscard]] ports::TillAnswer refuse(int status, const base::Error& error);
  [[nodiscard]] base::Result<terminal::BasketRequest> basket_of(const ports::TillBasket& basket);
  [[nodiscard]] text::Language language_of(std::string_view wanted) const;
  // Why the word of somebody behind the counter in a sale does not count; nothing when it does, or there is none.
  [[nodiscard]] std::optional<base::Code> approve(const ports::TillSale& sale, terminal::SaleRequest& request);
  [[nodiscard]] base::Bytes compose(const terminal::SaleOutcome& outcome, const ports::TillSale& sale,
                                    std::optional<base::Code> approval_problem);
  [[nodiscard]] ports::TillAnswer answer_again(const ports::TillSale& sale, const base::Bytes& stored);
  [[nodiscard]] bool names_member(const std::string& code, const std::string& member);
  [[nodiscard]] base::Bytes compose(const terminal::RefundOutcome& outcome);
  void tell_screens(const Claim& claim, const ports::TillSale& sale, const terminal::SaleOutcome& outcome);
  void show_basket(const terminal::BasketRequest& request, const terminal::Quote& quote);
  [[nodiscard]] ports::TillAnswer print_card(base::MemberId member, const ports::TillApproval& by);

  Shop& shop_;
  Screens& screens_;
  const std::string language_;
  const SaleNews on_sale_;
  BasketNews on_basket_;
  BasketOver on_basket_over_;
  mutable std::mutex told_mutex_;
  std::map<std::string, std::int64_t> told_ms_;  // by till, monotonic; guarded by told_mutex_
};

}  // namespace millpond::service
