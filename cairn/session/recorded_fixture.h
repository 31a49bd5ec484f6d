// Reads what tensorpack did, as recorded in the corpus (tensorpack/session_init): tensors, and
// graphs as sessions.
#ifndef CAIRN_SESSION_RECORDED_FIXTURE_H_
#define CAIRN_SESSION_RECORDED_FIXTURE_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cairn/session/memory_session.h"

namespace cairn {

using Json = nlohmann::json;

// --- Recorded tensors ---

struct RecordedValue {
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;
  std::vector<std::byte> bytes;
  std::vector<std::string> strings;

  friend bool operator==(const RecordedValue&, const RecordedValue&) = default;
};

inline double Number(const Json& element) {
  if (!element.is_string()) return element.is_boolean() ? element.get<bool>() : double(element);
  if (element == "nan") return std::nan("");
  return element == "-inf" ? -HUGE_VAL : HUGE_VAL;
}

inline double DecodeSmallFloat(uint16_t bits, int num_mantissa_bits, int bias) {
  const int mantissa = bits & ((1 << num_mantissa_bits) - 1);
  const int exponent = (bits & 0x7fff) >> num_mantissa_bits;
  const bool is_largest = exponent == 0x7fff >> num_mantissa_bits;
  if (is_largest && mantissa != 0) return std::nan("");
  if (is_largest) return bits & 0x8000 ? -HUGE_VAL : HUGE_VAL;
  const int implied = exponent == 0 ? 0 : 1 << num_mantissa_bits;
  const double magnitude =
      std::ldexp(mantissa + implied, std::max(exponent, 1) - bias - num_mantissa_bits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

// Recorded values are exact, so one of the 65536 is it.
inline uint16_t EncodeSmallFloat(double value, int num_mantissa_bits, int bias) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto candidate = static_cast<uint16_t>(bits);
    const double decoded = DecodeSmallFloat(candidate, num_mantissa_bits, bias);
    if (decoded == value && std::signbit(decoded) == std::signbit(value)) return candidate;
  }
  ADD_FAILURE() << value << " is no value of this type";
  return 0;
}

template <typename T>
void Append(std::vector<std::byte>& bytes, T value) {
  bytes.resize(bytes.size() + sizeof(T));
  StoreLittleEndian(bytes.data() + bytes.size() - sizeof(T), value);
}

inline void AppendElement(DType dtype, const Json& element, std::vector<std::byte>& bytes) {
  switch (dtype) {
    case DType::kFloat32:
      return Append(bytes, static_cast<float>(Number(element)));
    case DType::kFloat64:
      return Append(bytes, Number(element));
    case DType::kFloat16:
      return Append(bytes, EncodeSmallFloat(Number(element), 10, 15));
    case DType::kBFloat16:
      return Append(bytes, EncodeSmallFloat(Number(element), 7, 127));
    case DType::kComplex64:
      for (const Json& part : element) Append(bytes, static_cast<float>(Number(part)));
      return;
    case DType::kComplex128:
      for (const Json& part : element) Append(bytes, Number(part));
      return;
    default: {  // integers and bool: the low bytes
      const uint64_t bits = element.is_number_unsigned() ? element.get<uint64_t>()
                            : element.is_boolean()       ? uint64_t{element.get<bool>()}
                                                         : uint64_t(element.get<int64_t>());
      for (uint64_t i = 0; i < ElementNbytes(dtype); ++i) {
        bytes.push_back(static_cast<std::byte>(bits >> (8 * i)));
      }
    }
  }
}

inline std::string Text(const Json& element) {
  if (element.is_string()) return element;
  const std::string hex = element["hex"];
  std::string text;
  for (size_t i = 0; i < hex.size(); i += 2) {
    text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return text;
}

inline RecordedValue ToValue(const Json& tensor) {
  RecordedValue value{DTypeFromName(std::string(tensor["dtype"])).value_or(DType::kInvalid),
                      tensor["shape"],
                      {},
                      {}};
  for (const Json& element : tensor["values"]) {
    if (value.dtype == DType::kString) {
      value.strings.push_back(Text(element));
    } else {
      AppendElement(value.dtype, element, value.bytes);
    }
  }
  return value;
}

// --- Recorded graphs as sessions ---

// The value of part `i` of `count` along axis 0, as TensorFlow cuts it.
inline RecordedValue Part(const RecordedValue& whole, int64_t i, int64_t count) {
  const int64_t rows = whole.dims[0];
  const int64_t begin = i * (rows / count) + std::min(i, rows % count);
  const int64_t length = rows / count + (i < rows % count ? 1 : 0);
  const size_t row_nbytes = whole.bytes.size() / static_cast<size_t>(rows);
  const auto first = whole.bytes.begin() + begin * static_cast<int64_t>(row_nbytes);
  RecordedValue part{whole.dtype, whole.dims, {}, {}};
  part.dims[0] = length;
  part.bytes.assign(first, first + length * static_cast<int64_t>(row_nbytes));
  return part;
}

// A session whose variables have whatever dims their values have, as TensorFlow has and a program's
// arrays have not. Numbers only.
class UnknownShapesSession final : public Session {
 public:
  void Add(Variable variable, RecordedValue& value) {
    variables_.push_back(std::move(variable));
    values_.push_back(&value);
  }

  std::span<const Variable> variables() const override { return variables_; }
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override {
    auto assignment = std::make_unique<Staged>();
    for (const NewValue& value : values) {
      RecordedValue staged{variables_[value.variable].dtype, value.dims, {}, {}};
      staged.bytes.resize(*NumElements(value.dims) * ElementNbytes(staged.dtype));
      assignment->staged.push_back(std::move(staged));
      assignment->targets.push_back(values_[value.variable]);
    }
    return std::unique_ptr<Assignment>(std::move(assignment));
  }
  Result<TensorDict> Snapshot(std::span<const VariableId>) override {
    return Status(Reason::kUnsupported, "is never asked for");
  }

 private:
  struct Staged final : Assignment {
    bool fills_in_place() const override { return false; }
    MutableBytes buffer(size_t i) override { return staged[i].bytes; }
    void SetStrings(size_t, StringTensor) override {}
    Status Commit() override {
      for (size_t i = 0; i < staged.size(); ++i) *targets[i] = std::move(staged[i]);
      return {};
    }
    std::vector<RecordedValue> staged;
    std::vector<RecordedValue*> targets;
  };

  std::vector<Variable> variables_;
  std::vector<RecordedValue*> values_;
};

class RecordedSession {
 public:
  // Errors: those of MemorySession::Add.
  Status Build(const Json& graph) {
    for (const Json& variable : graph) {
      const RecordedValue initial = ToValue(variable["initial"]);
      const std::string name = variable["name"];
      const int64_t num_parts = variable.value("partitions", 0);
      if (num_parts == 0) CAIRN_RETURN_IF_ERROR(Add(name, initial, variable));
      for (int64_t i = 0; i < num_parts; ++i) {
        const std::string part_name = name + "/part_" + std::to_string(i);
        CAIRN_RETURN_IF_ERROR(Add(part_name, Part(initial, i, num_parts), variable));
      }
      if (variable.contains("added_twice")) CAIRN_RETURN_IF_ERROR(Add(name, initial, variable));
    }
    return {};
  }

  Session& session() {
    if (unknown_.variables().empty()) return memory_;
    return unknown_;
  }
  const std::map<std::string, RecordedValue>& values() const { return values_; }

 private:
  Status Add(const std::string& name, const RecordedValue& initial, const Json& variable) {
    const Json& collections = variable["collections"];
    const auto has = [&](const char* c) {
      return std::ranges::find(collections, c) != collections.end();
    };
    const Collections ours{.trainable = has("trainable_variables"),
                           .model = has("model_variables"),
                           .local = !has("variables")};
    RecordedValue& value = values_.insert({name, initial}).first->second;
    if (variable.contains("declared")) {
      AddUnknown(name, variable["declared"], ours, value);
      return {};
    }
    if (value.dtype == DType::kString) return memory_.Add(name, value.strings, value.dims, ours);
    return memory_.Add(name, value.dtype, value.bytes, value.dims, ours);
  }

  void AddUnknown(const std::string& name, const Json& declared, Collections collections,
                  RecordedValue& value) {
    Variable variable{.name = name, .dtype = value.dtype, .collections = collections};
    variable.has_known_rank = declared.is_array();
    if (declared.is_array()) {
      for (const Json& size : declared)
        variable.dims.push_back(size.is_null() ? -1 : size.get<int64_t>());
    }
    unknown_.Add(std::move(variable), value);
  }

  std::map<std::string, RecordedValue> values_;
  MemorySession memory_;
  UnknownShapesSession unknown_;  // used where a dimension is not known
};

// Reads a file of the record; null where the corpus is absent.
inline Json ReadRecord(const std::string& name) {
  const char* corpus = std::getenv("CAIRN_CORPUS");
  if (corpus == nullptr) return Json();
  std::ifstream file(std::string(corpus) + "/tensorpack/session_init/" + name);
  return Json::parse(file);
}

}  // namespace cairn

#endif  // CAIRN_SESSION_RECORDED_FIXTURE_H_
