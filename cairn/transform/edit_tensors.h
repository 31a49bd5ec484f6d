// Changes tensors of a dict one by one: their shapes, or what part of them is kept. Nothing is read
// before the result is.
//
// A tensor of a TF2 checkpoint has the names in its object graph, too: short paths and full names
// of variables; keys come first. Each function edits the tensors that match a pattern, and the
// slots of the same shape that an optimizer keeps for them ("fc/W/Adam" for "fc/W"), and returns a
// dict in which they are edited. Errors: kMissing (the pattern matches no tensor), kArgument or
// kMismatch (the edit is not possible for one of them, which the message names), and of reading:
// those of the sources.
#ifndef CAIRN_TRANSFORM_EDIT_TENSORS_H_
#define CAIRN_TRANSFORM_EDIT_TENSORS_H_

#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/transform/name_pattern.h"

namespace cairn {

// Puts the dimensions into another order: dimension i becomes what dimension axes[i] was, as in
// numpy.transpose.
CAIRN_EXPORT Result<TensorDict> TransposeTensors(const TensorDict& dict, const NamePattern& pattern,
                                                 const std::vector<size_t>& axes);

// Gives the elements another shape. One of the dimensions may be -1: it is found from the number of
// elements.
CAIRN_EXPORT Result<TensorDict> ReshapeTensors(const TensorDict& dict, const NamePattern& pattern,
                                               const std::vector<int64_t>& dims);

// Keeps a part, named as numpy's basic slicing does: "0:10,:,3".
CAIRN_EXPORT Result<TensorDict> SliceTensors(const TensorDict& dict, const NamePattern& pattern,
                                             const std::string& slice);

// How many zeros stand before and after the elements of one dimension.
struct PaddedAxis {
  int64_t before = 0;
  int64_t after = 0;
};
// Puts zeros around the elements: one entry of `axes` for each dimension.
CAIRN_EXPORT Result<TensorDict> PadTensors(const TensorDict& dict, const NamePattern& pattern,
                                           const std::vector<PaddedAxis>& axes);

// Makes rows (indexes of the first dimension) for another list of words: the row of a word that
// `old_words` has is that of the word there, the row of any other is zero. Words are in the order
// of their rows. Errors: also kArgument (a word of `old_words` comes twice).
CAIRN_EXPORT Result<TensorDict> MapRows(const TensorDict& dict, const NamePattern& pattern,
                                        const std::vector<std::string>& old_words,
                                        const std::vector<std::string>& new_words);

// Joins tensors along an axis into the tensor `name`; they are gone. Shapes differ in that axis
// alone. Errors: kMissing (one of `parts` is not there).
CAIRN_EXPORT Result<TensorDict> ConcatTensors(const TensorDict& dict, const std::string& name,
                                              const std::vector<std::string>& parts, size_t axis);

// Cuts the tensor `name` along an axis into equal parts of these names; it is gone. Errors:
// kMissing (there is no such tensor), kMismatch (its size is not a multiple of the number of
// parts).
CAIRN_EXPORT Result<TensorDict> SplitTensor(const TensorDict& dict, const std::string& name,
                                            const std::vector<std::string>& parts, size_t axis);

// Puts `source` in the place of the tensor `name`, or adds it.
CAIRN_EXPORT Result<TensorDict> SetTensor(const TensorDict& dict, const std::string& name,
                                          std::shared_ptr<const TensorSource> source);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_EDIT_TENSORS_H_
