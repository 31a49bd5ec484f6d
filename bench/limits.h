// Measures what the machine can do at best, beside the contestants.
#ifndef CAIRN_BENCH_LIMITS_H_
#define CAIRN_BENCH_LIMITS_H_

#include <string>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn::bench {

// Adds up all words of `bytes`; the sum keeps the compiler from leaving it out.
uint64_t SumWords(Bytes bytes, int threads);

// memcpy from one half of `bytes` to the other.
void CopyHalf(MutableBytes bytes, int threads);

// fallocate, then pwrite of 2 MiB at a time, each thread from memory that stays in its cache: what
// the kernel alone takes. The files are called `path` and a number; threads go through all of them
// together.
Status WriteFiles(const std::string& path, uint64_t nbytes, int threads, size_t num_files);

// pread of 256 KiB at a time into memory that stays in the processor's cache, which nobody looks
// at: what the kernel alone takes to hand out a file of the page cache.
Status ReadFile(const std::string& path, int threads);

// Maps, touches and frees memory, so that the next to ask for pages does not pay for the host's.
Status Prewarm(uint64_t nbytes);

}  // namespace cairn::bench

#endif  // CAIRN_BENCH_LIMITS_H_
