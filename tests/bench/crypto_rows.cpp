// SPDX-License-Identifier: Apache-2.0
// crypto: what signatures, PINs and member codes cost on this machine. A code is verified and its member identified by
// the use case itself, over a replica of a million members and a journal on the disk. Every value is measured in turns
// with its baseline.
#include "sync/codes/payload.h"
#include "sync/crypto/hash.h"
#include "sync/crypto/pin.h"
#include "sync/store/journal_thread.h"
#include "sync/terminal/terminal.h"
#include "tests/bench/bench.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace millpond::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t rows_a_page = 2'000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr base::TerminalId neighbour{2};
constexpr double identified_us_max = 1'000;
constexpr double pin_ms_min = 250;
constexpr double pin_ms_max = 500;

double spent_us(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

double percentile(std::vector<double> values, double share) {
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// Microseconds of a thing and of what it is held against, in turns.
struct Pair {
  std::vector<double> value;
  std::vector<double> baseline;
  void turn(const std::function<void()>& work, const std::function<void()>& other) {
    baseline.push_back(spent_us(other));
    value.push_back(spent_us(work));
  }
  [[nodiscard]] Row row(std::string name, double share, std::string baseline_name, double target_us) const {
    const auto ours = percentile(value, share);
    const auto theirs = percentile(baseline, share);
    return {std::move(name),
            ours,
            "us",
            theirs,
            std::move(baseline_name),
            theirs > 0 ? ours / theirs : 0,
            target_us,
            ours <= target_us,
            value.size()};
  }
};

// A terminal with a replica of a brand, and codes that its members show.
class Counter {
 public:
  static base::Result<std::unique_ptr<Counter>> make(const std::filesystem::path& dir, std::uint64_t members) {
    std::unique_ptr<Counter> counter{new Counter{members}};
    MILLPOND_TRY_DO(counter->open(dir));
    MILLPOND_TRY_DO(counter->fill());
    return counter;
  }

  [[nodiscard]] base::MemberId member(std::uint64_t index) const { return base::MemberId{(index + 1) * 7'919}; }
  [[nodiscard]] std::string card_by_hub(std::uint64_t index) const {
    return codes::compose(card(codes::Issuer::hub(1), index), hub_, brand_);
  }
  [[nodiscard]] std::string card_by_neighbour(std::uint64_t index) const {
    return codes::compose(card(codes::Issuer::terminal(neighbour, 1), index), neighbour_, brand_);
  }
  [[nodiscard]] std::string on_phone(std::uint64_t index) const {
    codes::RotatingCode code;
    code.card = card(codes::Issuer::hub(1), index);
    code.app_key = app_.public_key();
    const auto today = base::local_date_at(base::system_clock().wall_ms(), 0).days;
    code.card.issue_day = static_cast<std::uint16_t>(today);
    code.last_day = static_cast<std::uint16_t>(today + 30);
    return codes::compose_rotating(codes::sign_app_card(code, hub_, brand_),
                                   static_cast<std::uint32_t>(base::system_clock().wall_ms() / 1'000), app_, brand_);
  }
  [[nodiscard]] terminal::Terminal& terminal() { return *terminal_; }
  [[nodiscard]] std::uint64_t members() const { return members_; }

  // Signature alone, as the baseline of everything above it.
  void verify_only(std::string_view text) const {
    const auto code = codes::parse(text, brand_);
    MILLPOND_CHECK(code && codes::verify(*code, hub_.public_key(), brand_));
  }

 private:
  explicit Counter(std::uint64_t members) : members_{members} {}

  [[nodiscard]] codes::MemberCode card(codes::Issuer issuer, std::uint64_t index) const {
    return {brand_.tag(), issuer, member(index), 1, 20'000, 0};
  }

  base::Result<> open(const std::filesystem::path& dir) {
    const auto today = base::local_date_at(base::system_clock().wall_ms(), 0).days;
    MILLPOND_TRY(const auto key, terminal::load_or_make_key(dir / "identity"));
    wire::Certificate certificate;
    certificate.brand_tag = brand_.tag();
    certificate.hub_key = 1;
    certificate.terminal = {1};
    certificate.generation = 1;
    certificate.store = {1};
    certificate.key = key.public_key();
    certificate.first_day = static_cast<std::uint16_t>(today - 1);
    certificate.last_day = static_cast<std::uint16_t>(today + 89);
    const wire::HubKey hub_key{1, hub_.public_key(), {}};
    MILLPOND_TRY_DO(terminal::save_identity(dir / "identity", "http://127.0.0.1:1",
                                            {root_.public_key(),
                                             wire::vouch_hub_key(hub_key, root_),
                                             wire::issue_certificate(certificate, hub_, brand_),
                                             {}}));
    MILLPOND_TRY(auto identity, terminal::load_identity(dir / "identity"));
    identity_ = std::make_unique<terminal::Identity>(std::move(identity));
    store::JournalOptions options;
    options.path = dir / "journal.db";
    options.owner = {brand_, {1}, {1}};
    MILLPOND_TRY(auto journal, store::Journal::open(std::move(options), base::system_clock(), crypto::system_rng()));
    journal_ = std::make_unique<store::JournalThread>(std::move(journal));
    MILLPOND_TRY_DO(journal_->commit([&](store::Transaction& transaction) {
      return transaction.put_issuer({codes::Issuer::terminal(neighbour, 1).value, neighbour_.public_key(), 0});
    }));
    MILLPOND_TRY(replica_, store::Replica::open(dir / "replica.db"));
    time_ = std::make_unique<store::HubTime>(base::system_clock(), "bench",
                                             store::HubTime::Span{(today - 1) * day_ms, (today + 90) * day_ms});
    time_->hear(base::system_clock().wall_ms());
    terminal_ = std::make_unique<terminal::Terminal>(*identity_, *journal_, *replica_, *time_, crypto::system_rng());
    return {};
  }

  base::Result<> fill() {
    MILLPOND_TRY_DO(replica_->restart(1));
    for (std::uint64_t begin = 0; begin < members_; begin += rows_a_page) {
      wire::DownPage page;
      page.hub_wall_ms = base::system_clock().wall_ms();
      for (auto i = begin; i < std::min(begin + rows_a_page, members_); ++i) {
        wire::DownRow row;
        row.kind = static_cast<std::uint8_t>(wire::RowKind::member);
        base::append_big_endian(row.key, member(i).value, 8);
        row.body = wire::encode(wire::MemberRow{member(i), static_cast<std::int64_t>(i), 0, 1});
        page.rows.push_back(std::move(row));
      }
      page.next = {1, begin + page.rows.size(), begin + page.rows.size()};
      MILLPOND_TRY_DO(replica_->apply(page, 0));
    }
    return replica_->checkpoint_to_disk();
  }

  const std::uint64_t members_;
  const crypto::SigningKey root_ = crypto::SigningKey::generate();
  const crypto::SigningKey hub_ = crypto::SigningKey::generate();
  const crypto::SigningKey neighbour_ = crypto::SigningKey::generate();
  const crypto::SigningKey app_ = crypto::SigningKey::generate();
  const base::BrandId brand_ = crypto::brand_id_of(root_.public_key());
  std::unique_ptr<terminal::Identity> identity_;
  std::unique_ptr<store::JournalThread> journal_;
  std::unique_ptr<store::Replica> replica_;
  std::unique_ptr<store::HubTime> time_;
  std::unique_ptr<terminal::Terminal> terminal_;
};

void add_signatures(std::vector<Row>& rows, std::size_t times) {
  const auto key = crypto::SigningKey::generate();
  const auto brand = crypto::brand_id_of(key.public_key());
  base::Bytes payload(1'024);
  crypto::system_rng().fill(payload);
  crypto::Signature signature{};
  base::Hash hash{};
  Pair sign;
  Pair verify;
  for (std::size_t i = 0; i < times; ++i) {
    payload[i % payload.size()] ^= 1;
    const auto hashed = [&] { hash = crypto::blake2b(payload, hash); };
    sign.turn([&] { signature = key.sign(crypto::context::batch, brand, payload); }, hashed);
    verify.turn(
        [&] { MILLPOND_CHECK(crypto::verify(key.public_key(), crypto::context::batch, brand, payload, signature)); },
        hashed);
  }
  const std::string baseline = "BLAKE2b-256 of the same 1 KiB";
  rows.push_back(sign.row("crypto.sign.p50", 0.5, baseline, 1'000));
  rows.push_back(sign.row("crypto.sign.p99", 0.99, baseline, 1'000));
  rows.push_back(verify.row("crypto.verify.p50", 0.5, baseline, 1'000));
  rows.push_back(verify.row("crypto.verify.p99", 0.99, baseline, 1'000));
}

base::Result<> add_codes(std::vector<Row>& rows, Counter& counter, std::size_t times) {
  using Show = std::string (Counter::*)(std::uint64_t) const;
  struct Kind {
    const char* name;
    Show show;
  };
  for (const auto& kind :
       {Kind{"by the hub", &Counter::card_by_hub}, Kind{"by another terminal", &Counter::card_by_neighbour},
        Kind{"rotating", &Counter::on_phone}}) {
    base::SeededRng rng{11};
    Pair pair;
    for (std::size_t i = 0; i < times; ++i) {
      const auto index = rng.below(counter.members());
      const auto text = (counter.*kind.show)(index);
      const auto card = counter.card_by_hub(index);
      base::Result<terminal::MemberView> view = terminal::MemberView{};
      pair.turn([&] { view = counter.terminal().identify(text); }, [&] { counter.verify_only(card); });
      // The same member's phone twice within a step, drawn at random: refused as it should be.
      if (!view && view.error().code != base::Code::code_shown_before) return view.error();
    }
    const auto name = std::string{"crypto.code identified, "} + kind.name;
    rows.push_back(pair.row(name + ".p50", 0.5, "its signature alone", identified_us_max));
    rows.push_back(pair.row(name + ".p99", 0.99, "its signature alone", identified_us_max));
  }
  return {};
}

base::Result<> add_pins(std::vector<Row>& rows, std::size_t times) {
  const auto key = crypto::SecretKey::generate();
  const auto cost = crypto::pin_cost_for(crypto::measure_pin_pass_us(base::system_clock()));  // as a hub chooses it
  MILLPOND_TRY(const auto dear, crypto::hash_pin("739251", 1, key, cost));
  MILLPOND_TRY(const auto cheap, crypto::hash_pin("739251", 1, key, {1, 8U << 20}));
  Pair pair;
  for (std::size_t i = 0; i < times; ++i) {
    pair.turn([&] { MILLPOND_CHECK(crypto::pin_fits(dear, "739251", 1, key)); },
              [&] { MILLPOND_CHECK(crypto::pin_fits(cheap, "739251", 1, key)); });
  }
  auto row = pair.row("crypto.pin check.p50", 0.5, "argon2id, one pass of 8 MiB", pin_ms_max * 1'000);
  row.holds = row.holds && row.value >= pin_ms_min * 1'000;  // slow by design
  rows.push_back(std::move(row));
  return {};
}

base::Result<std::vector<Row>> run_crypto(const Options& options) {
  std::vector<Row> rows;
  add_signatures(rows, options.quick ? 500 : 5'000);
  MILLPOND_TRY_DO(add_pins(rows, options.quick ? 3 : 20));
  MILLPOND_TRY(const auto counter, Counter::make(options.dir, options.quick ? 100'000 : 1'000'000));
  MILLPOND_TRY_DO(add_codes(rows, *counter, options.quick ? 1'000 : 10'000));
  return rows;
}

const Registration registration{"crypto", "signatures, PINs, and member codes in a replica of a million", run_crypto};

}  // namespace
}  // namespace millpond::bench
