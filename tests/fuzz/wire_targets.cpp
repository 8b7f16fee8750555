// SPDX-License-Identifier: Apache-2.0
// What terminals and hubs send each other.
#include "sync/base/check.h"
#include "sync/codes/payload.h"
#include "sync/crypto/hash.h"
#include "sync/wire/app_card_rows.h"
#include "sync/wire/canonical.h"
#include "sync/wire/grant.h"
#include "sync/wire/hub_address.h"
#include "sync/wire/lease_rows.h"
#include "sync/wire/messages.h"
#include "sync/wire/people_rows.h"
#include "sync/wire/provisioning.h"
#include "sync/wire/question_rows.h"
#include "sync/wire/renewal.h"
#include "sync/wire/request_auth.h"
#include "sync/wire/rights_rows.h"
#include "sync/wire/snapshot_manifest.h"
#include "tests/fuzz/target.h"
#include "tests/support/sales_batch.h"
#include "tests/support/seeded_key.h"
#include "tests/unit/wire/sample_facts.h"

#include <algorithm>

namespace millpond::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

const crypto::SigningKey& root_key() {
  static const auto key = tests::seeded_key(1);
  return key;
}
const crypto::SigningKey& hub_key() {
  static const auto key = tests::seeded_key(2);
  return key;
}
const base::BrandId& brand() {
  static const auto brand = crypto::brand_id_of(root_key().public_key());
  return brand;
}

// What was read once is read again as the same value from what it is written as.
template <class Value, class Decode>
Result<> comes_back(ByteView input, const Decode& decode) {
  const Result<Value> value = decode(input);
  if (!value) return value.error();
  const auto again = decode(wire::encode(*value));
  MILLPOND_CHECK(again.has_value() && *again == *value);
  return {};
}

std::vector<Bytes> fact_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& fact : tests::sample_facts()) seeds.push_back(wire::encode_fact(fact).value());
  return seeds;
}

Result<> run_fact(ByteView input) {
  MILLPOND_TRY(const auto fact, wire::decode_fact(input));
  // The hub keeps bytes that it can write itself as columns, the others as they are: both must give this fact.
  const auto again = wire::encode_fact(fact);
  MILLPOND_CHECK(again.has_value());
  MILLPOND_CHECK(wire::decode_fact(*again).value() == fact);
  model::Fact exact;
  MILLPOND_CHECK(wire::decode_fact_exactly(input, exact) == std::ranges::equal(*again, input));
  return {};
}

std::vector<Bytes> batch_seeds() {
  tests::MixOptions enrolling;
  enrolling.enrolments_of_1000 = 300;
  tests::MixOptions baskets;
  baskets.lines = 3;
  return {wire::encode(tests::sales_batch({}, 40)), wire::encode(tests::sales_batch(enrolling, 12)),
          wire::encode(tests::sales_batch(baskets, 6)),
          wire::encode(tests::sales_batch(enrolling, 6, wire::schema_verbatim))};
}

Result<> run_batch(ByteView input) {
  MILLPOND_TRY(const auto batch, wire::decode_up_request(input));
  MILLPOND_CHECK(batch.rows.size() <= wire::batch_events_max);
  for (const auto& row : batch.rows) {
    MILLPOND_CHECK(row.canonical.size() <= wire::canonical_bytes_max);
    const auto fact = wire::decode_fact(row.canonical);
    MILLPOND_CHECK(fact.has_value() || fact.error().code != base::Code::internal);
  }
  return comes_back<wire::UpRequest>(input, wire::decode_up_request);
}

std::vector<Bytes> answer_seeds() {
  wire::UpAnswer answer;
  answer.status = wire::UpStatus::fork;
  answer.epoch = {3};
  answer.accepted_through = {4};
  answer.common_through = {2};
  answer.hub_wall_ms = 1'795'000'000'000;
  answer.reason = "hub_fork";
  answer.schema_max = wire::schema_columns;
  return {wire::encode(answer)};
}

std::vector<Bytes> page_seeds() {
  wire::DownPage page;
  page.next = {~std::uint64_t{0}, 1'234, 1'200};
  page.more = true;
  page.rows = {{1, {1, 2}, false, {3, 4, 5}}, {2, {9}, true, {}}, {200, {7}, false, {}}};
  page.includes_epoch = {5};
  page.includes_your_seq = {77};
  page.accepted = {{{4}, {9}}, {{5}, {78}}};
  page.snapshot_required = true;
  page.checkpoint = wire::Checkpoint{2, ~std::uint64_t{0}};
  page.hub_wall_ms = 1'795'000'000'000;
  return {wire::encode(page), wire::encode(wire::DownPage{})};
}

// The first byte says which kind of row the others are.
template <class Value>
Bytes row_seed(wire::RowKind kind, const Value& value) {
  Bytes seed{static_cast<std::uint8_t>(kind)};
  const auto body = wire::encode(value);
  seed.insert(seed.end(), body.begin(), body.end());
  return seed;
}

std::vector<Bytes> row_seeds() {
  using Kind = wire::RowKind;
  return {row_seed(Kind::member, wire::MemberRow{{7}, 500, 12'300, 4, {}, {{8}, {9}}, 14}),
          row_seed(Kind::coupon,
                   wire::CouponRow{{1}, {7}, {5}, {12}, {3}, 1'000, 5'000, 20'000, 20'030, wire::CouponState::issued}),
          row_seed(Kind::programme, wire::ProgrammeRow{3, 1, {'{', '}'}, {}}),
          row_seed(Kind::issuer, wire::IssuerRow{770, hub_key().public_key(), 41}),
          row_seed(Kind::profile, wire::ProfileRow{{7}, "138****2917", {{1, 2}}, {{2, 1, true}}}),
          row_seed(Kind::verdict, wire::VerdictRow{{5}, {78}, "duplicate_issue"}),
          row_seed(Kind::lease, model::Lease{{9}, model::LeaseKind::points, 0, {5}, 2'000, 500, 1'795'000'000'000}),
          row_seed(Kind::app_cards, wire::AppCards{{7}, 2, 4, {hub_key().public_key()}}),
          row_seed(Kind::allowance, model::default_limits()),
          row_seed(Kind::staff, wire::StaffRow{{3}, model::Role::manager, "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA", 2}),
          row_seed(Kind::store_secrets, wire::StoreSecrets{4, {1, 2, 3}, {4, 5, 6}})};
}

Result<> run_row(ByteView input) {
  if (input.empty()) return base::Error{base::Code::bad_input, "read row", "empty"};
  const auto body = input.subspan(1);
  switch (static_cast<wire::RowKind>(input.front())) {
    case wire::RowKind::member:
      return comes_back<wire::MemberRow>(body, wire::decode_member_row);
    case wire::RowKind::coupon:
      return comes_back<wire::CouponRow>(body, wire::decode_coupon_row);
    case wire::RowKind::programme:
      return comes_back<wire::ProgrammeRow>(body, wire::decode_programme_row);
    case wire::RowKind::issuer:
      return comes_back<wire::IssuerRow>(body, wire::decode_issuer_row);
    case wire::RowKind::profile:
      return comes_back<wire::ProfileRow>(body, wire::decode_profile_row);
    case wire::RowKind::verdict:
      return comes_back<wire::VerdictRow>(body, wire::decode_verdict_row);
    case wire::RowKind::lease:
      return comes_back<model::Lease>(body, wire::decode_lease);
    case wire::RowKind::app_cards:
      return comes_back<wire::AppCards>(body, wire::decode_app_cards);
    case wire::RowKind::allowance:
      return comes_back<model::HonourLimits>(body, wire::decode_allowance);
    case wire::RowKind::staff:
      return comes_back<wire::StaffRow>(body, wire::decode_staff_row);
    case wire::RowKind::store_secrets:  // as they are inside the seal
      return comes_back<wire::StoreSecrets>(body, wire::decode_store_secrets);
    default:
      return base::Error{base::Code::unsupported, "read row", "a kind without a body of its own"};
  }
}

std::vector<Bytes> manifest_seeds() {
  return {wire::encode(wire::SnapshotManifest{1, {9, 500, 0}, 1'000, 4'096, base::Hash{3}, {300, 77}})};
}

std::vector<Bytes> ask_seeds() {
  wire::RedeemAsk ask{7, {500}, {9}, {3}, 2'000};
  const auto plain = wire::encode(ask);
  ask.code = codes::compose(codes::CouponCode{brand().tag(), {770}, {500}, {9}, {7}, 500, 20'700, 20'800, 0, {12}},
                            hub_key(), brand());
  return {plain, wire::encode(ask)};
}

Result<> run_ask(ByteView input) {
  MILLPOND_TRY(const auto ask, wire::decode_redeem_ask(input));
  MILLPOND_CHECK(ask.code.size() <= wire::redeem_code_chars_max);
  return comes_back<wire::RedeemAsk>(input, wire::decode_redeem_ask);
}

std::vector<Bytes> redeem_word_seeds() {
  wire::RedeemWord word{7, model::HubWord::confirmed, {}, {}, 1'795'000'000'000, {}};
  word.receipt.fill(3);
  const auto confirmed = wire::encode(word);
  word.word = model::HubWord::refused;
  word.why = {base::Code::coupon_spent, 100, {20'775}};
  const auto refused = wire::encode(word);
  return {confirmed, refused, wire::encode(wire::RedeemWord{7, model::HubWord::unknown, {}, {}, 1, {1'000, 2}})};
}

std::vector<Bytes> question_seeds() {
  const model::Lease lease{{9}, model::LeaseKind::points, 0, {5}, 2'000, 500, 1'795'000'000'000};
  const wire::MemberRow row{{7}, 500, 12'300, 4, {}, {{8}}};
  const auto seed = [](std::uint8_t kind, const Bytes& body) {
    Bytes all{kind};
    all.insert(all.end(), body.begin(), body.end());
    return all;
  };
  return {seed(0, wire::encode(wire::PointsAsk{7, {8}, {5}, 600})),
          seed(1, wire::encode(wire::PointsWord{7, model::HubWord::confirmed, {}, lease, 1'795'000'000'000})),
          seed(2, wire::encode(wire::CardAsk{"K1:ABC", {5}})),
          seed(3, wire::encode(wire::CardWord{model::HubWord::confirmed, {}, row, {41}, 1'795'000'000'000}))};
}

// The first byte says which of the four.
Result<> run_question(ByteView input) {
  if (input.empty()) return base::Error{base::Code::bad_input, "read question", "empty"};
  const auto body = input.subspan(1);
  switch (input.front() % 4) {
    case 0:
      return comes_back<wire::PointsAsk>(body, wire::decode_points_ask);
    case 1:
      return comes_back<wire::PointsWord>(body, wire::decode_points_word);
    case 2:
      return comes_back<wire::CardAsk>(body, wire::decode_card_ask);
    default:
      return comes_back<wire::CardWord>(body, wire::decode_card_word);
  }
}

wire::Certificate certificate() {
  return {brand().tag(),        1, {70'000}, 4, {12}, tests::seeded_key(5).public_key(), 20'000, 20'090,
          wire::Role::terminal, 99};
}

Result<> run_certificate(ByteView input) {
  MILLPOND_TRY(const auto opened, wire::open_certificate(input, hub_key().public_key(), brand()));
  MILLPOND_CHECK(std::ranges::equal(wire::issue_certificate(opened, hub_key(), brand()), input));
  return {};
}

Result<> run_hub_key(ByteView input) {
  MILLPOND_TRY(const auto opened, wire::open_hub_key(input, root_key().public_key()));
  MILLPOND_CHECK(std::ranges::equal(wire::vouch_hub_key(opened, root_key()), input));
  return {};
}

// Four lines: terminal, time, nonce, signature, as a request's headers have them.
std::vector<Bytes> auth_seeds() {
  wire::RequestAuth auth{{7}, 1'795'000'000'000, std::string(32, 'a'), {}};
  std::string text;
  for (const auto& [name, value] : wire::to_headers(auth)) text += value + "\n";
  return {{text.begin(), text.end()}};
}

Result<> run_auth(ByteView input) {
  std::array<std::string_view, 4> lines;
  auto rest = base::text_of(input);
  for (auto& line : lines) {
    const auto end = std::min(rest.find('\n'), rest.size());
    line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  MILLPOND_TRY(const auto auth, wire::parse_auth(lines[0], lines[1], lines[2], lines[3]));
  const auto headers = wire::to_headers(auth);
  for (std::size_t i = 0; i < lines.size(); ++i) MILLPOND_CHECK(headers[i].second == lines[i]);
  return {};
}

std::vector<Bytes> request_seeds() {
  const auto key = tests::seeded_key(5).public_key();
  return {wire::to_json(wire::ProvisionRequest{"7K3QX9MZ2D", key}),
          wire::to_json(wire::ProvisionRequest{"7K3QX9MZ2D", key, "13800002917", "739251"})};
}

Result<> run_request(ByteView input) {
  MILLPOND_TRY(const auto request, wire::parse_provision_request(input));
  const auto again = wire::parse_provision_request(wire::to_json(request));
  MILLPOND_CHECK(again.has_value() && again->code == request.code && again->terminal_key == request.terminal_key &&
                 again->phone == request.phone && again->pin == request.pin);
  return {};
}

std::vector<Bytes> bind_seeds() {
  const auto binding = wire::bind_grant(tests::seeded_key(3), brand(), tests::seeded_key(5).public_key());
  return {wire::to_json(wire::BindRequest{Bytes(wire::grant_bytes, 1), tests::seeded_key(5).public_key(), binding})};
}

Result<> run_bind(ByteView input) {
  MILLPOND_TRY(const auto request, wire::parse_bind_request(input));
  MILLPOND_CHECK(wire::parse_bind_request(wire::to_json(request)).value() == request);
  return {};
}

std::vector<Bytes> renewal_seeds() {
  return {wire::to_json(wire::RenewAnswer{wire::vouch_hub_key({1, hub_key().public_key(), {5, 6, 7}}, root_key()),
                                          wire::issue_certificate(certificate(), hub_key(), brand())})};
}

Result<> run_renewal(ByteView input) {
  MILLPOND_TRY(const auto answer, wire::parse_renew_answer(input));
  MILLPOND_CHECK(wire::parse_renew_answer(wire::to_json(answer)).value() == answer);
  MILLPOND_TRY(const auto renewed, wire::check_renewal(answer, certificate(), root_key().public_key()));
  MILLPOND_CHECK(renewed.certificate.key == certificate().key);
  return {};
}

Result<> run_address(ByteView input) {
  MILLPOND_TRY(const auto address, wire::open_hub_address(input, root_key().public_key()));
  MILLPOND_CHECK(std::ranges::equal(wire::sign_hub_address(address, root_key()), input));
  return {};
}

std::vector<Bytes> provisioned_seeds() {
  wire::ProvisionAnswer answer;
  answer.root = root_key().public_key();
  answer.hub_key = wire::vouch_hub_key({1, hub_key().public_key(), {5, 6, 7}}, root_key());
  answer.certificate = wire::issue_certificate(certificate(), hub_key(), brand());
  const Bytes json{'{', '}'};
  const wire::ProgrammeRow programme{1, 1, json, hub_key().sign(crypto::context::document, brand(), json)};
  answer.documents = {{static_cast<std::uint8_t>(wire::RowKind::programme), {1}, false, wire::encode(programme)}};
  return {wire::to_json(answer)};
}

Result<> run_provisioned(ByteView input) {
  MILLPOND_TRY(const auto answer, wire::parse_provision_answer(input));
  MILLPOND_TRY(const auto checked, wire::check_answer(answer, tests::seeded_key(5).public_key()));
  MILLPOND_CHECK(checked.brand == crypto::brand_id_of(answer.root));
  return {};
}

}  // namespace

std::vector<Target> wire_targets() {
  return {
      {"answer", answer_seeds, [](ByteView in) { return comes_back<wire::UpAnswer>(in, wire::decode_up_answer); }},
      {"auth", auth_seeds, run_auth},
      {"batch", batch_seeds, run_batch},
      {"certificate", [] { return std::vector<Bytes>{wire::issue_certificate(certificate(), hub_key(), brand())}; },
       run_certificate},
      {"bind_request", bind_seeds, run_bind},
      {"fact", fact_seeds, run_fact},
      {"hub_address",
       [] {
         return std::vector<Bytes>{wire::sign_hub_address({3, "https://hub.example"}, root_key())};
       },
       run_address},
      {"hub_key",
       [] {
         return std::vector<Bytes>{wire::vouch_hub_key({1, hub_key().public_key(), {5, 6, 7}}, root_key())};
       },
       run_hub_key},
      {"manifest", manifest_seeds,
       [](ByteView in) { return comes_back<wire::SnapshotManifest>(in, wire::decode_snapshot_manifest); }},
      {"page", page_seeds, [](ByteView in) { return comes_back<wire::DownPage>(in, wire::decode_down_page); }},
      {"provision_answer", provisioned_seeds, run_provisioned},
      {"provision_request", request_seeds, run_request},
      {"questions", question_seeds, run_question},
      {"redeem_ask", ask_seeds, run_ask},
      {"redeem_word", redeem_word_seeds,
       [](ByteView in) { return comes_back<wire::RedeemWord>(in, wire::decode_redeem_word); }},
      {"renew_answer", renewal_seeds, run_renewal},
      {"row", row_seeds, run_row},
  };
}

}  // namespace millpond::fuzz
