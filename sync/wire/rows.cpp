// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/messages.h"
#include "sync/wire/proto_fields.h"

#include <algorithm>
#include <functional>
#include <google/protobuf/stubs/logging.h>

namespace millpond::wire {
namespace {

constexpr std::uint32_t told_age_max = 150;  // years
constexpr std::uint64_t visits_max = 1'000'000'000;
constexpr std::uint64_t times_max = 1'000'000'000;  // of one campaign to one member

}  // namespace

void silence_library() {
  static const auto before = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(before);
}

namespace {

base::Result<model::MemberMarks> read_marks(const proto::MemberRow& in) {
  if (static_cast<std::size_t>(in.tags_size()) > model::member_tags_max) {
    return base::Error{base::Code::too_large, "decode member row", "too many tags"};
  }
  model::MemberMarks marks{in.verified(), in.rfm(), {in.tags().begin(), in.tags().end()}};
  const auto fits = [](const std::string& word) { return word.size() <= model::mark_bytes_max; };
  const bool ascending = std::ranges::adjacent_find(marks.tags, std::greater_equal<>{}) == marks.tags.end();
  if (!fits(marks.rfm) || !std::ranges::all_of(marks.tags, fits) || !ascending) {
    return bad_message("member row", "marks that nobody gives");
  }
  return marks;
}

base::Result<std::vector<model::CampaignTimes>> read_given(const proto::MemberRow& in) {
  if (static_cast<std::size_t>(in.given_size()) > model::campaign_times_max) {
    return base::Error{base::Code::too_large, "decode member row", "too many campaigns"};
  }
  std::vector<model::CampaignTimes> given;
  for (const auto& each : in.given()) {
    const bool ascending = given.empty() || given.back().campaign.value < each.campaign();
    if (!ascending || each.times() > times_max || each.times_that_day() > each.times()) {
      return bad_message("member row", "campaigns that nobody counts so");
    }
    given.push_back({{each.campaign()},
                     static_cast<std::int64_t>(each.times()),
                     {each.day()},
                     static_cast<std::int64_t>(each.times_that_day())});
  }
  return given;
}

}  // namespace

base::Bytes encode(const MemberRow& row) {
  proto::MemberRow out;
  out.set_member(row.member.value);
  out.set_points(row.points);
  out.set_qualifying_minor(row.qualifying_minor);
  out.set_version(row.version);
  out.set_same_as(row.same_as.value);
  for (const auto alias : row.aliases) out.add_aliases(alias.value);
  out.set_told_age_min(static_cast<std::uint32_t>(row.told_age_min));
  for (const auto& [active_day, points] : row.pending) {
    auto& each = *out.add_pending();
    each.set_active_day(active_day);
    each.set_points(points);
  }
  out.set_expires_day(row.expires_day);
  out.set_expiring_points(row.expiring_points);
  if (row.visits) out.set_visits(static_cast<std::uint64_t>(*row.visits));
  out.set_last_visit_day(row.last_visit_day);
  out.set_came_by(static_cast<std::uint32_t>(row.came_by));
  out.set_verified(row.marks.verified);
  out.set_rfm(row.marks.rfm);
  for (const auto& tag : row.marks.tags) out.add_tags(tag);
  for (const auto& given : row.given) {
    auto& each = *out.add_given();
    each.set_campaign(given.campaign.value);
    each.set_times(static_cast<std::uint64_t>(given.times));
    each.set_day(given.day.days);
    each.set_times_that_day(static_cast<std::uint64_t>(given.times_that_day));
  }
  return serialize(out);
}

base::Result<MemberRow> decode_member_row(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::MemberRow>(bytes, "member row"));
  if (static_cast<std::size_t>(in.aliases_size()) > member_aliases_max) {
    return base::Error{base::Code::too_large, "decode member row", "too many aliases"};
  }
  MemberRow row{{in.member()}, in.points(), in.qualifying_minor(), in.version(), {in.same_as()}};
  for (const auto alias : in.aliases()) row.aliases.push_back({alias});
  if (in.told_age_min() > told_age_max) return bad_message("member row", "an age that nobody has");
  row.told_age_min = static_cast<std::int32_t>(in.told_age_min());
  if (static_cast<std::size_t>(in.pending_size()) > member_pending_max) {
    return base::Error{base::Code::too_large, "decode member row", "too many days of pending points"};
  }
  for (const auto& each : in.pending()) row.pending.push_back({each.active_day(), each.points()});
  row.expires_day = in.expires_day();
  row.expiring_points = in.expiring_points();
  if (in.has_visits()) {
    if (in.visits() > visits_max) return bad_message("member row", "more visits than anybody makes");
    row.visits = static_cast<std::int64_t>(in.visits());
  }
  row.last_visit_day = in.last_visit_day();
  if (in.came_by() <= static_cast<std::uint32_t>(model::Channel::gateway)) {  // a later one is not known here
    row.came_by = static_cast<model::Channel>(in.came_by());
  }
  MILLPOND_TRY(row.marks, read_marks(in));
  MILLPOND_TRY(row.given, read_given(in));
  return row;
}

PointsOnDay points_on(const MemberRow& row, base::LocalDate today) {
  PointsOnDay day{row.points, 0};
  if (row.expires_day != 0 && row.expires_day < today.days) day.points -= row.expiring_points;
  for (const auto& [active_day, points] : row.pending) {
    if (active_day > today.days) day.pending += points;
  }
  return day;
}

base::Bytes encode(const CouponRow& row) {
  proto::CouponRow out;
  out.set_coupon(row.coupon.value);
  out.set_member(row.member.value);
  out.set_campaign(row.campaign.value);
  out.set_store(row.store.value);
  out.set_issuer(row.issuer.value);
  out.set_value_minor(row.value_minor);
  out.set_threshold_minor(row.threshold_minor);
  out.set_not_before_day(row.not_before_day);
  out.set_expires_day(row.expires_day);
  out.set_state(static_cast<std::uint32_t>(row.state));
  return serialize(out);
}

base::Result<CouponRow> decode_coupon_row(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::CouponRow>(bytes, "coupon row"));
  if (in.state() < 1 || in.state() > 5) return bad_message("coupon row", "an unknown state");
  return CouponRow{{in.coupon()},        {in.member()},
                   {in.campaign()},      {in.store()},
                   {in.issuer()},        in.value_minor(),
                   in.threshold_minor(), in.not_before_day(),
                   in.expires_day(),     static_cast<CouponState>(in.state())};
}

base::Bytes encode(const IssuerRow& row) {
  proto::IssuerRow out;
  out.set_issuer(row.issuer);
  out.set_key(text_of_array(row.key));
  out.set_revoked_from_seq(row.revoked_from_seq);
  return serialize(out);
}

base::Result<IssuerRow> decode_issuer_row(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::IssuerRow>(bytes, "issuer row"));
  IssuerRow row;
  row.issuer = in.issuer();
  if (!copy_exactly(in.key(), row.key)) return bad_message("issuer row", "a key of another length");
  row.revoked_from_seq = in.revoked_from_seq();
  return row;
}

base::Bytes encode(const ProfileRow& row) {
  proto::ProfileRow out;
  out.set_member(row.member.value);
  out.set_shown_name(row.shown_name);
  for (const auto& field : row.fields) {
    auto* const added = out.add_fields();
    added->set_field(field.field);
    added->set_version(field.version);
  }
  for (const auto& consent : row.consents) {
    auto* const added = out.add_consents();
    added->set_purpose(consent.purpose);
    added->set_version(consent.version);
    added->set_granted(consent.granted);
  }
  return serialize(out);
}

base::Result<ProfileRow> decode_profile_row(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::ProfileRow>(bytes, "profile row"));
  const auto most = static_cast<int>(profile_fields_max);
  if (in.fields_size() > most || in.consents_size() > most) {
    return base::Error{base::Code::too_large, "decode profile row", "too many fields"};
  }
  ProfileRow row{{in.member()}, in.shown_name()};
  for (const auto& field : in.fields()) row.fields.push_back({field.field(), field.version()});
  for (const auto& consent : in.consents()) {
    row.consents.push_back({consent.purpose(), consent.version(), consent.granted()});
  }
  return row;
}

base::Bytes encode(const ProgrammeRow& row) {
  proto::ProgrammeRow out;
  out.set_version(row.version);
  out.set_hub_key(row.hub_key);
  out.set_json(std::string{base::text_of(row.json)});
  out.set_signature(text_of_array(row.signature));
  return serialize(out);
}

base::Result<ProgrammeRow> decode_programme_row(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::ProgrammeRow>(bytes, "programme row"));
  ProgrammeRow row;
  row.version = in.version();
  row.hub_key = in.hub_key();
  row.json.assign(in.json().begin(), in.json().end());
  if (!copy_exactly(in.signature(), row.signature))
    return bad_message("programme row", "a signature of another length");
  return row;
}

base::Bytes encode(const VerdictRow& row) {
  proto::VerdictRow out;
  out.set_epoch(row.epoch.value);
  out.set_seq(row.seq.value);
  out.set_code(row.code);
  return serialize(out);
}

base::Result<VerdictRow> decode_verdict_row(base::ByteView bytes) {
  MILLPOND_TRY(const auto in, parse<proto::VerdictRow>(bytes, "verdict row"));
  return VerdictRow{{in.epoch()}, {in.seq()}, in.code()};
}

}  // namespace millpond::wire
