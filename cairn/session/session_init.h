// How a session gets its first values: from which dict, and by which rules.
#ifndef CAIRN_SESSION_SESSION_INIT_H_
#define CAIRN_SESSION_SESSION_INIT_H_

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/export.h"
#include "cairn/session/restore_plan.h"

namespace cairn {

class CAIRN_EXPORT SessionInit {
 public:
  virtual ~SessionInit() = default;
  // Returns what Init would do; the session is not changed. Errors: those of opening the source.
  virtual Result<RestorePlan> Plan(const Session& session) const = 0;
  // Makes the plan and applies it. Returns the plan, so that its warnings can be shown. Errors:
  // those of Plan, RestorePlan::acceptable and Apply.
  Result<RestorePlan> Init(Session& session, const TransferOptions& options = {}) const;
};

// Restores from a checkpoint, named by any path that Open takes. Borrows `fs`. Variables that the
// checkpoint lacks keep their values, with a warning. If it has none of the variables, that is an
// error (kMissing).
class CAIRN_EXPORT SaverRestore final : public SessionInit {
 public:
  explicit SaverRestore(FileSystem& fs, std::string path, RestoreRules rules = {},
                        OpenOptions options = {})
      : fs_(fs), path_(std::move(path)), rules_(std::move(rules)), options_(options) {}
  Result<RestorePlan> Plan(const Session& session) const override;

 private:
  FileSystem& fs_;
  std::string path_;
  RestoreRules rules_;
  OpenOptions options_;
};

// Restores from a dict: one that was opened, renamed, or made from a program's arrays by DictOf. It
// is not an error if the dict has none of the variables.
class CAIRN_EXPORT DictRestore final : public SessionInit {
 public:
  explicit DictRestore(TensorDict dict) : dict_(std::move(dict)) {}
  Result<RestorePlan> Plan(const Session& session) const override;

 private:
  TensorDict dict_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_SESSION_INIT_H_
