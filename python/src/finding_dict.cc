#include "python/src/finding_dict.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "python/src/names.h"

namespace cairn::python {

namespace nb = nanobind;

nb::dict DictOfFinding(const Finding& finding) {
  nb::dict dict;
  dict["reason"] = ReasonWord(finding.error.reason());
  dict["tensor"] = NameOf(finding.error.tensor());
  dict["path"] = NameOf(finding.error.path());
  dict["offset"] = finding.error.offset();
  dict["expected"] = finding.expected;
  dict["found"] = finding.found;
  dict["message"] = NameOf(finding.error.message());
  return dict;
}

nb::list ListOfFindings(std::span<const Finding> findings) {
  nb::list list;
  for (const Finding& finding : findings) list.append(DictOfFinding(finding));
  return list;
}

nb::object DictOfError(const Status& error) {
  if (error.ok()) return nb::none();
  nb::dict dict;
  dict["reason"] = ReasonWord(error.reason());
  dict["code"] = CodeName(error.code());
  dict["message"] = NameOf(error.message());
  dict["path"] = NameOf(error.path());
  dict["tensor"] = NameOf(error.tensor());
  dict["offset"] = error.offset();
  dict["hint"] = NameOf(error.hint());
  return dict;
}

}  // namespace cairn::python
