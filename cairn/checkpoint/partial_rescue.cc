#include "cairn/checkpoint/partial_rescue.h"

#include <string>

#include "cairn/core/escape.h"
#include "cairn/core/split.h"
#include "cairn/source/string_source.h"

namespace cairn {
namespace {

// The first lines tell enough; a checkpoint may lose a million tensors.
constexpr size_t kMaxLines = 100;

std::string LineOf(const Finding& finding) {
  const std::string word(ReasonWord(finding.error.reason()));
  return finding.error.tensor().empty() ? word
                                        : word + ": tensor " + Quoted(finding.error.tensor());
}

// The count and the other lines of an earlier mark.
struct Losses {
  uint64_t count = 0;
  std::vector<std::string> lines;
};

Result<Losses> ReadLosses(const TensorSource& mark) {
  CAIRN_ASSIGN_OR_RETURN(const StringTensor text, mark.ReadStrings().In(kPartialRescueName));
  Losses losses;
  if (text.size() == 0) return losses;
  for (const std::string_view line : Split(text[0], '\n')) losses.lines.emplace_back(line);
  losses.count = std::strtoull(losses.lines[0].c_str(), nullptr, 10);
  losses.lines.erase(losses.lines.begin());
  return losses;
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> MakePartialRescueMark(std::span<const Finding> lost,
                                                                  const TensorSource* earlier) {
  Losses losses;
  if (earlier != nullptr) {
    CAIRN_ASSIGN_OR_RETURN(losses, ReadLosses(*earlier));
  }
  losses.count += lost.size();
  for (const Finding& finding : lost) {
    if (losses.lines.size() < kMaxLines) losses.lines.push_back(LineOf(finding));
  }
  std::string text = std::to_string(losses.count) + " lost";
  for (const std::string& line : losses.lines) text += "\n" + line;
  return MakeTextSource(text);
}

}  // namespace cairn
