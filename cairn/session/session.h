// Named places that hold values: the program's own arrays, a TensorFlow session, a torch module.
#ifndef CAIRN_SESSION_SESSION_H_
#define CAIRN_SESSION_SESSION_H_

#include <memory>
#include <optional>
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

// Where a variable lies in a larger tensor that it is a part of, as the partitioned variables of
// TensorFlow do: `emb/part_1` is a part of `emb`.
struct PartOf {
  std::string whole;  // its name
  std::vector<int64_t> dims;
  std::vector<int64_t> offset;  // of the first element of the part, for each dimension
};

struct Variable {
  std::string name;  // an op name: "fc/W", without ":0"
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims = {};  // -1 = not known before it has a value
  Collections collections = {};
  bool has_known_rank = true;  // if not, dims is empty, and a value of any shape fits
  std::optional<PartOf> part_of = {};
};

// The position of a variable in Session::variables().
using VariableId = size_t;

// A variable that gets a value, and the dims of the value. They agree with those of the variable
// where these are known.
struct NewValue {
  VariableId variable = 0;
  std::vector<int64_t> dims;
};

// New values on their way into a session. Fill every buffer, then Commit; destroyed before that,
// the session keeps its values, except where a buffer that was filled is the variable's own memory.
class CAIRN_EXPORT Assignment {
 public:
  virtual ~Assignment() = default;
  // Whether a buffer is the variable's own memory, so that filling it changes the variable before
  // Commit. Apply then verifies every value before it fills the first buffer.
  virtual bool fills_in_place() const = 0;
  // Where the bytes of the i-th value that Begin was given go; numeric variables only, empty for a
  // string variable.
  virtual MutableBytes buffer(size_t i) = 0;
  // The new value of a string variable; without one it keeps its own.
  virtual void SetStrings(size_t i, StringTensor value) = 0;
  // Makes them the values, once. Errors: kArgument (a string variable was given another number of
  // elements), those of the engine.
  virtual Status Commit() = 0;
};

// Variables that keep their values until each is released. Destroyed, it releases all of them.
class CAIRN_EXPORT FrozenVariables {
 public:
  virtual ~FrozenVariables() = default;
  // The values under the names of the variables. Each may be read until its variable is released.
  virtual const TensorDict& values() const = 0;
  // Lets the variable of `values().name(i)` change again. Called at most once for each, by any
  // thread.
  virtual void Release(size_t i) = 0;
};

class CAIRN_EXPORT Session {
 public:
  virtual ~Session() = default;

  // In the order in which they were made.
  virtual std::span<const Variable> variables() const = 0;

  // Buffers for all these values at once, in the engine's own memory where it can. Each engine
  // says how atomic it is. Errors: kArgument (no such variable, one named twice, dims that it
  // cannot have), kNoMemory.
  virtual Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) = 0;

  // Current values as sources under the variables' names, valid until the session's next write;
  // Materialize to keep them. Errors: as Begin.
  virtual Result<TensorDict> Snapshot(std::span<const VariableId> variables) = 0;

  // Keeps the variables as they are, so that somebody can read them while the training goes on.
  // Who is about to change one waits until it is released: the session itself, or the program,
  // which asks the session. Variables may be frozen several times, and are released when each of
  // these has released them. May outlive the session if that says so. Errors: kUnsupported (the
  // session cannot do this), those of Snapshot.
  virtual Result<std::unique_ptr<FrozenVariables>> Freeze(std::span<const VariableId> variables);

  // The bytes of a MetaGraphDef, the content of a `.meta` file, that describes the graph of the
  // session. Absent where the session has no graph of TensorFlow. Errors: those of the engine.
  virtual Result<std::optional<std::string>> MetaGraph() const {
    return std::optional<std::string>();
  }
};

// Returns the variables that a checkpoint of the session holds: all but the local ones.
CAIRN_EXPORT std::vector<VariableId> SavedVariables(const Session& session);

}  // namespace cairn

#endif  // CAIRN_SESSION_SESSION_H_
