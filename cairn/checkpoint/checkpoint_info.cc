#include "cairn/checkpoint/checkpoint_info.h"

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

namespace cairn {
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
  return std::optional(info.dtype == DType::kInt64 ? LoadLittleEndian<int64_t>(value.data())
                                                   : LoadLittleEndian<int32_t>(value.data()));
}

class InfoGatherer {
 public:
  InfoGatherer(const TensorDict& dict, std::vector<std::string>& warnings)
      : dict_(dict), warnings_(warnings) {}

  // Fills in what the tensors tell, but for the step.
  void FillFromTensors(CheckpointInfo& info) const {
    info.optimizer = ReadSettings(CountTensors(dict_, ReadObjects(info), info));
    info.save_counter = Counter(kSaveCounterKey);
    if (auto lineage = ReadLineage(dict_); lineage.ok()) {
      info.lineage = *std::move(lineage);
    } else {
      warnings_.push_back("where it comes from cannot be read: " +
                          std::string(lineage.status().message()));
    }
  }

  // Fills in what the name of the checkpoint and the files beside it tell.
  void FillFromFiles(FileSystem& fs, const std::string& path, CheckpointInfo& info) const {
    info.step = StepOfName(BaseName(path));
    if (!info.step) info.step = GlobalStep();
    if (const auto state = ReadStateFile(fs, DirectoryOf(path)); state.ok())
      info.state_file = state->latest;
    if (auto graph = DescribeGraph(fs, path); graph.ok()) {
      info.graph = *std::move(graph);
    } else {
      warnings_.push_back("the graph beside it cannot be read: " +
                          std::string(graph.status().message()));
    }
  }

  std::optional<int64_t> GlobalStep() const { return Counter("global_step"); }

 private:
  Objects ReadObjects(CheckpointInfo& info) const {
    const auto graph = ReadObjectGraph(dict_);
    if (!graph.ok()) {
      warnings_.push_back("the object graph cannot be read: " +
                          std::string(graph.status().message()));
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
    warnings_.push_back(Escape(name) + " cannot be read: " + std::string(why.message()));
  }

  const TensorDict& dict_;
  std::vector<std::string>& warnings_;
};

}  // namespace

Result<CheckpointInfo> GatherInfo(FileSystem& fs, const Opened& checkpoint,
                                  std::vector<std::string>& warnings) {
  CheckpointInfo info;
  CAIRN_ASSIGN_OR_RETURN(info.description,
                         checkpoint.format->describe(fs, checkpoint.path, {Access::kRead, {}}));
  const InfoGatherer gatherer(checkpoint.dict, warnings);
  gatherer.FillFromTensors(info);
  gatherer.FillFromFiles(fs, checkpoint.path, info);
  return info;
}

CheckpointInfo GatherInfo(const TensorDict& dict, std::vector<std::string>& warnings) {
  CheckpointInfo info;
  const InfoGatherer gatherer(dict, warnings);
  gatherer.FillFromTensors(info);
  info.step = gatherer.GlobalStep();
  return info;
}

}  // namespace cairn
