// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample_views.h"

#include "hardware/scan/encode.h"
#include "tests/support/sample_shop.h"

#include <stdexcept>
#include <utility>

namespace millpond::tests {
namespace {

using flow::Model;
using flow::Place;
using model::Purpose;

const ports::QrModules& code() {
  static const auto modules = scan::encode_qr(sample_code_text()).value();
  return modules;
}

Model kiosk() {
  Model model;
  model.programme = sample_programme();
  model.online = true;
  model.line_known = true;
  model.camera = ports::DeviceState::ok;
  model.printer = ports::DeviceState::ok;
  model.utc_offset_min = 480;
  model.revision = 1;
  return model;
}

template <class Change>
Model with(Model model, Change change) {
  change(model);
  return model;
}

Model at(Place place) {
  return with(kiosk(), [place](Model& m) {
    m.place = place;
    m.idle_at_ms = sample_now_ms + flow::idle_ms;
  });
}

Model offline(Model model) {
  model.online = false;
  model.queued = 7;
  return model;
}

Model typing(std::string digits) {
  return with(at(Place::phone), [&](Model& m) { m.phone = std::move(digits); });
}

// Whoever is about to join: they have typed a number.
Model joining(Place place) {
  return with(at(place), [](Model& m) { m.phone = "13800138000"; });
}

flow::MemberCard member(int coupons) {
  auto card = sample_card();
  card.code_text = sample_code_text();
  card.code = code();
  card.told_age_min = 14;
  card.consents = {{Purpose::marketing, false}, {Purpose::profiling, true}, {Purpose::partners, true}};
  auto dear = sample_chain_coupon(3, 6, 12, 26);
  dear.usable = false;
  const flow::CouponCard kinds[] = {sample_coupon(1, 800, 3000, 12, 21), sample_chain_coupon(2, 10, 12, 24), dear,
                                    sample_chain_coupon(4, 4, 12, 28)};
  card.coupons.clear();
  for (int i = 0; i < coupons; ++i) {
    card.coupons.push_back(kinds[i % 4]);
    card.coupons.back().coupon = base::CouponId{static_cast<std::uint64_t>(i) + 1};
    card.coupons.back().expires.days += i / 4 * 9;
  }
  return card;
}

Model card(int coupons) {
  return with(at(Place::card), [&](Model& m) { m.card = member(coupons); });
}

Model sold(bool coupon) {
  return with(at(Place::issued), [&](Model& m) {
    m.card = member(2);
    m.sale = sample_sale();
    m.sale->issued.front().code = code();
    if (!coupon) m.sale->issued.clear();
    m.slip_printing = true;
  });
}

Model unprinted(Model model) {
  model.slip_printing = false;
  model.printed = false;
  model.printer = ports::DeviceState::paper_out;
  return model;
}

Model without_guardians(Model model) {
  model.programme->country.joining.guardians_agree = false;
  return model;
}

// As long as a brand's lawyers may make it.
Model long_words(Model model) {
  auto& notice = model.programme->membership_notice;
  const auto once = notice;
  for (int i = 0; i < 3; ++i) {
    notice.zh_cn += once.zh_cn;
    notice.en += " " + once.en;
  }
  model.programme->marketing_notice = notice;
  return model;
}

struct SampleModel {
  const char* name;
  Model model;
};

std::vector<SampleModel> sample_models() {
  using What = flow::Reading::What;
  const auto reading = [](What what, std::size_t page) { return flow::Reading{what, Purpose::marketing, page}; };
  return {
      {"attract", kiosk()},
      {"scan", at(Place::scan)},
      {"phone", typing("13800138000")},
      {"consent", with(joining(Place::consent), [](Model& m) { m.consent_membership = true; })},
      {"card", card(3)},
      {"issued", sold(true)},
      {"welcome", with(at(Place::issued),
                       [](Model& m) {
                         m.just_enrolled = true;
                         m.joined = sample_lin;
                       })},
      {"bill", with(kiosk(), [](Model& m) { m.basket = sample_basket(); })},
      {"bill-long", offline(with(kiosk(),
                                 [](Model& m) {
                                   m.basket = sample_long_basket();
                                   m.basket->member = {};
                                   m.basket->weighed.discount_minor = 0;
                                   m.basket->weighed.coupons.clear();
                                 }))},
      {"bill-by-hand", with(kiosk(),
                            [](Model& m) {
                              m.basket = sample_basket();
                              m.basket->lines.clear();
                            })},
      {"attract-offline", offline(kiosk())},
      {"attract-empty", with(kiosk(), [](Model& m) { m.programme.reset(); })},
      {"scan-problem", with(at(Place::scan), [](Model& m) { m.problem = base::Code::code_payment; })},
      {"scan-busy", with(at(Place::scan), [](Model& m) { m.busy = true; })},
      {"scan-no-camera", with(at(Place::scan), [](Model& m) { m.camera = ports::DeviceState::absent; })},
      {"phone-empty", offline(typing(""))},
      {"phone-problem", with(typing("12800138000"), [](Model& m) { m.problem = base::Code::phone_malformed; })},
      {"consent-offline", offline(joining(Place::consent))},
      {"consent-long",
       with(long_words(joining(Place::consent)), [&](Model& m) { m.reading = reading(What::joining, 0); })},
      {"consent-was-read", long_words(joining(Place::consent))},
      {"my-consents", with(card(1), [](Model& m) { m.place = Place::my_consents; })},
      {"my-consents-long", with(long_words(card(1)), [](Model& m) { m.place = Place::my_consents; })},
      {"my-consents-read", with(long_words(card(1)),
                                [&](Model& m) {
                                  m.place = Place::my_consents;
                                  m.reading = reading(What::agreeing, 1);
                                })},
      {"rules", with(kiosk(), [&](Model& m) { m.reading = reading(What::rules, 0); })},
      {"coupons", with(card(9), [&](Model& m) { m.reading = reading(What::coupons, 1); })},
      {"age", joining(Place::age)},
      {"age-alone", without_guardians(joining(Place::age))},
      {"too-young", at(Place::too_young)},
      {"card-offline", offline(card(9))},
      {"card-empty", card(0)},
      {"card-toast", with(card(1),
                          [](Model& m) {
                            m.printed = true;
                            m.toast_until_ms = sample_now_ms + flow::toast_ms;
                          })},
      {"issued-leaving", with(unprinted(offline(sold(true))),
                              [](Model& m) {
                                m.idle_at_ms = sample_now_ms + flow::idle_warning_ms;
                                m.toast_until_ms = sample_now_ms + flow::toast_ms;
                              })},
      {"issued-exchange",
       with(sold(true), [](Model& m) { m.sale->issued.front().coupon = sample_chain_coupon(9, 4, 12, 21); })},
      {"issued-points", unprinted(sold(false))},
  };
}

}  // namespace

std::string sample_code_text() { return "MP1/4K7Q-9TXN-2W6B-HC3D-YF58-PM4J-8RQZ-61VA-K3NE-T7XG-05BD-QW2H"; }

std::vector<SampleView> sample_views(flow::Locale locale) {
  std::vector<SampleView> views;
  for (auto& sample : sample_models()) {
    sample.model.locale = locale;
    views.push_back({sample.name, flow::present(sample.model, sample_now_ms, sample_wall_ms)});
  }
  views.push_back({"notice", flow::present_link_lost(locale)});
  views.push_back({"notice-not-provisioned", flow::present_not_provisioned(locale)});
  return views;
}

flow::ViewModel sample_view(const std::string& name, flow::Locale locale) {
  for (auto& sample : sample_views(locale)) {
    if (sample.name == name) return sample.view;
  }
  throw std::invalid_argument{"no sample view " + name};
}

}  // namespace millpond::tests
