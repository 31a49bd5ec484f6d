// TensorFlow's ordered code: numbers and strings as bytes that sort as they do.
//
//   number:  count of bytes:u8 (0 to 8), then as many, big-endian, the first of them not 0
//   string:  its bytes, 00 written as 00 ff and ff as ff 00; then 00 01
//   signed:  n bytes, the fewest that hold it with 7 bits each: big-endian two's complement, whose
//            first n+1 bits are turned into n ones and a zero (all inverted for negative numbers)
#ifndef CAIRN_CODEC_ORDERED_CODE_H_
#define CAIRN_CODEC_ORDERED_CODE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn {

void AppendOrderedNumber(std::string& out, uint64_t value);
void AppendOrderedString(std::string& out, std::string_view text);
void AppendOrderedSigned(std::string& out, int64_t value);

// Reads them off untrusted bytes, front to back. Each Read gives nothing where what follows is not
// of its kind; the position is unspecified then.
class OrderedCodeReader {
 public:
  explicit OrderedCodeReader(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  std::optional<uint64_t> ReadNumber();
  std::optional<std::string> ReadString();
  std::optional<int64_t> ReadSigned();

 private:
  std::string_view rest_;
};

}  // namespace cairn

#endif  // CAIRN_CODEC_ORDERED_CODE_H_
