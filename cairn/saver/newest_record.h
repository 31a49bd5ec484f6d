// The checkpoint of a run that a resumed run would try first, and what ModelSaver recorded in it.
#ifndef CAIRN_SAVER_NEWEST_RECORD_H_
#define CAIRN_SAVER_NEWEST_RECORD_H_

#include <optional>
#include <string>

#include "cairn/saver/retention_record.h"
#include "cairn/state/run_directory.h"

namespace cairn {

// Returns the name of the first checkpoint in the ranking that is complete, or nothing if there is
// none.
std::optional<std::string> NewestComplete(const RunDirectory& run);

// Reads the record of ModelSaver from the run state of the checkpoint at `path`. Errors: kMissing
// (it has none), those of Open, ReadRunState and ParseRetentionRecord.
Result<RetentionRecord> ReadRetentionRecord(FileSystem& fs, const std::string& path);

}  // namespace cairn

#endif  // CAIRN_SAVER_NEWEST_RECORD_H_
