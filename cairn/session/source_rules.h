// The rules of a restore source, understood: which entries are ignored, and whose rows belong to
// words.
#ifndef CAIRN_SESSION_SOURCE_RULES_H_
#define CAIRN_SESSION_SOURCE_RULES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/session/restore_rules.h"
#include "cairn/transform/name_pattern.h"

namespace cairn {

// RowsText, understood.
struct RowsRule {
  NamePattern pattern;
  size_t num_old_rows = 0;
  std::vector<int64_t> rows;  // for each new word the row of the old one, or -1
};

// Views of the source, which must outlive this.
class SourceRules {
 public:
  // Errors: kArgument.
  static Result<SourceRules> Make(const RestoreSource& source);

  // Whether a rule leaves entry `i` out.
  bool Ignores(size_t i) const { return ignored_[i]; }
  // Returns the last rule for the rows of an entry, or null.
  const RowsRule* RowsOf(size_t i) const;

  // Returns a sentence for each rule that matches no entry.
  const std::vector<std::string>& useless() const { return useless_; }

 private:
  explicit SourceRules(const RestoreSource& source) : source_(&source) {}
  void IgnoreNames();
  Status IgnorePatterns();
  Status MakeRows();
  // The present name of an entry, and the one before it was renamed.
  std::vector<std::string_view> NamesOf(size_t i) const;
  bool Match(const NamePattern& pattern, size_t i) const;
  std::string NearNames(const std::string& name) const;

  const RestoreSource* source_;
  std::vector<bool> ignored_;
  std::vector<RowsRule> rows_;
  std::vector<std::string> useless_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_SOURCE_RULES_H_
