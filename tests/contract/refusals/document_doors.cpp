// SPDX-License-Identifier: Apache-2.0
// What a terminal reads from the line, from its hub or from somebody in its place.
#include "sync/client/documents.h"
#include "sync/wire/hub_address.h"
#include "tests/contract/refusals/doors.h"
#include "tests/unit/client/pretend_hub.h"
#include "tests/unit/snapshot/sample_snapshot.h"

namespace millpond::tests {
namespace {

using base::Code;

const crypto::SigningKey& root() {
  static const auto key = seeded_key(9);  // of PretendHub's brand
  return key;
}
const crypto::SigningKey& stranger() {
  static const auto key = seeded_key(50);
  return key;
}

// A terminal's end of the line.
struct Line {
  PretendHub hub;
  HandClock clock;
  base::SeededRng rng{1};
  client::HubLine line;

  // last_day: of the hub key that provisioning told.
  explicit Line(std::uint16_t last_day = UINT16_MAX) : line{credentials(hub, last_day), clock, rng} {}

  static client::Credentials credentials(const PretendHub& of, std::uint16_t last_day) {
    auto credentials = of.credentials();
    credentials.hub_key.last_day = last_day;
    return credentials;
  }
  [[nodiscard]] client::SignedRequest ask() { return line.sign("GET", "/v1/down?cursor=0.0", {}, 1'000); }
  [[nodiscard]] Verdict hear(const client::SignedRequest& question, const net::HttpAnswer& answer) {
    return verdict_of(line.check(question, answer));
  }
  [[nodiscard]] Verdict hear_changed(const std::function<void(net::HttpAnswer&)>& change) {
    const auto question = ask();
    auto answer = hub.answer(question.http, 200, bytes_of("page"));
    change(answer);
    return hear(question, answer);
  }
  // As the hub would sign it, by any key and for any brand.
  static void sign(const client::SignedRequest& question, net::HttpAnswer& answer, const base::BrandId& brand) {
    const auto signature =
        seeded_key(1).sign(crypto::context::answer, brand,
                           wire::answer_signed_bytes(question.http.method, question.http.target, PretendHub::terminal,
                                                     question.nonce, answer.status, answer.body));
    answer.headers.back().second = base::to_hex(signature);
  }
  [[nodiscard]] Verdict believe(base::ByteView vouched) { return verdict_of(line.believe(vouched)); }
};

base::Bytes vouched(std::uint16_t number, const crypto::SigningKey& by, std::uint16_t first_day = 0) {
  const auto signing = seeded_key(static_cast<std::uint8_t>(100 + number));
  return wire::vouch_hub_key({number, signing.public_key(), {}, first_day}, by);
}

Door answer() {
  return {"hub's answer",
          [] {
            Line at;
            return at.hear_changed([](auto&) {});
          },
          {refused(Code::hub_not_a_hub,
                   [] {
                     Line at;
                     return at.hear_changed([](auto& answer) { answer.body.front() ^= 1U; });
                   }),
           refused(Code::hub_not_a_hub,
                   [] {
                     Line at;
                     return at.hear_changed([](auto& answer) { answer.body.pop_back(); });
                   }),
           refused(Code::hub_not_a_hub,
                   [] {
                     Line at;
                     const auto first = at.ask();
                     const auto answer = at.hub.answer(first.http, 200, bytes_of("page"));
                     REQUIRE_FALSE(at.hear(first, answer));
                     return at.hear(at.ask(), answer);
                   }),
           refused(Code::hub_not_a_hub,
                   [] {
                     Line at;
                     const auto first = at.ask();
                     const auto second = at.ask();
                     return at.hear(first, at.hub.answer(second.http, 200, bytes_of("page")));
                   }),
           senseless("an answer is of its request's nonce, and of no time"),
           refused(Code::hub_not_a_hub,
                   [] {
                     Line at;
                     Line there;  // of a terminal of another shop, which draws its own nonces
                     there.rng = base::SeededRng{2};
                     return at.hear(at.ask(), there.hub.answer(there.ask().http, 200, bytes_of("page")));
                   }),
           refused(Code::hub_not_a_hub,
                   [] {
                     Line at;
                     const auto question = at.ask();
                     auto answer = at.hub.answer(question.http, 200, bytes_of("page"));
                     Line::sign(question, answer, at.hub.brand());
                     REQUIRE_FALSE(at.hear(question, answer));  // signed that way it is the hub's
                     Line::sign(question, answer, base::BrandId{});
                     return at.hear(question, answer);
                   }),
           senseless("an answer is of its request's nonce, and of no time")}};
}

Door hub_key() {
  return {"hub key",
          [] {
            Line at;
            return at.believe(vouched(2, root()));
          },
          {refused(Code::hub_key_unvouched,
                   [] {
                     Line at;
                     auto bytes = vouched(2, root());
                     bytes[10] ^= 1U;
                     return at.believe(bytes);
                   }),
           refused(Code::hub_key_unvouched,
                   [] {
                     Line at;
                     return at.believe(base::ByteView{vouched(2, root())}.first(100));
                   }),
           taken("it is known already, and nothing changes",
                 [] {
                   Line at;
                   REQUIRE_FALSE(at.believe(vouched(2, root())));
                   return at.believe(vouched(2, root()));
                 }),
           taken("keys are believed by their numbers, whichever comes first",
                 [] {
                   Line at;
                   REQUIRE_FALSE(at.believe(vouched(3, root())));
                   return at.believe(vouched(2, root()));
                 }),
           refused(Code::hub_not_a_hub,  // what a key signs that is over and replaced
                   [] {
                     Line at{100};
                     REQUIRE_FALSE(at.believe(vouched(2, root(), 90)));
                     REQUIRE_FALSE(at.hear_changed([](auto&) {}));
                     at.line.set_hub_day(101);
                     return at.hear_changed([](auto&) {});
                   }),
           senseless("a hub's key is the brand's"),
           refused(Code::hub_key_unvouched,
                   [] {
                     Line at;
                     return at.believe(vouched(2, stranger()));
                   }),
           taken("a key is made known a month before its first day", [] {
             Line at;
             return at.believe(vouched(2, root(), 60'000));
           })}};
}

// A terminal's journal, where documents go.
struct Cabinet {
  TempDir folder;
  PretendHub hub;
  HandClock clock;
  base::SeededRng rng{3};
  std::unique_ptr<store::Journal> journal;

  Cabinet() {
    store::JournalOptions options;
    options.path = folder / "journal.db";
    options.owner = {hub.brand(), PretendHub::terminal, base::StoreId{1}};
    journal = store::Journal::open(options, clock, rng).value();
  }
  [[nodiscard]] Verdict keep(wire::RowKind kind, base::Bytes body) {
    wire::DownPage page;
    page.rows = {{static_cast<std::uint8_t>(kind), {1}, false, std::move(body)}};
    return verdict_of(client::keep_documents(page, hub.credentials(), *journal, clock.wall_ms()));
  }
  [[nodiscard]] Verdict keep_address(const base::Bytes& body) { return keep(wire::RowKind::hub_address, body); }
  [[nodiscard]] Verdict keep_programme(const wire::ProgrammeRow& row) {
    return keep(wire::RowKind::programme, wire::encode(row));
  }
  [[nodiscard]] base::Bytes kept(std::string_view kind) { return journal->document(kind).value().value(); }
  [[nodiscard]] wire::ProgrammeRow programme(std::uint32_t version) const { return programme(version, hub.brand()); }
  [[nodiscard]] static wire::ProgrammeRow programme(std::uint32_t version, const base::BrandId& brand) {
    const auto json = bytes_of(R"({"version":)" + std::to_string(version) + "}");
    return {version, 1, json, seeded_key(1).sign(crypto::context::document, brand, json)};
  }
};

base::Bytes address(std::uint32_t version, const crypto::SigningKey& by = root()) {
  return wire::sign_hub_address({version, "https://hub.example"}, by);
}

Door hub_address() {
  return {"hub address",
          [] {
            Cabinet at;
            return at.keep_address(address(1));
          },
          {refused(Code::hub_key_unvouched,
                   [] {
                     Cabinet at;
                     auto bytes = address(1);
                     bytes[12] ^= 1U;
                     return at.keep_address(bytes);
                   }),
           refused(Code::hub_key_unvouched,
                   [] {
                     Cabinet at;
                     auto bytes = address(1);
                     bytes.pop_back();
                     return at.keep_address(bytes);
                   }),
           taken("the highest version counts, an older one changes nothing",
                 [] {
                   Cabinet at;
                   REQUIRE_FALSE(at.keep_address(address(2)));
                   const auto verdict = at.keep_address(address(1));
                   REQUIRE(at.kept(client::address_document) == address(2));
                   return verdict;
                 }),
           taken("the highest version counts, whichever comes first",
                 [] {
                   Cabinet at;
                   REQUIRE_FALSE(at.keep_address(address(3)));
                   REQUIRE_FALSE(at.keep_address(address(2)));
                   const auto verdict = at.keep_address(address(4));
                   REQUIRE(at.kept(client::address_document) == address(4));
                   return verdict;
                 }),
           senseless("an address is good until a later one takes its place"),
           senseless("a hub is the brand's, in every shop of it"),
           refused(Code::hub_key_unvouched,
                   [] {
                     Cabinet at;
                     return at.keep_address(address(1, stranger()));
                   }),
           senseless("an address bears a version and no day")}};
}

Door programme() {
  return {"programme",
          [] {
            Cabinet at;
            return at.keep_programme(at.programme(1));
          },
          {refused(Code::signature_invalid,
                   [] {
                     Cabinet at;
                     auto row = at.programme(1);
                     row.json.front() ^= 1U;
                     return at.keep_programme(row);
                   }),
           refused(Code::bad_input,
                   [] {
                     Cabinet at;
                     auto body = wire::encode(at.programme(1));
                     body.resize(body.size() - 9);
                     return at.keep(wire::RowKind::programme, std::move(body));
                   }),
           taken("the highest version counts, an older one changes nothing",
                 [] {
                   Cabinet at;
                   REQUIRE_FALSE(at.keep_programme(at.programme(2)));
                   const auto verdict = at.keep_programme(at.programme(1));
                   REQUIRE(at.kept(client::programme_document) == wire::encode(at.programme(2)));
                   return verdict;
                 }),
           taken("the highest version counts, whichever comes first",
                 [] {
                   Cabinet at;
                   REQUIRE_FALSE(at.keep_programme(at.programme(3)));
                   REQUIRE_FALSE(at.keep_programme(at.programme(2)));
                   const auto verdict = at.keep_programme(at.programme(4));
                   REQUIRE(at.kept(client::programme_document) == wire::encode(at.programme(4)));
                   return verdict;
                 }),
           senseless("rules have no last day; campaigns in them have"),
           senseless("a programme is the brand's, in every shop of it"),
           refused(Code::signature_invalid,
                   [] {
                     Cabinet at;
                     return at.keep_programme(Cabinet::programme(1, base::BrandId{}));
                   }),
           senseless("rules bear a version and no day; campaigns in them begin on one")}};
}

// A snapshot on its way into a replica: its description comes in a signed answer, its bytes from anywhere.
Verdict stage(const Published& published) {
  const TempDir folder;
  return verdict_of(staged({folder / "replica.db"}, published));
}

Door snapshot_door() {
  return {
      "snapshot",
      [] { return stage(sample_snapshot()); },
      {refused(Code::bad_input,
               [] {
                 auto published = sample_snapshot();
                 published.file[published.file.size() / 2] ^= 1U;
                 return stage(published);
               }),
       refused(Code::bad_input,
               [] {
                 const auto bytes = wire::encode(sample_snapshot().manifest);
                 return verdict_of(wire::decode_snapshot_manifest(base::ByteView{bytes}.first(bytes.size() - 3)));
               }),
       taken("one that is no newer than what is here is dropped unread",
             [] {
               const TempDir folder;
               const snapshot::Place place{folder / "replica.db"};
               REQUIRE(downloaded(place, sample_snapshot()));
               const auto dropped = verdict_of(drop_stale_download(place, sample_snapshot().manifest.cursor));
               REQUIRE_FALSE(std::filesystem::exists(place.download()));
               return dropped;
             }),
       refused(Code::bad_input,
               [] {
                 const TempDir folder;
                 const auto download = snapshot::Download::open({folder / "replica.db"}, sample_snapshot().manifest);
                 REQUIRE(download);
                 return verdict_of((*download)->append(100, base::ByteView{sample_snapshot().file}.subspan(100, 50)));
               }),
       senseless("a snapshot is as old as its cursor; pages bring what came after"),
       senseless("no row in it is for one shop only"),
       refused(Code::hub_not_a_hub,
               [] {
                 Line at;
                 const auto question = at.ask();
                 auto answer = at.hub.answer(question.http, 200, wire::encode(sample_snapshot().manifest));
                 Line::sign(question, answer, base::BrandId{});
                 return at.hear(question, answer);
               }),
       refused(Code::store_newer, [] {
         auto published = sample_snapshot();
         published.manifest.schema += 1;
         return stage(published);
       })}};
}

}  // namespace

std::vector<Door> document_doors() { return {answer(), hub_key(), hub_address(), programme(), snapshot_door()}; }

}  // namespace millpond::tests
