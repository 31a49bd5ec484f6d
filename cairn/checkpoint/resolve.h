// From any path that a user gives to the format that reads it and the path that the format takes.
#ifndef CAIRN_CHECKPOINT_RESOLVE_H_
#define CAIRN_CHECKPOINT_RESOLVE_H_

#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/formats/format.h"
#include "cairn/state/locate_named.h"

namespace cairn {

// A path, made out: which format reads it and what it takes.
struct Resolved : Located {
  const Format* format = nullptr;
};

// A prefix, any member file (`.index`, `.data-*`, `.meta`), a directory, a `checkpoint` state file,
// a SavedModel directory; "DIR@STEP", the checkpoint of a run that has this step, where no such
// path exists. Told by content, and an npz or safetensors file that is damaged beyond that by its
// name; characters are literal. Errors: kMissing with what there is instead
// as hint; kUnsupported (a format that is known and not read yet); kFormat (nothing is known of
// it); kPath, kFileType, kIo.
CAIRN_EXPORT Result<Resolved> Resolve(FileSystem& fs, std::string_view path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_RESOLVE_H_
