#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/checkpoint_files.h"
#include "cairn/checkpoint/formats.h"
#include "cairn/checkpoint/locate.h"
#include "cairn/core/escape.h"

namespace cairn {
namespace {

// The error for a file of which no format says that it is its own.
Status Unreadable(FileSystem& fs, const std::string& path) {
  const Result<std::string_view> what = NameUnreadFormat(fs, FirstV1File(path));
  if (!what.ok()) return what.status();
  if (what->empty())
    return Status(Reason::kFormat, Escape(path) + ": is no checkpoint of any known format");
  return Status(Reason::kUnsupported, Escape(path) + ": is " + std::string(*what) +
                                          ": reading those is not supported yet");
}

}  // namespace

Result<Resolved> Resolve(FileSystem& fs, std::string_view path) {
  CAIRN_ASSIGN_OR_RETURN(Located located, Locate(fs, std::string(path)));
  for (const Format& format : Formats()) {
    CAIRN_ASSIGN_OR_RETURN(const bool is_it, format.recognise(fs, located.prefix));
    if (is_it) return Resolved{&format, std::move(located.prefix), std::move(located.note)};
  }
  return Unreadable(fs, located.prefix);
}

}  // namespace cairn
