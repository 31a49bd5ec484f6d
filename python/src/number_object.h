// Exact numbers as Python's.
#ifndef CAIRN_PYTHON_NUMBER_OBJECT_H_
#define CAIRN_PYTHON_NUMBER_OBJECT_H_

#include <nanobind/nanobind.h>

#include <optional>
#include <variant>

#include "cairn/inspect/statistics.h"

namespace cairn::python {

// Returns an int or a float; None where there is no number.
inline nanobind::object ObjectOf(const std::optional<Number>& number) {
  if (!number) return nanobind::none();
  return std::visit([](const auto value) { return nanobind::cast(value); }, *number);
}

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_NUMBER_OBJECT_H_
