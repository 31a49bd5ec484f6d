#include "cli/rows_option.h"

#include "cairn/core/escape.h"
#include "cli/text_file.h"

namespace cairn::cli {

Result<RowsText> ReadRows(const std::string& text) {
  const size_t equals = text.rfind('=');
  const size_t colon = equals == text.npos ? text.npos : text.find(':', equals);
  if (colon == text.npos)
    return Status(Reason::kArgument, "--rows: " + Quoted(text) + " is not understood")
        .WithHint("write it as PATTERN=OLD.txt:NEW.txt");
  RowsText rows{text.substr(0, equals), {}, {}};
  CAIRN_ASSIGN_OR_RETURN(rows.old_words, ReadLines(text.substr(equals + 1, colon - equals - 1)));
  CAIRN_ASSIGN_OR_RETURN(rows.new_words, ReadLines(text.substr(colon + 1)));
  return rows;
}

}  // namespace cairn::cli
