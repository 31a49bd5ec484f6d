#include "cairn/transform/cast_tensors.h"

#include <algorithm>
#include <mutex>

#include "cairn/core/escape.h"
#include "cairn/source/cast_elements.h"
#include "cairn/source/cast_source.h"
#include "cairn/transform/dict_editor.h"
#include "cairn/transform/tensor_names.h"

namespace cairn {

struct CastReport::State {
  struct Entry {
    std::string name;
    uint64_t num_elements;
    std::shared_ptr<const CastTally> tally;
  };
  std::mutex mutex;
  std::vector<Entry> entries;
};

CastReport::CastReport() : state_(std::make_shared<State>()) {}
CastReport::~CastReport() = default;

std::vector<CastLoss> CastReport::Losses() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<CastLoss> losses;
  for (const State::Entry& entry : state_->entries) {
    const CastCounts counts = entry.tally->counts();
    if (counts == CastCounts()) continue;
    losses.push_back({entry.name, entry.num_elements, counts.num_overflowed, counts.num_zeroed,
                      counts.num_truncated});
  }
  std::ranges::sort(losses, {}, &CastLoss::name);
  return losses;
}

// Casts the tensors of one dict, one after the other.
class TensorCaster {
 public:
  TensorCaster(const TensorDict& dict, const std::vector<CastRule>& rules, CastReport* report)
      : editor_(dict), names_(dict), rules_(rules), report_(report), has_matched_(rules.size()) {}

  Result<TensorDict> Run() && {
    const TensorDict& dict = editor_.base();
    for (size_t i = 0; i < dict.size(); ++i) {
      const TensorInfo info = dict.info(i);
      const std::optional<DType> to = TargetOf(i);
      if (!to || *to == info.dtype) continue;
      CAIRN_RETURN_IF_ERROR(Cast(i, *to).InTensor(info.name));
    }
    for (size_t k = 0; k < rules_.size(); ++k) {
      if (rules_[k].pattern && !has_matched_[k]) return names_.NoMatch(*rules_[k].pattern);
    }
    return std::move(editor_).Build();
  }

 private:
  // The dtype that the last rule for it asks for.
  std::optional<DType> TargetOf(size_t i) {
    std::optional<DType> target;
    for (size_t k = 0; k < rules_.size(); ++k) {
      const CastRule& rule = rules_[k];
      const bool is_for_it = rule.pattern
                                 ? names_.Match(*rule.pattern, i)
                                 : KindOf(editor_.base().info(i).dtype) == DTypeKind::kFloat;
      if (!is_for_it) continue;
      has_matched_[k] = true;
      target = rule.dtype;
    }
    return target;
  }

  Status Cast(size_t i, DType to) {
    const TensorDict& dict = editor_.base();
    const TensorInfo info = dict.info(i);
    if (!CanCast(info.dtype, to))
      return Status(Reason::kMismatch, "is " + std::string(Name(info.dtype)) +
                                           ", which cannot be cast to " + std::string(Name(to)));
    const auto tally = std::make_shared<CastTally>();
    CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(info.dims));
    if (report_ != nullptr) {
      const std::lock_guard lock(report_->state_->mutex);
      report_->state_->entries.push_back({std::string(info.name), num_elements, tally});
    }
    editor_.Replace(i, {std::string(info.name),
                        to,
                        {info.dims.begin(), info.dims.end()},
                        [dict, i, to, tally]() -> Result<std::shared_ptr<const TensorSource>> {
                          CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
                          return CastSource(std::move(source), to, tally);
                        }});
    return {};
  }

  DictEditor editor_;
  TensorNames names_;
  const std::vector<CastRule>& rules_;
  CastReport* report_;
  std::vector<bool> has_matched_;
};

Result<CastRule> ParseCastRule(std::string_view text, PatternSyntax syntax) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::optional<DType> dtype = DTypeFromName(name);
  if (!dtype || ElementNbytes(*dtype) == 0)
    return Status(Reason::kArgument, Quoted(name) + " is not a dtype that tensors can be cast to")
        .WithHint("write float16, bfloat16, float32, float8_e4m3fn, int64 or the like");
  CastRule rule{*dtype, std::nullopt};
  if (colon == text.npos) return rule;
  CAIRN_ASSIGN_OR_RETURN(rule.pattern, NamePattern::Make(text.substr(colon + 1), syntax));
  return rule;
}

Result<TensorDict> CastTensors(const TensorDict& dict, const std::vector<CastRule>& rules,
                               CastReport* report) {
  return TensorCaster(dict, rules, report).Run();
}

}  // namespace cairn
