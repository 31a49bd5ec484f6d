// A stream of training data that can be continued where it was.
#ifndef CAIRN_DATA_DATA_SOURCE_H_
#define CAIRN_DATA_DATA_SOURCE_H_

#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

// RunComponents::SetData puts the position into the checkpoint. A source of elements of any type is
// a class of these three functions; shuffled_indices.h, file_sequence.h, text_lines.h and
// prefetched.h have some, and replayed.h makes one of data that have no position. Used by one
// thread at a time.
template <typename T>
class DataSource {
 public:
  virtual ~DataSource() = default;

  // Returns the next element, or nothing at the end of the data. After an error the place is as it
  // was, unless a source says otherwise.
  virtual Result<std::optional<T>> Next() = 0;

  // Returns the place between the elements that were taken and the next one, as UTF-8 text that is
  // not empty. Equal places have equal texts: no clock, no path of this machine.
  virtual std::string Position() const = 0;

  // Goes to a place that Position returned, maybe in another process, forward or back. After an
  // error the place is as it was, unless a source says otherwise. Errors: kFormat (the text is not
  // a position of such a source), kMismatch (it is a position in other data: other files, another
  // seed), those of reading.
  virtual Status Seek(std::string_view position) = 0;
};

}  // namespace cairn

#endif  // CAIRN_DATA_DATA_SOURCE_H_
