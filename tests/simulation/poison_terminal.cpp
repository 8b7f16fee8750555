// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/poison_terminal.h"

#include <array>
#include <memory>

namespace millpond::simulation {
namespace {

constexpr std::uint64_t batch_rows_max = 50;
constexpr std::int64_t timeout_ms = 20'000;
// Field 13 of UpRequest, number 99: the last one that stands in a message counts.
constexpr std::array<std::uint8_t, 2> newer_schema_field{13 << 3, 99};

}  // namespace

PoisonTerminal::PoisonTerminal(Timeline& timeline, SimHub& hub, Network& network, Oracle& oracle, Faults& faults,
                               std::uint64_t seed)
    : timeline_{timeline}, network_{network}, oracle_{oracle}, faults_{faults}, rng_{seed}, clock_{timeline} {
  std::array<std::uint8_t, 32> bytes{};
  rng_.fill(bytes);
  auto key = std::make_shared<crypto::SigningKey>(crypto::SigningKey::from_seed(bytes));
  const auto id = hub.add_terminal(key->public_key());
  oracle.stranger(id);
  line_.emplace(client::Credentials{id, hub.brand(), key, hub.hub_key()}, clock_, rng_);
  pretend_.emplace(hub.brand(), id, base::Epoch{4'711}, crypto::SigningKey::from_seed(bytes));
  pretend_->go_by(1);
  pretend_->begin_epoch();
  send();
}

void PoisonTerminal::plan(std::int64_t until_ms) {
  const auto next_ms = timeline_.now_ms() + static_cast<std::int64_t>(rng_.below(8 * hour_ms));
  if (next_ms >= until_ms) return;
  timeline_.at(next_ms, [this, until_ms] {
    make_batch();
    if (rng_.chance(1, 3)) send_newer_schema();
    plan(until_ms);
  });
}

void PoisonTerminal::make_batch() {
  const auto where = static_cast<std::size_t>(rng_.below(3));
  constexpr std::array faults{Fault::poison_first, Fault::poison_middle, Fault::poison_last};
  const bool poisoned = faults_.begins(faults[where]);
  if (poisoned && where == 0) add_poison();
  add_good();
  if (poisoned && where == 1) add_poison();
  add_good();
  if (poisoned && where == 2) add_poison();
}

void PoisonTerminal::add_good() {
  const base::MemberId member{(std::uint64_t{pretend_->id().value} << 40) + ++made_};
  const auto enrolment = pretend_->enrol(member, {1});
  model::MemberEnrolled enrolled;
  enrolled.member = member;
  enrolled.store = {1};
  enrolled.channel = model::Channel::kiosk;
  oracle_.told(pretend_->id().value, tag_of(enrolled, 0));
  const auto sale = pretend_->sell(member, std::to_string(made_), 1'200, 12, {1}, "poison");
  static_cast<void>(enrolment);
  static_cast<void>(sale);
  oracle_.told_sale(pretend_->id().value, {{1}, "poison", {20'777}, std::to_string(made_)});
}

void PoisonTerminal::add_poison() {
  const base::Epoch epoch = pretend_->epoch();
  const base::Seq seq{pretend_->head() + 1};
  oracle_.expect_poison({pretend_->id(), epoch, seq});
  switch (rng_.below(5)) {
    case 0:  // a kind of a later release: version 1, kind 999 where facts have theirs
      pretend_->add_bytes({0x01, 0x02, 0xCE, 0x0F});
      return;
    case 1:  // another version of the canonical form
      pretend_->add_bytes({0x02, 0x02, 0x06});
      return;
    case 2: {
      base::Bytes noise(1 + rng_.below(200));
      rng_.fill(noise);
      pretend_->add_bytes(std::move(noise));
      return;
    }
    case 3:  // readable and absurd
      pretend_->add(model::PointsEarned{{7}, {1}, -1'000'000, -1});
      return;
    default:  // nothing at all
      pretend_->add_bytes({});
  }
}

// A layout of a later release: refused as a whole, and sent again in one that the hub knows.
void PoisonTerminal::send_newer_schema() {
  if (acked_ == pretend_->head() || !faults_.begins(Fault::newer_schema)) return;
  const auto batch = pretend_->batch(acked_ + 1, pretend_->head());
  auto body = wire::encode(batch);
  base::append(body, newer_schema_field);
  auto request = line_->sign("POST", "/v1/up", std::move(body), timeout_ms);
  auto http = request.http;
  network_.send(
      std::move(http), [] { return Line::well; },
      [this, request = std::move(request)](const base::Result<net::HttpAnswer>& answer) {
        const auto word = line_->check(request, answer);
        if (word && word->status == 200) oracle_.violated("a batch of an unknown layout was accepted");
      });
}

// With nothing new it repeats its last fact: a hub that was restored says so.
void PoisonTerminal::send() {
  const auto first = std::min(acked_ + 1, pretend_->head());
  const auto last = std::min(pretend_->head(), acked_ + batch_rows_max);
  auto request = line_->sign("POST", "/v1/up", wire::encode(pretend_->batch(first, last)), timeout_ms);
  auto http = request.http;
  network_.send(
      std::move(http), [] { return Line::well; },
      [this, request = std::move(request)](const base::Result<net::HttpAnswer>& answer) { take(request, answer); });
}

void PoisonTerminal::take(const client::SignedRequest& request, const base::Result<net::HttpAnswer>& answer) {
  const auto word = line_->check(request, answer);
  const auto said = word ? wire::decode_up_answer(word->body) : base::Result<wire::UpAnswer>{word.error()};
  if (said) {
    acked_ = std::min(said->accepted_through.value, pretend_->head());
    confirmed_ = acked_ == pretend_->head();
  }
  timeline_.after(confirmed_ ? 30 * minute_ms : minute_ms, [this] { send(); });
}

}  // namespace millpond::simulation
