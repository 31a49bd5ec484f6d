// cairn info PATH: what a checkpoint is.
#include <algorithm>

#include "cairn/checkpoint/checkpoint_info.h"
#include "cairn/checkpoint/resolve.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/io/path.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/columns.h"
#include "cli/print/element_format.h"
#include "cli/print/element_json.h"
#include "cli/print/json_writer.h"
#include "cli/print/signature_text.h"
#include "cli/print/size_text.h"
#include "cli/print/tensor_totals.h"

namespace cairn::cli {
namespace {

class TextInfo {
 public:
  explicit TextInfo(Output& out) : out_(out) {}

  void Print(const Resolved& resolved, const CheckpointInfo& info) {
    const Description& description = info.description;
    Line("path", Escape(resolved.path));
    Line("format", FormatText(resolved, description));
    if (info.graph) PrintWriter(*info.graph);
    Line("tensors", WithSeparators(info.num_tensors) + ", " +
                        ParametersText(info.num_parameters, info.num_training_parameters) + ", " +
                        BinarySize(info.nbytes));
    if (!info.unread.empty()) Line("not read", ListNames("tensors", info.unread));
    PrintTraining(info);
    if (!info.optimizer.empty()) PrintOptimizer(info.optimizer);
    if (info.step) Line("step", std::to_string(*info.step));
    if (info.save_counter) Line("save counter", std::to_string(*info.save_counter));
    if (info.num_objects) Line("object graph", Count(*info.num_objects, "node"));
    if (info.graph) PrintSignatures(*info.graph);
    if (info.lineage) Line("lineage", *info.lineage);
    if (info.state_file) Line("state file", "names " + Quoted(*info.state_file));
    for (const FileDescription& file : description.files)
      Line("file", Escape(file.path) + "  " + (file.nbytes ? BinarySize(*file.nbytes) : "missing"));
  }

  // Prints a SavedModel without variables.
  void Print(const GraphDescription& graph) {
    Line("path", Escape(graph.path));
    Line("format", "a SavedModel without variables");
    PrintWriter(graph);
    PrintSignatures(graph);
  }

 private:
  void PrintWriter(const GraphDescription& graph) {
    if (graph.tensorflow_version.empty()) return;
    Line("writer",
         "TensorFlow " + Escape(graph.tensorflow_version) + ", by " + Escape(BaseName(graph.path)));
  }

  void Line(std::string_view label, const std::string& text) {
    out_.Write(out_.Styled(Style::kBold, Padded(std::string(label), 16)) + OneLine(text) + "\n");
  }

  // Facts that the files do not state are left out.
  static std::string FormatText(const Resolved& resolved, const Description& description) {
    std::string text(resolved.format->name);
    if (!description.version.empty()) text += ", version " + description.version;
    if (!description.endianness.empty()) text += ", " + description.endianness + "-endian";
    return text + ", compression: " + description.compression;
  }

  // "252 B of 4.2 KiB; slots: momentum of 6 variables, velocity of 6"
  void PrintTraining(const CheckpointInfo& info) {
    std::string text = BinarySize(info.training_nbytes) + " of " + BinarySize(info.nbytes);
    const char* before = "; slots: ";
    for (const auto& [name, count] : info.slots) {
      text += before + Escape(name) + " of " + Count(count, "variable");
      before = ", ";
    }
    Line("training state", text);
  }

  // "optimizer/_iterations 3, optimizer/_learning_rate 0.001"
  void PrintOptimizer(std::span<const OptimizerSetting> settings) {
    std::string text;
    for (const OptimizerSetting& setting : settings) {
      const auto value = FormatNumbers(setting.dtype, setting.value, {.style = WordStyle::kScalar});
      text += (text.empty() ? "" : ", ") + Escape(setting.path) + " " + value->Word(0);
    }
    Line("optimizer", text);
  }

  void PrintSignatures(const GraphDescription& graph) {
    for (const SignatureDescription& signature : graph.signatures)
      Line("signature", SignatureText(signature));
  }

  Output& out_;
};

void WriteSigned(JsonWriter& json, std::string_view key, const std::optional<int64_t>& value) {
  json.Key(key);
  value ? json.Signed(*value) : json.Null();
}

void WriteNames(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.Key(key);
  json.BeginArray();
  for (const std::string& name : names) json.String(name);
  json.EndArray();
}

void WriteSlots(JsonWriter& json, const CheckpointInfo& info) {
  json.Key("slots");
  json.BeginArray();
  for (const auto& [name, count] : info.slots) {
    json.BeginObject();
    json.Name("name", name);
    json.NumberOrNull("variables", count);
    json.EndObject();
  }
  json.EndArray();
}

void WriteOptimizer(JsonWriter& json, const CheckpointInfo& info) {
  json.Key("optimizer");
  json.BeginArray();
  for (const OptimizerSetting& setting : info.optimizer) {
    json.BeginObject();
    json.Name("name", setting.path);
    json.Key("value");
    WriteNumberElement(json, setting.dtype, setting.value.data());
    json.EndObject();
  }
  json.EndArray();
}

void WriteWriter(JsonWriter& json, const std::optional<GraphDescription>& graph) {
  json.Key("writer");
  const bool has_writer = graph && !graph->tensorflow_version.empty();
  has_writer ? json.String("TensorFlow " + graph->tensorflow_version) : json.Null();
}

// Returns a document with those fields that a SavedModel without variables has.
std::string JsonInfo(const GraphDescription& graph) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Name("path", graph.path);
  json.Name("format", "saved-model");
  WriteWriter(json, graph);
  json.NumberOrNull("tensors", 0);
  WriteSignatures(json, graph.signatures);
  EndDocument(json);
  return text;
}

void WriteFiles(JsonWriter& json, const CheckpointInfo& info) {
  json.Key("files");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const FileDescription& file : info.description.files) {
    json.BeginObject();
    json.Name("path", file.path);
    json.NumberOrNull("nbytes", file.nbytes);
    json.EndObject();
  }
  json.EndArray();
}

std::string JsonInfo(const Resolved& resolved, const CheckpointInfo& info) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Name("path", resolved.path);
  json.Name("format", resolved.format->name);
  json.Name("version", info.description.version);
  json.Name("endianness", info.description.endianness);
  json.Name("compression", info.description.compression);
  WriteWriter(json, info.graph);
  json.NumberOrNull("tensors", info.num_tensors);
  json.NumberOrNull("parameters", info.num_parameters);
  json.NumberOrNull("training_parameters", info.num_training_parameters);
  json.NumberOrNull("nbytes", info.nbytes);
  json.NumberOrNull("training_nbytes", info.training_nbytes);
  WriteNames(json, "unread", info.unread);
  WriteSlots(json, info);
  WriteOptimizer(json, info);
  WriteSigned(json, "step", info.step);
  WriteSigned(json, "save_counter", info.save_counter);
  json.NumberOrNull("objects", info.num_objects);
  json.Key("lineage");
  info.lineage ? json.Raw(*info.lineage) : json.Null();
  if (info.state_file) json.Name("state_file", *info.state_file);
  WriteSignatures(json, info.graph ? info.graph->signatures : std::vector<SignatureDescription>());
  WriteFiles(json, info);
  EndDocument(json);
  return text;
}

class InfoCommand final : public Command {
 public:
  std::string_view name() const override { return "info"; }
  std::string_view summary() const override {
    return "Says what a checkpoint is: format, writer, files, signatures.";
  }
  std::string_view examples() const override {
    return "  cairn info run/model-100\n"
           "  cairn info --json exported_model\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "PATH", .target = &path_, .help = "the checkpoint"},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    const Result<Opened> checkpoint = OpenCheckpoint(path_, context.out);
    if (!checkpoint.ok()) return RunWithoutVariables(checkpoint.status(), context.out);
    std::vector<std::string> warnings;
    const Result<CheckpointInfo> info = GatherInfo(LocalFileSystem(), *checkpoint, warnings);
    for (const std::string& warning : warnings) context.out.Warn(warning);
    if (!info.ok()) return context.out.Error(info.status());
    if (json_) {
      context.out.Write(JsonInfo(*checkpoint, *info));
    } else {
      TextInfo(context.out).Print(*checkpoint, *info);
    }
    const bool is_complete = std::ranges::all_of(
        info->description.files, [](const auto& file) { return file.nbytes.has_value(); });
    return is_complete ? kDone : kFinding;
  }

 private:
  // A SavedModel may be a graph alone, which is not a checkpoint and still something to describe.
  ExitCode RunWithoutVariables(const Status& error, Output& out) const {
    if (error.reason() != Reason::kMissing) return out.Error(error);
    const auto graph = DescribeSavedModel(LocalFileSystem(), path_);
    if (!graph.ok()) return out.Error(graph.status());
    if (!*graph) return out.Error(error);
    if (json_) {
      out.Write(JsonInfo(**graph));
    } else {
      TextInfo(out).Print(**graph);
    }
    return kDone;
  }

  std::string path_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace cairn::cli
