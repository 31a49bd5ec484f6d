// The forms in which checkpoints are written, for tests that hold all of them to one rule.
#ifndef CAIRN_CHECKPOINT_SAVED_FORM_FIXTURE_H_
#define CAIRN_CHECKPOINT_SAVED_FORM_FIXTURE_H_

#include <ostream>
#include <string>
#include <vector>

#include "cairn/formats/npz/npz.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"

namespace cairn {

struct Form {
  std::string name;
  const Format* format;
  std::string path;
  bool compress = false;
  uint64_t max_shard_nbytes = 0;
  std::string index = "";  // what a checkpoint of several files is opened by
};

inline void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }

inline const Form kForms[] = {{"tf", &tf_bundle::kFormat, "run/model"},
                              {"npz", &npz::kNpzFormat, "run/model.npz"},
                              {"npz_compressed", &npz::kNpzFormat, "run/model.npz", true},
                              {"safetensors", &safetensors::kFormat, "run/model.safetensors"}};

inline SaveOptions OptionsOf(const Form& form) {
  SaveOptions options;
  options.compress = form.compress;
  options.max_shard_nbytes = form.max_shard_nbytes;
  return options;
}

inline Status SaveTo(FileSystem& fs, const Form& form, const TensorDict& dict) {
  return form.format->save(fs, form.path, dict, OptionsOf(form)).status();
}

inline Result<TensorDict> OpenFrom(FileSystem& fs, const Form& form) {
  return form.format->open(fs, form.index.empty() ? form.path : form.index, {});
}

// The files that are there, nothing where the directory is not.
inline std::vector<std::string> FilesOf(FileSystem& fs) {
  const auto names = fs.List("run");
  return names.ok() ? *names : std::vector<std::string>();
}

inline const Form kShardedForms[] = {
    {"tf_sharded", &tf_bundle::kFormat, "run/model", false, 16},
    {"safetensors_sharded", &safetensors::kFormat, "run/model.safetensors", false, 16,
     "run/model.safetensors.index.json"}};

// The name of a test with this form.
inline constexpr auto kNameOfForm = [](const auto& param) { return param.param.name; };

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_SAVED_FORM_FIXTURE_H_
