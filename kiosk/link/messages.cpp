// SPDX-License-Identifier: Apache-2.0
#include "kiosk/link/messages.h"

#include "kiosk/link/cashier_fields.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace millpond::link {
namespace {

using Json = nlohmann::json;

constexpr int depth_max = 24;  // a ViewModel nests 8 deep

template <class... Lambdas>
struct Overloaded : Lambdas... {
  using Lambdas::operator()...;
};
template <class... Lambdas>
Overloaded(Lambdas...) -> Overloaded<Lambdas...>;  // clang 14 deduces no aggregates

base::Error refused(base::Code code, std::string detail) { return {code, "read a link message", std::move(detail)}; }

// The last value of each enum that travels as its number.
template <class E>
constexpr E last_of{};
template <>
constexpr flow::Locale last_of<flow::Locale> = flow::Locale::en;
template <>
constexpr flow::Tone last_of<flow::Tone> = flow::Tone::negative;
template <>
constexpr flow::Icon last_of<flow::Icon> = flow::Icon::info;
template <>
constexpr flow::Appearance last_of<flow::Appearance> = flow::Appearance::high_contrast;

template <class T>
concept Composite = requires(T& value) {
  fields([](const char*, auto&) {}, value);
};

// --- writing; declared first because values contain each other
template <Composite T>
Json write(const T& value);
template <class T>
Json write(const std::optional<T>& value);
template <class T>
Json write(const std::vector<T>& values);
Json write(const flow::Screen& screen);

template <class T>
requires std::is_arithmetic_v<T> Json write(T value) { return value; }
Json write(const std::string& value) { return value; }
Json write(flow::Target value) { return flow::target_name(value); }
template <class E>
requires(std::is_enum_v<E> && !std::same_as<E, flow::Target>) Json write(E value) {
  return static_cast<unsigned>(value);
}
Json write(const ports::QrModules& value) {
  std::string bits;
  bits.reserve(value.bits.size());
  for (const auto bit : value.bits) bits += bit != 0 ? '1' : '0';
  return {{"size", value.size}, {"bits", bits}};
}
template <class T>
Json write(const std::optional<T>& value) {
  return value ? write(*value) : Json{};
}
template <class T>
Json write(const std::vector<T>& values) {
  auto array = Json::array();
  for (const auto& value : values) array.push_back(write(value));
  return array;
}
template <Composite T>
Json write(const T& value) {
  auto object = Json::object();
  fields([&](const char* name, const auto& field) { object[name] = write(field); }, value);
  return object;
}
Json write(const flow::Screen& screen) {
  auto object = std::visit([](const auto& view) { return write(view); }, screen);
  object["kind"] = flow::screen_name(screen);
  return object;
}

// --- reading; throws nlohmann's exceptions or std::runtime_error, which decode() catches
template <Composite T>
void read(const Json& from, T& value);
template <class T>
void read(const Json& from, std::optional<T>& value);
template <class T>
void read(const Json& from, std::vector<T>& values);
void read(const Json& from, flow::Screen& screen);

[[noreturn]] void refuse(const char* why) { throw std::runtime_error{why}; }

void read(const Json& from, bool& value) { value = from.get_ref<const Json::boolean_t&>(); }
void read(const Json& from, std::string& value) { value = from.get_ref<const std::string&>(); }
void read(const Json& from, double& value) {
  if (!from.is_number()) refuse("not a number");
  value = from.get<double>();
}
void read(const Json& from, std::uint64_t& value) {
  if (!from.is_number_unsigned()) refuse("not a count");
  value = from.get<std::uint64_t>();
}
void read(const Json& from, flow::Target& value) {
  const auto target = flow::target_from_name(from.get_ref<const std::string&>());
  if (!target) refuse("unknown target");
  value = *target;
}
template <class E>
requires(std::is_enum_v<E> && !std::same_as<E, flow::Target>) void read(const Json& from, E& value) {
  if (!from.is_number_unsigned() || from.get<std::uint64_t>() > static_cast<std::uint64_t>(last_of<E>)) refuse("enum");
  value = static_cast<E>(from.get<unsigned>());
}
void read(const Json& from, ports::QrModules& value) {
  const auto& size = from.at("size");
  const auto& bits = from.at("bits").get_ref<const std::string&>();
  if (!size.is_number_unsigned() || size.get<std::uint64_t>() > ports::qr_size_max) refuse("symbol size");
  value.size = size.get<int>();
  if (bits.size() != static_cast<std::size_t>(value.size) * static_cast<std::size_t>(value.size)) refuse("symbol bits");
  value.bits.clear();
  for (const char bit : bits) value.bits.push_back(bit == '1' ? 1 : 0);
}
template <class T>
void read(const Json& from, std::optional<T>& value) {
  if (from.is_null()) {
    value = std::nullopt;
    return;
  }
  T present{};
  read(from, present);
  value = std::move(present);
}
template <class T>
void read(const Json& from, std::vector<T>& values) {
  values.clear();
  for (const auto& item : from.get_ref<const Json::array_t&>()) read(item, values.emplace_back());
}
template <Composite T>
void read(const Json& from, T& value) {
  fields([&](const char* name, auto& field) { read(from.at(name), field); }, value);
}

template <std::size_t... I>
bool read_kind(const Json& from, const std::string& kind, flow::Screen& screen, std::index_sequence<I...>) {
  const auto try_one = [&]<std::size_t N>() {
    std::variant_alternative_t<N, flow::Screen> view{};
    if (flow::screen_name(view) != kind) return false;
    read(from, view);
    screen = std::move(view);
    return true;
  };
  return (try_one.template operator()<I>() || ...);
}
void read(const Json& from, flow::Screen& screen) {
  const auto& kind = from.at("kind").get_ref<const std::string&>();
  if (!read_kind(from, kind, screen, std::make_index_sequence<std::variant_size_v<flow::Screen>>{})) refuse("screen");
}

Json error_json(const base::Error& error) {
  return {{"code", base::code_name(error.code)},
          {"operation", error.operation},
          {"detail", error.detail},
          {"hint", error.hint}};
}

std::string body_of(const Message& message) {
  const auto json = std::visit(
      Overloaded{
          [](const Hello& m) {
            return Json{{"type", "hello"}, {"protocol", m.protocol}, {"screen_id", m.screen_id}, {"role", m.role}};
          },
          [](const Welcome& m) {
            return Json{{"type", "welcome"}, {"role", m.role}};
          },
          [](const Show& m) {
            return Json{{"type", "show"}, {"view", write(m.view)}};
          },
          [](const SessionEnded&) {
            return Json{{"type", "session_ended"}};
          },
          [](const Tap& m) {
            return Json{{"type", "tap"}, {"target", flow::target_name(m.target)}};
          },
          [](const Code& m) {
            return Json{{"type", "code"}, {"text", m.text}};
          },
          [](const PaymentCode&) {
            return Json{{"type", "payment_code"}};
          },
          [](const Scanner& m) {
            return Json{{"type", "scanner"}, {"state", ports::state_name(m.state)}};
          },
          [](const Camera& m) {
            return Json{{"type", "camera"}, {"state", ports::state_name(m.state)}};
          },
          [](const Ask& m) {
            return Json{{"type", "ask"}, {"id", m.id}, {"method", m.method}, {"params", m.params_json}};
          },
          [](const Answer& m) {
            return Json{{"type", "answer"}, {"id", m.id}, {"result", m.result_json}};
          },
          [](const Failure& m) {
            return Json{{"type", "failure"}, {"id", m.id}, {"error", error_json(m.error)}};
          },
      },
      message);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const std::string& text_at(const Json& json, const char* name) { return json.at(name).get_ref<const std::string&>(); }

std::uint64_t count_at(const Json& json, const char* name) {
  return json.at(name).get_ref<const Json::number_unsigned_t&>();
}

base::Result<Message> read_failure(const Json& json) {
  const auto& error = json.at("error");
  const auto code = base::code_from_name(text_at(error, "code"));
  if (!code) return refused(base::Code::protocol_mismatch, "unknown error code");
  return Message{Failure{count_at(json, "id"),
                         {*code, text_at(error, "operation"), text_at(error, "detail"), text_at(error, "hint")}}};
}

base::Result<Message> read_message(const Json& json) {
  const auto& type = text_at(json, "type");
  if (type == "hello") {
    const auto protocol = count_at(json, "protocol");
    if (protocol > UINT32_MAX) return refused(base::Code::bad_input, "protocol");
    return Message{Hello{static_cast<std::uint32_t>(protocol), text_at(json, "screen_id"), text_at(json, "role")}};
  }
  if (type == "welcome") return Message{Welcome{text_at(json, "role")}};
  if (type == "show") {
    Show show;
    read(json.at("view"), show.view);
    return Message{std::move(show)};
  }
  if (type == "session_ended") return Message{SessionEnded{}};
  if (type == "tap") {
    const auto target = flow::target_from_name(text_at(json, "target"));
    if (!target) return refused(base::Code::protocol_mismatch, "unknown target");
    return Message{Tap{*target}};
  }
  if (type == "code") return Message{Code{text_at(json, "text")}};
  if (type == "payment_code") return Message{PaymentCode{}};
  if (type == "camera" || type == "scanner") {
    const auto state = ports::state_from_name(text_at(json, "state"));
    if (!state) return refused(base::Code::protocol_mismatch, "unknown device state");
    return type == "camera" ? Message{Camera{*state}} : Message{Scanner{*state}};
  }
  if (type == "ask") return Message{Ask{count_at(json, "id"), text_at(json, "method"), text_at(json, "params")}};
  if (type == "answer") return Message{Answer{count_at(json, "id"), text_at(json, "result")}};
  if (type == "failure") return read_failure(json);
  return refused(base::Code::protocol_mismatch, "unknown message type");
}

}  // namespace

base::Bytes encode(const Message& message) {
  const auto body = body_of(message);
  base::Bytes frame;
  frame.reserve(body.size() + 4);
  base::append_big_endian(frame, body.size(), 4);
  base::append(frame, base::view_of(body));
  return frame;
}

base::Result<Message> decode(base::ByteView body) {
  try {
    const auto too_deep = [](int depth, Json::parse_event_t, Json&) {
      if (depth > depth_max) throw std::runtime_error{"nested too deeply"};
      return true;
    };
    return read_message(Json::parse(base::text_of(body), too_deep));
  } catch (const std::exception&) {
    // What the parser says quotes the message, which may be a member's code.
    return refused(base::Code::bad_input, "not a message");
  }
}

}  // namespace millpond::link
