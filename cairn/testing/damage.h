// Damage to bytes, and whole files in one call.
#ifndef CAIRN_TESTING_DAMAGE_H_
#define CAIRN_TESTING_DAMAGE_H_

#include <string>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/io/file_system.h"

namespace cairn {

// `bytes` with one bit turned over: bit 0 is the lowest of the first byte. It must be one of them.
std::vector<std::byte> FlipBit(Bytes bytes, uint64_t bit);

// The first `nbytes` of `bytes`, or all where there are fewer.
std::vector<std::byte> CutAt(Bytes bytes, uint64_t nbytes);

std::vector<std::byte> ToVector(Bytes bytes);

// The whole of a file. Errors: those of the file system.
Result<std::vector<std::byte>> ReadWholeFile(FileSystem& fs, const std::string& path);

// A file in place of what had the name, neither atomic nor durable; its directory must exist.
// Errors: those of the file system.
Status WriteWholeFile(FileSystem& fs, const std::string& path, Bytes content);

}  // namespace cairn

#endif  // CAIRN_TESTING_DAMAGE_H_
