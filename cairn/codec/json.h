// JSON as a stream of events: no document is held in memory, whatever its size.
#ifndef CAIRN_CODEC_JSON_H_
#define CAIRN_CODEC_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// Is told each part of a JSON text in its order. Each function returns whether to go on. Strings
// may be moved from.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;

  virtual bool OnNull() = 0;
  virtual bool OnBoolean() = 0;
  virtual bool OnFloat(double value) = 0;       // has a fraction or an exponent
  virtual bool OnInteger(int64_t value) = 0;    // negative
  virtual bool OnUnsigned(uint64_t value) = 0;  // an integer that is not negative
  virtual bool OnString(std::string& value) = 0;
  virtual bool OnStartObject() = 0;
  virtual bool OnKey(std::string& name) = 0;
  virtual bool OnEndObject() = 0;
  virtual bool OnStartArray() = 0;
  virtual bool OnEndArray() = 0;
};

// Success also where an event function stopped the parsing. Errors: kFormat (the text is not one
// JSON value; the message says at which byte).
Status ParseJson(std::string_view text, JsonEvents& events);

// `text`, which is UTF-8, as a JSON string with its quotes.
std::string JsonString(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_CODEC_JSON_H_
