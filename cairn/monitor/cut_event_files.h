// Takes back the events of steps that a resumed run does again.
#ifndef CAIRN_MONITOR_CUT_EVENT_FILES_H_
#define CAIRN_MONITOR_CUT_EVENT_FILES_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn {

struct EventsCut {
  uint64_t num_scalars = 0;             // that are left, in all files
  std::vector<std::string> files = {};  // the names of the files that were cut
};

// Looks at every event file of the directory that Cairn wrote, and cuts it before its first record
// that is damaged or whose step is above `step`. Such a file is replaced, durably, by one with the
// records before it; every other file stays as it is. Files that `except` names, files of other
// programs, and those whose first record is damaged are not touched, and not counted. Also removes
// temporary files that an interrupted call left. Errors: those of List, OpenForReading, ReadAt and
// io/durable_files.h.
Result<EventsCut> CutEventFiles(FileSystem& fs, const std::string& directory, int64_t step,
                                const std::set<std::string>& except = {});

// Returns the names of all event files of the directory, whoever wrote them. Errors: those of List.
Result<std::set<std::string>> ListEventFiles(FileSystem& fs, const std::string& directory);

}  // namespace cairn

#endif  // CAIRN_MONITOR_CUT_EVENT_FILES_H_
