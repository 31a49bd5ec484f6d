#include "cairn/formats/safetensors/header.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cairn/codec/json.h"
#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/formats/safetensors/packed_elements.h"

namespace cairn::safetensors {
namespace {

constexpr std::string_view kMetadata = "__metadata__";

// The fields that a tensor has, each exactly once.
constexpr std::array<std::string_view, 3> kFields = {"dtype", "shape", "data_offsets"};

// The shortest text of a tensor: no header lists more tensors than its bytes have room for.
constexpr std::string_view kShortestTensor =
    R"("":{"dtype":"U8","shape":[],"data_offsets":[0,1]},)";

// Takes the JSON as it is parsed: nothing of it is kept but what the header holds.
class HeaderReader final : public JsonEvents {
 public:
  HeaderReader(size_t json_nbytes, const Limits& limits) : limits_(limits) {
    header_.entries.Reserve(json_nbytes / kShortestTensor.size(), json_nbytes);
  }

  Result<Header> Finish() && {
    if (!error_.ok()) return error_;
    return std::move(header_);
  }

  bool OnNull() override { return Wrong("null"); }
  bool OnBoolean() override { return Wrong("a boolean"); }
  bool OnFloat(double) override { return Wrong("a fraction"); }
  bool OnInteger(int64_t) override { return Wrong("a negative number"); }

  bool OnUnsigned(uint64_t value) override {
    if (place_ == Place::kShape) return TakeDim(value);
    if (place_ == Place::kOffsets) return TakeOffset(value);
    return Wrong("a number");
  }

  bool OnString(std::string& value) override {
    if (place_ == Place::kTexts) {
      const bool is_new = header_.metadata.emplace(key_, std::move(value)).second;
      return is_new || Fail(Reason::kDuplicate, "metadata " + Quoted(key_) + " twice");
    }
    if (place_ != Place::kTensor || key_ != "dtype") return Wrong("a string");
    const auto dtype = DTypeOfName(value);
    if (!dtype) {
      Fail(Reason::kDType, "dtype " + Quoted(value) + " is not known");
      error_ = error_.WithHint("if it is one of a newer safetensors, a newer Cairn may know it");
      return false;
    }
    dtype_ = *dtype;
    return true;
  }

  bool OnStartObject() override {
    switch (place_) {
      case Place::kStart:
        place_ = Place::kTop;
        return true;
      case Place::kTop:
        return key_ == kMetadata ? BeginMetadata() : BeginTensor();
      default:
        return Wrong("an object");
    }
  }

  bool OnEndObject() override {
    if (place_ == Place::kTensor) return EndTensor();
    place_ = place_ == Place::kTop ? Place::kEnd : Place::kTop;
    return true;
  }

  bool OnStartArray() override {
    if (place_ != Place::kTensor || key_ == "dtype") return Wrong("an array");
    place_ = key_ == "shape" ? Place::kShape : Place::kOffsets;
    return true;
  }

  bool OnEndArray() override {
    if (place_ == Place::kOffsets && offsets_.size() != 2)
      return Fail(Reason::kFormat, "data_offsets are two numbers");
    place_ = Place::kTensor;
    return true;
  }

  bool OnKey(std::string& name) override {
    if (name.size() > limits_.name_nbytes)
      return Fail(Reason::kLimit, "a name of " + std::to_string(name.size()) + " bytes");
    key_ = std::move(name);
    if (place_ != Place::kTensor) return true;
    const auto field = std::ranges::find(kFields, key_);
    if (field == kFields.end())
      return Fail(Reason::kFormat, "field " + Quoted(key_) + " is not known");
    const bool is_new = !std::exchange(has_field_[field - kFields.begin()], true);
    return is_new || Fail(Reason::kDuplicate, Quoted(key_) + " twice");
  }

 private:
  // Says what encloses the value that comes next.
  enum class Place : uint8_t { kStart, kTop, kTexts, kTensor, kShape, kOffsets, kEnd };

  bool Fail(Reason reason, std::string message) {
    error_ = Status(reason, std::move(message));
    if (place_ == Place::kTensor || place_ == Place::kShape || place_ == Place::kOffsets)
      error_ = error_.InTensor(name_);
    return false;
  }

  bool Wrong(std::string_view kind) {
    return Fail(Reason::kFormat, place_ == Place::kStart
                                     ? std::string(kind) + ", expected an object"
                                     : Quoted(key_) + " is " + std::string(kind));
  }

  bool BeginMetadata() {
    if (has_metadata_) return Fail(Reason::kDuplicate, Quoted(kMetadata) + " twice");
    has_metadata_ = true;
    place_ = Place::kTexts;
    return true;
  }

  bool BeginTensor() {
    if (header_.entries.size() >= limits_.num_tensors)
      return Fail(Reason::kLimit, "more than " + std::to_string(limits_.num_tensors) + " tensors");
    name_ = key_;
    dims_.clear();
    offsets_.clear();
    has_field_ = {};
    place_ = Place::kTensor;
    return true;
  }

  bool TakeDim(uint64_t value) {
    if (value > INT64_MAX || dims_.size() == kMaxRank)
      return Fail(Reason::kShape, "a dimension of " + std::to_string(value) + ", or too many");
    dims_.push_back(static_cast<int64_t>(value));
    return true;
  }

  bool TakeOffset(uint64_t value) {
    if (offsets_.size() == 2) return Fail(Reason::kFormat, "data_offsets are two numbers");
    offsets_.push_back(value);
    return true;
  }

  bool EndTensor() {
    for (size_t i = 0; i < kFields.size(); ++i) {
      if (!has_field_[i]) return Fail(Reason::kFormat, "no " + Quoted(kFields[i]));
    }
    const HeaderEntry entry{name_, dtype_, dims_, offsets_[0], offsets_[1]};
    if (entry.end < entry.begin)
      return Fail(Reason::kBounds, "it ends at " + std::to_string(entry.end) +
                                       ", before it begins, at " + std::to_string(entry.begin));
    if (const Status status = CheckSize(entry); !status.ok())
      return Fail(status.reason(), std::string(status.message()));
    header_.entries.Add(entry);
    place_ = Place::kTop;
    return true;
  }

  static Status CheckSize(const HeaderEntry& entry) {
    CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(entry.dims));
    CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, StoredNbytes(entry.dtype, num_elements));
    if (nbytes == entry.end - entry.begin) return {};
    return Status(Reason::kSize, std::string(Name(entry.dtype)) + ToString(entry.dims) + " has " +
                                     std::to_string(nbytes) + " bytes, its offsets are " +
                                     std::to_string(entry.end - entry.begin) + " apart");
  }

  const Limits& limits_;
  Header header_;
  Status error_;
  Place place_ = Place::kStart;
  std::string key_;
  bool has_metadata_ = false;
  // The tensor at hand.
  std::string name_;
  DType dtype_ = DType::kInvalid;
  std::vector<int64_t> dims_;
  std::vector<uint64_t> offsets_;
  std::array<bool, kFields.size()> has_field_ = {};
};

Status CheckNames(const EntryList& entries) {
  const std::vector<uint32_t> order = entries.OrderOfNames();
  const auto twice =
      std::ranges::adjacent_find(order, {}, [&](uint32_t i) { return entries[i].name; });
  if (twice == order.end()) return {};
  return Status(Reason::kDuplicate, "comes twice").InTensor(entries[*twice].name);
}

// Writes a header piece by piece.
class HeaderEncoder {
 public:
  explicit HeaderEncoder(const std::function<void(std::string_view)>& take) : take_(take) {}

  void Encode(const Header& header) {
    piece_ = "{";
    if (!header.metadata.empty()) AddMetadata(header.metadata);
    for (const HeaderEntry& entry : header.entries.all()) AddEntry(entry);
    piece_ += '}';
    const uint64_t past = (nbytes_ + piece_.size()) % kPrefixNbytes;
    piece_.append((kPrefixNbytes - past) % kPrefixNbytes, ' ');
    PassOn();
  }

 private:
  // Texts are UTF-8, so JsonString throws nothing.
  void AddMetadata(const Metadata& metadata) {
    piece_ += JsonString(kMetadata) + ":";
    char before = '{';
    for (const auto& [key, text] : metadata) {
      piece_ += std::exchange(before, ',') + JsonString(key) + ":" + JsonString(text);
      PassOn();
    }
    piece_ += '}';
    has_member_ = true;
  }

  void AddEntry(const HeaderEntry& entry) {
    if (std::exchange(has_member_, true)) piece_ += ',';
    piece_.append(JsonString(entry.name)).append(":{\"dtype\":\"");
    piece_.append(InfoOf(entry.dtype).safetensors).append("\",\"shape\":");
    AppendDims(piece_, entry.dims);
    piece_ += ",\"data_offsets\":[" + std::to_string(entry.begin) + "," +
              std::to_string(entry.end) + "]}";
    PassOn();
  }

  void PassOn() {
    take_(piece_);
    nbytes_ += piece_.size();
    piece_.clear();
  }

  const std::function<void(std::string_view)>& take_;
  std::string piece_;
  uint64_t nbytes_ = 0;  // passed on
  bool has_member_ = false;
};

}  // namespace

std::optional<DType> DTypeOfName(std::string_view name) {
  for (const DTypeInfo& info : kDTypes) {
    if (!name.empty() && info.safetensors == name) return info.dtype;
  }
  return std::nullopt;
}

Result<Header> ParseHeader(std::string_view json, const Limits& limits) {
  if (!json.starts_with('{')) return Status(Reason::kFormat, "the header begins with no '{'");
  HeaderReader reader(json.size(), limits);
  CAIRN_RETURN_IF_ERROR(ParseJson(json, reader));
  CAIRN_ASSIGN_OR_RETURN(Header header, std::move(reader).Finish());
  CAIRN_RETURN_IF_ERROR(CheckNames(header.entries));
  header.entries.SortByData();
  return header;
}

Status CheckLayout(const EntryList& entries, uint64_t data_nbytes) {
  uint64_t position = 0;
  for (const HeaderEntry& entry : entries.all()) {
    if (entry.begin < position)
      return Status(Reason::kOverlap,
                    "begins at " + std::to_string(entry.begin) + ", inside the tensor before it")
          .InTensor(entry.name);
    // The format forbids gaps, so that no file can carry bytes that belong to no tensor.
    if (entry.begin > position)
      return Status(Reason::kPadding, "begins at " + std::to_string(entry.begin) +
                                          ", the tensor before it ends at " +
                                          std::to_string(position))
          .InTensor(entry.name);
    position = entry.end;
  }
  if (position > data_nbytes)
    return Status(Reason::kTruncated, "the tensors need " + std::to_string(position) +
                                          " bytes, there are " + std::to_string(data_nbytes));
  if (position < data_nbytes)
    return Status(Reason::kPadding,
                  std::to_string(data_nbytes - position) + " bytes after the last tensor");
  return {};
}

void EncodeHeader(const Header& header, const std::function<void(std::string_view)>& take) {
  HeaderEncoder(take).Encode(header);
}

std::string EncodeHeader(const Header& header) {
  std::string json;
  EncodeHeader(header, [&](std::string_view piece) { json += piece; });
  return json;
}

}  // namespace cairn::safetensors
