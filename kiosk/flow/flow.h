// SPDX-License-Identifier: Apache-2.0
// Flow: what happens in front of a person, as values and one pure function. A Model per screen lives in the service;
// update() takes what happened and returns what to do; present() makes final strings of it. No clock, socket or window
// in here: time is an argument. One thread per Model.
//
// The service runs Cmds and hands their outcome back as a Msg: Identify brings MemberFound or IdentifyFailed, Enrol
// brings Enrolled or EnrolFailed, PrintCard brings CardQueued and PrintDone, ChangeConsent ConsentSaved or
// ConsentFailed. An outcome carries its Cmd's ticket back; one that comes after the session it belonged to has ended is
// ignored, so nobody sees the card of the person before. One that does not come at all is given up after answer_ms.
#pragma once

#include "hardware/ports/device_state.h"
#include "hardware/ports/receipt.h"
#include "kiosk/flow/cashier_messages.h"
#include "kiosk/flow/values.h"
#include "kiosk/flow/view_model.h"
#include "sync/base/error.h"
#include "sync/base/ids.h"
#include "sync/model/facts.h"
#include "sync/model/programme.h"
#include "sync/model/strength.h"
#include "sync/text/text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millpond::flow {

// --- what happened
struct Tapped {
  Target target{};
};
struct CodeRead {
  std::string text;
};
struct PaymentCodeSeen {};
struct CameraChanged {
  ports::DeviceState state{};
};
struct Ticked {};  // at Model::next_tick_ms
struct ProgrammeChanged {
  std::optional<model::Programme> programme;  // nothing yet: sales are recorded unrated
  base::StoreId store{};                      // whose terminal this is; 0: not told
};
struct LineChanged {
  bool online{};
  std::uint64_t queued{};
};
struct PrinterChanged {
  ports::DeviceState state{};
};
struct MemberFound {
  MemberCard card;
  std::uint64_t ticket{};
};
// Unasked: something about a member has changed who may be on the screen.
struct CardChanged {
  MemberCard card;
};
struct IdentifyFailed {
  base::Code code{};
  std::uint64_t ticket{};
};
// A number was typed, new or known: it proves nothing about who typed it, so it earns and brings no card.
struct Enrolled {
  base::MemberId member;
  std::uint64_t ticket{};
};
struct EnrolFailed {
  base::Code code{};
  std::uint64_t ticket{};
};
// What a ChangeConsent did; a fact stands behind it.
struct ConsentSaved {
  model::Purpose purpose{};
  bool granted{};
  std::uint64_t ticket{};
};
struct ConsentFailed {
  base::Code code{};
  std::uint64_t ticket{};
};
// Of this screen's till; its slip is on its way. Without a card for whoever only typed a number. A cashier's screen
// hears of every sale of its tills, because their baskets are paid then.
struct SaleCommitted {
  SaleResult sale;
  std::optional<MemberCard> card;
  std::uint64_t ticket{};  // of the RecordSale that this answers; 0: a till's
  std::string till{};      // whose
};
// The card that was asked for waits for the printer, under this number.
struct CardQueued {
  std::uint64_t of{};
};
// What became of a slip, of whichever screen; again when one that did not come has come after all.
struct PrintDone {
  bool ok{};  // it came out, as far as the printer can tell
  ports::DeviceState state{};
  std::uint64_t of{};  // SaleResult::event_seq or CardQueued::of; 0: of this screen's PrintCard, which was not queued
};
using Msg = std::variant<Tapped, CodeRead, PaymentCodeSeen, CameraChanged, Ticked, ProgrammeChanged, LineChanged,
                         PrinterChanged, MemberFound, IdentifyFailed, Enrolled, EnrolFailed, SaleCommitted, PrintDone,
                         ConsentSaved, ConsentFailed, BasketTold, BasketWeighed, WeighFailed, RecordFailed, Invited,
                         CustomerAnswered, ServiceTold, ShiftTold, CardChanged, CardQueued, BasketGone, LookFailed,
                         SaleFound, Refunded>;

// --- what to do
struct Identify {
  std::string code_text;
  std::uint64_t ticket{};
};
// notices[i] holds the words that were shown for consents[i]; the service fills text_hash with their BLAKE2b-256,
// because flow may not use crypto.
struct Enrol {
  std::string phone_e164;
  std::vector<model::Consent> consents;
  std::vector<std::string> notices{};
  std::uint64_t ticket{};
};
struct PrintCard {
  base::MemberId member;
};
// The words that it is about are the programme's, in the language of the screen.
struct ChangeConsent {
  base::MemberId member;
  model::Strength strength{};
  model::Purpose purpose{};
  bool granted{};
  std::string language;
  std::uint64_t ticket{};
  model::AgeAnswer age{};  // of whoever agrees
};
struct EndSession {};  // wipe: nobody is identified any more
// Wipe; but whoever stood here goes to pay, and their next sale without a name is still theirs for a while.
struct LeaveSession {};
struct StartSession {
  base::MemberId member;
  model::Strength strength{};
};
using Cmd = std::variant<Identify, Enrol, PrintCard, EndSession, StartSession, ChangeConsent, LeaveSession, WeighBasket,
                         DropBasket, RecordSale, NameByPhone, LookUp, Invite, AnswerInvite, LookAtService, LookAtShift,
                         CancelInvite, FindSale, RefundSale>;

// --- the model
enum class Place : std::uint8_t { attract, scan, phone, age, too_young, consent, card, issued, my_consents };

// Words that are read a page at a time over a place: the notices that somebody joins under, one that a member wants to
// agree to, what the programme promises, or all coupons of a card.
struct Reading {
  enum class What : std::uint8_t { joining, agreeing, rules, coupons };
  What what{};
  model::Purpose purpose{};  // of `agreeing`
  std::size_t page{};
};

// What a screen of either role knows about the machine around it, and how it speaks.
struct Surroundings {
  Locale locale{Locale::zh_cn};
  Locale home_locale{Locale::zh_cn};  // an idle reset returns to it
  Appearance appearance{Appearance::standard};
  std::optional<model::Programme> programme;
  base::StoreId store{};  // 0: not told
  bool online{};
  bool line_known{};
  std::uint64_t queued{};
  ports::DeviceState camera{};
  ports::DeviceState printer{};
  bool draining{};                // the line came back and the queue is not empty yet
  bool busy{};                    // a Cmd is on its way; presses wait, leaving does not
  std::int64_t busy_until_ms{};   // monotonic; while busy: when its outcome is given up
  std::string code_waiting{};     // the newest code that was shown while busy; wiped with the session
  std::uint64_t ticket{};         // of the newest Cmd
  std::int64_t toast_until_ms{};  // monotonic; 0: no toast
  std::int64_t idle_at_ms{};      // monotonic; 0: no session to end
  std::int64_t next_tick_ms{};    // monotonic; when Ticked is wanted, 0: not at all; late is safe
  std::uint64_t revision{};
  std::int64_t utc_offset_min{};  // while there is no programme that tells
};

struct Model : Surroundings {
  Place place{Place::attract};
  std::string phone;                       // digits typed; wiped with the session
  model::AgeAnswer age{};                  // as it was answered here; wiped with the session
  std::optional<model::Purpose> agreeing;  // what waits for that answer, of a member
  std::optional<Reading> reading;          // over `place`; wiped with the session
  bool consent_membership{};
  bool consent_marketing{};
  std::optional<base::Code> problem;
  std::optional<MemberCard> card;
  base::MemberId joined;  // who typed a number and has no card here; 0: nobody
  std::optional<SaleResult> sale;
  bool just_enrolled{};
  std::optional<bool> printed;  // of the newest slip or card that was asked for
  std::uint64_t card_slip{};    // of the newest card that was asked for; 0: not queued yet
  bool slip_printing{};
  bool card_printing{};
  bool consent_saved{};  // a moment ago
  // What is rung up at the till beside this screen: shown while nobody does anything here, until it is paid or let go.
  std::optional<BasketTold> basket;
  std::int64_t basket_until_ms{};  // monotonic; of a till that says nothing more
  std::uint64_t invited{};  // a cashier waits for whoever stands here; the ticket of the invitation, 0: nobody waits
};

inline constexpr std::int64_t idle_ms = 45'000;          // privacy: 30 to 60 s
inline constexpr std::int64_t idle_warning_ms = 20'000;  // at least 20 s with one touch "more time"
inline constexpr std::int64_t toast_ms = 6'000;
inline constexpr std::int64_t basket_ms = 900'000;  // as long as a till may keep coupons for one
inline constexpr std::int64_t answer_ms = 10'000;   // the slowest Cmd asks the hub for at most 1.5 s

// Applies one message. Presses of targets that the current screen does not offer change nothing.
[[nodiscard]] std::vector<Cmd> update(Model& model, const Msg& msg, std::int64_t now_ms);

// Whether somebody behind the counter may ask whoever stands here to join: nobody is busy here.
[[nodiscard]] bool may_be_invited(const Model& model);

// The screen for this model. wall_ms only for dates shown to people.
[[nodiscard]] ViewModel present(const Model& model, std::int64_t now_ms, std::int64_t wall_ms);

// What a screen shows by itself: the service cannot be reached, or the terminal is not provisioned.
[[nodiscard]] ViewModel present_link_lost(Locale locale);
[[nodiscard]] ViewModel present_not_provisioned(Locale locale);

// Slips, as blocks of final strings for the printer. wall_ms is when it happened.
[[nodiscard]] ports::Receipt sale_slip(const SaleResult& sale, const model::Programme& programme, Locale locale,
                                       std::int64_t wall_ms);
[[nodiscard]] ports::Receipt refund_slip(const RefundResult& refund, const model::Programme& programme, Locale locale,
                                         std::int64_t wall_ms);
[[nodiscard]] ports::Receipt card_slip(const MemberCard& card, const model::Programme& programme, Locale locale,
                                       std::int64_t wall_ms);

// The language a locale is written in, and its BCP 47 tag as consents record it.
[[nodiscard]] text::Language language_of(Locale locale);

}  // namespace millpond::flow
