#include "cairn/checkpoint/resolve.h"

#include "cairn/checkpoint/formats.h"
#include "cairn/checkpoint/locate.h"
#include "cairn/checkpoint/locate_step.h"
#include "cairn/checkpoint/unread_formats.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/file_checkpoints.h"
#include "cairn/state/saved_name.h"

namespace cairn {
namespace {

// Whether a table is the index of a V2 checkpoint under a name that hides it; V1 files are tables,
// too.
bool IsRenamedIndex(FileSystem& fs, const std::string& path) {
  auto file = fs.OpenForReading(path, Access::kRead);
  return file.ok() && tf_bundle::BundleIndex::Read(*file, {}).ok();
}

// The error for a file of which no format says that it is its own.
Status Unreadable(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto known, FindUnreadFormat(fs, tf_v1::RepresentativeOf(fs, path)));
  if (!known) {
    return Status(Reason::kUnsupported, "is not a checkpoint of any known format")
        .AtPath(path)
        .WithHint("name the prefix of a checkpoint, one of its files, or its directory");
  }
  if (known->is == kIsTable && IsRenamedIndex(fs, path)) {
    return Status(Reason::kUnsupported,
                  "is the index of a TensorFlow V2 checkpoint, under another name")
        .AtPath(path)
        .WithHint("its name must end in .index, and its data files stand beside it");
  }
  return Status(Reason::kUnsupported, std::string(known->is))
      .AtPath(path)
      .WithHint(std::string(known->hint));
}

// Returns the format that a file has by its name, if the content says nothing else: it is damaged.
// A name that ModelSaver gives counts whatever the content, so that a ruined checkpoint of a run is
// one, and not a file of another kind.
Result<const Format*> FormatByName(FileSystem& fs, const std::string& path) {
  const Format* const none = nullptr;
  if (FileFormatOf(path) == nullptr) return none;
  CAIRN_ASSIGN_OR_RETURN(const bool is_file, IsRegularFile(fs, path));
  if (!is_file) return none;
  if (StepOfSavedName(BaseName(path))) return &FormatOfNew(path);
  CAIRN_ASSIGN_OR_RETURN(const auto known, FindUnreadFormat(fs, path));
  return known ? none : &FormatOfNew(path);
}

// Takes the path as it stands, and as DIR@STEP only where nothing has that path.
Result<Located> LocatePathOrStep(FileSystem& fs, const std::string& path) {
  Result<Located> located = Locate(fs, path);
  if (located.status().reason() != Reason::kMissing) return located;
  CAIRN_ASSIGN_OR_RETURN(const auto step, FindStepOfRun(fs, path));
  return step ? LocateStep(fs, *step) : located;
}

Result<Resolved> ResolveOnce(FileSystem& fs, std::string_view path) {
  CAIRN_ASSIGN_OR_RETURN(Located located, LocatePathOrStep(fs, std::string(path)));
  for (const Format& format : Formats()) {
    CAIRN_ASSIGN_OR_RETURN(const bool is_match, format.recognise(fs, located.path));
    if (is_match) return Resolved{std::move(located), &format};
  }
  CAIRN_ASSIGN_OR_RETURN(const Format* const by_name, FormatByName(fs, located.path));
  if (by_name != nullptr) return Resolved{std::move(located), by_name};
  if (IsRemoved(fs, located.path))
    return Status(Reason::kGone, "was removed while it was looked for").AtPath(located.path);
  return Unreadable(fs, located.path);
}

}  // namespace

Result<Resolved> Resolve(FileSystem& fs, std::string_view path) {
  Result<Resolved> resolved = ResolveOnce(fs, path);
  return resolved.status().reason() == Reason::kGone ? ResolveOnce(fs, path) : resolved;
}

}  // namespace cairn
