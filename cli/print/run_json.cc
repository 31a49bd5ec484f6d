#include "cli/print/run_json.h"

#include <map>

namespace cairn::cli {
namespace {

void WriteNames(JsonWriter& json, std::string_view key,
                const std::map<std::string, std::string>& texts) {
  json.Key(key);
  json.BeginArray();
  for (const auto& [name, text] : texts) json.String(name);
  json.EndArray();
}

void WriteSignedOrNull(JsonWriter& json, std::string_view key, std::optional<int64_t> value) {
  json.Key(key);
  value ? json.Signed(*value) : json.Null();
}

std::string_view WordOf(RunWriter::State state) {
  switch (state) {
    case RunWriter::State::kUnlocked:
      return "unlocked";
    case RunWriter::State::kEnded:
      return "ended";
    case RunWriter::State::kRunning:
      return "running";
    case RunWriter::State::kGone:
      return "gone";
    case RunWriter::State::kElsewhere:
      return "elsewhere";
    case RunWriter::State::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace

void WriteRunState(JsonWriter& json, const std::optional<RunState>& state) {
  if (!state) return json.Null();
  json.BeginObject();
  json.Key("step");
  json.Signed(state->step);
  json.Key("epoch");
  json.Signed(state->epoch);
  WriteNames(json, "callbacks", state->callbacks);
  WriteNames(json, "generators", state->generators);
  json.Key("data_position");
  json.Bool(!state->data_position.empty());
  json.EndObject();
}

void WriteRecordFields(JsonWriter& json, const RunStatistics::Record& record) {
  WriteSignedOrNull(json, "epoch", record.epoch);
  WriteSignedOrNull(json, "step", record.step);
  json.Key("values");
  json.BeginObject();
  for (const auto& [name, value] : record.values) {
    json.KeyFromFile(name);
    json.Double(value);
  }
  json.EndObject();
}

void WriteLastRecord(JsonWriter& json, const RunStatistics& statistics) {
  if (statistics.records.empty() && statistics.trouble.empty()) return json.Null();
  json.BeginObject();
  if (!statistics.trouble.empty()) {
    json.Key("error");
    json.String(statistics.trouble);
    return json.EndObject();
  }
  WriteRecordFields(json, statistics.records.back());
  json.EndObject();
}

void WriteWriter(JsonWriter& json, const RunWriter& writer) {
  if (writer.state == RunWriter::State::kUnlocked) return json.Null();
  const bool is_known = writer.state != RunWriter::State::kUnknown;
  json.BeginObject();
  json.NumberOrNull("lease", is_known ? std::optional(writer.lease.number) : std::nullopt);
  json.Key("state");
  json.String(WordOf(writer.state));
  const std::optional<ProcessIdentity>& holder = writer.lease.holder;
  WriteSignedOrNull(json, "process", holder ? std::optional(holder->process) : std::nullopt);
  json.Key("host");
  holder ? json.String(holder->host) : json.Null();
  json.Key("error");
  is_known ? json.Null() : json.String(writer.trouble);
  json.EndObject();
}

}  // namespace cairn::cli
