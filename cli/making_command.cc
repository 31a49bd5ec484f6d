#include "cli/making_command.h"

#include <algorithm>
#include <map>

#include "cairn/checkpoint/destination.h"
#include "cairn/core/escape.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/version.h"
#include "cli/print/making_plan_printer.h"
#include "cli/print/size_text.h"
#include "cli/signals.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

// Turns the error of a format that cannot hold all tensors into one that names the flags to use.
Status WithFlags(const Status& held, const MakingPlan& plan) {
  constexpr int kMaxNamed = 5;
  const bool is_npy = plan.target->name == "npy";
  if (is_npy && plan.dict.size() == 1) return held;  // its hint names the format to use
  if (is_npy) return held.WithHint("choose one tensor with --select, or name a .npz file");
  std::string flags;
  std::string way_to_keep;
  int num_named = 0;
  for (size_t i = 0; i < plan.dict.size() && num_named < kMaxNamed; ++i) {
    const std::string name(plan.dict.name(i));
    if (plan.target->can_hold(RenamedDict(plan.dict, {{name, i}}), plan.saving).ok()) continue;
    const bool is_string = plan.dict.info(i).dtype == DType::kString;
    if (is_string && plan.target->can_keep_strings)
      way_to_keep = "keep string tensors in the metadata with --strings=metadata, or ";
    flags += " --exclude " + Quoted(name);
    ++num_named;
  }
  const bool is_readable = std::ranges::all_of(plan.dict, &TensorInfo::is_readable);
  return held.WithHint(
      way_to_keep + (is_readable ? "leave out what it cannot hold:" : "leave them out:") + flags);
}

// How many tensors lose the part of their key by which tf.train.Checkpoint finds their attribute.
uint64_t CountKeysOfNoObject(const MakingPlan& plan) {
  constexpr std::string_view kAttributes = ".ATTRIBUTES/";
  if (plan.target->save_name != "tf" || !FindObjectGraph(plan.dict)) return 0;
  return static_cast<uint64_t>(std::ranges::count_if(plan.names, [&](const RenamedTensor& tensor) {
    const std::string_view before = plan.taken.dict.name(tensor.source);
    return before.find(kAttributes) != before.npos && tensor.name.find(kAttributes) == before.npos;
  }));
}

// Returns the name that opens the new checkpoint, which for shards is that of their index.
const std::string& NameOf(const MakingPlan& plan, const SaveReport& report) {
  const Result<bool> is_there = DestinationExists(LocalFileSystem(), *plan.target, plan.path);
  return is_there.ok() && *is_there ? plan.path : report.files.back();
}

// One file can be replaced; a bundle or shards, which are several, cannot.
Status WithWayOut(const Status& error, const MakingPlan& plan) {
  const bool is_one_file = plan.target->is_one_file && plan.saving.max_shard_nbytes == 0;
  if (error.reason() != Reason::kExists || !plan.exists || !is_one_file) return error;
  return error.WithHint("choose another name, or replace that file: --force");
}

// "12 a slot variable of an optimizer, 1 the save counter".
std::string ReasonsOf(const std::vector<DroppedTensor>& dropped) {
  std::map<std::string_view, uint64_t> counts;
  for (const DroppedTensor& tensor : dropped) ++counts[tensor.why];
  std::string text;
  for (const auto& [why, count] : counts)
    text += (text.empty() ? "" : ", ") + WithSeparators(count) + " (" + std::string(why) + ")";
  return text;
}

// "3 elements of 'w' overflowed, 10 became zero".
std::string AsText(const CastLoss& loss) {
  std::string text;
  const auto add = [&](uint64_t count, std::string_view what) {
    if (count == 0) return;
    if (!text.empty()) text += ", ";
    text += std::to_string(count) + " " + std::string(what);
  };
  add(loss.num_overflowed, "too great for the dtype");
  add(loss.num_zeroed, "too small, and zero now");
  add(loss.num_truncated, "without their fractions");
  return Quoted(loss.name) + ": of " + Count(loss.num_elements, "element") + " " + text;
}

// The shared options that the help of each verb tells.
bool IsTold(const Option& option) {
  constexpr std::string_view kTold[] = {"--select",  "--exclude", "--rename",   "--to",
                                        "--dry-run", "--force",   "-q,--quiet", "--json"};
  return std::ranges::find(kTold, option.names) != std::end(kTold);
}

}  // namespace

std::vector<Option> MakingCommand::options() {
  std::vector<Option> all;
  if (takes_ == Sources::kOne) {
    from_.resize(1);
    all.push_back({.names = "SRC", .target = &from_[0], .help = "the checkpoint"});
  } else if (takes_ == Sources::kTwo) {
    from_.resize(2);
    all.push_back({.names = "A", .target = &from_[0], .help = "the first checkpoint"});
    all.push_back({.names = "B", .target = &from_[1], .help = "the second one"});
  } else {
    all.push_back({.names = "SRC", .target = &from_, .help = "the checkpoints, two or more"});
  }
  all.push_back({.names = "DST", .target = &path_, .help = "the new one: its name or prefix"});
  for (Option& option : own_options()) all.push_back(std::move(option));
  for (Option& option : making_.options()) {
    option.is_of_making = !IsTold(option);
    all.push_back(std::move(option));
  }
  return all;
}

std::vector<Option> MakingCommand::taking_options() {
  std::vector<Option> options = own_options();
  for (Option& option : making_.training_state_options()) options.push_back(std::move(option));
  return options;
}

bool MakingCommand::has_right_number_of_sources() const {
  if (takes_ == Sources::kSeveral) return from_.size() >= 2;
  return from_.size() == (takes_ == Sources::kOne ? 1 : 2);
}

Result<std::unique_ptr<MakingCommand>> MakingCommand::RecordedCommand(const Recipe& recipe) {
  constexpr std::string_view kDefault = "convert";
  const std::string verb(recipe.verb.empty() ? kDefault : recipe.verb);
  if (name() != kDefault)
    return Status(Reason::kArgument,
                  "is a recipe of cairn " + verb + ", which only cairn convert runs again")
        .AtPath(making_.recipe_file)
        .WithHint("run cairn convert SRC DST --recipe FILE");
  for (std::unique_ptr<Command>& command : MakeCommands()) {
    auto* const making = dynamic_cast<MakingCommand*>(command.get());
    if (making == nullptr || making->name() != verb) continue;
    making->making_ = making_;
    making->path_ = path_;
    making->from_ = from_;
    std::ranges::copy(recipe.sources, std::back_inserter(making->from_));
    CAIRN_RETURN_IF_ERROR(
        ParseArguments(making->taking_options(), recipe.options).AtPath(making_.recipe_file));
    if (!making->has_right_number_of_sources()) break;
    std::ignore = command.release();
    return std::unique_ptr<MakingCommand>(making);
  }
  return Status(Reason::kArgument, "the recipe names the verb " + Quoted(verb) + " with " +
                                       Count(recipe.sources.size() + 1, "source") +
                                       ", which makes no checkpoint")
      .AtPath(making_.recipe_file);
}

ExitCode MakingCommand::Run(const Context& context) {
  if (!has_right_number_of_sources())
    return context.out.Error(
        Status(Reason::kArgument, std::string(name()) + ": there is one source")
            .WithHint("name two or more, then DST"));
  if (const Status read = making_.ReadRecipe(); !read.ok()) return context.out.Error(read);
  const Recipe* const recipe = making_.given_recipe();
  if (recipe == nullptr || !recipe->takes_otherwise()) return RunAsAsked(context);
  auto recorded = RecordedCommand(*recipe);
  return recorded.ok() ? (*recorded)->RunAsAsked(context) : context.out.Error(recorded.status());
}

Result<Recipe> MakingCommand::WholeRecipe() {
  CAIRN_ASSIGN_OR_RETURN(Recipe recipe, making_.AsRecipe());
  if (name() != "convert") recipe.verb = name();
  recipe.options = ArgumentsOf(taking_options());
  recipe.sources.assign(from_.begin() + 1, from_.end());
  return recipe;
}

ExitCode MakingCommand::RunAsAsked(const Context& context) {
  Result<MakingPlan> plan = MakePlan(context.out);
  if (!plan.ok()) return context.out.Error(plan.status());
  if (const ExitCode code = SayUnmatchedRules(*plan, context.out); code != kDone) return code;
  if (const Status held = plan->target->can_hold(plan->dict, plan->saving); !held.ok())
    return context.out.Error(WithFlags(held, *plan).AtPath(path_));
  if (!making_.dry_run) return Make(*plan, context);
  making_.json ? context.out.Write(JsonOf(*plan, nullptr)) : PrintPlan(*plan, context.out);
  return kDone;
}

Result<MakingPlan> MakingCommand::MakePlan(Output& out) {
  CAIRN_RETURN_IF_ERROR(CheckDestination(LocalFileSystem(), path_));
  CAIRN_RETURN_IF_ERROR(CheckRecord());
  CAIRN_ASSIGN_OR_RETURN(const MakingRequest request, Request());
  Remarks remarks;
  auto plan = PlanMaking(LocalFileSystem(), request, remarks);
  for (const Remark& remark : remarks)
    remark.is_warning ? out.Warn(OneLine(remark.text)) : out.Note(remark.text);
  return plan;
}

Result<MakingRequest> MakingCommand::Request() {
  MakingRequest request{.from = from_, .path = path_, .verb = std::string(name())};
  request.take = [this](const std::vector<Opened>& sources, Remarks& remarks) {
    return Take(sources, remarks);
  };
  if (!judges_training_state()) {
    request.drop_training_state = making_.drop_training_state;
    request.use_averages = making_.ema;
  }
  CAIRN_ASSIGN_OR_RETURN(request.recipe, WholeRecipe());
  CAIRN_ASSIGN_OR_RETURN(request.changes, making_.AsRecipe());
  CAIRN_ASSIGN_OR_RETURN(request.target, making_.Target(path_));
  CAIRN_ASSIGN_OR_RETURN(request.saving, making_.Saving(*request.target));
  CAIRN_ASSIGN_OR_RETURN(request.opening, making_.Opening());
  // A file that is cut meanwhile is an error with its name.
  request.opening.access = Access::kRead;
  if (making_.lineage) request.lineage_version = CAIRN_VERSION_STRING;
  return request;
}

// Returns kFinding if patterns leave nothing. An empty checkpoint is made.
ExitCode MakingCommand::SayUnmatchedRules(const MakingPlan& plan, Output& out) const {
  if (plan.dict.size() == 0 && !making_.has_patterns()) return kDone;
  return SayUnmatched({.dict = plan.taken.dict,
                       .names = plan.object_names,
                       .path = from_[0],
                       .option = "--select",
                       .select = making_.select,
                       .exclude = making_.exclude,
                       .is_regex = making_.regex,
                       .unmatched = plan.unmatched,
                       .num_selected = plan.names.size()},
                      out);
}

// The bar is gone when it returns.
Result<SaveReport> MakingCommand::Save(MakingPlan& plan, const Context& context) const {
  ProgressBar progress(std::string(name()) + " " + from_[0],
                       making_.quiet ? ProgressStyle::kNone : context.progress);
  plan.saving.transfer.progress = &progress;
  plan.saving.transfer.cancel = &CatchInterrupt();
  return SaveAs(LocalFileSystem(), *plan.target, path_, plan.dict, plan.saving);
}

Status MakingCommand::CheckRecord() const {
  if (making_.record_file.empty() || making_.force) return {};
  CAIRN_ASSIGN_OR_RETURN(const bool exists, LocalFileSystem().Exists(making_.record_file));
  return exists ? Status(Reason::kExists, "exists already")
                      .AtPath(making_.record_file)
                      .WithHint("choose another name, or replace that file: --force")
                : Status();
}

Status MakingCommand::Record(const Recipe& recipe) const {
  if (making_.record_file.empty()) return {};
  return WriteRecipe(LocalFileSystem(), making_.record_file, recipe,
                     making_.force ? IfExists::kReplace : IfExists::kFail);
}

ExitCode MakingCommand::Make(MakingPlan& plan, const Context& context) const {
  const Result<SaveReport> report = Save(plan, context);
  if (!report.ok()) return context.out.Error(WithWayOut(report.status(), plan));
  if (const Status recorded = Record(plan.recipe); !recorded.ok())
    return context.out.Error(recorded);
  if (making_.json) {
    context.out.Write(JsonOf(plan, &*report));
  } else if (!making_.quiet) {
    context.out.Write(OneLine(NameOf(plan, *report)) + ": " + Count(plan.dict.size(), "tensor") +
                      ", " + BinarySize(report->nbytes) + " as " + std::string(plan.target->name) +
                      "\n");
  }
  if (!making_.quiet) SayNotes(plan, *report, context.out);
  return kDone;
}

void MakingCommand::SayNotes(const MakingPlan& plan, const SaveReport& report, Output& out) const {
  for (const std::string& note : plan.taken.notes) out.Note(OneLine(note));
  const uint64_t num_dropped = plan.taken.dropped.size();
  if (num_dropped > 0)
    out.Note("left out " + Count(num_dropped, "tensor") + ", " +
             BinarySize(plan.nbytes_before() - NbytesOf(plan.taken.dict)) + ": " +
             ReasonsOf(plan.taken.dropped));
  for (const CastLoss& loss : plan.casts.Losses()) out.Note(path_ + ": cast of " + AsText(loss));
  for (const std::string& note : report.notes) out.Note(path_ + ": " + note);
  if (const uint64_t count = CountKeysOfNoObject(plan); count > 0) {
    out.Note(path_ + ": " + Count(count, "tensor") +
             " without .ATTRIBUTES/ in the new name: TensorFlow restores such by name "
             "(tf.compat.v1.train.Saver), not by object (tf.train.Checkpoint)");
  }
}

}  // namespace cairn::cli
