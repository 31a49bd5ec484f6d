#include "cli/print/finding_json.h"

namespace cairn::cli {

void WriteFinding(JsonWriter& json, const Finding& finding) {
  json.BeginObject();
  json.Key("reason");
  json.String(ReasonWord(finding.reason));
  json.Name("tensor", finding.tensor);
  json.Name("path", finding.path);
  json.NumberOrNull("offset", finding.offset);
  json.Key("expected");
  json.String(finding.expected);
  json.Key("found");
  json.String(finding.found);
  json.Key("message");
  json.String(finding.message);
  json.EndObject();
}

void WriteError(JsonWriter& json, const Status& error) {
  json.Key("error");
  if (error.ok()) return json.Null();
  json.BeginObject();
  json.Key("reason");
  json.String(ReasonWord(error.reason()));
  json.Key("message");
  json.String(error.message());
  json.EndObject();
}

}  // namespace cairn::cli
