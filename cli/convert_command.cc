// cairn convert SRC DST: a checkpoint of any format as one of another.
#include "cairn/checkpoint/destination.h"
#include "cairn/core/escape.h"
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
struct ConversionPlan {
  Opened source;
  ShortPathMap paths;
  UnmatchedRules unmatched;
  std::vector<RenamedTensor> names;
  TensorDict dict;  // what is to be saved
  const Format* target = nullptr;
  SaveOptions saving;
  std::string path;
  bool exists = false;

  uint64_t nbytes() const {
    uint64_t total = 0;
    for (const TensorInfo& tensor : dict) total += tensor.nbytes;
    return total;
  }
};

void PrintPlan(const ConversionPlan& plan, Output& out) {
  for (size_t i = 0; i < plan.dict.size(); ++i) {
    const TensorInfo info = plan.dict.info(i);
    const std::string_view before = plan.source.dict.name(plan.names[i].source);
    std::string line = Escape(info.name);
    if (before != info.name) line += "  from " + Escape(before);
    line.append("  ").append(TypeName(info)).append(ToString(info.dims));
    out.Write(line + "  " + BinarySize(info.nbytes) + "\n");
  }
  out.Write(out.Styled(Style::kBold,
                       "plan: " + OneLine(plan.source.path) + " (" +
                           std::string(plan.source.format->name) + ") to " + OneLine(plan.path) +
                           " (" + std::string(plan.target->name) + "), " +
                           Count(plan.dict.size(), "tensor") + ", " + BinarySize(plan.nbytes())) +
            "\n");
  if (plan.exists) out.Write(OneLine(plan.path) + ": exists\n");
}

void WriteTensors(JsonWriter& json, const ConversionPlan& plan) {
  json.Key("tensors");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (size_t i = 0; i < plan.dict.size(); ++i) {
    const TensorInfo info = plan.dict.info(i);
    json.BeginObject();
    json.Name("name", info.name);
    json.Name("source", plan.source.dict.name(plan.names[i].source));
    json.Name("dtype", Name(info.dtype));
    json.Dims("shape", info.dims);
    json.NumberOrNull("nbytes", info.nbytes);
    json.EndObject();
  }
  json.EndArray();
}

// `report` is null for a dry run.
std::string JsonOf(const ConversionPlan& plan, const SaveReport* report) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  WriteSide(json, "source", plan.source.path, plan.source.format->name);
  WriteSide(json, "target", plan.path, plan.target->name);
  json.Key("exists");
  json.Bool(plan.exists);
  WriteTensors(json, plan);
  json.NumberOrNull("written", report != nullptr ? std::optional(report->nbytes) : std::nullopt);
  json.Key("files");
  json.BeginArray();
  if (report != nullptr) {
    for (const std::string& file : report->files) json.String(file);
  }
  json.EndArray();
  EndDocument(json);
  return text;
}

class ConvertCommand final : public Command {
 public:
  std::string_view name() const override { return "convert"; }
  std::string_view summary() const override {
    return "Saves a checkpoint in another format; every checksum is compared.";
  }
  std::string_view examples() const override {
    return "  cairn convert run/model-100 model.safetensors\n"
           "  cairn convert --exclude '**/Adam*' --rename net/=body/ run weights.safetensors\n";
  }
  std::vector<Option> options() override {
    std::vector<Option> options = {
        {.names = "SRC", .target = &from_, .help = "the checkpoint"},
        {.names = "DST", .target = &path_, .help = "the new one; its name tells the format"},
    };
    for (Option& option : making_.options()) options.push_back(std::move(option));
    return options;
  }

  ExitCode Run(const Context& context) override {
    Result<ConversionPlan> plan = MakePlan(context.out);
    if (!plan.ok()) return context.out.Error(plan.status());
    if (const ExitCode code = SayUnmatchedRules(*plan, context.out); code != kDone) return code;
    if (const Status held = plan->target->can_hold(plan->dict, plan->saving); !held.ok())
      return context.out.Error(
          WithFlags(held, *plan->target, plan->dict, plan->saving).AtPath(path_));
    if (!making_.dry_run) return Convert(*plan, context);
    making_.json ? context.out.Write(JsonOf(*plan, nullptr)) : PrintPlan(*plan, context.out);
    return kDone;
  }

 private:
  Result<ConversionPlan> MakePlan(Output& out) const {
    ConversionPlan plan;
    plan.path = path_;
    CAIRN_RETURN_IF_ERROR(CheckDestination(LocalFileSystem(), path_));
    CAIRN_ASSIGN_OR_RETURN(NameRules rules, making_.Rules());
    CAIRN_ASSIGN_OR_RETURN(plan.target, making_.Target(path_));
    CAIRN_ASSIGN_OR_RETURN(plan.saving, making_.Saving(*plan.target));
    CAIRN_ASSIGN_OR_RETURN(const OpenOptions opening, making_.Opening());
    CAIRN_ASSIGN_OR_RETURN(plan.source, OpenCheckpoint(from_, out, opening));
    if (making_.drop_training_state || making_.ema) {
      CAIRN_ASSIGN_OR_RETURN(plan.source.dict,
                             WithoutTrainingState(from_, plan.source, making_, out));
    }
    if (making_.has_patterns()) plan.paths = ReadShortPaths(plan.source.dict, out);
    rules.aliases = &plan.paths;
    CAIRN_ASSIGN_OR_RETURN(plan.names,
                           PlanNames(plan.source.dict, rules, &plan.unmatched).AtPath(from_));
    plan.dict = RenamedDict(plan.source.dict, plan.names);
    CAIRN_ASSIGN_OR_RETURN(plan.exists, DestinationExists(*plan.target, path_));
    return plan;
  }

  // Returns kFinding if patterns leave nothing to convert. An empty checkpoint is converted.
  ExitCode SayUnmatchedRules(const ConversionPlan& plan, Output& out) const {
    if (plan.dict.size() == 0 && !making_.has_patterns()) return kDone;
    return SayUnmatched({.dict = plan.source.dict,
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
  Result<SaveReport> Save(ConversionPlan& plan, const Context& context) const {
    ProgressBar progress("convert " + from_,
                         making_.quiet ? ProgressStyle::kNone : context.progress);
    plan.saving.transfer.progress = &progress;
    plan.saving.transfer.cancel = &CatchInterrupt();
    return SaveAs(LocalFileSystem(), *plan.target, path_, plan.dict, plan.saving);
  }

  ExitCode Convert(ConversionPlan& plan, const Context& context) const {
    const Result<SaveReport> report = Save(plan, context);
    if (!report.ok())
      return context.out.Error(
          WithForceHint(report.status(), *plan.target, plan.saving, plan.exists));
    if (making_.json) {
      context.out.Write(JsonOf(plan, &*report));
    } else if (!making_.quiet) {
      context.out.Write(OneLine(NameOf(plan, *report)) + ": " + Count(plan.dict.size(), "tensor") +
                        ", " + BinarySize(report->nbytes) + " as " +
                        std::string(plan.target->name) + "\n");
    }
    if (making_.quiet) return kDone;
    for (const std::string& note : report->notes) context.out.Note(path_ + ": " + note);
    return kDone;
  }

  // Returns the name that opens the new checkpoint, which for shards is that of their index.
  const std::string& NameOf(const ConversionPlan& plan, const SaveReport& report) const {
    const Result<bool> is_there = DestinationExists(*plan.target, path_);
    return is_there.ok() && *is_there ? path_ : report.files.back();
  }

  std::string from_;
  std::string path_;
  MakingOptions making_;
};

}  // namespace

std::unique_ptr<Command> MakeConvertCommand() { return std::make_unique<ConvertCommand>(); }

}  // namespace cairn::cli
