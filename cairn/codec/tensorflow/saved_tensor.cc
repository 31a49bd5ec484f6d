#include "cairn/codec/tensorflow/saved_tensor.h"

#include <charconv>
#include <optional>

#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/core/split.h"

namespace cairn::tensorflow {
namespace {

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

std::optional<Range> ParseRange(std::string_view text) {
  if (text == "-") return Range{0, kWholeDimension};
  const size_t comma = text.find(',');
  if (comma == text.npos) return std::nullopt;
  const auto start = ParseNumber(text.substr(0, comma));
  const auto length = ParseNumber(text.substr(comma + 1));
  if (!start || !length || *length == 0) return std::nullopt;
  return Range{*start, *length};
}

}  // namespace

Result<SliceSpec> ParseSliceSpec(std::string_view text) {
  const Status malformed(Reason::kSlice, Quoted(text) + " is not a slice of a tensor");
  std::vector<std::string_view> words = Split(text, ' ');
  const std::string_view slice = words.back();
  words.pop_back();
  SliceSpec spec;
  for (const std::string_view word : words) {
    const auto dim = ParseNumber(word);
    if (!dim) return malformed;
    spec.dims.push_back(*dim);
  }
  for (const std::string_view part : Split(slice, ':')) {
    const auto range = ParseRange(part);
    if (!range) return malformed;
    spec.slice.push_back(*range);
  }
  CAIRN_RETURN_IF_ERROR(NumElements(spec.dims).status());
  CAIRN_RETURN_IF_ERROR(ResolveSlice(spec.slice, spec.dims).status());
  return spec;
}

}  // namespace cairn::tensorflow
