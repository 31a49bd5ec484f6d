// The headers that nearly every file of the library includes; see cairn_precompile in
// cairn_module.cmake.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cairn/core/escape.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/io/file_system.h"
