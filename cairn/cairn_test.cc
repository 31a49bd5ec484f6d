#include "cairn/cairn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FaceTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = std::filesystem::path(testing::TempDir()) / (std::string("face_") + test->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    path_ = directory_ / "model-1";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // The arrays below under path_.
  void SaveAll(const SaveOptions& options) {
    const Result<SaveReport> saved = SaveArrays(path_,
                                                {{"w", {w_, {2, 3}}},
                                                 {"flags", {flags_, {3}}},
                                                 {"labels", {labels_, {2}}},
                                                 {"empty", {empty_, {0}}},
                                                 {"half", {DType::kFloat16, half_, one_}}},
                                                options);
    ASSERT_TRUE(saved.ok()) << saved.status().message();
    EXPECT_EQ(saved->num_tensors, 5u);
  }

  TensorDict OpenAll(const OpenOptions& options = {}) {
    const Result<TensorDict> dict = Open(path_, options);
    EXPECT_TRUE(dict.ok()) << dict.status().message();
    return dict.ok() ? *dict : TensorDict();
  }

  void FlipAByteOf(const char* name) {
    const TensorDict dict = OpenAll();
    const StoredAt at = *dict.stored_at(*dict.Find(name));
    std::fstream file(at.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at.offset));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at.offset));
    file.put(byte);
  }

  std::filesystem::path directory_;
  std::string path_;
  const std::vector<float> w_ = {1, 2, 3, 4, 5, 6};
  const std::array<bool, 3> flags_ = {true, false, true};
  const std::vector<std::string> labels_ = {"cat", std::string("\0xy", 3)};
  const std::vector<float> empty_;
  const std::array<std::byte, 2> half_ = {std::byte{0x00}, std::byte{0x3c}};
  const std::vector<int64_t> one_ = {1};
};

TEST_F(FaceTest, WhatWasSavedIsListedAndRead) {
  SaveAll({});
  const TensorDict dict = OpenAll();
  ASSERT_EQ(dict.size(), 5u);
  EXPECT_EQ(dict.name(4), "w");
  EXPECT_THAT(*ReadTensor<float>(dict, "w"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(*ReadTensor<uint8_t>(dict, "flags"), ElementsAre(1, 0, 1));
  EXPECT_THAT(*ReadTensor<std::byte>(dict, "half"), ElementsAre(half_[0], half_[1]));
  EXPECT_THAT(*ReadTensor<float>(dict, "empty"), ElementsAre());
  EXPECT_THAT(*ReadStrings(dict, "labels"), ElementsAre(labels_[0], labels_[1]));
  std::array<float, 6> out = {};
  ASSERT_TRUE(ReadTensor(dict, "w", std::span<float>(out)).ok());
  EXPECT_THAT(out, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(FaceTest, ReadingAsAnotherTypeIsRefused) {
  SaveAll({});
  const TensorDict dict = OpenAll();
  const Status as_double = ReadTensor<double>(dict, "w").status();
  EXPECT_EQ(as_double.reason(), Reason::kMismatch);
  EXPECT_EQ(as_double.message(), "tensor 'w' is float32, not float64");
  EXPECT_EQ(ReadTensor<int8_t>(dict, "flags").status().reason(), Reason::kMismatch);
  EXPECT_EQ(ReadTensor<std::byte>(dict, "labels").status().hint(), "read it with ReadStrings");
  EXPECT_EQ(ReadStrings(dict, "w").status().reason(), Reason::kMismatch);
  EXPECT_EQ(ViewTensor<int32_t>(dict, "w").status().reason(), Reason::kMismatch);
}

TEST_F(FaceTest, WhatIsNotThereIsMissingWithNearNames) {
  SaveAll({});
  const TensorDict dict = OpenAll();
  const Status missing = ReadStrings(dict, "label").status();
  EXPECT_EQ(missing.reason(), Reason::kMissing);
  EXPECT_EQ(missing.hint(), "did you mean 'labels'?");
  EXPECT_EQ(ReadTensor<float>(dict, "x").status().reason(), Reason::kMissing);
  EXPECT_EQ(ViewTensor<float>(dict, "x").status().reason(), Reason::kMissing);
  EXPECT_EQ(Open(path_ + "0").status().reason(), Reason::kMissing);
}

TEST_F(FaceTest, MemoryOfAnotherSizeIsRefused) {
  SaveAll({});
  std::array<float, 5> out = {};
  EXPECT_EQ(ReadTensor(OpenAll(), "w", std::span<float>(out)).reason(), Reason::kArgument);
}

TEST_F(FaceTest, AViewIsTheMappedFileAndOutlivesTheDict) {
  SaveAll({.alignment = 64});
  std::optional<TensorView<float>> kept;
  {
    const TensorDict dict = OpenAll();
    const Result<TensorView<float>> view = ViewTensor<float>(dict, "w");
    ASSERT_TRUE(view.ok()) << view.status().message();
    const Extent extent = *(*dict.Get("w"))->extent();
    EXPECT_EQ(static_cast<const void*>(view->values().data()),
              extent.file->mapped().data() + extent.offset);
    kept = *view;
  }
  EXPECT_THAT(kept->values(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(kept->shape(), *Shape::Make({2, 3}));
  EXPECT_TRUE(ViewTensor<float>(OpenAll(), "empty")->values().empty());
}

TEST_F(FaceTest, UnalignedBytesAreNotViewedButRead) {
  SaveAll({.alignment = 1});  // "flags" puts "w" at an odd place
  const TensorDict dict = OpenAll();
  ASSERT_NE((*dict.Get("w"))->extent()->offset % 4, 0u) << "the test needs another layout";
  const Status status = ViewTensor<float>(dict, "w").status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no multiple of 4"));
  EXPECT_EQ(status.hint(), "read it into a vector with ReadTensor");
  EXPECT_THAT(*ReadTensor<float>(dict, "w"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(ViewTensor<std::byte>(dict, "w")->values().size(), 24u) << "bytes are always aligned";
}

TEST_F(FaceTest, WithoutAMappingThereIsNothingToView) {
  SaveAll({.alignment = 64});
  const TensorDict dict = OpenAll({.access = Access::kRead});
  EXPECT_EQ(ViewTensor<float>(dict, "w").status().reason(), Reason::kArgument);
  EXPECT_THAT(*ReadTensor<float>(dict, "w"), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(FaceTest, DamageIsFoundByEveryWayIn) {
  SaveAll({.alignment = 64});
  FlipAByteOf("w");
  FlipAByteOf("labels");
  const TensorDict dict = OpenAll();
  const Status read = ReadTensor<float>(dict, "w").status();
  EXPECT_EQ(read.reason(), Reason::kCrc);
  EXPECT_THAT(std::string(read.message()), HasSubstr("tensor 'w'"));
  EXPECT_EQ(ViewTensor<float>(dict, "w").status().reason(), Reason::kCrc);
  EXPECT_EQ(ReadStrings(dict, "labels").status().code(), StatusCode::kDataLoss);
  EXPECT_TRUE(ViewTensor<float>(dict, "w", {.verify = false}).ok());
  const Result<VerifyReport> report = Verify(path_);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->findings.size(), 2u);
}

TEST_F(FaceTest, ASessionIsSavedAndRestored) {
  std::vector<float> w = {1, 2};
  int64_t step = 7;
  std::vector<std::string> labels = {"a"};
  std::vector<float> local = {9};
  MemorySession session;
  ASSERT_TRUE(session.Add("w", w, {2}).ok());
  ASSERT_TRUE(session.Add("step", std::span(&step, 1), {}).ok());
  ASSERT_TRUE(session.Add("labels", labels, {1}).ok());
  ASSERT_TRUE(session.Add("local", local, {1}, {.local = true}).ok());
  const Result<SaveReport> saved = SaveSession(path_, session);
  ASSERT_TRUE(saved.ok()) << saved.status().message();
  EXPECT_EQ(saved->num_tensors, 3u);
  EXPECT_EQ(SaveSession(path_, session).status().reason(), Reason::kExists);

  w = {0, 0};
  step = 0;
  labels = {"b"};
  local = {0};
  const Result<RestorePlan> plan = Restore(session, directory_.string(), {.ignore = {"w"}});
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_THAT(w, ElementsAre(0, 0)) << "ignored";
  EXPECT_EQ(step, 7);
  EXPECT_THAT(labels, ElementsAre("a"));
  EXPECT_THAT(local, ElementsAre(0));
  EXPECT_THAT(plan->note, HasSubstr("model-1")) << "a directory was given";
}

TEST_F(FaceTest, ADamagedCheckpointLeavesTheSessionAsItWas) {
  SaveAll({});
  FlipAByteOf("w");
  std::vector<float> w = {9, 9, 9, 9, 9, 9};
  std::vector<std::string> labels = {"x", "y"};
  MemorySession session;
  ASSERT_TRUE(session.Add("labels", labels, {2}).ok());
  ASSERT_TRUE(session.Add("w", w, {2, 3}).ok());
  EXPECT_EQ(Restore(session, path_).status().reason(), Reason::kCrc);
  EXPECT_THAT(w, ElementsAre(9, 9, 9, 9, 9, 9));
  EXPECT_THAT(labels, ElementsAre("x", "y"));
}

TEST_F(FaceTest, ARefusedSaveLeavesNothing) {
  EXPECT_EQ(SaveArrays(path_, {{"w", {w_, {7}}}}).status().reason(), Reason::kSize);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

}  // namespace
}  // namespace cairn
