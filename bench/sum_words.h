// The fastest way to read memory.
#ifndef CAIRN_BENCH_SUM_WORDS_H_
#define CAIRN_BENCH_SUM_WORDS_H_

#include <cstdint>
#include <span>

namespace cairn::bench {

// Returns the sum modulo 2^64, with the widest vectors that the machine has.
uint64_t SumOf(std::span<const uint64_t> words);

}  // namespace cairn::bench

#endif  // CAIRN_BENCH_SUM_WORDS_H_
