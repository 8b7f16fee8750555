// SPDX-License-Identifier: Apache-2.0
// millpond-chain: a year of the demo chain as a file for `millpond campaign replay --against`, and a summary of it. The
// same options give the same bytes on every machine.
#include "sync/base/file.h"
#include "tests/chain/year.h"
#include "tests/support/paths.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

using namespace millpond;

namespace {

struct Options {
  std::string folder;
  std::string from{"2026-01-01"};
  std::string out{"-"};
  std::string summary;
  chain::YearOptions year;
};

int fail(const base::Error& error) {
  std::cerr << base::describe(error) << '\n';
  return 1;
}

base::Result<base::Bytes> read(const Options& options, const char* name) {
  constexpr std::size_t bytes_max = 4U << 20;
  return base::read_file((std::filesystem::path{options.folder} / name).string(), bytes_max);
}

struct Documents {
  chain::Menu menu;
  chain::Stores stores;
  model::Programme programme;
};

base::Result<Documents> read_documents(const Options& options) {
  MILLPOND_TRY(const auto menu_bytes, read(options, "menu.json"));
  MILLPOND_TRY(const auto stores_bytes, read(options, "stores.json"));
  MILLPOND_TRY(const auto programme_bytes, read(options, "programme.json"));
  MILLPOND_TRY(auto menu, chain::parse_menu(menu_bytes));
  MILLPOND_TRY(auto stores, chain::parse_stores(stores_bytes));
  MILLPOND_TRY(auto programme, model::parse_programme(programme_bytes));
  return Documents{std::move(menu), std::move(stores), std::move(programme)};
}

int write_year(const Options& options) {
  const auto documents = read_documents(options);
  if (!documents) return fail(documents.error());
  std::ofstream file;
  if (options.out != "-") file.open(options.out, std::ios::binary | std::ios::trunc);
  auto& out = options.out == "-" ? std::cout : file;
  chain::Year year{documents->menu, documents->stores, documents->programme, options.year};
  std::vector<model::PastEvent> events;
  while (year.next_day(events)) {
    for (const auto& event : events) out << chain::to_json(event, documents->stores.utc_offset_min) << '\n';
  }
  out.flush();
  if (!out) return fail({base::Code::disk_full, "write events", options.out});
  const auto summary = chain::to_json(year.summary());
  if (options.summary.empty()) {
    std::cerr << summary;
    return 0;
  }
  std::ofstream{options.summary, std::ios::binary | std::ios::trunc} << summary;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.folder = (tests::source_dir() / "assets/chain").string();
  CLI::App app{"A year of a demo chain: members, sales, refunds, late uploads, no-shows and fraud, out of a seed"};
  app.add_option("--members", options.year.members, "how many members there are at the end")
      ->check(CLI::Range(1, 5'000'000));
  app.add_option("--days", options.year.days, "how many days")->check(CLI::Range(1, 3'660));
  app.add_option("--seed", options.year.seed, "another seed is another year");
  app.add_option("--from", options.from, "the first day; 2026-01-01 unless it is given");
  app.add_option("--strangers", options.year.strangers_per_mille, "of a thousand sales so many have no member")
      ->check(CLI::Range(0, 990));
  app.add_option("--fraud", options.year.fraud_per_million, "of a million sales so many are fraud, and labelled")
      ->check(CLI::Range(0, 100'000));
  app.add_option("--chain", options.folder, "menu.json, stores.json and programme.json are there")
      ->check(CLI::ExistingDirectory);
  app.add_option("--out", options.out, "the events, one JSON object a line; - is standard output");
  app.add_option("--summary", options.summary, "the summary; standard error unless it is given");
  CLI11_PARSE(app, argc, argv);
  const auto from = base::parse_date(options.from);
  if (!from) return fail({base::Code::bad_input, "--from", "\"" + options.from + "\" is not a date like 2026-01-01"});
  options.year.from = *from;
  return write_year(options);
}
