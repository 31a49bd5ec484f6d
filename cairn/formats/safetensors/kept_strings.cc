#include "cairn/formats/safetensors/kept_strings.h"

#include <charconv>

#include "cairn/core/base64.h"
#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/core/split.h"

namespace cairn::safetensors {
namespace {

constexpr std::string_view kEndOfDims = "]:";

// The dimensions between the brackets, "" for none.
Result<std::vector<int64_t>> ParseDims(std::string_view text) {
  std::vector<int64_t> dims;
  if (text.empty()) return dims;
  for (const std::string_view digits : Split(text, ',')) {
    int64_t dim = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, dim);
    if (error != std::errc() || stop != end)
      return Status(Reason::kFormat, Quoted(digits) + " is not a dimension");
    dims.push_back(dim);
  }
  if (dims.size() > kMaxRank)
    return Status(Reason::kShape, "more than " + std::to_string(kMaxRank) + " dimensions");
  return dims;
}

Status AddDecoded(std::string_view text, StringTensor& elements) {
  const auto decoded = DecodeBase64(text);
  if (!decoded) return Status(Reason::kFormat, "is not base64");
  elements.Add(*decoded);
  return {};
}

}  // namespace

std::string EncodeKeptStrings(std::span<const int64_t> dims, const StringTensor& elements) {
  if (dims.empty()) return EncodeBase64(elements[0]);
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i > 0 ? "," : "") + std::to_string(dims[i]);
  text += kEndOfDims;
  for (size_t i = 0; i < elements.size(); ++i)
    text += (i > 0 ? "," : "") + EncodeBase64(elements[i]);
  return text;
}

Result<KeptStrings> DecodeKeptStrings(std::string_view text) {
  KeptStrings kept;
  if (!text.starts_with('[')) {
    CAIRN_RETURN_IF_ERROR(AddDecoded(text, kept.elements));
    return kept;
  }
  const size_t end = text.find(kEndOfDims);
  if (end == text.npos) return Status(Reason::kFormat, "has no end of its shape");
  CAIRN_ASSIGN_OR_RETURN(kept.dims, ParseDims(text.substr(1, end - 1)));
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(kept.dims));
  const std::string_view values = text.substr(end + kEndOfDims.size());
  // An empty text is one empty string, or none: only the shape tells.
  const bool is_empty = num_elements == 0 && values.empty();
  std::vector<std::string_view> parts;
  if (!is_empty) parts = Split(values, ',');
  if (parts.size() != num_elements)
    return Status(Reason::kFormat, "has " + std::to_string(parts.size()) + " strings, its shape " +
                                       ToString(kept.dims) + " needs " +
                                       std::to_string(num_elements));
  for (const std::string_view part : parts) CAIRN_RETURN_IF_ERROR(AddDecoded(part, kept.elements));
  return kept;
}

}  // namespace cairn::safetensors
