// The members of a zip archive, as its central directory and their local headers tell them.
//
//   archive:  (local header  name  extra  data)*  central directory  [zip64 end  zip64 locator] end
//
// Archives that two readers might understand differently are refused: those with data before the
// first member or between directory and end, two ends, headers that disagree. Source: PKWARE's
// APPNOTE.TXT, 4.3.
#ifndef CAIRN_CODEC_ZIP_ZIP_DIRECTORY_H_
#define CAIRN_CODEC_ZIP_ZIP_DIRECTORY_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/core/file.h"
#include "cairn/core/limits.h"
#include "cairn/core/status.h"

namespace cairn {

enum class ZipMethod : uint16_t { kStored = 0, kDeflated = 8 };

struct ZipMember {
  std::string name;
  ZipMethod method = ZipMethod::kStored;
  uint16_t flags = 0;
  uint32_t crc32 = 0;          // of the plain bytes
  uint64_t packed_nbytes = 0;  // in the file
  uint64_t nbytes = 0;         // plain
  uint64_t header_offset = 0;  // of the local header
  // A note that Cairn keeps in a field of its own in both headers, which other readers pass over.
  std::string note = {};
  // For writing: whether its headers have the fields of the checksum over all headers
  // (zip_headers_checksum.h), as those of the first member do.
  bool has_headers_checksum = false;
};

// Whether a member may have this name. Any bytes but NUL are a name, since nothing is ever unpacked
// under it. Errors: kPath (a NUL, where other readers end the name), kLimit (64 KiB or more).
Status CheckZipName(std::string_view name);

// Whether a program that unpacks archives would give the file of this member another name, because
// this one is no path inside a directory: "/a", "../a", "a//b", "a\\b".
bool UnpackingChanges(std::string_view name);

// In the order of their local headers. Reads no member. Errors, with the path: kZip (no archive, or
// a directory that is not of this form), kAmbiguous, kTruncated, kBounds, kOverlap (two members
// share bytes), kDuplicate (a name twice), kPath (a NUL in a name), kUnsupported
// (encrypted, another method, several disks), kLimit.
Result<std::vector<ZipMember>> ReadZipDirectory(const RandomAccessFile& file, const Limits& limits);

// Where the directory begins. Errors: those of ReadZipDirectory, without the path.
Result<uint64_t> FindZipDirectory(const RandomAccessFile& file);

// Where the data of a member begins: its local header is read and held against the directory.
// Errors: kZip, kAmbiguous (they disagree), kBounds.
Result<uint64_t> LocateZipData(const RandomAccessFile& file, const ZipMember& member);

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_ZIP_DIRECTORY_H_
