// SPDX-License-Identifier: Apache-2.0
#include "kiosk/flow/flow.h"
#include "kiosk/flow/offers.h"
#include "kiosk/flow/reading.h"
#include "kiosk/flow/surroundings.h"
#include "kiosk/flow/words.h"

#include <algorithm>
#include <utility>

namespace millpond::flow {
namespace {

// A session is anything that somebody left on the screen: data about them, or a language that is not the house's.
bool has_session(const Model& model) {
  return model.place != Place::attract || model.reading || model.locale != model.home_locale ||
         model.appearance != Appearance::standard;
}

void wipe_entry(Model& model) {
  model.phone.clear();
  model.age = model::AgeAnswer::not_asked;
  model.agreeing.reset();
  model.reading.reset();
  model.consent_membership = false;
  model.consent_marketing = false;
}

class Update {
 public:
  Update(Model& model, std::int64_t now_ms) : model_{model}, now_ms_{now_ms} {}

  std::vector<Cmd> run(const Msg& msg) {
    const bool is_over = model_.idle_at_ms > 0 && now_ms_ >= model_.idle_at_ms;
    if (is_over) leave();
    const bool is_late = give_up_waiting(model_, now_ms_);
    if (is_late) tell_problem(base::Code::timeout);
    std::visit(*this, msg);
    const bool looks_up = !model_.busy && !model_.code_waiting.empty();
    if (looks_up) look_up(std::exchange(model_.code_waiting, {}));
    if (!has_session(model_)) model_.idle_at_ms = 0;
    model_.next_tick_ms = tick_at(model_, now_ms_);
    // What is promised changes with the hour and the day, and there may be several.
    if (shows_promises() && model_.next_tick_ms == 0) model_.next_tick_ms = (now_ms_ / promised_ms + 1) * promised_ms;
    if (model_.basket && (model_.next_tick_ms == 0 || model_.basket_until_ms < model_.next_tick_ms)) {
      model_.next_tick_ms = model_.basket_until_ms;
    }
    if (is_over || is_late || looks_up || changed_) ++model_.revision;
    return std::move(cmds_);
  }

  void operator()(const Tapped& tapped) {
    const auto offered = offered_targets(present(model_, now_ms_, 0));
    if (std::find(offered.begin(), offered.end(), tapped.target) == offered.end()) return ignore();
    press(tapped.target);
    stay();
  }

  // A camera does not tell a code again that still lies in front of it, so one that comes too early waits.
  void operator()(const CodeRead& read) {
    if (!model_.busy) return look_up(read.text);
    model_.code_waiting = read.text;
    ignore();
  }

  void operator()(const PaymentCodeSeen&) { show_problem(base::Code::code_payment); }

  void operator()(const CameraChanged& camera) {
    changed_ = std::exchange(model_.camera, camera.state) != camera.state;
  }
  void operator()(const PrinterChanged& printer) {
    changed_ = std::exchange(model_.printer, printer.state) != printer.state;
  }

  void operator()(const Ticked&) {
    if (model_.basket && now_ms_ >= model_.basket_until_ms) model_.basket.reset();
    if (model_.toast_until_ms > 0 && now_ms_ >= model_.toast_until_ms) {
      model_.toast_until_ms = 0;
      model_.consent_saved = false;
      if (model_.place != Place::scan && model_.place != Place::phone) model_.problem.reset();
    }
  }

  void operator()(const ProgrammeChanged& changed) {
    const auto membership = notice_words(model_, model::Purpose::membership);
    const auto marketing = notice_words(model_, model::Purpose::marketing);
    const auto joining = country_of(model_).joining;
    const auto read = reading_pages(model_);
    model_.programme = changed.programme;
    model_.store = changed.store;
    // A tick was for other words than those that are there now.
    if (membership != notice_words(model_, model::Purpose::membership)) model_.consent_membership = false;
    if (marketing != notice_words(model_, model::Purpose::marketing)) model_.consent_marketing = false;
    const bool is_joining = !model_.card && (model_.place == Place::phone || model_.place == Place::age ||
                                             model_.place == Place::too_young || model_.place == Place::consent);
    if (!model_.programme && is_joining) return end_session();
    if (joining != country_of(model_).joining) {
      // So was an answer for another question.
      model_.age = model::AgeAnswer::not_asked;
      if (is_joining && model_.place != Place::phone) model_.place = asks_age() ? Place::age : Place::consent;
    } else if (read == reading_pages(model_) && membership == notice_words(model_, model::Purpose::membership) &&
               marketing == notice_words(model_, model::Purpose::marketing)) {
      return;
    }
    read_anew();
  }

  void operator()(const LineChanged& changed) { changed_ = take_line(model_, changed); }

  // Somebody behind the counter asks whoever stands here to join. Who is busy here is not disturbed.
  void operator()(const Invited& invited) {
    if (!may_be_invited(model_)) {
      cmds_.emplace_back(AnswerInvite{{CustomerAnswered::How::no_screen, {}, invited.ticket}});
      return ignore();
    }
    model_.invited = invited.ticket;
    go(Place::phone);
    answer_invite(CustomerAnswered::How::typing, {});
    stay();
  }

  // The newest stands, whichever till it is of: there is one customer in front of this screen.
  void operator()(const BasketTold& told) {
    model_.basket = told;
    model_.basket_until_ms = now_ms_ + basket_ms;
  }
  void operator()(const BasketGone& gone) {
    const bool is_it =
        model_.basket && model_.basket->till == gone.till && (gone.name.empty() || model_.basket->name == gone.name);
    if (!is_it) return ignore();
    model_.basket.reset();
  }

  // A cashier's business.
  template <class Other>
  void operator()(const Other&) {
    ignore();
  }

  void operator()(const MemberFound& found) {
    if (!model_.busy || is_stale(found.ticket)) return ignore();
    const bool is_same = model_.card && model_.card->member == found.card.member;
    const bool reads_on = is_same && (model_.place == Place::issued || model_.place == Place::my_consents);
    begin_session(found.card);
    model_.just_enrolled = false;
    if (!reads_on) {
      model_.sale.reset();
      model_.place = Place::card;
    }
    stay();
  }

  void operator()(const CardChanged& changed) {
    if (!model_.card || model_.card->member != changed.card.member) return ignore();
    const auto before = present(model_, now_ms_, 0);
    auto card = changed.card;
    // No choice goes from under the finger.
    const bool chooses =
        model_.place == Place::my_consents || model_.place == Place::age || model_.place == Place::too_young;
    if (chooses) card.consents = model_.card->consents;
    take_card(card);
    changed_ = present(model_, now_ms_, 0) != before;
  }

  void operator()(const IdentifyFailed& failed) {
    if (!model_.busy || is_stale(failed.ticket)) return ignore();
    model_.busy = false;
    show_problem(failed.code);
  }

  void operator()(const Enrolled& enrolled) {
    if (!model_.busy || is_stale(enrolled.ticket)) return ignore();
    if (model_.card) end_session();
    begin_visit();
    model_.joined = enrolled.member;
    cmds_.emplace_back(StartSession{enrolled.member, model::Strength::phone_typed});
    model_.sale.reset();
    model_.printed.reset();
    model_.slip_printing = false;
    model_.just_enrolled = true;
    model_.place = Place::issued;
    answer_invite(CustomerAnswered::How::joined, enrolled.member);
    model_.invited = 0;
    stay();
  }

  void operator()(const EnrolFailed& failed) {
    if (!model_.busy || is_stale(failed.ticket)) return ignore();
    if (!model_.programme) return end_session();  // nobody can be asked to agree to words that are gone
    model_.busy = false;
    go(Place::phone);
    model_.problem = failed.code;
    stay();
  }

  void operator()(const ConsentSaved& saved) {
    if (!model_.busy || is_stale(saved.ticket) || !model_.card) return ignore();
    model_.busy = false;
    for (auto& each : model_.card->consents) {
      if (each.purpose == saved.purpose) each.granted = saved.granted;
    }
    model_.problem.reset();
    model_.consent_saved = true;
    model_.toast_until_ms = now_ms_ + toast_ms;
    stay();
  }

  void operator()(const ConsentFailed& failed) {
    if (!model_.busy || is_stale(failed.ticket)) return ignore();
    model_.busy = false;
    show_problem(failed.code);
  }

  void operator()(const SaleCommitted& committed) {
    // It took a moment: whoever it is of may have gone, and somebody else may stand here. Whoever only typed a number
    // is shown the sale and no card.
    const auto here = model_.card ? model_.card->member : model_.joined;
    if (!here || committed.sale.member != here) return ignore();
    if (model_.card && committed.card) begin_session(*committed.card);
    model_.sale = committed.sale;
    model_.just_enrolled = false;
    await_slip(true);
    model_.reading.reset();
    model_.place = Place::issued;
    stay();
  }

  void operator()(const CardQueued& queued) {
    if (!model_.card_printing) return ignore();
    model_.card_slip = queued.of;
  }

  void operator()(const PrintDone& done) {
    const bool of_card = done.of == 0 ? model_.card_printing : done.of == model_.card_slip;
    const bool of_sale = !of_card && model_.sale && model_.sale->event_seq == done.of;
    changed_ = of_card || of_sale || model_.printer != done.state;
    model_.printer = done.state;
    if (of_sale) model_.slip_printing = false;
    if (of_card) model_.card_printing = false;
    if (of_card || of_sale) model_.printed = done.ok;
    if (of_card && model_.place == Place::card) model_.toast_until_ms = now_ms_ + toast_ms;
  }

 private:
  void ignore() { changed_ = false; }

  [[nodiscard]] bool shows_promises() const {
    return model_.place == Place::attract && !model_.reading && !model_.basket && model_.programme &&
           !model_.programme->campaigns.empty();
  }

  [[nodiscard]] bool is_stale(std::uint64_t ticket) const { return ticket != 0 && ticket != model_.ticket; }

  void look_up(std::string code_text) {
    leave_attract();
    model_.problem.reset();
    begin_waiting(model_, now_ms_);
    cmds_.emplace_back(Identify{std::move(code_text), model_.ticket});
    stay();
  }

  // Somebody is here: the privacy time starts again.
  void stay() {
    if (has_session(model_)) model_.idle_at_ms = now_ms_ + idle_ms;
  }

  // The cashier who waits hears how far it is.
  void answer_invite(CustomerAnswered::How how, base::MemberId member) {
    if (model_.invited == 0) return;
    cmds_.emplace_back(AnswerInvite{{how, member, model_.invited}});
  }

  // The screen forgets whoever typed a number as it forgets everybody, but they were told that they are paid for next.
  void leave() { end_session(model_.just_enrolled && !model_.card ? Cmd{LeaveSession{}} : Cmd{EndSession{}}); }

  void end_session(Cmd how = EndSession{}) {
    answer_invite(CustomerAnswered::How::left, {});
    model_.invited = 0;
    model_.appearance = Appearance::standard;
    wipe_entry(model_);
    model_.problem.reset();
    model_.card.reset();
    model_.joined = {};
    model_.sale.reset();
    model_.printed.reset();
    model_.just_enrolled = false;
    model_.slip_printing = false;
    model_.card_printing = false;
    model_.card_slip = 0;
    model_.consent_saved = false;
    model_.busy = false;
    model_.code_waiting.clear();
    ++model_.ticket;  // what is on its way belongs to nobody now
    model_.place = Place::attract;
    model_.locale = model_.home_locale;
    model_.idle_at_ms = 0;
    model_.toast_until_ms = 0;
    cmds_.push_back(std::move(how));
  }

  void begin_session(const MemberCard& card) {
    auto waiting = std::exchange(model_.code_waiting, {});  // of whoever comes after both
    if (model_.card && model_.card->member != card.member) end_session();
    model_.code_waiting = std::move(waiting);
    const bool is_new = !model_.card;
    begin_visit();
    model_.joined = {};
    take_card(card);
    if (is_new) cmds_.emplace_back(StartSession{card.member, card.strength});
  }

  // Whoever has shown a card has shown it, also when their card comes anew because of what they bought.
  void take_card(const MemberCard& card) {
    const auto strength = model_.card ? std::max(model_.card->strength, card.strength) : card.strength;
    model_.card = card;
    model_.card->strength = strength;
  }

  void begin_visit() {
    wipe_entry(model_);
    model_.problem.reset();
    model_.consent_saved = false;
    model_.toast_until_ms = 0;
    model_.busy = false;
    ++model_.ticket;
  }

  void await_slip(bool is_queued) {
    model_.printed.reset();
    model_.slip_printing = is_queued && model_.printer != ports::DeviceState::not_configured;
  }

  void show_problem(base::Code code) {
    leave_attract();
    tell_problem(code);
    stay();
  }
  void tell_problem(base::Code code) {
    model_.problem = code;
    model_.consent_saved = false;
    if (model_.place != Place::scan && model_.place != Place::phone) model_.toast_until_ms = now_ms_ + toast_ms;
  }

  void press(Target target) {
    if (target >= Target::digit_0 && target <= Target::digit_9) return type_digit(target);
    switch (target) {
      case Target::start_scan:
        return go(Place::scan);
      case Target::use_phone:
      case Target::join:
        return go(Place::phone);
      case Target::language:
        model_.locale = model_.locale == Locale::zh_cn ? Locale::en : Locale::zh_cn;
        // Consent is given to words; these are other words.
        model_.consent_membership = false;
        model_.consent_marketing = false;
        return read_anew();
      case Target::rules:
        model_.reading = Reading{Reading::What::rules, {}, 0};
        return;
      case Target::all_coupons:
        model_.reading = Reading{Reading::What::coupons, {}, 0};
        return;
      case Target::page_next:
        ++model_.reading->page;
        return;
      case Target::page_back:
        --model_.reading->page;
        return;
      case Target::back:
        return go_back();
      case Target::exit:
        return end_session();
      case Target::done:
        return finish();
      case Target::backspace:
        if (!model_.phone.empty()) model_.phone.pop_back();
        model_.problem.reset();
        return;
      case Target::submit:
        if (model_.reading) return finish_reading();
        return model_.place == Place::phone ? submit_phone() : submit_consents();
      case Target::appearance:
        model_.appearance = next_appearance(model_.appearance);
        return;
      case Target::age_enough:
        return answer_age(model::AgeAnswer::old_enough);
      case Target::age_guardian:
        return answer_age(model::AgeAnswer::guardian_agrees);
      case Target::age_younger:
        wipe_entry(model_);
        return go(Place::too_young);
      case Target::consent_membership:
        model_.consent_membership = !model_.consent_membership;
        return;
      case Target::consent_marketing:
        if (model_.place == Place::my_consents) return change_consent(model::Purpose::marketing);
        model_.consent_marketing = !model_.consent_marketing;
        return;
      case Target::consent_profiling:
        return change_consent(model::Purpose::profiling);
      case Target::consent_partners:
        return change_consent(model::Purpose::partners);
      case Target::my_consents:
        return go(Place::my_consents);
      case Target::print_card:
        model_.card_printing = true;
        model_.card_slip = 0;
        model_.printed.reset();
        cmds_.emplace_back(PrintCard{model_.card->member});
        return;
      default:
        return;  // more_time: being pressed is all it does
    }
  }

  void go(Place place) {
    model_.problem.reset();
    if (std::exchange(model_.consent_saved, false)) model_.toast_until_ms = 0;
    model_.place = place;
    model_.reading.reset();
  }

  void leave_attract() {
    if (model_.place == Place::attract) go(Place::scan);
  }

  // What has no room beside its choice is read before the choices are offered.
  void go_to_consents() {
    go(Place::consent);
    if (reads_before_joining()) model_.reading = Reading{Reading::What::joining, {}, 0};
  }
  [[nodiscard]] bool reads_before_joining() const {
    return is_read_by_pages(model_, Place::consent, model::Purpose::membership) ||
           is_read_by_pages(model_, Place::consent, model::Purpose::marketing);
  }
  // The words are others now: from the beginning.
  void read_anew() {
    if (looks_something_up()) {
      model_.reading->page = 0;
      if (!model_.programme && model_.reading->what == Reading::What::rules) finish_looking_up();
      return;
    }
    if (model_.place == Place::consent) return go_to_consents();
    model_.reading.reset();
  }
  [[nodiscard]] bool looks_something_up() const {
    using What = Reading::What;
    return model_.reading && (model_.reading->what == What::rules || model_.reading->what == What::coupons);
  }
  // Whoever was about to choose is where the words that they choose under begin: they may be others by now.
  void finish_looking_up() {
    model_.reading.reset();
    if (model_.place == Place::consent) go_to_consents();
  }
  void finish_reading() {
    if (looks_something_up()) return finish_looking_up();
    const auto read = *std::exchange(model_.reading, std::nullopt);
    if (read.what == Reading::What::agreeing) change_consent(read.purpose, true);
  }

  void type_digit(Target target) {
    model_.problem.reset();
    if (model_.phone.size() >= model::typed_digits_max(country_of(model_).phone)) return;
    model_.phone += static_cast<char>('0' + (static_cast<int>(target) - static_cast<int>(Target::digit_0)));
  }

  void submit_phone() {
    if (!model::e164_of(country_of(model_).phone, model_.phone)) {
      model_.problem = base::Code::phone_malformed;
      return;
    }
    if (asks_age()) {
      go(Place::age);
    } else {
      go_to_consents();
    }
    answer_invite(CustomerAnswered::How::consenting, {});
  }

  void go_back() {
    if (looks_something_up()) return finish_looking_up();
    switch (model_.place) {
      case Place::my_consents:
        return go(model_.reading ? Place::my_consents : Place::card);
      case Place::age:
        return go(std::exchange(model_.agreeing, std::nullopt) ? Place::my_consents : Place::phone);
      case Place::consent:
        if (!model_.reading && reads_before_joining()) {
          go_to_consents();
          model_.reading->page = reading_pages(model_).size() - 1;
          return;
        }
        return go(asks_age() ? Place::age : Place::phone);
      default:
        return end_session();
    }
  }

  // Where everybody may agree nobody is asked.
  [[nodiscard]] bool asks_age() const { return country_of(model_).joining.age_min > 0; }
  // A member who has said before that they are that old is so for ever.
  [[nodiscard]] model::AgeAnswer age() const {
    const auto asked_min = country_of(model_).joining.age_min;
    const bool told = model_.card && model_.card->told_age_min >= asked_min;
    return told || !asks_age() ? model::AgeAnswer::old_enough : model_.age;
  }

  void answer_age(model::AgeAnswer answer) {
    model_.age = answer;
    const auto purpose = std::exchange(model_.agreeing, std::nullopt);
    if (!purpose) return go_to_consents();
    go(Place::my_consents);
    change_consent(*purpose, true);
  }

  void submit_consents() {
    Enrol enrol;
    enrol.phone_e164 = model::e164_of(country_of(model_).phone, model_.phone).value_or("");
    const auto add = [&](model::Purpose purpose, bool granted) {
      enrol.consents.push_back({purpose, granted, {}, std::string{text::tag(language_of(model_.locale))}, age()});
      enrol.notices.push_back(notice_words(model_, purpose));
    };
    add(model::Purpose::membership, model_.consent_membership);
    add(model::Purpose::marketing, model_.consent_marketing);
    begin_waiting(model_, now_ms_);
    enrol.ticket = model_.ticket;
    cmds_.emplace_back(std::move(enrol));
  }

  // One touch gives and one takes back. What is on its way is waited for. Whoever gives and has not told how old they
  // are is asked once.
  void change_consent(model::Purpose purpose, bool has_read = false) {
    const auto& card = *model_.card;
    const auto standing = std::ranges::find(card.consents, purpose, &ConsentStanding::purpose);
    if (model_.busy || standing == card.consents.end()) return;
    const bool gives = !standing->granted;
    if (gives && !has_read && is_read_by_pages(model_, Place::my_consents, purpose)) {
      model_.reading = Reading{Reading::What::agreeing, purpose, 0};
      return;
    }
    if (gives && age() == model::AgeAnswer::not_asked) {
      go(Place::age);
      model_.agreeing = purpose;
      return;
    }
    begin_waiting(model_, now_ms_);
    cmds_.emplace_back(ChangeConsent{card.member, card.strength, purpose, gives,
                                     std::string{text::tag(language_of(model_.locale))}, model_.ticket,
                                     gives ? age() : model::AgeAnswer::not_asked});
  }

  void finish() {
    if (model_.place == Place::my_consents) return go(Place::card);
    if (model_.place == Place::too_young && model_.card) return go(Place::my_consents);
    if (model_.place == Place::card || !model_.card) return leave();
    model_.sale.reset();
    model_.just_enrolled = false;
    model_.printed.reset();
    model_.place = Place::card;
  }

  Model& model_;
  const std::int64_t now_ms_;
  bool changed_ = true;  // false when a message leaves everything as it was
  std::vector<Cmd> cmds_;
};

}  // namespace

bool may_be_invited(const Model& model) {
  return model.place == Place::attract && !model.reading && model.programme.has_value();
}

std::vector<Cmd> update(Model& model, const Msg& msg, std::int64_t now_ms) { return Update{model, now_ms}.run(msg); }

}  // namespace millpond::flow
