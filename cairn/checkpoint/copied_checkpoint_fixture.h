// Checkpoints of every form that can be copied and removed, each with a value that tells it.
#ifndef CAIRN_CHECKPOINT_COPIED_CHECKPOINT_FIXTURE_H_
#define CAIRN_CHECKPOINT_COPIED_CHECKPOINT_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/copy_checkpoint.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/values.h"

namespace cairn {

// How a checkpoint is stored.
struct StoredForm {
  const char* what;
  std::string extension;
  uint64_t max_shard_nbytes = 0;
};
inline void PrintTo(const StoredForm& form, std::ostream* out) { *out << form.what; }

inline const std::vector<StoredForm> kStoredForms = {
    {"tensorflow", "", 0},
    {"tensorflow of several files", "", 400},
    {"npz", ".npz", 0},
    {"safetensors", ".safetensors", 0},
    {"safetensors of several files", ".safetensors", 400},
};

inline std::string RowNameOfForm(const testing::TestParamInfo<StoredForm>& test_info) {
  return RowName(test_info.param.what);
}

inline Status SaveValue(FileSystem& fs, const std::string& path, float value,
                        uint64_t max_shard_nbytes = 0) {
  const TensorDict dict = DictOf({
      {"a", SourceOf<float>({3}, {value, 1, 2})},
      {"b/large", SourceOf<float>({100}, std::vector<float>(100, value))},
      {"c", SourceOf<int64_t>({2}, {7, static_cast<int64_t>(value)})},
      {"d/large", SourceOf<float>({90}, std::vector<float>(90, -value))},
  });
  SaveOptions options;
  options.max_shard_nbytes = max_shard_nbytes;
  options.transfer = {.threads = 1, .memory_budget = uint64_t{1} << 16};
  return Save(fs, path, dict, options).status();
}

// The value of an opened checkpoint; an error where any tensor is not that of SaveValue.
inline Result<float> ValueOf(const TensorDict& dict) {
  const auto values_of = [&](std::string_view name) -> Result<std::vector<float>> {
    const auto position = dict.Find(name);
    if (!position) return Status(Reason::kMissing, "no tensor").InTensor(name);
    CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(*position));
    return ValuesOf<float>(*source);
  };
  CAIRN_ASSIGN_OR_RETURN(const std::vector<float> a, values_of("a"));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<float> b, values_of("b/large"));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<float> d, values_of("d/large"));
  const bool is_whole = a == std::vector<float>{a[0], 1, 2} && b == std::vector<float>(100, a[0]) &&
                        d == std::vector<float>(90, -a[0]);
  if (!is_whole) return Status(Reason::kMismatch, "values of two checkpoints");
  return a[0];
}

// The value of the checkpoint at a path, which verifies; else the word of the error.
inline std::string SoundValueAt(FileSystem& fs, const std::string& path,
                                VerifyDepth depth = VerifyDepth::kFull) {
  VerifyOptions options{.depth = depth};
  options.transfer = {.threads = 1, .memory_budget = uint64_t{1} << 16};
  const auto report = Verify(fs, path, options);
  if (!report.ok()) return std::string(ReasonWord(report.status().reason()));
  const auto dict = Open(fs, path);
  // Data without its index is a finding of Verify, and no checkpoint.
  if (dict.status().reason() == Reason::kMissing) return "E_MISSING";
  if (!report->ok()) return std::string(report->findings[0].error.message());
  if (!dict.ok()) return std::string(dict.status().message());
  const auto value = ValueOf(*dict);
  if (!value.ok()) return std::string(value.status().message());
  return std::to_string(static_cast<int>(*value));
}

inline std::vector<std::string> NamesIn(FileSystem& fs, const std::string& directory) {
  const auto names = fs.List(directory);
  return names.ok() ? *names : std::vector<std::string>();
}

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_COPIED_CHECKPOINT_FIXTURE_H_
