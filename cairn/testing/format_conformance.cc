#include "cairn/testing/format_conformance.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using SourcePtr = std::shared_ptr<const TensorSource>;

SourcePtr Strings(std::vector<int64_t> dims, const std::vector<std::string>& elements) {
  StringTensor strings;
  for (const std::string& element : elements) strings.Add(element);
  return MakeStringSource(DType::kString, *Shape::Make(dims), std::move(strings));
}

// For an element of e bytes: 32 of them, of every kind that a float of that size has.
std::vector<std::byte> ElementBits(DType dtype) {
  const DTypeInfo& info = InfoOf(dtype);
  constexpr size_t kNumElements = 32;
  const int bits =
      dtype == DType::kBool ? 1 : info.bits - (info.kind == DTypeKind::kSigned ? 1 : 0);
  const int most = info.bits < 8 || bits == 1 ? (1 << bits) - 1 : 255;
  std::vector<std::byte> bytes(kNumElements * info.nbytes);
  uint32_t state = 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = std::byte(static_cast<uint8_t>(state >> 24 & static_cast<uint32_t>(most)));
  }
  if (most < 255) return bytes;
  // The last bytes are those of sign and exponent: NaN, -NaN, infinity, -0, the smallest number.
  const uint8_t tops[] = {0x7f, 0xff, 0x7f, 0x80, 0x00};
  const uint8_t belows[] = {0xf8, 0xf0, 0x80, 0x00, 0x00};
  for (size_t i = 0; i < std::size(tops); ++i) {
    std::byte* const element = bytes.data() + i * info.nbytes;
    std::fill_n(element, info.nbytes, std::byte{0});
    element[0] = std::byte{1};
    if (info.nbytes > 1) element[info.nbytes - 2] = std::byte{belows[i]};
    element[info.nbytes - 1] = std::byte{tops[i]};
  }
  return bytes;
}

SourcePtr TensorOfDType(DType dtype) {
  if (dtype == DType::kString)
    return Strings({2, 3}, {"a", "", std::string("b\0c", 3), "line\nfeed", "\xff\xfe", "\xc3\xbc"});
  return SourceOfBytes(dtype, {4, 8}, ElementBits(dtype));
}

// `nbytes` zeros without the memory of them.
class ZeroSource final : public TensorSource {
 public:
  explicit ZeroSource(uint64_t nbytes) : shape_(*Shape::Make({static_cast<int64_t>(nbytes)})) {}

  DType dtype() const override { return DType::kUInt8; }
  const Shape& shape() const override { return shape_; }
  Result<std::unique_ptr<TensorStream>> OpenStream() const override {
    return std::make_unique<Stream>(nbytes());
  }

 private:
  class Stream final : public TensorStream {
   public:
    explicit Stream(uint64_t left) : left_(left) {}
    Result<Bytes> Next(MutableBytes scratch) override {
      const MutableBytes piece = scratch.first(std::min<uint64_t>(scratch.size(), left_));
      std::ranges::fill(piece, std::byte{0});
      left_ -= piece.size();
      return Bytes(piece);
    }

   private:
    uint64_t left_;
  };

  Shape shape_;
};

Result<bool> IsSameValue(const TensorSource& a, const TensorSource& b) {
  if (ElementNbytes(a.dtype()) != 0) {
    CAIRN_ASSIGN_OR_RETURN(const auto of_a, ReadStream(a, 64 << 10));
    CAIRN_ASSIGN_OR_RETURN(const auto of_b, ReadStream(b, 64 << 10));
    return of_a == of_b;
  }
  CAIRN_ASSIGN_OR_RETURN(const StringTensor of_a, a.ReadStrings());
  CAIRN_ASSIGN_OR_RETURN(const StringTensor of_b, b.ReadStrings());
  if (of_a.size() != of_b.size()) return false;
  for (size_t i = 0; i < of_a.size(); ++i) {
    if (of_a[i] != of_b[i]) return false;
  }
  return true;
}

Status CheckSame(const TensorDict& a, const TensorDict& b, size_t i) {
  const TensorInfo of_a = a.info(i);
  const TensorInfo of_b = b.info(i);
  if (of_a.name != of_b.name)
    return Status(Reason::kMismatch, Quoted(of_a.name) + " and " + Quoted(of_b.name));
  if (of_a.dtype != of_b.dtype || !std::ranges::equal(of_a.dims, of_b.dims))
    return Status(Reason::kMismatch, "another dtype or shape");
  CAIRN_ASSIGN_OR_RETURN(const SourcePtr source_a, a.source(i));
  CAIRN_ASSIGN_OR_RETURN(const SourcePtr source_b, b.source(i));
  CAIRN_ASSIGN_OR_RETURN(const bool is_same, IsSameValue(*source_a, *source_b));
  return is_same ? Status() : Status(Reason::kMismatch, "another value");
}

}  // namespace

std::string Difference(const TensorDict& a, const TensorDict& b) {
  if (a.size() != b.size())
    return std::to_string(a.size()) + " and " + std::to_string(b.size()) + " tensors";
  for (size_t i = 0; i < a.size(); ++i) {
    const Status same = CheckSame(a, b, i);
    if (!same.ok()) return Quoted(a.name(i)) + ": " + std::string(same.message());
  }
  return "";
}

TensorDict NoTensors() { return TensorDict(); }

TensorDict EveryShape() {
  return DictOf({{"scalar", SourceOf<float>({}, {1})},
                 {"vector", SourceOf<int16_t>({3}, {1, 2, 3})},
                 {"matrix", SourceOf<double>({2, 2}, {1, 2, 3, 4})},
                 {"one_of_each", SourceOf<uint8_t>({1, 1, 1, 1, 1}, {7})},
                 {"none", SourceOf<float>({0}, {})},
                 {"none_inside", SourceOf<int64_t>({3, 0, 2}, {})},
                 {"none_of_many", SourceOf<float>({int64_t{1} << 40, 0}, {})}});
}

TensorDict EveryDType(const Format& format, std::vector<std::string>& refused) {
  std::vector<std::pair<std::string, SourcePtr>> held;
  for (const DTypeInfo& info : kDTypes) {
    if (KindOf(info.dtype) == DTypeKind::kOpaque) continue;
    const std::string name(info.name);
    const SourcePtr source = TensorOfDType(info.dtype);
    if (format.can_hold(DictOf({{name, source}}), {}).ok()) {
      held.emplace_back(name, source);
    } else {
      refused.push_back(name);
    }
  }
  return DictOf(std::move(held));
}

TensorDict EveryName() {
  std::vector<std::pair<std::string, SourcePtr>> tensors;
  uint8_t value = 0;
  for (const std::string& name :
       {std::string("a/b/c"), std::string("w:0"), std::string("with a blank"), std::string("."),
        std::string("it's \"quoted\""), std::string("[0]{}*?"), std::string("gewichte_\xc3\xbc"),
        std::string("\xf0\x9f\x98\x80"), std::string("line\nfeed"), std::string(4096, 'n'),
        std::string("model/.ATTRIBUTES/VARIABLE_VALUE"), std::string("x.npy"), std::string("Foo"),
        std::string("foo")})
    tensors.emplace_back(name, SourceOf<uint8_t>({}, {++value}));
  return DictOf(std::move(tensors));
}

TensorDict ManyTensors(int count) {
  std::vector<std::pair<std::string, SourcePtr>> tensors;
  for (int32_t i = 0; i < count; ++i)
    tensors.emplace_back("layer_" + std::to_string(i), SourceOf<int32_t>({}, {i}));
  return DictOf(std::move(tensors));
}

TensorDict SmallTensors() {
  return DictOf({{"name_a", SourceOf<float>({3}, {1, -2, 3})},
                 {"name_b", SourceOf<int64_t>({}, {-1})},
                 {"none", SourceOf<float>({0}, {})}});
}

TensorDict BigTensors(uint64_t nbytes) {
  return DictOf({{"big", std::make_shared<const ZeroSource>(nbytes)},
                 {"last", SourceOf<uint8_t>({5}, {1, 2, 3, 4, 5})}});
}

}  // namespace cairn
