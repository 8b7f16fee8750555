// SPDX-License-Identifier: Apache-2.0
// wire: what a batch of the published mix (tests/support/sales_mix.h) takes on the line and of a processor, whole
// request with chain values and signature, against the same facts as JSON with gzip, and against zstd 19 over the same
// columns. Times are of this thread, so that other load shows less; all of a batch are measured in turns.
#include "sync/wire/column_rows.h"
#include "tests/bench/bench.h"
#include "tests/support/sales_batch.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <zlib.h>
#include <zstd.h>

namespace millpond::bench {
namespace {

using Json = nlohmann::json;

constexpr std::string_view json_gzip = "JSON, gzip 6";

double cpu_us() {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double spent_us(const std::function<void()>& work) {
  const auto begin = cpu_us();
  work();
  return cpu_us() - begin;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Json json_of(const model::SaleRecorded& sale) {
  Json json{{"store", sale.key.store.value},
            {"till", sale.key.till},
            {"business_date", sale.key.business_date.days},
            {"transaction", sale.key.transaction},
            {"member", sale.member.value},
            {"currency", sale.currency.view()},
            {"total_minor", sale.total_minor},
            {"tax_minor", sale.tax_minor},
            {"eligible_minor", sale.eligible_minor},
            {"body_tag", base::to_hex(sale.body_tag)}};
  for (const auto& line : sale.lines) {
    json["lines"].push_back({{"id", line.id},
                             {"sku", line.sku},
                             {"quantity", line.quantity},
                             {"category", line.category},
                             {"net_minor", line.net_minor},
                             {"discount_minor", line.discount_minor}});
  }
  for (const auto& tender : sale.tenders) {
    json["tenders"].push_back({{"type", static_cast<int>(tender.type)}, {"amount_minor", tender.amount_minor}});
  }
  return json;
}

Json json_of(const model::PointsEarned& points) {
  return {{"member", points.member.value},
          {"sale", points.sale.value},
          {"points", points.points},
          {"base_minor", points.base_minor}};
}

Json json_of(const model::CouponIssued& coupon) {
  return {{"coupon", coupon.coupon.value},        {"member", coupon.member.value},
          {"campaign", coupon.campaign.value},    {"store", coupon.store.value},
          {"value_minor", coupon.value_minor},    {"threshold_minor", coupon.threshold_minor},
          {"not_before", coupon.not_before.days}, {"expires", coupon.expires.days},
          {"cause", base::to_hex(coupon.cause)},  {"sale", coupon.sale.value}};
}

Json json_of(const model::PrintFinished& print) {
  return {{"intent", print.intent.value}, {"outcome", static_cast<int>(print.outcome)}};
}

template <class Redeemed>
requires requires(Redeemed redeemed) {
  redeemed.value_minor;
  redeemed.sale;
}
Json json_of(const Redeemed& redeemed) {
  return {{"coupon", redeemed.coupon.value},
          {"member", redeemed.member.value},
          {"campaign", redeemed.campaign.value},
          {"sale", redeemed.sale.value},
          {"value_minor", redeemed.value_minor}};
}

Json json_of(const model::Fact& fact) {
  auto json = std::visit(
      [](const auto& body) -> Json {
        if constexpr (requires { json_of(body); }) return json_of(body);
        return {};  // kinds that the mix does not have
      },
      fact.body);
  json["kind"] = model::kind_name(model::kind_of(fact.body));
  json["seq"] = fact.stamp.seq.value;
  json["at_ms"] = fact.stamp.occurred_at_ms;
  json["programme"] = fact.stamp.programme_version;
  return json;
}

base::Bytes gzip(const std::string& text) {
  uLongf size = compressBound(text.size());
  base::Bytes out(size);
  compress2(out.data(), &size, reinterpret_cast<const Bytef*>(text.data()), text.size(), 6);
  out.resize(size);
  return out;
}

// How one layout does: bytes of a request, and the time to write and to read one.
struct Figures {
  std::size_t bytes{};
  std::vector<double> encode_us;
  std::vector<double> decode_us;
};

struct Subject {
  std::string name;  // "sales.1000"
  std::size_t facts{};
  Figures columns;
  Figures whole;
  Figures json;
  std::size_t frame_bytes{};
  std::size_t zstd19_bytes{};
};

bool measure_batch(const wire::UpRequest& batch, Figures& figures) {
  base::Bytes bytes;
  figures.encode_us.push_back(spent_us([&] { bytes = wire::encode(batch); }));
  figures.bytes = bytes.size();
  bool same = false;
  figures.decode_us.push_back(spent_us([&] {
    const auto back = wire::decode_up_request(bytes);
    same = back && back->schema == batch.schema && back->rows.size() == batch.rows.size();
  }));
  return same;
}

bool measure_json(const std::vector<model::Fact>& facts, Figures& figures) {
  base::Bytes packed;
  std::size_t text_bytes = 0;
  figures.encode_us.push_back(spent_us([&] {
    auto json = Json::array();
    for (const auto& fact : facts) json.push_back(json_of(fact));
    const auto text = json.dump();
    text_bytes = text.size();
    packed = gzip(text);
  }));
  figures.bytes = packed.size();
  std::size_t count = 0;
  figures.decode_us.push_back(spent_us([&] {
    std::string text(text_bytes, '\0');
    uLongf size = text.size();
    uncompress(reinterpret_cast<Bytef*>(text.data()), &size, packed.data(), packed.size());
    count = Json::parse(text).size();
  }));
  return count == facts.size();
}

base::Result<Subject> measure(std::string name, std::size_t facts, std::uint64_t lines, int rounds) {
  tests::MixOptions options;
  options.lines = lines;
  auto batch = tests::sales_batch(options, facts);
  std::vector<model::Fact> values;
  for (const auto& row : batch.rows) values.push_back(*wire::decode_fact(row.canonical));
  Subject subject{std::move(name), facts, {}, {}, {}, 0, 0};
  for (int round = 0; round < rounds; ++round) {
    batch.schema = wire::schema_columns;
    bool same = measure_batch(batch, subject.columns);
    batch.schema = wire::schema_verbatim;
    same = measure_batch(batch, subject.whole) && same;
    same = measure_json(values, subject.json) && same;
    if (!same) return base::Error{base::Code::internal, "measure wire", "a batch did not come back"};
  }
  const auto packed = wire::pack_rows(batch);
  std::vector<std::size_t> ends;
  const auto content = packed.columns.content(packed.head, ends);
  subject.frame_bytes = wire::compress_blocks(content, ends).size();
  base::Bytes smallest(ZSTD_compressBound(content.size()));
  subject.zstd19_bytes = ZSTD_compress(smallest.data(), smallest.size(), content.data(), content.size(), 19);
  return subject;
}

Row against(std::string name, double value, const char* unit, double baseline, std::string_view baseline_name,
            double target, std::size_t n) {
  const double ratio = value / baseline;
  return {std::move(name), value, unit, baseline, std::string{baseline_name}, ratio, target, ratio <= target, n};
}

Row within(std::string name, double value, const char* unit, double target, std::size_t n) {
  return {std::move(name), value, unit, 0, "", 0, target, value <= target, n};
}

void add_layout(std::vector<Row>& rows, const Subject& subject, const char* layout, const Figures& figures,
                double bytes_target) {
  const auto facts = static_cast<double>(subject.facts);
  const auto each = [&](const std::vector<double>& batches) { return median(batches) / facts; };
  const auto prefix = "wire." + subject.name + "." + layout;
  rows.push_back(against(prefix + ".bytes", static_cast<double>(figures.bytes) / facts, "bytes/event",
                         static_cast<double>(subject.json.bytes) / facts, json_gzip, bytes_target, subject.facts));
  rows.push_back(against(prefix + ".encode", each(figures.encode_us), "us/event", each(subject.json.encode_us),
                         json_gzip, 0.2, figures.encode_us.size()));
  rows.push_back(against(prefix + ".decode", each(figures.decode_us), "us/event", each(subject.json.decode_us),
                         json_gzip, 0.2, figures.decode_us.size()));
}

base::Result<std::vector<Row>> run_wire(const Options& options) {
  const int rounds = options.quick ? 3 : 21;
  std::vector<Row> rows;
  for (const std::size_t facts : {1'000U, 10'000U}) {
    const auto size = std::to_string(facts);
    const auto here = facts == 1'000 ? rounds : std::max(3, rounds / 3);
    MILLPOND_TRY(const auto sales, measure("sales." + size, facts, 0, here));
    MILLPOND_TRY(const auto baskets, measure("baskets." + size, facts, 3, here));
    const auto per_event = [&](std::size_t bytes) { return static_cast<double>(bytes) / static_cast<double>(facts); };
    // The budget 8.5 bytes an event in batches of 1,000 and 7.5 in 10,000 without baskets.
    rows.push_back(within("wire.sales." + size + ".budget", per_event(sales.columns.bytes), "bytes/event",
                          facts == 1'000 ? 8.5 : 7.5, facts));
    rows.push_back(against("wire.baskets." + size + ".frame", per_event(baskets.frame_bytes), "bytes/event",
                           per_event(baskets.zstd19_bytes), "zstd 19 over the same columns", 1.3, facts));
    for (const auto& subject : {sales, baskets}) {
      add_layout(rows, subject, "columns", subject.columns, 0.33);
      add_layout(rows, subject, "whole_rows", subject.whole, 1.0);
    }
  }
  return rows;
}

const Registration registration{"wire", "bytes and time of batches as columns, as whole rows and as JSON with gzip",
                                run_wire};

}  // namespace
}  // namespace millpond::bench
