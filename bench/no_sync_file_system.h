// The local file system without its syncs: TensorFlow does not sync what it saves, so a comparison
// of speed must not either. For benchmarks alone.
#ifndef CAIRN_BENCH_NO_SYNC_FILE_SYSTEM_H_
#define CAIRN_BENCH_NO_SYNC_FILE_SYSTEM_H_

#include "cairn/io/file_system.h"

namespace cairn::bench {

FileSystem& NoSyncFileSystem();

}  // namespace cairn::bench

#endif  // CAIRN_BENCH_NO_SYNC_FILE_SYSTEM_H_
