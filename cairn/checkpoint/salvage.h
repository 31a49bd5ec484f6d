// What can be had of a path that may name no whole checkpoint any more.
#ifndef CAIRN_CHECKPOINT_SALVAGE_H_
#define CAIRN_CHECKPOINT_SALVAGE_H_

#include <string_view>

#include "cairn/formats/format.h"

namespace cairn {

// Of a checkpoint of any format, where `path` leads to one. Else `path` is a prefix, or one of its
// files: of what a save that did not finish left there, or of the data files and the graph of
// PREFIX.meta, or of another `.meta` file beside them. Errors: those of Resolve where there is
// nothing of all that; those of a format's salvage.
Result<Salvaged> SalvageAt(FileSystem& fs, std::string_view path, const OpenOptions& options);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_SALVAGE_H_
