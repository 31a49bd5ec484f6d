#include "cli/npy.h"

#include <algorithm>

namespace cairn::cli {
namespace {

constexpr size_t kAlignment = 64;
constexpr uint64_t kMaxStringsNbytes = uint64_t{1} << 30;

// "()", "(3,)", "(2, 3)"
std::string TupleOf(std::span<const int64_t> dims) {
  std::string text = "(";
  for (size_t i = 0; i < dims.size(); ++i)
    text += (i > 0 ? " " : "") + std::to_string(dims[i]) + (i + 1 < dims.size() ? "," : "");
  return text + (dims.size() == 1 ? ",)" : ")");
}

std::string Header(const std::string& descr, std::span<const int64_t> dims) {
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + TupleOf(dims) + ", }";
  std::string file("\x93NUMPY\x01\x00\x00\x00", 10);
  // kMaxRank dimensions of 20 digits stay far below the 65,535 bytes that version 1.0 can say.
  const size_t used = file.size() + header.size() + 1;
  header.append((kAlignment - used % kAlignment) % kAlignment, ' ').append("\n");
  file[8] = static_cast<char>(header.size() & 0xff);
  file[9] = static_cast<char>(header.size() >> 8);
  return file + header;
}

}  // namespace

std::string NpyHeader(DType dtype, std::span<const int64_t> dims) {
  const DTypeInfo& info = InfoOf(dtype);
  return Header(info.numpy.empty() ? "|V" + std::to_string(info.nbytes) : std::string(info.numpy),
                dims);
}

Result<std::string> NpyOfStrings(const StringTensor& strings, std::span<const int64_t> dims) {
  size_t width = 1;
  for (size_t i = 0; i < strings.size(); ++i) {
    if (strings[i].ends_with('\0'))
      return Status(Reason::kUnsupported,
                    "element " + std::to_string(i) + " ends in NUL, which numpy's |S would lose")
          .WithHint("use --json");
    width = std::max(width, strings[i].size());
  }
  if (strings.size() > kMaxStringsNbytes / width)
    return Status(Reason::kUnsupported, std::to_string(strings.size()) + " elements of " +
                                            std::to_string(width) + " bytes, more than 1 GiB")
        .WithHint("use --json");
  std::string file = Header("|S" + std::to_string(width), dims);
  for (size_t i = 0; i < strings.size(); ++i)
    file.append(strings[i]).append(width - strings[i].size(), '\0');
  return file;
}

}  // namespace cairn::cli
