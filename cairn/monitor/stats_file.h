// stats.json, the statistics of a run: one object for each epoch.
//
//   [{"cost": 1.6034096479415894, "lr": 0.01, "epoch_num": 1, "global_step": 4}, {…}]
//
// It is what json.dumps of a list of dicts gives: `, ` and `: ` between parts, numbers as Python's
// repr writes them, no line break. The scalars come in the order in which they were first put, then
// the epoch and the step. NaN and infinities are the strings "NaN", "Infinity" and "-Infinity";
// tensorpack writes them bare, which is not JSON but is read here.
#ifndef CAIRN_MONITOR_STATS_FILE_H_
#define CAIRN_MONITOR_STATS_FILE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"

namespace cairn {

inline constexpr std::string_view kStatsFileName = "stats.json";

// The largest stats.json that is read.
inline constexpr uint64_t kMaxStatsNbytes = uint64_t{64} << 20;

struct Scalar {
  std::string name;
  double value = 0;

  friend bool operator==(const Scalar&, const Scalar&) = default;
};

// The entries of a stats.json, in their order. What other programs wrote into an entry, such as
// nested values, stays as it is, except for spaces and bare NaN and infinities.
class CAIRN_EXPORT StatsHistory {
 public:
  // Errors: kFormat (not a list of objects; the message says at which byte it is not JSON), kLimit
  // (more than `max_nbytes`).
  static Result<StatsHistory> Parse(std::string_view text, uint64_t max_nbytes = kMaxStatsNbytes);
  // Returns the whole text. Parse gives an equal history of it.
  std::string Format() const;

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

  // Adds an entry. Scalars named `epoch_num` or `global_step` are left out: those are `epoch` and
  // `step`.
  void Append(std::span<const Scalar> scalars, int64_t epoch, int64_t step);

  // Removes the first entry whose `global_step` is above `step`, and all that follow it.
  void CutAfter(int64_t step);

  // Returns the `epoch_num` of the last entry: a number, cut to its whole part, or a string of
  // digits. Returns nothing if there is no entry, or it has anything else.
  std::optional<int64_t> last_epoch() const;
  // The same for its `global_step`.
  std::optional<int64_t> last_step() const;

 private:
  struct Entry {
    std::string text;
    std::optional<int64_t> epoch;
    std::optional<int64_t> step;
  };

  std::vector<Entry> entries_;
};

// Errors: kMissing, those of Parse, kFileType, kIo; with the path.
CAIRN_EXPORT Result<StatsHistory> ReadStatsFile(FileSystem& fs, const std::string& directory);
// The old file or the new one has the name at every moment while the machine runs. Nothing is
// synced: after a power cut the file may be missing, empty or cut. Errors: kNoSpace, kReadOnly,
// kIo, …; the file is then as it was.
CAIRN_EXPORT Status WriteStatsFile(FileSystem& fs, const std::string& directory,
                                   const StatsHistory& stats);

}  // namespace cairn

#endif  // CAIRN_MONITOR_STATS_FILE_H_
