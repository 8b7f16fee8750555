// SPDX-License-Identifier: Apache-2.0
// rules: what one paid sale costs to rate: 30 lines, 40 campaigns that may apply, 5 coupons; that other campaigns cost
// nothing; and the best combination of 5 coupons. The baselines are the same work without an index, and with all
// campaigns beside those that may apply. One core, nothing but memory.
#include "sync/model/combination.h"
#include "sync/model/rule_book.h"
#include "sync/model/rules.h"
#include "tests/bench/bench.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t live_campaigns = 40;
constexpr std::uint32_t all_campaigns = 4'000;
constexpr int lines = 30;
constexpr std::uint64_t coupons = 5;
constexpr double sale_us_max = 100;
constexpr double combination_us_max = 200;
constexpr double growth_max = 1.5;  // a hundred times the campaigns, the same ones apply
constexpr int turns = 4'000;
constexpr int turns_quick = 400;

const base::BrandId brand{{1, 2, 3}};
const base::LocalDate today{20'779};

// Every tenth of this shop's campaigns asks about the member; the others of the chain are for other shops.
std::string campaign_json(std::uint32_t id, std::uint32_t store) {
  const auto number = std::to_string(id);
  const std::string member = id % 10 == 0 ? R"({"tier_at_least": 1})" : R"({"basket": {"categories": ["tea"]}})";
  return R"({"id": )" + number +
         R"(, "name": {"zh-CN": "a", "en": "a"}, "trigger": {"on": "sale_paid"}, "starts": "2026-01-01",
    "ends": "2027-12-31", "offline": "decide", "when": {"all": [{"stores": [)" +
         std::to_string(store) + R"(]}, {"paid_at_least_minor": 3000}, )" + member +
         R"(]}, "actions": [{"points": 1}, {"tag": "regular"}]})";
}

base::Result<model::Programme> programme_of(std::uint32_t campaigns) {
  std::string json = R"({"version": 1, "brand_name": {"zh-CN": "a", "en": "a"}, "currency": "CNY",
    "earn": {"points": 1, "per_minor": 100}, "zone": [{"from": "1970-01-01T00:00:00Z", "offset_min": 480}],
    "tiers": [{"name": {"zh-CN": "a", "en": "a"}, "threshold_minor": 0},
              {"name": {"zh-CN": "b", "en": "b"}, "threshold_minor": 9000}],
    "coupons": [], "notices": {"membership": {"zh-CN": "a", "en": "a"}, "marketing": {"zh-CN": "a", "en": "a"}},
    "campaigns": [)";
  for (std::uint32_t id = 1; id <= campaigns; ++id) {
    if (id > 1) json += ",";
    json += campaign_json(id, id <= live_campaigns ? 1 : 2 + id % 100);
  }
  json += "]}";
  return model::parse_programme(base::view_of(json));
}

model::SaleRecorded sale() {
  model::SaleRecorded sale;
  sale.key = {base::StoreId{1}, "till-1", today, "T-1"};
  sale.member.value = 5;
  sale.currency = *base::parse_currency("CNY");
  for (int i = 0; i < lines; ++i) {
    const auto number = std::to_string(i);
    sale.lines.push_back({number, "sku-" + number, "2", i % 3 == 0 ? "food" : "tea", 1'000 + i * 37, 0});
    sale.eligible_minor += 1'000 + i * 37;
  }
  sale.total_minor = sale.eligible_minor;
  sale.tenders = {{model::TenderType::wechat_pay, sale.total_minor}};
  return sale;
}

// One of each kind that takes work: three that spread over lines, a gift, a percentage of items.
std::vector<model::CouponOffer> offers() {
  std::vector<model::CouponOffer> offers(coupons);
  for (std::uint32_t i = 0; i < coupons; ++i) {
    auto& offer = offers[i];
    offer.id.value = i + 1;
    offer.type = i == 4   ? model::CouponType::gift
                 : i >= 2 ? model::CouponType::percent_off
                          : model::CouponType::amount_off;
    offer.value_minor = 500 + i * 100;
    offer.basis_points = 1'000;
    offer.cap_minor = 5'000;
    offer.rewards = {"sku-7"};
    offer.threshold_minor = 2'000;
    if (i % 2 == 0) offer.scope.categories = {"tea"};
    offer.days.valid_days = 30;
  }
  return offers;
}

struct Counter {
  base::Bytes key = model::event_key(model::SaleKey{base::StoreId{1}, "till-1", today, "T-1"});
  model::SaleRecorded recorded = sale();
  model::Basket basket = model::basket_of(recorded);
  model::Shopper shopper;
  std::vector<model::CouponOffer> of = offers();
  std::vector<model::HeldCoupon> held;
  std::vector<model::TenderType> paid_with{model::TenderType::wechat_pay};
  model::Circumstance circumstance{{today, 870}, &basket, recorded.eligible_minor, paid_with};
  std::size_t given{};

  Counter() {
    shopper.member.value = 5;
    shopper.tier = 1;
    for (std::uint64_t i = 0; i < coupons; ++i) {
      held.push_back({base::CouponId{i + 1}, &of[i], {}, {{today.days - 1}, {today.days + 30}}, {}});
    }
  }

  void rate(const model::RuleBook& book) {
    const auto earning = model::earning_of(book.programme(), recorded);
    const auto evaluation = book.evaluate(brand, {model::Trigger::sale_paid, {}, 0, key}, shopper, circumstance, {});
    given = evaluation.awards.size() + (earning ? 1 : 0);
  }
  void combine() { given = model::best_combination(basket, held, shopper, circumstance.now).taken.size(); }
  // What each campaign's condition says, without an index.
  void ask_everyone(const model::Programme& programme) {
    given = 0;
    for (const auto& campaign : programme.campaigns) {
      if (campaign.when.evaluate(shopper, circumstance) == model::Truth::yes) ++given;
    }
  }
};

double spent_us(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

base::Result<std::vector<Row>> run_rules(const Options& options) {
  MILLPOND_TRY(const auto small, programme_of(live_campaigns));
  MILLPOND_TRY(const auto large, programme_of(all_campaigns));
  const model::RuleBook few{small};
  const model::RuleBook many{large};
  Counter counter;
  counter.rate(few);
  const auto awards = counter.given;
  counter.rate(many);
  if (counter.given != awards || awards != 2 * live_campaigns + 1) {
    return base::Error{base::Code::internal, "bench rules", "the campaigns that should apply do not"};
  }
  counter.combine();
  if (counter.given < 4) return base::Error{base::Code::internal, "bench rules", "the coupons do not go together"};

  std::vector<double> sale_us;
  std::vector<double> sale_of_many_us;
  std::vector<double> everyone_us;
  std::vector<double> combination_us;
  const int rounds = options.quick ? turns_quick : turns;
  for (int i = 0; i < rounds; ++i) {
    sale_us.push_back(spent_us([&] {
      counter.rate(few);
      counter.combine();
    }));
    sale_of_many_us.push_back(spent_us([&] {
      counter.rate(many);
      counter.combine();
    }));
    everyone_us.push_back(spent_us([&] { counter.ask_everyone(large); }));
    combination_us.push_back(spent_us([&] { counter.combine(); }));
  }
  const auto n = sale_us.size();
  const auto of_few = median(sale_us);
  const auto of_many = median(sale_of_many_us);
  const auto of_everyone = median(everyone_us);
  const auto combination = median(combination_us);
  return std::vector<Row>{
      {"rules.sale.40.p50", of_few, "us", 0, "", 0, sale_us_max, of_few <= sale_us_max, n},
      {"rules.sale.4000.p50", of_many, "us", of_few, "40 campaigns", of_many / of_few, growth_max,
       of_many / of_few <= growth_max, n},
      {"rules.conditions.4000.p50", of_everyone, "us", of_few, "40 campaigns", of_everyone / of_few, 0, true, n},
      {"rules.combination.5.p50", combination, "us", 0, "", 0, combination_us_max, combination <= combination_us_max,
       n},
  };
}

const Registration rules{"rules", "rating a sale by 40 and 4,000 campaigns, and the best combination of 5 coupons",
                         run_rules};

}  // namespace
}  // namespace millpond::bench
