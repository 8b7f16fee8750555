// SPDX-License-Identifier: Apache-2.0
// Promise 10, by enumeration: whoever has the disk of a terminal that is switched off, with every key on it, and knows
// this program, finds no phone number, neither written down nor by testing numbers. The machine's root key is not on
// that disk: it is a credential. With it the same search finds what the design says it may.
#include "sync/base/file.h"
#include "sync/terminal/machine_key.h"
#include "tests/unit/terminal/shop.h"

#include <set>
#include <unordered_set>

using namespace millpond;
using wire::RowKind;

namespace {

constexpr int numbers = 12;  // the range that is tested: +86138001380NN
constexpr std::size_t key_size = crypto::SecretKey::size;

std::string number(int i) { return "+86138001380" + std::string(i < 10 ? "0" : "") + std::to_string(i); }

// A terminal at work: two members enrolled here, two that the hub told of, one of them with a masked name.
class Machine {
 public:
  Machine() {
    REQUIRE(base::write_file(credentials.path() / terminal::root_credential, root));
    const auto key = terminal::load_or_make_key(disk.path());
    REQUIRE(key);
    auto provisioned = brand.provision(key->public_key(), 1);
    REQUIRE(terminal::save_identity(disk.path(), "https://hub.example", provisioned));
    work();
  }

  // Every file of the machine, once it is switched off.
  [[nodiscard]] std::vector<base::Bytes> files() const {
    std::vector<base::Bytes> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{disk.path()}) {
      if (!entry.is_regular_file()) continue;
      auto bytes = base::read_file(entry.path());
      REQUIRE(bytes);
      all.push_back(std::move(*bytes));
    }
    return all;
  }

  const tests::Brand brand;
  const tests::TempDir disk;
  const tests::TempDir credentials;
  const base::Bytes root = base::Bytes(key_size, 0xC3);
  wire::StoreSecrets secrets;

 private:
  void work() {
    const auto machine_key = terminal::load_or_make_machine_key(disk.path(), credentials.path());
    REQUIRE(machine_key);
    auto identity = terminal::load_identity(disk.path());
    REQUIRE(identity);
    tests::ManualClock clock{tests::noon_ms};
    base::SeededRng rng{5};
    store::JournalOptions options;
    options.path = disk / "journal.db";
    options.owner = {identity->brand, identity->certificate.terminal, identity->certificate.store};
    options.machine = {"machine", "disk", 1};
    auto opened = store::Journal::open(options, clock, rng);
    REQUIRE(opened);
    store::JournalThread journal{std::move(*opened)};
    const auto replica =
        store::Replica::open(disk / "replica.db", {}, std::make_shared<store::PersonalFields>(machine_key->root));
    REQUIRE(replica);
    const store::HubTime time{clock, "boot", {0, 2 * tests::noon_ms}};
    terminal::Terminal terminal{*identity, journal, **replica, time, rng};
    REQUIRE((*replica)->apply(page_of(identity->key.public_key()), 0));
    for (const int i : {3, 4}) {
      const auto enrolled = terminal.enrol(tests::Shop::enrolment(number(i)));
      REQUIRE(enrolled);
      REQUIRE(terminal.enrol(tests::Shop::enrolment(number(i)))->member == enrolled->member);  // the look-up works
    }
    REQUIRE(terminal.whose(number(7)));
    REQUIRE((*replica)->checkpoint_to_disk());
  }

  wire::DownPage page_of(const crypto::PublicKey& key) {
    crypto::system_rng().fill(secrets.phone_key);
    crypto::system_rng().fill(secrets.pin_key);
    secrets.generation = 1;
    wire::DownPage page;
    page.next = {1, 9, 9};
    page.rows.push_back(
        tests::row_of(RowKind::store_secrets, 1, crypto::seal(*crypto::sealing_key_of(key), wire::encode(secrets))));
    for (const int i : {7, 8}) {
      const auto member = static_cast<std::uint64_t>(100 + i);
      const auto hash = crypto::keyed_blake2b_16(secrets.phone_key, base::view_of(number(i)));
      wire::DownRow phone;
      phone.kind = static_cast<std::uint8_t>(RowKind::phone);
      phone.key.assign(hash.begin(), hash.end());
      base::append_big_endian(phone.body, member, 8);
      page.rows.push_back(std::move(phone));
      page.rows.push_back(tests::member_row({member}, 10));
      page.rows.push_back(tests::row_of(RowKind::profile, member,
                                        wire::encode(wire::ProfileRow{{member}, "138****" + number(i).substr(10)})));
    }
    return page;
  }
};

bool written_in(const std::vector<base::Bytes>& files, std::string_view text) {
  const auto wanted = base::view_of(text);
  return std::ranges::any_of(
      files, [&](const base::Bytes& file) { return std::ranges::search(file, wanted).begin() != file.end(); });
}

// Everything of 16 bytes that stands anywhere, by its first 8.
std::unordered_set<std::uint64_t> every_16_bytes(const std::vector<base::Bytes>& files) {
  std::unordered_set<std::uint64_t> all;
  for (const auto& file : files) {
    for (std::size_t at = 0; at + 16 <= file.size(); ++at) {
      all.insert(base::read_big_endian(base::ByteView{file}.subspan(at, 8)));
    }
  }
  return all;
}

// Everything of 32 bytes that may be a key: wherever it stands, and in hexadecimal text.
std::set<base::Bytes> every_key(const std::vector<base::Bytes>& files) {
  std::set<base::Bytes> keys;
  for (const auto& file : files) {
    for (std::size_t at = 0; at + key_size <= file.size(); ++at) {
      const auto window = base::ByteView{file}.subspan(at, key_size);
      // Empty pages and text are no keys; a random key has this few equal bytes once in 10^30.
      if (std::set<std::uint8_t>{window.begin(), window.end()}.size() >= 20) keys.emplace(window.begin(), window.end());
    }
    for (std::size_t at = 0; at + 2 * key_size <= file.size(); ++at) {
      const auto key = base::from_hex(base::text_of(base::ByteView{file}.subspan(at, 2 * key_size)));
      if (key) keys.insert(*key);
    }
  }
  return keys;
}

// Numbers of the range whose hash under one of the keys stands in the files.
std::set<int> found_by_testing(const std::set<base::Bytes>& keys, const std::unordered_set<std::uint64_t>& there) {
  std::set<int> found;
  for (const auto& key : keys) {
    for (int i = 0; i < numbers; ++i) {
      const auto hash = crypto::keyed_blake2b_16(key, base::view_of(number(i)));
      if (there.contains(base::read_big_endian(base::ByteView{hash}.first(8)))) found.insert(i);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("A stolen disk with every key on it gives no phone number away", "[promise_10]") {
  const Machine machine;
  const auto files = machine.files();
  REQUIRE(files.size() >= 4);  // key, identity, journal, replica
  CHECK_FALSE(std::filesystem::exists(machine.disk / "root.key"));
  for (int i = 0; i < numbers; ++i) {
    CAPTURE(i);
    CHECK_FALSE(written_in(files, number(i).substr(3)));
    CHECK_FALSE(written_in(files, "138****" + number(i).substr(10)));
  }

  auto keys = every_key(files);
  REQUIRE(keys.size() > 1'000);
  const auto identity = terminal::load_identity(machine.disk.path());
  REQUIRE(identity);
  // The thief knows the program too: what was sealed for this terminal's key, and keys derived from it.
  const auto opening = identity->key.opening_key();
  {
    const auto replica = store::Replica::open(machine.disk / "replica.db");
    REQUIRE(replica);
    const auto rows = (*replica)->rows_of(RowKind::store_secrets);
    REQUIRE(rows);
    REQUIRE(rows->size() == 1);
    CHECK_FALSE(opening.open(rows->front().body));
  }
  const auto seed = base::read_file(machine.disk / "terminal.key");
  REQUIRE(seed);
  REQUIRE(keys.contains(*seed));
  std::array<std::uint8_t, key_size> as_root{};
  std::ranges::copy(*seed, as_root.begin());
  const store::PersonalFields guessed{crypto::SecretKey::of(as_root)};
  const auto there = every_16_bytes(files);
  for (int i = 0; i < numbers; ++i) {
    const auto plain = crypto::keyed_blake2b_16(*seed, base::view_of(number(i)));
    const auto filed = guessed.phone(plain);
    CHECK_FALSE(there.contains(base::read_big_endian(base::ByteView{filed}.first(8))));
  }
  CHECK(found_by_testing(keys, there).empty());
  // Not even with the keys of its scope, of which another terminal may have been robbed.
  const base::Bytes phone_key{machine.secrets.phone_key.begin(), machine.secrets.phone_key.end()};
  CHECK(found_by_testing({phone_key}, there).empty());
}

TEST_CASE("With the machine's root key the same search finds whom the terminal knew", "[promise_10]") {
  const Machine machine;
  const auto there = every_16_bytes(machine.files());
  const auto machine_key = terminal::load_or_make_machine_key(machine.disk.path(), machine.credentials.path());
  REQUIRE(machine_key);
  const auto fields = std::make_shared<const store::PersonalFields>(machine_key->root);
  const auto identity = terminal::load_identity(machine.disk.path());
  REQUIRE(identity);
  wire::StoreSecrets secrets;
  {
    const auto replica = store::Replica::open(machine.disk / "replica.db", {}, fields);
    REQUIRE(replica);
    const auto rows = (*replica)->rows_of(RowKind::store_secrets);
    REQUIRE(rows);
    const auto opened = identity->key.opening_key().open(rows->at(0).body);
    REQUIRE(opened);
    secrets = wire::decode_store_secrets(*opened).value();
  }
  std::set<int> found;
  for (int i = 0; i < numbers; ++i) {
    const auto filed = fields->phone(crypto::keyed_blake2b_16(secrets.phone_key, base::view_of(number(i))));
    if (there.contains(base::read_big_endian(base::ByteView{filed}.first(8)))) found.insert(i);
  }
  CHECK(found == std::set<int>{3, 4, 7, 8});
}
