// The statistics of a run, as its stats.json has them.
#ifndef CAIRN_CLI_RUN_STATISTICS_H_
#define CAIRN_CLI_RUN_STATISTICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn::cli {

struct RunStatistics {
  // What was written at one moment.
  struct Record {
    std::optional<int64_t> epoch;
    std::optional<int64_t> step;
    std::vector<std::pair<std::string, double>> values;  // in the order of the file
  };
  std::vector<Record> records = {};  // the oldest first
  std::string trouble = {};  // why they cannot be read; "" also where there is no stats.json
};

// A file that is being replaced is the old or the new one.
RunStatistics ReadStatistics(FileSystem& fs, const std::string& directory);

// One statistic over time.
struct StatisticCurve {
  std::string name = {};            // "" where there is no statistic at all
  std::vector<double> values = {};  // of the records that have it
};

// The curve of the statistic `name`, or where that is not given of "cost", "loss", or the first one
// of the last record, whichever is there.
StatisticCurve CurveOf(const RunStatistics& statistics, const std::optional<std::string>& name);

// "0.1235", "nan": four digits, for people.
std::string StatisticText(double value);
// "epoch 3, step 12".
std::string PlaceText(const RunStatistics::Record& record);
// "epoch 3, step 12: cost 1.262, accuracy 0.3664".
std::string TextOf(const RunStatistics::Record& record);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RUN_STATISTICS_H_
