// Every format that is written, through one list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/checkpoint/saved_form_fixture.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/format_conformance.h"
#include "cairn/testing/power_cut_states.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/testing/sparse_file_system.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "" where what is saved is read back the same, and verified.
std::string RoundTrip(const Form& form, const TensorDict& dict) {
  MemoryFileSystem fs;
  if (const Status saved = SaveTo(fs, form, dict); !saved.ok()) return std::string(saved.message());
  const auto opened = OpenFrom(fs, form);
  if (!opened.ok()) return std::string(opened.status().message());
  const auto report = form.format->verify(fs, form.path, {.depth = VerifyDepth::kStrict});
  if (!report.ok()) return std::string(report.status().message());
  for (const Finding& finding : report->findings) return std::string(finding.error.message());
  if (report->num_unprotected > 0) return "tensors without a checksum";
  return Difference(dict, *opened);
}

class FormatConformanceTest : public testing::TestWithParam<Form> {
 protected:
  const Form& form() const { return GetParam(); }
};

TEST_P(FormatConformanceTest, GivesBackWhatItHolds) {
  EXPECT_EQ(RoundTrip(form(), NoTensors()), "");
  EXPECT_EQ(RoundTrip(form(), EveryShape()), "");
  EXPECT_EQ(RoundTrip(form(), EveryName()), "");
  EXPECT_EQ(RoundTrip(form(), SmallTensors()), "");
}

TEST_P(FormatConformanceTest, EveryDTypeToTheBit) {
  std::vector<std::string> refused;
  const TensorDict dict = EveryDType(*form().format, refused);
  EXPECT_EQ(RoundTrip(form(), dict), "");
  if (form().name == "safetensors") {
    EXPECT_THAT(refused,
                ElementsAre("string", "qint8", "quint8", "qint32", "qint16", "quint16",
                            "complex128", "float8_e4m3b11fnuz", "int4", "uint4", "int2", "uint2"));
  } else if (form().name == "tf") {
    EXPECT_THAT(refused, ElementsAre("float8_e8m0fnu", "float6_e2m3fn", "float6_e3m2fn"));
  } else {
    EXPECT_THAT(refused, IsEmpty());
  }
}

TEST_P(FormatConformanceTest, ManyTensors) {
  EXPECT_EQ(RoundTrip(form(), ManyTensors(kHasSlowSanitizer ? 20'000 : 100'000)), "");
}

TEST_P(FormatConformanceTest, TwoSavesGiveTheSameBytes) {
  std::vector<std::string> refused;
  const TensorDict dict = EveryDType(*form().format, refused);
  MemoryFileSystem first;
  MemoryFileSystem second;
  ASSERT_TRUE(SaveTo(first, form(), dict).ok());
  SaveOptions options = OptionsOf(form());
  options.transfer.threads = 1;
  ASSERT_TRUE(form().format->save(second, form().path, dict, options).ok());
  for (const std::string& name : FilesOf(first))
    EXPECT_EQ(*first.Get("run/" + name), *second.Get("run/" + name)) << name;
}

// Through every other format and back again.
TEST_P(FormatConformanceTest, WhatBothHoldGoesThroughEveryOther) {
  for (const Form& other : kForms) {
    std::vector<std::string> refused;
    const TensorDict all = EveryDType(*other.format, refused);
    TensorDict::Builder builder;
    for (size_t i = 0; i < all.size(); ++i) {
      TensorDict::Builder one;
      one.Add(std::string(all.name(i)), *all.source(i));
      if (!form().format->can_hold(*one.Build(), {}).ok()) continue;
      builder.Add(std::string(all.name(i)), *all.source(i));
    }
    const TensorDict dict = *builder.Build();
    MemoryFileSystem fs;
    ASSERT_TRUE(SaveTo(fs, form(), dict).ok());
    MemoryFileSystem there;
    const Status went = SaveTo(there, other, *OpenFrom(fs, form()));
    ASSERT_TRUE(went.ok()) << went.message();
    MemoryFileSystem back;
    const Status came = SaveTo(back, form(), *OpenFrom(there, other));
    ASSERT_TRUE(came.ok()) << came.message();
    EXPECT_EQ(Difference(dict, *OpenFrom(back, form())), "") << other.name;
    for (const std::string& name : FilesOf(fs))
      EXPECT_EQ(*fs.Get("run/" + name), *back.Get("run/" + name)) << other.name;
  }
}

TEST_P(FormatConformanceTest, OffsetsBeyondTwoAndFourGiB) {
  for (const uint64_t gib : {2, 4}) {
    SparseFileSystem fs;
    const Status saved = SaveTo(fs, form(), BigTensors((gib << 30) + 3));
    ASSERT_TRUE(saved.ok()) << saved.message();
    const auto opened = OpenFrom(fs, form());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    EXPECT_EQ(opened->info(0).nbytes, (gib << 30) + 3);
    EXPECT_EQ(*ReadAsText(*opened, "last"), "\1\2\3\4\5");
  }
}

TEST_P(FormatConformanceTest, EveryCutIsFound) {
  MemoryFileSystem fs;
  const TensorDict dict = SmallTensors();
  ASSERT_TRUE(SaveTo(fs, form(), dict).ok());
  for (const std::string& name : FilesOf(fs)) {
    const auto sound = *fs.Get("run/" + name);
    for (size_t nbytes = 0; nbytes < sound.size(); ++nbytes) {
      ASSERT_TRUE(fs.Put("run/" + name, CutAt(sound, nbytes)).ok());
      const auto opened = OpenFrom(fs, form());
      EXPECT_TRUE(!opened.ok() || Difference(dict, *opened) != "") << name << " at " << nbytes;
    }
    ASSERT_TRUE(fs.Put("run/" + name, sound).ok());
  }
}

// Where both files hold the same, nothing but filling was hit. What was hit never becomes a sound
// checkpoint of another form.
TEST_P(FormatConformanceTest, NoTurnedBitGivesAnotherValue) {
  MemoryFileSystem fs;
  const TensorDict dict = SmallTensors();
  ASSERT_TRUE(SaveTo(fs, form(), dict).ok());
  for (const std::string& name : FilesOf(fs)) {
    const auto sound = *fs.Get("run/" + name);
    for (size_t byte = 0; byte < sound.size(); ++byte) {
      ASSERT_TRUE(fs.Put("run/" + name, FlipBit(sound, byte * 8 + byte % 8)).ok());
      const auto opened = OpenFrom(fs, form());
      if (!opened.ok()) continue;
      for (const Form& other : kForms) {
        MemoryFileSystem there;
        if (!SaveTo(there, other, *opened).ok()) {
          EXPECT_THAT(FilesOf(there), IsEmpty()) << "nothing is left of it";
          continue;
        }
        EXPECT_EQ(Difference(dict, *OpenFrom(there, other)), "")
            << name << " at " << byte << " to " << other.name;
      }
    }
    ASSERT_TRUE(fs.Put("run/" + name, sound).ok());
  }
}

// The names of the two tensors differ in one letter, wherever they stand.
TEST_P(FormatConformanceTest, ANameTwiceIsRefused) {
  MemoryFileSystem fs;
  ASSERT_TRUE(SaveTo(fs, form(), SmallTensors()).ok());
  for (const std::string& name : FilesOf(fs)) {
    std::string text(AsText(*fs.Get("run/" + name)));
    for (size_t at = text.find("name_b"); at != text.npos; at = text.find("name_b", at))
      text.replace(at, 6, "name_a");
    ASSERT_TRUE(fs.Put("run/" + name, AsBytes(text)).ok());
  }
  if (form().name == "tf") {  // keys share what they begin with: "b" stands alone in the index
    std::string text(AsText(*fs.Get("run/model.index")));
    const size_t at = text.find("b\x08");
    ASSERT_NE(at, text.npos);
    text[at] = 'a';
    ASSERT_TRUE(fs.Put("run/model.index", AsBytes(text)).ok());
  }
  EXPECT_FALSE(OpenFrom(fs, form()).ok());
}

INSTANTIATE_TEST_SUITE_P(Formats, FormatConformanceTest, testing::ValuesIn(kForms), kNameOfForm);

// A save that fails, or dies, at each of its calls.
class FailingSaveTest : public testing::TestWithParam<Form> {
 protected:
  const Form& form() const { return GetParam(); }

  // Expects that the final name holds a whole checkpoint or does not exist.
  void ExpectNothingOrAll(FileSystem& fs, const std::string& place) {
    const auto opened = OpenFrom(fs, form());
    if (opened.status().reason() == Reason::kMissing) return;
    ASSERT_TRUE(opened.ok()) << place << ": " << opened.status().message();
    EXPECT_EQ(Difference(SmallTensors(), *opened), "") << place;
  }
};

TEST_P(FailingSaveTest, AfterAnErrorNothingIsThere) {
  constexpr Call kCalls[] = {Call::kCreate, Call::kWrite,  Call::kAllocate,      Call::kSync,
                             Call::kClose,  Call::kRename, Call::kSyncDirectory, Call::kStat};
  for (const Call call : kCalls) {
    for (uint64_t nth = 1;; ++nth) {
      MemoryFileSystem disk;
      FaultFileSystem fs(disk);
      fs.script().Inject({.call = call, .reason = Reason::kNoSpace, .nth = nth});
      const Status saved = SaveTo(fs, form(), SmallTensors());
      const std::string place = std::string(Name(call)) + " " + std::to_string(nth);
      EXPECT_EQ(fs.script().UseAfterFailure(), std::nullopt) << place;
      if (saved.ok()) break;
      EXPECT_EQ(saved.reason(), Reason::kNoSpace) << place;
      EXPECT_THAT(FilesOf(disk), IsEmpty()) << place;
    }
  }
}

TEST_P(FailingSaveTest, AfterACrashNothingOrAllIsThere) {
  PowerCutStates states;
  for (uint64_t nth = 1;; ++nth) {
    MemoryFileSystem disk;
    FaultFileSystem fs(disk);
    fs.script().StopAt(nth, 3);
    (void)SaveTo(fs, form(), SmallTensors());
    ExpectNothingOrAll(disk, "stopped at " + std::to_string(nth));
    states.ForEachNew(disk, [&](MemoryFileSystem& after, const std::string& what) {
      ExpectNothingOrAll(after, "power cut at " + std::to_string(nth) + what);
    });
    if (!fs.script().has_stopped()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, FailingSaveTest, testing::ValuesIn(kForms), kNameOfForm);
INSTANTIATE_TEST_SUITE_P(Sharded, FailingSaveTest, testing::ValuesIn(kShardedForms), kNameOfForm);

class ReplacingSaveTest : public testing::TestWithParam<Form> {};

// A bundle is several files, and never replaced.
TEST_P(ReplacingSaveTest, AtEveryMomentTheOldOrTheNewIsThere) {
  const Form& form = GetParam();
  SaveOptions options = OptionsOf(form);
  options.if_exists = IfExists::kReplace;
  PowerCutStates states;
  const auto expect_old_or_new = [&](MemoryFileSystem& fs, const std::string& place) {
    const auto opened = OpenFrom(fs, form);
    ASSERT_TRUE(opened.ok()) << place << ": " << opened.status().message();
    EXPECT_TRUE(Difference(EveryShape(), *opened).empty() ||
                Difference(SmallTensors(), *opened).empty())
        << place;
  };
  for (uint64_t nth = 1;; ++nth) {
    MemoryFileSystem disk;
    ASSERT_TRUE(SaveTo(disk, form, EveryShape()).ok());
    FaultFileSystem fs(disk);
    fs.script().StopAt(nth);
    (void)form.format->save(fs, form.path, SmallTensors(), options);
    expect_old_or_new(disk, "stopped at " + std::to_string(nth));
    states.ForEachNew(disk, [&](MemoryFileSystem& after, const std::string& what) {
      expect_old_or_new(after, "power cut at " + std::to_string(nth) + what);
    });
    if (!fs.script().has_stopped()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, ReplacingSaveTest,
                         testing::ValuesIn(std::span(kForms).subspan(1)), kNameOfForm);

}  // namespace
}  // namespace cairn
