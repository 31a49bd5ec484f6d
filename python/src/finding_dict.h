// Findings and errors as dicts with the keys of the program's JSON.
#ifndef CAIRN_PYTHON_FINDING_DICT_H_
#define CAIRN_PYTHON_FINDING_DICT_H_

#include <nanobind/nanobind.h>

#include "cairn/formats/format.h"

namespace cairn::python {

nanobind::dict DictOfFinding(const Finding& finding);
nanobind::list ListOfFindings(std::span<const Finding> findings);
// Returns None where there is no error.
nanobind::object DictOfError(const Status& error);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_FINDING_DICT_H_
