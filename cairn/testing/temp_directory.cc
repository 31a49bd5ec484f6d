#include "cairn/testing/temp_directory.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace cairn {

TempDirectory::TempDirectory() {
  std::error_code error;
  std::string path = std::filesystem::temp_directory_path(error).string() + "/cairn-test-XXXXXX";
  if (error || ::mkdtemp(path.data()) == nullptr) return;
  path_ = path;
  (void)::chmod(path.c_str(), 0755);
}

TempDirectory::~TempDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;  // what stays behind does not fail the test
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cairn
