// SPDX-License-Identifier: Apache-2.0
// Machines that want to become terminals, or to stay one.
#include "sync/codes/base45.h"
#include "sync/wire/renewal.h"
#include "tests/contract/refusals/doors.h"
#include "tests/support/pretend_brand.h"
#include "tests/unit/terminal/shop.h"

namespace millpond::tests {
namespace {

using base::Code;

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 1'440 * minute_ms;
constexpr std::string_view no_order = "one code stands for itself and for no place in an order";
constexpr std::string_view says_the_shop =
    "it says itself which shop it is for; the digits on both screens are compared";

// A hub, and machines that nobody knows yet.
struct Desk {
  PretendBrand brand;
  crypto::SigningKey machine = crypto::SigningKey::generate();
  crypto::SigningKey other = crypto::SigningKey::generate();

  Desk() { brand.core->set_people({{}, crypto::PinCost{1, 8U << 10}}); }

  [[nodiscard]] std::string code() const { return brand.core->add_terminal({4}).value().code; }
  [[nodiscard]] Verdict provision(const std::string& code, const crypto::SigningKey& key) const {
    return verdict_of(brand.core->provision({code, key.public_key()}));
  }
  [[nodiscard]] std::string order() const {
    return brand.core->add_order({4}, 1, "+86 138 0000 2917", "739251").value().code;
  }
  [[nodiscard]] Verdict activate(const std::string& code, const crypto::SigningKey& key,
                                 const std::string& pin = "739251") const {
    return verdict_of(brand.core->provision({code, key.public_key(), "13800002917", pin}));
  }
  [[nodiscard]] static wire::GrantSheet sheet(const hub::NewGrant& grant) {
    return wire::decode_sheet(codes::base45_decode(grant.sheet.substr(wire::sheet_prefix.size())).value()).value();
  }
  [[nodiscard]] wire::BindRequest binding() const {
    const auto sheet = Desk::sheet(brand.core->add_grant({.store = {4}, .hub_url = "https://hub.example"}).value());
    const auto checked = wire::check_sheet(sheet).value();
    return {sheet.grant, machine.public_key(), wire::bind_grant(checked.key, checked.brand, machine.public_key())};
  }
  [[nodiscard]] Verdict bind(const wire::BindRequest& request) const {
    return verdict_of(brand.core->bind_grant(request));
  }
};

Verdict typed(const std::string& code) {
  const auto digits = wire::normalise_provision_code(code);
  if (!digits) return digits.error().code;
  const Desk at;
  return at.provision(*digits, at.machine);
}

Door one_time_code() {
  return {"one-time code",
          [] {
            const Desk at;
            return at.provision(at.code(), at.machine);
          },
          {refused(Code::provision_code_invalid, [] { return typed("7K3QX-9MZ2D"); }),
           refused(Code::provision_code_invalid,
                   [] {
                     const Desk at;
                     return typed(at.code().substr(0, 9));
                   }),
           refused(Code::provision_code_invalid,
                   [] {
                     const Desk at;
                     const auto code = at.code();
                     REQUIRE_FALSE(at.provision(code, at.machine));
                     return at.provision(code, at.other);
                   }),
           senseless(no_order),
           refused(Code::provision_code_invalid,
                   [] {
                     Desk at;
                     const auto code = at.code();
                     at.brand.clock.advance_ms(wire::provision_code_ms);
                     return at.provision(code, at.machine);
                   }),
           senseless(says_the_shop),
           refused(Code::provision_code_invalid,
                   [] {
                     const Desk at;
                     const Desk rival;
                     return at.provision(rival.code(), at.machine);
                   }),
           senseless("a code is good from the moment at which it is made")},
          "/v1/provision"};
}

Door work_order() {
  return {"work order",
          [] {
            const Desk at;
            return at.activate(at.order(), at.machine);
          },
          {refused(Code::work_order_invalid,
                   [] {
                     const Desk at;
                     return at.activate(at.order(), at.machine, "739252");
                   }),
           refused(Code::work_order_invalid,
                   [] {
                     const Desk at;
                     return at.activate(at.order().substr(0, 9), at.machine);
                   }),
           refused(Code::work_order_invalid,
                   [] {
                     const Desk at;
                     const auto order = at.order();
                     REQUIRE_FALSE(at.activate(order, at.machine));
                     return at.activate(order, at.other);
                   }),
           senseless(no_order),
           refused(Code::work_order_invalid,
                   [] {
                     Desk at;
                     const auto order = at.order();
                     at.brand.clock.advance_ms(wire::order_days * day_ms);
                     return at.activate(order, at.machine);
                   }),
           senseless(says_the_shop),
           refused(Code::work_order_invalid,
                   [] {
                     const Desk at;
                     const Desk rival;
                     return at.activate(rival.order(), at.machine);
                   }),
           senseless("an order is good from the moment at which it is made")}};
}

Door binding() {
  return {"grant shown to the hub",
          [] {
            const Desk at;
            return at.bind(at.binding());
          },
          {refused(Code::grant_invalid,
                   [] {
                     const Desk at;
                     auto request = at.binding();
                     request.terminal_key = at.other.public_key();
                     return at.bind(request);
                   }),
           refused(Code::bad_input,
                   [] {
                     const Desk at;
                     auto request = at.binding();
                     request.grant.pop_back();
                     return verdict_of(wire::parse_bind_request(wire::to_json(request)));
                   }),
           refused(Code::grant_invalid,
                   [] {
                     const Desk at;
                     const auto grant = at.brand.core->add_grant({.store = {4}, .hub_url = "https://hub.example"});
                     const auto sheet = Desk::sheet(grant.value());
                     const auto checked = wire::check_sheet(sheet).value();
                     const auto by = [&](const crypto::SigningKey& key) {
                       return wire::BindRequest{sheet.grant, key.public_key(),
                                                wire::bind_grant(checked.key, checked.brand, key.public_key())};
                     };
                     REQUIRE_FALSE(at.bind(by(at.machine)));
                     return at.bind(by(at.other));
                   }),
           senseless(no_order),
           refused(Code::grant_expired,
                   [] {
                     Desk at;
                     const auto request = at.binding();
                     at.brand.clock.advance_ms(16 * day_ms);
                     return at.bind(request);
                   }),
           senseless(says_the_shop),
           refused(Code::grant_invalid,
                   [] {
                     const Desk at;
                     const Desk rival;
                     return at.bind(rival.binding());
                   }),
           senseless("the hub made it, by the clock that it is judged by")},
          "/v1/bind"};
}

// A machine without a line, and the sheet that somebody brought.
struct Paper {
  Brand brand;
  wire::Grant grant;
  wire::GrantSheet sheet;
  TempDir folder;

  Paper() {
    sheet.seed.fill(7);
    grant.hub_key = brand.hub_key.number;
    grant.terminal = {9};
    grant.store = {4};
    grant.key = crypto::SigningKey::from_seed(sheet.seed).public_key();
    grant.first_day = 20'700;
    grant.last_day = 20'714;
    sheet.root = brand.root.public_key();
    sheet.hub_key = wire::vouch_hub_key(brand.hub_key, brand.root);
    sheet.grant = wire::issue_grant(grant, brand.hub, brand.id);
    sheet.hub_url = "https://hub.example";
  }
  [[nodiscard]] Verdict use(std::int32_t day = 20'705) const { return use_in(folder.path(), day); }
  [[nodiscard]] Verdict use_in(const std::filesystem::path& machine, std::int32_t day = 20'705) const {
    const auto read = wire::decode_sheet(wire::encode_sheet(sheet));
    if (!read) return read.error().code;
    const auto checked = wire::check_sheet(*read);
    if (!checked) return checked.error().code;
    return verdict_of(terminal::save_granted(machine, *read, *checked, day));
  }
};

Door grant_sheet() {
  return {
      "grant sheet",
      [] { return Paper{}.use(); },
      {refused(Code::grant_invalid,
               [] {
                 Paper at;
                 at.sheet.grant[50] ^= 1U;
                 return at.use();
               }),
       refused(Code::grant_invalid,
               [] {
                 const Paper at;
                 const auto bytes = wire::encode_sheet(at.sheet);
                 return verdict_of(wire::decode_sheet(base::ByteView{bytes}.first(bytes.size() - 1)));
               }),
       taken("without a line nobody can know of the first machine; the hub refuses the second one",
             [] {
               const Paper at;
               REQUIRE_FALSE(at.use());
               return at.use_in(at.folder / "another-machine");
             }),
       senseless(no_order), refused(Code::grant_expired, [] { return Paper{}.use(20'715); }), senseless(says_the_shop),
       refused(Code::grant_invalid,
               [] {
                 Paper at;
                 at.sheet.hub_key = wire::vouch_hub_key(at.brand.hub_key, Brand{}.root);
                 return at.use();
               }),
       refused(Code::clock_skew, [] { return Paper{}.use(20'699); })}};
}

// What a hub answered to a machine that came with a code.
struct Answered {
  Brand brand;
  crypto::SigningKey machine = crypto::SigningKey::generate();
  wire::ProvisionAnswer answer = brand.provision(machine.public_key(), 9);

  [[nodiscard]] Verdict check() const { return verdict_of(wire::check_answer(answer, machine.public_key())); }
};

Door provisioning_answer() {
  return {"provisioning answer",
          [] { return Answered{}.check(); },
          {refused(Code::certificate_invalid,
                   [] {
                     Answered at;
                     at.answer.certificate[40] ^= 1U;
                     return at.check();
                   }),
           refused(Code::bad_input,
                   [] {
                     const auto json = wire::to_json(Answered{}.answer);
                     return verdict_of(wire::parse_provision_answer(base::ByteView{json}.first(json.size() - 9)));
                   }),
           refused(Code::certificate_invalid,
                   [] {
                     Answered at;
                     at.answer = at.brand.provision(crypto::SigningKey::generate().public_key(), 8);
                     return at.check();
                   }),
           senseless(no_order), senseless("the days of the certificate in it are looked at where value is issued"),
           senseless(says_the_shop),
           refused(Code::certificate_invalid,
                   [] {
                     Answered at;
                     at.answer.root = Brand{}.root.public_key();
                     return at.check();
                   }),
           senseless("the days of the certificate in it are looked at where value is issued")}};
}

// A terminal that is one already, and what it is offered as its next certificate.
struct Renewing {
  Brand brand;
  crypto::SigningKey machine = crypto::SigningKey::generate();
  wire::Certificate before{brand.id.tag(),       1, {9}, 1, {19}, machine.public_key(), 20'700, 20'790,
                           wire::Role::terminal, 5};

  [[nodiscard]] Verdict offer(const std::function<void(wire::Certificate&)>& change) const {
    auto next = before;
    next.first_day = 20'760;
    next.last_day = 20'850;
    next.serial = 6;
    change(next);
    return offer(wire::issue_certificate(next, brand.hub, brand.id));
  }
  [[nodiscard]] Verdict offer(base::Bytes certificate) const {
    const wire::RenewAnswer answer{wire::vouch_hub_key(brand.hub_key, brand.root), std::move(certificate)};
    return verdict_of(wire::check_renewal(answer, before, brand.root.public_key()));
  }
};

enum class Clock { of_the_machine, carried_on };  // from the hub's word

// Why a sale brought no coupon on a day.
Verdict issues_on(std::int32_t day, Clock clock = Clock::of_the_machine) {
  const Brand brand;
  Shop shop{brand};
  const auto member = shop.enrol("13800138000");
  if (clock == Clock::carried_on) {
    shop.hub_says_time(tests::noon_ms);
    shop.clock.advance_ms(day * day_ms - tests::noon_ms);
  } else {
    shop.clock.set_wall_ms(day * day_ms);
  }
  return shop.post(shop.sale_of("T-1", 4'200, member)).coupon_refused;
}

Door certificate() {
  return {
      "certificate",
      [] {
        REQUIRE_FALSE(issues_on(20'778));
        return Renewing{}.offer([](auto&) {});
      },
      {refused(Code::certificate_invalid,
               [] {
                 const Renewing at;
                 return at.offer(wire::issue_certificate(at.before, Brand{}.hub, at.brand.id));
               }),
       refused(Code::certificate_invalid,
               [] {
                 const Renewing at;
                 auto bytes = wire::issue_certificate(at.before, at.brand.hub, at.brand.id);
                 bytes.pop_back();
                 return at.offer(std::move(bytes));
               }),
       refused(Code::certificate_invalid,
               [] {
                 return Renewing{}.offer([](auto& next) {
                   next.first_day = 20'640;
                   next.last_day = 20'730;
                 });
               }),
       refused(Code::certificate_invalid, [] { return Renewing{}.offer([](auto& next) { next.last_day = 20'789; }); }),
       refused(Code::certificate_expired, [] { return issues_on(20'851, Clock::carried_on); }),
       refused(Code::certificate_invalid, [] { return Renewing{}.offer([](auto& next) { next.store = {20}; }); }),
       refused(Code::certificate_invalid,
               [] {
                 const Renewing at;
                 return at.offer(wire::issue_certificate(at.before, at.brand.hub, Brand{}.id));
               }),
       refused(Code::time_unknown, [] { return issues_on(20'690); })}};
}

}  // namespace

std::vector<Door> newcomer_doors() {
  return {one_time_code(), work_order(), provisioning_answer(), certificate(), grant_sheet(), binding()};
}

}  // namespace millpond::tests
