// cairn info PATH: what a checkpoint is.
#include "cairn/checkpoint/checkpoint_files.h"
#include "cairn/checkpoint/state_file.h"
#include "cairn/core/escape.h"
#include "cairn/graph/object_paths.h"
#include "cairn/io/path.h"
#include "cairn/session/variable_names.h"
#include "cli/columns.h"
#include "cli/command.h"
#include "cli/json_writer.h"
#include "cli/open_checkpoint.h"
#include "cli/size_text.h"

namespace cairn::cli {
namespace {

struct Totals {
  uint64_t num_tensors = 0;
  uint64_t num_parameters = 0;
  uint64_t nbytes = 0;
  uint64_t training_nbytes =
      0;  // optimizer slots, moving averages, and what else only training needs
};

// What is known of a checkpoint beside its tensors.
struct Info {
  Description description;
  Totals totals;
  std::optional<int64_t> step;
  std::optional<std::string> state_file;  // what the one beside it calls newest
  std::optional<uint64_t> num_objects;    // of an object graph
};

bool IsTrainingState(const std::string& name, const std::string& path) {
  const bool is_of_optimizer = path.starts_with("optimizer/") ||
                               path.find("/optimizer/") != path.npos ||
                               name.find("/.OPTIMIZER_SLOT/") != name.npos;
  return is_of_optimizer || path == "save_counter" || LooksLikeTrainingState(name);
}

Totals Count(const TensorDict& dict, const std::map<std::string, std::string>& paths) {
  Totals totals;
  for (size_t i = 0; i < dict.size(); ++i) {
    const TensorInfo info = dict.info(i);
    const std::string name(info.name);
    const auto path = paths.find(name);
    ++totals.num_tensors;
    totals.nbytes += info.nbytes;
    if (ElementNbytes(info.dtype) > 0)
      totals.num_parameters += info.nbytes / ElementNbytes(info.dtype);
    if (IsTrainingState(name, path == paths.end() ? name : path->second))
      totals.training_nbytes += info.nbytes;
  }
  return totals;
}

Result<std::optional<uint64_t>> CountObjects(const TensorDict& dict) {
  const auto i = dict.Find(kObjectGraphKey);
  if (!i) return std::optional<uint64_t>();
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(*i));
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source->ReadStrings());
  if (strings.size() != 1) return std::optional<uint64_t>();
  CAIRN_ASSIGN_OR_RETURN(const ObjectGraph graph, ObjectGraph::Parse(std::string(strings[0])));
  return std::optional(uint64_t{graph.num_nodes()});
}

Result<Info> Gather(const OpenedCheckpoint& checkpoint, Output& out) {
  const std::string& path = checkpoint.resolved.path;
  Info info;
  CAIRN_ASSIGN_OR_RETURN(info.description, checkpoint.resolved.format->describe(
                                               LocalFileSystem(), path, {Access::kRead, {}}));
  std::map<std::string, std::string> paths;
  if (auto read = ShortPathsOf(checkpoint.dict); read.ok()) paths = *std::move(read);
  info.totals = Count(checkpoint.dict, paths);
  info.step = StepOfName(BaseName(path));
  if (const auto state = ReadStateFile(LocalFileSystem(), DirectoryOf(path)); state.ok())
    info.state_file = state->latest;
  const auto num_objects = CountObjects(checkpoint.dict);
  if (num_objects.ok()) {
    info.num_objects = *num_objects;
  } else {
    out.Warn("the object graph cannot be read: " + std::string(num_objects.status().message()));
  }
  return info;
}

class InfoCommand final : public Command {
 public:
  std::string_view name() const override { return "info"; }
  std::string_view summary() const override {
    return "Says what a checkpoint is: format, files, size, step, state file, objects.";
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
    const Result<OpenedCheckpoint> checkpoint = OpenCheckpoint(path_, context.out);
    if (!checkpoint.ok()) return context.out.Error(checkpoint.status());
    const Result<Info> info = Gather(*checkpoint, context.out);
    if (!info.ok()) return context.out.Error(info.status());
    json_ ? PrintJson(*checkpoint, *info, context.out) : PrintText(*checkpoint, *info, context.out);
    for (const FileDescription& file : info->description.files) {
      if (!file.nbytes) return kFinding;
    }
    return kDone;
  }

 private:
  static void PrintLine(std::string_view label, const std::string& text, Output& out) {
    out.Write(out.Styled(Style::kBold, Padded(std::string(label), 16)) + OneLine(text) + "\n");
  }

  static void PrintText(const OpenedCheckpoint& checkpoint, const Info& info, Output& out) {
    const Totals& totals = info.totals;
    PrintLine("path", Escape(checkpoint.resolved.path), out);
    PrintLine("format",
              std::string(checkpoint.resolved.format->name) + ", version " +
                  info.description.version + ", " + info.description.endianness +
                  "-endian, compression of the index: " + info.description.compression,
              out);
    PrintLine("tensors",
              WithSeparators(totals.num_tensors) + ", " +
                  cli::Count(totals.num_parameters, "parameter") + ", " + BinarySize(totals.nbytes),
              out);
    PrintLine("training state",
              BinarySize(totals.training_nbytes) + " of " + BinarySize(totals.nbytes), out);
    if (info.step) PrintLine("step", std::to_string(*info.step), out);
    if (info.num_objects) PrintLine("object graph", cli::Count(*info.num_objects, "node"), out);
    if (info.state_file) PrintLine("state file", "names " + Quoted(*info.state_file), out);
    for (const FileDescription& file : info.description.files)
      PrintLine("file",
                Escape(file.path) + "  " + (file.nbytes ? BinarySize(*file.nbytes) : "missing"),
                out);
  }

  static void PrintJson(const OpenedCheckpoint& checkpoint, const Info& info, Output& out) {
    std::string text;
    JsonWriter json(text);
    BeginDocument(json);
    json.Name("path", checkpoint.resolved.path);
    json.Key("format");
    json.String(checkpoint.resolved.format->name);
    json.Key("version");
    json.String(info.description.version);
    json.Key("endianness");
    json.String(info.description.endianness);
    json.Key("compression");
    json.String(info.description.compression);
    json.NumberOrNull("tensors", info.totals.num_tensors);
    json.NumberOrNull("parameters", info.totals.num_parameters);
    json.NumberOrNull("nbytes", info.totals.nbytes);
    json.NumberOrNull("training_nbytes", info.totals.training_nbytes);
    json.Key("step");
    info.step ? json.Signed(*info.step) : json.Null();
    json.NumberOrNull("objects", info.num_objects);
    if (info.state_file) json.Name("state_file", *info.state_file);
    json.Key("files");
    json.BeginArray(JsonWriter::Layout::kLines);
    for (const FileDescription& file : info.description.files) {
      json.BeginObject();
      json.Name("path", file.path);
      json.NumberOrNull("nbytes", file.nbytes);
      json.EndObject();
    }
    json.EndArray();
    EndDocument(json);
    out.Write(text);
  }

  std::string path_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace cairn::cli
