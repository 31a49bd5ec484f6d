#include "cairn/cairn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>

#include "cairn/testing/row_name.h"

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

TEST_F(FaceTest, EveryWayToCallReadTensorIsPlain) {
  SaveAll({});
  const TensorDict dict = OpenAll();
  const TransferOptions options;
  EXPECT_TRUE(ReadTensor<float>(dict, "w", {}).ok());
  EXPECT_TRUE(ReadTensor<float>(dict, "w", options).ok());
  EXPECT_TRUE(ReadTensor<float>(dict, "w", {.threads = 1}).ok());
  std::vector<float> vector(6);
  std::array<float, 6> array = {};
  EXPECT_TRUE(ReadTensor(dict, "w", vector).ok());
  EXPECT_TRUE(ReadTensor(dict, "w", array, {}).ok());
  EXPECT_TRUE(ReadTensor<float>(dict, "w", vector, options).ok());
  EXPECT_TRUE(ReadTensor<float>(dict, "w", std::span(array)).ok());
  EXPECT_TRUE(ReadTensor(dict, "w", std::as_writable_bytes(std::span(array))).ok());
  EXPECT_THAT(vector, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(array, ElementsAre(1, 2, 3, 4, 5, 6));
}

template <typename T, typename Out>
concept CanReadInto =
    requires(TensorDict dict, Out&& out) { ReadTensor<T>(dict, "w", std::forward<Out>(out)); };
static_assert(CanReadInto<float, std::vector<float>&> && CanReadInto<void, std::span<float>>);
static_assert(!CanReadInto<void, std::vector<float>>, "a temporary");
static_assert(!CanReadInto<void, const std::vector<float>&>, "cannot be assigned");
static_assert(!CanReadInto<double, std::vector<float>&>, "another type");
static_assert(!CanReadInto<void, std::array<bool, 1>&>, "bool is read as uint8_t");

TEST_F(FaceTest, ReadingAsAnotherTypeIsRefused) {
  SaveAll({});
  const TensorDict dict = OpenAll();
  const Status as_double = ReadTensor<double>(dict, "w").status();
  EXPECT_EQ(as_double.reason(), Reason::kMismatch);
  EXPECT_EQ(as_double.message(), "tensor 'w': is float32, not float64");
  EXPECT_EQ(as_double.hint(), "convert it with ReadTensorAs");
  EXPECT_EQ(ReadTensor<float>(dict, "half").status().reason(), Reason::kMismatch);
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
  EXPECT_THAT(std::string(status.message()), HasSubstr("not a multiple of 4"));
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
  ASSERT_TRUE(session.Add("step", step).ok());
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
  EXPECT_THAT(plan->sources[0].note, HasSubstr("model-1")) << "a directory was given";
}

TEST_F(FaceTest, AllVariablesAreLoadedAndSavedAgain) {
  SaveAll({});
  const auto loaded = LoadArrays(path_, {.threads = 1});
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  LoadedArrays& arrays = **loaded;
  EXPECT_EQ(arrays.variables().size(), 5u);
  EXPECT_TRUE(std::ranges::equal(*arrays.values<float>("w"), w_));
  EXPECT_TRUE(std::ranges::equal(*arrays.strings("labels"), labels_));

  const std::string again = directory_ / "again";
  ASSERT_TRUE(SaveSession(again, arrays).ok());
  const auto bytes_of = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  for (const char* end : {".index", ".data-00000-of-00001"}) {
    EXPECT_EQ(bytes_of(again + end), bytes_of(path_ + end)) << end;
  }
  EXPECT_EQ(LoadArrays(directory_.string() + "/model-2").status().reason(), Reason::kMissing);
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

// Makes a dict of one tensor "x" of these elements.
TensorDict DictOfElements(DType dtype, Bytes elements) {
  const auto count = static_cast<int64_t>(elements.size() / ElementNbytes(dtype));
  return DictOf({{"x", {dtype, elements, {count}}}}).value();
}

struct ElementsRow {
  const char* what;
  DType dtype;
  std::vector<uint8_t> elements;
  std::vector<double> values;
};

class ReadAsRowTest : public testing::TestWithParam<ElementsRow> {};

TEST_P(ReadAsRowTest, ConvertsTheElements) {
  const ElementsRow& row = GetParam();
  const Bytes elements = std::as_bytes(std::span(row.elements));
  const TensorDict dict = DictOfElements(row.dtype, elements);
  const std::vector<float> floats(row.values.begin(), row.values.end());
  EXPECT_EQ(*ReadTensorAs<double>(dict, "x"), row.values);
  EXPECT_EQ(*ReadTensorAs<float>(dict, "x"), floats);
  EXPECT_EQ(*DecodeFloats<double>(row.dtype, elements), row.values);
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

INSTANTIATE_TEST_SUITE_P(
    , ReadAsRowTest,
    testing::Values(
        ElementsRow{"float16", DType::kFloat16, {0, 0x3c, 1, 0, 0, 0xfc}, {1, 0x1p-24, -kInfinity}},
        ElementsRow{"bfloat16", DType::kBFloat16, {0x80, 0x3f, 0x49, 0xc0}, {1, -3.140625}},
        ElementsRow{"float8 e4m3fn", DType::kFloat8E4M3FN, {0x38, 0x7e}, {1, 448}},
        ElementsRow{"float8 e5m2", DType::kFloat8E5M2, {0x3c, 0x7c}, {1, kInfinity}},
        ElementsRow{"float8 e8m0fnu", DType::kFloat8E8M0FNU, {127, 0}, {1, 0x1p-127}},
        ElementsRow{"float4", DType::kFloat4E2M1FN, {7, 9}, {6, -0.5}},
        ElementsRow{"float32", DType::kFloat32, {0, 0, 0x80, 0x3f}, {1}},
        ElementsRow{"float64", DType::kFloat64, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f}, {1}},
        ElementsRow{"bool", DType::kBool, {0, 1}, {0, 1}},
        ElementsRow{"int4", DType::kInt4, {7, 15}, {7, -1}},
        ElementsRow{"int8", DType::kInt8, {0x80, 5}, {-128, 5}},
        ElementsRow{"uint16", DType::kUInt16, {0xff, 0xff}, {65535}},
        ElementsRow{"int32", DType::kInt32, {0xff, 0xff, 0xff, 0xff}, {-1}},
        ElementsRow{"uint32", DType::kUInt32, {0, 0, 0, 0x80}, {0x1p31}},
        ElementsRow{"int64", DType::kInt64, {0, 0, 0, 0, 0, 0, 0, 0x80}, {-0x1p63}},
        ElementsRow{"uint64", DType::kUInt64, {0, 0, 0, 0, 0, 0, 0, 0x80}, {0x1p63}},
        ElementsRow{"no elements", DType::kFloat16, {}, {}}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(ReadAsTest, ManyElementsAreConvertedInBlocks) {
  std::vector<int16_t> elements(5000);
  std::iota(elements.begin(), elements.end(), int16_t{-2500});
  const TensorDict dict = DictOf({{"x", {elements, {50, 100}}}}).value();
  EXPECT_EQ(*ReadTensorAs<double>(dict, "x"),
            std::vector<double>(elements.begin(), elements.end()));
}

TEST(ReadAsTest, WideNumbersAreRoundedOnce) {
  // Rounded to double first, it would be halfway between two floats, and the even one is below.
  const int64_t above_halfway = (int64_t{1} << 60) + (int64_t{1} << 36) + 1;
  const std::array<int64_t, 1> integer = {above_halfway};
  const std::array<double, 3> wide = {1e300, 1 + 0x1p-24, std::nan("")};
  const TensorDict dict = DictOf({{"i", {integer, {1}}}, {"d", {wide, {3}}}}).value();
  EXPECT_EQ(ReadTensorAs<float>(dict, "i")->front(), 0x1p60f + 0x1p37f);
  const std::vector<float> narrow = *ReadTensorAs<float>(dict, "d");
  EXPECT_EQ(narrow[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(narrow[1], 1) << "halfway to even";
  EXPECT_TRUE(std::isnan(narrow[2]));
}

TEST(ReadAsTest, WhatIsNotRealIsRefused) {
  const std::vector<std::complex<float>> complex(1);
  const std::vector<std::string> strings(1);
  const TensorDict dict = DictOf({{"c", {complex, {1}}}, {"s", {strings, {1}}}}).value();
  EXPECT_EQ(ReadTensorAs<float>(dict, "c").status().reason(), Reason::kMismatch);
  EXPECT_EQ(ReadTensorAs<double>(dict, "s").status().reason(), Reason::kMismatch);
  EXPECT_EQ(ReadTensorAs<double>(dict, "x").status().reason(), Reason::kMissing);
  const std::array<std::byte, 3> three = {};
  EXPECT_EQ(DecodeFloats<float>(DType::kFloat16, three).status().reason(), Reason::kArgument);
  EXPECT_EQ(DecodeFloats<float>(DType::kString, three).status().reason(), Reason::kArgument);
  EXPECT_EQ(DecodeFloats<float>(DType::kComplex64, three).status().reason(), Reason::kArgument);
  EXPECT_EQ(DecodeFloats<float>(DType::kInvalid, three).status().reason(), Reason::kArgument);
}

TEST(EncodeFloatsTest, EveryFloatingDTypeComesBack) {
  const std::vector<float> values = {0, 1, -0.5f, 2};  // every dtype has them
  const std::vector<double> doubles(values.begin(), values.end());
  for (const DTypeInfo& info : kDTypes) {
    const auto encoded = EncodeFloats(info.dtype, values);
    const bool is_possible = info.kind == DTypeKind::kFloat && info.dtype != DType::kFloat8E8M0FNU;
    ASSERT_EQ(encoded.ok(), is_possible) << info.name;
    if (!is_possible) {
      EXPECT_EQ(encoded.status().reason(), Reason::kArgument) << info.name;
      continue;
    }
    EXPECT_EQ(*EncodeFloats(info.dtype, doubles), *encoded) << info.name;
    EXPECT_EQ(*DecodeFloats<float>(info.dtype, *encoded), values) << info.name;
    EXPECT_EQ(*ReadTensorAs<double>(DictOfElements(info.dtype, *encoded), "x"), doubles)
        << info.name;
  }
}

TEST(EncodeFloatsTest, NumbersAreRoundedOnceToTheNearest) {
  const std::vector<double> values = {1 + 0x1p-8, 1 + 0x1.8p-7, 1 + 0x1p-8 + 0x1p-40, 1e39};
  const auto encoded = EncodeFloats(DType::kBFloat16, values);
  EXPECT_THAT(*DecodeFloats<double>(DType::kBFloat16, *encoded),
              ElementsAre(1, 1 + 0x1p-6, 1 + 0x1p-7, kInfinity));
}

TEST_F(FaceTest, ADictIsRenamedAndSaved) {
  SaveAll({});
  const auto renamed =
      Rename(OpenAll(), {.exclude = {"half"}, .rename = {"=net/"}, .substitute = {"s/w$/W/"}});
  ASSERT_TRUE(renamed.ok()) << renamed.status().message();
  ASSERT_TRUE(Save(path_ + "0", *renamed).ok());
  const Result<TensorDict> dict = Open(path_ + "0");
  EXPECT_THAT(*ReadTensor<float>(*dict, "net/W"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(dict->size(), 4u);
}

TEST_F(FaceTest, ACheckpointIsLoadedFromBytesAndSavedToBytes) {
  for (const char* name : {"model.safetensors", "model.npz"}) {
    MemoryFileSystem memory;
    const TensorDict saved = DictOf({{"w", {w_, {2, 3}}}}).value();
    ASSERT_TRUE(Save(memory, name, saved).ok());
    const std::vector<std::byte> bytes = *memory.Get(name);
    Result<TensorDict> loaded = TensorDict();
    {
      MemoryFileSystem other;
      ASSERT_TRUE(other.Put("any name", bytes).ok());
      loaded = Open(other, "any name");
    }
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    EXPECT_THAT(*ReadTensor<float>(*loaded, "w"), ElementsAre(1, 2, 3, 4, 5, 6))
        << "the dict outlives the file system";
  }
}

TEST_F(FaceTest, ARefusedSaveLeavesNothing) {
  EXPECT_EQ(SaveArrays(path_, {{"w", {w_, {7}}}}).status().reason(), Reason::kArgument);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

}  // namespace
}  // namespace cairn
