// SPDX-License-Identifier: Apache-2.0
// What screens and slips say in the same words: money, coupons, devices, moments. Not for other rooms. Pure.
#pragma once

#include "kiosk/flow/coupon_words.h"
#include "kiosk/flow/flow.h"

namespace millpond::flow {

// A language, a currency and a place's clock: all that wording depends on. Holds a pointer to the programme.
class Words {
 public:
  Words(Locale locale, const model::Programme* programme, std::int64_t utc_offset_min, std::int64_t wall_ms);

  template <class... Arguments>
  [[nodiscard]] std::string operator()(text::Key key, const Arguments&... arguments) const {
    return text::format(key, language_, arguments...);
  }
  [[nodiscard]] std::string get(text::Key key) const { return std::string{text::get(key, language_)}; }
  [[nodiscard]] text::Sentence sentence(base::Code code) const { return text::sentence(code, language_); }

  [[nodiscard]] std::string of(const model::LocalizedText& both) const;
  [[nodiscard]] std::string money(std::int64_t minor, text::Fraction fraction = text::Fraction::whole_short) const;
  // Without the year while it cannot be mistaken: within the next 300 days.
  [[nodiscard]] std::string date(base::LocalDate day) const;
  [[nodiscard]] std::string full_date_and_time() const;
  // Today or in at most so many days.
  [[nodiscard]] bool is_soon(base::LocalDate day, std::int32_t days) const;
  // "截至 10:42", or that the hub has not spoken yet.
  [[nodiscard]] std::string as_of(std::int64_t as_of_ms) const;
  [[nodiscard]] std::string moment(std::int64_t at_ms) const;
  [[nodiscard]] std::string device(ports::DeviceState state) const;  // "缺纸", "is out of paper"
  [[nodiscard]] CouponItem coupon(const CouponCard& card) const;
  [[nodiscard]] CouponWords said_of(const CouponCard& card) const { return coupon_words(card, programme_, language_); }
  [[nodiscard]] std::string brand() const;
  [[nodiscard]] text::Language language() const { return language_; }

 private:
  [[nodiscard]] std::string terms(const CouponWords& said) const;

  text::Language language_;
  const model::Programme* programme_;
  base::Currency currency_;
  std::int64_t wall_ms_;
  std::int64_t utc_offset_min_;
};

// The exact words that a purpose's consent is about; empty where the programme has none.
[[nodiscard]] std::string notice_words(const Model& model, model::Purpose purpose);

}  // namespace millpond::flow
