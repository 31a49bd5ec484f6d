// Saves what is left at a path that may no longer name a whole checkpoint.
#ifndef CAIRN_CHECKPOINT_SALVAGE_H_
#define CAIRN_CHECKPOINT_SALVAGE_H_

#include <string_view>

#include "cairn/formats/format.h"

namespace cairn {

// Salvages the checkpoint, of any format, that `path` leads to. Where it leads to none, `path` is a
// prefix or one of its files, and what a save that did not finish left there is salvaged, or the
// data files with the graph of PREFIX.meta or of another `.meta` file beside them. If `like` is not
// empty, it is a checkpoint of the same run, whose layout is taken instead of that of a graph.
// Errors: those of Resolve if there is nothing of all that; those of a format's salvage.
Result<Salvaged> SalvageAt(FileSystem& fs, std::string_view path, const std::string& like,
                           const OpenOptions& options);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_SALVAGE_H_
