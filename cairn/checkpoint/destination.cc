#include "cairn/checkpoint/destination.h"

#include <algorithm>
#include <array>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/locate.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

// The endings by which people know formats that Cairn does not write. Without this list a name such
// as "model.h5" would be the prefix of a TensorFlow checkpoint.
struct ForeignFormat {
  std::string_view extension;
  std::string_view name;
};
constexpr std::array kForeignFormats = {
    ForeignFormat{".h5", "HDF5"},     ForeignFormat{".hdf5", "HDF5"},
    ForeignFormat{".keras", "Keras"}, ForeignFormat{".pt", "PyTorch"},
    ForeignFormat{".pth", "PyTorch"},
};

// "name the file (.npz, .npy or .safetensors), or the prefix …".
std::string HintOfName() {
  std::string endings;
  const auto formats = Formats();
  for (const Format& format : formats) {
    if (format.save_name.empty() || format.extensions.empty()) continue;
    const bool is_last = &format == &formats.back();
    // Further endings are those of files that belong to others, such as the index of shards.
    endings.append(endings.empty() ? ""
                   : is_last       ? " or "
                                   : ", ")
        .append(format.extensions.front());
  }
  return "name the file (" + endings + "), or the prefix of a TensorFlow checkpoint: run/model-1";
}

// A stream has no name under which a finished file could be put. Where it leads to a file, the file
// system would not tell it from one.
bool IsStream(std::string_view path) {
  return path == "-" || path == "/dev/stdout" || path == "/dev/stderr" ||
         path.starts_with("/dev/fd/") || path.starts_with("/proc/");
}

Status CheckEnding(const std::string& path) {
  if (const auto prefix = PrefixOfMember(path)) {
    return Status(Reason::kArgument, "is named like one of the files of a TensorFlow checkpoint")
        .AtPath(path)
        .WithHint("name its prefix: " + Quoted(*prefix));
  }
  const auto foreign = std::ranges::find_if(kForeignFormats, [&](const ForeignFormat& format) {
    return path.ends_with(format.extension);
  });
  if (foreign == kForeignFormats.end()) return {};
  return Status(Reason::kArgument, "is named like a file of " + std::string(foreign->name) +
                                       ", which Cairn does not write")
      .AtPath(path)
      .WithHint(HintOfName());
}

Status CheckIsNotStream(const std::string& path) {
  if (!IsStream(path)) return {};
  return Status(Reason::kArgument, "is a stream, and a checkpoint needs a file")
      .AtPath(path)
      .WithHint(HintOfName());
}

// Returns the kind of what is at `path`, or nothing. Errors: kFileType for a device, kIo.
Result<std::optional<FileKind>> KindOfExisting(FileSystem& fs, const std::string& path) {
  const auto info = fs.Stat(path);
  if (info.status().reason() == Reason::kMissing) return std::optional<FileKind>();
  CAIRN_RETURN_IF_ERROR(info.status());
  if (info->kind == FileKind::kRegular || info->kind == FileKind::kDirectory)
    return std::optional(info->kind);
  return Status(Reason::kFileType, "is a device or a pipe, and a checkpoint needs a file")
      .AtPath(path)
      .WithHint(HintOfName());
}

}  // namespace

Status CheckDestination(FileSystem& fs, const std::string& path) {
  if (const Status named = CheckNewName(path); !named.ok()) return named.WithHint(HintOfName());
  CAIRN_RETURN_IF_ERROR(CheckIsNotStream(path));
  CAIRN_RETURN_IF_ERROR(CheckEnding(path));
  CAIRN_ASSIGN_OR_RETURN(const auto kind, KindOfExisting(fs, path));
  if (kind != FileKind::kDirectory) return {};
  return Status(Reason::kFileType, "is a directory")
      .AtPath(path)
      .WithHint("name the new checkpoint in it: " + Quoted(JoinPath(path, "model")));
}

Status CheckDestinationDirectory(FileSystem& fs, const std::string& path) {
  CAIRN_RETURN_IF_ERROR(CheckIsNotStream(path));
  CAIRN_RETURN_IF_ERROR(CheckEnding(path));
  return KindOfExisting(fs, path).status();
}

}  // namespace cairn
