#include "cairn/data/position_text.h"

#include <charconv>

#include "cairn/core/escape.h"
#include "cairn/core/split.h"

namespace cairn {
namespace {

Status NotThisPosition(std::string_view text, std::span<const std::string_view> keys) {
  std::string form;
  for (const std::string_view key : keys)
    form += (form.empty() ? "" : " ") + std::string(key) + "=NUMBER";
  return Status(Reason::kFormat, "a position of the form '" + form + "' expected, found " +
                                     Quoted(text.substr(0, 100)));
}

bool ParseField(std::string_view field, std::string_view key, uint64_t& value) {
  if (!field.starts_with(key)) return false;
  field.remove_prefix(key.size());
  if (!field.starts_with('=')) return false;
  field.remove_prefix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size();
}

}  // namespace

std::string FormatPosition(std::initializer_list<std::pair<std::string_view, uint64_t>> fields) {
  std::string text;
  for (const auto& [key, value] : fields)
    text += (text.empty() ? "" : " ") + std::string(key) + "=" + std::to_string(value);
  return text;
}

Status ParsePosition(std::string_view text, std::span<const std::string_view> keys,
                     std::span<uint64_t> values) {
  const std::vector<std::string_view> fields = Split(text, ' ');
  if (fields.size() != keys.size()) return NotThisPosition(text, keys);
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!ParseField(fields[i], keys[i], values[i])) return NotThisPosition(text, keys);
  }
  return {};
}

}  // namespace cairn
