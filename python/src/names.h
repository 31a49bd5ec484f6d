// Names of tensors and paths, which may hold any bytes, as Python's text and back.
#ifndef CAIRN_PYTHON_NAMES_H_
#define CAIRN_PYTHON_NAMES_H_

#include <nanobind/nanobind.h>

#include <string>
#include <string_view>

namespace cairn::python {

// Returns the text of a name. Bytes that are not UTF-8 become lone surrogates, as in the file names
// that Python returns.
nanobind::str NameOf(std::string_view bytes);

// Returns the bytes of a name: a `str`, whose lone surrogates are bytes that are not UTF-8, or
// `bytes` as they are. Raises TypeError for any other object.
std::string BytesOfName(nanobind::handle name);

// Returns the bytes of a path: a `str`, `bytes` or os.PathLike. Raises TypeError for any other
// object.
std::string BytesOfPath(nanobind::handle path);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_NAMES_H_
