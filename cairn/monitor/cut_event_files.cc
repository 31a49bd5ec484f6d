#include "cairn/monitor/cut_event_files.h"

#include <algorithm>

#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"
#include "cairn/monitor/event_file.h"
#include "cairn/monitor/event_record.h"

namespace cairn {
namespace {

// The records of a file that are to be kept.
struct Kept {
  uint64_t nbytes = 0;
  uint64_t num_scalars = 0;
  bool is_ours = false;
};

// Whether an error says that a record is bad, and not that the machine could not read it.
bool IsBadRecord(const Status& error) {
  switch (error.reason()) {
    case Reason::kTruncated:
    case Reason::kCrc:
    case Reason::kLimit:
    case Reason::kProto:
      return true;
    default:
      return false;
  }
}

Result<Kept> FindKept(std::shared_ptr<const RandomAccessFile> file, int64_t step) {
  EventReader reader(std::move(file));
  Kept kept;
  for (bool is_first = true;; is_first = false) {
    Result<std::optional<Event>> event = reader.Next();
    if (IsBadRecord(event.status())) return kept;
    CAIRN_RETURN_IF_ERROR(event.status());
    if (!event->has_value()) return kept;
    const Event& found = **event;
    if (is_first && found.writer != kEventWriter) return kept;
    kept.is_ours = true;
    if (found.step > step) return kept;
    kept.nbytes = reader.position();
    kept.num_scalars += found.scalars.size();
  }
}

Status CopyHead(const RandomAccessFile& from, uint64_t nbytes, WritableFile& to) {
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  std::vector<std::byte> piece;
  for (uint64_t at = 0; at < nbytes; at += piece.size()) {
    piece.resize(std::min(kPiece, nbytes - at));
    CAIRN_RETURN_IF_ERROR(from.ReadAt(at, piece));
    CAIRN_RETURN_IF_ERROR(to.WriteAt(at, piece));
  }
  return {};
}

Status CutFile(FileSystem& fs, const RandomAccessFile& file, uint64_t nbytes) {
  DurableFiles files(fs, IfExists::kReplace);
  CAIRN_RETURN_IF_ERROR(files.Add(file.path(), nbytes));
  CAIRN_RETURN_IF_ERROR(CopyHead(file, nbytes, files.file(0)));
  return files.Commit();
}

}  // namespace

Result<std::set<std::string>> ListEventFiles(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.List(directory));
  std::set<std::string> event_files;
  for (const std::string& name : names) {
    if (name.starts_with(kEventFilePrefix)) event_files.insert(name);
  }
  return event_files;
}

Result<EventsCut> CutEventFiles(FileSystem& fs, const std::string& directory, int64_t step,
                                const std::set<std::string>& except) {
  EventsCut cut;
  CAIRN_RETURN_IF_ERROR(RemoveTemporaryFiles(fs, directory, kEventFilePrefix));
  CAIRN_ASSIGN_OR_RETURN(const std::set<std::string> names, ListEventFiles(fs, directory));
  for (const std::string& name : names) {
    if (except.contains(name)) continue;
    const std::string path = JoinPath(directory, name);
    CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.StatName(path));
    if (info.kind != FileKind::kRegular) continue;
    CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
    CAIRN_ASSIGN_OR_RETURN(const Kept kept, FindKept(file, step));
    if (!kept.is_ours) continue;
    cut.num_scalars += kept.num_scalars;
    if (kept.nbytes == file->size()) continue;
    CAIRN_RETURN_IF_ERROR(CutFile(fs, *file, kept.nbytes));
    cut.files.push_back(name);
  }
  return cut;
}

}  // namespace cairn
