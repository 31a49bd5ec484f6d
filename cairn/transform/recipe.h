// A chain of changes to the tensors of a checkpoint, as text: what the options of a verb ask for,
// and what a recipe file records.
#ifndef CAIRN_TRANSFORM_RECIPE_H_
#define CAIRN_TRANSFORM_RECIPE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/transform/cast_tensors.h"
#include "cairn/transform/name_rules.h"

namespace cairn {

// Makes rows for another list of words (MapRows).
struct RowsText {
  std::string pattern;
  std::vector<std::string> old_words;
  std::vector<std::string> new_words;
};

// Puts the tensor of a file into a dict (SetTensor).
struct SetText {
  std::string name;
  std::string path;
};
// Opens the only tensor of a file. Errors: those of opening it; kArgument (it has another number).
using OpenArray =
    std::function<Result<std::shared_ptr<const TensorSource>>(const std::string& path)>;

// The changes are made in the order of these members. Patterns and names after `names` are those of
// the tensors when it is their turn.
//
// - concat: "NEW=A,B,C" or "NEW=A,B,C@AXIS", tensors joined along an axis, 0 if none is given.
// - split: "NAME=A,B,C" or "NAME=A,B,C@AXIS", a tensor cut into equal parts.
// - slice: "PATTERN=0:10,:,3", as numpy slices.
// - pad: "PATTERN=0:2,1:1", zeros before and after, for each dimension.
// - transpose: "PATTERN=1,0", dimensions in another order.
// - reshape: "PATTERN=-1,10", the same elements; one size may be -1, and is found.
// - dtype: "bfloat16" or "float32:PATTERN", casts; the last that is for a tensor counts.
//
// The last '=' of a text separates, since values have none.
struct CAIRN_EXPORT Recipe {
  NameRulesText names = {};
  std::vector<std::string> concat = {};
  std::vector<std::string> split = {};
  std::vector<std::string> slice = {};
  std::vector<std::string> pad = {};
  std::vector<RowsText> rows = {};
  std::vector<std::string> transpose = {};
  std::vector<std::string> reshape = {};
  std::vector<SetText> set = {};
  std::vector<std::string> dtype = {};

  // How the tensors are taken before all this, in the words of the command line: by which verb
  // (convert, if it is empty), with which of its own options ("--weights=3,1"), and from which
  // sources after the first.
  std::string verb = {};
  std::vector<std::string> options = {};
  std::vector<std::string> sources = {};

  // The options of the save that gives the same bytes again, in the words of the command line.
  // EditTensors does not use them.
  std::string to = {};
  std::string level = {};
  std::string max_shard_size = {};
  std::string strings = {};

  // Whether anything but names changes.
  bool edits_tensors() const;
  // Whether tensors are taken otherwise than all those of one checkpoint.
  bool takes_otherwise() const { return !verb.empty() || !options.empty() || !sources.empty(); }
};

// Makes the changes of a recipe after those of its names, which PlanNames makes. `open` is called
// for each tensor that is set, and may be null where none is; `report` may be null. Nothing is read
// before the result is, but an object graph that names a tensor which is joined or split: it is
// rewritten without it. Errors: kArgument (a text that is not of its form), kUnsupported (it takes
// tensors otherwise, which only `cairn convert` does), those of the functions of edit_tensors.h and
// cast_tensors.h.
CAIRN_EXPORT Result<TensorDict> EditTensors(const TensorDict& dict, const Recipe& recipe,
                                            const OpenArray& open = nullptr,
                                            CastReport* report = nullptr);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_RECIPE_H_
