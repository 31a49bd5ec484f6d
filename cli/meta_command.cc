// cairn meta GRAPH: what a metagraph or a SavedModel holds.
#include <algorithm>

#include "cairn/checkpoint/describe_graph.h"
#include "cairn/checkpoint/locate_graph.h"
#include "cairn/core/escape.h"
#include "cairn/graph/graph_file.h"
#include "cairn/graph/graph_variables.h"
#include "cairn/graph/op_counts.h"
#include "cli/command.h"
#include "cli/print/columns.h"
#include "cli/print/json_writer.h"
#include "cli/print/signature_text.h"
#include "cli/print/size_text.h"

namespace cairn::cli {
namespace {

// All that is told of a graph.
struct GraphFacts {
  LoadedGraph loaded;
  std::vector<GraphVariable> variables;
  std::vector<OpCount> ops;

  const MetaGraph& graph() const { return loaded.graph; }
};

Result<GraphFacts> Gather(const std::string& path) {
  GraphFacts facts;
  CAIRN_ASSIGN_OR_RETURN(facts.loaded, LoadGraph(LocalFileSystem(), path));
  // The objects of a SavedModel tell more of its variables than the nodes of its graph do.
  auto variables = FindObjectVariables(facts.graph());
  if (!variables.ok()) return variables.status().AtPath(path);
  facts.variables = *std::move(variables);
  if (facts.variables.empty()) {
    CAIRN_ASSIGN_OR_RETURN(facts.variables, FindVariables(facts.graph()).AtPath(path));
  }
  CAIRN_ASSIGN_OR_RETURN(facts.ops, CountOps(facts.graph()).AtPath(path));
  return facts;
}

// "float32[3,3,1,4]  trainable  set by conv0/W/Assign"
std::string VariableText(const GraphVariable& variable) {
  std::string text = variable.dtype ? std::string(Name(*variable.dtype)) : "?";
  text += DimsText(variable.dims);
  if (variable.trainable.value_or(false)) text += "  trainable";
  if (!variable.initializer.empty()) text += "  set by " + Escape(variable.initializer);
  if (!variable.key.empty() && variable.key != variable.name)
    text += "  saved as " + Escape(variable.key);
  return text;
}

class TextFacts {
 public:
  explicit TextFacts(Output& out) : out_(out) {}

  void Print(const GraphFacts& facts) {
    const MetaGraph& graph = facts.graph();
    Line("path", Escape(facts.loaded.path));
    if (!graph.tensorflow_version().empty())
      Line("writer", "TensorFlow " + Escape(graph.tensorflow_version()));
    for (const std::string_view tag : graph.tags()) Line("tag", Escape(tag));
    Line("nodes",
         WithSeparators(graph.nodes().size()) + ", " + Count(graph.functions().size(), "function"));
    for (const Collection& collection : graph.collections()) {
      Line("collection", Escape(collection.name) + "  " + std::string(NameOf(collection.kind)) +
                             "  " + WithSeparators(collection.size()));
    }
    for (const GraphVariable& variable : facts.variables)
      Line("variable", Escape(variable.name) + "  " + VariableText(variable));
    for (const SignatureDescription& signature : DescribeSignatures(graph))
      Line("signature", SignatureText(signature));
    PrintOps(facts.ops);
  }

 private:
  void Line(std::string_view label, const std::string& text) {
    out_.Write(out_.Styled(Style::kBold, Padded(std::string(label), 12)) + OneLine(text) + "\n");
  }

  void PrintOps(const std::vector<OpCount>& ops) {
    for (const OpCount& op : ops) Line("op", WithSeparators(op.count) + "  " + Escape(op.op));
    for (const OpCount& op : ops) {
      if (op.is_known) continue;
      Line("unknown op",
           Escape(op.op) + "  is not in TensorFlow " + std::string(VersionOfKnownOps()));
    }
  }

  Output& out_;
};

void WriteCollections(JsonWriter& json, const MetaGraph& graph) {
  json.Key("collections");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const Collection& collection : graph.collections()) {
    json.BeginObject();
    json.Name("name", collection.name);
    json.Name("kind", NameOf(collection.kind));
    json.NumberOrNull("count", collection.size());
    json.EndObject();
  }
  json.EndArray();
}

void WriteTexts(JsonWriter& json, std::string_view key, std::span<const std::string_view> texts) {
  json.Key(key);
  json.BeginArray();
  for (const std::string_view text : texts) json.String(text);
  json.EndArray();
}

void WriteTextOrNull(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) return json.Name(key, text);
  json.Key(key);
  json.Null();
}

// "key" is the name in a checkpoint, null where only the checkpoint's object graph tells it.
void WriteVariables(JsonWriter& json, const std::vector<GraphVariable>& variables) {
  json.Key("variables");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const GraphVariable& variable : variables) {
    json.BeginObject();
    json.Name("name", variable.name);
    WriteTextOrNull(json, "key", variable.key);
    WriteTypeAndShape(json, variable.dtype, variable.dims);
    json.Key("trainable");
    variable.trainable ? json.Bool(*variable.trainable) : json.Null();
    WriteTextOrNull(json, "initializer", variable.initializer);
    WriteTexts(json, "collections", variable.collections);
    json.EndObject();
  }
  json.EndArray();
}

void WriteOps(JsonWriter& json, std::string_view key, const std::vector<OpCount>& ops,
              bool unknown_only) {
  json.Key(key);
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const OpCount& op : ops) {
    if (unknown_only && op.is_known) continue;
    json.BeginObject();
    json.Name("name", op.op);
    json.NumberOrNull("count", op.count);
    json.EndObject();
  }
  json.EndArray();
}

std::string JsonOf(const GraphFacts& facts) {
  const MetaGraph& graph = facts.graph();
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Name("path", facts.loaded.path);
  WriteTextOrNull(json, "tensorflow_version", graph.tensorflow_version());
  WriteTexts(json, "tags", graph.tags());
  json.NumberOrNull("nodes", graph.nodes().size());
  json.NumberOrNull("functions", graph.functions().size());
  WriteCollections(json, graph);
  WriteVariables(json, facts.variables);
  WriteSignatures(json, DescribeSignatures(graph));
  WriteOps(json, "ops", facts.ops, false);
  json.Name("known_ops_of", VersionOfKnownOps());
  WriteOps(json, "unknown_ops", facts.ops, true);
  EndDocument(json);
  return text;
}

class MetaCommand final : public Command {
 public:
  std::string_view name() const override { return "meta"; }
  std::string_view summary() const override {
    return "Shows a graph: collections, variables, signatures, ops.";
  }
  std::string_view examples() const override {
    return "  cairn meta run/graph-0131-120000.meta\n"
           "  cairn meta --json exported_model\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "GRAPH", .target = &path_, .help = "a .meta or .pbtxt file, or a SavedModel"},
        {.names = "--json", .target = &json_, .help = "one document"},
    };
  }

  ExitCode Run(const Context& context) override {
    const Result<Located> located = LocateGraph(LocalFileSystem(), path_);
    if (!located.ok()) return context.out.Error(located.status());
    if (!located->note.empty()) context.out.Note(located->note);
    const Result<GraphFacts> facts = Gather(located->path);
    if (!facts.ok()) return context.out.Error(facts.status());
    if (json_) {
      context.out.Write(JsonOf(*facts));
    } else {
      TextFacts(context.out).Print(*facts);
    }
    return kDone;
  }

 private:
  std::string path_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeMetaCommand() { return std::make_unique<MetaCommand>(); }

}  // namespace cairn::cli
