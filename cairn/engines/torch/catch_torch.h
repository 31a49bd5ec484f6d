// The one place where exceptions of libtorch are caught.
#ifndef CAIRN_ENGINES_TORCH_CATCH_TORCH_H_
#define CAIRN_ENGINES_TORCH_CATCH_TORCH_H_

#include <c10/util/Exception.h>

#include <new>
#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// Returns the error of a text of libtorch, of which the first line says what is wrong.
inline Status TorchError(std::string_view text) {
  return Status(Reason::kEngine, "libtorch: " + std::string(text.substr(0, text.find('\n'))));
}

// Calls `call`, which returns a Status or a Result, and returns what it returns. Errors: kEngine
// (it threw an exception), kNoMemory.
template <typename Call>
auto CatchTorch(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const c10::Error& error) {
    return TorchError(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return Status(Reason::kNoMemory, "libtorch: there is no memory left");
  } catch (const std::exception& error) {
    return TorchError(error.what());
  }
}

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_CATCH_TORCH_H_
