#include "cli/making_options.h"

#include "cairn/checkpoint/formats.h"
#include "cairn/core/escape.h"
#include "cairn/transform/recipe_json.h"
#include "cli/open_checkpoint.h"
#include "cli/rows_option.h"
#include "cli/size_option.h"
#include "cli/text_file.h"

namespace cairn::cli {
namespace {

Status SetLevel(const std::string& text, SaveOptions& saving) {
  if (text.empty()) return {};
  if (!saving.compress)
    return Status(Reason::kArgument, "--level is for what is compressed")
        .WithHint("add --to npz-compressed");
  if (text.size() != 1 || text < "1" || text > "9")
    return Status(Reason::kArgument, "--level: " + Quoted(text) + " is not a number from 1 to 9");
  saving.compression_level = text[0] - '0';
  return {};
}

std::string CompressedName(const Format& format) {
  return std::string(format.save_name) + "-compressed";
}

// The flag that asks for what the format cannot do.
std::string FlagOf(const Format& format, const SaveOptions& saving) {
  if (saving.strings == StringTensors::kMetadata && !format.can_keep_strings) return "--strings";
  if (!saving.share || format.can_share) return "--max-shard-size";
  return *saving.share == Sharing::kHardLink ? "--hard-link" : "--link";
}

}  // namespace

std::vector<std::string> MakingOptions::NamesOfTargets() {
  std::vector<std::string> names;
  for (const Format& format : Formats()) {
    if (format.save_name.empty()) continue;
    names.emplace_back(format.save_name);
    if (format.can_compress) names.push_back(CompressedName(format));
  }
  return names;
}

std::vector<Option> MakingOptions::training_state_options() {
  return {
      {.names = "--drop-training-state",
       .target = &drop_training_state,
       .help = "without optimizers, their slots, counters of steps"},
      {.names = "--ema", .target = &ema, .help = "moving averages in the place of the weights"},
  };
}

std::vector<Option> MakingOptions::options() {
  std::vector<Option> all = training_state_options();
  for (Option& option : changing_options()) all.push_back(std::move(option));
  return all;
}

std::vector<Option> MakingOptions::changing_options() {
  std::vector<Option> all = name_options("write key, path or full names, then rename (key)");
  for (Option& option : other_changes()) all.push_back(std::move(option));
  return all;
}

std::vector<Option> MakingOptions::other_changes() {
  return {
      {.names = "--concat",
       .target = &concat,
       .help = "join tensors, along axis 0 or @AXIS",
       .value = "NEW=A,B[@AXIS]"},
      {.names = "--split",
       .target = &split,
       .help = "cut a tensor into equal parts",
       .value = "NAME=A,B[@AXIS]"},
      {.names = "--slice",
       .target = &slice,
       .help = "keep a part, as numpy slices",
       .value = "PATTERN=0:10,:"},
      {.names = "--pad",
       .target = &pad,
       .help = "zeros before and after, for each axis",
       .value = "PATTERN=0:2,1:1"},
      {.names = "--rows",
       .target = &rows,
       .help = "rows for new words: files with a word a line",
       .value = "PATTERN=OLD.txt:NEW.txt"},
      {.names = "--transpose",
       .target = &transpose,
       .help = "axes in another order",
       .value = "PATTERN=1,0"},
      {.names = "--reshape",
       .target = &reshape,
       .help = "another shape; -1 is found",
       .value = "PATTERN=-1,10"},
      {.names = "--set",
       .target = &set,
       .help = "the tensor of a .npy file, in place of one or beside all",
       .value = "NAME=FILE.npy"},
      {.names = "--dtype",
       .target = &dtype,
       .help = "cast to float16, bfloat16:PATTERN, …; repeatable",
       .value = "DTYPE"},
      {.names = "--recipe",
       .target = &recipe_file,
       .help = "make the changes that a file of --record has",
       .value = "FILE.json"},
      {.names = "--record",
       .target = &record_file,
       .help = "write down the changes, for --recipe",
       .value = "FILE.json"},
      {.names = "--lineage",
       .target = &lineage,
       .help = "keep the sources, their checksums and the changes in DST"},
      {.names = "--to",
       .target = &to,
       .help = "the format; else the name of DST tells",
       .value = "FORMAT",
       .choices = {targets_.begin(), targets_.end()}},
      {.names = "--level",
       .target = &level,
       .help = "npz-compressed: 1 (fast) to 9 (small), not by trial",
       .value = "N"},
      {.names = "--max-shard-size",
       .target = &max_shard_size,
       .help = "several files of at most this size: 5GB, 512MiB",
       .value = "SIZE"},
      {.names = "--strings",
       .target = &strings,
       .help = "safetensors: keep string tensors in the metadata",
       .value = "metadata",
       .choices = {"metadata"}},
      {.names = "--link",
       .target = &link,
       .help = "tf: share the blocks of the files of SRC (reflink)"},
      {.names = "--hard-link",
       .target = &hard_link,
       .help = "tf: the files of SRC under a second name"},
      MemoryOption(memory),
      MaxExpandOption(max_expand),
      {.names = "--require-checksums",
       .target = &require_checksums,
       .help = "refuse tensors that have no checksum in SRC"},
      {.names = "--no-sync", .target = &no_sync, .help = kNoSyncHelp},
      {.names = "--dry-run", .target = &dry_run, .help = "show the plan, and write nothing"},
      {.names = "--force", .target = &force, .help = "replace a DST that exists, in one step"},
      {.names = "-q,--quiet", .target = &quiet, .help = "say nothing where all is well"},
      {.names = "--json", .target = &json, .help = "one document"},
  };
}

Status MakingOptions::ReadRecipe() {
  if (recipe_file.empty()) return {};
  CAIRN_ASSIGN_OR_RETURN(Recipe given, AsRecipe());
  given.to = given.level = given.max_shard_size = given.strings = "";
  if (EncodeRecipe(given) != EncodeRecipe(Recipe()) || drop_training_state || ema)
    return Status(Reason::kArgument, "--recipe is given, and another option that changes tensors")
        .WithHint("leave one of them out");
  CAIRN_ASSIGN_OR_RETURN(const std::string text, ReadText(recipe_file));
  auto parsed = ParseRecipe(text);
  if (!parsed.ok()) return parsed.status().AtPath(recipe_file);
  read_ = *std::move(parsed);
  select = read_->names.select;
  exclude = read_->names.exclude;
  regex = read_->names.syntax == PatternSyntax::kRegex;
  if (to.empty()) to = read_->to;
  if (level.empty()) level = read_->level;
  if (max_shard_size.empty()) max_shard_size = read_->max_shard_size;
  if (strings.empty()) strings = read_->strings;
  return {};
}

Result<Recipe> MakingOptions::AsRecipe() const {
  if (read_) {
    Recipe changes = *read_;
    changes.verb.clear();
    changes.options.clear();
    changes.sources.clear();
    return changes;
  }
  CAIRN_ASSIGN_OR_RETURN(NameRulesText name_rules, AsNameRules());
  Recipe recipe{.names = std::move(name_rules),
                .concat = concat,
                .split = split,
                .slice = slice,
                .pad = pad,
                .transpose = transpose,
                .reshape = reshape,
                .dtype = dtype,
                .to = to,
                .level = level,
                .max_shard_size = max_shard_size,
                .strings = strings};
  for (const std::string& text : set) {
    const size_t at = text.rfind('=');
    if (at == text.npos || at == 0)
      return Status(Reason::kArgument, "--set: " + Quoted(text) + " is not understood")
          .WithHint("write it as NAME=FILE.npy");
    recipe.set.push_back({text.substr(0, at), text.substr(at + 1)});
  }
  for (const std::string& text : rows) {
    CAIRN_ASSIGN_OR_RETURN(RowsText of_text, ReadRows(text));
    recipe.rows.push_back(std::move(of_text));
  }
  return recipe;
}

Result<const Format*> MakingOptions::Target(std::string_view path) const {
  if (to.empty()) return &FormatOfNew(path);
  for (const Format& format : Formats()) {
    if (to == format.save_name || to == CompressedName(format)) return &format;
  }
  return Status(Reason::kArgument, "--to: " + Quoted(to) + " is not a format");
}

Result<OpenOptions> MakingOptions::Opening() const {
  OpenOptions opening;
  CAIRN_RETURN_IF_ERROR(SetSize("--memory", memory, opening.reorder_nbytes));
  if (max_expand) opening.limits.max_expand = *max_expand;
  return opening;
}

Result<SaveOptions> MakingOptions::Saving(const Format& target) const {
  SaveOptions saving;
  CAIRN_RETURN_IF_ERROR(SetSize("--memory", memory, saving.transfer.memory_budget));
  CAIRN_RETURN_IF_ERROR(SetSize("--max-shard-size", max_shard_size, saving.max_shard_nbytes));
  if (link && hard_link)
    return Status(Reason::kArgument, "--link and --hard-link exclude each other");
  if (link || hard_link) saving.share = hard_link ? Sharing::kHardLink : Sharing::kReflink;
  saving.compress = to == CompressedName(target);
  CAIRN_RETURN_IF_ERROR(SetLevel(level, saving));
  saving.require_checksums = require_checksums;
  if (no_sync) saving.durability = Durability::kNone;
  if (!strings.empty()) saving.strings = StringTensors::kMetadata;
  if (force) saving.if_exists = IfExists::kReplace;
  const Status can_do = CheckOptions(target, saving);
  if (!can_do.ok()) return can_do.WithHint("leave out " + FlagOf(target, saving));
  return saving;
}

}  // namespace cairn::cli
