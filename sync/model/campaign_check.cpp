// SPDX-License-Identifier: Apache-2.0
#include "sync/model/campaign_check.h"

#include "sync/model/allocate.h"

#include <algorithm>
#include <array>

namespace millpond::model {
namespace {

using Words = std::initializer_list<std::string_view>;

// Chinese is looked for as it stands, English as whole words in any case.
struct Lexicon {
  Words zh;
  Words en;
};
const Lexicon final_words{{"最终解释权", "解释权归"},
                          {"final interpretation", "right of interpretation", "at our sole discretion"}};
const Lexicon everything_words{{"全场", "全店", "全部商品", "所有商品"},
                               {"everything", "all items", "all products", "storewide"}};
const Lexicon original_words{{"原价"}, {"original price", "was priced at"}};
const Lexicon superlative_words{{"国家级", "最高级", "最佳", "最好", "最优", "最低价", "最便宜", "第一品牌", "全网第一",
                                 "顶级", "极品", "绝无仅有"},
                                {"the best", "number one", "no. 1", "lowest price", "cheapest", "unbeatable"}};

char lower(char each) { return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each; }

bool is_letter(char each) { return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9'); }

bool says_zh(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.find(word) != text.npos; });
}

bool says_en(std::string_view text, Words words) {
  std::string lowered;
  for (const char each : text) lowered += lower(each);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    for (auto at = lowered.find(word); at != lowered.npos; at = lowered.find(word, at + 1)) {
      const auto end = at + word.size();
      const bool begins = at == 0 || !is_letter(lowered[at - 1]);
      if (begins && (end == lowered.size() || !is_letter(lowered[end]))) return true;
    }
    return false;
  });
}

// Both languages are searched for both lexicons: people mix them.
bool says(std::string_view text, const Lexicon& lexicon) {
  return says_zh(text, lexicon.zh) || says_en(text, lexicon.en);
}

class Check {
 public:
  explicit Check(const Programme& programme) : programme_{programme} {}

  std::vector<CampaignFinding> run() {
    for (std::size_t i = 0; i < programme_.coupons.size(); ++i) {
      const auto& offer = programme_.coupons[i];
      const auto pointer = "/coupons/" + std::to_string(i);
      read_words(pointer + "/name", offer.name, excludes(offer));
      check_goods(pointer + "/goods", offer.goods, chooses_goods(offer.scope));
      check_goods(pointer + "/reward", offer.reward, !offer.rewards.empty());
    }
    for (std::size_t i = 0; i < programme_.packs.size(); ++i) {
      read_words("/packs/" + std::to_string(i) + "/name", programme_.packs[i].name, pack_excludes(programme_.packs[i]));
    }
    for (std::size_t i = 0; i < programme_.campaigns.size(); ++i) check_campaign(i);
    return std::move(findings_);
  }

 private:
  void find(CampaignFault fault, std::string pointer) { findings_.push_back({fault, std::move(pointer)}); }

  [[nodiscard]] static bool excludes(const CouponOffer& offer) {
    const auto& scope = offer.scope;
    return !scope.items.empty() || !scope.categories.empty() || !scope.not_items.empty() || !scope.stores.empty() ||
           !scope.tiers.empty() || !scope.tags.empty();
  }
  [[nodiscard]] static bool chooses_goods(const CouponScope& scope) {
    return !scope.items.empty() || !scope.categories.empty() || !scope.not_items.empty();
  }
  void check_goods(const std::string& pointer, const LocalizedText& words, bool needed) {
    if (words.zh_cn.empty() && needed) find(CampaignFault::goods_not_named, pointer);
    if (!words.zh_cn.empty()) read_words(pointer, words, needed);
  }
  [[nodiscard]] const CouponOffer* offer_of(base::CampaignId id) const {
    const auto found = std::find_if(programme_.coupons.begin(), programme_.coupons.end(),
                                    [id](const CouponOffer& offer) { return offer.id == id; });
    return found == programme_.coupons.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool pack_excludes(const BenefitPack& pack) const {
    return std::any_of(pack.coupons.begin(), pack.coupons.end(), [&](const BenefitPack::Coupons& each) {
      const auto* const offer = offer_of(each.offer);
      return offer != nullptr && excludes(*offer);
    });
  }
  // Every coupon that a campaign gives, in its order.
  [[nodiscard]] std::vector<const CouponOffer*> offers_of(const Campaign& campaign) const {
    std::vector<const CouponOffer*> offers;
    const auto add = [&](const std::vector<CampaignAction>& actions) {
      for (const auto& action : actions) {
        const auto number = static_cast<std::uint32_t>(action.number);
        if (action.kind == ActionKind::coupon) offers.push_back(offer_of({number}));
        if (action.kind != ActionKind::pack) continue;
        for (const auto& pack : programme_.packs) {
          if (pack.id != number) continue;
          for (const auto& each : pack.coupons) offers.push_back(offer_of(each.offer));
        }
      }
    };
    add(campaign.actions);
    if (campaign.experiment) {
      for (const auto& variant : campaign.experiment->variants) add(variant.actions);
    }
    std::erase(offers, nullptr);
    return offers;
  }

  void read_words(const std::string& pointer, const LocalizedText& words, bool excluding) {
    for (const auto& [key, text] : {std::pair{"/zh-CN", &words.zh_cn}, {"/en", &words.en}}) {
      if (says(*text, final_words)) find(CampaignFault::final_interpretation, pointer + key);
      if (excluding && says(*text, everything_words)) find(CampaignFault::everything_but, pointer + key);
      if (says(*text, original_words)) find(CampaignFault::original_price, pointer + key);
      if (says(*text, superlative_words)) find(CampaignFault::superlative, pointer + key);
    }
    const bool has_letters =
        std::any_of(words.en.begin(), words.en.end(), [](char each) { return is_letter(lower(each)); });
    if (words.zh_cn == words.en && has_letters) find(CampaignFault::not_translated, pointer);
  }

  // What terminals and hub look at today; one line less for each that comes.
  [[nodiscard]] static bool is_started(const Campaign& campaign) {
    switch (campaign.trigger) {
      case Trigger::sale_paid:
      case Trigger::enrolment:
      case Trigger::tier_entered:
      case Trigger::lapsed:
        return true;
      case Trigger::first_visit:
        return campaign.trigger_word.empty() || campaign.trigger_word == first_visit_shop;
      default:
        return false;
    }
  }
  [[nodiscard]] static bool is_carried_out(ActionKind kind) {
    return kind != ActionKind::chance && kind != ActionKind::message && kind != ActionKind::staff_task;
  }
  void check_actions(const std::string& pointer, const std::vector<CampaignAction>& actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      if (is_carried_out(actions[i].kind)) continue;
      find(CampaignFault::not_carried_out, pointer + "/actions/" + std::to_string(i));
    }
  }

  void check_campaign(std::size_t at) {
    const auto& campaign = programme_.campaigns[at];
    const auto pointer = "/campaigns/" + std::to_string(at);
    const auto offers = offers_of(campaign);
    const bool excluding =
        !campaign.only_stores.empty() ||
        std::any_of(offers.begin(), offers.end(), [](const auto* offer) { return excludes(*offer); });
    read_words(pointer + "/name", campaign.name, excluding);
    for (const auto* const offer : offers) {
      if (offer->days.from && offer->days.through < campaign.ends)
        find(CampaignFault::over_before_given, pointer + "/ends");
      const auto& stores = offer->scope.stores;
      const bool shared =
          std::any_of(campaign.only_stores.begin(), campaign.only_stores.end(),
                      [&](std::uint32_t store) { return std::binary_search(stores.begin(), stores.end(), store); });
      if (!stores.empty() && !campaign.only_stores.empty() && !shared)
        find(CampaignFault::taken_nowhere, pointer + "/when");
    }
    const bool limited = campaign.caps.count > 0 || campaign.caps.money_minor > 0 || campaign.caps.per_member > 0 ||
                         campaign.caps.per_member_day > 0;
    if (campaign.offline == OfflinePolicy::decide && !limited && campaign.trigger != Trigger::sale_paid) {
      find(CampaignFault::unlimited_offline, pointer + "/offline");
    }
    if (!is_started(campaign)) find(CampaignFault::not_started, pointer + "/trigger");
    check_actions(pointer, campaign.actions);
    if (!campaign.experiment) return;
    const auto& variants = campaign.experiment->variants;
    for (std::size_t i = 0; i < variants.size(); ++i) {
      check_actions(pointer + "/experiment/variants/" + std::to_string(i), variants[i].actions);
    }
  }

  const Programme& programme_;
  std::vector<CampaignFinding> findings_;
};

}  // namespace

std::string_view words_of(CampaignFault fault) {
  switch (fault) {
    case CampaignFault::final_interpretation:
      return "leaves the last word on interpretation to the shop, which the law does not know";
    case CampaignFault::everything_but:
      return "says everything, and goods, shops or members are excluded";
    case CampaignFault::original_price:
      return "names an original price, and nothing shows that it was ever asked";
    case CampaignFault::superlative:
      return "praises with a superlative, which advertising law forbids";
    case CampaignFault::not_translated:
      return "is the same in both languages";
    case CampaignFault::over_before_given:
      return "gives a coupon on days after its last good one";
    case CampaignFault::taken_nowhere:
      return "gives a coupon that none of its own shops takes";
    case CampaignFault::goods_not_named:
      return "is missing: customers could not read which goods are meant";
    case CampaignFault::unlimited_offline:
      return "gives without the line and without any limit";
    case CampaignFault::not_started:
      return "is something that this release does not look at yet, so that the campaign gives nothing";
    case CampaignFault::not_carried_out:
      return "is booked for whom it is due, and this release does nothing with it yet";
  }
  return "";
}

bool refuses(CampaignFault fault) {
  switch (fault) {
    case CampaignFault::not_translated:
    case CampaignFault::unlimited_offline:
    case CampaignFault::not_started:
    case CampaignFault::not_carried_out:
      return false;
    default:
      return true;
  }
}

std::vector<CampaignFinding> check_campaigns(const Programme& programme) { return Check{programme}.run(); }

std::vector<CampaignExposure> exposures(const Programme& programme) {
  std::vector<CampaignExposure> all;
  const auto value_of = [&](base::CampaignId id) {
    const auto offer = std::find_if(programme.coupons.begin(), programme.coupons.end(),
                                    [id](const CouponOffer& each) { return each.id == id; });
    return offer == programme.coupons.end() ? 0 : multiply_held(offer->value_minor, offer->times_max);
  };
  for (const auto& campaign : programme.campaigns) {
    CampaignExposure exposure;
    exposure.campaign = campaign.id;
    const auto weigh = [&](const std::vector<CampaignAction>& actions) {
      std::int64_t minor = 0;
      std::int64_t points = 0;
      for (const auto& action : actions) {
        const auto number = static_cast<std::uint32_t>(action.number);
        if (action.kind == ActionKind::points) points = add_held(points, action.number);
        if (action.kind == ActionKind::coupon) minor = add_held(minor, multiply_held(value_of({number}), action.count));
        if (action.kind != ActionKind::pack) continue;
        for (const auto& pack : programme.packs) {
          if (pack.id != number) continue;
          for (const auto& each : pack.coupons)
            minor = add_held(minor, multiply_held(value_of(each.offer), each.count));
        }
      }
      exposure.each_minor = std::max(exposure.each_minor, minor);
      exposure.points_each = std::max(exposure.points_each, points);
    };
    weigh(campaign.actions);
    if (campaign.experiment) {
      for (const auto& variant : campaign.experiment->variants) weigh(variant.actions);
    }
    const auto& caps = campaign.caps;
    if (caps.count > 0) exposure.count_max = caps.count;
    if (caps.count > 0) exposure.money_max_minor = multiply_held(caps.count, exposure.each_minor);
    if (caps.money_minor > 0) {
      exposure.money_max_minor = std::min(exposure.money_max_minor.value_or(caps.money_minor), caps.money_minor);
    }
    all.push_back(exposure);
  }
  return all;
}

}  // namespace millpond::model
