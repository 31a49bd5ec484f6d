#include "cli/checkpoint_info.h"

#include "cairn/checkpoint/lineage.h"
#include "cairn/core/escape.h"
#include "cairn/core/variable_names.h"
#include "cairn/graph/object_paths.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/graph/training_state.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/state_file.h"
#include "cairn/transfer/read_all.h"
#include "cli/print/element.h"

namespace cairn::cli {
namespace {

// The facts of the object graph about tensors; empty for a checkpoint without one.
struct Objects {
  std::map<std::string, std::string> paths;
  std::map<std::string, std::string> slots;
  std::vector<TensorRole> roles;  // by position
};

// The slot that a tensor is, by its name alone: "Adam" of "w/Adam".
std::string SlotOfName(const std::string& name) {
  return LooksLikeTrainingState(name) ? std::string(BaseName(name)) : "";
}

// A tensor that is a setting of an optimizer.
struct SettingPlace {
  size_t tensor = 0;
  std::string path;
};

// Gives the settings that it meets, too.
std::vector<SettingPlace> CountTensors(const TensorDict& dict, const Objects& objects,
                                       CheckpointInfo& info) {
  std::vector<SettingPlace> settings;
  for (size_t i = 0; i < dict.size(); ++i) {
    const TensorInfo tensor = dict.info(i);
    const std::string name(tensor.name);
    ++info.num_tensors;
    info.nbytes += tensor.nbytes;
    if (!tensor.is_readable()) info.unread.push_back(name);
    const bool is_training = IsTrainingState(objects.roles[i]);
    if (is_training) info.training_nbytes += tensor.nbytes;
    if (ElementNbytes(tensor.dtype) > 0) {
      (is_training ? info.num_training_parameters : info.num_parameters) +=
          tensor.nbytes / ElementNbytes(tensor.dtype);
    }
    const auto known_slot = objects.slots.find(name);
    const auto known_path = objects.paths.find(name);
    const std::string slot =
        known_slot != objects.slots.end() ? known_slot->second : SlotOfName(name);
    const std::string& path = known_path != objects.paths.end() ? known_path->second : name;
    if (!slot.empty()) ++info.slots[slot];
    const bool is_setting = objects.roles[i] == TensorRole::kOptimizer && tensor.dims.empty() &&
                            ElementNbytes(tensor.dtype) > 0;
    if (is_setting) settings.push_back({i, path});
  }
  return settings;
}

Result<std::vector<std::byte>> ReadNumber(const TensorDict& dict, size_t i) {
  CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(i));
  std::vector<std::byte> value(source->nbytes());
  const ReadJob job{std::move(source), value};
  CAIRN_RETURN_IF_ERROR(ReadAll({&job, 1}, {.threads = 1}));
  return value;
}

// The value of a scalar integer; nothing where there is none of this name.
Result<std::optional<int64_t>> ReadCounter(const TensorDict& dict, std::string_view name) {
  const auto i = dict.Find(name);
  if (!i) return std::optional<int64_t>();
  const TensorInfo info = dict.info(*i);
  const bool is_counter =
      info.dims.empty() && (info.dtype == DType::kInt64 || info.dtype == DType::kInt32);
  if (!is_counter) return std::optional<int64_t>();
  CAIRN_ASSIGN_OR_RETURN(const auto value, ReadNumber(dict, *i));
  return std::optional(LoadSigned(info.dtype, value.data()));
}

class Gatherer {
 public:
  Gatherer(const Opened& checkpoint, Output& out)
      : path_(checkpoint.path), dict_(checkpoint.dict), out_(out) {}

  void Fill(CheckpointInfo& info) const {
    info.optimizer = ReadSettings(CountTensors(dict_, ReadObjects(info), info));
    info.save_counter = Counter(kSaveCounterKey);
    if (auto lineage = ReadLineage(dict_); lineage.ok()) {
      info.lineage = *std::move(lineage);
    } else {
      out_.Warn("where it comes from cannot be read: " + std::string(lineage.status().message()));
    }
    info.step = StepOfName(BaseName(path_));
    if (!info.step) info.step = Counter("global_step");
    if (const auto state = ReadStateFile(LocalFileSystem(), DirectoryOf(path_)); state.ok())
      info.state_file = state->latest;
    if (auto graph = DescribeGraph(LocalFileSystem(), path_); graph.ok()) {
      info.graph = *std::move(graph);
    } else {
      out_.Warn("the graph beside it cannot be read: " + std::string(graph.status().message()));
    }
  }

 private:
  Objects ReadObjects(CheckpointInfo& info) const {
    const auto graph = ReadObjectGraph(dict_);
    if (!graph.ok()) {
      out_.Warn("the object graph cannot be read: " + std::string(graph.status().message()));
    }
    if (!graph.ok() || !*graph) return {{}, {}, RolesOf(dict_, nullptr)};
    info.num_objects = (*graph)->num_nodes();
    return {ShortPaths(**graph), SlotNames(**graph), RolesOf(dict_, &**graph)};
  }

  std::vector<OptimizerSetting> ReadSettings(std::vector<SettingPlace> places) const {
    std::vector<OptimizerSetting> settings;
    for (SettingPlace& place : places) {
      auto value = ReadNumber(dict_, place.tensor);
      if (value.ok()) {
        const DType dtype = dict_.info(place.tensor).dtype;
        settings.push_back({std::move(place.path), dtype, *std::move(value)});
      } else {
        WarnUnread(place.path, value.status());
      }
    }
    return settings;
  }

  std::optional<int64_t> Counter(std::string_view name) const {
    const auto value = ReadCounter(dict_, name);
    if (value.ok()) return *value;
    WarnUnread(name, value.status());
    return std::nullopt;
  }

  void WarnUnread(std::string_view name, const Status& why) const {
    out_.Warn(Escape(name) + " cannot be read: " + std::string(why.message()));
  }

  const std::string& path_;
  const TensorDict& dict_;
  Output& out_;
};

}  // namespace

Result<CheckpointInfo> GatherInfo(const Opened& checkpoint, Output& out) {
  CheckpointInfo info;
  CAIRN_ASSIGN_OR_RETURN(
      info.description,
      checkpoint.format->describe(LocalFileSystem(), checkpoint.path, {Access::kRead, {}}));
  Gatherer(checkpoint, out).Fill(info);
  return info;
}

}  // namespace cairn::cli
