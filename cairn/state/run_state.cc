#include "cairn/state/run_state.h"

#include <algorithm>
#include <set>

#include "cairn/codec/json.h"
#include "cairn/core/escape.h"
#include "cairn/source/string_source.h"

namespace cairn {
namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kMaxDepth = 32;

std::string JsonObject(const std::map<std::string, std::string>& texts) {
  std::string json = "{";
  for (const auto& [name, text] : texts) {
    if (json.size() > 1) json += ',';
    json += JsonString(name) + ":" + JsonString(text);
  }
  return json + "}";
}

Status CheckUtf8(std::string_view what, std::string_view text) {
  if (IsUtf8(text)) return {};
  return Status(Reason::kArgument, "run state: " + std::string(what) + " is not UTF-8");
}

Status CheckUtf8(std::string_view what, const std::map<std::string, std::string>& texts) {
  for (const auto& [name, text] : texts) {
    CAIRN_RETURN_IF_ERROR(CheckUtf8(what, name));
    CAIRN_RETURN_IF_ERROR(CheckUtf8(std::string(what) + " " + Quoted(name), text));
  }
  return {};
}

// Takes the JSON as it is parsed. What a key at depth 1 (or a key below `callbacks` and
// `generators`) means is decided when its value comes; everything of unknown keys is passed over.
class StateReader final : public JsonEvents {
 public:
  Result<RunState> Finish() && {
    if (!error_.ok()) return error_;
    for (const std::string_view name : {"version", "step", "epoch"}) {
      if (!seen_.contains(std::string(name))) return Status(Reason::kFormat, "no " + Quoted(name));
    }
    return std::move(state_);
  }

  bool OnNull() override { return Wrong("null"); }
  bool OnBoolean() override { return Wrong("a boolean"); }
  bool OnFloat(double) override { return Wrong("a fraction"); }
  bool OnInteger(int64_t value) override { return TakeNumber(value); }
  bool OnUnsigned(uint64_t value) override {
    if (value > INT64_MAX) return Wrong("a number above 2^63-1");
    return TakeNumber(static_cast<int64_t>(value));
  }

  bool OnString(std::string& value) override {
    if (depth_ == 2 && texts_ != nullptr) {
      texts_->insert_or_assign(key_, std::move(value));
      return true;
    }
    if (depth_ == 1 && key_ == "data_position") {
      state_.data_position = std::move(value);
      return true;
    }
    return Wrong("a string");
  }

  bool OnStartObject() override {
    if (depth_ == 1 && key_ == "callbacks") return EnterTexts(state_.callbacks);
    if (depth_ == 1 && key_ == "generators") return EnterTexts(state_.generators);
    return (depth_ == 0 || Wrong("an object")) && Enter();
  }
  bool OnStartArray() override {
    if (depth_ == 0) return Fail(Reason::kFormat, "an array, expected an object");
    return Wrong("an array") && Enter();
  }
  bool OnEndObject() override { return Leave(); }
  bool OnEndArray() override { return Leave(); }

  bool OnKey(std::string& name) override {
    const bool is_unique = depth_ != 1 || seen_.insert(name).second;
    const bool is_new_text = depth_ != 2 || texts_ == nullptr || !texts_->contains(name);
    if (!is_unique || !is_new_text) return Fail(Reason::kDuplicate, Quoted(name) + " twice");
    if (depth_ <= 2) key_ = std::move(name);
    return true;
  }

 private:
  bool Fail(Reason reason, std::string message) {
    error_ = Status(reason, std::move(message));
    return false;
  }

  // A value of this kind: right for an unknown key, wrong for one that is ours.
  bool Wrong(std::string_view kind) {
    static constexpr std::string_view kOurs[] = {"version",   "step",       "epoch",
                                                 "callbacks", "generators", "data_position"};
    if (depth_ == 0) return Fail(Reason::kFormat, std::string(kind) + ", expected an object");
    const bool is_ours = depth_ == 1 ? std::ranges::find(kOurs, key_) != std::end(kOurs)
                                     : depth_ == 2 && texts_ != nullptr;
    if (is_ours) return Fail(Reason::kFormat, Quoted(key_) + " is " + std::string(kind));
    return true;
  }

  bool TakeNumber(int64_t value) {
    if (depth_ != 1) return Wrong("a number");
    if (key_ == "version") return TakeVersion(value);
    if (key_ != "step" && key_ != "epoch") return Wrong("a number");
    if (value < 0) return Wrong("negative");
    (key_ == "step" ? state_.step : state_.epoch) = value;
    return true;
  }

  bool TakeVersion(int64_t value) {
    if (value < 1) return Wrong(std::to_string(value));
    if (value == kVersion) return true;
    return Fail(Reason::kVersion, "version " + std::to_string(value) + ", this program knows " +
                                      std::to_string(kVersion));
  }

  bool EnterTexts(std::map<std::string, std::string>& texts) {
    texts_ = &texts;
    return Enter();
  }
  bool Enter() {
    if (++depth_ <= kMaxDepth) return true;
    return Fail(Reason::kLimit, "nested deeper than " + std::to_string(kMaxDepth));
  }
  bool Leave() {
    if (--depth_ == 1) texts_ = nullptr;
    return true;
  }

  RunState state_;
  Status error_;
  std::set<std::string> seen_;                           // keys at depth 1
  std::string key_;                                      // the last key at depth 1 or 2
  std::map<std::string, std::string>* texts_ = nullptr;  // while inside `callbacks`, `generators`
  size_t depth_ = 0;
};

// Shows a dict with its run state as one more entry. To copy a dict of many small tensors would
// take as long as to write them.
class OneMore final : public TensorTable {
 public:
  OneMore(TensorDict dict, std::shared_ptr<const TensorSource> state)
      : dict_(std::move(dict)),
        state_(std::move(state)),
        position_(std::ranges::lower_bound(dict_, kRunStateName, {}, &TensorInfo::name) -
                  dict_.begin()) {}

  size_t size() const override { return dict_.size() + 1; }
  TensorInfo info(size_t i) const override {
    if (i != position_) return dict_.info(InDict(i));
    return {kRunStateName, state_->dtype(), state_->shape().dims(), state_->nbytes()};
  }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    if (i == position_) return state_;
    return dict_.source(InDict(i));
  }
  std::optional<StoredAt> stored_at(size_t i) const override {
    return i == position_ ? std::nullopt : dict_.stored_at(InDict(i));
  }
  std::vector<StoredSlice> stored_slices(size_t i) const override {
    return i == position_ ? std::vector<StoredSlice>() : dict_.stored_slices(InDict(i));
  }

 private:
  size_t InDict(size_t i) const { return i < position_ ? i : i - 1; }

  TensorDict dict_;
  std::shared_ptr<const TensorSource> state_;
  size_t position_;
};

}  // namespace

Result<std::string> FormatRunState(const RunState& state) {
  if (state.step < 0 || state.epoch < 0)
    return Status(Reason::kArgument, "run state: a negative step or epoch");
  CAIRN_RETURN_IF_ERROR(CheckUtf8("callback", state.callbacks));
  CAIRN_RETURN_IF_ERROR(CheckUtf8("generator", state.generators));
  CAIRN_RETURN_IF_ERROR(CheckUtf8("data position", state.data_position));
  return "{\"version\":" + std::to_string(kVersion) + ",\"step\":" + std::to_string(state.step) +
         ",\"epoch\":" + std::to_string(state.epoch) +
         ",\"callbacks\":" + JsonObject(state.callbacks) +
         ",\"generators\":" + JsonObject(state.generators) +
         ",\"data_position\":" + JsonString(state.data_position) + "}";
}

Result<RunState> ParseRunState(std::string_view text) {
  StateReader reader;
  CAIRN_RETURN_IF_ERROR(ParseJson(text, reader).In("run state"));
  return std::move(reader).Finish().In("run state");
}

Result<TensorDict> WithRunState(const TensorDict& dict, const RunState& state) {
  CAIRN_ASSIGN_OR_RETURN(const std::string text, FormatRunState(state));
  if (dict.Find(kRunStateName))
    return Status(Reason::kArgument, "a tensor has this name already").InTensor(kRunStateName);
  return TensorDict(std::make_shared<const OneMore>(dict, MakeTextSource(text)), dict.metadata());
}

Result<std::optional<RunState>> ReadRunState(const TensorDict& dict) {
  const auto position = dict.Find(kRunStateName);
  if (!position) return std::optional<RunState>();
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(*position));
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source->ReadStrings().In(kRunStateName));
  if (strings.size() != 1) {
    return Status(Reason::kFormat, std::string(kRunStateName) + ": " +
                                       std::to_string(strings.size()) + " strings, expected one");
  }
  CAIRN_ASSIGN_OR_RETURN(RunState state, ParseRunState(strings[0]));
  return std::optional(std::move(state));
}

}  // namespace cairn
