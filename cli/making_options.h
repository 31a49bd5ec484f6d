// The options that every verb shares that makes a new checkpoint.
#ifndef CAIRN_CLI_MAKING_OPTIONS_H_
#define CAIRN_CLI_MAKING_OPTIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/transform/name_rules.h"
#include "cli/options.h"

namespace cairn::cli {

// The help of an option that every verb has that writes a checkpoint.
inline constexpr std::string_view kNoSyncHelp =
    "do not wait for the disk: a power cut may leave DST damaged";

struct MakingOptions {
  std::vector<std::string> select;
  std::vector<std::string> exclude;
  std::vector<std::string> rename;
  std::vector<std::string> substitute;
  bool regex = false;
  bool drop_training_state = false;
  bool ema = false;
  bool dry_run = false;
  bool force = false;
  bool link = false;
  bool hard_link = false;
  bool quiet = false;
  bool require_checksums = false;
  bool no_sync = false;
  bool json = false;
  std::string memory;
  std::optional<uint64_t> max_expand;
  std::string to;
  std::string max_shard_size;
  std::string strings;

  // Valid as long as this object.
  std::vector<Option> options();

  bool has_patterns() const { return !select.empty() || !exclude.empty(); }
  // Errors: kArgument.
  Result<NameRules> Rules() const;
  // Returns the format that `--to` names, or else the one that the name of `path` implies. Errors:
  // kArgument.
  Result<const Format*> Target(std::string_view path) const;
  // How the source is opened. Errors: kArgument (a size that is none).
  Result<OpenOptions> Opening() const;
  // The options for that format. Errors: kArgument (a size that is none; both ways to share; what
  // the format cannot do).
  Result<SaveOptions> Saving(const Format& target) const;

 private:
  std::vector<std::string> targets_ = NamesOfTargets();  // the values of --to

  // "tf", "npz", "npz-compressed": every format that is written, and its compressed form.
  static std::vector<std::string> NamesOfTargets();
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_MAKING_OPTIONS_H_
