#include "cairn/formats/safetensors/header.h"

#include <algorithm>
#include <set>

#include "cairn/codec/json.h"
#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/formats/safetensors/packed_elements.h"

namespace cairn::safetensors {
namespace {

constexpr std::string_view kMetadata = "__metadata__";

// Takes the JSON as it is parsed: nothing of it is kept but what the header holds.
class HeaderReader final : public JsonEvents {
 public:
  explicit HeaderReader(const Limits& limits) : limits_(limits) {}

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
    entry_.dtype = *dtype;
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
    if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets")
      return Fail(Reason::kFormat, "field " + Quoted(key_) + " is not known");
    return fields_.insert(key_).second || Fail(Reason::kDuplicate, Quoted(key_) + " twice");
  }

 private:
  // Says what encloses the value that comes next.
  enum class Place : uint8_t { kStart, kTop, kTexts, kTensor, kShape, kOffsets, kEnd };

  bool Fail(Reason reason, std::string message) {
    error_ = Status(reason, std::move(message));
    if (place_ == Place::kTensor || place_ == Place::kShape || place_ == Place::kOffsets)
      error_ = error_.InTensor(entry_.name);
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
    entry_ = HeaderEntry();
    entry_.name = key_;
    offsets_.clear();
    fields_.clear();
    place_ = Place::kTensor;
    return true;
  }

  bool TakeDim(uint64_t value) {
    if (value > INT64_MAX || entry_.dims.size() == kMaxRank)
      return Fail(Reason::kShape, "a dimension of " + std::to_string(value) + ", or too many");
    entry_.dims.push_back(static_cast<int64_t>(value));
    return true;
  }

  bool TakeOffset(uint64_t value) {
    if (offsets_.size() == 2) return Fail(Reason::kFormat, "data_offsets are two numbers");
    offsets_.push_back(value);
    return true;
  }

  bool EndTensor() {
    for (const char* const field : {"dtype", "shape", "data_offsets"}) {
      if (!fields_.contains(field)) return Fail(Reason::kFormat, "no " + Quoted(field));
    }
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    if (entry_.end < entry_.begin)
      return Fail(Reason::kBounds, "it ends at " + std::to_string(entry_.end) +
                                       ", before it begins, at " + std::to_string(entry_.begin));
    if (const Status status = CheckSize(); !status.ok())
      return Fail(status.reason(), std::string(status.message()));
    header_.entries.push_back(std::move(entry_));
    place_ = Place::kTop;
    return true;
  }

  Status CheckSize() const {
    CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(entry_.dims));
    CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, StoredNbytes(entry_.dtype, num_elements));
    if (nbytes == entry_.end - entry_.begin) return {};
    return Status(Reason::kSize, std::string(Name(entry_.dtype)) + ToString(entry_.dims) + " has " +
                                     std::to_string(nbytes) + " bytes, its offsets are " +
                                     std::to_string(entry_.end - entry_.begin) + " apart");
  }

  const Limits& limits_;
  Header header_;
  Status error_;
  Place place_ = Place::kStart;
  std::string key_;
  bool has_metadata_ = false;
  HeaderEntry entry_;              // the tensor at hand
  std::vector<uint64_t> offsets_;  // of it
  std::set<std::string> fields_;   // of it, that came
};

Status CheckNames(const Header& header) {
  std::vector<std::string_view> names;
  names.reserve(header.entries.size());
  for (const HeaderEntry& entry : header.entries) names.push_back(entry.name);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return {};
  return Status(Reason::kDuplicate, "comes twice").InTensor(*twice);
}

// A JSON string. `text` is UTF-8, so nothing is thrown.
std::string EncodeMetadata(const std::map<std::string, std::string>& metadata) {
  std::string json = "{";
  for (const auto& [key, text] : metadata)
    json += (json.size() > 1 ? "," : "") + JsonString(key) + ":" + JsonString(text);
  return json + "}";
}

}  // namespace

std::optional<DType> DTypeOfName(std::string_view name) {
  for (const DTypeInfo& info : kDTypes) {
    if (!name.empty() && info.safetensors == name) return info.dtype;
  }
  return std::nullopt;
}

Result<Header> ParseHeader(std::string_view json, const Limits& limits) {
  if (!json.starts_with('{')) return Status(Reason::kFormat, "the header begins with no '{'");
  HeaderReader reader(limits);
  CAIRN_RETURN_IF_ERROR(ParseJson(json, reader));
  CAIRN_ASSIGN_OR_RETURN(Header header, std::move(reader).Finish());
  CAIRN_RETURN_IF_ERROR(CheckNames(header));
  std::ranges::sort(header.entries, {}, [](const HeaderEntry& entry) {
    return std::tuple(entry.begin, entry.end, std::string_view(entry.name));
  });
  return header;
}

Status CheckLayout(std::span<const HeaderEntry> entries, uint64_t data_nbytes) {
  uint64_t position = 0;
  for (const HeaderEntry& entry : entries) {
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

std::string EncodeHeader(const Header& header) {
  std::string json = "{";
  if (!header.metadata.empty())
    json += JsonString(kMetadata) + ":" + EncodeMetadata(header.metadata);
  for (const HeaderEntry& entry : header.entries) {
    if (json.size() > 1) json += ',';
    json += JsonString(entry.name);
    json.append(":{\"dtype\":\"").append(InfoOf(entry.dtype).safetensors).append("\",\"shape\":");
    json += ToString(entry.dims) + ",\"data_offsets\":[" + std::to_string(entry.begin) + "," +
            std::to_string(entry.end) + "]}";
  }
  json += '}';
  json.append((kPrefixNbytes - json.size() % kPrefixNbytes) % kPrefixNbytes, ' ');
  return json;
}

}  // namespace cairn::safetensors
