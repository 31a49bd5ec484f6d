#include "cairn/testing/power_cut_states.h"

#include <array>
#include <optional>

#include "cairn/core/bytes.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

constexpr std::array<std::string_view, kNumFileRemains> kRemainsNames = {
    "as synced", "zeros", "first half", "first half, then zeros", "second half", "complete"};

// All paths with their contents, as one text that differs where they do.
std::string Fingerprint(MemoryFileSystem& fs, const std::string& directory) {
  std::string text;
  const std::vector<std::string> names = *fs.List(directory);
  for (const std::string& name : names) {
    const std::string path = JoinPath(directory, name);
    text += path + '\0';
    if (const auto content = fs.Get(path); content.ok()) {
      const size_t hash = std::hash<std::string_view>{}(AsText(*content));
      text += std::to_string(content->size()) + ":" + std::to_string(hash) + '\0';
    } else {
      text += Fingerprint(fs, path);
    }
  }
  return text;
}

// The number of combinations, or nothing if there are more than `max`.
std::optional<uint64_t> NumCombinations(const UnsyncedChanges& changes, uint64_t max) {
  uint64_t product = 1;
  for (size_t i = 0; i < changes.names.size() && product <= max; ++i) product *= 2;
  for (size_t i = 0; i < changes.files.size() && product <= max; ++i) product *= kNumFileRemains;
  return product <= max ? std::optional(product) : std::nullopt;
}

PowerCut NthCombination(uint64_t nth, size_t num_names, size_t num_files) {
  PowerCut cut;
  for (; cut.names.size() < num_names; nth /= 2) cut.names.push_back(nth % 2 == 1);
  for (; cut.files.size() < num_files; nth /= kNumFileRemains)
    cut.files.push_back(static_cast<FileRemains>(nth % kNumFileRemains));
  return cut;
}

// The first `num_durable` changes reached the disk, and all files have the same fate.
PowerCut JournalPrefix(size_t num_durable, FileRemains remains, size_t num_names,
                       size_t num_files) {
  PowerCut cut{std::vector<bool>(num_durable, true), std::vector<FileRemains>(num_files, remains)};
  cut.names.resize(num_names);
  return cut;
}

std::string Describe(const UnsyncedChanges& changes, const PowerCut& cut) {
  std::string text;
  for (size_t i = 0; i < cut.names.size(); ++i)
    text += (cut.names[i] ? "\n  on the disk: " : "\n  lost: ") + changes.names[i];
  for (size_t i = 0; i < cut.files.size(); ++i)
    text += "\n  " + changes.files[i] + ": " +
            std::string(kRemainsNames[static_cast<size_t>(cut.files[i])]);
  return text;
}

}  // namespace

PowerCut PowerCutStates::Random(size_t num_names, size_t num_files) {
  PowerCut cut;
  while (cut.names.size() < num_names) cut.names.push_back(random_() % 2 == 1);
  while (cut.files.size() < num_files)
    cut.files.push_back(static_cast<FileRemains>(random_() % kNumFileRemains));
  return cut;
}

void PowerCutStates::ForEachNew(const MemoryFileSystem& disk, const Visit& visit) {
  const UnsyncedChanges changes = disk.ListUnsyncedChanges();
  const size_t num_names = changes.names.size(), num_files = changes.files.size();
  const auto try_cut = [&](const PowerCut& cut) {
    ++num_combinations_;
    const auto after = disk.AfterPowerCut(cut);
    if (seen_.insert(Fingerprint(*after, "/")).second) visit(*after, Describe(changes, cut));
  };
  if (const auto num_all = NumCombinations(changes, max_per_cut_)) {
    for (uint64_t i = 0; i < *num_all; ++i) try_cut(NthCombination(i, num_names, num_files));
    return;
  }
  ++num_sampled_cuts_;
  for (size_t num_durable = 0; num_durable <= num_names; ++num_durable) {
    for (size_t remains = 0; remains < kNumFileRemains; ++remains)
      try_cut(JournalPrefix(num_durable, static_cast<FileRemains>(remains), num_names, num_files));
  }
  const uint64_t num_prefixes = (num_names + 1) * kNumFileRemains;
  for (uint64_t i = num_prefixes; i < max_per_cut_; ++i) try_cut(Random(num_names, num_files));
}

std::string PowerCutStates::ToString() const {
  return std::to_string(num_states()) + " states of " + std::to_string(num_combinations()) +
         " combinations; " + std::to_string(num_sampled_cuts()) + " cuts were sampled";
}

}  // namespace cairn
