// The arguments that every function of Python has that saves a checkpoint.
#ifndef CAIRN_PYTHON_SAVE_ARGUMENTS_H_
#define CAIRN_PYTHON_SAVE_ARGUMENTS_H_

#include <nanobind/nanobind.h>

#include <optional>
#include <string>

#include "cairn/formats/format.h"

namespace cairn::python {

// Returns the format that is called so when a checkpoint is saved. Errors: kArgument.
Result<const Format*> FormatNamed(const std::string& name);

// Returns the way to share bytes that is called so. Raises InvalidArgumentError.
Sharing SharingNamed(const std::string& name);

struct SaveArguments {
  std::optional<std::string> format = {};  // nothing: the name of the path tells
  bool overwrite = false;
  bool compress = false;
  uint64_t alignment = 1;
  uint64_t max_shard_nbytes = 0;
  std::optional<std::string> share = {};  // "reflink" or "hard_link"
  bool durable = true;
  nanobind::object progress = nanobind::none();

  // Returns the same as options of the library, without those of the transfer.
  SaveOptions Options() const;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_SAVE_ARGUMENTS_H_
