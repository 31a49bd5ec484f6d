// Finds names that may be meant by one that was not found: the usual renamings between programs,
// and near spellings.
#ifndef CAIRN_SESSION_ALIKE_NAMES_H_
#define CAIRN_SESSION_ALIKE_NAMES_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cairn {

// Returns a name as it is for names that programs give to the same variable: without ":0" and
// without "_1" at the end of a part, in small letters, with one word for `kernel`, `weights`,
// `weight`, `gamma` and `W`, and one for `bias`, `biases` and `b`, parts separated by '/'.
std::string UsualForm(std::string_view name);

// Names to choose from.
class AlikeNames {
 public:
  // The names must outlive this. Of very many only the first are looked at.
  explicit AlikeNames(std::vector<std::string_view> names);

  // Returns at most three names: those of the same usual form, then those whose form has some parts
  // more or fewer in front, then near spellings. Near spellings take time; after some tens of
  // milliseconds, in all calls together, they are not looked for any more.
  std::vector<std::string> Find(std::string_view wanted);

 private:
  std::vector<std::string> FindByForm(std::string_view wanted) const;
  std::vector<std::string> FindBySpelling(std::string_view wanted);

  std::vector<std::string_view> names_;
  std::deque<std::string> forms_;  // has one element for each of names_
  // Positions by whole forms, and by ends of forms of at least two parts.
  std::unordered_multimap<std::string_view, size_t> by_form_;
  std::unordered_multimap<std::string_view, size_t> by_end_;
  uint64_t num_letters_ = 0;  // of all names
  uint64_t steps_left_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_ALIKE_NAMES_H_
