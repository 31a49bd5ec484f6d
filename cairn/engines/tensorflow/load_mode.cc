#include "cairn/engines/tensorflow/load_mode.h"

#include <dlfcn.h>

#include <string_view>

namespace cairn::tensorflow {
namespace {

constexpr const char* kProtobufSymbol = "_ZN6google8protobuf14DescriptorPool14generated_poolEv";

bool IsOfTheCLibrary(void* function) {
  Dl_info info = {};
  if (::dladdr(function, &info) == 0 || info.dli_fname == nullptr) return false;
  const std::string_view path = info.dli_fname;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("libc.so") || name.starts_with("libc-2");
}

}  // namespace

ProcessSymbols SymbolsOfThisProcess() {
  return {.has_foreign_malloc = !IsOfTheCLibrary(::dlsym(RTLD_DEFAULT, "malloc")),
          .has_protobuf = ::dlsym(RTLD_DEFAULT, kProtobufSymbol) != nullptr};
}

Result<int> LoadMode(const ProcessSymbols& symbols) {
  // The library stays loaded: it cannot be unloaded safely.
  constexpr int kAlways = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
  if (!symbols.has_foreign_malloc) return kAlways | RTLD_DEEPBIND;
  if (!symbols.has_protobuf) return kAlways;
  return Status(Reason::kUnsupported,
                "TensorFlow cannot run in this process, which has libprotobuf and a malloc of its "
                "own")
      .WithHint("run TensorFlow in a worker process: TensorFlowProcess::kWorker");
}

}  // namespace cairn::tensorflow
