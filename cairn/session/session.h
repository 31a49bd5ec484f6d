// Named places that hold values: the program's own arrays, a TensorFlow session, a torch module.
#ifndef CAIRN_SESSION_SESSION_H_
#define CAIRN_SESSION_SESSION_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"

namespace cairn {

// Says what a variable is for. A local one belongs to this process: it is neither saved nor missed.
struct Collections {
  bool trainable = false;
  bool model = false;  // not trained, but needed to use the model: batch statistics
  bool local = false;
};

struct Variable {
  std::string name;  // an op name: "fc/W", without ":0"
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;  // -1 = not known before it has a value
  Collections collections;
};

// The position of a variable in Session::variables().
using VariableId = size_t;

// New values on their way into a session. Fill every buffer, then Commit; destroyed before that,
// the session keeps its values, as far as Session::Begin promises it.
class CAIRN_EXPORT Assignment {
 public:
  virtual ~Assignment() = default;
  // Where the bytes of the i-th variable that Begin was given go; numeric variables only, empty for
  // a string variable.
  virtual MutableBytes buffer(size_t i) = 0;
  // The new value of a string variable; without one it keeps its own.
  virtual void SetStrings(size_t i, StringTensor value) = 0;
  // Makes them the values, once. Errors: kArgument (a string variable was given another number of
  // elements), those of the engine.
  virtual Status Commit() = 0;
};

class CAIRN_EXPORT Session {
 public:
  virtual ~Session() = default;

  // In the order in which they were made.
  virtual std::span<const Variable> variables() const = 0;

  // Buffers for all these variables at once, in the engine's own memory where it can. Each engine
  // says how atomic it is. Errors: kArgument (no such variable, or one named twice).
  virtual Result<std::unique_ptr<Assignment>> Begin(std::span<const VariableId> variables) = 0;

  // Current values as sources under the variables' names, valid until the session's next write;
  // Materialize to keep them. Errors: as Begin.
  virtual Result<TensorDict> Snapshot(std::span<const VariableId> variables) = 0;
};

// Returns the variables that a checkpoint of the session holds: all but the local ones.
CAIRN_EXPORT std::vector<VariableId> SavedVariables(const Session& session);

}  // namespace cairn

#endif  // CAIRN_SESSION_SESSION_H_
