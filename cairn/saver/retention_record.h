// The record that ModelSaver keeps in the run state of its checkpoints, so that a later process
// knows the values by which the best ones were chosen, and other programs can say why each one is
// kept.
//
//   {"max_to_keep":3,"keep_checkpoint_every_n_hours":0.5,"keep_every_n_steps":1000,
//    "keep_best":{"statistic":"val_loss","count":2,"order":"smallest"},"max_nbytes":0,
//    "values":{"10":0.312,"20":"NaN"}}
//
// Without blanks. Numbers that JSON does not have are the strings "NaN", "Infinity", "-Infinity".
#ifndef CAIRN_SAVER_RETENTION_RECORD_H_
#define CAIRN_SAVER_RETENTION_RECORD_H_

#include <map>
#include <string>
#include <string_view>

#include "cairn/saver/retention.h"

namespace cairn {

struct RetentionRecord {
  RetentionRules rules = {};
  std::map<int64_t, double> values = {};  // of the statistic of keep_best, by step
};

// Equal records give equal texts, in UTF-8. Every number reads back exactly; of a NaN only that it
// is one. A statistic whose name is not UTF-8 is named as Escape shows it.
std::string FormatRetentionRecord(const RetentionRecord& record);
// Fields that this version does not know are passed over. Errors: kFormat.
Result<RetentionRecord> ParseRetentionRecord(std::string_view text);

// Returns the values that later plans may need: the best `count` of all, and those of the newest
// `max_to_keep` steps (of 1000 where that is 0). The same values remain whether others were left
// out before or not, so a resumed run remembers what an undisturbed one does.
std::map<int64_t, double> PruneValues(const RetentionRules& rules,
                                      const std::map<int64_t, double>& values);

}  // namespace cairn

#endif  // CAIRN_SAVER_RETENTION_RECORD_H_
