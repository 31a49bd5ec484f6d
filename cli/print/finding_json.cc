#include "cli/print/finding_json.h"

namespace cairn::cli {

void WriteFinding(JsonWriter& json, const Finding& finding) {
  json.BeginObject();
  json.Key("reason");
  json.String(ReasonWord(finding.error.reason()));
  json.Name("tensor", finding.error.tensor());
  json.Name("path", finding.error.path());
  json.NumberOrNull("offset", finding.error.offset());
  json.Key("expected");
  json.String(finding.expected);
  json.Key("found");
  json.String(finding.found);
  json.Key("message");
  json.String(finding.error.message());
  json.EndObject();
}

void WriteTotals(JsonWriter& json, const JudgedTotals& totals) {
  json.Key("findings");
  json.BeginArray(JsonWriter::Layout::kLines);
  for (const Finding& finding : totals.findings) WriteFinding(json, finding);
  json.EndArray();
  json.NumberOrNull("num_tensors", totals.num_tensors);
  json.NumberOrNull("num_unprotected", totals.num_unprotected);
  json.NumberOrNull("nbytes", totals.nbytes);
}

void WriteError(JsonWriter& json, const Status& error) {
  json.Key("error");
  if (error.ok()) return json.Null();
  json.BeginObject();
  json.Key("reason");
  json.String(ReasonWord(error.reason()));
  json.Key("code");
  json.String(CodeName(error.code()));
  json.Key("message");
  json.String(error.message());
  json.Name("path", error.path());
  json.Name("tensor", error.tensor());
  json.NumberOrNull("offset", error.offset());
  json.Key("hint");
  json.String(error.hint());
  json.EndObject();
}

}  // namespace cairn::cli
