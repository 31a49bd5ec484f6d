// The arguments that every function of Python has that saves a checkpoint.
#ifndef CAIRN_PYTHON_SAVE_ARGUMENTS_H_
#define CAIRN_PYTHON_SAVE_ARGUMENTS_H_

#include <nanobind/nanobind.h>

#include <optional>
#include <string>

#include "cairn/formats/format.h"

namespace cairn::python {

struct SaveArguments {
  std::optional<std::string> format = {};  // nothing: the name of the path tells
  bool overwrite = false;
  bool compress = false;
  uint64_t alignment = 1;
  uint64_t max_shard_nbytes = 0;
  bool durable = true;
  nanobind::object progress = nanobind::none();

  // Returns the same as options of the library, without those of the transfer.
  SaveOptions Options() const;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_SAVE_ARGUMENTS_H_
