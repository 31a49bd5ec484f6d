// The words in which the rules of retention explain a checkpoint.
#ifndef CAIRN_SAVER_RETENTION_WORDS_H_
#define CAIRN_SAVER_RETENTION_WORDS_H_

#include <string>
#include <vector>

#include "cairn/saver/retention.h"

namespace cairn {

// "one of the newest 3", "the newest"; 0: "no limit by number".
std::string NewestText(uint64_t max_to_keep);
// "beyond the newest 3", "not the newest".
std::string BeyondNewestText(uint64_t max_to_keep);
// "a multiple of 1000 steps"
std::string MultipleText(int64_t keep_every_n_steps);
// "best 2 by val_loss: 0.312", "the best by val_loss: 0.312".
std::string BestText(const BestRule& rule, double value);
// "not among the best 2 by val_loss: 0.9", "not the best by val_loss: 0.9".
std::string NotBestText(const BestRule& rule, double value);
// "the budget of 10.0 GiB"
std::string BudgetText(uint64_t max_nbytes);
// "spared: 0.6 h after model-20"; "spared for good" if the time between them is not known.
std::string SparedText(double seconds, int64_t step_before);

// Every rule that is in force: "the newest 3", "one every 0.5 h", "multiples of 1000 steps",
// "the best 2 by val_loss (smallest)", "at most 10.0 GiB".
std::vector<std::string> RulesInWords(const RetentionRules& rules);

}  // namespace cairn

#endif  // CAIRN_SAVER_RETENTION_WORDS_H_
