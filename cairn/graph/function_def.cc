#include "cairn/graph/function_def.h"

#include "cairn/graph/message_fields.h"

namespace cairn {
namespace {

enum FunctionTag : protozero::pbf_tag_type {
  kSignature = 1,
  kNodes = 3,
  kReturns = 4,
  kControlReturns = 6,
};
enum OpTag : protozero::pbf_tag_type { kName = 1, kInputs = 2, kOutputs = 3 };
constexpr protozero::pbf_tag_type kArgumentName = 1;

Status ParseOp(Bytes message, FunctionBody& body) {
  return ForEachBytes(message, "OpDef", {kInputs, kOutputs}, [&](auto tag, Bytes value) -> Status {
    CAIRN_ASSIGN_OR_RETURN(const auto names, TextsOf(value, "OpDef.ArgDef", kArgumentName));
    (tag == kInputs ? body.arguments : body.results)
        .push_back(names.empty() ? std::string_view() : names.back());
    return {};
  });
}

}  // namespace

std::optional<size_t> FunctionBody::FindArgument(std::string_view input) const {
  const auto found = std::ranges::find(arguments, NodeNameOf(input));
  if (found == arguments.end()) return std::nullopt;
  return static_cast<size_t>(found - arguments.begin());
}

Result<Function> ParseFunction(Bytes message) {
  Function function{{}, message};
  CAIRN_RETURN_IF_ERROR(
      ForEachBytes(message, "FunctionDef", {kSignature}, [&](auto /*tag*/, Bytes op) -> Status {
        CAIRN_ASSIGN_OR_RETURN(const auto names, TextsOf(op, "OpDef", kName));
        if (!names.empty()) function.name = names.back();
        return {};
      }));
  return function;
}

Result<FunctionBody> ParseFunctionBody(const Function& function) {
  FunctionBody body;
  std::vector<MapEntry> returns;
  CAIRN_RETURN_IF_ERROR(ForEachBytes(
      function.message, "FunctionDef", {kSignature, kNodes, kReturns, kControlReturns},
      [&](auto tag, Bytes value) -> Status {
        if (tag == kSignature) return ParseOp(value, body);
        if (tag == kNodes) return body.nodes.Add(value);
        CAIRN_ASSIGN_OR_RETURN(const MapEntry entry, ParseMapEntry(value, "FunctionDef.ret"));
        if (tag == kReturns) {
          returns.push_back(entry);
        } else {
          body.control_returns.push_back(AsText(entry.value));
        }
        return {};
      }));
  std::unordered_map<std::string_view, std::string_view> tensor_of;
  for (const MapEntry& entry : returns) tensor_of.emplace(entry.key, AsText(entry.value));
  for (const std::string_view result : body.results) body.returned.push_back(tensor_of[result]);
  return body;
}

}  // namespace cairn
