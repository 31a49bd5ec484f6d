// The data of a list of files, one file after the other.
#ifndef CAIRN_DATA_FILE_SEQUENCE_H_
#define CAIRN_DATA_FILE_SEQUENCE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/data/data_source.h"

namespace cairn {

// How often the files are read.
enum class Passes : uint8_t { kOne, kEndless };

// A place in a list of files, as text:
//
//   files=3 names=2154871209 pass=0 file=1 at line=17 byte=1234
//
// The text after "at" is the position in the file. `names` is the CRC-32C of the names of the
// files, without the directories that all of them have in common: data may move to another place.
struct FilePosition {
  uint64_t num_files = 0;
  uint64_t names = 0;
  uint64_t pass = 0;
  uint64_t file = 0;    // as many as there are files: the end of the data
  std::string at = {};  // empty: the file is not open yet
};
CAIRN_EXPORT std::string FormatFilePosition(const FilePosition& position);
// Errors: kFormat.
CAIRN_EXPORT Result<FilePosition> ParseFilePosition(std::string_view text);
CAIRN_EXPORT uint64_t ChecksumOfNames(const std::vector<std::string>& paths);

// Reads each file by the source that `open` makes for its path:
//
//   FileSequence<std::string> lines(paths, [&](const std::string& path) {
//     return TextLines::Open(fs, path);
//   });
template <typename T>
class FileSequence final : public DataSource<T> {
 public:
  using Open = std::function<Result<std::unique_ptr<DataSource<T>>>(const std::string& path)>;

  FileSequence(std::vector<std::string> paths, Open open, Passes passes = Passes::kOne)
      : paths_(std::move(paths)),
        open_(std::move(open)),
        passes_(passes),
        place_{.num_files = paths_.size(), .names = ChecksumOfNames(paths_)} {}

  // At the end of the last file the data end, or begin again: where not one file has an element,
  // they end. Errors: those of `open` and of its sources.
  Result<std::optional<T>> Next() override;

  std::string Position() const override;

  // Errors: kFormat, kMismatch (the list of files has changed), those of `open` and of its sources.
  // The place is then as it was.
  Status Seek(std::string_view position) override;

 private:
  // Goes to the first file that is left; false at the end of the data.
  bool GoToFile();

  std::vector<std::string> paths_;
  Open open_;
  Passes passes_;
  FilePosition place_;                      // but for `at`
  std::unique_ptr<DataSource<T>> current_;  // null: the file is not open yet
  uint64_t num_taken_ = 1;                  // in this pass, or in that before it
};

template <typename T>
bool FileSequence<T>::GoToFile() {
  if (place_.file < paths_.size()) return true;
  if (passes_ == Passes::kOne || num_taken_ == 0) return false;
  place_.file = 0;
  ++place_.pass;
  num_taken_ = 0;
  return true;
}

template <typename T>
Result<std::optional<T>> FileSequence<T>::Next() {
  if (paths_.empty()) return std::optional<T>();
  while (GoToFile()) {
    if (!current_) {
      CAIRN_ASSIGN_OR_RETURN(current_, open_(paths_[place_.file]));
    }
    CAIRN_ASSIGN_OR_RETURN(std::optional<T> element, current_->Next());
    if (element) {
      ++num_taken_;
      return element;
    }
    current_.reset();
    ++place_.file;
  }
  return std::optional<T>();
}

template <typename T>
std::string FileSequence<T>::Position() const {
  FilePosition place = place_;
  if (current_) place.at = current_->Position();
  return FormatFilePosition(place);
}

template <typename T>
Status FileSequence<T>::Seek(std::string_view position) {
  CAIRN_ASSIGN_OR_RETURN(const FilePosition place, ParseFilePosition(position));
  if (place.num_files != place_.num_files || place.names != place_.names)
    return Status(Reason::kMismatch,
                  "the list of files has changed: the position was taken in " +
                      std::to_string(place.num_files) + " files, this list has " +
                      std::to_string(place_.num_files) +
                      (place.num_files == place_.num_files ? " of other names" : ""));
  std::unique_ptr<DataSource<T>> source;
  if (!place.at.empty()) {
    CAIRN_ASSIGN_OR_RETURN(source, open_(paths_[place.file]));
    CAIRN_RETURN_IF_ERROR(source->Seek(place.at));
  }
  place_ = place;
  current_ = std::move(source);
  num_taken_ = 1;
  return {};
}

}  // namespace cairn

#endif  // CAIRN_DATA_FILE_SEQUENCE_H_
