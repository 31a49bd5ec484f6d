#include "cli/making_plan.h"

#include <algorithm>

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

void WriteTensors(JsonWriter& json, const MakingPlan& plan) {
  json.Key("tensors");
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

uint64_t MakingPlan::nbytes() const {
  uint64_t total = 0;
  for (const TensorInfo& tensor : dict) total += tensor.nbytes;
  return total;
}

std::optional<std::string_view> MakingPlan::NameBefore(std::string_view name) const {
  const auto found = std::ranges::lower_bound(names, name, {}, &RenamedTensor::name);
  if (found == names.end() || found->name != name) return std::nullopt;
  return before.name(found->source);
}

void PrintPlan(const MakingPlan& plan, Output& out) {
  for (const TensorInfo& info : plan.dict) {
    const auto before = plan.NameBefore(info.name);
    std::string line = Escape(info.name);
    if (before && *before != info.name) line += "  from " + Escape(*before);
    line.append("  ").append(TypeName(info)).append(ToString(info.dims));
    out.Write(line + "  " + BinarySize(info.nbytes) + "\n");
  }
  for (const std::string& note : plan.notes) out.Write("note: " + note + "\n");
  out.Write(out.Styled(Style::kBold, "plan: " + SourcesAsText(plan) + " to " + OneLine(plan.path) +
                                         " (" + std::string(plan.target->name) + "), " +
                                         Count(plan.dict.size(), "tensor") + ", " +
                                         BinarySize(plan.nbytes())) +
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
  WriteTensors(json, plan);
  WriteLosses(json, plan);
  WriteFiles(json, report);
  EndDocument(json);
  return text;
}

}  // namespace cairn::cli
