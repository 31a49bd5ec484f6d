#include "cairn/formats/cannot_hold.h"

#include "cairn/core/escape.h"

namespace cairn {

Status CheckEachCanBeHeld(const TensorDict& dict, std::string_view format,
                          const std::function<std::string(size_t)>& problem) {
  constexpr uint64_t kMaxNamed = 5;
  uint64_t count = 0;
  std::string named;
  for (size_t i = 0; i < dict.size(); ++i) {
    const std::string why = problem(i);
    if (why.empty() || ++count > kMaxNamed) continue;
    named += (named.empty() ? "" : ", ") + Quoted(dict.name(i)) + " (" + why + ")";
  }
  if (count == 0) return {};
  if (count > kMaxNamed) named += " and " + std::to_string(count - kMaxNamed) + " more";
  return Status(Reason::kUnsupported,
                std::to_string(count) + (count == 1 ? " tensor" : " tensors") +
                    " cannot be stored as " + std::string(format) + ": " + named)
      .WithHint(count == 1 ? "Leave it out." : "Leave them out.");
}

std::vector<std::string> NotesOnMetadata(const TensorDict& dict) {
  std::vector<std::string> notes;
  for (const auto& [key, text] : dict.metadata()) {
    const bool says_nothing = key == "format" && text == "pt";  // as safetensors without metadata
    if (!says_nothing) notes.push_back("the metadata " + Quoted(key) + " is not kept");
  }
  return notes;
}

}  // namespace cairn
