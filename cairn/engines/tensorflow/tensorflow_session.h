// A graph of TensorFlow as a session: its variables are restored, saved, and used by running the
// graph.
#ifndef CAIRN_ENGINES_TENSORFLOW_TENSORFLOW_SESSION_H_
#define CAIRN_ENGINES_TENSORFLOW_TENSORFLOW_SESSION_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/engines/tensorflow/tensorflow_options.h"
#include "cairn/io/file_system.h"
#include "cairn/session/session.h"

namespace cairn {

// Variables of a graph of TensorFlow 1 have the names of their ops; those of a TF2 SavedModel have
// the names of their tensors in a checkpoint of the same objects. Used by one thread.
//
// An Assignment is memory of TensorFlow beside the variables: until Commit they keep their values.
// Commit checks every value before it runs anything; after an error of TensorFlow itself (no
// memory, a worker that ended) some variables may have their new values and others their old ones.
// A Snapshot stays what it is whatever the session does later.
class CAIRN_EXPORT TensorFlowSession : public Session {
 public:
  // Reads the graph of `path`: a `.meta` file, a SavedModel (its directory or its saved_model.pb),
  // the text form of one, or the newest metagraph in the directory of a run. Its variables have no
  // values. Errors: those of reading the graph; kMissing (no TensorFlow), kVersion (it is older
  // than 2.12), kUnsupported (ops that it does not have: the message names them and their nodes),
  // kEngine.
  static Result<std::unique_ptr<TensorFlowSession>> Open(FileSystem& fs, const std::string& path,
                                                         const TensorFlowOptions& options = {});

  // Gives first values to what has none, in one run: runs the initializers of all variables without
  // a value, local ones too, and what fills the tables of the graph. Variables of a TF2 SavedModel
  // have no initializers, and stay without. After an error some may have a value. Errors: kEngine;
  // kPath (a file that the graph wants is not in the directory of its assets).
  virtual Status InitializeMissing() = 0;

  // The variables that have no value, in order. Errors: kEngine.
  virtual Result<std::vector<VariableId>> Uninitialized() = 0;

  // Runs ops and reads outputs of nodes: `feeds` by the names of outputs ("x:0" or "x"), `fetches`
  // too, where the name of a variable asks for its value; `targets` by the names of ops. The
  // results have the names of `fetches`, and own their memory. Errors: kArgument (no such node, or
  // a dtype or shape that it does not take), kEngine.
  virtual Result<TensorDict> Run(const TensorDict& feeds, const std::vector<std::string>& fetches,
                                 const std::vector<std::string>& targets = {}) = 0;

  // Whether the graph has a signature of this name.
  virtual bool HasSignature(const std::string& name) const = 0;

  // Runs a signature of the graph: `inputs` and results have the names of the signature. An empty
  // name is "serving_default". Errors: as Run.
  virtual Result<TensorDict> RunSignature(const std::string& name, const TensorDict& inputs) = 0;
};

}  // namespace cairn

#endif  // CAIRN_ENGINES_TENSORFLOW_TENSORFLOW_SESSION_H_
