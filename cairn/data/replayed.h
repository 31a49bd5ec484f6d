// A position for data that have none: how many elements were taken.
#ifndef CAIRN_DATA_REPLAYED_H_
#define CAIRN_DATA_REPLAYED_H_

#include <array>
#include <functional>
#include <string>
#include <utility>

#include "cairn/core/export.h"
#include "cairn/data/data_source.h"
#include "cairn/data/position_text.h"

namespace cairn {

// For data that come from another program or library and can only be read from the begin. A run
// that is resumed begins them again and passes over what it had taken: that takes as long as
// reading it, and gives the same elements only if the data are the same in every process. For a
// random order, that means the same seed.
template <typename T>
class Replayed final : public DataSource<T> {
 public:
  // `next` returns the next element, nothing at the end. `restart` takes the data to their begin; a
  // null one says that they cannot be taken there, so that Seek only goes forward.
  Replayed(std::function<Result<std::optional<T>>()> next, std::function<Status()> restart)
      : next_(std::move(next)), restart_(std::move(restart)) {}

  // Errors: those of `next`.
  Result<std::optional<T>> Next() override {
    CAIRN_ASSIGN_OR_RETURN(std::optional<T> element, next_());
    if (element) ++num_taken_;
    return element;
  }

  std::string Position() const override { return FormatPosition({{"taken", num_taken_}}); }

  // Errors: kFormat; kUnsupported (back, without `restart`); kMismatch (the data end before that
  // place); those of `next` and `restart`. After the last two the run must not go on.
  Status Seek(std::string_view position) override;

 private:
  std::function<Result<std::optional<T>>()> next_;
  std::function<Status()> restart_;
  uint64_t num_taken_ = 0;
};

template <typename T>
Status Replayed<T>::Seek(std::string_view position) {
  constexpr std::array<std::string_view, 1> kKeys = {"taken"};
  CAIRN_ASSIGN_OR_RETURN(const auto fields, ParsePosition(position, kKeys));
  const uint64_t wanted = fields[0];
  if (wanted < num_taken_) {
    if (!restart_)
      return Status(Reason::kUnsupported, "these data cannot go back from element " +
                                              std::to_string(num_taken_) + " to element " +
                                              std::to_string(wanted) +
                                              ": they have no restart function");
    CAIRN_RETURN_IF_ERROR(restart_());
    num_taken_ = 0;
  }
  while (num_taken_ < wanted) {
    CAIRN_ASSIGN_OR_RETURN(const std::optional<T> element, Next());
    if (!element)
      return Status(Reason::kMismatch, "the data end after " + std::to_string(num_taken_) +
                                           " elements, " + std::to_string(wanted) +
                                           " were taken from them before");
  }
  return {};
}

}  // namespace cairn

#endif  // CAIRN_DATA_REPLAYED_H_
