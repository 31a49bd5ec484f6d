#include "cairn/formats/cannot_hold.h"

#include "cairn/core/escape.h"

namespace cairn {

namespace {

// Tensors of which each has a text that says why it is listed.
struct Listed {
  uint64_t count = 0;
  std::string text;  // "2 tensors WHAT: 'a' (why), 'b' (why)"
};

// Lists the tensors for which `why` is not empty.
Listed ListTensors(const TensorDict& dict, std::string_view what,
                   const std::function<std::string(size_t)>& why) {
  constexpr uint64_t kMaxNamed = 5;
  uint64_t count = 0;
  std::string named;
  for (size_t i = 0; i < dict.size(); ++i) {
    const std::string reason = why(i);
    if (reason.empty() || ++count > kMaxNamed) continue;
    named += (named.empty() ? "" : ", ") + Quoted(dict.name(i)) + " (" + reason + ")";
  }
  if (count > kMaxNamed) named += " and " + std::to_string(count - kMaxNamed) + " more";
  return {count, std::to_string(count) + (count == 1 ? " tensor " : " tensors ") +
                     std::string(what) + ": " + named};
}

// Returns why a tensor cannot be read: the error of its source without the tensor's name.
std::string ReasonUnread(const TensorDict& dict, size_t i) {
  if (dict.info(i).is_readable()) return "";
  const Status status = dict.source(i).status();
  return status.ok() ? "its type is not known" : std::string(status.text());
}

Status LeaveOut(const Listed& listed) {
  return Status(Reason::kUnsupported, listed.text)
      .WithHint(listed.count == 1 ? "Leave it out." : "Leave them out.");
}

}  // namespace

Status CheckEachCanBeHeld(const TensorDict& dict, std::string_view format,
                          const std::function<std::string(size_t)>& problem) {
  const Listed unread =
      ListTensors(dict, "cannot be read", [&](size_t i) { return ReasonUnread(dict, i); });
  if (unread.count > 0) return LeaveOut(unread);
  const Listed unheld = ListTensors(dict, "cannot be stored as " + std::string(format), problem);
  return unheld.count > 0 ? LeaveOut(unheld) : Status();
}

std::vector<std::string> NotesOnTensors(const TensorDict& dict, std::string_view what,
                                        const std::function<std::string(size_t)>& why) {
  const Listed listed = ListTensors(dict, what, why);
  if (listed.count == 0) return {};
  return {listed.text};
}

std::vector<std::string> NotesOnTypes(const TensorDict& dict) {
  return NotesOnTensors(dict, "will be read as plain integers", [&](size_t i) {
    const TensorInfo info = dict.info(i);
    return info.dtype == DType::kString ? "" : std::string(info.stored_as);
  });
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
