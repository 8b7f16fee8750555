// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/reading.h"

#include "kiosk/flow/words.h"

#include <algorithm>
#include <utility>

namespace millpond::flow {
namespace {

constexpr std::size_t line_end_weight = 30;
constexpr std::size_t heading_weight = 90;  // it has a line of its own, and room above
constexpr std::size_t least_of_a_block = 160;
constexpr std::size_t stand_in_weight = 100;  // the sentence that stands beside a choice instead of its notice

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::size_t bytes_at(std::string_view words, std::size_t at) {
  std::size_t end = at + 1;
  while (end < words.size() && continues(words[end])) ++end;
  return end - at;
}

std::size_t weight_at(std::string_view words, std::size_t at) {
  if (words[at] == '\n') return line_end_weight;
  return static_cast<unsigned char>(words[at]) < 0xE0U ? 1 : 2;
}

// How good it is to cut after this character: 2 after a sentence, 1 after a word.
int worth_of_cut(std::string_view character, bool before_space) {
  for (const std::string_view stop : {"。", "；", "！", "？", "\n"}) {
    if (character == stop) return 2;
  }
  if (character == " ") return 1;
  for (const std::string_view pause : {"，", "、", "：", "）"}) {
    if (character == pause) return 1;
  }
  return !before_space && character.size() >= 3 ? 0 : -1;  // between hanzi, and never inside a word
}

// How many bytes of these words go on a page that has this much room; at least one character.
std::size_t bytes_that_fit(std::string_view words, std::size_t room) {
  std::size_t at = 0;
  std::size_t weight = 0;
  std::size_t best = 0;
  int best_worth = -1;
  while (at < words.size()) {
    weight += weight_at(words, at);
    if (weight > room) break;
    const auto bytes = bytes_at(words, at);
    const bool before_space = at + bytes < words.size() && words[at + bytes] == ' ';
    int worth = worth_of_cut(words.substr(at, bytes), before_space);
    // A full stop is the end of a sentence only before a space.
    if (worth == 1 && at > 0 && words[at] == ' ' && std::string_view{".;!?"}.find(words[at - 1]) < 4) worth = 2;
    at += bytes;
    const bool fills_half = weight * 2 >= room;
    if (worth > best_worth || (worth >= 0 && worth == best_worth) || (worth == 1 && best_worth == 2 && !fills_half)) {
      best = at;
      best_worth = worth;
    }
  }
  if (at >= words.size()) return words.size();
  if (best == 0) best = at > 0 ? at : bytes_at(words, 0);
  return best;
}

// What the programme promises. Dates with their year, so that pages are the same on every day.
std::vector<TextBlock> rules_of(const Model& model) {
  using text::Key;
  if (!model.programme) return {};
  const auto& programme = *model.programme;
  const Words words{model.locale, &programme, 0, 0};
  const auto language = words.language();
  const auto money = words.money(programme.earn.per_minor);
  std::vector<TextBlock> blocks{
      {words.get(Key::rules_points),
       words(Key::rules_earn, money, text::count(programme.earn.points)) + "\n" + words.get(Key::rules_offline)}};
  const auto add_lines = [&](Key heading, const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) all += (all.empty() ? "" : "\n") + line;
    if (!all.empty()) blocks.push_back({words.get(heading), std::move(all)});
  };
  std::vector<std::string> lines;
  for (const auto& tier : programme.tiers) {
    lines.push_back(words(Key::rules_tier, words.of(tier.name), words.money(tier.threshold_minor)));
  }
  add_lines(Key::rules_tiers, std::exchange(lines, {}));
  for (const auto& campaign : programme.campaigns) {
    if (campaign.stopped) continue;
    lines.push_back(words(Key::rules_campaign, words.of(campaign.name), text::full_date(campaign.starts, language),
                          text::full_date(campaign.ends, language)));
  }
  add_lines(Key::rules_campaigns, std::exchange(lines, {}));
  for (const auto& offer : programme.coupons) {
    const auto said = coupon_words(offer, programme, language);
    auto line = words(Key::rules_coupon, words.of(offer.name), said.condition);
    for (const auto& term : said.terms) line = words(Key::issued_join, line, term);
    lines.push_back(std::move(line));
  }
  add_lines(Key::rules_coupons, lines);
  for (const auto purpose :
       {model::Purpose::membership, model::Purpose::marketing, model::Purpose::profiling, model::Purpose::partners}) {
    const auto& notice = model::notice_of(programme, purpose);
    if (!words.of(notice).empty()) blocks.push_back({words.get(label_of(purpose)), words.of(notice)});
  }
  blocks.push_back({words.get(Key::rules_leaving), words.get(Key::rules_leaving_text)});
  return blocks;
}

}  // namespace

std::size_t weight_of(std::string_view words) {
  std::size_t weight = 0;
  for (std::size_t at = 0; at < words.size(); at += bytes_at(words, at)) weight += weight_at(words, at);
  return weight;
}

std::vector<TextPage> pages_of(const std::vector<TextBlock>& blocks) {
  std::vector<TextPage> pages;
  std::size_t room = 0;
  for (const auto& block : blocks) {
    std::string_view rest = block.text;
    do {
      const auto needed = heading_weight + std::min(weight_of(rest), least_of_a_block);
      if (pages.empty() || room < needed) {
        pages.emplace_back();
        room = page_weight_max;
      }
      room -= heading_weight;
      const auto bytes = bytes_that_fit(rest, room);
      pages.back().push_back({block.heading, std::string{rest.substr(0, bytes)}});
      room -= std::min(room, weight_of(rest.substr(0, bytes)));
      rest.remove_prefix(bytes);
    } while (!rest.empty());
  }
  return pages;
}

std::vector<bool> long_ones(const std::vector<std::string>& notices) {
  std::vector<bool> are(notices.size(), false);
  std::vector<std::size_t> weights;
  std::size_t total = 0;
  for (const auto& notice : notices) total += weights.emplace_back(weight_of(notice));
  while (total > beside_weight_max) {
    const auto longest = std::ranges::max_element(weights);
    if (longest == weights.end() || *longest <= stand_in_weight) break;
    are[static_cast<std::size_t>(longest - weights.begin())] = true;
    total -= *longest - stand_in_weight;
    *longest = 0;
  }
  return are;
}

std::vector<model::Purpose> purposes_of(const Model& model, Place place) {
  std::vector<model::Purpose> purposes;
  if (place == Place::consent) purposes = {model::Purpose::membership, model::Purpose::marketing};
  if (place == Place::my_consents && model.card) {
    for (const auto& each : model.card->consents) purposes.push_back(each.purpose);
  }
  return purposes;
}

bool is_read_by_pages(const Model& model, Place place, model::Purpose purpose) {
  const auto purposes = purposes_of(model, place);
  std::vector<std::string> notices;
  for (const auto each : purposes) notices.push_back(notice_words(model, each));
  const auto are = long_ones(notices);
  const auto found = std::ranges::find(purposes, purpose);
  return found != purposes.end() && are[static_cast<std::size_t>(found - purposes.begin())];
}

std::vector<TextPage> reading_pages(const Model& model) {
  if (!model.reading) return {};
  std::vector<TextBlock> blocks;
  const auto add = [&](model::Purpose purpose) {
    blocks.push_back(
        {std::string{text::get(label_of(purpose), language_of(model.locale))}, notice_words(model, purpose)});
  };
  switch (model.reading->what) {
    case Reading::What::joining:
      for (const auto purpose : purposes_of(model, Place::consent)) {
        if (is_read_by_pages(model, Place::consent, purpose)) add(purpose);
      }
      break;
    case Reading::What::agreeing:
      add(model.reading->purpose);
      break;
    case Reading::What::rules:
      blocks = rules_of(model);
      break;
    case Reading::What::coupons: {
      const auto count = model.card ? model.card->coupons.size() : 0;
      return std::vector<TextPage>(std::max<std::size_t>(1, (count + coupons_on_a_page - 1) / coupons_on_a_page));
    }
  }
  if (blocks.empty()) blocks.emplace_back();
  return pages_of(blocks);
}

text::Key label_of(model::Purpose purpose) {
  using text::Key;
  switch (purpose) {
    case model::Purpose::membership:
      return Key::consent_membership;
    case model::Purpose::marketing:
      return Key::consent_marketing;
    case model::Purpose::profiling:
      return Key::consents_profiling;
    case model::Purpose::partners:
      break;
  }
  return Key::consents_partners;
}

}  // namespace millpond::flow
