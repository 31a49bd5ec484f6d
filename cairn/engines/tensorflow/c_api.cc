#include "cairn/engines/tensorflow/c_api.h"

#include <dlfcn.h>

#include <vector>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"

namespace cairn::tensorflow {
namespace {

// TensorFlow repeats names of the graph in its messages, and these may be as long as they like.
constexpr size_t kMaxMessage = 2000;

// Returns a message of several lines with a space wherever it has spaces, tabs and line breaks.
std::string InOneLine(std::string_view message) {
  std::string line;
  for (const char c : message) {
    const bool is_space = c == ' ' || c == '\n' || c == '\t';
    if (!is_space) line += c;
    if (is_space && !line.ends_with(' ')) line += ' ';
  }
  return line;
}

template <typename Function>
void FindFunction(void* library, const char* name, Function& function,
                  std::vector<std::string>& missing) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) missing.push_back(name);
}

}  // namespace

Result<std::shared_ptr<const CApi>> FindFunctions(void* library, const std::string& path) {
  auto api = std::make_shared<CApi>();
  std::vector<std::string> missing;
#define CAIRN_FIND_FUNCTION(result, name, parameters) \
  FindFunction(library, #name, api->name, missing);
  CAIRN_TENSORFLOW_FUNCTIONS(CAIRN_FIND_FUNCTION)
#undef CAIRN_FIND_FUNCTION
  if (missing.empty()) return std::shared_ptr<const CApi>(std::move(api));
  return Status(Reason::kVersion, ListNames("the library lacks functions of TensorFlow:", missing))
      .AtPath(path)
      .WithHint("use TensorFlow 2.12 or later");
}

Status ErrorIn(const CApi& api, const TF_Status& status) {
  const int code = api.TF_GetCode(&status);
  if (code == 0) return {};
  std::string_view message = api.TF_Message(&status);
  const bool is_cut = message.size() > kMaxMessage;
  std::string text = Escape(InOneLine(message.substr(0, kMaxMessage)));
  if (is_cut) text += " …";
  return Status(Reason::kEngine, "TensorFlow: " + text);
}

}  // namespace cairn::tensorflow
