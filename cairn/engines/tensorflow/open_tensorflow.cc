#include "cairn/engines/tensorflow/open_tensorflow.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>

#include <charconv>
#include <cstdlib>
#include <optional>

#include "cairn/core/escape.h"
#include "cairn/engines/tensorflow/find_tensorflow.h"
#include "cairn/engines/tensorflow/load_mode.h"
#include "cairn/engines/tensorflow/quiet_stderr.h"

namespace cairn::tensorflow {
namespace {

constexpr int kOldestMinor = 12;  // of version 2

bool IsSameFile(const std::string& a, const std::string& b) {
  struct stat of_a = {};
  struct stat of_b = {};
  return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
         of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

// The path of a library that this process has loaded under `name`; empty: it has none.
std::string PathOfLoaded(const char* name) {
  void* library = ::dlopen(name, RTLD_NOLOAD | RTLD_LAZY);
  if (library == nullptr) return {};
  link_map* map = nullptr;
  const bool is_known =
      ::dlinfo(library, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0 && map != nullptr;
  std::string path = is_known ? map->l_name : name;
  ::dlclose(library);  // only takes back the count of this dlopen
  return path;
}

// Two TensorFlows have libraries of the same names, and the second would be bound to the first.
Status CheckNoOtherIsLoaded(const std::string& directory) {
  for (const char* name : {kFrameworkName, kLibraryName}) {
    const std::string loaded = PathOfLoaded(name);
    if (loaded.empty() || IsSameFile(loaded, directory + "/" + name)) continue;
    return Status(Reason::kUnsupported, "this process has another TensorFlow already, " +
                                            Quoted(loaded) + ", and can have one only")
        .AtPath(directory)
        .WithHint("use that one, or run TensorFlow in a worker process");
  }
  return {};
}

Result<void*> OpenLibrary(const std::string& path, int mode, LoadMessages messages) {
  std::optional<QuietStderr> quiet;
  if (messages == LoadMessages::kHide) quiet.emplace();
  void* library = ::dlopen(path.c_str(), mode);
  if (library != nullptr) return library;
  const char* error = ::dlerror();
  return Status(Reason::kEngine,
                "the library cannot be opened: " + Escape(error != nullptr ? error : "unknown"))
      .AtPath(path)
      .WithHint("install TensorFlow again, or name another one with CAIRN_TENSORFLOW");
}

// "2.21.0" is {2, 21}; what cannot be read is zero.
std::pair<int, int> ParseVersion(std::string_view text) {
  int major = 0;
  int minor = 0;
  const char* end = text.data() + text.size();
  const auto dot = std::from_chars(text.data(), end, major).ptr;
  if (dot != end && *dot == '.') std::from_chars(dot + 1, end, minor);
  return {major, minor};
}

Status CheckVersion(const std::string& version) {
  if (ParseVersion(version) >= std::pair(2, kOldestMinor)) return {};
  return Status(Reason::kVersion,
                "this is TensorFlow " + Escape(version) + ", expected 2.12 or later")
      .WithHint("install a later one: pip install -U tensorflow-cpu");
}

}  // namespace

Result<std::shared_ptr<const CApi>> OpenTensorFlow(const std::string& directory,
                                                   LoadMessages messages) {
  const std::string path = directory + "/" + kLibraryName;
  CAIRN_RETURN_IF_ERROR(CheckNoOtherIsLoaded(directory));
  CAIRN_ASSIGN_OR_RETURN(const int mode, LoadMode(SymbolsOfThisProcess()));
  ::setenv("TF_CPP_MIN_LOG_LEVEL", "3", /*overwrite=*/0);
  CAIRN_ASSIGN_OR_RETURN(void* library, OpenLibrary(path, mode, messages));
  CAIRN_ASSIGN_OR_RETURN(auto api, FindFunctions(library, path));
  CAIRN_RETURN_IF_ERROR(CheckVersion(api->TF_Version()).AtPath(path));
  return api;
}

}  // namespace cairn::tensorflow
