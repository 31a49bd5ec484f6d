#include "cairn/codec/json.h"

#include <nlohmann/json.hpp>

namespace cairn {
namespace {

// Passes the events of the JSON library on.
class Adapter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Adapter(JsonEvents& events) : events_(events) {}

  const Status& error() const { return error_; }

  bool null() override { return events_.OnNull(); }
  bool boolean(bool) override { return events_.OnBoolean(); }
  bool number_float(double value, const std::string&) override { return events_.OnFloat(value); }
  bool number_integer(int64_t value) override { return events_.OnInteger(value); }
  bool number_unsigned(uint64_t value) override { return events_.OnUnsigned(value); }
  bool string(std::string& value) override { return events_.OnString(value); }
  // JSON texts have no binary values; only other formats of the library do.
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(size_t) override { return events_.OnStartObject(); }
  bool key(std::string& name) override { return events_.OnKey(name); }
  bool end_object() override { return events_.OnEndObject(); }
  bool start_array(size_t) override { return events_.OnStartArray(); }
  bool end_array() override { return events_.OnEndArray(); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    error_ = Status(Reason::kFormat, "no JSON at byte " + std::to_string(position));
    return false;
  }

 private:
  JsonEvents& events_;
  Status error_;
};

}  // namespace

Status ParseJson(std::string_view text, JsonEvents& events) {
  // The library takes a NUL outside of a string for the end of the text, and passes over what
  // follows it: two readers would read two texts.
  const size_t at = text.find('\0');
  if (at != text.npos)
    return Status(Reason::kFormat, "a NUL at byte " + std::to_string(at) + " of the JSON");
  Adapter adapter(events);
  nlohmann::json::sax_parse(text, &adapter);
  return adapter.error();
}

std::string JsonString(std::string_view text) { return nlohmann::json(text).dump(); }

}  // namespace cairn
