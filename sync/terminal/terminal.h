// SPDX-License-Identifier: Apache-2.0
// Terminal: the use cases of one terminal. Each turns a request and what journal and replica hold into facts by the
// pure rules of `model`, commits them in one action and returns what to show, print and answer. It never talks to a
// network, a device or a screen; the service composes those around it.
// Any thread but the journal's own; each call blocks for at most one group commit (milliseconds; seconds on a bad
// disk). `rng` is drawn from on the journal's thread only.
#pragma once

#include "sync/base/rng.h"
#include "sync/codes/freshness.h"
#include "sync/codes/payload.h"
#include "sync/model/programme.h"
#include "sync/store/hub_time.h"
#include "sync/store/journal_thread.h"
#include "sync/store/replica.h"
#include "sync/terminal/disputes.h"
#include "sync/terminal/identity.h"
#include "sync/terminal/terminal_values.h"
#include "sync/terminal/told_cards.h"
#include "sync/wire/question_rows.h"
#include "sync/wire/rights_rows.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace millpond::terminal {

struct Joining;     // joining.h
struct KeptBasket;  // kept_basket.h
struct Person;      // person.h
struct ReadCode;    // verified_code.h
struct Rules;       // rules.h

// Asks the hub about a member's code and comes back within a bounded time, whatever happens.
using CardAsker = std::function<wire::CardWord(const wire::CardAsk&)>;

class Terminal {
 public:
  Terminal(const Identity& identity, store::JournalThread& journal, store::Replica& replica, const store::HubTime& time,
           base::Rng& rng);

  // Reads the programme that the journal holds, checks the hub's signature and rates by it from now on; call at start
  // and after it changed. Nothing when the journal holds none. On an error the programme of before stays. Errors:
  // programme_invalid, signature_invalid.
  [[nodiscard]] base::Result<std::optional<model::Programme>> load_programme();

  // A scanned text to a member, and how certain that is. Verified offline: brand, issuer's key, signature, then replica
  // or journal. A rotating code must be of now by the hub's time, and counts once; a plain number says who, as anybody
  // can. The caller asks model::too_weak() before it shows or spends. Errors: code_payment, code_unknown_kind,
  // code_malformed, code_wrong_brand, code_unknown_issuer, code_forged, code_expired (the phone's key), code_stale,
  // code_shown_before, time_unknown, coupon_elsewhere (a platform's voucher: the till redeems it), coupon_online_only
  // (a GS1 coupon), code_unknown_issuer (also a claim code, which the hub alone can check), member_unknown.
  [[nodiscard]] base::Result<MemberView> identify(std::string_view code_text);
  // The same for whoever wants to show the member. Error besides: identity_too_weak, also for every phone and number
  // that was typed, known or not.
  [[nodiscard]] base::Result<MemberView> see(std::string_view code_text);
  // By number, which proves nothing: Strength::nobody. Error: member_unknown (neither in the replica nor enrolled
  // here).
  [[nodiscard]] base::Result<MemberView> member(base::MemberId member);

  // A number that somebody typed: a new member (fact, sealed phone beside it, look-up hash), or the one whose number it
  // is. Both cost the same work, one commit with one fact, and an identity, and both answer with nothing but a member's
  // number, so that neither answer, slip, queue nor later numbers tell which it was. Nothing is printed: a card is for
  // whoever proves more (request_card_slip). Errors: phone_malformed, consent_missing (membership not granted on a
  // screen; the gateway enrols without consents), age_not_told (a consent without an answer to the question of age),
  // too_young (a guardian's word where the country takes none), and the journal's.
  [[nodiscard]] base::Result<MemberView> enrol(const EnrolRequest& request);

  // What sale() would ask the hub. Of coupons nothing for codes that are not genuine, for those whose right is here,
  // and for those that were used here; a code whose issuer is unknown here goes along for the hub to check. For points
  // only where the balance is enough, and a lease could be used. Errors: the journal's own.
  [[nodiscard]] base::Result<HubQuestions> questions(const SaleRequest& request);

  // One action of the journal with everything that it reads of it, and two where the hub was asked between them.
  // A paid sale is always recorded. Same key and body, or told_before(): `repeated` with the stored answer. Same
  // key, other body: `changed`, kept for review with a SaleDisputed fact. compose makes the till's answer inside the
  // action, on the journal's thread. A coupon is honoured by the right that is here, by the hub's word, or
  // provisionally within the limits that the hub has set (model/rights.h); its fact and the mark that it is spent are
  // one action. What it is worth is what it takes off these lines by its offer (model/combination.h), as it was quoted
  // where it was kept for this basket; a coupon that is kept for another till's basket is refused. A genuine coupon
  // that cannot be honoured is refused to the till and booked as over-redeemed, because the sale is already paid; a
  // code that is not genuine is only refused. Points are spent wholly or not at all, by a lease that is here
  // (model/leases.h), before the sale earns any; why not is in points_refused. Somebody's word that lets them be spent
  // stands as a fact in the same action (Act::identity_approved). While nobody knows what day it is (HubTime) sales
  // earn as ever, coupons are refused with time_unknown and none is issued. Training sales are recorded and do nothing
  // else. Errors only when nothing was committed: disk_full, disk_error, overloaded, cancelled, too_large; and
  // commit_unknown when not even that could be found out (ask find_sale).
  [[nodiscard]] base::Result<SaleOutcome> sale(const SaleRequest& request,
                                               const std::function<base::Bytes(const SaleOutcome&)>& compose);
  [[nodiscard]] base::Result<std::optional<store::StoredSale>> find_sale(const model::SaleKey& key);

  // The member's own signed code (0x21): the hub's where this terminal has it, else one that this terminal makes, and
  // the hub is asked for its own, which takes its place at the next print or show.
  [[nodiscard]] std::string member_code(base::MemberId member);
  // Makes cards durable that the hub signed. What is none of the hub's is left out. Errors: the journal's own.
  [[nodiscard]] base::Result<> keep_cards(const std::vector<std::string>& cards);
  // Called with a member whose card the hub has not signed; must not block. Set before the first use.
  void on_card_wanted(std::function<void(base::MemberId)> wanted) { card_wanted_ = std::move(wanted); }
  // Who is asked about members' codes whose issuer is unknown here, from identify(), see(), sale() and what asks for
  // one; nobody: such a code is refused with code_unknown_issuer, as when no answer comes. Set before the first use.
  void ask_about_cards(CardAsker ask) { ask_card_ = std::move(ask); }
  // Queues a card slip for printing, for whoever proved enough to see it, or by an approval (Act::card_reprinted).
  // Returns the intent's number, which no fact has. Errors as member() and commit().
  [[nodiscard]] base::Result<base::Seq> request_card_slip(base::MemberId member, const std::string& locale,
                                                          const std::optional<Approval>& approved = {});
  // Whose phone or number somebody typed. Callers hold an approval, or tell nobody. Errors: phone_malformed,
  // member_unknown, bad_input for any other text.
  [[nodiscard]] base::Result<base::MemberId> whose(std::string_view typed);
  // The member of a phone or number, with an approval (Act::manual_lookup), also when nobody is found:
  // Strength::vouched. Errors: those of whose() and of the journal.
  [[nodiscard]] base::Result<MemberView> look_up(std::string_view typed, const Approval& approved);

  [[nodiscard]] const Identity& identity() const { return identity_; }

 private:
  friend class StaffDesk;   // the same journal and replica, for another kind of use case
  friend class CouponDesk;  // the same
  friend class RefundDesk;  // the same

  [[nodiscard]] std::shared_ptr<const Rules> rules() const;
  [[nodiscard]] std::shared_ptr<const model::Programme> programme() const;
  // Whose law holds here: the programme's, and China's before there is one. Never null.
  [[nodiscard]] std::shared_ptr<const model::Country> country() const;
  [[nodiscard]] bool is_phone(std::string_view typed) const;
  // Whom a sale is for, and how certain that is. Errors: those of identify(), and of enrol() for a typed phone.
  struct Named {
    base::MemberId member;
    model::Strength strength{};
    bool rotating{};  // by a phone's code, fresh or not
  };
  // A sale on its way to its action (sale_attempt.h); what follows runs on the journal's thread.
  struct Attempt;
  [[nodiscard]] Attempt attempt_of(const SaleRequest& request);
  [[nodiscard]] base::Result<Named> named_in(store::Transaction& transaction, Attempt& attempt);
  [[nodiscard]] base::Result<HubQuestions> questions_in(store::Transaction& transaction, Attempt& attempt);
  [[nodiscard]] base::Result<std::vector<std::optional<wire::RedeemAsk>>> ask_for_coupons(
      store::Transaction& transaction, const Attempt& attempt, const base::Result<Named>& named) const;
  [[nodiscard]] base::Result<std::optional<wire::PointsAsk>> ask_for_points(store::Transaction& transaction,
                                                                            const Attempt& attempt,
                                                                            const Named& named) const;
  [[nodiscard]] base::Result<> record(store::Transaction& transaction, Attempt& attempt);
  // The same of somebody who joins, in the action of whatever they join by.
  [[nodiscard]] base::Result<Joining> prepare_joining(const EnrolRequest& request) const;
  [[nodiscard]] base::Result<MemberView> join(store::Transaction& transaction, const Joining& joining, bool& known);
  // A code that was shown. Of a member's code whose issuer is unknown here the hub is asked. Errors: those of
  // read_code(), what the hub says of the code, code_not_yet_valid of a card made on a day later than tomorrow, and
  // code_expired of a phone whose card is over.
  [[nodiscard]] base::Result<ReadCode> read_shown(std::string_view text);
  [[nodiscard]] base::Result<ReadCode> read_or_ask(std::string_view text);
  // Who a number stands for, by the replica or what the hub has just said; on the journal's thread.
  [[nodiscard]] base::Result<Person> find_person(base::MemberId member) const;
  // Runs a reading action on the journal's thread.
  [[nodiscard]] base::Result<> read(const store::Action& action);
  // What became of an action whose commit is unknown, by asking whether its effect is there.
  [[nodiscard]] base::Result<> settle(base::Result<> committed,
                                      const std::function<base::Result<bool>(store::Transaction&)>& is_there);
  [[nodiscard]] base::Result<MemberView> view(store::Transaction& transaction, base::MemberId member);
  // How certain it is that whoever showed this genuine code is its member. Uses a fresh rotating code up.
  [[nodiscard]] model::Strength strength_of(std::string_view card);
  [[nodiscard]] base::Result<model::Strength> strength_in(store::Transaction& transaction, const ReadCode& code);
  [[nodiscard]] base::Result<> take_shown(const codes::RotatingCode& code);
  [[nodiscard]] base::Result<MemberView> identify_rotating(const codes::RotatingCode& code);
  [[nodiscard]] base::Result<> append_approval(store::Transaction& transaction, const model::ActApproved& act) const;
  // The code as far as it is in memory; any thread.
  [[nodiscard]] std::string card_text(base::MemberId member) const;
  // Looks whether the journal has the hub's card; not on the journal's thread.
  [[nodiscard]] bool is_good_card(std::string_view text);
  void fetch_card(base::MemberId member);
  [[nodiscard]] base::Bytes card_slip(const MemberView& view, base::Seq of) const;

  const Identity& identity_;
  store::JournalThread& journal_;
  store::Replica& replica_;
  const store::HubTime& time_;
  base::Rng& rng_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;                 // guarded by mutex_; the value itself never changes
  codes::ShownCodes shown_codes_;                      // guarded by mutex_
  std::map<base::MemberId, std::string> hub_cards_;    // guarded by mutex_; bounded, the journal has them all
  std::map<base::MemberId, std::int32_t> cards_from_;  // guarded by mutex_; of whom a printed card was taken back
  std::function<void(base::MemberId)> card_wanted_;
  CardAsker ask_card_;
  ToldCards told_cards_;
  Disputes disputes_;
};

}  // namespace millpond::terminal
