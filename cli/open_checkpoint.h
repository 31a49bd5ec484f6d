// How every verb that looks into a checkpoint opens it.
#ifndef CAIRN_CLI_OPEN_CHECKPOINT_H_
#define CAIRN_CLI_OPEN_CHECKPOINT_H_

#include "cairn/checkpoint/checkpoint.h"
#include "cli/options.h"
#include "cli/output.h"

namespace cairn::cli {

// Says on stderr what was taken where `path` is not the plain name. Unless a verb asks for maps,
// files are read: one that is cut meanwhile is an error with its name; access and warnings of
// `options` are not used. Errors: those of Resolve and Open.
Result<Opened> OpenCheckpoint(const std::string& path, Output& out, OpenOptions options = {},
                              Access access = Access::kRead);

// The option of verbs that may have to hold a packed value in memory.
Option MaxExpandOption(std::optional<uint64_t>& target);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_OPEN_CHECKPOINT_H_
