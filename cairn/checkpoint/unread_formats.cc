#include "cairn/checkpoint/unread_formats.h"

// Files of formats that are not read yet, told by their first and last bytes.
#include <algorithm>
#include <array>

#include "cairn/codec/zip/zip_head.h"
#include "cairn/io/read_head.h"

namespace cairn {
namespace {

using namespace std::string_view_literals;

constexpr uint64_t kHeadNbytes = 4096;
constexpr uint64_t kTailNbytes = 8;

struct Peek {
  std::string head;  // at most kHeadNbytes
  std::string tail;  // the last kTailNbytes, or the whole of a shorter file
};

Result<Peek> PeekAt(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  Peek peek;
  CAIRN_ASSIGN_OR_RETURN(peek.head, ReadHead(*file, kHeadNbytes));
  peek.tail.resize(std::min(file->size(), kTailNbytes));
  CAIRN_RETURN_IF_ERROR(
      file->ReadAt(file->size() - peek.tail.size(), std::as_writable_bytes(std::span(peek.tail))));
  return peek;
}

bool IsTable(const Peek& peek) { return peek.tail == "\x57\xfb\x80\x8b\x24\x75\x47\xdb"sv; }

bool IsKeras(const Peek& peek) {
  const auto member = FirstZipMember(peek.head);
  return member == "metadata.json" || member == "config.json" || member == "model.weights.h5";
}

bool IsTorchZip(const Peek& peek) {
  const auto member = FirstZipMember(peek.head);
  return member && (member->ends_with("/data.pkl") || member->find("/data/") != member->npos ||
                    member->ends_with("/byteorder") || member->ends_with("/.format_version"));
}

bool IsZip(const Peek& peek) { return FirstZipMember(peek.head).has_value(); }

// The signature stands at 0 or, after a user block, at a power of two from 512 on.
bool IsHdf5(const Peek& peek) {
  for (const size_t at : {0, 512, 1024, 2048}) {
    if (at < peek.head.size() && peek.head.compare(at, 8, "\x89HDF\r\n\x1a\n") == 0) return true;
  }
  return false;
}

bool IsPickle(const Peek& peek) {
  return peek.head.size() > 2 && peek.head[0] == '\x80' && peek.head[1] >= 2 && peek.head[1] <= 5;
}

struct UnreadFormat {
  std::string_view what;
  bool (*is_match)(const Peek&);
  std::string_view extension = {};
};

// The first that fits.
constexpr std::array kUnreadFormats = {
    UnreadFormat{kTable, IsTable},
    UnreadFormat{"a Keras file", IsKeras, ".keras"},
    UnreadFormat{"a PyTorch file", IsTorchZip},
    UnreadFormat{"a zip archive", IsZip},
    UnreadFormat{"an HDF5 file", IsHdf5, ".h5"},
    UnreadFormat{"a pickle", IsPickle},
};

}  // namespace

Result<std::string_view> NameUnreadFormat(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const Peek peek, PeekAt(fs, path));
  const auto found = std::ranges::find_if(
      kUnreadFormats, [&](const UnreadFormat& format) { return format.is_match(peek); });
  return found == kUnreadFormats.end() ? std::string_view() : found->what;
}

bool HasUnreadExtension(std::string_view name) {
  return std::ranges::any_of(kUnreadFormats, [&](const UnreadFormat& format) {
    return !format.extension.empty() && name.ends_with(format.extension);
  });
}

}  // namespace cairn
