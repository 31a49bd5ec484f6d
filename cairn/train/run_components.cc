#include "cairn/train/run_components.h"

#include <charconv>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

// The steps of an unfinished epoch are kept as if Trainer were a callback of this name.
constexpr std::string_view kTrainerName = "Trainer";

Status Duplicate(std::string_view what, std::string_view name) {
  return Status(Reason::kArgument, "two " + std::string(what) + " are named " + Quoted(name));
}

Result<int64_t> ParseEpochStep(std::string_view text) {
  int64_t steps = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), steps);
  if (error == std::errc() && end == text.data() + text.size() && steps >= 0) return steps;
  return Status(Reason::kFormat, "steps of the epoch: a number expected, found " + Quoted(text));
}

}  // namespace

Result<RunState> RunComponents::Save(const TrainPosition& position) const {
  RunState state;
  state.step = position.step;
  state.epoch = position.epoch;
  if (position.epoch_step != 0)
    state.callbacks.emplace(kTrainerName, std::to_string(position.epoch_step));
  for (const Callback* callback : callbacks_) {
    // The name is taken even between epochs, so that the error does not depend on the step of the
    // save.
    if (callback->name() == kTrainerName) return Duplicate("callbacks", kTrainerName);
    std::string text = callback->SaveState();
    if (text.empty()) continue;
    if (!state.callbacks.emplace(callback->name(), std::move(text)).second)
      return Duplicate("callbacks", callback->name());
  }
  for (const Generator& generator : generators_) {
    if (!state.generators.emplace(generator.name, generator.save()).second)
      return Duplicate("generators", generator.name);
  }
  if (save_data_) state.data_position = save_data_();
  return state;
}

Result<RunComponents::Loaded> RunComponents::Load(const RunState& state) {
  Loaded loaded{.position = {.step = state.step, .epoch = state.epoch}};
  if (const auto found = state.callbacks.find(std::string(kTrainerName));
      found != state.callbacks.end()) {
    CAIRN_ASSIGN_OR_RETURN(loaded.position.epoch_step, ParseEpochStep(found->second));
  }
  CAIRN_RETURN_IF_ERROR(Save(loaded.position).status());  // names that are not unique
  CAIRN_RETURN_IF_ERROR(LoadGenerators(state, loaded.notes));
  CAIRN_RETURN_IF_ERROR(LoadData(state, loaded.notes));
  CAIRN_RETURN_IF_ERROR(LoadCallbacks(state, loaded.notes));
  return loaded;
}

Status RunComponents::LoadGenerators(const RunState& state, std::vector<std::string>& notes) {
  std::map<std::string, std::string> left = state.generators;
  for (const Generator& generator : generators_) {
    const auto text = left.extract(generator.name);
    if (text.empty()) {
      notes.push_back("generator " + Quoted(generator.name) +
                      " has no state in the checkpoint: it goes on as it is");
    } else if (!generator.load(text.mapped())) {
      return Status(Reason::kFormat,
                    "generator " + Quoted(generator.name) + ": its state is not one of this engine")
          .WithHint("the run was saved with another type of engine");
    }
  }
  for (const auto& [name, text] : left)
    notes.push_back("the checkpoint has the state of a generator " + Quoted(name) +
                    " that this run does not have");
  return {};
}

Status RunComponents::LoadCallbacks(const RunState& state, std::vector<std::string>& notes) {
  std::map<std::string, std::string> left = state.callbacks;
  // Load has read the steps of the unfinished epoch already. They belong to no callback.
  left.erase(std::string(kTrainerName));
  for (Callback* callback : callbacks_) {
    // A callback that saves no state lacks nothing in the checkpoint and gets no note.
    const auto text = left.extract(std::string(callback->name()));
    if (!text.empty()) {
      CAIRN_RETURN_IF_ERROR(
          callback->LoadState(text.mapped()).In("state of callback " + Quoted(callback->name())));
    } else if (!callback->SaveState().empty()) {
      notes.push_back("callback " + Quoted(callback->name()) +
                      " has no state in the checkpoint: it goes on as it is");
    }
  }
  for (const auto& [name, text] : left)
    notes.push_back("the checkpoint has the state of a callback " + Quoted(name) +
                    " that this run does not have");
  return {};
}

Status RunComponents::LoadData(const RunState& state, std::vector<std::string>& notes) {
  if (load_data_ && !state.data_position.empty())
    return load_data_(state.data_position).In("data position");
  if (load_data_)
    notes.push_back("the checkpoint has no data position: the data begin as they are");
  if (!load_data_ && !state.data_position.empty())
    notes.push_back("the checkpoint has a data position that this run does not use");
  return {};
}

}  // namespace cairn
