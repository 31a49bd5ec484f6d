// Says what is odd in the directory of a run beside the checkpoints themselves.
#ifndef CAIRN_STATE_RUN_NOTES_H_
#define CAIRN_STATE_RUN_NOTES_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/state/run_directory.h"
#include "cairn/state/state_file.h"

namespace cairn {

// The data files of one prefix, as the listing tells them.
struct DataFiles {
  std::vector<std::string> names;
  std::set<uint32_t> totals;  // the NNNNN of -of-NNNNN
};
using DataFilesByPrefix = std::map<std::string, DataFiles, std::less<>>;

DataFilesByPrefix GroupDataFiles(const std::vector<std::string>& names);

// "part-00000-of-00003": a part of a save that TensorFlow had no time to merge.
bool IsPart(std::string_view name);

// Says that there is data of this name and no index.
std::string NoteOnLostIndex(std::string_view name);

// Notes the files, other than data without an index, that unfinished saves left.
void NoteLeftovers(const std::vector<std::string>& names, std::vector<std::string>& notes);

// Notes what the listing shows to be wrong with data files: those without an index, and several
// sets of one name. `committed` has the names with an index, sorted.
void NoteDataFiles(const std::vector<std::string>& committed, const DataFilesByPrefix& groups,
                   std::vector<std::string>& notes);

// Notes two names with one number, also of two formats. (A copy of the best checkpoint shares its
// step, and is not an oddity.)
void NoteSharedSteps(const std::vector<RunCheckpoint>& checkpoints,
                     std::vector<std::string>& notes);

// Notes the checkpoints that the state file still lists and that are gone.
void NoteGhosts(const StateFile& state, const std::vector<std::string>& committed,
                std::vector<std::string>& notes);

}  // namespace cairn

#endif  // CAIRN_STATE_RUN_NOTES_H_
