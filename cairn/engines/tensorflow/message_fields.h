// The fields of a message between this process and a worker: numbers of 64 bits, little-endian, and
// texts, each after its length. Whoever reads them trusts nothing.
#ifndef CAIRN_ENGINES_TENSORFLOW_MESSAGE_FIELDS_H_
#define CAIRN_ENGINES_TENSORFLOW_MESSAGE_FIELDS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/byte_reader.h"
#include "cairn/core/status.h"

namespace cairn::tensorflow {

class FieldWriter {
 public:
  void Number(uint64_t value) {
    char bytes[sizeof value];
    StoreLittleEndian(reinterpret_cast<std::byte*>(bytes), value);
    body_.append(bytes, sizeof value);
  }
  void Text(std::string_view text) {
    Number(text.size());
    body_ += text;
  }
  void Dims(std::span<const int64_t> dims) {
    Number(dims.size());
    for (const int64_t dim : dims) Number(static_cast<uint64_t>(dim));
  }
  void Texts(std::span<const std::string> texts) {
    Number(texts.size());
    for (const std::string& text : texts) Text(text);
  }

  std::string TakeBody() { return std::move(body_); }

 private:
  std::string body_;
};

// After the first field that is not there, all others are zero and empty, and Finish is an error:
// it is enough to ask once. A count that a message gives is no reason to allocate anything; loops
// over it also ask ok().
class FieldReader {
 public:
  explicit FieldReader(std::string_view body) : reader_(AsBytes(body)) {}

  bool ok() const { return is_ok_; }
  uint64_t Number() {
    const auto value = reader_.ReadFixed<uint64_t>();
    return Take(value).value_or(0);
  }
  std::string Text() {
    const auto text = Take(reader_.ReadBytes(Number()));
    return text ? std::string(AsText(*text)) : std::string();
  }
  std::vector<int64_t> Dims() {
    return List<int64_t>([&] { return static_cast<int64_t>(Number()); });
  }
  std::vector<std::string> Texts() {
    return List<std::string>([&] { return Text(); });
  }

  // Errors: kEngine (a field was not there, or some are left).
  Status Finish() const {
    if (is_ok_ && reader_.done()) return {};
    return Status(Reason::kEngine, "a message between processes is malformed");
  }

 private:
  template <typename T>
  std::optional<T> Take(std::optional<T> field) {
    is_ok_ = is_ok_ && field.has_value();
    return is_ok_ ? field : std::nullopt;
  }
  template <typename T, typename ReadOne>
  std::vector<T> List(ReadOne read_one) {
    std::vector<T> list;
    const uint64_t count = Number();
    for (uint64_t i = 0; i < count; ++i) {
      T one = read_one();
      if (!is_ok_) break;
      list.push_back(std::move(one));
    }
    return list;
  }

  ByteReader reader_;
  bool is_ok_ = true;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_MESSAGE_FIELDS_H_
