// Damage of every kind to every form in which checkpoints are written. Whatever the files hold, a
// reader gets the right values or an error, and what Verify calls sound is what was saved.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "cairn/checkpoint/saved_form_fixture.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/format_conformance.h"
#include "cairn/testing/sample_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using Files = std::map<std::string, std::vector<std::byte>>;

// Two checkpoints of one model: the same names and shapes, no value of one is that of the other.
TensorDict FirstOfTwo() {
  return DictOf({{"a", SourceOf<float>({3}, {1, -2, 3})},
                 {"b", SourceOf<int64_t>({}, {-5})},
                 {"c", SourceOf<float>({2, 2}, {5, 6, 7, 8})}});
}
TensorDict SecondOfTwo() {
  return DictOf({{"a", SourceOf<float>({3}, {2, -3, 4})},
                 {"b", SourceOf<int64_t>({}, {-2})},
                 {"c", SourceOf<float>({2, 2}, {6, 7, 8, 9})}});
}

class DamagedFilesTest : public testing::TestWithParam<Form> {
 protected:
  const Form& form() const { return GetParam(); }

  Files Saved(const TensorDict& dict) const {
    MemoryFileSystem fs;
    EXPECT_TRUE(SaveTo(fs, form(), dict).ok());
    Files files;
    for (const std::string& name : FilesOf(fs)) files[name] = *fs.Get("run/" + name);
    return files;
  }
  void Put(const std::string& name, Bytes content) {
    ASSERT_TRUE(fs_.Put("run/" + name, content).ok());
  }
  void PutAll(const Files& files) {
    for (const auto& [name, content] : files) Put(name, content);
  }

  bool IsSound(VerifyDepth depth) {
    VerifyOptions options{.depth = depth};
    options.transfer.threads = 1;
    const std::string& path = form().index.empty() ? form().path : form().index;
    const auto report = form().format->verify(fs_, path, options);
    return report.ok() && report->ok() && report->num_unprotected == 0;
  }
  // Whether every tensor can be read, and all of them together are `dict`.
  bool Holds(const TensorDict& dict) {
    const auto opened = OpenFrom(fs_, form());
    return opened.ok() && Difference(dict, *opened).empty();
  }
  // Each tensor that can be read has one of these values.
  void ExpectNoOtherValue(std::span<const TensorDict> allowed) {
    const auto opened = OpenFrom(fs_, form());
    if (!opened.ok()) return;
    for (size_t i = 0; i < opened->size(); ++i) {
      const std::string name(opened->name(i));
      const auto value = ReadAsText(*opened, name);
      if (!value.ok()) continue;
      const bool is_right = std::ranges::any_of(allowed, [&](const TensorDict& dict) {
        const auto right = ReadAsText(dict, name);
        return right.ok() && *right == *value;
      });
      EXPECT_TRUE(is_right) << name;
    }
  }
  // Where no check objects, the files are one of the allowed checkpoints as a whole.
  void ExpectNoMixture(std::span<const TensorDict> allowed) {
    ExpectNoOtherValue(allowed);
    if (!IsSound(VerifyDepth::kFull)) return;
    EXPECT_TRUE(std::ranges::any_of(allowed, [&](const TensorDict& dict) { return Holds(dict); }));
  }

  MemoryFileSystem fs_;
};

TEST_P(DamagedFilesTest, EveryTurnedBitIsFoundAndGivesNoOtherValue) {
  const TensorDict dict[] = {FirstOfTwo()};
  const Files files = Saved(dict[0]);
  PutAll(files);
  ASSERT_TRUE(IsSound(VerifyDepth::kStrict));
  for (const auto& [name, sound] : files) {
    for (uint64_t bit = 0; bit < 8 * sound.size(); ++bit) {
      SCOPED_TRACE(name + " bit " + std::to_string(bit));
      Put(name, FlipBit(sound, bit));
      ExpectNoOtherValue(dict);
      EXPECT_FALSE(IsSound(VerifyDepth::kStrict));
      if (HasFailure()) return;
    }
    Put(name, sound);
  }
}

TEST_P(DamagedFilesTest, HalvesOfTwoCheckpointsAreNeverAMixture) {
  const TensorDict both[] = {FirstOfTwo(), SecondOfTwo()};
  const Files first = Saved(both[0]);
  const Files second = Saved(both[1]);
  PutAll(first);
  for (const auto& [name, content] : first) {
    const std::vector<std::byte>& other = second.at(name);
    for (size_t at = 0; at <= std::min(content.size(), other.size()); ++at) {
      SCOPED_TRACE(name + " at " + std::to_string(at));
      std::vector<std::byte> spliced(content.begin(), content.begin() + at);
      spliced.insert(spliced.end(), other.begin() + at, other.end());
      Put(name, spliced);
      ExpectNoMixture(both);
      if (HasFailure()) return;
    }
    Put(name, content);
  }
}

// Every choice of files of the one and files of the other.
TEST_P(DamagedFilesTest, FilesOfTwoCheckpointsAreNeverAMixture) {
  const TensorDict both[] = {FirstOfTwo(), SecondOfTwo()};
  const Files first = Saved(both[0]);
  const Files second = Saved(both[1]);
  ASSERT_EQ(first.size(), second.size());
  for (uint64_t choice = 0; choice < uint64_t{1} << first.size(); ++choice) {
    SCOPED_TRACE(choice);
    uint64_t of_second = choice;
    for (const auto& [name, content] : first) {
      Put(name, (of_second & 1) != 0 ? second.at(name) : content);
      of_second >>= 1;
    }
    ExpectNoMixture(both);
    const bool is_one = choice == 0 || choice + 1 == uint64_t{1} << first.size();
    EXPECT_EQ(IsSound(VerifyDepth::kFull), is_one);
  }
}

TEST_P(DamagedFilesTest, EveryTwoFilesSwappedAreFound) {
  const TensorDict dict[] = {FirstOfTwo()};
  const Files files = Saved(dict[0]);
  PutAll(files);
  for (const auto& [name, content] : files) {
    for (const auto& [other, other_content] : files) {
      if (name == other) continue;
      SCOPED_TRACE(name + " and " + other);
      Put(name, other_content);
      ExpectNoOtherValue(dict);
      EXPECT_FALSE(IsSound(VerifyDepth::kFull)) << "one of them twice";
      Put(other, content);
      ExpectNoOtherValue(dict);
      EXPECT_FALSE(IsSound(VerifyDepth::kFull));
      PutAll(files);
    }
  }
}

TEST_P(DamagedFilesTest, AFileOfOtherBytesIsFound) {
  const TensorDict dict[] = {FirstOfTwo()};
  const Files files = Saved(dict[0]);
  PutAll(files);
  for (const auto& [name, sound] : files) {
    const std::string noise = SampleNoise(sound.size());
    std::vector<std::byte> twice = sound;
    twice.insert(twice.end(), sound.begin(), sound.end());
    const std::vector<std::byte> ruins[] = {{},
                                            std::vector<std::byte>(sound.size()),
                                            std::vector<std::byte>(sound.size(), std::byte{255}),
                                            ToVector(AsBytes(noise)),
                                            twice};
    for (size_t i = 0; i < std::size(ruins); ++i) {
      SCOPED_TRACE(name + " ruined in way " + std::to_string(i));
      Put(name, ruins[i]);
      ExpectNoOtherValue(dict);
      EXPECT_FALSE(IsSound(VerifyDepth::kStrict));
    }
    Put(name, sound);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DamagedFilesTest, testing::ValuesIn(kForms), kNameOfForm);
INSTANTIATE_TEST_SUITE_P(Sharded, DamagedFilesTest, testing::ValuesIn(kShardedForms), kNameOfForm);

}  // namespace
}  // namespace cairn
