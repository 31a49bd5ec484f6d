// Elements of tensors as JSON: nothing is lost but the payload of a NaN.
#ifndef CAIRN_CLI_PRINT_ELEMENT_JSON_H_
#define CAIRN_CLI_PRINT_ELEMENT_JSON_H_

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cli/print/json_writer.h"

namespace cairn::cli {

// 64-bit integers exactly; floats with the fewest digits that name the value in its own type;
// "NaN", "Inf" and "-Inf" as strings; complex numbers as [re, im].
void WriteNumberElement(JsonWriter& json, DType dtype, const std::byte* at);

// A string where it is UTF-8, otherwise {"base64":"…"}.
void WriteStringElement(JsonWriter& json, std::string_view bytes);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_ELEMENT_JSON_H_
