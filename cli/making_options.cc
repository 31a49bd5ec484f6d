#include "cli/making_options.h"

#include "cairn/checkpoint/formats.h"
#include "cairn/core/escape.h"
#include "cli/open_checkpoint.h"
#include "cli/print/size_text.h"

namespace cairn::cli {
namespace {

Status SetSize(std::string_view option, const std::string& text, uint64_t& target) {
  if (text.empty()) return {};
  const auto nbytes = ParseSize(text);
  if (!nbytes || *nbytes == 0)
    return Status(Reason::kArgument, std::string(option) + ": " + Quoted(text) + " is not a size")
        .WithHint("write it as 512MiB, 5GB or in bytes");
  target = *nbytes;
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

std::vector<Option> MakingOptions::options() {
  return {
      {.names = "--select",
       .target = &select,
       .help = "only tensors whose name matches; repeatable",
       .value = "PATTERN",
       .is_tensor_name = true},
      {.names = "--exclude",
       .target = &exclude,
       .help = "not those whose name matches; repeatable",
       .value = "PATTERN",
       .is_tensor_name = true},
      {.names = "--regex", .target = &regex, .help = "patterns are regular expressions (RE2)"},
      {.names = "--rename",
       .target = &rename,
       .help = "a name, or a prefix: OLD/=NEW/, OLD/=; repeatable",
       .value = "OLD=NEW"},
      {.names = "--sub",
       .target = &substitute,
       .help = "what a regular expression finds in names, as in sed",
       .value = "s/RE2/NEW/"},
      {.names = "--drop-training-state",
       .target = &drop_training_state,
       .help = "without optimizers, their slots, counters of steps"},
      {.names = "--ema", .target = &ema, .help = "moving averages in the place of the weights"},
      {.names = "--to",
       .target = &to,
       .help = "the format; else the name of DST tells",
       .value = "FORMAT",
       .choices = {targets_.begin(), targets_.end()}},
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
      {.names = "--memory",
       .target = &memory,
       .help = "the budget of buffers (64MiB)",
       .value = "SIZE"},
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

Result<NameRules> MakingOptions::Rules() const {
  return ParseNameRules({.select = select,
                         .exclude = exclude,
                         .rename = rename,
                         .substitute = substitute,
                         .syntax = regex ? PatternSyntax::kRegex : PatternSyntax::kGlob});
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
  saving.require_checksums = require_checksums;
  if (no_sync) saving.durability = Durability::kNone;
  if (!strings.empty()) saving.strings = StringTensors::kMetadata;
  if (force) saving.if_exists = IfExists::kReplace;
  const Status can_do = CheckOptions(target, saving);
  if (!can_do.ok()) return can_do.WithHint("leave out " + FlagOf(target, saving));
  return saving;
}

}  // namespace cairn::cli
