// The option --rows: rows of tensors for other lists of words.
#ifndef CAIRN_CLI_ROWS_OPTION_H_
#define CAIRN_CLI_ROWS_OPTION_H_

#include <string>

#include "cairn/transform/recipe.h"

namespace cairn::cli {

// Reads "PATTERN=OLD.txt:NEW.txt", and the lists of words in the files. Errors: kArgument; those of
// reading the files.
Result<RowsText> ReadRows(const std::string& text);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_ROWS_OPTION_H_
