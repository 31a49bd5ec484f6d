// An array of texts as a string tensor.
#ifndef CAIRN_FORMATS_NPZ_TEXT_ARRAY_H_
#define CAIRN_FORMATS_NPZ_TEXT_ARRAY_H_

#include <memory>

#include "cairn/formats/npz/npy_file.h"

namespace cairn::npz {

// The elements of an array of texts, '|S' as they are and '<U' in UTF-8, or the one string that a
// bookkeeping entry is. OpenStrings holds a few at a time. Errors of reading: kFormat (text that is
// not valid Unicode), kLimit (what is held takes far more than the packed bytes), those of
// RowMajorSource.
std::shared_ptr<const TensorSource> MakeTextArray(NpyFile file, Shape shape);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_TEXT_ARRAY_H_
