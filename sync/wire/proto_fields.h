// SPDX-License-Identifier: Apache-2.0
// Shared steps of the message codecs: parse with limits, fixed arrays, byte columns. Inside `wire` only.
#pragma once

#include "sync/base/bytes.h"
#include "sync/base/result.h"
#include "sync/wire/messages.h"
#include "sync/wire/wire.pb.h"

#include <algorithm>
#include <string>

namespace millpond::wire {

[[nodiscard]] inline base::Error bad_message(const char* what, const char* detail) {
  return {base::Code::bad_input, std::string{"decode "} + what, detail};
}

[[nodiscard]] inline base::Bytes serialize(const google::protobuf::MessageLite& message) {
  base::Bytes bytes(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

// The library writes a line to stderr for every text that is not UTF-8; whoever sends such bytes would fill our log.
void silence_library();

template <class Message>
[[nodiscard]] base::Result<Message> parse(base::ByteView bytes, const char* what, std::size_t bytes_max = 1U << 20) {
  if (bytes.size() > bytes_max)
    return base::Error{base::Code::too_large, std::string{"decode "} + what, "too many bytes"};
  silence_library();
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return bad_message(what, "malformed");
  return message;
}

template <std::size_t size>
[[nodiscard]] bool copy_exactly(const std::string& from, std::array<std::uint8_t, size>& to) {
  if (from.size() != size) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

template <std::size_t size>
[[nodiscard]] std::string text_of_array(const std::array<std::uint8_t, size>& bytes) {
  return std::string{base::text_of(bytes)};
}

inline void to_proto(const Credit& credit, proto::Credit& out) {
  out.set_events(credit.events);
  out.set_bytes(credit.bytes);
  out.set_retry_ms(credit.retry_ms);
  out.set_poll_ms(credit.poll_ms);
  out.set_poll_slot_ms(credit.poll_slot_ms);
}

[[nodiscard]] inline Credit from_proto(const proto::Credit& in) {
  return {in.events(), in.bytes(), in.retry_ms(), in.poll_ms(), in.poll_slot_ms()};
}

// Numbers that every writer before them meant by leaving the field out.
[[nodiscard]] inline std::uint32_t schema_of(std::uint32_t written) {
  return written == 0 ? schema_verbatim : written;
}

// A column of byte strings read from its sizes and its concatenation.
class ColumnReader {
 public:
  ColumnReader(const google::protobuf::RepeatedField<std::uint32_t>& sizes, const std::string& content)
      : sizes_{sizes}, rest_{base::view_of(content)} {}

  // False when the sizes promise more than there is.
  [[nodiscard]] bool next(base::Bytes& out) {
    const auto size = sizes_.Get(at_++);
    if (size > rest_.size()) return false;
    out.assign(rest_.begin(), rest_.begin() + size);
    rest_ = rest_.subspan(size);
    return true;
  }
  [[nodiscard]] bool finished() const { return rest_.empty(); }

 private:
  const google::protobuf::RepeatedField<std::uint32_t>& sizes_;
  base::ByteView rest_;
  int at_ = 0;
};

inline void add_to_column(base::ByteView bytes, google::protobuf::RepeatedField<std::uint32_t>& sizes,
                          std::string& content) {
  sizes.Add(static_cast<std::uint32_t>(bytes.size()));
  content.append(base::text_of(bytes));
}

}  // namespace millpond::wire
