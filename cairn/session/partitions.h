// Partitioned variables, which TensorFlow keeps in parts along one dimension: `emb/part_0`,
// `emb/part_1` and so on are `emb`, and `emb/part_0/Adam` is a part of its slot `emb/Adam`. A
// session may have the whole where a checkpoint has the parts, or the other way round.
#ifndef CAIRN_SESSION_PARTITIONS_H_
#define CAIRN_SESSION_PARTITIONS_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cairn/core/box.h"
#include "cairn/session/entry_index.h"
#include "cairn/session/session.h"

namespace cairn {

// A name of a part, taken apart: "emb/part_3/Adam" is part 3 of "emb/Adam".
struct PartName {
  std::string_view before;  // "emb"
  size_t index = 0;
  std::string_view after;  // "/Adam"; may be empty

  std::string whole() const { return std::string(before) + std::string(after); }
  std::string part(size_t i) const;
};
// Returns nothing if it is no such name.
std::optional<PartName> ParsePartName(std::string_view name);

// The variables of a session that are parts, by their own word (Variable::part_of) or by name.
class PartVariables {
 public:
  explicit PartVariables(std::span<const Variable> variables) : variables_(variables) {}

  // Returns the name of the whole that a variable is a part of, or nothing.
  std::optional<std::string> WholeOf(const Variable& variable) const;

  // Returns where a variable lies in a whole of these dims, or nothing if it and the other parts do
  // not make up that whole.
  std::optional<Box> BoxIn(const Variable& variable, std::span<const int64_t> whole);

 private:
  std::optional<Box> BoxByName(const PartName& name, std::span<const int64_t> whole);
  // The parts of one whole, as far as their names go on from 0.
  std::vector<const Variable*> PartsOf(const PartName& name);

  std::span<const Variable> variables_;
  std::unordered_map<std::string_view, const Variable*> by_name_;  // made when it is needed
};

// Entries that make up one tensor along `axis`.
struct JoinedEntries {
  std::vector<size_t> entries;
  size_t axis = 0;
  std::vector<int64_t> dims;  // of the whole
};

// Returns the parts of `name` in a dict, joined along the axis that gives `wanted` dims, or else
// along the first that they can be joined along; nothing if there are none.
std::optional<JoinedEntries> FindParts(const TensorDict& dict, const EntryIndex& index,
                                       std::string_view name, std::span<const int64_t> wanted);

}  // namespace cairn

#endif  // CAIRN_SESSION_PARTITIONS_H_
