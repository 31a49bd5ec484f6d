// How TensorFlow's library can be opened in a process, given what the process holds already.
#ifndef CAIRN_ENGINES_TENSORFLOW_LOAD_MODE_H_
#define CAIRN_ENGINES_TENSORFLOW_LOAD_MODE_H_

#include "cairn/core/status.h"

namespace cairn::tensorflow {

// Names that the process offers to every library that it opens.
struct ProcessSymbols {
  bool has_foreign_malloc;  // malloc is not that of the C library
  bool has_protobuf;
};
ProcessSymbols SymbolsOfThisProcess();

// Returns the flags for dlopen. Errors: kUnsupported (no mode is safe).
//
// TensorFlow exports names of protobuf, snappy and others. In a process that holds another
// libprotobuf it must find its own first (RTLD_DEEPBIND), or it crashes. But then its libraries
// would also call the malloc of the C library, and memory would be freed by a malloc that did not
// allocate it, where the process has another one: jemalloc, tcmalloc, AddressSanitizer.
Result<int> LoadMode(const ProcessSymbols& symbols);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_LOAD_MODE_H_
