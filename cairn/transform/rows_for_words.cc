#include "cairn/transform/rows_for_words.h"

#include <string_view>
#include <unordered_map>

#include "cairn/core/escape.h"
#include "cairn/source/rows_source.h"

namespace cairn {

Result<std::vector<int64_t>> RowsForWords(const std::vector<std::string>& old_words,
                                          const std::vector<std::string>& new_words) {
  std::unordered_map<std::string_view, int64_t> row_of;
  for (size_t row = 0; row < old_words.size(); ++row) {
    if (!row_of.emplace(old_words[row], static_cast<int64_t>(row)).second)
      return Status(Reason::kArgument, "the word " + Quoted(old_words[row]) + " comes twice");
  }
  std::vector<int64_t> rows;
  rows.reserve(new_words.size());
  for (const std::string& word : new_words) {
    const auto row = row_of.find(word);
    rows.push_back(row == row_of.end() ? kNoRow : row->second);
  }
  return rows;
}

}  // namespace cairn
