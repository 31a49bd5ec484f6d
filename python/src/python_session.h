// The variables of a model of Python as a session.
#ifndef CAIRN_PYTHON_PYTHON_SESSION_H_
#define CAIRN_PYTHON_PYTHON_SESSION_H_

#include <nanobind/nanobind.h>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/session/session.h"
#include "python/src/memory.h"
#include "python/src/python_errors.h"

namespace cairn::python {

// What the variables are, how they are read and how they get new values is said by an object of
// Python: an Adapter of cairn/variables.py. A variable whose memory it shares is saved from that
// memory and restored into it; the others are read and assigned by the adapter, all of them in one
// call.
//
// Every function but the destructor may be called with or without the GIL, and takes it while it
// calls Python. An exception of the adapter is an error here (kEngine), and `errors` keeps it.
class PythonSession final : public Session {
 public:
  // The caller holds the GIL. The variables are listed when they are asked for first.
  explicit PythonSession(nanobind::object adapter) : adapter_(std::move(adapter)) {}

  // Has the variables and texts listed again when they are asked for next.
  void Forget() { is_listed_ = false; }

  // Empty if the adapter cannot list them; Begin and Snapshot return that error.
  std::span<const Variable> variables() const override;
  // Returns what a run keeps beside its variables, by name: the texts that the adapter lists.
  const std::map<std::string, std::string>& texts() const;

  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override;
  Result<std::optional<std::string>> MetaGraph() const override;

  nanobind::handle adapter() const { return adapter_; }
  // See collect_garbage.h.
  template <typename Visit>
  void VisitObjects(Visit visit) const {
    visit(adapter_);
  }
  void ClearObjects() { adapter_.reset(); }

  PythonErrors& errors() const { return errors_; }

 private:
  Status List() const;
  Status ListWithGil() const;
  Status AddVariable(nanobind::handle item) const;
  Status AddShared(VariableId id, TensorDict::Builder& builder) const;
  Status AddRead(std::span<const VariableId> ids, TensorDict::Builder& builder) const;

  nanobind::object adapter_;
  mutable PythonErrors errors_;
  mutable bool is_listed_ = false;
  mutable Status list_error_;
  mutable std::vector<Variable> variables_;
  mutable std::vector<std::optional<Memory>> shared_;  // one for each variable
  mutable std::map<std::string, std::string> texts_;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_PYTHON_SESSION_H_
