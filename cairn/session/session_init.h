// How a session gets its first values: which dict, which rules. Each ends in MakePlan and Apply.
#ifndef CAIRN_SESSION_SESSION_INIT_H_
#define CAIRN_SESSION_SESSION_INIT_H_

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/session/restore_plan.h"

namespace cairn {

class SessionInit {
 public:
  virtual ~SessionInit() = default;
  // What Init would do. Errors: those of opening the source.
  virtual Result<RestorePlan> Plan(const Session& session) const = 0;
  // Plans and applies; gives the plan, whose warnings the caller may show. Errors: those of Plan,
  // RestorePlan::acceptable, Apply.
  Result<RestorePlan> Init(Session& session, const TransferOptions& options = {}) const;
};

// From a checkpoint: any path that Open takes. Borrows `fs`. Variables that the checkpoint lacks
// keep their values with a warning; a checkpoint that has none of them is an error.
class SaverRestore final : public SessionInit {
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

// From a dict, however it was made: opened, merged, renamed, or DictOf a program's arrays. A dict
// that has nothing for the session is no error.
class DictRestore final : public SessionInit {
 public:
  explicit DictRestore(TensorDict dict) : dict_(std::move(dict)) {}
  Result<RestorePlan> Plan(const Session& session) const override;

 private:
  TensorDict dict_;
};

}  // namespace cairn

#endif  // CAIRN_SESSION_SESSION_INIT_H_
