// VersionDef: producer = 1 int32, min_consumer = 2 int32, bad_consumers = 3 repeated int32.
// Source: tensorflow/core/framework/versions.proto.
#ifndef CAIRN_CODEC_TENSORFLOW_VERSION_DEF_H_
#define CAIRN_CODEC_TENSORFLOW_VERSION_DEF_H_

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn::tensorflow {

// Whether a reader of this version may read what was written. Errors: kProto, kVersion.
Status CheckVersion(Bytes message, int32_t reader_version);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_VERSION_DEF_H_
