// How a session gets its first values: from which sources, and by which rules. The family has the
// names and the rules of tensorpack's.
#ifndef CAIRN_SESSION_SESSION_INIT_H_
#define CAIRN_SESSION_SESSION_INIT_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/export.h"
#include "cairn/session/restore_plan.h"

namespace cairn {

class CAIRN_EXPORT SessionInit {
 public:
  virtual ~SessionInit() = default;

  // Opens the sources, and applies the name rules of each. Errors: those of opening, those of
  // Rename.
  virtual Result<std::vector<RestoreSource>> Sources() const = 0;

  // Returns what Init would do; the session is not changed. Errors: those of Sources.
  Result<RestorePlan> Plan(const Session& session) const;

  // Makes the plan and applies it, all or nothing as Apply says. Returns the plan, so that its
  // warnings can be shown; one of them says what casts lost. Errors: those of Plan,
  // RestorePlan::acceptable and Apply.
  Result<RestorePlan> Init(Session& session, const TransferOptions& options = {}) const;
};

// Restores from a checkpoint, named by any path that Open takes. Borrows `fs`. Variables that the
// checkpoint lacks keep their values, with a warning. If it has none of the variables, that is an
// error (kMissing).
class CAIRN_EXPORT SaverRestore : public SessionInit {
 public:
  explicit SaverRestore(std::string path, RestoreRules rules = {}, OpenOptions options = {})
      : SaverRestore(LocalFileSystem(), std::move(path), std::move(rules), options) {}
  explicit SaverRestore(FileSystem& fs, std::string path, RestoreRules rules = {},
                        OpenOptions options = {})
      : fs_(fs), path_(std::move(path)), rules_(std::move(rules)), options_(options) {}
  Result<std::vector<RestoreSource>> Sources() const override;

 private:
  FileSystem& fs_;
  std::string path_;
  RestoreRules rules_;
  OpenOptions options_;
};

// The same, but values are cast and reshaped (RestoreRules::relaxed), and a value that has another
// number of elements only gives a warning. Several variables may take one entry, and it is no error
// if the checkpoint has none of the variables.
class CAIRN_EXPORT SaverRestoreRelaxed final : public SaverRestore {
 public:
  explicit SaverRestoreRelaxed(std::string path, RestoreRules rules = {}, OpenOptions options = {})
      : SaverRestoreRelaxed(LocalFileSystem(), std::move(path), std::move(rules), options) {}
  explicit SaverRestoreRelaxed(FileSystem& fs, std::string path, RestoreRules rules = {},
                               OpenOptions options = {});

  static RestoreRules RelaxedRules(RestoreRules rules = {});
};

// Restores from a dict: one that was opened, renamed, or made from a program's arrays by DictOf.
// Values are cast and reshaped. It is not an error if the dict has none of the variables. With
// `ignore_mismatch` a value of another number of elements only gives a warning; one of another
// dtype that may not be cast stays an error.
class CAIRN_EXPORT DictRestore final : public SessionInit {
 public:
  explicit DictRestore(TensorDict dict, bool ignore_mismatch = false)
      : DictRestore(std::move(dict), DictRules(ignore_mismatch)) {}
  // `rules` are taken as they are; DictRules makes those of the form above. Messages show `name`,
  // such as the path of a file that the dict is from.
  DictRestore(TensorDict dict, RestoreRules rules, std::string name = {});
  Result<std::vector<RestoreSource>> Sources() const override;

  static RestoreRules DictRules(bool ignore_mismatch = false);

 private:
  RestoreSource source_;
};

// One after the other: for a variable that several of them have, the last counts, and the others
// are not read. Nothing is assigned before all of them are accepted. Errors of Sources: also
// kArgument (a member is null).
class CAIRN_EXPORT ChainInit final : public SessionInit {
 public:
  explicit ChainInit(std::vector<std::unique_ptr<SessionInit>> members)
      : members_(std::move(members)) {}
  Result<std::vector<RestoreSource>> Sources() const override;

 private:
  std::vector<std::unique_ptr<SessionInit>> members_;
};

// Restores nothing.
class CAIRN_EXPORT JustCurrentSession final : public SessionInit {
 public:
  Result<std::vector<RestoreSource>> Sources() const override {
    return std::vector<RestoreSource>();
  }
};

}  // namespace cairn

#endif  // CAIRN_SESSION_SESSION_INIT_H_
