// Applies one renaming to one name.
#ifndef CAIRN_TRANSFORM_RENAMING_H_
#define CAIRN_TRANSFORM_RENAMING_H_

#include "cairn/transform/name_rules.h"

namespace cairn {

// Errors: kArgument (a renaming that breaks the rule of Renaming).
Status CheckRenaming(const Renaming& renaming);

// Whether it replaces a prefix.
bool IsPrefix(const Renaming& renaming);

// Whether it applies to a name.
bool Fits(const Renaming& renaming, std::string_view name);

// Returns the new name of a name that it applies to.
std::string Renamed(const Renaming& renaming, std::string_view name);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_RENAMING_H_
