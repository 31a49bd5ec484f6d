#include "cairn/io/temporary_name.h"

namespace cairn {
namespace {

constexpr std::string_view kTemporaryMark = ".cairn-tmp";

}  // namespace

std::string TemporaryName(std::string_view path, uint64_t number) {
  return std::string(path).append(kTemporaryMark).append(std::to_string(number));
}

std::optional<std::string_view> FinalNameOf(std::string_view name) {
  const size_t at = name.rfind(kTemporaryMark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view number = name.substr(at + kTemporaryMark.size());
  if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return name.substr(0, at);
}

}  // namespace cairn
