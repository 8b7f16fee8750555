// SPDX-License-Identifier: Apache-2.0
// HubCore: everything the hub decides, without HTTP, threads or timers. It checks what a terminal signed, keeps it in
// the HubStore, answers the downlink, and makes terminals out of one-time codes. The server calls it from its workers,
// the simulator calls it under a virtual clock.
// Any thread; calls block for the disk. Clock and Rng are borrowed and outlive it. What ingest() accepted is durable.
// Personal data goes into the store sealed, and into no log and no answer but the masked name.
#pragma once

#include "sync/base/clock.h"
#include "sync/base/rng.h"
#include "sync/hub/core/hub_core_values.h"
#include "sync/hub/core/keys.h"
#include "sync/hub/core/operator_values.h"
#include "sync/model/country.h"
#include "sync/wire/app_card_rows.h"
#include "sync/wire/grant.h"
#include "sync/wire/provisioning.h"
#include "sync/wire/question_rows.h"
#include "sync/wire/renewal.h"
#include "sync/wire/rights_rows.h"
#include "sync/wire/snapshot_manifest.h"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace millpond::hub {

inline constexpr std::int32_t certificate_days = 90;

// What terminals may send at once when nothing presses: whole batches.
[[nodiscard]] inline wire::Credit default_credit() { return {wire::batch_events_max, 4U << 20, 0, 10'000}; }
// A number for a new or rebuilt feed: random, so that a restored hub is not mistaken for the one before. Not 0.
[[nodiscard]] std::uint64_t new_generation(base::Rng& rng);

class HubCore {
 public:
  // Publishes the hub's own issuer row when the store does not have it yet.
  [[nodiscard]] static base::Result<std::unique_ptr<HubCore>> create(std::unique_ptr<HubStore> store, HubKeys keys,
                                                                     const base::Clock& clock, base::Rng& rng,
                                                                     wire::Credit credit = default_credit());
  ~HubCore();
  HubCore(const HubCore&) = delete;
  HubCore& operator=(const HubCore&) = delete;

  // Stage 1 for the body of POST /v1/up from a terminal whose identity the caller has established. Gap, fork and
  // refusal are answers; a fork says through where both histories are the same, or asks for what came before. An
  // expired certificate still uploads, a revoked one does not. Safe to repeat. Errors: bad_input, too_large,
  // protocol_mismatch (not a batch), and the store's (nothing was kept; the terminal sends it again).
  [[nodiscard]] base::Result<wire::UpAnswer> ingest(base::TerminalId authenticated, base::ByteView body);

  // Stage 2, up to events_max facts. Call until `more` is false, after every ingest and once at start.
  [[nodiscard]] base::Result<ProjectOutcome> project(std::size_t events_max = 2'000);

  // One page of GET /v1/down; `epoch` is the live one of the copy that asks, and decides what it may honour. A cursor
  // of another generation, or beyond what this hub ever wrote, gives `restart` and no rows: ask again with `next`.
  [[nodiscard]] base::Result<wire::DownPage> down(base::TerminalId authenticated, wire::DownCursor cursor,
                                                  std::uint32_t rows_max = wire::page_rows_max, base::Epoch epoch = {});

  // A one-time code for a new terminal of a store: 15 minutes, five wrong tries, one use.
  [[nodiscard]] base::Result<NewCode> add_terminal(base::StoreId store);
  // With phone and PIN the code is a work order's. A wrong one takes tries where it counts, so that whoever guesses
  // without end locks nobody out. Errors: those of HubStore::use_code() and use_order().
  [[nodiscard]] base::Result<wire::ProvisionAnswer> provision(const wire::ProvisionRequest& request,
                                                              bool counts = true);
  // A work order for 1 to 50 terminals, activated with phone and PIN. Errors: bad_input, pin_malformed, pin_too_simple.
  [[nodiscard]] base::Result<NewOrder> add_order(base::StoreId store, std::uint32_t terminals, std::string_view phone,
                                                 std::string_view pin);
  [[nodiscard]] base::Result<std::vector<WorkOrder>> orders();
  // Error: not_found.
  [[nodiscard]] base::Result<> revoke_order(std::uint64_t number);

  // A sheet that makes one machine a terminal where there is no line; its grant names the documents of today. Errors:
  // bad_input (store, days, URL), too_large (documents that no machine would read).
  [[nodiscard]] base::Result<NewGrant> add_grant(const GrantWish& wish);
  // The binding that a machine shows at its first sync; signed by the key of the sheet. Errors: grant_invalid (also for
  // a second machine, which is alarmed where it counts), grant_expired, terminal_revoked, already_exists.
  [[nodiscard]] base::Result<wire::ProvisionAnswer> bind_grant(const wire::BindRequest& request, bool counts = true);
  [[nodiscard]] base::Result<std::vector<GrantRecord>> grants();
  // Error: not_found (also when it is a terminal already).
  [[nodiscard]] base::Result<> revoke_grant(base::TerminalId terminal);

  // The next certificate of a terminal, over the key it has, however long the one before has expired. Asked again on
  // the same day it is the same one. Errors: unauthorized, terminal_revoked.
  [[nodiscard]] base::Result<wire::RenewAnswer> renew(base::TerminalId authenticated);
  // Lets in again a terminal that this hub let in and has forgotten since, because it was restored from a backup: by
  // the certificate in its identity.json. Its number, key and store stay; safe to repeat. Errors: certificate_invalid
  // (no key of this hub signed it), already_exists (number or key are another's), terminal_revoked.
  [[nodiscard]] base::Result<TerminalRecord> readmit(base::ByteView certificate);
  // The hub's own card (0x21) of each member that it knows, as text; a terminal's is replaced by it. The others are
  // left out. Errors: the store's.
  [[nodiscard]] base::Result<std::vector<std::string>> sign_cards(const std::vector<base::MemberId>& members);
  // The hub's part of the rotating codes (0x22) of a member's phone, good for app_card_days. Whoever has the app's
  // secret key is the member, for spending too: only an operator's door may ask. Errors: not_found (not enrolled here,
  // or removed), bad_input (no key that anybody could sign with), code_withdrawn, and the store's.
  [[nodiscard]] base::Result<AppCard> sign_app_card(base::MemberId member, const crypto::PublicKey& app_key);
  // Takes back the cards of one app of a member, or all until now. Errors: not_found, bad_input (too often).
  [[nodiscard]] base::Result<wire::AppCards> withdraw_app_cards(base::MemberId member,
                                                                const std::optional<crypto::PublicKey>& app_key);
  // Takes back the member's printed cards, whoever signed them, of today and before; the next ones are of tomorrow.
  // Error: not_found.
  [[nodiscard]] base::Result<wire::AppCards> withdraw_cards(base::MemberId member);
  // Known and not revoked, for checking a request's signature. Errors: unauthorized (unknown), terminal_revoked.
  [[nodiscard]] base::Result<TerminalRecord> authorized_terminal(base::TerminalId terminal);
  // With since_ms, what it gave and used by batches that came from then on is undone by project(): coupons are void,
  // those that it used are their holders' again, points stay. Safe to repeat, also later with a time. Error: not_found.
  [[nodiscard]] base::Result<GivenSince> revoke_terminal(base::TerminalId terminal, std::int64_t since_ms = INT64_MAX);
  // A hub key that somebody else has: its cards and codes count as those of a revoked terminal, and terminals believe
  // no answer by it, as soon as they have heard. Safe to repeat. Errors: not_found, bad_input (it signs now).
  [[nodiscard]] base::Result<> withdraw_hub_key(std::uint16_t number);
  // A person chose which copy of a terminal lives; every other epoch of it earns and enrols, and honours nothing.
  // Error: not_found.
  [[nodiscard]] base::Result<> keep_copy(base::TerminalId terminal, base::Epoch epoch);

  // Removes a member everywhere: row, name and phone become tombstones, sealed payloads are erased, at once and in
  // backups where each has its own key. What the member's facts did to the ledger stays; earnings that come later are
  // booked and told to their sender. Applied by project(), in its place among the batches. A person's aliases go with
  // them, from whichever of their numbers. Error: not_found.
  [[nodiscard]] base::Result<> remove_member(base::MemberId member);

  // `from` and `into` are one person: `from` becomes an alias, for ever valid, whose earnings and coupons, earlier and
  // later ones, count for `into`. Their ledgers stay as they are, so that unmerge_member(from) undoes it at any time. A
  // second enrolment with a phone that is known does the same by itself. Both are noted in the hub's log and applied by
  // project(), in their place among the batches. Errors: not_found (not enrolled here, or removed), bad_input (one
  // already, an alias of another one already, more than wire::member_aliases_max; nobody's alias).
  [[nodiscard]] base::Result<> merge_members(base::MemberId from, base::MemberId into);
  [[nodiscard]] base::Result<> unmerge_member(base::MemberId from);
  // What the chain says of a member from now on, all or nothing; noted and applied likewise. It counts for the person,
  // whose numbers' marks are taken together. Errors: not_found (not enrolled here), bad_input (check_mark()).
  [[nodiscard]] base::Result<> mark_member(base::MemberId member, std::span<const model::MemberMark> marks);
  // Gives a member points, or takes them, which may leave them owing; noted and applied likewise. Errors: not_found,
  // bad_input (none, or too many).
  [[nodiscard]] base::Result<> adjust_points(base::MemberId member, std::int64_t points, AdjustReason why);

  // Call before any other, or not at all: keeps payloads under a key a member, in a file of its own (member_vault.h).
  [[nodiscard]] base::Result<> keep_members_in(const std::filesystem::path& vault);
  // Everything that is kept of a person, payloads opened, as JSON that the caller signs with sign_document(). Error:
  // not_found.
  [[nodiscard]] base::Result<MemberExport> export_member(base::MemberId member);
  [[nodiscard]] crypto::Signature sign_document(base::ByteView document) const;

  // Call before any other, or not at all. Another scope shows in look-ups after the next rebuild().
  void set_people(PeopleSettings settings);
  // A person behind the counter of a store, with the PIN that they chose; the number is the next one. Errors:
  // pin_malformed, pin_too_simple, bad_input (no store).
  [[nodiscard]] base::Result<StaffRecord> add_staff(base::StoreId store, model::Role role, std::string_view pin,
                                                    base::MemberId member = {});
  // Errors: not_found, pin_malformed, pin_too_simple.
  [[nodiscard]] base::Result<StaffRecord> reset_pin(base::StaffId staff, std::string_view pin);
  // The person's PIN fits nowhere any more as soon as a terminal has heard of it. Error: not_found.
  [[nodiscard]] base::Result<StaffRecord> disable_staff(base::StaffId staff);
  [[nodiscard]] base::Result<std::vector<StaffRecord>> staff();
  [[nodiscard]] crypto::PinCost pin_cost();  // of new PINs; the first call may measure, for a second
  [[nodiscard]] base::Result<std::vector<AuditEntry>> audit(std::size_t limit);
  [[nodiscard]] base::Result<std::vector<SignalEntry>> signals(std::size_t limit);
  [[nodiscard]] base::Result<> note_act(std::string_view told);  // HubStore says what it and acts() are
  [[nodiscard]] base::Result<HubActs> acts(std::size_t limit);

  // The limits within which every terminal may honour without asking, from now on; publishes them where they are news.
  // Returns the bound on what a cut line costs: twice the sum of what all terminals that are believed may have
  // outstanding, because each may have as much open at the hub while an issuer is cut off, and once what each sheet
  // that nobody has shown may have, because its machine cannot ask. uses_day_max: how many redemptions one terminal is
  // told yes to in 24 hours, whoever asks in its name; 0: no bound.
  [[nodiscard]] base::Result<std::int64_t> set_limits(const model::HonourLimits& limits,
                                                      std::uint32_t uses_day_max = 0);
  // Answers the body of POST /v1/redeem. Safe to repeat. Errors: bad_input, and the store's.
  [[nodiscard]] base::Result<wire::RedeemWord> redeem(base::TerminalId authenticated, base::ByteView body);
  [[nodiscard]] base::Result<std::vector<RightsStanding>> rights();
  // The bound that set_limits() returned, as of now; 0 before any limits are set.
  [[nodiscard]] base::Result<std::int64_t> loss_bound_minor(const std::vector<RightsStanding>& terminals);
  // Gives up waiting for what a terminal holds that was silent for rights_break_ms. Returns in how many epochs it held
  // something or might have. Errors: not_found, bad_input (it was heard of since).
  [[nodiscard]] base::Result<std::uint64_t> break_rights(base::TerminalId terminal);

  // What terminals may give out of limited things without asking, from now on; who asks for pages gets what is due.
  void set_lease_terms(std::vector<LeaseTerms> terms);
  // Answers POST /v1/points: a lease that is enough for one sale. Safe to repeat. Errors: bad_input, and the store's.
  [[nodiscard]] base::Result<wire::PointsWord> points(base::TerminalId authenticated, base::ByteView body);
  // Answers the body of POST /v1/member: whether an issuer of the brand made a card's or a phone's code, and what is
  // known of its member. Of a revoked issuer only codes of members that the hub was told of count. Reads only. Errors:
  // bad_input, and the store's.
  [[nodiscard]] base::Result<wire::CardWord> card(base::TerminalId authenticated, base::ByteView body);
  [[nodiscard]] base::Result<LeaseBooks> leases();
  // Gives up waiting for what is left of a lease; applied by project(). Errors: not_found, bad_input (nothing is left).
  [[nodiscard]] base::Result<> give_up_lease(base::LeaseId lease);

  // notice_values.h says what becomes of notices. What came to an account's address: read, checked, and kept when this
  // returns. Errors: those of notices::read_notice(), notice_changed, and the store's.
  [[nodiscard]] base::Result<NoticeTaken> take_notice(const notices::Account& account,
                                                      const notices::Received& received, const NoticeTerms& terms);
  // Books notices, rates sales told without a programme, takes points that ended, decides what campaigns wait for;
  // every few seconds. How many it closed.
  [[nodiscard]] base::Result<std::uint64_t> settle();
  [[nodiscard]] base::Result<std::vector<NoticeEntry>> notices(const NoticeQuery& query);
  // Headers and body as they came. Error: not_found (also when erased).
  [[nodiscard]] base::Result<base::Bytes> notice_raw(std::uint64_t no);
  // Who pays under this name is the member, from now on. Errors: those of HubStore::know_payer().
  [[nodiscard]] base::Result<> know_payer(base::MemberId member, const notices::Payer& payer);

  // Whether publish_programme() would take it, and what could be lost at the most by the limits of now: those of
  // set_limits() and set_lease_terms(), and what each sheet that nobody has shown may have. Error: programme_invalid.
  [[nodiscard]] base::Result<ProgrammeBound> bound_of(base::ByteView json);
  // Signs and publishes a programme document; its version must grow. Returns the version. Error: programme_invalid.
  [[nodiscard]] base::Result<std::uint32_t> publish_programme(base::ByteView json);
  [[nodiscard]] base::Result<base::Bytes> programme_json();  // that was published last. Error: not_found
  [[nodiscard]] base::Result<ProgrammeReach> programme_reach();
  [[nodiscard]] base::Result<model::Country> country();  // the programme's; China before there is one
  // Called with the number of the feed's last row whenever it, or what a terminal may honour, may have changed, from
  // whichever thread changed it and outside of every lock; must not block and must not call back. Set it before any
  // other call, or not at all.
  void on_feed_changed(std::function<void(std::uint64_t hub_seq)> notify);
  [[nodiscard]] base::Result<FeedHead> feed_head();

  // Writes what a terminal would hold after reading the whole feed for everyone, as of now, into a file: in short steps
  // between requests, so that it may take minutes. Error: cancelled when a rebuild began meanwhile.
  [[nodiscard]] base::Result<wire::SnapshotManifest> write_snapshot(const std::filesystem::path& file,
                                                                    const std::string& vfs = {});
  // The newest snapshot that somebody serves: from now on terminals that begin at nothing are sent to it when the feed
  // has more than rows_min rows, and whoever is below the tombstone horizon.
  void offer_snapshot(const wire::DownCursor& cursor, std::uint64_t rows_min);
  // Forgets tombstones that are numbered at most `through`, what the oldest snapshot served holds, and were made before
  // a time; and makes some of withdrawn app cards that have ended.
  [[nodiscard]] base::Result<Purged> purge_tombstones(std::uint64_t through, std::int64_t before_ms);

  // Throws projections away, begins a new generation and projects every stored batch again.
  [[nodiscard]] base::Result<ProjectOutcome> rebuild();
  [[nodiscard]] base::Result<ProjectOutcome> restored();  // of one put back from a backup; HubStore::restored()
  [[nodiscard]] base::Result<> copy_to(const std::filesystem::path& file);  // HubStore::copy_to()
  // The database answers; true when it went back (HubStatus). For readiness; takes microseconds.
  [[nodiscard]] base::Result<bool> ping();
  [[nodiscard]] base::Result<HubStatus> status();
  [[nodiscard]] base::Result<std::vector<Balance>> balances();
  // Every stored batch's signature and chain, the database's own check, and what is derived by `depth`. A batch that
  // does not hold is asked for again.
  [[nodiscard]] base::Result<CoreCheck> check(CheckDepth depth = CheckDepth::sums);
  [[nodiscard]] std::optional<LastCheck> last_check() const;

  [[nodiscard]] const base::BrandId& brand() const;
  [[nodiscard]] std::uint16_t hub_key_number() const;
  [[nodiscard]] const base::Bytes& vouched_hub_key() const;  // for terminals that know another one
  [[nodiscard]] crypto::Signature sign_answer(base::ByteView answer_signed_bytes) const;

 private:
  struct State;
  explicit HubCore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millpond::hub
