// Opens, saves and verifies checkpoints of any format by the path that a user gives.
#ifndef CAIRN_CHECKPOINT_CHECKPOINT_H_
#define CAIRN_CHECKPOINT_CHECKPOINT_H_

#include <optional>
#include <string>
#include <string_view>

#include "cairn/checkpoint/formats.h"
#include "cairn/checkpoint/resolve.h"
#include "cairn/core/export.h"
#include "cairn/formats/format.h"

namespace cairn {

// Whether what was resolved is still there. A trainer that makes room removes the index first, so
// who finds it in place after having opened all files has a whole checkpoint. Errors: kGone, kIo.
CAIRN_EXPORT Status CheckNotGone(FileSystem& fs, const Resolved& resolved);

// A checkpoint, opened, and what it was taken for.
struct Opened : Resolved {
  TensorDict dict;
};

// Metadata only; nothing of a tensor is read. Where the checkpoint of a directory is removed in
// this moment, the directory is asked once more. Errors: those of Resolve, DataLoss of every kind,
// kGone.
CAIRN_EXPORT Result<Opened> OpenResolved(FileSystem& fs, std::string_view path,
                                         const OpenOptions& options = {});
// The same without what it was taken for.
CAIRN_EXPORT Result<TensorDict> Open(FileSystem& fs, std::string_view path,
                                     const OpenOptions& options = {});

// Whether `path` can be that of a new checkpoint. Errors: kArgument (it has no last name, or a zero
// byte).
CAIRN_EXPORT Status CheckNewName(std::string_view path);

// Saves under `path` in a format. Errors: kExists; kArgument (a path without a name, an option that
// the format cannot honour); kUnsupported (the format cannot hold a tensor); those of the sources;
// kNoSpace, kIo; after an error nothing new is under the final name.
CAIRN_EXPORT Result<SaveReport> SaveAs(FileSystem& fs, const Format& format, std::string_view path,
                                       const TensorDict& dict, const SaveOptions& options = {});
// The same in the format that the name tells: FormatOfNew.
CAIRN_EXPORT Result<SaveReport> Save(FileSystem& fs, std::string_view path, const TensorDict& dict,
                                     const SaveOptions& options = {});

// Reads everything and says all that is wrong. Errors: only where there is nothing to verify; kGone
// (it was removed meanwhile).
CAIRN_EXPORT Result<VerifyReport> VerifyResolved(FileSystem& fs, const Resolved& resolved,
                                                 const VerifyOptions& options = {});
// The same for any path; data without an index is a finding. Errors: only
// where there is nothing to verify; kGone (it was removed meanwhile).
CAIRN_EXPORT Result<VerifyReport> Verify(FileSystem& fs, std::string_view path,
                                         const VerifyOptions& options = {});

// For a path that Resolve does not find, and its error: the findings where data lies under that
// prefix, or in that directory, without an index; nothing where there is none either.
CAIRN_EXPORT std::optional<VerifyReport> ReportLostIndexes(FileSystem& fs, std::string_view path,
                                                           const Status& why);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_CHECKPOINT_H_
