// A cut at every byte and every single bit turned over, of every file of small bundles: the answer
// is a clear error or exactly the right values, never another answer.
#include <gtest/gtest.h>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"
#include "cairn/testing/values.h"

namespace cairn::tf_bundle {
namespace {

struct Tensor {
  std::string name;
  DType dtype;
  std::vector<int64_t> dims;
  std::string value;  // nothing where it cannot be read

  friend bool operator==(const Tensor&, const Tensor&) = default;
};

Result<std::string> ReadValue(const TensorDict& dict, size_t i) {
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(i));
  if (ElementNbytes(source->dtype()) != 0) {
    CAIRN_ASSIGN_OR_RETURN(const auto bytes, ReadStream(*source));
    return "=" + std::string(AsText(bytes));
  }
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source->ReadStrings());
  std::string value = "=";
  for (size_t k = 0; k < strings.size(); ++k) value.append(strings[k]).append("|");
  return value;
}

// The answer to opening a checkpoint: an error of its own, or its tensors and the errors of some.
struct Answer {
  Status status;
  std::vector<Tensor> tensors;
  std::vector<Status> errors;
  std::vector<Status> warnings;
  bool is_sound = false;  // to Verify

  bool has_no_trouble() const { return status.ok() && errors.empty() && warnings.empty(); }
};

bool IsSound(FileSystem& fs, Access access, VerifyDepth depth = VerifyDepth::kFull) {
  VerifyOptions options;
  options.depth = depth;
  options.access = access;
  options.transfer.threads = 1;
  const Result<VerifyReport> report = Verify(fs, "m", options);
  return report.ok() && report->ok();
}

Answer Ask(FileSystem& fs, Access access) {
  Answer answer;
  OpenOptions options;
  options.access = access;
  options.warnings = &answer.warnings;
  const Result<TensorDict> dict = Open(fs, "m", options);
  answer.status = dict.status();
  answer.is_sound = IsSound(fs, access);
  if (!dict.ok()) return answer;
  for (size_t i = 0; i < dict->size(); ++i) {
    const TensorInfo info = dict->info(i);
    const Result<std::string> value = ReadValue(*dict, i);
    if (!value.ok()) answer.errors.push_back(value.status());
    answer.tensors.push_back({std::string(info.name),
                              info.dtype,
                              {info.dims.begin(), info.dims.end()},
                              value.ok() ? *value : ""});
  }
  return answer;
}

BundleBytes SmallBundle() {
  BundleBytes bundle(2);
  bundle.Add("f32", DType::kFloat32, {2, 2}, RawBytes<float>({1, -2, 0.5, 1e9f}), 0)
      .Add("i64", DType::kInt64, {}, RawBytes<int64_t>({-7}), 1)
      .Add("bool", DType::kBool, {3}, std::string("\1\0\1", 3), 0)
      .Add("empty", DType::kFloat64, {0, 4}, "", 0)
      .Add("layer/bf16", DType::kBFloat16, {1, 3}, "abcdef", 1)
      .AddStrings("text", {2}, {"hello", ""}, 0)
      .AddStrings("layer/names", {}, {std::string("\0\xff", 2)}, 1);
  return bundle;
}

struct Files {
  const char* what;
  std::map<std::string, std::string> content;
};

Files FilesOf(const char* what, const BundleBytes& bundle, std::string index) {
  return {what,
          {{"m.index", std::move(index)},
           {"m.data-00000-of-00002", bundle.shards[0]},
           {"m.data-00001-of-00002", bundle.shards[1]}}};
}

Files OneBlock() { return FilesOf("one block", SmallBundle(), SmallBundle().index()); }
Files ManyBlocks() {
  BundleBytes bundle = SmallBundle();
  bundle.entries_per_block = 2;
  return FilesOf("many blocks", bundle, bundle.index());
}
Files SnappyBlocks() {
  const BundleBytes bundle = SmallBundle();
  TableEntries entries = {{"", bundle.header}};
  entries.insert(entries.end(), bundle.entries.begin(), bundle.entries.end());
  return FilesOf("snappy blocks", bundle, MakeSnappyTable(entries, 3));
}

Files Slices() {
  BundleBytes bundle(2);
  bundle
      .AddSliced("grid", DType::kFloat16, {3, 3},
                 {{{{0, 2}, {0, 3}}, "abcdefghijkl", 0},
                  {{{2, 1}, {0, 1}}, "mn", 1},
                  {{{2, 1}, {1, 2}}, "opqr", 0}})
      .AddSliced("rows", DType::kInt32, {2, 1},
                 {{{{0, 1}, kWholeSlice}, "1234", 1}, {{{1, 1}, kWholeSlice}, "5678", 0}})
      .AddVariants("list", {2}, {"message", ""}, 1)
      .Add("whole", DType::kInt8, {2}, "ab", 0);
  return FilesOf("slices", bundle, bundle.index());
}

class EveryByteTest : public testing::TestWithParam<std::tuple<Files, Access>> {
 protected:
  void SetUp() override {
    for (const auto& [path, content] : content()) Put(path, AsBytes(content));
    right_ = Ask(fs_, access());
    ASSERT_TRUE(right_.status.ok()) << right_.status.message();
    ASSERT_TRUE(right_.errors.empty()) << right_.errors[0].message();
    ASSERT_TRUE(IsSound(fs_, access(), VerifyDepth::kStrict));
    ASSERT_GE(right_.tensors.size(), 3u);
  }

  const std::map<std::string, std::string>& content() const {
    return std::get<0>(GetParam()).content;
  }
  Access access() const { return std::get<1>(GetParam()); }
  void Put(const std::string& path, Bytes bytes) { ASSERT_TRUE(fs_.Put(path, bytes).ok()); }

  // Expects the right values, or an error that names a file.
  void ExpectNoOtherAnswer(const Answer& answer, const std::string& path) const {
    ASSERT_EQ(answer.is_sound, answer.has_no_trouble());
    if (!answer.status.ok()) {
      ASSERT_TRUE(answer.status.message().starts_with("m.index: ")) << answer.status.message();
      ASSERT_EQ(path, "m.index");
      return;
    }
    ASSERT_EQ(answer.tensors.size(), right_.tensors.size());
    for (size_t i = 0; i < answer.tensors.size(); ++i) {
      Tensor expected = right_.tensors[i];
      if (answer.tensors[i].value.empty()) expected.value = "";
      ASSERT_EQ(answer.tensors[i], expected) << expected.name;
    }
    for (const Status& error : answer.errors)
      ASSERT_NE(error.message().find(path), std::string_view::npos) << error.message();
  }

  MemoryFileSystem fs_;
  Answer right_;
};

INSTANTIATE_TEST_SUITE_P(, EveryByteTest,
                         testing::Combine(testing::Values(OneBlock(), ManyBlocks(), SnappyBlocks(),
                                                          Slices()),
                                          testing::Values(Access::kMap, Access::kRead)),
                         [](const auto& row) {
                           return RowName(std::get<0>(row.param).what) +
                                  (std::get<1>(row.param) == Access::kMap ? "_mapped" : "_read");
                         });

TEST_P(EveryByteTest, ACutIsAnError) {
  for (const auto& [path, content] : content()) {
    for (size_t nbytes = 0; nbytes < content.size(); ++nbytes) {
      SCOPED_TRACE(path + " cut at " + std::to_string(nbytes));
      Put(path, CutAt(AsBytes(content), nbytes));
      const Answer answer = Ask(fs_, access());
      ExpectNoOtherAnswer(answer, path);
      ASSERT_TRUE(!answer.status.ok() || !answer.errors.empty());
      if (HasFatalFailure()) return;
    }
    Put(path, AsBytes(content));
  }
}

TEST_P(EveryByteTest, ATurnedBitInTheDataIsTheErrorOfItsTensor) {
  for (const auto& [path, content] : content()) {
    if (path == "m.index") continue;
    for (uint64_t bit = 0; bit < 8 * content.size(); ++bit) {
      SCOPED_TRACE(path + " bit " + std::to_string(bit));
      Put(path, FlipBit(AsBytes(content), bit));
      const Answer answer = Ask(fs_, access());
      ExpectNoOtherAnswer(answer, path);
      ASSERT_TRUE(answer.status.ok());
      ASSERT_EQ(answer.errors.size(), 1u);  // no byte of these files belongs to two, or to none
      if (HasFatalFailure()) return;
    }
    Put(path, AsBytes(content));
  }
}

TEST_P(EveryByteTest, ATurnedBitInTheIndexIsAnErrorOrDoesNoHarm) {
  const std::string& content = this->content().at("m.index");
  size_t num_refused = 0;
  for (uint64_t bit = 0; bit < 8 * content.size(); ++bit) {
    SCOPED_TRACE("bit " + std::to_string(bit));
    Put("m.index", FlipBit(AsBytes(content), bit));
    const Answer answer = Ask(fs_, access());
    ExpectNoOtherAnswer(answer, "m.index");
    ASSERT_TRUE(answer.errors.empty());
    ASSERT_FALSE(IsSound(fs_, access(), VerifyDepth::kStrict));
    if (!answer.status.ok()) ++num_refused;
    if (HasFatalFailure()) return;
  }
  // The padding of the footer is not read: 40 bytes less two handles of at least 2 bytes. The
  // metaindex, of 13 bytes and a byte of its handle, is only warned of.
  EXPECT_GE(num_refused, 8 * (content.size() - 36 - 14));
}

}  // namespace
}  // namespace cairn::tf_bundle
