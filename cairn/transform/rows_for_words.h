// Which row of a table belongs to which word.
#ifndef CAIRN_TRANSFORM_ROWS_FOR_WORDS_H_
#define CAIRN_TRANSFORM_ROWS_FOR_WORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cairn/core/status.h"

namespace cairn {

// Returns for each new word its position among the old ones, or -1. Errors: kArgument (an old word
// comes twice).
Result<std::vector<int64_t>> RowsForWords(const std::vector<std::string>& old_words,
                                          const std::vector<std::string>& new_words);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_ROWS_FOR_WORDS_H_
