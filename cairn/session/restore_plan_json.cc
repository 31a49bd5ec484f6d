#include "cairn/codec/json.h"
#include "cairn/core/escape.h"
#include "cairn/session/restore_plan.h"

namespace cairn {
namespace {

std::string Text(std::string_view text) {
  return JsonString(IsUtf8(text) ? std::string(text) : Escape(text));
}

std::string OrNull(std::string_view text) { return text.empty() ? "null" : Text(text); }

std::string List(const std::vector<std::string>& texts) {
  std::string json = "[";
  for (const std::string& text : texts) json += (json.size() > 1 ? ", " : "") + Text(text);
  return json + "]";
}

std::string ItemJson(const RestorePlan& plan, const RestoreItem& item) {
  const std::string& source = plan.sources[item.source].name;
  std::string json = "{\"status\": " + Text(Name(item.match));
  json += ", \"variable\": " + (item.variable ? Text(item.name) : "null");
  json += ", \"entry\": " + (item.entry ? Text(plan.EntryName(item)) : "null");
  json += ", \"source\": " + OrNull(source);
  json += ", \"nbytes\": " + std::to_string(Assigns(item.match) ? item.nbytes : 0);
  json += ", \"did_you_mean\": " + List(item.did_you_mean);
  json += ", \"detail\": " + OrNull(item.detail);
  return json + "}";
}

std::string ErrorJson(const Status& error) {
  if (error.ok()) return "null";
  std::string json = "{\"reason\": " + Text(ReasonWord(error.reason()));
  json += ", \"code\": " + Text(CodeName(error.code()));
  json += ", \"message\": " + Text(error.message());
  json += ", \"path\": " + OrNull(error.path());
  json += ", \"tensor\": " + OrNull(error.tensor());
  json += ", \"offset\": " + (error.offset() ? std::to_string(*error.offset()) : "null");
  return json + ", \"hint\": " + OrNull(error.hint()) + "}";
}

}  // namespace

std::string RestorePlan::ToJson() const {
  std::string json = "{\"schema_version\": 1, \"items\": [";
  for (size_t i = 0; i < items.size(); ++i)
    json += (i == 0 ? "\n" : ",\n") + ItemJson(*this, items[i]);
  json += items.empty() ? "]" : "\n]";
  json += std::string(", \"acceptable\": ") + (acceptable.ok() ? "true" : "false");
  json += ", \"error\": " + ErrorJson(acceptable);
  json += ", \"warnings\": " + List(warnings);
  return json + "}";
}

}  // namespace cairn
