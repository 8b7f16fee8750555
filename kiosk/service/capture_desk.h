// SPDX-License-Identifier: Apache-2.0
// CaptureDesk: the pass-through between a till and its printer as the settings want it, and what becomes of what is
// printed. Passes bytes from its opening on, shop or not: until a shop is attached, sales wait on the shelf. Any
// thread.
#pragma once

#include "hardware/capture/printed_sales.h"
#include "kiosk/service/settings.h"
#include "sync/base/clock.h"

#include <filesystem>
#include <memory>
#include <shared_mutex>

namespace millpond::service {

class CaptureDesk {
 public:
  // Nothing when the settings want no capture; what was kept while they did is tidied all the same. Errors: those of
  // PassThrough::start and of terminal::load_or_make_machine_key, and config_invalid.
  [[nodiscard]] static base::Result<std::unique_ptr<CaptureDesk>> open(const std::filesystem::path& folder,
                                                                       const Settings& settings,
                                                                       const base::Clock& clock);
  ~CaptureDesk();

  // From now on sales go to the handler, which lives until detach() has returned. tells_itself: whether a till's own
  // word may come yet, which is then waited for.
  void attach(ports::TillHandler& handler, capture::PrintedSales::Context context,
              std::function<bool(const std::string& till)> tells_itself);
  void detach();

  // {"do": "status" | "list" | "show" | "again" | "drop" | "reload", "id"?}: docs/capture.md has the answers.
  // {"do": "record", "id", "receipt", "total_minor", "currency", "date"?, "till"?}: a kept receipt that somebody has
  // read, as the sale that it is; it leaves the shelf. Errors: bad_input, not_found, sale_changed (this number was
  // recorded with another total), overloaded (nothing could be committed), and of "reload" those of parse_template.
  [[nodiscard]] base::Result<std::string> command(const std::string& params_json);
  [[nodiscard]] std::uint16_t port() const { return through_->port(); }

 private:
  CaptureDesk(std::filesystem::path folder, const Settings& settings, crypto::SecretKey shelf_key,
              const base::Clock& clock);
  [[nodiscard]] base::Result<> load_templates();
  [[nodiscard]] till::OnceAnswer record(const ports::TillSale& sale, bool only_look);
  [[nodiscard]] capture::ReadContext context();
  [[nodiscard]] std::int64_t wait_ms(const std::string& till);
  [[nodiscard]] std::string status() const;
  [[nodiscard]] std::string list() const;
  [[nodiscard]] base::Result<std::string> show(const std::string& id) const;
  [[nodiscard]] base::Result<std::string> again(const std::string& id);
  [[nodiscard]] base::Result<std::string> record_read(const std::string& id, const std::string& params_json);

  const std::filesystem::path templates_folder_;
  const std::string till_;
  const std::int64_t wait_ms_;
  const base::Clock& clock_;
  capture::ReviewShelf shelf_;
  capture::Tap tap_;
  std::shared_mutex shop_mutex_;
  ports::TillHandler* handler_{};                         // guarded by shop_mutex_
  capture::PrintedSales::Context context_of_shop_;        // guarded by shop_mutex_
  std::function<bool(const std::string&)> tells_itself_;  // guarded by shop_mutex_
  std::size_t templates_{};                               // work thread
  std::unique_ptr<capture::PrintedSales> sales_;
  std::unique_ptr<capture::PassThrough> through_;
};

}  // namespace millpond::service
