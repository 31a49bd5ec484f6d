#include "cli/print/making_plan_printer.h"

#include "cairn/core/escape.h"
#include "cli/print/json_writer.h"
#include "cli/print/size_text.h"
#include "cli/print/stored_type.h"

namespace cairn::cli {
namespace {

std::string SourcesAsText(const MakingPlan& plan) {
  std::string text;
  for (const Opened& source : plan.sources) {
    if (!text.empty()) text += ", ";
    text += OneLine(source.path) + " (" + std::string(source.format->name) + ")";
  }
  return text;
}

void WriteSide(JsonWriter& json, const std::string& path, std::string_view format) {
  json.BeginObject();
  json.Name("path", path);
  json.Name("format", format);
  json.EndObject();
}

void WriteKept(JsonWriter& json, const MakingPlan& plan) {
  json.Key("kept");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const TensorInfo& info : plan.dict) {
    json.BeginObject();
    json.Name("name", info.name);
    if (const auto before = plan.NameBefore(info.name)) json.Name("source", *before);
    json.Name("dtype", Name(info.dtype));
    json.Dims("shape", info.dims);
    json.NumberOrNull("nbytes", info.nbytes);
    json.EndObject();
  }
  json.EndArray();
}

void WriteDropped(JsonWriter& json, const MakingPlan& plan) {
  json.Key("dropped");
  json.BeginArray(JsonWriter::Layout::kLines);
  const auto write = [&](std::string_view name, std::string_view why) {
    json.BeginObject();
    json.Name("name", name);
    json.Name("why", why);
    json.EndObject();
  };
  for (const DroppedTensor& dropped : plan.taken.dropped) write(dropped.name, dropped.why);
  for (const std::string& name : plan.unselected) write(name, "is not selected");
  json.EndArray();
}

void WriteLosses(JsonWriter& json, const MakingPlan& plan) {
  const std::vector<CastLoss> losses = plan.casts.Losses();
  if (losses.empty()) return;
  json.Key("casts");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const CastLoss& loss : losses) {
    json.BeginObject();
    json.Name("name", loss.name);
    json.NumberOrNull("elements", loss.num_elements);
    json.NumberOrNull("overflowed", loss.num_overflowed);
    json.NumberOrNull("zeroed", loss.num_zeroed);
    json.NumberOrNull("truncated", loss.num_truncated);
    json.EndObject();
  }
  json.EndArray();
}

void WriteFiles(JsonWriter& json, const SaveReport* report) {
  json.NumberOrNull("written", report != nullptr ? std::optional(report->nbytes) : std::nullopt);
  json.Key("files");
  json.BeginArray();
  if (report != nullptr) {
    for (const std::string& file : report->files) json.String(file);
  }
  json.EndArray();
}

}  // namespace

void PrintPlan(const MakingPlan& plan, Output& out) {
  for (const TensorInfo& info : plan.dict) {
    const auto before = plan.NameBefore(info.name);
    std::string line = (plan.taken.dropped.empty() ? "" : "keep  ") + Escape(info.name);
    if (before && *before != info.name) line += "  from " + Escape(*before);
    line.append("  ").append(TypeName(info)).append(ToString(info.dims));
    out.Write(line + "  " + BinarySize(info.nbytes) + "\n");
  }
  for (const DroppedTensor& dropped : plan.taken.dropped)
    out.Write("drop  " + Escape(dropped.name) + "  " + dropped.why + "\n");
  for (const std::string& note : plan.taken.notes) out.Write("note: " + OneLine(note) + "\n");
  std::string whole;
  if (!plan.taken.dropped.empty()) whole = " of " + BinarySize(plan.nbytes_before());
  out.Write(out.Styled(Style::kBold, "plan: " + SourcesAsText(plan) + " to " + OneLine(plan.path) +
                                         " (" + std::string(plan.target->name) + "), " +
                                         Count(plan.dict.size(), "tensor") + ", " +
                                         BinarySize(plan.nbytes()) + whole) +
            "\n");
  if (plan.exists) out.Write(OneLine(plan.path) + ": exists\n");
}

std::string JsonOf(const MakingPlan& plan, const SaveReport* report) {
  std::string text;
  JsonWriter json(text);
  BeginDocument(json);
  json.Key("source");
  WriteSide(json, plan.sources[0].path, plan.sources[0].format->name);
  if (plan.sources.size() > 1) {
    json.Key("sources");
    json.BeginArray();
    for (const Opened& source : plan.sources) WriteSide(json, source.path, source.format->name);
    json.EndArray();
  }
  json.Key("target");
  WriteSide(json, plan.path, plan.target->name);
  json.Key("exists");
  json.Bool(plan.exists);
  if (plan.taken.graph) {
    json.Key("graph");
    json.String(*plan.taken.graph);
  }
  WriteKept(json, plan);
  WriteDropped(json, plan);
  json.NumberOrNull("nbytes_before", plan.nbytes_before());
  json.NumberOrNull("nbytes_after", plan.nbytes());
  WriteLosses(json, plan);
  WriteFiles(json, report);
  EndDocument(json);
  return text;
}

}  // namespace cairn::cli
