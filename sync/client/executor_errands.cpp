// SPDX-License-Identifier: Apache-2.0
// Errands on the downlink's lane: due before the next page.
#include "sync/client/documents.h"
#include "sync/client/executor.h"
#include "sync/wire/hub_address.h"

namespace millpond::client {

// Nobody there knows this machine yet: an upload would be refused for good.
bool Executor::let_in() const { return errands_ == nullptr || !errands_->unbound(); }

std::optional<Outgoing> Executor::next_errand(std::int64_t timeout_ms) {
  if (errands_ == nullptr) return std::nullopt;
  std::string address;
  // An address that cannot be read is as good as none: the hub is where it was.
  (void)ask_journal([&](store::Journal& journal) -> base::Result<> {
    MILLPOND_TRY(const auto kept, journal.document(address_document));
    if (!kept) return {};
    MILLPOND_TRY(const auto opened, wire::open_hub_address(*kept, line_.credentials().root));
    address = opened.url;
    return {};
  });
  const auto time = time_.now();
  const auto day = time.day_known() ? std::optional{base::local_date_at(time.wall_ms, 0).days} : std::nullopt;
  auto errand = errands_->next(day, address, clock_.monotonic_ms());
  if (!errand) return std::nullopt;
  Outgoing outgoing;
  outgoing.question = Question::errand;
  outgoing.signed_request = line_.sign(errand->method, errand->target, errand->body, timeout_ms);
  if (!errand->base_url.empty()) outgoing.signed_request.http.base_url = errand->base_url;
  outgoing.errand = std::move(errand);
  return outgoing;
}

// Nobody at a new address says nothing about the line to the hub where it is.
std::vector<engine::Input> Executor::errand_done(const Outgoing& outgoing,
                                                 const base::Result<net::HttpAnswer>& answer) {
  line_.set_hub_day(base::local_date_at(time_.last_word_ms(), 0).days);
  const auto word = line_.check(outgoing.signed_request, answer);
  if (word) {
    keep_hub_key();
    seen_.last_contact_ms = clock_.wall_ms();
    if (word->status != 200) adopt_time(HubLine::refusal_of(*word));
  }
  const bool moved = errands_->done(*outgoing.errand, word, clock_.monotonic_ms());
  if (moved) line_.set_base_url(errands_->url());
  // Without the hub's yes to a grant there is nothing to ask; what is final stays so until a person acts.
  if (word && errands_->unbound()) {
    const auto refusal = word->status == 200 ? base::Error{base::Code::hub_refused, "bind grant", "an unusable answer"}
                                             : HubLine::refusal_of(*word).error;
    if (word->status == 403) return {engine::DownRefused{refusal}};
    return {engine::DownFailed{refusal, word->retry_after_ms}};
  }
  const bool elsewhere = !outgoing.errand->base_url.empty();
  if (!word && !elsewhere) return {engine::DownFailed{word.error(), answer ? answer->retry_after_ms : 0}};
  return {engine::ErrandDone{}};
}

}  // namespace millpond::client
