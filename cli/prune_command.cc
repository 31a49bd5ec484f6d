// cairn prune SRC DST: only what the model needs of a checkpoint.
#include <algorithm>
#include <map>

#include "cairn/checkpoint/destination.h"
#include "cairn/checkpoint/locate_graph.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/variable_names.h"
#include "cairn/io/path.h"
#include "cairn/transform/prune.h"
#include "cli/command.h"
#include "cli/making_options.h"
#include "cli/open_checkpoint.h"
#include "cli/planned_save.h"
#include "cli/print/columns.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/print/stored_type.h"
#include "cli/signals.h"
#include "cli/tensor_selection.h"
#include "cli/training_state_options.h"

namespace cairn::cli {
namespace {

// Everything that is known before a byte moves.
struct PruningPlan {
  Opened source;
  std::optional<LoadedGraph> graph;
  PrunePlan pruned;
  TensorDict model;  // what the rule keeps
  ShortPathMap paths;
  UnmatchedRules unmatched;
  TensorDict dict;                   // what is to be saved
  std::vector<std::string> sources;  // of each of its tensors, by name
  std::vector<DroppedTensor> dropped;
  const Format* target = nullptr;
  SaveOptions saving;
  std::string path;
  bool exists = false;
};

// "12 tensors, 4.0 KiB of 21 tensors, 12.0 KiB"
std::string KeptText(const PruningPlan& plan) {
  return Count(plan.dict.size(), "tensor") + ", " + BinarySize(NbytesOf(plan.dict)) + " of " +
         Count(plan.source.dict.size(), "tensor") + ", " + BinarySize(NbytesOf(plan.source.dict));
}

void PrintPruningPlan(const PruningPlan& plan, Output& out) {
  for (size_t i = 0; i < plan.dict.size(); ++i) {
    const TensorInfo info = plan.dict.info(i);
    std::string line = "keep  " + Escape(info.name);
    if (plan.sources[i] != info.name) line += "  from " + Escape(plan.sources[i]);
    line.append("  ").append(TypeName(info)).append(ToString(info.dims));
    out.Write(line + "  " + BinarySize(info.nbytes) + "\n");
  }
  for (const DroppedTensor& dropped : plan.dropped)
    out.Write("drop  " + Escape(dropped.name) + "  " + dropped.why + "\n");
  out.Write(out.Styled(Style::kBold, "plan: " + OneLine(plan.source.path) + " to " +
                                         OneLine(plan.path) + " (" +
                                         std::string(plan.target->name) + "): " + KeptText(plan)) +
            "\n");
  if (plan.exists) out.Write(OneLine(plan.path) + ": exists\n");
}

// How many were dropped for each reason.
void PrintReasons(const PruningPlan& plan, Output& out) {
  std::map<std::string_view, uint64_t> counts;
  for (const DroppedTensor& dropped : plan.dropped) ++counts[dropped.why];
  for (const auto& [why, count] : counts)
    out.Write("dropped " + WithSeparators(count) + ": " + std::string(why) + "\n");
}

void WriteKept(JsonWriter& json, const PruningPlan& plan) {
  json.Key("kept");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (size_t i = 0; i < plan.dict.size(); ++i) {
    const TensorInfo info = plan.dict.info(i);
    json.BeginObject();
    json.Name("name", info.name);
    json.Name("source", plan.sources[i]);
    json.Name("dtype", Name(info.dtype));
    json.Dims("shape", info.dims);
    json.NumberOrNull("nbytes", info.nbytes);
    json.EndObject();
  }
  json.EndArray();
}

void WriteDropped(JsonWriter& json, const PruningPlan& plan) {
  json.Key("dropped");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const DroppedTensor& dropped : plan.dropped) {
    json.BeginObject();
    json.Name("name", dropped.name);
    json.Name("why", dropped.why);
    json.EndObject();
  }
  json.EndArray();
}

// `report` is null for a dry run.
std::string JsonOfPruning(const PruningPlan& plan, const SaveReport* report) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  WriteSide(json, "source", plan.source.path, plan.source.format->name);
  WriteSide(json, "target", plan.path, plan.target->name);
  json.Key("graph");
  plan.graph ? json.String(plan.graph->path) : json.Null();
  json.Key("exists");
  json.Bool(plan.exists);
  WriteKept(json, plan);
  WriteDropped(json, plan);
  json.NumberOrNull("nbytes_before", NbytesOf(plan.source.dict));
  json.NumberOrNull("nbytes_after", NbytesOf(plan.dict));
  json.NumberOrNull("written", report != nullptr ? std::optional(report->nbytes) : std::nullopt);
  EndDocument(json);
  return text;
}

class PruneCommand final : public Command {
 public:
  std::string_view name() const override { return "prune"; }
  std::string_view summary() const override {
    return "Saves only what the model needs: dump-model-params.";
  }
  std::string_view examples() const override {
    return "  cairn prune --meta run/graph-0131-120000.meta run model.npz\n"
           "  cairn prune --signature serving_default exported_model served/model\n";
  }
  std::vector<Option> options() override {
    std::vector<Option> options = {
        {.names = "SRC", .target = &from_, .help = "the checkpoint"},
        {.names = "DST", .target = &path_, .help = "the new one; its name tells the format"},
        {.names = "--meta",
         .target = &meta_,
         .help = "the graph: a .meta or .pbtxt file, or a SavedModel",
         .value = "GRAPH"},
        {.names = "--outputs",
         .target = &outputs_,
         .help = "what this tensor of the graph needs; repeatable",
         .value = "NAME"},
        {.names = "--signature",
         .target = &signature_,
         .help = "what this signature of the graph needs",
         .value = "NAME"},
    };
    for (Option& option : making_.options()) options.push_back(std::move(option));
    return options;
  }

  ExitCode Run(const Context& context) override {
    Result<PruningPlan> plan = MakePlan(context.out);
    if (!plan.ok()) return context.out.Error(plan.status());
    for (const std::string& note : plan->pruned.notes) context.out.Note(OneLine(note));
    if (const ExitCode code = SayUnmatchedRules(*plan, context.out); code != kDone) return code;
    if (const Status held = plan->target->can_hold(plan->dict, plan->saving); !held.ok())
      return context.out.Error(
          WithFlags(held, *plan->target, plan->dict, plan->saving).AtPath(path_));
    if (!making_.dry_run) return Save(*plan, context);
    making_.json ? context.out.Write(JsonOfPruning(*plan, nullptr))
                 : PrintPruningPlan(*plan, context.out);
    return kDone;
  }

 private:
  Result<PruningPlan> MakePlan(Output& out) const {
    PruningPlan plan;
    plan.path = path_;
    CAIRN_RETURN_IF_ERROR(CheckDestination(LocalFileSystem(), path_));
    CAIRN_ASSIGN_OR_RETURN(NameRules rules, making_.Rules());
    CAIRN_ASSIGN_OR_RETURN(plan.target, making_.Target(path_));
    CAIRN_ASSIGN_OR_RETURN(plan.saving, making_.Saving(*plan.target));
    CAIRN_ASSIGN_OR_RETURN(const OpenOptions opening, making_.Opening());
    CAIRN_ASSIGN_OR_RETURN(plan.source, OpenCheckpoint(from_, out, opening));
    CAIRN_ASSIGN_OR_RETURN(plan.graph, FindGraph(plan.source, out));
    CAIRN_RETURN_IF_ERROR(ChooseTensors(plan));
    if (making_.has_patterns()) plan.paths = ReadShortPaths(plan.source.dict, out);
    rules.aliases = &plan.paths;
    CAIRN_ASSIGN_OR_RETURN(auto names, PlanNames(plan.model, rules, &plan.unmatched).AtPath(from_));
    NameTensors(std::move(names), plan);
    CAIRN_ASSIGN_OR_RETURN(plan.exists, DestinationExists(*plan.target, path_));
    return plan;
  }

  // A graph that is given is used in any case. Without one, a checkpoint with an object graph needs
  // none, unless outputs or a signature are asked for.
  Result<std::optional<LoadedGraph>> FindGraph(const Opened& source, Output& out) const {
    if (!meta_.empty()) {
      CAIRN_ASSIGN_OR_RETURN(const Located located, LocateGraph(LocalFileSystem(), meta_));
      if (!located.note.empty()) out.Note(located.note);
      CAIRN_ASSIGN_OR_RETURN(LoadedGraph loaded, LoadGraph(LocalFileSystem(), located.path));
      return std::optional(std::move(loaded));
    }
    const bool has_objects = source.dict.Find(kObjectGraphKey).has_value();
    if (has_objects && outputs_.empty() && signature_.empty()) return std::optional<LoadedGraph>();
    return LoadGraphBeside(from_, source, out);
  }

  Status ChooseTensors(PruningPlan& plan) const {
    const PruneRules rules{.graph = plan.graph ? &plan.graph->graph : nullptr,
                           .outputs = outputs_,
                           .signature = signature_,
                           .use_averages = making_.ema};
    auto pruned = PlanPrune(plan.source.dict, rules);
    if (!pruned.ok())
      return plan.graph ? pruned.status().AtPath(from_) : WithNearGraph(pruned.status(), plan);
    plan.pruned = *std::move(pruned);
    plan.dropped = plan.pruned.dropped;
    plan.model = PrunedDict(plan.source.dict, plan.pruned);
    return {};
  }

  // Names a metagraph in the directory of a checkpoint, which may be that of another run.
  Status WithNearGraph(const Status& error, const PruningPlan& plan) const {
    const auto near = NewestMetaGraph(LocalFileSystem(), DirectoryOf(plan.source.path));
    const bool can_help = error.reason() == Reason::kArgument && near.ok() && near->has_value();
    if (!can_help) return error.AtPath(from_);
    return error.AtPath(from_).WithHint("if it is of this run, add --meta " + **near +
                                        "; to keep everything, use cairn convert");
  }

  // Names in an npz file end in ":0", as tensorpack's program writes them.
  static void NameTensors(std::vector<RenamedTensor> names, PruningPlan& plan) {
    if (plan.pruned.has_variable_names && plan.target->save_name == "npz") {
      for (RenamedTensor& tensor : names) tensor.name = TensorName(tensor.name);
      std::ranges::sort(names, {}, &RenamedTensor::name);
    }
    std::vector<bool> is_saved(plan.model.size());
    for (const RenamedTensor& tensor : names) {
      is_saved[tensor.source] = true;
      plan.sources.emplace_back(plan.source.dict.name(plan.pruned.kept[tensor.source].value));
    }
    for (size_t i = 0; i < plan.model.size(); ++i) {
      if (!is_saved[i])
        plan.dropped.push_back({std::string(plan.model.name(i)), "is not selected"});
    }
    plan.dict = RenamedDict(plan.model, std::move(names));
  }

  // Returns kFinding if patterns leave nothing.
  ExitCode SayUnmatchedRules(const PruningPlan& plan, Output& out) const {
    if (plan.dict.size() == 0 && !making_.has_patterns()) return kDone;
    return SayUnmatched({.dict = plan.model,
                         .paths = plan.paths,
                         .path = from_,
                         .option = "--select",
                         .select = making_.select,
                         .is_regex = making_.regex,
                         .unmatched = plan.unmatched,
                         .num_selected = plan.dict.size()},
                        out);
  }

  // The bar is gone when it returns.
  Result<SaveReport> SaveModel(PruningPlan& plan, const Context& context) const {
    ProgressBar progress("prune " + from_, making_.quiet ? ProgressStyle::kNone : context.progress);
    plan.saving.transfer.progress = &progress;
    plan.saving.transfer.cancel = &CatchInterrupt();
    return SaveAs(LocalFileSystem(), *plan.target, path_, plan.dict, plan.saving);
  }

  ExitCode Save(PruningPlan& plan, const Context& context) const {
    const Result<SaveReport> report = SaveModel(plan, context);
    if (!report.ok()) {
      return context.out.Error(
          WithForceHint(report.status(), *plan.target, plan.saving, plan.exists));
    }
    if (making_.json) {
      context.out.Write(JsonOfPruning(plan, &*report));
    } else if (!making_.quiet) {
      PrintReasons(plan, context.out);
      context.out.Write(OneLine(path_) + ": " + KeptText(plan) + ", as " +
                        std::string(plan.target->name) + "\n");
    }
    if (making_.quiet) return kDone;
    for (const std::string& note : report->notes) context.out.Note(path_ + ": " + note);
    return kDone;
  }

  std::string from_;
  std::string path_;
  std::string meta_;
  std::vector<std::string> outputs_;
  std::string signature_;
  MakingOptions making_;
};

}  // namespace

std::unique_ptr<Command> MakePruneCommand() { return std::make_unique<PruneCommand>(); }

}  // namespace cairn::cli
