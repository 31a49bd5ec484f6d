// Describes what a power cut leaves of the changes that were not synced.
#ifndef CAIRN_IO_POWER_CUT_H_
#define CAIRN_IO_POWER_CUT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace cairn {

// The contents that a power cut leaves of a file whose last writes were not synced. Blocks may
// reach the disk in any order, or be reserved and never written. A file that was never synced
// counts as one that was synced when it was empty.
enum class FileRemains : uint8_t {
  kSynced,              // The contents as of the last sync.
  kZeros,               // The synced contents, and zeros up to the full size.
  kFirstHalf,           // The first half of the bytes; the file ends there.
  kFirstHalfThenZeros,  // The first half of the bytes, and zeros up to the full size.
  kSecondHalf,          // The second half of the bytes, after synced bytes or zeros.
  kComplete,            // Every byte.
};
inline constexpr size_t kNumFileRemains = 6;

// The changes that a power cut now might undo, each described for people.
struct UnsyncedChanges {
  // Changes of names, in the order in which they were made. A rename within a directory is one
  // change, "/run/: -a.tmp +a". A rename from one directory to another is two changes.
  std::vector<std::string> names;
  // The paths of files whose contents are not as they were synced.
  std::vector<std::string> files;
};

// One outcome of a power cut: what becomes of each of the UnsyncedChanges, in their order. Changes
// beyond the end of a vector are lost.
struct PowerCut {
  std::vector<bool> names;  // Whether the change reached the disk.
  std::vector<FileRemains> files;
};

}  // namespace cairn

#endif  // CAIRN_IO_POWER_CUT_H_
