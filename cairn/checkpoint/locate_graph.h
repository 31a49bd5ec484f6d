// From what a user names to the file that holds its graph.
#ifndef CAIRN_CHECKPOINT_LOCATE_GRAPH_H_
#define CAIRN_CHECKPOINT_LOCATE_GRAPH_H_

#include <optional>
#include <string>

#include "cairn/io/file_system.h"
#include "cairn/state/locate_named.h"

namespace cairn {

// Returns the newest `graph-*.meta` of a directory by name, as tensorpack writes them; nothing
// where there is none. Errors: kMissing, kFileType, kIo.
Result<std::optional<std::string>> NewestMetaGraph(FileSystem& fs, const std::string& directory);

// A file is taken as it is. A SavedModel directory stands for its saved_model.pb, the base
// directory of a served model for that of its newest version, the directory of a run for its newest
// graph-*.meta or the metagraph of its checkpoint, and a prefix for PREFIX.meta; "DIR@STEP" for the
// metagraph of the run's checkpoint of this step. Errors: kMissing (there is none), those of
// LocateStep, kIo.
Result<Located> LocateGraph(FileSystem& fs, const std::string& path);

// Returns the graph that belongs to a checkpoint: PREFIX.meta, or the file of the SavedModel whose
// variables it is; for a directory that was named, its newest graph-*.meta first. Nothing where
// there is none. Errors: kIo.
Result<std::optional<Located>> GraphOfCheckpoint(FileSystem& fs, const std::string& given,
                                                 const std::string& prefix);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_LOCATE_GRAPH_H_
