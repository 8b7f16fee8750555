// SPDX-License-Identifier: Apache-2.0
// A machine that was switched off for longer than it may keep personal data: whoever opens its shop meets none.
#include "kiosk/service/shop.h"
#include "sync/base/file.h"
#include "sync/store/silence.h"
#include "sync/wire/people_rows.h"
#include "tests/unit/terminal/shop.h"

using namespace millpond;

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr base::MemberId told{88};
constexpr std::string_view told_phone = "+8613600136000";
constexpr std::string_view enrolled_phone = "+8613800138000";

std::array<std::uint8_t, 16> hash_of(std::string_view phone) {
  std::array<std::uint8_t, 32> phone_key{};
  phone_key.fill(0x5a);
  return crypto::keyed_blake2b_16(phone_key, base::view_of(phone));
}

struct Machine {
  tests::TempDir folder;
  tests::Brand brand;
  tests::ManualClock clock{tests::noon_ms};
  std::unique_ptr<service::Shop> shop;

  Machine() {
    const auto key = terminal::load_or_make_key(folder.path());
    REQUIRE(key);
    REQUIRE(terminal::save_identity(folder.path(), "http://127.0.0.1:1", brand.provision(key->public_key(), 1)));
    open();
    wire::StoreSecrets secrets{.generation = 1};
    secrets.phone_key.fill(0x5a);
    const auto receiver = crypto::sealing_key_of(key->public_key());
    REQUIRE(receiver);
    wire::DownPage page;
    page.next = {1, 1};
    page.hub_wall_ms = clock.wall_ms();
    page.rows = {
        tests::row_of(wire::RowKind::store_secrets, 1, crypto::seal(*receiver, wire::encode(secrets))),
        tests::row_of(wire::RowKind::profile, told.value, wire::encode(wire::ProfileRow{told, "136****6000"}))};
    wire::DownRow phone;
    phone.kind = static_cast<std::uint8_t>(wire::RowKind::phone);
    const auto hash = hash_of(told_phone);
    phone.key.assign(hash.begin(), hash.end());
    base::append_big_endian(phone.body, told.value, 8);
    page.rows.push_back(phone);
    REQUIRE(shop->replica().apply(page, 0));
  }
  void open() {
    service::Settings settings;
    settings.printer = service::PrinterKind::none;
    auto opened = service::Shop::open(folder.path(), settings, {}, clock, {});
    if (!opened) FAIL(base::describe(opened.error()));
    shop = std::move(*opened);
  }
  void with_journal(const std::function<base::Result<>(store::Journal&)>& question) {
    base::Result<> answer;
    REQUIRE(shop->journal().with([&](store::Journal& journal) { answer = question(journal); }));
    REQUIRE(answer);
  }
  void acknowledge() {
    with_journal([&](store::Journal& journal) -> base::Result<> {
      MILLPOND_TRY(const auto status, journal.outbox());
      return journal.acknowledge(status.epoch, status.head, {}, clock.wall_ms());
    });
  }
  void hear_the_hub() {
    with_journal([&](store::Journal& journal) -> base::Result<> {
      store::Silence silence{clock};
      MILLPOND_TRY_DO(silence.load(journal));
      silence.heard(clock.wall_ms());
      return silence.save(journal);
    });
  }
  // What whoever works with the shop meets.
  [[nodiscard]] std::string left() {
    std::string words;
    if (shop->replica().find_profile(told).value()) words += " name";
    if (shop->replica().find_phone(hash_of(told_phone)).value()) words += " phone";
    if (!shop->replica().rows_of(wire::RowKind::store_secrets)->empty()) words += " keys";
    with_journal([&](store::Journal& journal) -> base::Result<> {
      MILLPOND_TRY_DO(journal.read([&](store::Transaction& transaction) -> base::Result<> {
        MILLPOND_TRY(const auto found, transaction.find_phone(shop->replica().phone_at_rest(hash_of(enrolled_phone))));
        if (found) words += " own_phone";
        return {};
      }));
      MILLPOND_TRY(const auto status, journal.outbox());
      MILLPOND_TRY(const auto batch, journal.read_batch(status.epoch, {1}, 100, 1U << 20));
      for (const auto& row : batch.rows) words += row.payload.empty() ? "" : " payload";
      return {};
    });
    return words;
  }
};

}  // namespace

TEST_CASE("A shop that opens after 30 days without the hub has forgotten before anybody can ask it") {
  struct Row {
    std::int64_t days;
    bool acknowledged;
    const char* left;
  };
  for (const Row& row : {Row{29, true, " name phone keys own_phone payload"}, Row{31, true, ""},
                         Row{31, false, " payload"}, Row{400, true, ""}}) {
    CAPTURE(row.days, row.acknowledged);
    Machine machine;
    REQUIRE(machine.shop->terminal().enrol(tests::Shop::enrolment("13800138000")));
    if (row.acknowledged) machine.acknowledge();
    machine.hear_the_hub();
    REQUIRE(machine.left() == " name phone keys own_phone payload");
    machine.shop.reset();
    machine.clock.advance_ms(row.days * day_ms);
    machine.clock.set_monotonic_ms(1'000);
    machine.open();  // and nothing of it runs yet: neither sync nor link nor gateway
    CHECK(machine.left() == row.left);
  }
}
