// The elements of one array as words of text.
#ifndef CAIRN_CLI_PRINT_ELEMENT_FORMAT_H_
#define CAIRN_CLI_PRINT_ELEMENT_FORMAT_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/tensor_source.h"

namespace cairn::cli {

class ElementFormat {
 public:
  virtual ~ElementFormat() = default;
  virtual std::string Word(size_t i) const = 0;
};

// How the words relate to each other.
enum class WordStyle : uint8_t {
  kColumn,  // of one width, as numpy writes the elements of arrays
  kScalar,  // alone, as numpy writes scalars: floats with all their digits, text without quotes
};

struct ElementFormatOptions {
  WordStyle style = WordStyle::kColumn;
  std::optional<int> precision = {};  // digits after the point at most; columns of numpy have 8
  // Ends the measuring of columns when it becomes true; the format is not to be used then.
  const std::atomic<bool>* cancel = nullptr;
};

// `bytes`, elements of a numeric `dtype`, must outlive the format.
std::unique_ptr<ElementFormat> FormatNumbers(DType dtype, Bytes bytes,
                                             const ElementFormatOptions& options);
// Formats strings as Python writes bytes, and as it writes text, which is UTF-8; a text alone has
// no quotes. `strings` must outlive the format.
std::unique_ptr<ElementFormat> FormatBytes(const StringTensor& strings);
std::unique_ptr<ElementFormat> FormatTexts(const StringTensor& strings, WordStyle style);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_ELEMENT_FORMAT_H_
