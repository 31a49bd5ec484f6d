#include "cairn/codec/npy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/shape.h"

namespace cairn {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kVersionAt = 6;
constexpr size_t kSizeAt = 8;
constexpr std::string_view kByteOrders = "<>|=";

// Types of numpy without an equal here, as they stand after the byte order. Elements of no bytes
// are among them, since a file could claim any number of those.
struct UnreadType {
  std::string_view descr;
  std::string_view name;
};
constexpr std::array kUnreadTypes = {
    UnreadType{"f12", "float96"},    UnreadType{"f16", "float128"}, UnreadType{"c24", "complex192"},
    UnreadType{"c32", "complex256"}, UnreadType{"S0", "bytes0"},    UnreadType{"U0", "str0"},
    UnreadType{"V0", "void0"},
};

// "datetime64[ns]" of "<M8[ns]", "timedelta64" of "<m8"; nothing for all else.
std::optional<std::string> TimeTypeOf(std::string_view descr) {
  if (!descr.starts_with('<') && !descr.starts_with('>') && !descr.starts_with('='))
    return std::nullopt;
  const std::string_view kind = descr.substr(1, 2);
  if (kind != "M8" && kind != "m8") return std::nullopt;
  const std::string_view unit = descr.substr(3);
  const bool is_unit =
      unit.empty() || (unit.size() > 2 && unit.front() == '[' && unit.find(']') == unit.size() - 1);
  if (!is_unit) return std::nullopt;
  return (kind == "M8" ? "datetime64" : "timedelta64") + std::string(unit);
}

Status NotRead(std::string_view type) {
  return Status(Reason::kUnsupported,
                "has numpy's type " + std::string(type) + ", which is not supported");
}

Status HoldsObjects() {
  return Status(Reason::kUnsafe, "holds Python objects, which are never read");
}

bool IsObjectDescr(std::string_view descr) {
  return descr.starts_with('O') || (descr.size() > 1 && descr[1] == 'O');
}

// Reads the constants of a Python dict, one after the other.
class DictReader {
 public:
  explicit DictReader(std::string_view text) : text_(text) {}

  Result<NpyHeader> Run() {
    CAIRN_RETURN_IF_ERROR(Expect('{'));
    while (!Takes('}')) {
      CAIRN_RETURN_IF_ERROR(ReadItem());
      if (Takes(',')) continue;
      CAIRN_RETURN_IF_ERROR(Expect('}'));
      break;
    }
    SkipBlanks();
    if (!text_.empty()) return Wrong("the end");
    if (!has_descr_ || !has_order_ || !has_shape_)
      return Status(Reason::kFormat, "no 'descr', 'fortran_order' or 'shape'");
    return std::move(header_);
  }

 private:
  Status ReadItem() {
    CAIRN_ASSIGN_OR_RETURN(const std::string_view key, ReadString());
    CAIRN_RETURN_IF_ERROR(Expect(':'));
    SkipBlanks();
    if (key == "descr") return ReadOnce(has_descr_, key, [&] { return ReadDescr(); });
    if (key == "fortran_order") return ReadOnce(has_order_, key, [&] { return ReadOrder(); });
    if (key == "shape") return ReadOnce(has_shape_, key, [&] { return ReadShape(); });
    return Status(Reason::kFormat, "key " + Quoted(key) + " is not known");
  }

  template <typename Read>
  Status ReadOnce(bool& has, std::string_view key, Read read) {
    if (has) return Status(Reason::kDuplicate, "key " + Quoted(key) + " twice");
    has = true;
    return read();
  }

  Status ReadDescr() {
    if (text_.starts_with('[') || text_.starts_with('(')) return ReadStructure();
    CAIRN_ASSIGN_OR_RETURN(const std::string_view descr, ReadString());
    return ParseDescr(descr);
  }

  Status ParseDescr(std::string_view descr) {
    if (IsObjectDescr(descr)) {
      SetUnread("object", HoldsObjects());
      return {};
    }
    if (auto type = TimeTypeOf(descr)) {
      header_.type = *std::move(type);
      SetNumbers(DType::kInt64, descr);
      return {};
    }
    if (const std::optional<DType> dtype = DTypeOfNpyDescr(descr)) {
      SetNumbers(*dtype, descr);
      return {};
    }
    const bool is_known = SetWide(descr) || SetUnreadType(descr);
    return is_known ? Status() : Status(Reason::kDType, "type " + Quoted(descr) + " is not known");
  }

  // A list or tuple of fields. It is passed over without recursion, since a file may nest it as
  // deep as it likes; only whether a field holds Python objects is looked for.
  Status ReadStructure() {
    SetUnread("structured",
              Status(Reason::kUnsupported, "has a structured type, which is not supported"));
    int depth = 0;
    do {
      SkipBlanks();
      if (text_.empty()) return Wrong("the end of a structured type");
      const char c = text_.front();
      if (c == '\'' || c == '"') {
        CAIRN_ASSIGN_OR_RETURN(const std::string_view text, ReadString());
        // A field may be named anything, and numpy writes the type of objects so.
        if (text == "|O") SetUnread("structured", HoldsObjects());
        continue;
      }
      if (c == '[' || c == '(') ++depth;
      if (c == ']' || c == ')') --depth;
      text_.remove_prefix(1);
    } while (depth > 0);
    return {};
  }

  void SetNumbers(DType dtype, std::string_view descr) {
    header_.dtype = dtype;
    header_.element_nbytes = ElementNbytes(dtype);
    header_.is_big_endian = descr[0] == '>';
  }

  void SetUnread(std::string_view type, Status why) {
    header_.type = type;
    header_.unread = std::move(why);
  }

  bool SetUnreadType(std::string_view descr) {
    if (descr.empty() || kByteOrders.find(descr[0]) == descr.npos) return false;
    const auto found = std::ranges::find(kUnreadTypes, descr.substr(1), &UnreadType::descr);
    if (found == kUnreadTypes.end()) return false;
    SetUnread(found->name, NotRead(found->name));
    return true;
  }

  // '|S5', '<U5', '|V2'; false for all else.
  bool SetWide(std::string_view descr) {
    constexpr uint64_t kMostWide = uint64_t{1} << 30;
    if (descr.size() < 3 || kByteOrders.find(descr[0]) == descr.npos) return false;
    const char kind = descr[1];
    if (kind != 'S' && kind != 'U' && kind != 'V') return false;
    uint64_t size = 0;
    const char* const end = descr.data() + descr.size();
    const auto [stop, error] = std::from_chars(descr.data() + 2, end, size);
    // A file could claim any number of elements that have no bytes.
    if (error != std::errc() || stop != end || size == 0 || size > kMostWide) return false;
    header_.is_big_endian = descr[0] == '>';
    header_.elements = kind == 'S'   ? NpyElements::kBytes
                       : kind == 'U' ? NpyElements::kUnicode
                                     : NpyElements::kRaw;
    header_.element_nbytes = kind == 'U' ? 4 * size : size;
    if (kind == 'U') header_.type = "<U" + std::to_string(size);
    return true;
  }

  Status ReadOrder() {
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      header_.is_fortran_order = word == "True";
      return {};
    }
    return Wrong("True or False");
  }

  Status ReadShape() {
    CAIRN_RETURN_IF_ERROR(Expect('('));
    while (!Takes(')')) {
      CAIRN_ASSIGN_OR_RETURN(const int64_t dim, ReadDim());
      if (header_.dims.size() == kMaxRank)
        return Status(Reason::kShape, "more than " + std::to_string(kMaxRank) + " dimensions");
      header_.dims.push_back(dim);
      if (Takes(',')) continue;
      if (header_.dims.size() == 1) return Wrong("','");  // (3) is a number
      CAIRN_RETURN_IF_ERROR(Expect(')'));
      break;
    }
    return NumElements(header_.dims).status();
  }

  Result<int64_t> ReadDim() {
    SkipBlanks();
    int64_t dim = 0;
    const char* const end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(text_.data(), end, dim);
    if (error == std::errc::result_out_of_range)
      return Status(Reason::kOverflow, "a dimension of more than 2^63");
    if (error != std::errc()) return Wrong("a whole number");
    text_.remove_prefix(static_cast<size_t>(stop - text_.data()));
    Takes('L');  // as Python 2 wrote them
    return dim;
  }

  Result<std::string_view> ReadString() {
    SkipBlanks();
    const char quote = text_.empty() ? '\0' : text_[0];
    if (quote != '\'' && quote != '"') return Wrong("a text");
    const size_t end = text_.find(quote, 1);
    if (end == text_.npos) return Wrong("the end of a text");
    const std::string_view value = text_.substr(1, end - 1);
    if (value.find('\\') != value.npos) return Wrong("a text without a backslash");
    text_.remove_prefix(end + 1);
    return value;
  }

  void SkipBlanks() {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text_.empty() && is_blank(text_.front())) text_.remove_prefix(1);
  }

  bool Takes(char c) {
    SkipBlanks();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  Status Expect(char c) { return Takes(c) ? Status() : Wrong("'" + std::string(1, c) + "'"); }

  Status Wrong(const std::string& expected) const {
    constexpr size_t kShown = 20;
    return Status(Reason::kFormat,
                  "expected " + expected + ", found " +
                      (text_.empty() ? "the end of the header" : Quoted(text_.substr(0, kShown))));
  }

  std::string_view text_;
  NpyHeader header_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

}  // namespace

Result<uint64_t> NpyHeaderNbytes(Bytes start) {
  if (start.size() < kSizeAt + 2)
    return Status(Reason::kTruncated, std::to_string(start.size()) + " bytes are not an npy file");
  if (!AsText(start).starts_with(kMagic)) return Status(Reason::kBadMagic, "no npy file");
  const auto version = std::to_integer<int>(start[kVersionAt]);
  if (version < 1 || version > 3 || start[kVersionAt + 1] != std::byte{0})
    return Status(Reason::kVersion, "version " + std::to_string(version) + "." +
                                        std::to_string(std::to_integer<int>(start[7])) +
                                        ", 1.0, 2.0 and 3.0 are read");
  if (version > 1 && start.size() < kNpyStartNbytes)
    return Status(Reason::kTruncated, std::to_string(start.size()) + " bytes are not an npy file");
  // Version 1.0 has two bytes for the length of the header. Later ones have four, since structured
  // dtypes can need more than 64 KiB.
  const uint64_t size_nbytes = version == 1 ? 2 : 4;
  const uint64_t size = version == 1 ? LoadLittleEndian<uint16_t>(start.data() + kSizeAt)
                                     : LoadLittleEndian<uint32_t>(start.data() + kSizeAt);
  if (size > kMaxNpyHeaderNbytes)
    return Status(Reason::kLimit, "a header of " + std::to_string(size) + " bytes, at most " +
                                      std::to_string(kMaxNpyHeaderNbytes) + " are read");
  return kSizeAt + size_nbytes + size;
}

// "<f4": order, kind, size.
std::optional<DType> DTypeOfNpyDescr(std::string_view descr) {
  if (descr.size() < 3 || kByteOrders.find(descr[0]) == descr.npos) return std::nullopt;
  for (const DTypeInfo& info : kDTypes) {
    const bool is_quantized = info.name.starts_with('q');
    if (!is_quantized && !info.numpy.empty() && info.numpy.substr(1) == descr.substr(1))
      return info.dtype;
  }
  return std::nullopt;
}

Result<NpyHeader> ParseNpyHeader(Bytes header) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NpyHeaderNbytes(header));
  if (nbytes != header.size()) return Status(Reason::kTruncated, "the header ends past the file");
  const size_t start = header[kVersionAt] == std::byte{1} ? kSizeAt + 2 : kSizeAt + 4;
  CAIRN_ASSIGN_OR_RETURN(NpyHeader parsed, DictReader(AsText(header.subspan(start))).Run());
  parsed.header_nbytes = nbytes;
  CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(parsed.dims));
  if (!CheckedMul(num_elements, parsed.element_nbytes))
    return Status(Reason::kOverflow, ToString(parsed.dims) + " elements of " +
                                         std::to_string(parsed.element_nbytes) + " bytes");
  return parsed;
}

}  // namespace cairn
