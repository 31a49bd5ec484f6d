#include "cairn/transform/renaming.h"

#include "cairn/core/escape.h"

namespace cairn {
namespace {

bool IsPrefix(std::string_view side) { return side.empty() || side.ends_with('/'); }

Status NoRenaming(std::string_view text, std::string_view why) {
  return Status(Reason::kArgument, Quoted(text) + " is not a renaming: " + std::string(why))
      .WithHint("write OLD=NEW for one name, OLD/=NEW/ to replace a prefix, OLD/= to drop it");
}

}  // namespace

Status CheckRenaming(const Renaming& renaming) {
  const std::string text = renaming.from + "=" + renaming.to;
  if (renaming.from.empty() && renaming.to.empty()) return NoRenaming(text, "both sides are empty");
  if (IsPrefix(renaming.from) == IsPrefix(renaming.to)) return {};
  if (renaming.to.empty()) return NoRenaming(text, "the new name is empty");
  if (renaming.from.empty()) return NoRenaming(text, "the old name is empty");
  return NoRenaming(text, "one side ends in '/', the other does not");
}

bool IsPrefix(const Renaming& renaming) { return IsPrefix(renaming.from); }

bool Fits(const Renaming& renaming, std::string_view name) {
  return IsPrefix(renaming) ? name.starts_with(renaming.from) : name == renaming.from;
}

std::string Renamed(const Renaming& renaming, std::string_view name) {
  return renaming.to + std::string(name.substr(renaming.from.size()));
}

Result<Renaming> ParseRenaming(std::string_view text) {
  const size_t at = text.find('=');
  if (at == text.npos) return NoRenaming(text, "there is no '='");
  Renaming renaming{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
  CAIRN_RETURN_IF_ERROR(CheckRenaming(renaming));
  return renaming;
}

}  // namespace cairn
