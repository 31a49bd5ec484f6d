// The proof of the central interfaces: sources of every kind that Cairn will have, each a few
// lines, fit without a special case, and damage beneath comes up through whatever wraps it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "cairn/core/checked_math.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using Source = std::shared_ptr<const TensorSource>;
using Stream = std::unique_ptr<TensorStream>;

// The base of the toy sources, with what most of them share.
class ToySource : public TensorSource {
 public:
  ToySource(DType dtype, Shape shape) : dtype_(dtype), shape_(std::move(shape)) {}
  DType dtype() const override { return dtype_; }
  const Shape& shape() const override { return shape_; }

 private:
  DType dtype_;
  Shape shape_;
};

// Fills `out` from a stream as far as that reaches. A wrapper of elements needs it: pieces may end
// anywhere.
Result<size_t> ReadUpTo(TensorStream& stream, MutableBytes out) {
  size_t done = 0;
  while (done < out.size()) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream.Next(out.subspan(done)));
    if (piece.empty()) break;
    if (piece.data() != out.data() + done) std::ranges::copy(piece, out.begin() + done);
    done += piece.size();
  }
  return done;
}

// ---- A deflated member of an npz file: decoded bytes, no extent, no random access, and a checksum
// of what comes out. Runs of (count, byte) stand in for deflate.

class RunLengthStream final : public TensorStream {
 public:
  RunLengthStream(Stream packed, uint64_t nbytes, uint8_t sum)
      : packed_(std::move(packed)), left_(nbytes), expected_sum_(sum) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    size_t filled = 0;
    while (filled < scratch.size() && left_ > 0) {
      if (run_left_ == 0) CAIRN_RETURN_IF_ERROR(NextRun());
      const size_t count = std::min<uint64_t>({run_left_, scratch.size() - filled, left_});
      std::ranges::fill(scratch.subspan(filled, count), run_);
      sum_ = static_cast<uint8_t>(sum_ + count * std::to_integer<size_t>(run_));
      filled += count;
      run_left_ -= count;
      left_ -= count;
    }
    if (filled == 0) CAIRN_RETURN_IF_ERROR(CheckEnd());
    return Bytes(scratch.first(filled));
  }

 private:
  Status NextRun() {
    std::array<std::byte, 2> run;
    CAIRN_ASSIGN_OR_RETURN(const size_t count, ReadUpTo(*packed_, run));
    if (count < run.size()) return Status(Reason::kTruncated, "packed bytes end early");
    if (run[0] == std::byte{0}) return Status(Reason::kFormat, "a run of nothing");
    run_left_ = std::to_integer<uint64_t>(run[0]);
    run_ = run[1];
    return {};
  }

  Status CheckEnd() {
    std::byte more;
    CAIRN_ASSIGN_OR_RETURN(const size_t count, ReadUpTo(*packed_, std::span(&more, 1)));
    if (count > 0 || run_left_ > 0) return Status(Reason::kSize, "packed bytes go on");
    return sum_ == expected_sum_ ? Status() : Status(Reason::kCrc, "the sum differs");
  }

  Stream packed_;
  uint64_t left_;
  uint8_t expected_sum_;
  uint8_t sum_ = 0;
  std::byte run_{};
  uint64_t run_left_ = 0;
};

class PackedMember final : public ToySource {
 public:
  PackedMember(DType dtype, Shape shape, Source packed, uint8_t sum)
      : ToySource(dtype, std::move(shape)), packed_(std::move(packed)), sum_(sum) {}

  Result<Stream> OpenStream() const override {
    CAIRN_ASSIGN_OR_RETURN(Stream packed, packed_->OpenStream());
    return std::make_unique<RunLengthStream>(std::move(packed), nbytes(), sum_);
  }

 private:
  Source packed_;
  uint8_t sum_;
};

Source MakePackedMember(const std::vector<uint8_t>& runs, uint8_t sum) {
  const auto packed = SourceOf<uint8_t>({static_cast<int64_t>(runs.size())}, runs);
  return std::make_shared<PackedMember>(DType::kInt16, *Shape::Make({4}), packed, sum);
}

TEST(InterfacesTest, ADeflatedMember) {
  const Source member = MakePackedMember({1, 1, 1, 0, 6, 2}, 13);
  for (const size_t piece : {1u, 3u, 8u, 100u})
    EXPECT_EQ(ValuesOf<int16_t>(*member, piece).value(),
              (std::vector<int16_t>{1, 0x0202, 0x0202, 0x0202}));
  EXPECT_EQ(member->extent(), std::nullopt);
  std::byte byte;
  EXPECT_EQ(member->ReadAt(0, std::span(&byte, 1)).reason(), Reason::kUnsupported);
}

TEST(InterfacesTest, ADeflatedMemberThatIsDamaged) {
  const auto reason = [](const std::vector<uint8_t>& runs) {
    return ReadStream(*MakePackedMember(runs, 13)).status().reason();
  };
  EXPECT_EQ(reason({1, 1, 1, 0, 6, 3}), Reason::kCrc);
  EXPECT_EQ(reason({1, 1, 1, 0, 5, 2}), Reason::kTruncated);
  EXPECT_EQ(reason({1, 1, 1, 0, 7, 2}), Reason::kSize);
  EXPECT_EQ(reason({0, 1}), Reason::kFormat);
}

// ---- A variable that was saved in slices: here, one after the other along its first dimension.

class JoinedStream final : public TensorStream {
 public:
  explicit JoinedStream(std::vector<Source> parts) : parts_(std::move(parts)) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    while (true) {
      if (!stream_ && next_ == parts_.size()) return Bytes();
      if (!stream_) {
        CAIRN_ASSIGN_OR_RETURN(stream_, parts_[next_++]->OpenStream());
      }
      CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream_->Next(scratch));
      if (!piece.empty()) return piece;
      finished_.push_back(std::move(stream_));  // the pieces it gave stay valid
    }
  }

 private:
  std::vector<Source> parts_;
  size_t next_ = 0;
  Stream stream_;
  std::vector<Stream> finished_;
};

class SlicedVariable final : public ToySource {
 public:
  SlicedVariable(DType dtype, Shape shape, std::vector<Source> parts)
      : ToySource(dtype, std::move(shape)), parts_(std::move(parts)) {}

  Result<Stream> OpenStream() const override { return std::make_unique<JoinedStream>(parts_); }
  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), nbytes())) return Status(Reason::kBounds, "past the end");
    for (const Source& part : parts_) {
      const uint64_t here = offset < part->nbytes() ? part->nbytes() - offset : 0;
      const MutableBytes piece = out.first(std::min<uint64_t>(here, out.size()));
      if (!piece.empty()) CAIRN_RETURN_IF_ERROR(part->ReadAt(offset, piece));
      out = out.subspan(piece.size());
      offset = here > 0 ? 0 : offset - part->nbytes();
    }
    return {};
  }

 private:
  std::vector<Source> parts_;
};

Source MakeSliced(const Source& first, const Source& second) {
  return std::make_shared<SlicedVariable>(DType::kInt32, *Shape::Make({3, 2}),
                                          std::vector<Source>{first, second});
}

TEST(InterfacesTest, ASlicedVariable) {
  const auto first = SourceOf<int32_t>({1, 2}, {1, 2});
  const auto second = SourceOf<int32_t>({2, 2}, {3, 4, 5, 6});
  const Source whole = MakeSliced(first, second);
  for (const size_t piece : {1u, 5u, 100u})
    EXPECT_EQ(ValuesOf<int32_t>(*whole, piece).value(), (std::vector<int32_t>{1, 2, 3, 4, 5, 6}));
  std::array<int32_t, 3> part;
  EXPECT_TRUE(whole->ReadAt(4, std::as_writable_bytes(std::span(part))).ok());
  EXPECT_EQ(part, (std::array<int32_t, 3>{2, 3, 4}));
  EXPECT_TRUE(whole->ReadAt(12, std::as_writable_bytes(std::span(part))).ok());
  EXPECT_EQ(part, (std::array<int32_t, 3>{4, 5, 6}));
}

TEST(InterfacesTest, ASlicedVariableWithADamagedSlice) {
  const auto good = SourceOf<int32_t>({1, 2}, {1, 2});
  const auto bad = DamagedSourceOf<int32_t>({2, 2}, {3, 4, 5, 6});
  EXPECT_EQ(ReadStream(*MakeSliced(good, bad)).status().reason(), Reason::kCrc);
  EXPECT_EQ(ReadStream(*MakeSliced(bad, good)).status().reason(), Reason::kCrc);
}

// ---- Sources that change each element: a big-endian tensor, a cast, an average.

// A stream made block by block from the same block of others. `Fill` gets as many elements of each
// as `out` has room for.
template <typename From, typename To, typename Fill>
class ElementStream final : public TensorStream {
 public:
  ElementStream(std::vector<Stream> from, Fill fill) : from_(std::move(from)), fill_(fill) {
    blocks_.resize(from_.size());
  }

  Result<Bytes> Next(MutableBytes scratch) override {
    if (done_ == out_nbytes_) CAIRN_RETURN_IF_ERROR(NextBlock());
    const size_t count = std::min(scratch.size(), out_nbytes_ - done_);
    const Bytes piece = std::as_bytes(std::span(out_)).subspan(done_, count);
    std::ranges::copy(piece, scratch.begin());
    done_ += count;
    return Bytes(scratch.first(count));
  }

 private:
  Status NextBlock() {
    size_t count = 0;
    for (size_t i = 0; i < from_.size(); ++i) {
      const MutableBytes block = std::as_writable_bytes(std::span(blocks_[i]));
      CAIRN_ASSIGN_OR_RETURN(const size_t nbytes, ReadUpTo(*from_[i], block));
      count = nbytes / sizeof(From);
    }
    fill_(std::span<const std::array<From, 8>>(blocks_), std::span(out_).first(count));
    out_nbytes_ = count * sizeof(To);
    done_ = 0;
    return {};
  }

  std::vector<Stream> from_;
  Fill fill_;
  std::vector<std::array<From, 8>> blocks_;
  std::array<To, 8> out_;
  size_t out_nbytes_ = 0;
  size_t done_ = 0;
};

template <typename From, typename To, typename Fill>
class ElementwiseSource final : public ToySource {
 public:
  ElementwiseSource(std::vector<Source> from, Fill fill)
      : ToySource(DTypeOf<To>(), from[0]->shape()), from_(std::move(from)), fill_(fill) {}

  Result<Stream> OpenStream() const override {
    std::vector<Stream> streams;
    for (const Source& source : from_) {
      CAIRN_ASSIGN_OR_RETURN(Stream stream, source->OpenStream());
      streams.push_back(std::move(stream));
    }
    return std::make_unique<ElementStream<From, To, Fill>>(std::move(streams), fill_);
  }

 private:
  std::vector<Source> from_;
  Fill fill_;
};

template <typename From, typename To, typename Fill>
Source Elementwise(std::vector<Source> from, Fill fill) {
  return std::make_shared<ElementwiseSource<From, To, Fill>>(std::move(from), fill);
}

Source SwapBytes(Source big_endian) {
  return Elementwise<uint32_t, uint32_t>({std::move(big_endian)}, [](auto in, auto out) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = __builtin_bswap32(in[0][i]);
  });
}

Source CastToFloat(Source int16) {
  return Elementwise<int16_t, float>({std::move(int16)}, [](auto in, auto out) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(in[0][i]);
  });
}

Source Average(std::vector<Source> sources) {
  return Elementwise<float, float>(std::move(sources), [](auto in, auto out) {
    for (size_t i = 0; i < out.size(); ++i) {
      double sum = 0;
      for (const auto& block : in) sum += static_cast<double>(block[i]);
      out[i] = static_cast<float>(sum / static_cast<double>(in.size()));
    }
  });
}

std::vector<int16_t> Count(int16_t to) {
  std::vector<int16_t> values;
  for (int16_t i = 0; i < to; ++i) values.push_back(i);
  return values;
}

TEST(InterfacesTest, ABigEndianTensor) {
  const Source swapped = SwapBytes(SourceOf<uint32_t>({2}, {0x01020304, 0xff000000}));
  for (const size_t piece : {1u, 3u, 100u})
    EXPECT_EQ(ValuesOf<uint32_t>(*swapped, piece).value(),
              (std::vector<uint32_t>{0x04030201, 0xff}));
  const Source damaged = SwapBytes(DamagedSourceOf<uint32_t>({1}, {1}));
  EXPECT_EQ(ReadStream(*damaged).status().reason(), Reason::kCrc);
}

TEST(InterfacesTest, ACast) {
  const Source cast = CastToFloat(SourceOf<int16_t>({20}, Count(20)));
  EXPECT_EQ(cast->nbytes(), 80u);
  for (const size_t piece : {1u, 3u, 100u}) {
    const auto values = ValuesOf<float>(*cast, piece).value();
    ASSERT_EQ(values.size(), 20u);
    for (size_t i = 0; i < 20; ++i) EXPECT_EQ(values[i], static_cast<float>(i));
  }
  const Source damaged = CastToFloat(DamagedSourceOf<int16_t>({20}, Count(20)));
  EXPECT_EQ(ReadStream(*damaged).status().reason(), Reason::kCrc);
}

TEST(InterfacesTest, AnAverageOfThree) {
  const auto a = SourceOf<float>({3}, {1, 2, 3});
  const auto b = SourceOf<float>({3}, {4, 5, 6});
  const auto c = SourceOf<float>({3}, {7, 8, 12});
  EXPECT_EQ(ValuesOf<float>(*Average({a, b, c}), 5).value(), (std::vector<float>{4, 5, 7}));
  const auto damaged = DamagedSourceOf<float>({3}, {4, 5, 6});
  EXPECT_EQ(ReadStream(*Average({a, damaged, c})).status().reason(), Reason::kCrc);
}

TEST(InterfacesTest, DamageComesUpThroughAChain) {
  const auto chain = [](const std::vector<uint8_t>& runs) {
    return Average({CastToFloat(MakePackedMember(runs, 13)), SourceOf<float>({4}, {1, 0, 0, 0})});
  };
  const auto good = ValuesOf<float>(*chain({1, 1, 1, 0, 6, 2})).value();
  EXPECT_EQ(good, (std::vector<float>{1, 257, 257, 257}));
  EXPECT_EQ(ReadStream(*chain({1, 1, 1, 0, 6, 3})).status().reason(), Reason::kCrc);
}

// ---- A tensor of a V1 file: decoded from a block of the table when it is asked for. The block was
// checked, so there is no extent, which would be one without a checksum.

class HeldStream final : public TensorStream {
 public:
  // `keeper` keeps `bytes`.
  HeldStream(std::shared_ptr<const void> keeper, Bytes bytes)
      : keeper_(std::move(keeper)), left_(bytes) {}

  Result<Bytes> Next(MutableBytes scratch) override {
    const Bytes piece = left_.first(std::min(left_.size(), scratch.size()));
    left_ = left_.subspan(piece.size());
    return piece;
  }

 private:
  std::shared_ptr<const void> keeper_;
  Bytes left_;
};

using Values = std::vector<int32_t>;

class DecodedTensor final : public ToySource {
 public:
  DecodedTensor(Shape shape, std::shared_ptr<const Values> values)
      : ToySource(DType::kInt32, std::move(shape)), values_(std::move(values)) {}

  Result<Stream> OpenStream() const override {
    return std::make_unique<HeldStream>(values_, std::as_bytes(std::span(*values_)));
  }

 private:
  std::shared_ptr<const Values> values_;
};

// One tensor, whose values are bytes below 0x80 in a block.
class BlockTable final : public TensorTable {
 public:
  explicit BlockTable(std::string block) : block_(std::move(block)) {}

  size_t size() const override { return 1; }
  TensorInfo info(size_t) const override { return {"v", DType::kInt32, dims_, block_.size()}; }
  Result<Source> source(size_t) const override {
    auto values = std::make_shared<Values>();
    for (char c : block_) {
      if (c < 0) return Status(Reason::kProto, "a value is cut").In("tensor 'v'");
      values->push_back(c);
    }
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(dims_));
    if (shape.num_elements() != values->size()) return Status(Reason::kSize, "of tensor 'v'");
    return std::make_shared<DecodedTensor>(std::move(shape), std::move(values));
  }

 private:
  std::string block_;
  std::vector<int64_t> dims_ = {3};
};

TEST(InterfacesTest, ATensorOfAV1File) {
  const TensorDict dict(std::make_shared<BlockTable>("\x01\x02\x03"));
  const Source source = dict.Get("v").value();
  EXPECT_EQ(source->extent(), std::nullopt);
  for (const size_t piece : {1u, 5u, 100u})
    EXPECT_EQ(ValuesOf<int32_t>(*source, piece).value(), (Values{1, 2, 3}));
}

TEST(InterfacesTest, ATensorOfAV1FileThatIsDamaged) {
  const auto reason = [](const char* block) {
    return TensorDict(std::make_shared<BlockTable>(block)).Get("v").status().reason();
  };
  EXPECT_EQ(reason("\x01\xff\x03"), Reason::kProto);
  EXPECT_EQ(reason("\x01\x02"), Reason::kSize);
}

// ---- Strings: lengths and bytes in the form of some format, checked when they are read.

class LengthPrefixedStrings final : public ToySource {
 public:
  LengthPrefixedStrings(Shape shape, std::string stored)
      : ToySource(DType::kString, std::move(shape)), stored_(std::move(stored)) {}

  Result<Stream> OpenStream() const override {
    return Status(Reason::kDType, "strings have no stream");
  }
  Result<StringTensor> ReadStrings() const override {
    StringTensor strings;
    std::string_view left = stored_;
    for (uint64_t i = 0; i < shape().num_elements(); ++i) {
      if (left.empty()) return Status(Reason::kTruncated, "a length is missing");
      const auto length = static_cast<uint8_t>(left[0]);
      left.remove_prefix(1);
      if (length > left.size()) return Status(Reason::kTruncated, "a string is cut");
      strings.Add(left.substr(0, length));
      left.remove_prefix(length);
    }
    return strings;
  }

 private:
  std::string stored_;
};

Source MakeStrings(std::string stored) {
  return std::make_shared<LengthPrefixedStrings>(*Shape::Make({3}), std::move(stored));
}

TEST(InterfacesTest, Strings) {
  const StringTensor strings = MakeStrings(std::string("\x02"
                                                       "ab"
                                                       "\0"
                                                       "\x01"
                                                       "c",
                                                       6))
                                   ->ReadStrings()
                                   .value();
  EXPECT_EQ(strings.size(), 3u);
  EXPECT_EQ(strings[0], "ab");
  EXPECT_EQ(strings[1], "");
  EXPECT_EQ(strings[2], "c");
  EXPECT_EQ(MakeStrings("\x02"
                        "a")
                ->ReadStrings()
                .status()
                .reason(),
            Reason::kTruncated);
  EXPECT_EQ(MakeStrings("")->OpenStream().status().reason(), Reason::kDType);
  EXPECT_EQ(SourceOf<int8_t>({1}, {1})->ReadStrings().status().reason(), Reason::kDType);
}

// ---- A session whose buffers belong to an engine: values are seen through files that keep them.

// Counts what it has lent, as a C API does.
class ToyEngine {
 public:
  struct Buffer {
    std::vector<float> values;
    int lent = 0;
  };

  // Gives the buffer back when the last copy of the pointer is gone.
  static std::shared_ptr<const Buffer> Lend(Buffer& buffer) {
    ++buffer.lent;
    return {&buffer, [](Buffer* lent) { --lent->lent; }};
  }
};

class EngineFile final : public RandomAccessFile {
 public:
  explicit EngineFile(std::shared_ptr<const ToyEngine::Buffer> buffer)
      : buffer_(std::move(buffer)), file_(std::as_bytes(std::span(buffer_->values)), "engine") {}

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    return file_.ReadAt(offset, out);
  }
  uint64_t size() const override { return file_.size(); }
  const std::string& path() const override { return file_.path(); }
  Bytes mapped() const override { return file_.mapped(); }

 private:
  std::shared_ptr<const ToyEngine::Buffer> buffer_;
  MemoryFile file_;
};

class EngineVariable final : public ToySource {
 public:
  EngineVariable(Shape shape, Extent extent)
      : ToySource(DType::kFloat32, std::move(shape)), extent_(std::move(extent)) {}

  std::optional<Extent> extent() const override { return extent_; }
  Result<Stream> OpenStream() const override {
    return std::make_unique<HeldStream>(extent_.file, extent_.file->mapped());
  }

 private:
  Extent extent_;
};

Source Snapshot(ToyEngine::Buffer& buffer) {
  auto file = std::make_shared<EngineFile>(ToyEngine::Lend(buffer));
  const Shape shape = *Shape::Make({static_cast<int64_t>(buffer.values.size())});
  const uint64_t nbytes = file->size();
  return std::make_shared<EngineVariable>(shape, Extent{std::move(file), 0, nbytes, std::nullopt});
}

TEST(InterfacesTest, ABufferOfAnEngine) {
  ToyEngine::Buffer buffer{{1, 2, 3}};
  Source source = Snapshot(buffer);
  EXPECT_EQ(ValuesOf<float>(*source, 5).value(), buffer.values);
  std::optional<Extent> extent = source->extent();
  EXPECT_EQ(extent->file->mapped().data(), std::as_bytes(std::span(buffer.values)).data());
  Stream stream = source->OpenStream().value();
  source.reset();
  EXPECT_EQ(buffer.lent, 1);
  extent.reset();
  EXPECT_EQ(buffer.lent, 1);  // the stream still reads it
  stream.reset();
  EXPECT_EQ(buffer.lent, 0);
}

// ---- All of them together: whoever takes a dict needs no case for any.

// Moves a value as a transfer does: from its extent if it has one, else from its stream.
Result<std::vector<std::byte>> Move(const TensorSource& source) {
  const auto extent = source.extent();
  if (!extent) return ReadStream(source);
  std::vector<std::byte> bytes(extent->nbytes);
  CAIRN_RETURN_IF_ERROR(extent->file->ReadAt(extent->offset, bytes));
  return bytes;
}

TEST(InterfacesTest, AllInOneDict) {
  ToyEngine::Buffer buffer{{1, 2, 3}};
  TensorDict::Builder builder;
  builder.Add("plain", SourceOf<float>({3}, {1, 2, 3}));
  builder.Add("packed", MakePackedMember({1, 1, 1, 0, 6, 2}, 13));
  builder.Add("sliced", MakeSliced(SourceOf<int32_t>({1, 2}, {1, 2}),
                                   SourceOf<int32_t>({2, 2}, {3, 4, 5, 6})));
  builder.Add("big-endian", SwapBytes(SourceOf<uint32_t>({2}, {1, 2})));
  builder.Add("v1", TensorDict(std::make_shared<BlockTable>("abc")).Get("v").value());
  builder.Add("strings", MakeStrings(std::string("\0\0\0", 3)));
  builder.Add("cast", CastToFloat(SourceOf<int16_t>({20}, Count(20))));
  builder.Add("average", Average({SourceOf<float>({1}, {1}), SourceOf<float>({1}, {3})}));
  builder.Add("engine", Snapshot(buffer));
  const TensorDict dict = builder.Build().value();
  ASSERT_EQ(dict.size(), 9u);
  for (size_t i = 0; i < dict.size(); ++i) {
    const Source source = dict.source(i).value();
    const TensorInfo info = dict.info(i);
    if (info.dtype == DType::kString) {
      EXPECT_EQ(source->ReadStrings()->size(), source->shape().num_elements());
      continue;
    }
    const auto bytes = Move(*source);
    ASSERT_TRUE(bytes.ok()) << info.name << ": " << bytes.status().message();
    EXPECT_EQ(bytes->size(), info.nbytes) << info.name;
    EXPECT_EQ(*bytes, ReadStream(*source).value()) << info.name;
  }
}

}  // namespace
}  // namespace cairn
