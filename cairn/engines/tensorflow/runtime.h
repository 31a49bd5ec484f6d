// The interface of a TensorFlow that holds a graph and runs parts of it. It is in this process
// (in_process_runtime.h) or in a process of its own (worker_runtime.h).
//
// Whoever calls it has checked the graph, the dtypes and the shapes: TensorFlow itself ends its
// process on some graphs that are malformed.
#ifndef CAIRN_ENGINES_TENSORFLOW_RUNTIME_H_
#define CAIRN_ENGINES_TENSORFLOW_RUNTIME_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"
#include "cairn/core/tensor_source.h"

namespace cairn::tensorflow {

// A tensor in memory that TensorFlow can use. Numbers are row-major and little-endian; a tensor of
// strings has no bytes.
class RuntimeTensor {
 public:
  virtual ~RuntimeTensor() = default;
  virtual DType dtype() const = 0;
  virtual std::span<const int64_t> dims() const = 0;
  virtual MutableBytes bytes() = 0;
  // For tensors of strings, one for each element.
  virtual Result<StringTensor> strings() const = 0;
};

// A tensor for the output of a node: "w:0", or "w" for the first. NewTensor or NewStrings of the
// same runtime has made it.
struct Feed {
  std::string output;
  std::shared_ptr<RuntimeTensor> tensor;
};

// Used by one thread at a time. Tensors may outlive it.
class Runtime {
 public:
  virtual ~Runtime() = default;

  // The version of TensorFlow, such as "2.21.0", and the directory that it was found in.
  virtual const std::string& version() const = 0;
  virtual const std::string& directory() const = 0;

  // The names of all ops that it has. Errors: kEngine.
  virtual Result<std::vector<std::string>> KnownOps() = 0;

  // Makes the graph of a serialised GraphDef, and a session for it; once only. Errors: kEngine,
  // with TensorFlow's own words.
  virtual Status Import(Bytes graph_def) = 0;

  // Makes a tensor whose values are not set. Errors: kArgument (no such tensor can be), kNoMemory.
  virtual Result<std::shared_ptr<RuntimeTensor>> NewTensor(DType dtype,
                                                           std::span<const int64_t> dims) = 0;
  // Makes a tensor of strings. TensorFlow sees them where they lie in the tensor: a variable must
  // be assigned a copy (StringJoin). Errors: kArgument (`value` has not as many elements),
  // kNoMemory.
  virtual Result<std::shared_ptr<RuntimeTensor>> NewStrings(StringTensor value,
                                                            std::span<const int64_t> dims) = 0;

  // Runs the ops `targets` and what the outputs `fetches` need, once, and returns the fetched
  // tensors in order. TensorFlow refuses to fetch an output that is fed. A tensor that was fed is
  // not to be changed afterwards. Errors: kArgument (there is no such op or output, or the output
  // is a resource or variant), kNoMemory, kEngine; after the last it is not known which of the
  // targets ran.
  virtual Result<std::vector<std::shared_ptr<RuntimeTensor>>> Run(
      std::span<const Feed> feeds, std::span<const std::string> fetches,
      std::span<const std::string> targets) = 0;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_RUNTIME_H_
