// The one list of formats.
#ifndef CAIRN_CHECKPOINT_FORMATS_H_
#define CAIRN_CHECKPOINT_FORMATS_H_

#include <span>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/formats/format.h"

namespace cairn {

// In the order in which a file is tried. The first is what a new checkpoint is whose name has no
// extension of another.
CAIRN_EXPORT std::span<const Format> Formats();

// Returns the format of a new checkpoint of this name: the one that has its extension, else
// TensorFlow V2, of which the name is the prefix.
CAIRN_EXPORT const Format& FormatOfNew(std::string_view path);

// Whether `name` ends in an extension of any format.
CAIRN_EXPORT bool HasFormatExtension(std::string_view name);

// Errors: kArgument, if the options ask for what the format cannot do, with the formats that can.
CAIRN_EXPORT Status CheckOptions(const Format& format, const SaveOptions& options);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_FORMATS_H_
