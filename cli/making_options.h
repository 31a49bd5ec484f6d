// The options that every verb shares that makes a new checkpoint.
#ifndef CAIRN_CLI_MAKING_OPTIONS_H_
#define CAIRN_CLI_MAKING_OPTIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/transform/recipe.h"
#include "cli/name_options.h"
#include "cli/options.h"

namespace cairn::cli {

// The help of an option that every verb has that writes a checkpoint.
inline constexpr std::string_view kNoSyncHelp =
    "do not wait for the disk: a power cut may leave DST damaged";

struct MakingOptions : NameOptions {
  bool drop_training_state = false;
  bool ema = false;
  bool dry_run = false;
  bool force = false;
  bool link = false;
  bool hard_link = false;
  bool quiet = false;
  bool require_checksums = false;
  bool no_sync = false;
  bool lineage = false;
  bool json = false;
  std::string memory;
  std::optional<uint64_t> max_expand;
  std::string to;
  std::string level;
  std::string max_shard_size;
  std::string strings;
  std::string recipe_file;
  std::string record_file;
  std::vector<std::string> dtype;
  std::vector<std::string> concat;
  std::vector<std::string> split;
  std::vector<std::string> slice;
  std::vector<std::string> pad;
  std::vector<std::string> rows;
  std::vector<std::string> set;
  std::vector<std::string> transpose;
  std::vector<std::string> reshape;

  // All of them, valid as long as this object.
  std::vector<Option> options();
  // Those of them that leave out tensors of what a verb takes.
  std::vector<Option> training_state_options();

  bool has_patterns() const { return !select.empty() || !exclude.empty(); }
  // Takes the options that the file of --recipe has; the verb sees to how tensors are taken.
  // Errors: kArgument (options that change tensors beside it); those of reading it and of
  // ParseRecipe.
  Status ReadRecipe();
  // The recipe that was read; null where there is none.
  const Recipe* given_recipe() const { return read_ ? &*read_ : nullptr; }
  // The changes that the options ask for, of whatever tensors are taken. Errors: kArgument; those
  // of reading lists of words.
  Result<Recipe> AsRecipe() const;
  // Returns the format that `--to` names, or else the one that the name of `path` implies. Errors:
  // kArgument.
  Result<const Format*> Target(std::string_view path) const;
  // How the source is opened. Errors: kArgument (a size that is none).
  Result<OpenOptions> Opening() const;
  // The options for that format. Errors: kArgument (a size that is none; both ways to share; what
  // the format cannot do).
  Result<SaveOptions> Saving(const Format& target) const;

 private:
  std::vector<Option> changing_options();
  std::vector<Option> other_changes();  // than of names

  std::optional<Recipe> read_;                           // of --recipe
  std::vector<std::string> targets_ = NamesOfTargets();  // the values of --to

  // "tf", "npz", "npz-compressed": every format that is written, and its compressed form.
  static std::vector<std::string> NamesOfTargets();
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_MAKING_OPTIONS_H_
