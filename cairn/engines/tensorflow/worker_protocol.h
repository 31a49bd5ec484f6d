// The requests that a worker gets, and its answers. Each request has one answer, and is sent after
// the answer to the one before.
//
//   request      fields                                    memory               answer if it is
//   done kStart       kProtocol, directory, threads in an op,                        version
//                threads across ops, memory limit,
//                libraries of ops
//   kKnownOps                                                                   names
//   kImport      nbytes                                    the GraphDef
//   kNewTensor   id, dtype, dims                           the bytes
//   kNewStrings  id, nbytes, dims                          strings, see below
//   kRelease     count, ids
//   kRun         count, (output, id)…; fetches; targets                         nbytes, count,
//                                                                               (dtype, dims,
//                                                                               offset, nbytes)…
//
// An answer is kDone, with these fields, or kFailed: reason, path, text, hint. The memory of the
// answer to kRun has the tensors from their offsets on.
//
// Strings are their lengths, 64 bits each, and then their bytes.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_PROTOCOL_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_PROTOCOL_H_

#include <cstdint>
#include <string>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"
#include "cairn/core/tensor_source.h"

namespace cairn::tensorflow {

// Changes whenever something above does: the worker may be of another Cairn.
inline constexpr uint64_t kProtocol = 1;

// The descriptor that a worker finds its socket at.
inline constexpr int kWorkerSocket = 3;

// TensorFlow takes over memory that begins at such an offset, and copies other.
inline constexpr uint64_t kTensorAlignment = 64;

// The body of kFailed, and back. Whatever `body` holds, the result is an error.
std::string EncodeError(const Status& error);
Status DecodeError(const std::string& body);

uint64_t StoredNbytes(const StringTensor& strings);
// `out` must have StoredNbytes(strings) bytes.
void StoreStrings(const StringTensor& strings, MutableBytes out);
// Errors: kEngine (`stored` is too short, or too long).
Result<StringTensor> LoadStrings(Bytes stored, uint64_t count);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_PROTOCOL_H_
