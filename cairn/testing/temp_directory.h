// A directory of the local file system for one test.
#ifndef CAIRN_TESTING_TEMP_DIRECTORY_H_
#define CAIRN_TESTING_TEMP_DIRECTORY_H_

#include <string>

namespace cairn {

// Empty and new, in the system's place for temporary files; removed with all that is in it when
// this is destroyed. Every user may enter it.
class TempDirectory {
 public:
  TempDirectory();  // `path()` is empty where none could be made
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace cairn

#endif  // CAIRN_TESTING_TEMP_DIRECTORY_H_
